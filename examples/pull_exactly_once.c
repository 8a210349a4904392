/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pull_exactly_once.c - adds up the numbers that the messages of a topic hold, each exactly once, whenever it is
 * killed: the sum and the offsets that belong to it are one file, which is replaced as a whole.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 pull_exactly_once TOPIC GROUP FILE COUNT
 *
 * It ends when COUNT numbers were added, also by those before it, and prints the sum. One process a file: with
 * several, each has its queues and its file.
 */
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rocketmq/rocketmq.h>

enum { QUEUES_MAX = 256, HOLD_MS = 200 };

/* What the file holds. */
struct state {
	const char *path;
	long count;
	long sum;
	size_t queue_count;
	struct {
		char broker[128];
		int id;
		long long offset; /* the next message to be added */
	} queues[QUEUES_MAX];
};

/* --- The file --------------------------------------------------------------------------------------- */

static void load(struct state *s)
{
	FILE *f = fopen(s->path, "r");

	if (!f)
		return; /* the first run */
	if (fscanf(f, "%ld %ld", &s->count, &s->sum) != 2)
		s->count = s->sum = 0;
	while (s->queue_count < QUEUES_MAX &&
	       fscanf(f, "%127s %d %lld", s->queues[s->queue_count].broker,
		      &s->queues[s->queue_count].id, &s->queues[s->queue_count].offset) == 3)
		s->queue_count++;
	fclose(f);
}

static bool write_all(const struct state *s, FILE *f)
{
	fprintf(f, "%ld %ld\n", s->count, s->sum);
	for (size_t i = 0; i < s->queue_count; i++)
		fprintf(f, "%s %d %lld\n", s->queues[i].broker, s->queues[i].id,
			s->queues[i].offset);
	return fflush(f) == 0 && fsync(fileno(f)) == 0;
}

/* The folder, so that the new name is on the disk, too. */
static bool sync_folder(const char *path)
{
	char copy[4096];
	int fd;
	bool is_ok;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY);
	is_ok = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	return is_ok;
}

/* All of it, or nothing: whoever is killed in here leaves the old file or the new one. */
static bool save(const struct state *s)
{
	char temporary[4096];
	FILE *f;
	bool is_ok;

	snprintf(temporary, sizeof(temporary), "%s.new", s->path);
	f = fopen(temporary, "w");
	is_ok = f && write_all(s, f);
	if (f)
		is_ok = fclose(f) == 0 && is_ok;
	is_ok = is_ok && rename(temporary, s->path) == 0 && sync_folder(s->path);
	if (!is_ok)
		perror(s->path);
	return is_ok;
}

/* --- The messages ----------------------------------------------------------------------------------- */

/* NULL: there are too many queues. A queue that is new begins with its first message. */
static long long *offset_of(struct state *s, const struct rmq_queue *q)
{
	for (size_t i = 0; i < s->queue_count; i++)
		if (s->queues[i].id == q->queue_id &&
		    strcmp(s->queues[i].broker, q->broker_name) == 0)
			return &s->queues[i].offset;
	if (s->queue_count == QUEUES_MAX)
		return NULL;
	s->queues[s->queue_count].id = q->queue_id;
	snprintf(s->queues[s->queue_count].broker, sizeof(s->queues[0].broker), "%s",
		 q->broker_name);
	return &s->queues[s->queue_count++].offset;
}

static void add(struct state *s, const rmq_messages *list)
{
	const rmq_message *m;

	for (size_t i = 0; (m = rmq_messages_at(list, i)); i++) {
		char text[32];
		size_t len;
		const char *body = rmq_message_body(m, &len);

		snprintf(text, sizeof(text), "%.*s", (int)len, body);
		s->sum += strtol(text, NULL, 10);
		s->count++;
	}
}

/* Messages and offset change together, in memory and then in the file. */
static bool pull(rmq_pull_consumer *c, const struct rmq_queue *q, const rmq_pull_options *options,
		 struct state *s, rmq_error_detail **detail)
{
	long long *offset = offset_of(s, q);
	rmq_pull_result *result = NULL;
	bool has_moved;

	if (!offset || rmq_pull_consumer_pull(c, q, *offset, options, &result, detail) != RMQ_OK)
		return false;
	/* An offset that is illegal was deleted by the broker: what was there is lost, and it says so. */
	if (rmq_pull_result_status(result) == RMQ_PULL_OFFSET_ILLEGAL)
		fprintf(stderr, "queue %d of %s goes on at %lld, not at %lld\n", q->queue_id,
			q->broker_name, (long long)rmq_pull_result_next_offset(result), *offset);
	has_moved = *offset != rmq_pull_result_next_offset(result);
	add(s, rmq_pull_result_messages(result));
	*offset = rmq_pull_result_next_offset(result);
	rmq_pull_result_free(result);
	return !has_moved || save(s);
}

static bool run(rmq_pull_consumer *c, const char *topic, long wanted, struct state *s,
		rmq_error_detail **detail)
{
	rmq_pull_options *options = rmq_pull_options_new();
	rmq_queues *queues = NULL;
	const struct rmq_queue *q;
	bool is_ok = options && rmq_pull_options_set_max_messages(options, 5, detail) == RMQ_OK &&
		     rmq_pull_options_set_suspend(options, HOLD_MS, detail) == RMQ_OK &&
		     rmq_pull_consumer_queues(c, topic, &queues, detail) == RMQ_OK;

	while (is_ok && s->count < wanted)
		for (size_t i = 0; is_ok && (q = rmq_queues_at(queues, i)); i++)
			is_ok = pull(c, q, options, s, detail);
	rmq_queues_free(queues);
	rmq_pull_options_free(options);
	return is_ok;
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new(); /* name servers come from NAMESRV_ADDR */
	rmq_pull_consumer *c = NULL;
	rmq_error_detail *detail = NULL;
	static struct state s;
	bool is_ok;

	if (argc != 5) {
		fprintf(stderr, "usage: pull_exactly_once TOPIC GROUP FILE COUNT\n");
		rmq_config_free(config);
		return 2;
	}
	s.path = argv[3];
	load(&s);
	rmq_config_set_log(config, rmq_log_stderr, RMQ_LOG_WARN, NULL);
	is_ok = rmq_pull_consumer_new(config, argv[2], &c, &detail) == RMQ_OK &&
		rmq_pull_consumer_start(c, &detail) == RMQ_OK &&
		run(c, argv[1], strtol(argv[4], NULL, 10), &s, &detail);
	if (is_ok)
		printf("%ld numbers, sum %ld\n", s.count, s.sum);
	else
		fprintf(stderr, "pull_exactly_once: %s\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_pull_consumer_free(c);
	rmq_config_free(config);
	return is_ok ? 0 : 1;
}
