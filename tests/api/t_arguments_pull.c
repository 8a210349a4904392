/* SPDX-License-Identifier: Apache-2.0 */
/* NULL, wrong names and wrong states at the functions of pull and lite pull consumers (t_arguments.c). */
#include <sys/wait.h>
#include <unistd.h>

#include "tests/api/arguments.h"
#include "tests/support/forks.h"

static const struct rmq_queue queue = {"T", "broker-a", 0}, no_id = {"T", "broker-a", -1},
			      no_broker = {"T", "", 0}, no_topic = {"", "broker-a", 0};
static const int64_t offset;

static void on_commit(enum rmq_error error, const rmq_error_detail *detail, void *arg)
{
	(void)error;
	(void)detail;
	(void)arg;
}

static void on_pull(enum rmq_error error, const rmq_pull_result *result,
		    const rmq_error_detail *detail, void *arg)
{
	(void)error;
	(void)result;
	(void)detail;
	(void)arg;
}

static void on_queues(const char *topic, const rmq_queues *held, const rmq_queues *assigned,
		      const rmq_queues *revoked, void *arg)
{
	(void)topic;
	(void)held;
	(void)assigned;
	(void)revoked;
	(void)arg;
}

START_TEST(null__lite_pull_consumer)
{
	rmq_messages *l = NULL;
	rmq_queues *q = NULL;
	int64_t out = -7;
	char *json = NULL;

	INVALID_TOLD(rmq_lite_pull_consumer_new(NULL, "g", NULL, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_statistics(NULL, &json, &d));
	INVALID_TOLD(rmq_pull_consumer_statistics(NULL, &json, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_subscribe(NULL, "T", "*", &d));
	INVALID_TOLD(rmq_lite_pull_consumer_subscribe_sql(NULL, "T", "a > 1", &d));
	INVALID_TOLD(rmq_lite_pull_consumer_unsubscribe(NULL, "T", &d));
	INVALID_TOLD(rmq_lite_pull_consumer_assign(NULL, &queue, 1, NULL, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_set_queues_fn(NULL, on_queues, NULL, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_start(NULL, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_wait_ready(NULL, 1, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_poll(NULL, 1, &l, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_seek(NULL, &queue, 0, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_seek_to_begin(NULL, &queue, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_seek_to_end(NULL, &queue, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_seek_to_time(NULL, &queue, 1, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_pause(NULL, &queue, 1, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_resume(NULL, &queue, 1, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_commit(NULL, 1, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_commit_offsets(NULL, &queue, &offset, 1, 1, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_commit_async(NULL, on_commit, NULL, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_commit_offsets_async(NULL, &queue, &offset, 1,
								 on_commit, NULL, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_committed(NULL, &queue, &out, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_assignment(NULL, &q, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_queues(NULL, "T", &q, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_close(NULL, -1, &d));
	ck_assert_uint_eq(rmq_lite_pull_consumer_queue_count(NULL), 0);
	ck_assert_str_eq(rmq_lite_pull_consumer_client_id(NULL), "");
	rmq_lite_pull_consumer_free(NULL);
	ck_assert_ptr_null(l);
	ck_assert_ptr_null(q);
	ck_assert_int_eq(out, -7);
}
END_TEST

START_TEST(values__of_a_lite_pull_consumer)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_lite_pull_consumer *k = NULL;
	rmq_messages *l = NULL;
	const int64_t before = -1;

	ck_assert_int_eq(rmq_lite_pull_consumer_new(c, "g", &k, NULL), RMQ_OK);
	INVALID_TOLD(rmq_lite_pull_consumer_subscribe(k, "T", "a > 5", &d));
	INVALID_TOLD(rmq_lite_pull_consumer_subscribe(k, "a b", "*", &d));
	INVALID_TOLD(rmq_lite_pull_consumer_assign(k, NULL, 1, NULL, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_assign(k, &no_id, 1, NULL, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_assign(k, &no_broker, 1, NULL, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_assign(k, &no_topic, 1, NULL, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_assign(k, &queue, 1, "a > 5", &d));
	INVALID_TOLD(rmq_lite_pull_consumer_poll(k, -2, &l, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_poll(k, 1, NULL, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_seek(k, &queue, -1, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_seek(k, NULL, 0, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_seek_to_time(k, &queue, -1, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_commit_offsets(k, &queue, &before, 1, -1, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_commit_offsets(k, NULL, &offset, 1, -1, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_commit_offsets(k, &queue, NULL, 1, -1, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_commit_async(k, NULL, NULL, &d));
	INVALID_TOLD(rmq_lite_pull_consumer_commit(k, -2, &d));
	STATE_TOLD(rmq_lite_pull_consumer_poll(k, 1, &l, &d)); /* not started, as all that follow */
	STATE_TOLD(rmq_lite_pull_consumer_seek(k, &queue, 0, &d));
	STATE_TOLD(rmq_lite_pull_consumer_pause(k, &queue, 1, &d));
	STATE_TOLD(rmq_lite_pull_consumer_commit(k, 1, &d));
	STATE_TOLD(rmq_lite_pull_consumer_commit_async(k, on_commit, NULL, &d));
	ck_assert_int_eq(rmq_lite_pull_consumer_close(k, -1, NULL), RMQ_OK);
	STATE_TOLD(rmq_lite_pull_consumer_subscribe(k, "T", "*", &d)); /* closed */
	STATE_TOLD(rmq_lite_pull_consumer_assign(k, &queue, 1, NULL, &d));
	STATE_TOLD(rmq_lite_pull_consumer_start(k, &d));
	rmq_lite_pull_consumer_free(k);
	rmq_config_free(c);
}
END_TEST

START_TEST(null__pull_consumer)
{
	rmq_pull_result *r = NULL;
	rmq_queues *q = NULL;
	int64_t out = -7;

	INVALID_TOLD(rmq_pull_consumer_new(NULL, "g", NULL, &d));
	INVALID_TOLD(rmq_pull_consumer_subscribe(NULL, "T", "*", &d));
	INVALID_TOLD(rmq_pull_consumer_unsubscribe(NULL, "T", &d));
	INVALID_TOLD(rmq_pull_consumer_set_queues_fn(NULL, on_queues, NULL, &d));
	INVALID_TOLD(rmq_pull_consumer_start(NULL, &d));
	INVALID_TOLD(rmq_pull_consumer_wait_ready(NULL, 1, &d));
	INVALID_TOLD(rmq_pull_consumer_queues(NULL, "T", &q, &d));
	INVALID_TOLD(rmq_pull_consumer_assignment(NULL, &q, &d));
	INVALID_TOLD(rmq_pull_consumer_pull(NULL, &queue, 0, NULL, &r, &d));
	INVALID_TOLD(rmq_pull_consumer_pull_async(NULL, &queue, 0, NULL, on_pull, NULL, &d));
	INVALID_TOLD(rmq_pull_consumer_committed(NULL, &queue, &out, &d));
	INVALID_TOLD(rmq_pull_consumer_commit(NULL, &queue, 1, &d));
	INVALID_TOLD(rmq_pull_consumer_min_offset(NULL, &queue, &out, &d));
	INVALID_TOLD(rmq_pull_consumer_max_offset(NULL, &queue, &out, &d));
	INVALID_TOLD(rmq_pull_consumer_offset_at(NULL, &queue, 1, &out, &d));
	INVALID_TOLD(rmq_pull_consumer_send_back(NULL, NULL, 1, &d));
	INVALID_TOLD(rmq_pull_consumer_close(NULL, -1, &d));
	ck_assert_str_eq(rmq_pull_consumer_client_id(NULL), "");
	rmq_pull_consumer_free(NULL);
	rmq_pull_options_free(NULL);
	rmq_pull_result_free(NULL);
	ck_assert_int_eq(rmq_pull_result_status(NULL), RMQ_PULL_NO_NEW_MESSAGE);
	ck_assert_int_eq(rmq_pull_result_next_offset(NULL), -1);
	ck_assert_int_eq(rmq_pull_result_min_offset(NULL), -1);
	ck_assert_int_eq(rmq_pull_result_max_offset(NULL), -1);
	ck_assert_ptr_null(rmq_pull_result_messages(NULL));
	ck_assert_ptr_null(r);
	ck_assert_ptr_null(q);
	ck_assert_int_eq(out, -7);
}
END_TEST

START_TEST(values__of_pull_options)
{
	rmq_pull_options *o = rmq_pull_options_new();

	INVALID_TOLD(rmq_pull_options_set_max_messages(NULL, 1, &d));
	INVALID_TOLD(rmq_pull_options_set_max_messages(o, 0, &d));
	INVALID_TOLD(rmq_pull_options_set_max_messages(o, 1025, &d));
	INVALID_TOLD(rmq_pull_options_set_expression(o, "a > 5", &d));
	INVALID_TOLD(rmq_pull_options_set_expression_sql(o, "", &d));
	INVALID_TOLD(rmq_pull_options_set_suspend(o, -2, &d));
	INVALID_TOLD(rmq_pull_options_set_timeout(o, 0, &d));
	ck_assert_int_eq(rmq_pull_options_set_max_messages(o, -1, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_pull_options_set_expression(o, "A || B", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_pull_options_set_expression_sql(o, "a > 5", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_pull_options_set_expression(o, NULL, NULL), RMQ_OK);
	rmq_pull_options_free(o);
}
END_TEST

START_TEST(values__of_a_pull_consumer)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_pull_consumer *k = NULL;
	rmq_pull_result *r = NULL;
	rmq_message *own = rmq_message_new("T", "x", 1);

	ck_assert_int_eq(rmq_pull_consumer_new(c, "g", &k, NULL), RMQ_OK);
	INVALID_TOLD(rmq_pull_consumer_pull(k, NULL, 0, NULL, &r, &d));
	INVALID_TOLD(rmq_pull_consumer_pull(k, &no_id, 0, NULL, &r, &d));
	INVALID_TOLD(rmq_pull_consumer_pull(k, &no_broker, 0, NULL, &r, &d));
	INVALID_TOLD(rmq_pull_consumer_pull(k, &no_topic, 0, NULL, &r, &d));
	INVALID_TOLD(rmq_pull_consumer_pull(k, &queue, -1, NULL, &r, &d));
	INVALID_TOLD(rmq_pull_consumer_pull(k, &queue, 0, NULL, NULL, &d));
	INVALID_TOLD(rmq_pull_consumer_pull_async(k, &queue, 0, NULL, NULL, NULL, &d));
	INVALID_TOLD(rmq_pull_consumer_commit(k, &queue, -1, &d));
	INVALID_TOLD(rmq_pull_consumer_min_offset(k, &queue, NULL, &d));
	INVALID_TOLD(rmq_pull_consumer_send_back(k, own, 1, &d));
	STATE_TOLD(rmq_pull_consumer_pull(k, &queue, 0, NULL, &r, &d)); /* not started */
	STATE_TOLD(rmq_pull_consumer_pull_async(k, &queue, 0, NULL, on_pull, NULL, &d));
	STATE_TOLD(rmq_pull_consumer_commit(k, &queue, 1, &d));
	rmq_pull_consumer_free(k);
	rmq_message_free(own);
	rmq_config_free(c);
}
END_TEST

START_TEST(fork__child_may_not_use_what_the_parent_made)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_lite_pull_consumer *lite = NULL;
	rmq_pull_consumer *pull = NULL;
	rmq_messages *l = NULL;
	rmq_pull_result *r = NULL;
	pid_t pid;
	int status = -1;

	ck_assert_int_eq(rmq_lite_pull_consumer_new(c, "g", &lite, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_pull_consumer_new(c, "h", &pull, NULL), RMQ_OK);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		int wrong = (rmq_lite_pull_consumer_poll(lite, 1, &l, NULL) != RMQ_ERR_FORKED) +
			    (rmq_lite_pull_consumer_close(lite, 1, NULL) != RMQ_ERR_FORKED) +
			    (rmq_pull_consumer_pull(pull, &queue, 0, NULL, &r, NULL) !=
			     RMQ_ERR_FORKED) +
			    (rmq_pull_consumer_close(pull, 1, NULL) != RMQ_ERR_FORKED);

		rmq_lite_pull_consumer_free(lite);
		rmq_pull_consumer_free(pull);
		_exit(wrong);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	rmq_lite_pull_consumer_free(lite);
	rmq_pull_consumer_free(pull);
	rmq_config_free(c);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		null__lite_pull_consumer,   values__of_a_lite_pull_consumer,
		null__pull_consumer,        values__of_pull_options,
		values__of_a_pull_consumer, fork__child_may_not_use_what_the_parent_made,
	};

	return run_suite("arguments_pull", tests, sizeof(tests) / sizeof(tests[0]));
}
