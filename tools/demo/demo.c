/* SPDX-License-Identifier: Apache-2.0 */
/*
 * demo.c - rmq-demo: the main job, to be looked at.
 *
 * Starts a cluster of one name server and two brokers in this process, sends a
 * file line by line, consumes it with two members of one group, and proves that
 * the lines received are the lines of the file. Exits with 1 if they are not.
 *
 *     rmq-demo [FILE]
 *
 * Without FILE it takes the longest of a few files that a machine has on which this was built.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rocketmq/mock.h>
#include <rocketmq/rocketmq.h>

#include "tools/demo/lines.h"

enum {
	SENDERS = 4,
	MEMBERS = 2,
	QUEUES = 4, /* per broker */
	BROKERS = 2,
	WAIT_S = 60,   /* for the last line to arrive */
	WANTED = 10000 /* lines of a default file */
};

static const char topic[] = "DemoLines";
static const char group[] = "demo-readers";

struct tally {
	uint64_t sent[BROKERS][QUEUES];
	uint64_t received[BROKERS][QUEUES];
	uint64_t by_member[MEMBERS];
};

struct demo {
	const char *path;
	struct lines file;
	struct lines received; /* mu; the texts are owned copies */
	int64_t *send_us;      /* latency of each send */
	int64_t *arrive_us;    /* mu; from send to listener, of each delivery */
	struct tally tally;    /* mu */
	size_t next;           /* mu; line to be sent next */
	size_t sent;           /* mu */
	int failed;            /* mu; a send failed */
	pthread_mutex_t mu;
	pthread_cond_t changed;
	rmq_mock_cluster *cluster;
	rmq_producer *producer;
	rmq_push_consumer *consumers[MEMBERS];
};

struct member {
	struct demo *demo;
	int number;
};

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int fail(const char *what, rmq_error_detail *detail)
{
	fprintf(stderr, "rmq-demo: %s: %s\n", what, rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	return -1;
}

static int broker_index(const char *name)
{
	return strcmp(name, "broker-b") == 0;
}

/* The listener of one member. */
static enum rmq_consume_status on_messages(rmq_push_consumer *c, const rmq_message *const *messages,
					   size_t count, rmq_consume_context *context, void *arg)
{
	struct member *m = arg;
	struct demo *d = m->demo;
	enum rmq_consume_status status = RMQ_CONSUME_SUCCESS;

	(void)c;
	(void)context;
	for (size_t i = 0; i < count; i++) {
		const rmq_message *msg = messages[i];
		const char *sent_us = rmq_message_property(msg, "sentUs");
		size_t len;
		const char *body = rmq_message_body(msg, &len);
		char *copy = malloc(len ? len : 1);

		if (copy)
			memcpy(copy, body, len);
		pthread_mutex_lock(&d->mu);
		if (copy && d->received.count < d->file.count * 2 &&
		    lines_add(&d->received, copy, len) == 0) {
			size_t n = d->received.count - 1;

			if (n < d->file.count)
				d->arrive_us[n] =
					now_us() - (sent_us ? strtoll(sent_us, NULL, 10) : 0);
			d->tally.received[broker_index(rmq_message_queue(msg)->broker_name)]
					 [rmq_message_queue(msg)->queue_id % QUEUES]++;
			d->tally.by_member[m->number]++;
		} else {
			free(copy);
			status = RMQ_RECONSUME_LATER;
		}
		pthread_cond_signal(&d->changed);
		pthread_mutex_unlock(&d->mu);
	}
	return status;
}

static int send_line(struct demo *d, size_t at)
{
	const struct line *line = &d->file.items[at];
	rmq_message *m = rmq_message_new(topic, line->text, line->len);
	rmq_send_result *result = NULL;
	rmq_error_detail *detail = NULL;
	int64_t start = now_us();
	char text[32];
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	snprintf(text, sizeof(text), "%" PRId64, start);
	if (m && rmq_message_set_property(m, "sentUs", text, &detail) == RMQ_OK)
		err = rmq_producer_send(d->producer, m, NULL, &result, &detail);
	rmq_message_free(m);
	if (err != RMQ_OK)
		return fail("send", detail);
	d->send_us[at] = now_us() - start;
	pthread_mutex_lock(&d->mu);
	d->tally.sent[broker_index(rmq_send_result_queue(result)->broker_name)]
		     [rmq_send_result_queue(result)->queue_id % QUEUES]++;
	d->sent++;
	pthread_mutex_unlock(&d->mu);
	rmq_send_result_free(result);
	return 0;
}

static void *sender(void *arg)
{
	struct demo *d = arg;

	for (;;) {
		size_t at;

		pthread_mutex_lock(&d->mu);
		at = d->failed ? d->file.count : d->next++;
		pthread_mutex_unlock(&d->mu);
		if (at >= d->file.count)
			return NULL;
		if (send_line(d, at) != 0) {
			pthread_mutex_lock(&d->mu);
			d->failed = 1;
			pthread_mutex_unlock(&d->mu);
			return NULL;
		}
	}
}

static void show_progress(struct demo *d, int is_terminal)
{
	if (is_terminal)
		fprintf(stderr, "\r  sent %zu  received %zu  of %zu lines ", d->sent,
			d->received.count, d->file.count);
}

/* Waits for every line, but not for ever. */
static void wait_for_all(struct demo *d)
{
	int is_terminal = isatty(STDERR_FILENO);
	int64_t give_up = now_us() + (int64_t)WAIT_S * 1000000;

	pthread_mutex_lock(&d->mu);
	while (d->received.count < d->file.count && !d->failed && now_us() < give_up) {
		struct timespec until;

		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += 100 * 1000 * 1000;
		if (until.tv_nsec >= 1000000000) {
			until.tv_sec++;
			until.tv_nsec -= 1000000000;
		}
		pthread_cond_timedwait(&d->changed, &d->mu, &until);
		show_progress(d, is_terminal);
	}
	show_progress(d, is_terminal);
	pthread_mutex_unlock(&d->mu);
	if (is_terminal)
		fputs("\n", stderr);
}

static int start_cluster(struct demo *d)
{
	rmq_mock_options *options = rmq_mock_options_new();
	rmq_error_detail *detail = NULL;
	const char *namesrv;
	int ok;

	ok = rmq_mock_options_set(options, "brokers", "2", &detail) == RMQ_OK &&
	     rmq_mock_cluster_new(options, &d->cluster, &detail) == RMQ_OK &&
	     rmq_mock_cluster_create_topic(d->cluster, topic, QUEUES, &detail) == RMQ_OK;
	rmq_mock_options_free(options);
	if (!ok)
		return fail("cluster", detail);
	namesrv = rmq_mock_cluster_namesrv(d->cluster);
	printf("cluster     name server %s, broker-a %s, broker-b %s\n", namesrv,
	       rmq_mock_cluster_broker_address(d->cluster, "broker-a"),
	       rmq_mock_cluster_broker_address(d->cluster, "broker-b"));
	return 0;
}

/* What went wrong, and that it is over: in a demo nobody should see a line. */
static void on_event(const rmq_event *event, void *arg)
{
	(void)arg;
	if (rmq_event_kind(event) != RMQ_EVENT_JOINED)
		printf("event       %s\n", rmq_event_text(event));
}

static void print_clients(const struct demo *d)
{
	printf("clients     rocketmq-c %s: producer %s, consumers", rmq_version(),
	       rmq_producer_client_id(d->producer));
	for (int i = 0; i < MEMBERS; i++)
		printf("%s %s", i > 0 ? "," : "", rmq_push_consumer_client_id(d->consumers[i]));
	printf("\n");
}

/* Each queue has one reader: before, lines of a queue that changes hands may come twice. */
static bool is_shared_out(void *arg)
{
	const struct demo *d = arg;
	size_t held = 0;

	for (int i = 0; i < MEMBERS; i++)
		held += rmq_push_consumer_queue_count(d->consumers[i]);
	return held == (size_t)BROKERS * QUEUES;
}

static int start_clients(struct demo *d, struct member *members)
{
	rmq_config *config = rmq_config_new();
	rmq_error_detail *detail = NULL;
	int ok;

	if (!config)
		return fail("configuration", NULL);
	rmq_config_set_event_fn(config, on_event, NULL);
	ok = rmq_config_set(config, "namesrvAddr", rmq_mock_cluster_namesrv(d->cluster), &detail) ==
		     RMQ_OK &&
	     rmq_config_set(config, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET", &detail) ==
		     RMQ_OK &&
	     rmq_producer_new(config, "demo-writers", &d->producer, &detail) == RMQ_OK &&
	     rmq_producer_start(d->producer, &detail) == RMQ_OK;
	for (int i = 0; ok && i < MEMBERS; i++) {
		rmq_push_consumer **c = &d->consumers[i];

		members[i].demo = d;
		members[i].number = i;
		ok = rmq_push_consumer_new(config, group, c, &detail) == RMQ_OK &&
		     rmq_push_consumer_subscribe(*c, topic, "*", &detail) == RMQ_OK &&
		     rmq_push_consumer_set_listener(*c, on_messages, &members[i], &detail) ==
			     RMQ_OK &&
		     rmq_push_consumer_start(*c, &detail) == RMQ_OK;
	}
	for (int i = 0; ok && i < MEMBERS; i++)
		ok = rmq_push_consumer_wait_ready(d->consumers[i], -1, &detail) == RMQ_OK;
	rmq_config_free(config);
	if (!ok || !rmq_mock_cluster_run_until(d->cluster, is_shared_out, d, WAIT_S * 1000))
		return fail("client", detail);
	print_clients(d);
	return 0;
}

static int compare_us(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void print_percentiles(const char *what, int64_t *us, size_t count)
{
	if (count == 0)
		return;
	qsort(us, count, sizeof(*us), compare_us);
	printf("%-12sp50 %" PRId64 " us, p90 %" PRId64 " us, p99 %" PRId64 " us, max %" PRId64
	       " us\n",
	       what, us[count / 2], us[count * 9 / 10], us[count * 99 / 100], us[count - 1]);
}

static void print_queues(const struct tally *t)
{
	printf("queue       ");
	for (int q = 0; q < QUEUES; q++)
		printf("%14d", q);
	printf("\n");
	for (int b = 0; b < BROKERS; b++) {
		printf("  broker-%c  ", 'a' + b);
		for (int q = 0; q < QUEUES; q++)
			printf("%7" PRIu64 "/%-6" PRIu64, t->sent[b][q], t->received[b][q]);
		printf("  (sent/received)\n");
	}
}

/* 0 when the multiset of lines received is that of the file. */
static int prove(struct demo *d)
{
	int missing = 0;
	const struct line *different;
	int same_count = d->received.count == d->file.count;

	different = lines_difference(&d->file, &d->received, &missing);
	if (!different && same_count && !d->failed) {
		printf("proof       the %zu lines received are the lines of the file, each as often "
		       "as there\n",
		       d->received.count);
		return 0;
	}
	printf("proof       FAILED: %zu lines sent, %zu received\n", d->sent, d->received.count);
	if (different)
		printf("            %s: %.*s\n",
		       missing ? "not received" : "not in the file, or twice", (int)different->len,
		       different->text);
	return 1;
}

static int run(struct demo *d)
{
	struct member members[MEMBERS];
	pthread_t threads[SENDERS];
	int64_t start, seconds_us;
	int started = 0, result = 1;

	if (start_cluster(d) != 0 || start_clients(d, members) != 0)
		return 1;
	printf("file        %s, %zu lines\n", d->path, d->file.count);
	start = now_us();
	for (; started < SENDERS; started++)
		if (pthread_create(&threads[started], NULL, sender, d) != 0)
			break;
	wait_for_all(d);
	seconds_us = now_us() - start;
	for (int i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < MEMBERS; i++) {
		rmq_error_detail *detail = NULL;

		if (rmq_push_consumer_close(d->consumers[i], -1, &detail) != RMQ_OK)
			fail("close", detail);
	}
	printf("lines       %zu sent, %zu received, in %.2f s: %.0f a second\n", d->sent,
	       d->received.count, (double)seconds_us / 1e6,
	       (double)d->received.count * 1e6 / (double)seconds_us);
	printf("members     %" PRIu64 " and %" PRIu64 " lines\n", d->tally.by_member[0],
	       d->tally.by_member[1]);
	print_queues(&d->tally);
	print_percentiles("send", d->send_us, d->sent);
	print_percentiles("delivery", d->arrive_us,
			  d->received.count < d->file.count ? d->received.count : d->file.count);
	result = prove(d);
	return result;
}

static void stop(struct demo *d)
{
	for (int i = 0; i < MEMBERS; i++)
		rmq_push_consumer_free(d->consumers[i]);
	rmq_producer_free(d->producer);
	rmq_mock_cluster_free(d->cluster);
	for (size_t i = 0; i < d->received.count; i++)
		free((void *)(uintptr_t)d->received.items[i].text);
	lines_free(&d->received);
	lines_free(&d->file);
	free(d->send_us);
	free(d->arrive_us);
}

/* Scripts that the build itself made, or word lists: text that is really there. */
static int read_default(struct demo *d)
{
	static const char *const paths[] = {"libtool",
					    "../configure",
					    "configure",
					    "/usr/share/dict/words",
					    "/etc/ssl/certs/ca-certificates.crt",
					    "/etc/services"};
	struct lines best = {0};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct lines l;

		if (best.count >= WANTED || lines_read(&l, paths[i]) != 0)
			continue;
		if (l.count > best.count) {
			lines_free(&best);
			best = l;
			d->path = paths[i];
		} else {
			lines_free(&l);
		}
	}
	d->file = best;
	return best.count > 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct demo d = {0};
	int result;

	if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
		fprintf(stderr, "usage: rmq-demo [FILE]\n");
		return 2;
	}
	d.path = argc == 2 ? argv[1] : NULL;
	if (d.path ? lines_read(&d.file, d.path) != 0 : read_default(&d) != 0) {
		fprintf(stderr, "rmq-demo: %s: %s\n", d.path ? d.path : "no file",
			errno ? strerror(errno) : "cannot be read");
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	pthread_mutex_init(&d.mu, NULL);
	pthread_cond_init(&d.changed, NULL);
	d.send_us = calloc(d.file.count + 1, sizeof(*d.send_us));
	d.arrive_us = calloc(d.file.count + 1, sizeof(*d.arrive_us));
	result = d.send_us && d.arrive_us ? run(&d) : 1;
	stop(&d);
	return result;
}
