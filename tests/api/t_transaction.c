/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_transaction.c - transactions through the public headers: wrong arguments and states, and a close while the
 * check function runs, on real threads.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "tests/api/api.h"

#define INVALID_TOLD(call)                                                          \
	do {                                                                        \
		rmq_error_detail *d = NULL;                                         \
		enum rmq_error e = call;                                            \
		rmq_error_detail_free(api_failed(e, RMQ_ERR_INVALID_ARGUMENT, &d)); \
	} while (0)
#define STATE_TOLD(call)                                                 \
	do {                                                             \
		rmq_error_detail *d = NULL;                              \
		enum rmq_error e = call;                                 \
		rmq_error_detail_free(api_failed(e, RMQ_ERR_STATE, &d)); \
	} while (0)

/* A check function that may be held back. */
struct told {
	atomic_int times;
	atomic_bool must_wait;
	atomic_bool has_returned;
};

static enum rmq_transaction_state on_check(const rmq_message *m, void *arg)
{
	struct told *t = arg;

	ck_assert_str_eq(rmq_message_topic(m), "Topic");
	atomic_fetch_add(&t->times, 1);
	while (atomic_load(&t->must_wait))
		pause_ms(1);
	atomic_store(&t->has_returned, true);
	return RMQ_TRANSACTION_COMMIT;
}

static int is_asked(void *arg)
{
	return atomic_load(&((struct told *)arg)->times) > 0;
}

static int has_returned(void *arg)
{
	return atomic_load(&((struct told *)arg)->has_returned);
}

static rmq_producer *new_producer(const char *namesrv, struct told *t)
{
	rmq_config *c = api_config(namesrv);
	rmq_producer *p = NULL;
	rmq_error_detail *detail = NULL;

	api_ok(rmq_producer_new(c, "api-transaction", &p, &detail), &detail);
	api_ok(rmq_producer_set_check_fn(p, on_check, t, &detail), &detail);
	api_ok(rmq_producer_add_topic(p, "Topic", &detail), &detail);
	rmq_config_free(c);
	return p;
}

static rmq_transaction *begin(rmq_producer *p)
{
	rmq_message *m = rmq_message_new("Topic", "body", 4);
	rmq_transaction *t = NULL;
	rmq_error_detail *detail = NULL;

	api_ok(rmq_producer_begin(p, m, NULL, &t, &detail), &detail);
	rmq_message_free(m);
	return t;
}

/* --- Without waiting ------------------------------------------------------------------------- */

static atomic_int committed, rolled_back, went_wrong;

static void on_end(enum rmq_error error, const rmq_error_detail *detail, void *arg)
{
	(void)detail;
	atomic_fetch_add(error == RMQ_OK ? (atomic_int *)arg : &went_wrong, 1);
}

/* Ends it from the callback, and frees it at once. */
static void on_begin(enum rmq_error error, rmq_transaction *t, const rmq_error_detail *detail,
		     void *arg)
{
	enum rmq_error err;

	(void)detail;
	if (error == RMQ_OK && arg)
		err = rmq_transaction_commit_async(t, on_end, &committed, NULL);
	else
		err = rmq_transaction_rollback_async(t, on_end, &rolled_back, NULL);
	if (err != RMQ_OK)
		atomic_fetch_add(&went_wrong, 1);
	rmq_transaction_free(t);
}

static int have_all_ended(void *arg)
{
	return committed + rolled_back + went_wrong >= *(int *)arg;
}

/* --- Arguments --------------------------------------------------------------------------- */

START_TEST(null__transactions)
{
	struct told told = {0};
	rmq_producer *p = new_producer("127.0.0.1:1", &told);
	rmq_message *m = rmq_message_new("T", "x", 1);
	rmq_transaction *t = NULL;

	INVALID_TOLD(rmq_producer_set_check_fn(NULL, on_check, NULL, &d));
	INVALID_TOLD(rmq_producer_set_check_fn(p, NULL, NULL, &d));
	INVALID_TOLD(rmq_producer_add_topic(NULL, "T", &d));
	INVALID_TOLD(rmq_producer_add_topic(p, NULL, &d));
	INVALID_TOLD(rmq_producer_add_topic(p, "no topic", &d));
	INVALID_TOLD(rmq_producer_begin(NULL, m, NULL, &t, &d));
	INVALID_TOLD(rmq_producer_begin(p, NULL, NULL, &t, &d));
	INVALID_TOLD(rmq_producer_begin(p, m, NULL, NULL, &d));
	INVALID_TOLD(rmq_transaction_commit(NULL, &d));
	INVALID_TOLD(rmq_transaction_rollback(NULL, &d));
	INVALID_TOLD(rmq_producer_begin_async(NULL, m, NULL, on_begin, NULL, &d));
	INVALID_TOLD(rmq_producer_begin_async(p, NULL, NULL, on_begin, NULL, &d));
	INVALID_TOLD(rmq_producer_begin_async(p, m, NULL, NULL, NULL, &d));
	INVALID_TOLD(rmq_transaction_commit_async(NULL, on_end, NULL, &d));
	INVALID_TOLD(rmq_transaction_rollback_async(NULL, on_end, NULL, &d));
	ck_assert_str_eq(rmq_transaction_id(NULL), "");
	ck_assert_ptr_null(rmq_transaction_result(NULL));
	rmq_transaction_free(NULL);
	STATE_TOLD(rmq_producer_begin(p, m, NULL, &t, &d));
	STATE_TOLD(rmq_producer_begin_async(p, m, NULL, on_begin, NULL, &d));
	rmq_message_free(m);
	rmq_producer_free(p);
}
END_TEST

/* --- A life ------------------------------------------------------------------------------ */

START_TEST(transaction__is_what_its_getters_say)
{
	struct told told = {0};
	rmq_mock_cluster *c = api_cluster(NULL);
	rmq_producer *p = new_producer(rmq_mock_cluster_namesrv(c), &told);
	rmq_error_detail *detail = NULL;
	rmq_transaction *t;
	const struct rmq_queue *q;

	api_ok(rmq_producer_start(p, &detail), &detail);
	STATE_TOLD(rmq_producer_set_check_fn(p, on_check, &told, &d));
	t = begin(p);
	q = rmq_send_result_queue(rmq_transaction_result(t));
	ck_assert_str_eq(rmq_send_result_message_id(rmq_transaction_result(t)),
			 rmq_transaction_id(t));
	ck_assert_str_eq(rmq_send_result_transaction_id(rmq_transaction_result(t)),
			 rmq_transaction_id(t));
	ck_assert_str_eq(q->topic, "Topic");
	ck_assert_int_eq(rmq_mock_cluster_max_offset(c, q->broker_name, "Topic", q->queue_id), 0);

	api_ok(rmq_transaction_commit(t, &detail), &detail);

	ck_assert_int_eq(rmq_mock_cluster_max_offset(c, q->broker_name, "Topic", q->queue_id), 1);
	rmq_producer_free(p);
	STATE_TOLD(rmq_transaction_commit(t, &d));
	rmq_transaction_free(t);
	rmq_mock_cluster_free(c);
}
END_TEST

START_TEST(transaction__many_at_once_end_once_each_without_waiting)
{
	struct told told = {0};
	int many = 300;
	rmq_mock_cluster *c = api_cluster(NULL);
	rmq_producer *p = new_producer(rmq_mock_cluster_namesrv(c), &told);
	rmq_message *m = rmq_message_new("Topic", "body", 4);
	rmq_error_detail *detail = NULL;

	committed = rolled_back = went_wrong = 0;
	api_ok(rmq_producer_start(p, &detail), &detail);
	for (int i = 0; i < many; i++)
		api_ok(rmq_producer_begin_async(p, m, NULL, on_begin, i % 3 ? &told : NULL,
						&detail),
		       &detail);
	ck_assert(wait_real(have_all_ended, &many, SOON_MS));
	ck_assert_int_eq(went_wrong, 0);
	ck_assert_int_eq(committed, 200);
	ck_assert_int_eq(rolled_back, 100);
	rmq_message_free(m);
	rmq_producer_free(p);
	rmq_mock_cluster_free(c);
}
END_TEST

/* Sets the function again and again, until it is refused. */
struct setter {
	rmq_producer *producer;
	struct told told;
	atomic_int taken;
	enum rmq_error refused;
};

static void *set_until_refused(void *arg)
{
	struct setter *s = arg;

	while ((s->refused = rmq_producer_set_check_fn(s->producer, on_check, &s->told, NULL)) ==
	       RMQ_OK)
		atomic_fetch_add(&s->taken, 1);
	return NULL;
}

static int is_taken(void *arg)
{
	return atomic_load(&((struct setter *)arg)->taken) > 0;
}

/* What is taken is what brokers and transactions find; the thread sanitizer sees whether they agree on when. */
START_TEST(check_fn__set_by_one_thread_while_another_one_starts_is_taken_or_refused)
{
	rmq_mock_cluster *c = api_cluster(NULL);

	for (int i = 0; i < 10; i++) {
		struct setter s = {.refused = RMQ_OK};
		rmq_error_detail *detail = NULL;
		pthread_t thread;

		s.producer = new_producer(rmq_mock_cluster_namesrv(c), &s.told);
		ck_assert_int_eq(pthread_create(&thread, NULL, set_until_refused, &s), 0);
		ck_assert(wait_real(is_taken, &s, SOON_MS));
		api_ok(rmq_producer_start(s.producer, &detail), &detail);
		rmq_transaction_free(begin(s.producer));
		ck_assert_int_eq(pthread_join(thread, NULL), 0);

		ck_assert_int_eq(s.refused, RMQ_ERR_STATE);
		rmq_producer_free(s.producer);
	}
	rmq_mock_cluster_free(c);
}
END_TEST

START_TEST(check_fn__of_a_producer_that_was_closed_unstarted_is_refused)
{
	struct told told = {0};
	rmq_producer *p = new_producer("127.0.0.1:1", &told);
	rmq_error_detail *detail = NULL;

	api_ok(rmq_producer_close(p, 0, &detail), &detail);

	STATE_TOLD(rmq_producer_set_check_fn(p, on_check, &told, &d));
	rmq_producer_free(p);
}
END_TEST

/* --- The close --------------------------------------------------------------------------- */

static rmq_mock_cluster *cluster_that_asks_soon(void)
{
	return api_cluster(api_options(
		"brokerSettings", "transactionTimeOut=50\ntransactionCheckInterval=20\n", NULL));
}

START_TEST(close__tells_that_the_check_function_has_not_returned)
{
	struct told told = {0};
	rmq_mock_cluster *c = cluster_that_asks_soon();
	rmq_producer *p = new_producer(rmq_mock_cluster_namesrv(c), &told);
	rmq_error_detail *detail = NULL;

	api_ok(rmq_producer_start(p, &detail), &detail);
	atomic_store(&told.must_wait, true);
	rmq_transaction_free(begin(p));
	ck_assert(wait_real(is_asked, &told, SOON_MS));

	api_failed(rmq_producer_close(p, 50, &detail), RMQ_ERR_TIMEOUT, &detail);
	api_names(detail, "check");
	rmq_error_detail_free(detail);
	detail = NULL;
	atomic_store(&told.must_wait, false);
	api_ok(rmq_producer_close(p, -1, &detail), &detail);

	ck_assert(has_returned(&told));
	rmq_producer_free(p);
	rmq_mock_cluster_free(c);
}
END_TEST

START_TEST(free__does_not_wait_for_ever_for_the_check_function)
{
	static struct told told; /* outlives the test: the function still runs */
	rmq_mock_cluster *c = cluster_that_asks_soon();
	rmq_producer *p = new_producer(rmq_mock_cluster_namesrv(c), &told);
	rmq_error_detail *detail = NULL;

	api_ok(rmq_producer_start(p, &detail), &detail);
	atomic_store(&told.must_wait, true);
	rmq_transaction_free(begin(p));
	ck_assert(wait_real(is_asked, &told, SOON_MS));
	rmq_error_detail_free(
		api_failed(rmq_producer_close(p, 0, &detail), RMQ_ERR_TIMEOUT, &detail));

	rmq_producer_free(p);
	rmq_mock_cluster_free(c);

	atomic_store(&told.must_wait, false);
	ck_assert(wait_real(has_returned, &told, SOON_MS));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		null__transactions,
		transaction__is_what_its_getters_say,
		transaction__many_at_once_end_once_each_without_waiting,
		check_fn__set_by_one_thread_while_another_one_starts_is_taken_or_refused,
		check_fn__of_a_producer_that_was_closed_unstarted_is_refused,
		close__tells_that_the_check_function_has_not_returned,
		free__does_not_wait_for_ever_for_the_check_function,
	};

	return run_suite("transaction", tests, sizeof(tests) / sizeof(tests[0]));
}
