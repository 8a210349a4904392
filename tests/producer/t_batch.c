/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Batches against scripted brokers, in a simulation: what goes on the wire, what each message is told,
 * and what is refused before anything is sent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/message.h"
#include "codec/codes.h"
#include "codec/properties.h"
#include "producer/producer.h"
#include "send/results.h"
#include "tests/support/stage.h"
#include "tests/support/suite.h"

enum { BATCH = RMQI_REQ_SEND_BATCH_MESSAGE, SEND = RMQI_REQ_SEND_MESSAGE_V2, MOST = 64 };

static struct rmq_producer *producer;
static struct rmq_message *messages[MOST];
static struct rmq_send_results *results;

static struct {
	int calls;
	enum rmq_error error;
	unsigned flags;
	size_t count;
	int64_t last_offset;
	char ids[256];
} told;

static void set_up(void)
{
	stage_set_up();
	memset(&told, 0, sizeof(told));
}

static void tear_down(void)
{
	rmqi_send_results_free(results);
	results = NULL;
	rmqi_producer_free(producer);
	producer = NULL;
	for (size_t i = 0; i < MOST; i++) {
		rmq_message_free(messages[i]);
		messages[i] = NULL;
	}
	stage_tear_down();
}

static void start(void)
{
	fake_peer_route(ns, "T", stage_route_of_two(1));
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, detail), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_start(producer, detail), RMQ_OK);
}

static void make(size_t count)
{
	char body[16];

	for (size_t i = 0; i < count; i++) {
		snprintf(body, sizeof(body), "body %zu", i);
		messages[i] = rmq_message_new("T", body, strlen(body));
	}
}

static enum rmq_error send_all(size_t count)
{
	rmqi_send_results_free(results);
	results = NULL;
	return rmqi_producer_send_batch(producer, messages, count, NULL, &results, detail);
}

/* The broker that got it. */
static struct fake_peer *taker(void)
{
	return fake_peer_count(a, BATCH) ? a : b;
}

static struct rmqi_batch_item item_at(const struct fake_request *r, size_t index)
{
	struct rmqi_cursor rest = rmqi_cursor(r->body, r->body_len);
	struct rmqi_batch_item item = {0};

	for (size_t i = 0; i <= index; i++)
		ck_assert_int_eq(rmqi_batch_decode(&rest, &item), RMQ_OK);
	return item;
}

static void expect_property(const struct rmqi_batch_item *item, const char *name, const char *value)
{
	struct rmqi_str got = {0};

	ck_assert_msg(rmqi_properties_get(item->properties, name, &got), "no %s", name);
	ck_assert_msg(rmqi_str_is(got, value), "%s is %.*s", name, RMQI_STR_ARG(got));
}

/* --- The wire, and what each is told --------------------------------------------------------------- */

START_TEST(batch__is_one_request_and_each_message_is_told_its_place)
{
	const struct fake_request *r;

	set_up();
	start();
	make(3);
	ck_assert_int_eq(rmq_message_set_tag(messages[1], "Tag", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_flag(messages[2], 7, NULL), RMQ_OK);
	ck_assert_int_eq(send_all(3), RMQ_OK);
	ck_assert_int_eq(send_all(3), RMQ_OK);

	ck_assert_uint_eq(fake_peer_count(a, BATCH) + fake_peer_count(b, BATCH), 2);
	ck_assert_uint_eq(fake_peer_count(a, SEND) + fake_peer_count(b, SEND), 0);
	ck_assert_uint_eq(results->count, 3);
	r = fake_peer_last(strcmp(results->results[0].queue.broker_name, "a") == 0 ? a : b, BATCH);
	ck_assert_str_eq(fake_request_field(r, "m"), "true");
	for (size_t i = 0; i < 3; i++) {
		const struct rmq_send_result *one = &results->results[i];
		struct rmqi_batch_item item = item_at(r, i);
		char offset_id[32];

		snprintf(offset_id, sizeof(offset_id), "OFFSET-%04zu", i);
		ck_assert_int_eq(one->status, RMQ_SEND_OK);
		ck_assert_int_eq(one->queue_offset, results->results[0].queue_offset + (int64_t)i);
		ck_assert_str_eq(one->offset_message_id, offset_id);
		ck_assert_str_eq(one->queue.topic, "T");
		expect_property(&item, RMQI_PROP_UNIQ_KEY, one->message_id);
		expect_property(&item, RMQI_PROP_WAIT, "true");
		ck_assert_int_eq(item.flag, i == 2 ? 7 : 0);
		ck_assert_uint_eq(item.body.len, messages[i]->body_len);
		ck_assert_mem_eq(item.body.ptr, messages[i]->body, messages[i]->body_len);
	}
	tear_down();
}
END_TEST

/* A broker before 5.3.4 would give them to every message: an id there would hide theirs. */
START_TEST(batch__has_no_properties_of_its_own_but_the_wait_flag)
{
	const struct fake_request *r;

	set_up();
	start();
	make(2);
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(rmq_message_set_wait_store_ok(messages[i], false, NULL), RMQ_OK);
	ck_assert_int_eq(send_all(2), RMQ_OK);

	r = fake_peer_last(taker(), BATCH);
	ck_assert_str_eq(fake_request_field(r, "i"), "WAIT\1"
						     "false\2");
	ck_assert_str_eq(fake_request_field(r, "f"), "0");
	ck_assert_str_eq(fake_request_field(r, "b"), "T");
	tear_down();
}
END_TEST

START_TEST(batch__of_one_is_a_batch)
{
	set_up();
	start();
	make(1);
	ck_assert_int_eq(send_all(1), RMQ_OK);

	ck_assert_uint_eq(results->count, 1);
	ck_assert_str_eq(results->results[0].offset_message_id, "OFFSET-0000");
	ck_assert_uint_eq(fake_peer_count(taker(), BATCH), 1);
	tear_down();
}
END_TEST

START_TEST(batch__is_not_compressed)
{
	struct rmqi_batch_item item;
	char body[9000];

	set_up();
	start();
	memset(body, 'x', sizeof(body));
	messages[0] = rmq_message_new("T", body, sizeof(body));
	ck_assert_int_eq(send_all(1), RMQ_OK);

	item = item_at(fake_peer_last(taker(), BATCH), 0);
	ck_assert_uint_eq(item.body.len, sizeof(body));
	ck_assert_str_eq(fake_request_field(fake_peer_last(taker(), BATCH), "f"), "0");
	tear_down();
}
END_TEST

START_TEST(batch__is_tried_again_elsewhere_with_the_same_ids)
{
	struct rmqi_batch_item first, second;

	set_up();
	start();
	make(2);
	fake_peer_next(a, BATCH, RMQI_RESP_SYSTEM_BUSY);
	fake_peer_next(b, BATCH, RMQI_RESP_SYSTEM_BUSY);
	ck_assert_int_eq(send_all(2), RMQ_OK);

	ck_assert_uint_ge(fake_peer_count(a, BATCH), 1);
	ck_assert_uint_ge(fake_peer_count(b, BATCH), 1);
	first = item_at(fake_peer_request(a, BATCH, 0), 1);
	second = item_at(fake_peer_request(b, BATCH, 0), 1);
	ck_assert(rmqi_str_eq(first.properties, second.properties));
	expect_property(&second, RMQI_PROP_UNIQ_KEY, results->results[1].message_id);
	tear_down();
}
END_TEST

START_TEST(batch__status_that_is_not_ok_is_that_of_each)
{
	set_up();
	start();
	make(2);
	fake_peer_always(a, BATCH, RMQI_RESP_FLUSH_DISK_TIMEOUT);
	fake_peer_always(b, BATCH, RMQI_RESP_FLUSH_DISK_TIMEOUT);
	ck_assert_int_eq(send_all(2), RMQ_OK);

	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(results->results[i].status, RMQ_SEND_FLUSH_DISK_TIMEOUT);
	tear_down();
}
END_TEST

START_TEST(batch__that_may_be_stored_tells_the_ids_of_all)
{
	const char *ids, *comma;

	set_up();
	set("retryTimesWhenSendFailed", "0");
	start();
	make(3);
	fake_peer_always(a, BATCH, FAKE_SILENT);
	fake_peer_always(b, BATCH, FAKE_SILENT);
	ck_assert_int_eq(send_all(3), RMQ_ERR_TIMEOUT);

	ck_assert_ptr_null(results);
	ck_assert_uint_eq(rmq_error_detail_flags(detail),
			  RMQ_ERROR_RETRIABLE | RMQ_ERROR_MAYBE_STORED);
	ids = rmq_error_detail_message_id(detail);
	comma = strchr(ids, ',');
	ck_assert_ptr_nonnull(comma);
	ck_assert_uint_eq(strlen(ids), 3 * (size_t)(comma - ids) + 2);
	ck_assert_str_eq(rmq_error_detail_queue(detail)->topic, "T");
	tear_down();
}
END_TEST

/* --- What is refused --------------------------------------------------------------------------------- */

static void expect_refused(size_t count, enum rmq_error error, const char *text)
{
	ck_assert_int_eq(send_all(count), error);
	ck_assert_msg(says(text), "%s", rmq_error_detail_message(detail));
	ck_assert_uint_eq(rmq_error_detail_flags(detail), RMQ_ERROR_FATAL);
	ck_assert_ptr_null(results);
	ck_assert_uint_eq(fake_peer_count(a, BATCH) + fake_peer_count(b, BATCH), 0);
}

START_TEST(refused__a_batch_of_two_topics)
{
	set_up();
	start();
	make(3);
	rmq_message_free(messages[2]);
	messages[2] = rmq_message_new("U", "x", 1);
	expect_refused(3, RMQ_ERR_INVALID_ARGUMENT,
		       "messages[2] of 3: its topic is U, that of the first is T");
	tear_down();
}
END_TEST

START_TEST(refused__a_batch_of_two_wait_flags)
{
	set_up();
	start();
	make(2);
	ck_assert_int_eq(rmq_message_set_wait_store_ok(messages[1], false, NULL), RMQ_OK);
	expect_refused(2, RMQ_ERR_INVALID_ARGUMENT,
		       "messages[1] of 2: its wait-store flag is false");
	/* To say the default is no other flag. */
	ck_assert_int_eq(rmq_message_set_wait_store_ok(messages[1], true, NULL), RMQ_OK);
	ck_assert_int_eq(send_all(2), RMQ_OK);
	tear_down();
}
END_TEST

START_TEST(refused__what_a_broker_does_not_obey_within_a_batch)
{
	static const struct {
		const char *property, *text;
	} cases[] = {
		{"DELAY", "a delay level"},
		{"TIMER_DELAY_SEC", "a delivery time"},
		{"TIMER_DELAY_MS", "a delivery time"},
		{"TIMER_DELIVER_MS", "a delivery time"},
		{"_SYS_MSG_PRIORITY_", "a priority"},
		{"__LITE_TOPIC", "a lite topic"},
	};

	set_up();
	start();
	make(2);
	for (size_t i = 0; i < RMQI_COUNT(cases); i++) {
		ck_assert_int_eq(rmqi_message_put(messages[1], cases[i].property, "3"), RMQ_OK);
		expect_refused(2, RMQ_ERR_INVALID_ARGUMENT, cases[i].text);
		ck_assert_int_eq(rmqi_message_put(messages[1], cases[i].property, NULL), RMQ_OK);
	}
	rmq_message_free(messages[0]);
	messages[0] = rmq_message_new("%RETRY%G", "x", 1);
	expect_refused(2, RMQ_ERR_INVALID_ARGUMENT, "messages[0] of 2: it has a retry topic");
	tear_down();
}
END_TEST

START_TEST(refused__a_batch_or_a_message_that_is_too_large)
{
	char body[600];

	set_up();
	set("maxMessageSize", "1024");
	start();
	memset(body, 'x', sizeof(body));
	for (size_t i = 0; i < 2; i++)
		messages[i] = rmq_message_new("T", body, sizeof(body));
	expect_refused(2, RMQ_ERR_TOO_LARGE,
		       "messages[1] of 2: with it the batch is over maxMessageSize (1024 bytes)");
	ck_assert_int_eq(rmq_message_set_body(messages[0], "", 0, NULL), RMQ_OK);
	expect_refused(2, RMQ_ERR_INVALID_ARGUMENT,
		       "messages[0] of 2: the message body length is zero");
	tear_down();
}
END_TEST

START_TEST(refused__one_whose_properties_are_too_long)
{
	char *value = malloc(32767);

	set_up();
	start();
	make(2);
	memset(value, 'x', 32766);
	value[32766] = '\0';
	ck_assert_int_eq(rmq_message_set_property(messages[1], "p", value, NULL), RMQ_OK);
	expect_refused(2, RMQ_ERR_TOO_LARGE, "messages[1] of 2: the properties of the message");
	free(value);
	tear_down();
}
END_TEST

START_TEST(refused__a_batch_of_a_producer_that_is_not_open)
{
	set_up();
	make(2);
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, detail), RMQ_OK);
	ck_assert_int_eq(send_all(2), RMQ_ERR_STATE);
	ck_assert_int_eq(rmqi_producer_start(producer, detail), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_close(producer, 1000, detail), RMQ_OK);
	ck_assert_int_eq(send_all(2), RMQ_ERR_STATE);
	tear_down();
}
END_TEST

/* A broker that does not know batches, or not for this topic. */
START_TEST(batch__that_the_broker_refuses_is_an_error)
{
	set_up();
	start();
	make(2);
	fake_peer_remark(a, "no batches here");
	fake_peer_remark(b, "no batches here");
	fake_peer_always(a, BATCH, RMQI_RESP_MESSAGE_ILLEGAL);
	fake_peer_always(b, BATCH, RMQI_RESP_MESSAGE_ILLEGAL);
	ck_assert_int_eq(send_all(2), RMQ_ERR_BROKER);

	ck_assert_int_eq(rmq_error_detail_broker_code(detail), RMQI_RESP_MESSAGE_ILLEGAL);
	ck_assert_uint_eq(rmq_error_detail_flags(detail), RMQ_ERROR_FATAL);
	ck_assert(says("no batches here"));
	tear_down();
}
END_TEST

/* --- Asynchronous ------------------------------------------------------------------------------------ */

static void on_sent(enum rmq_error error, const struct rmq_send_results *r,
		    const struct rmq_error_detail *d, void *arg)
{
	ck_assert_ptr_eq(arg, &told);
	ck_assert((error == RMQ_OK) == (r != NULL));
	ck_assert((error == RMQ_OK) == (d == NULL));
	told.calls++;
	told.error = error;
	told.flags = rmq_error_detail_flags(d);
	told.count = r ? r->count : 0;
	told.last_offset = r ? r->results[r->count - 1].queue_offset : -1;
	snprintf(told.ids, sizeof(told.ids), "%s", rmq_error_detail_message_id(d));
}

static void wait_for_call(void)
{
	for (int ms = 0; ms < 20000 && told.calls == 0; ms++)
		fake_world_advance(&world, 1);
	ck_assert_int_eq(told.calls, 1);
}

static enum rmq_error send_async(size_t count)
{
	return rmqi_producer_send_batch_async(producer, messages, count, NULL, on_sent, &told,
					      detail);
}

START_TEST(async__tells_each_and_needs_the_messages_no_more)
{
	set_up();
	start();
	make(3);
	ck_assert_int_eq(send_async(3), RMQ_OK);
	for (size_t i = 0; i < 3; i++) {
		rmq_message_free(messages[i]);
		messages[i] = NULL;
	}
	ck_assert_int_eq(told.calls, 0);
	wait_for_call();

	ck_assert_int_eq(told.error, RMQ_OK);
	ck_assert_uint_eq(told.count, 3);
	ck_assert_int_eq(told.last_offset, 2);
	tear_down();
}
END_TEST

START_TEST(async__a_failure_is_told_once_with_the_ids_of_all)
{
	set_up();
	set("retryTimesWhenSendFailed", "0");
	start();
	make(2);
	fake_peer_always(a, BATCH, FAKE_HANG_UP);
	fake_peer_always(b, BATCH, FAKE_HANG_UP);
	ck_assert_int_eq(send_async(2), RMQ_OK);
	wait_for_call();

	ck_assert_int_eq(told.error, RMQ_ERR_CONNECTION_LOST);
	ck_assert_uint_eq(told.flags, RMQ_ERROR_RETRIABLE | RMQ_ERROR_MAYBE_STORED);
	ck_assert_ptr_nonnull(strchr(told.ids, ','));
	tear_down();
}
END_TEST

START_TEST(async__what_is_refused_is_never_told)
{
	set_up();
	start();
	make(2);
	ck_assert_int_eq(rmq_message_set_delay_level(messages[0], 3, NULL), RMQ_OK);
	ck_assert_int_eq(send_async(2), RMQ_ERR_INVALID_ARGUMENT);
	fake_world_advance(&world, 10000);
	ck_assert_int_eq(told.calls, 0);
	tear_down();
}
END_TEST

START_TEST(async__close_ends_it_once)
{
	set_up();
	start();
	make(2);
	fake_peer_always(a, BATCH, FAKE_SILENT);
	fake_peer_always(b, BATCH, FAKE_SILENT);
	ck_assert_int_eq(send_async(2), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_close(producer, 100, detail), RMQ_ERR_CANCELLED);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "2 messages"));

	ck_assert_int_eq(told.calls, 1);
	ck_assert_int_eq(told.error, RMQ_ERR_CANCELLED);
	tear_down();
}
END_TEST

/* --- Memory ------------------------------------------------------------------------------------------ */

/* The brokers share the memory that fails, and may lose a connection by it. */
static bool is_expected(enum rmq_error err)
{
	return err == RMQ_OK || err == RMQ_ERR_NO_MEMORY || err == RMQ_ERR_CONNECT ||
	       err == RMQ_ERR_CONNECTION_LOST || err == RMQ_ERR_TIMEOUT;
}

START_TEST(batch__survives_every_failed_allocation)
{
	size_t failed = 0;

	for (uint64_t n = 1; n < 60; n++) {
		enum rmq_error err;

		set_up();
		start();
		make(3);
		ck_assert_int_eq(send_all(3), RMQ_OK); /* connections and routes are there */
		rmqi_send_results_free(results);
		results = NULL;
		rmqi_mem_fail_after(n, 0);
		err = send_all(3);
		rmqi_mem_fail_after(0, 0);
		ck_assert_msg(is_expected(err), "%s", rmq_error_text(err));
		ck_assert((err == RMQ_OK) == (results != NULL));
		failed += err == RMQ_ERR_NO_MEMORY;
		tear_down();
	}
	ck_assert_uint_gt(failed, 5);
}
END_TEST

START_TEST(async__survives_every_failed_allocation)
{
	size_t accepted = 0;

	for (uint64_t n = 1; n < 60; n++) {
		enum rmq_error err;

		set_up();
		start();
		make(3);
		ck_assert_int_eq(send_all(3), RMQ_OK);
		rmqi_mem_fail_after(n, 0);
		err = send_async(3);
		if (err == RMQ_OK)
			wait_for_call();
		rmqi_mem_fail_after(0, 0);
		ck_assert_int_eq(told.calls, err == RMQ_OK);
		ck_assert(is_expected(err) && is_expected(told.error));
		accepted += err == RMQ_OK;
		tear_down();
	}
	ck_assert_uint_gt(accepted, 5);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		batch__is_one_request_and_each_message_is_told_its_place,
		batch__has_no_properties_of_its_own_but_the_wait_flag,
		batch__of_one_is_a_batch,
		batch__is_not_compressed,
		batch__is_tried_again_elsewhere_with_the_same_ids,
		batch__status_that_is_not_ok_is_that_of_each,
		batch__that_may_be_stored_tells_the_ids_of_all,
		refused__a_batch_of_two_topics,
		refused__a_batch_of_two_wait_flags,
		refused__what_a_broker_does_not_obey_within_a_batch,
		refused__a_batch_or_a_message_that_is_too_large,
		refused__one_whose_properties_are_too_long,
		refused__a_batch_of_a_producer_that_is_not_open,
		batch__that_the_broker_refuses_is_an_error,
		async__tells_each_and_needs_the_messages_no_more,
		async__a_failure_is_told_once_with_the_ids_of_all,
		async__what_is_refused_is_never_told,
		async__close_ends_it_once,
		batch__survives_every_failed_allocation,
		async__survives_every_failed_allocation,
	};

	return run_suite("batch", tests, RMQI_COUNT(tests));
}
