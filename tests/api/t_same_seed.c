/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_same_seed.c - one seed gives one history: what the nodes of a cluster in virtual time were asked and
 * answered is the same, byte for byte, in every process, on one core and on a busy machine.
 *
 * The program runs itself, so that addresses, process ids and real time differ: `t_same_seed SEED FILE`.
 */
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include <rocketmq/mock_record.h>

#include "tests/api/api.h"

enum { MESSAGES = 60, CONSUMERS = 2, PATIENCE_MS = 3600 * 1000, CHILD_MS = 100 * 1000 };

/* --- One history, in a process of its own --------------------------------------------------------- */

static int consumed;

/* Every fifth comes again, once. */
static enum rmq_consume_status take(rmq_push_consumer *c, const rmq_message *const *messages,
				    size_t n, rmq_consume_context *context, void *arg)
{
	(void)c;
	(void)context;
	(void)arg;
	for (size_t i = 0; i < n; i++) {
		if (rmq_message_reconsume_times(messages[i]) == 0 &&
		    rmq_message_queue_offset(messages[i]) % 5 == 4)
			return RMQ_RECONSUME_LATER;
		consumed++;
	}
	return RMQ_CONSUME_SUCCESS;
}

static bool has_all(void *arg)
{
	(void)arg;
	return consumed >= MESSAGES;
}

/* Outside of a test nothing may be asserted: the parent sees the status. */
static void must(bool is_so, const char *what)
{
	if (is_so)
		return;
	fprintf(stderr, "%s failed\n", what);
	exit(3);
}

static rmq_push_consumer *consumer(const rmq_config *config)
{
	rmq_push_consumer *c = NULL;

	must(rmq_push_consumer_new(config, "G", &c, NULL) == RMQ_OK &&
		     rmq_push_consumer_subscribe(c, "Topic", "*", NULL) == RMQ_OK &&
		     rmq_push_consumer_set_listener(c, take, NULL, NULL) == RMQ_OK &&
		     rmq_push_consumer_start(c, NULL) == RMQ_OK,
	     "a consumer");
	return c;
}

static void send_all(const rmq_config *config, rmq_mock_cluster *cluster)
{
	rmq_producer *p = NULL;

	must(rmq_producer_new(config, "P", &p, NULL) == RMQ_OK &&
		     rmq_producer_start(p, NULL) == RMQ_OK,
	     "a producer");
	for (int i = 0; i < MESSAGES; i++) {
		rmq_message *m = rmq_message_new("Topic", "body", 4);

		if (i == MESSAGES / 2)
			must(rmq_mock_broker_stop(cluster, "broker-b", NULL) == RMQ_OK, "a stop");
		must(rmq_producer_send(p, m, NULL, NULL, NULL) == RMQ_OK, "a send");
		rmq_message_free(m);
	}
	must(rmq_mock_broker_start(cluster, "broker-b", NULL) == RMQ_OK, "a start");
	must(rmq_producer_close(p, -1, NULL) == RMQ_OK, "a close");
	rmq_producer_free(p);
}

static void play(const rmq_config *config, rmq_mock_cluster *cluster)
{
	rmq_push_consumer *consumers[CONSUMERS];

	for (size_t i = 0; i < CONSUMERS; i++)
		consumers[i] = consumer(config);
	send_all(config, cluster);
	must(rmq_mock_cluster_run_until(cluster, has_all, NULL, PATIENCE_MS), "the consumption");
	for (size_t i = 0; i < CONSUMERS; i++) {
		must(rmq_push_consumer_close(consumers[i], -1, NULL) == RMQ_OK, "a close");
		rmq_push_consumer_free(consumers[i]);
	}
}

static rmq_mock_cluster *open_cluster(const char *seed)
{
	static const char *const keys[][2] = {
		{"virtualTime", "true"}, {"brokers", "2"}, {"record", "100000"}};
	rmq_mock_options *o = rmq_mock_options_new();
	rmq_mock_cluster *c = NULL;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		must(rmq_mock_options_set(o, keys[i][0], keys[i][1], NULL) == RMQ_OK, keys[i][0]);
	must(rmq_mock_options_set(o, "seed", seed, NULL) == RMQ_OK, "the seed");
	must(rmq_mock_cluster_new(o, &c, NULL) == RMQ_OK, "the cluster");
	must(rmq_mock_cluster_create_topic(c, "Topic", 4, NULL) == RMQ_OK, "the topic");
	rmq_mock_options_free(o);
	return c;
}

static int run(const char *seed, const char *path)
{
	rmq_mock_cluster *cluster = open_cluster(seed);
	rmq_config *config = rmq_config_new();
	FILE *f = fopen(path, "w");

	must(rmq_config_set(config, "namesrvAddr", rmq_mock_cluster_namesrv(cluster), NULL) ==
			     RMQ_OK &&
		     rmq_config_set(config, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET",
				    NULL) == RMQ_OK,
	     "the configuration");
	rmq_config_set_environment(config, rmq_mock_cluster_environment(cluster));
	play(config, cluster);
	rmq_config_free(config);
	must(f && rmq_mock_cluster_dump_requests(cluster, NULL, RMQ_MOCK_JSON_LINES,
						 rmq_mock_line_to_file, f, NULL) == RMQ_OK,
	     "the dump");
	must(fclose(f) == 0, "the file");
	rmq_mock_cluster_free(cluster);
	return 0;
}

/* --- Histories are compared ---------------------------------------------------------------------- */

static char scratch[256];

static char *history(const char *seed, const char *name)
{
	char path[512], self[512] = "";
	const char *const argv[] = {self, seed, path, NULL};
	struct child child;
	char *text;
	FILE *f;
	long len;

	ck_assert_int_gt(readlink("/proc/self/exe", self, sizeof(self) - 1), 0);
	snprintf(path, sizeof(path), "%s/%s", scratch, name);
	ck_assert(child_start(&child, argv, NULL));
	ck_assert_int_eq(child_end(&child, 0, CHILD_MS), 0);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fseek(f, 0, SEEK_END), 0);
	len = ftell(f);
	rewind(f);
	text = calloc(1, (size_t)len + 1);
	ck_assert_uint_eq(fread(text, 1, (size_t)len, f), (size_t)len);
	fclose(f);
	return text;
}

/* Names the first line that differs. */
static void same(const char *a, const char *b)
{
	for (int line = 1; *a || *b; line++) {
		size_t la = strcspn(a, "\n"), lb = strcspn(b, "\n");

		ck_assert_msg(la == lb && memcmp(a, b, la) == 0, "line %d differs:\n%.*s\n%.*s",
			      line, (int)la, a, (int)lb, b);
		a += la + (a[la] != '\0');
		b += lb + (b[lb] != '\0');
	}
}

static void pin(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu() > 0 ? (unsigned)sched_getcpu() : 0, &one);
	(void)sched_setaffinity(0, sizeof(one), &one); /* children inherit it */
}

START_TEST(seed__gives_one_history)
{
	char *first, *second, *pinned, *other;

	ck_assert(make_scratch(scratch, sizeof(scratch)));
	first = history("42", "a");
	ck_assert_ptr_nonnull(strstr(first, "\"SEND_MESSAGE_V2\""));
	ck_assert_ptr_nonnull(strstr(first, "\"CONSUMER_SEND_MSG_BACK\""));
	second = history("42", "b");
	same(first, second);
	other = history("43", "c");
	ck_assert_str_ne(first, other);
	pin();
	pinned = history("42", "d");
	same(first, pinned);
	remove_tree(scratch);
	free(first);
	free(second);
	free(other);
	free(pinned);
}
END_TEST

int main(int argc, char **argv)
{
	const TTest *const tests[] = {seed__gives_one_history};

	if (argc == 3)
		return run(argv[1], argv[2]);
	return run_suite("same_seed", tests, sizeof(tests) / sizeof(tests[0]));
}
