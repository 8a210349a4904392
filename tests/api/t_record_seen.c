/* SPDX-License-Identifier: Apache-2.0 */
/* t_record_seen.c - what filters of the record see in bodies, and that a test that fails shows its last requests. */
#include <sys/wait.h>
#include <unistd.h>

#include <rocketmq/mock_fault.h>
#include <rocketmq/mock_record.h>

#include "tests/api/api.h"
#include "tests/support/last_requests.h"

enum { MANY = 60 };

static rmq_mock_cluster *cluster;
static rmq_config *config;
static rmq_error_detail *detail;

static void open_cluster(const char *body)
{
	cluster = api_cluster(api_options("virtualTime", "true", "record", "10000", "recordBody",
					  body, NULL));
	config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_config_set_environment(config, rmq_mock_cluster_environment(cluster));
}

static void close_cluster(void)
{
	rmq_config_free(config);
	rmq_mock_cluster_free(cluster);
}

static enum rmq_consume_status take(rmq_push_consumer *c, const rmq_message *const *messages,
				    size_t n, rmq_consume_context *context, void *arg)
{
	(void)c;
	(void)messages;
	(void)n;
	(void)context;
	(void)arg;
	return RMQ_CONSUME_SUCCESS;
}

/* A heartbeat of so many subscriptions is longer than what is kept of other bodies. */
START_TEST(filter__sees_the_client_in_a_long_body)
{
	char topic[64], filter[512];
	rmq_push_consumer *c = NULL;
	size_t count = 0;

	open_cluster("16");
	api_ok(rmq_push_consumer_new(config, "Long", &c, &detail), &detail);
	api_ok(rmq_push_consumer_subscribe(c, "Topic", "*", &detail), &detail);
	for (int i = 0; i < MANY; i++) {
		snprintf(topic, sizeof(topic), "Topic_that_makes_the_heartbeat_longer_%d", i);
		api_ok(rmq_push_consumer_subscribe(c, topic, "*", &detail), &detail);
	}
	api_ok(rmq_push_consumer_set_listener(c, take, NULL, &detail), &detail);
	api_ok(rmq_push_consumer_start(c, &detail), &detail);
	snprintf(filter, sizeof(filter), "code=HEART_BEAT clientId=%s",
		 rmq_push_consumer_client_id(c));
	api_ok(rmq_mock_cluster_wait_requests(cluster, filter, 1, SOON_MS, &detail), &detail);
	api_ok(rmq_mock_cluster_count_requests(cluster, "code=HEART_BEAT clientId=nobody", &count,
					       &detail),
	       &detail);
	ck_assert_uint_eq(count, 0);
	rmq_push_consumer_free(c);
	close_cluster();
}
END_TEST

/* Each of its texts is as long as may be, and takes six bytes a sign in JSON. */
START_TEST(faults__are_listed_however_long_their_texts_are)
{
	static const char *const keys[] = {"node", "topic", "group", "clientId"};
	rmq_mock_fault *f = rmq_mock_fault_new();
	rmq_mock_fault_list *l = NULL;
	static char text[4097];
	uint64_t id = 0;

	open_cluster("16");
	memset(text, 1, sizeof(text) - 1);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		api_ok(rmq_mock_fault_set(f, keys[i], text, &detail), &detail);
	api_ok(rmq_mock_fault_set(f, "drop", "true", &detail), &detail);
	api_ok(rmq_mock_cluster_add_fault(cluster, f, &id, &detail), &detail);
	api_ok(rmq_mock_cluster_faults(cluster, &l, &detail), &detail);
	ck_assert_uint_eq(rmq_mock_fault_list_count(l), 1);
	rmq_mock_fault_list_free(l);
	rmq_mock_fault_free(f);
	close_cluster();
}
END_TEST

/* What a check does that fails: it ends the process of its test. */
static void fail_in_child(int to)
{
	rmq_producer *p = NULL;

	dup2(to, STDERR_FILENO);
	open_cluster("16");
	last_requests_of(cluster);
	api_ok(rmq_producer_new(config, "P", &p, &detail), &detail);
	api_ok(rmq_producer_start(p, &detail), &detail);
	for (int i = 0; i < LAST_REQUESTS; i++)
		api_send_ok(p, "Topic");
	exit(EXIT_FAILURE);
}

static size_t count_of(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)) != NULL; text += strlen(part))
		n++;
	return n;
}

START_TEST(test_that_fails__shows_the_last_requests)
{
	static char text[256 * 1024];
	size_t len = 0;
	int ends[2], status;
	ssize_t n;
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		fail_in_child(ends[1]);
	close(ends[1]);
	while (len < sizeof(text) - 1 && (n = read(ends[0], text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	close(ends[0]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(WEXITSTATUS(status), EXIT_FAILURE);
	ck_assert_ptr_nonnull(strstr(text, "# the last 30 of "));
	ck_assert_uint_gt(count_of(text, "SEND_MESSAGE"), 0);
	ck_assert_uint_eq(count_of(text, "\n"), LAST_REQUESTS + 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		filter__sees_the_client_in_a_long_body,
		faults__are_listed_however_long_their_texts_are,
		test_that_fails__shows_the_last_requests,
	};

	return run_suite("record_seen", tests, sizeof(tests) / sizeof(tests[0]));
}
