/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_producer.c - the public sends that do not wait: wrong arguments and states, and what a callback may do.
 */
#include <stdatomic.h>

#include "tests/api/api.h"

#define INVALID_TOLD(call)                                                          \
	do {                                                                        \
		rmq_error_detail *d = NULL;                                         \
		enum rmq_error e = call;                                            \
		rmq_error_detail_free(api_failed(e, RMQ_ERR_INVALID_ARGUMENT, &d)); \
	} while (0)

/* What a callback was told. */
struct told {
	rmq_producer *producer;
	atomic_int times;
	enum rmq_error error;
	enum rmq_error inner; /* of what the callback itself called */
	char message_id[64];
	char sentence[256];
	int64_t offset;
	bool has_detail;
};

static void note_end(enum rmq_error error, const rmq_send_result *result,
		     const rmq_error_detail *detail, struct told *t)
{
	t->error = error;
	t->has_detail = detail != NULL;
	snprintf(t->message_id, sizeof(t->message_id), "%s", rmq_send_result_message_id(result));
	snprintf(t->sentence, sizeof(t->sentence), "%s", rmq_error_detail_message(detail));
	t->offset = rmq_send_result_queue_offset(result);
	atomic_fetch_add(&t->times, 1);
}

static void on_sent(enum rmq_error error, const rmq_send_result *result,
		    const rmq_error_detail *detail, void *arg)
{
	note_end(error, result, detail, arg);
}

static int is_told(void *arg)
{
	struct told *t = arg;

	return atomic_load(&t->times) > 0;
}

static void send_text(struct told *t, const char *topic, rmq_send_fn fn)
{
	rmq_message *m = rmq_message_new(topic, "body", 4);
	rmq_error_detail *detail = NULL;

	api_ok(rmq_producer_send_async(t->producer, m, NULL, fn, t, &detail), &detail);
	rmq_message_free(m);
}

static void await(struct told *t)
{
	ck_assert(wait_real(is_told, t, SOON_MS));
	ck_assert_int_eq(atomic_load(&t->times), 1);
}

/* --- Arguments --------------------------------------------------------------------------- */

START_TEST(null__sends_that_do_not_wait)
{
	rmq_producer *p = api_producer(api_config("127.0.0.1:1"));
	rmq_message *m = rmq_message_new("T", "x", 1);
	struct told told = {.producer = p};

	INVALID_TOLD(rmq_producer_send_async(NULL, m, NULL, on_sent, &told, &d));
	INVALID_TOLD(rmq_producer_send_async(p, NULL, NULL, on_sent, &told, &d));
	INVALID_TOLD(rmq_producer_send_async(p, m, NULL, NULL, &told, &d));
	INVALID_TOLD(rmq_producer_send_oneway(NULL, m, NULL, &d));
	INVALID_TOLD(rmq_producer_send_oneway(p, NULL, NULL, &d));
	ck_assert_int_eq(rmq_producer_send_oneway(p, NULL, NULL, NULL), RMQ_ERR_INVALID_ARGUMENT);
	rmq_producer_free(p);
	ck_assert_int_eq(atomic_load(&told.times), 0);
	rmq_message_free(m);
}
END_TEST

START_TEST(status__has_the_name_of_java)
{
	ck_assert_str_eq(rmq_send_status_text(RMQ_SEND_OK), "SEND_OK");
	ck_assert_str_eq(rmq_send_status_text(RMQ_SEND_FLUSH_DISK_TIMEOUT), "FLUSH_DISK_TIMEOUT");
	ck_assert_str_eq(rmq_send_status_text(RMQ_SEND_FLUSH_SLAVE_TIMEOUT), "FLUSH_SLAVE_TIMEOUT");
	ck_assert_str_eq(rmq_send_status_text(RMQ_SEND_SLAVE_NOT_AVAILABLE), "SLAVE_NOT_AVAILABLE");
	ck_assert_str_eq(rmq_send_status_text((enum rmq_send_status)99), "unknown");
}
END_TEST

/* Refused at once, with the same words as a send that waits; the callback hears nothing. */
START_TEST(messages__that_are_wrong_are_refused_at_once)
{
	static const struct {
		const char *topic;
		size_t len;
		enum rmq_error error;
		const char *names;
	} wrong[] = {{"", 1, RMQ_ERR_INVALID_ARGUMENT, "topic"},
		     {"a b", 1, RMQ_ERR_INVALID_ARGUMENT, "a b"},
		     {"SCHEDULE_TOPIC_XXXX", 1, RMQ_ERR_INVALID_ARGUMENT, "forbidden"},
		     {"T", 0, RMQ_ERR_INVALID_ARGUMENT, "body"},
		     {"T", 11, RMQ_ERR_TOO_LARGE, "maxMessageSize is 10"}};
	rmq_config *c = api_config("127.0.0.1:1");
	struct told told = {0};
	rmq_error_detail *detail = NULL;

	api_set(c, "maxMessageSize", "10");
	told.producer = api_producer(c);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		rmq_message *m = rmq_message_new(wrong[i].topic, "eleven byte", wrong[i].len);

		api_names(api_failed(rmq_producer_send_async(told.producer, m, NULL, on_sent, &told,
							     &detail),
				     wrong[i].error, &detail),
			  wrong[i].names);
		rmq_error_detail_free(detail);
		detail = NULL;
		api_names(api_failed(rmq_producer_send_oneway(told.producer, m, NULL, &detail),
				     wrong[i].error, &detail),
			  wrong[i].names);
		rmq_error_detail_free(detail);
		detail = NULL;
		rmq_message_free(m);
	}
	rmq_producer_free(told.producer);
	ck_assert_int_eq(atomic_load(&told.times), 0);
}
END_TEST

START_TEST(states__a_producer_that_does_not_run_takes_nothing)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_message *m = rmq_message_new("T", "x", 1);
	struct told told = {0};
	rmq_error_detail *d = NULL;

	ck_assert_int_eq(rmq_producer_new(c, "g", &told.producer, NULL), RMQ_OK);
	for (int i = 0; i < 2; i++) {
		api_failed(rmq_producer_send_async(told.producer, m, NULL, on_sent, &told, &d),
			   RMQ_ERR_STATE, &d);
		api_names(d, i == 0 ? "not started" : "closed");
		rmq_error_detail_free(d);
		d = NULL;
		api_failed(rmq_producer_send_oneway(told.producer, m, NULL, &d), RMQ_ERR_STATE, &d);
		rmq_error_detail_free(d);
		d = NULL;
		ck_assert_int_eq(rmq_producer_close(told.producer, -1, NULL), RMQ_OK);
	}
	rmq_producer_free(told.producer);
	ck_assert_int_eq(atomic_load(&told.times), 0);
	rmq_message_free(m);
	rmq_config_free(c);
}
END_TEST

/* --- The end of a send --------------------------------------------------------------------- */

START_TEST(async__tells_the_result)
{
	rmq_mock_cluster *cluster = api_cluster(NULL);
	struct told told = {.producer =
				    api_producer(api_config(rmq_mock_cluster_namesrv(cluster)))};

	send_text(&told, "Topic", on_sent);
	await(&told);
	ck_assert_int_eq(told.error, RMQ_OK);
	ck_assert(!told.has_detail);
	ck_assert_int_eq((int)strlen(told.message_id), 32);
	ck_assert_int_eq(told.offset, 0);
	rmq_producer_free(told.producer);
	rmq_mock_cluster_free(cluster);
}
END_TEST

START_TEST(async__tells_why_it_failed)
{
	struct told told = {.producer = api_producer(api_config("127.0.0.1:1"))};

	send_text(&told, "Topic", on_sent);
	await(&told);
	ck_assert_int_eq(told.error, RMQ_ERR_CONNECT);
	ck_assert(told.has_detail);
	ck_assert(strstr(told.sentence, "127.0.0.1:1"));
	ck_assert_str_eq(told.message_id, "");
	rmq_producer_free(told.producer);
}
END_TEST

START_TEST(oneway__is_stored)
{
	rmq_mock_cluster *cluster = api_cluster(NULL);
	rmq_producer *p = api_producer(api_config(rmq_mock_cluster_namesrv(cluster)));
	rmq_message *m = rmq_message_new("Topic", "body", 4);
	rmq_error_detail *detail = NULL;

	api_ok(rmq_producer_send_oneway(p, m, NULL, &detail), &detail);
	/* One connection, so what follows is stored behind it. */
	api_send_ok(p, "Topic");
	ck_assert_int_eq(rmq_mock_cluster_max_offset(cluster, "broker-a", "Topic", 0) +
				 rmq_mock_cluster_max_offset(cluster, "broker-a", "Topic", 1),
			 2);
	rmq_message_free(m);
	rmq_producer_free(p);
	rmq_mock_cluster_free(cluster);
}
END_TEST

/* --- What a callback may do ------------------------------------------------------------------ */

static void send_and_close(enum rmq_error error, const rmq_send_result *result,
			   const rmq_error_detail *detail, void *arg)
{
	struct told *t = arg;
	rmq_message *m = rmq_message_new("Topic", "body", 4);

	t->inner = rmq_producer_send(t->producer, m, NULL, NULL, NULL);
	if (t->inner == RMQ_OK)
		t->inner = rmq_producer_send_oneway(t->producer, m, NULL, NULL);
	if (t->inner == RMQ_OK)
		t->inner = rmq_producer_close(t->producer, SOON_MS, NULL);
	rmq_message_free(m);
	note_end(error, result, detail, t);
}

START_TEST(callback__may_send_and_wait_and_close_its_producer)
{
	rmq_mock_cluster *cluster = api_cluster(NULL);
	struct told told = {.producer =
				    api_producer(api_config(rmq_mock_cluster_namesrv(cluster)))};

	send_text(&told, "Topic", send_and_close);
	await(&told);
	ck_assert_int_eq(told.error, RMQ_OK);
	ck_assert_int_eq(told.inner, RMQ_OK);
	rmq_producer_free(told.producer);
	rmq_mock_cluster_free(cluster);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		null__sends_that_do_not_wait,
		status__has_the_name_of_java,
		messages__that_are_wrong_are_refused_at_once,
		states__a_producer_that_does_not_run_takes_nothing,
		async__tells_the_result,
		async__tells_why_it_failed,
		oneway__is_stored,
		callback__may_send_and_wait_and_close_its_producer,
	};

	return run_suite("producer", tests, sizeof(tests) / sizeof(tests[0]));
}
