/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queues_changed.c - counts the messages of each queue, and keeps the counts in files: a count is loaded when
 * its queue comes to this member, and saved when it leaves. Ends after COUNT messages.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 queues_changed TOPIC GROUP FOLDER COUNT
 *
 * A count is that of what this group has seen, when all its members ended in good order: what comes twice is
 * counted twice, and a crash forgets what was counted since its queue came. Who must have it exact stores count
 * and offset together (pull_exactly_once.c).
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rocketmq/rocketmq.h>

enum { QUEUES_MAX = 64, PATH_SIZE = 512 };

struct count {
	char broker[128];
	int queue_id;
	long count;
	int is_held;
};

static struct {
	const char *folder;
	pthread_mutex_t mu; /* the listener runs on several threads */
	struct count counts[QUEUES_MAX];
	int used;
	long wanted; /* messages still to come */
} state = {.mu = PTHREAD_MUTEX_INITIALIZER};

/* With the mutex. NULL: there is no room. */
static struct count *find(const struct rmq_queue *q)
{
	for (int i = 0; i < state.used; i++)
		if (state.counts[i].queue_id == q->queue_id &&
		    strcmp(state.counts[i].broker, q->broker_name) == 0)
			return &state.counts[i];
	if (state.used == QUEUES_MAX)
		return NULL;
	state.counts[state.used].queue_id = q->queue_id;
	snprintf(state.counts[state.used].broker, sizeof(state.counts[0].broker), "%s",
		 q->broker_name);
	return &state.counts[state.used++];
}

static FILE *open_file(const struct rmq_queue *q, const char *mode)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s.%s.%d", state.folder, q->topic, q->broker_name,
		 (int)q->queue_id);
	return fopen(path, mode);
}

static void load(const struct rmq_queue *q)
{
	FILE *f = open_file(q, "r");
	long count = 0;
	struct count *c;

	if (f && fscanf(f, "%ld", &count) != 1)
		count = 0;
	if (f)
		fclose(f);
	pthread_mutex_lock(&state.mu);
	c = find(q);
	if (c) {
		c->count = count;
		c->is_held = 1;
	}
	pthread_mutex_unlock(&state.mu);
	printf("loaded %s:%d %ld\n", q->broker_name, (int)q->queue_id, count);
}

static void save(const struct rmq_queue *q)
{
	FILE *f = open_file(q, "w");
	struct count *c;
	long count;

	pthread_mutex_lock(&state.mu);
	c = find(q);
	count = c ? c->count : 0;
	if (c)
		c->is_held = 0;
	pthread_mutex_unlock(&state.mu);
	if (f)
		fprintf(f, "%ld\n", count);
	if (!f || fclose(f) != 0)
		fprintf(stderr, "queues_changed: cannot save %s:%d\n", q->broker_name,
			(int)q->queue_id);
	printf("saved %s:%d %ld\n", q->broker_name, (int)q->queue_id, count);
}

/* Thread: a callback thread, one call after the other. Nothing of a queue comes before it was loaded. */
static void on_queues(const char *topic, const rmq_queues *held, const rmq_queues *assigned,
		      const rmq_queues *revoked, void *arg)
{
	const struct rmq_queue *q;

	(void)topic;
	(void)held;
	(void)arg;
	for (size_t i = 0; (q = rmq_queues_at(revoked, i)) != NULL; i++)
		save(q);
	for (size_t i = 0; (q = rmq_queues_at(assigned, i)) != NULL; i++)
		load(q);
	fflush(stdout);
}

static enum rmq_consume_status count_messages(rmq_push_consumer *consumer,
					      const rmq_message *const *messages, size_t count,
					      rmq_consume_context *context, void *arg)
{
	const struct rmq_queue *q = rmq_consume_context_queue(context);
	struct count *c;

	(void)consumer;
	(void)messages;
	(void)arg;
	pthread_mutex_lock(&state.mu);
	c = find(q);
	/* A queue that was revoked meanwhile: its next owner counts them. */
	if (c && c->is_held)
		c->count += (long)count;
	state.wanted -= (long)count;
	if (state.wanted <= 0)
		kill(getpid(), SIGTERM);
	pthread_mutex_unlock(&state.mu);
	return RMQ_CONSUME_SUCCESS;
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new(); /* name servers come from NAMESRV_ADDR */
	rmq_push_consumer *consumer = NULL;
	rmq_error_detail *detail = NULL;
	sigset_t signals;
	int caught, ok;

	if (argc != 5) {
		fprintf(stderr, "usage: queues_changed TOPIC GROUP FOLDER COUNT\n");
		rmq_config_free(config);
		return 2;
	}
	state.folder = argv[3];
	state.wanted = strtol(argv[4], NULL, 10);
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	ok = rmq_config_set(config, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET", &detail) ==
		     RMQ_OK &&
	     rmq_push_consumer_new(config, argv[2], &consumer, &detail) == RMQ_OK &&
	     rmq_push_consumer_subscribe(consumer, argv[1], "*", &detail) == RMQ_OK &&
	     rmq_push_consumer_set_listener(consumer, count_messages, NULL, &detail) == RMQ_OK &&
	     rmq_push_consumer_set_queues_fn(consumer, on_queues, NULL, &detail) == RMQ_OK &&
	     rmq_push_consumer_start(consumer, &detail) == RMQ_OK;
	if (ok) {
		sigwait(&signals, &caught);
		/* Every queue is revoked, and so saved, before its offset is committed for the last time. */
		ok = rmq_push_consumer_close(consumer, -1, &detail) == RMQ_OK;
	}
	if (!ok)
		fprintf(stderr, "queues_changed: %s\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_push_consumer_free(consumer);
	rmq_config_free(config);
	return ok ? 0 : 1;
}
