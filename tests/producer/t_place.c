/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Priorities and lite topics, against scripted brokers, in a simulation: what a broker is told and which, and
 * that one which would forget them is not sent any.
 */
#include <stdio.h>
#include <string.h>

#include "codec/codes.h"
#include "codec/names.h"
#include "codec/version.h"
#include "producer/producer.h"
#include "producer/send_options.h"
#include "producer/transaction.h"
#include "send/lite.h"
#include "tests/support/stage.h"
#include "tests/support/suite.h"

enum { SEND = RMQI_REQ_SEND_MESSAGE_V2, BEAT = RMQI_REQ_HEART_BEAT };
enum { QUEUES = 4, V5_3_3 = 479 };

static struct rmq_producer *producer;
static struct rmq_send_options options;
static struct rmq_send_result *result;

static void set_up(void)
{
	stage_set_up();
	fake_peer_route(ns, "T", stage_route_of_two(4));
	fake_peer_version(a, RMQI_VERSION_LITE);
	fake_peer_version(b, RMQI_VERSION_LITE);
	options = (struct rmq_send_options){.timeout_ms = -1};
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, detail), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_start(producer, detail), RMQ_OK);
}

static void tear_down(void)
{
	rmqi_free(result);
	result = NULL;
	rmqi_producer_free(producer);
	rmqi_wanted_queue_unref(options.choice.queue);
	stage_tear_down();
}

static void set_priority(int priority)
{
	ck_assert_int_eq(rmq_message_set_priority(message, priority, NULL), RMQ_OK);
}

static void set_lite_topic(const char *name)
{
	ck_assert_int_eq(rmq_message_set_lite_topic(message, name, NULL), RMQ_OK);
}

/* --- Each way to send ------------------------------------------------------------------------------- */

static enum rmq_error send_sync(void)
{
	rmqi_free(result);
	result = NULL;
	rmqi_detail_clear(detail);
	return rmqi_producer_send(producer, message, &options, &result, detail);
}

static enum rmq_error told_error;
static bool is_told;

static void on_sent(enum rmq_error error, const struct rmq_send_result *r,
		    const struct rmq_error_detail *d, void *arg)
{
	(void)r;
	(void)arg;
	is_told = true;
	told_error = error;
	if (d)
		rmqi_detail_copy(detail, d);
}

static enum rmq_error send_async(void)
{
	enum rmq_error err;

	is_told = false;
	rmqi_detail_clear(detail);
	err = rmqi_producer_send_async(producer, message, &options, on_sent, NULL, detail);
	if (err != RMQ_OK)
		return err;
	for (int i = 0; i < 10000 && !is_told; i++)
		fake_world_advance(&world, 1);
	ck_assert(is_told);
	return told_error;
}

static enum rmq_error send_oneway(void)
{
	enum rmq_error err;

	rmqi_detail_clear(detail);
	err = rmqi_producer_send_oneway(producer, message, &options, detail);
	fake_world_advance(&world, 1);
	return err;
}

static enum rmq_error (*const ways[])(void) = {send_sync, send_async, send_oneway};

static size_t sends(void)
{
	return fake_peer_count(a, SEND) + fake_peer_count(b, SEND);
}

static void expect_each_way(enum rmq_error expected, const char *text)
{
	for (size_t i = 0; i < RMQI_COUNT(ways); i++) {
		ck_assert_int_eq(ways[i](), expected);
		ck_assert_msg(!text || strstr(rmq_error_detail_message(detail), text), "%zu: %s", i,
			      rmq_error_detail_message(detail));
	}
}

static void expect_refused(const char *text)
{
	expect_each_way(RMQ_ERR_INVALID_ARGUMENT, text);
	ck_assert_uint_eq(sends(), 0);
}

/* The first queue of broker b. */
static size_t select_b(const struct rmq_queues *queues, const struct rmq_message *m, void *arg)
{
	(void)queues;
	(void)m;
	(void)arg;
	return QUEUES;
}

static void choose(enum rmqi_choice_kind kind)
{
	const struct rmq_queue queue = {"T", "a", 1};

	if (kind == RMQI_CHOICE_QUEUE && !options.choice.queue)
		options.choice.queue = rmqi_wanted_queue_new(&queue);
	options.choice.kind = kind;
	options.choice.hash = 17;
	options.choice.fn = select_b;
}

/* --- Priority --------------------------------------------------------------------------------------- */

START_TEST(priority__travels_as_a_property)
{
	set_priority(7);
	ck_assert_int_eq(rmq_message_priority(message), 7);
	ck_assert_int_eq(send_sync(), RMQ_OK);
	ck_assert_uint_eq(sends(), 1);
	ck_assert_str_eq(
		fake_request_property(fake_peer_last(fake_peer_count(a, SEND) ? a : b, SEND),
				      "_SYS_MSG_PRIORITY_"),
		"7");
	set_priority(-1);
	ck_assert_int_eq(rmq_message_priority(message), -1);
	ck_assert_uint_eq(message->kinds, 0);
}
END_TEST

START_TEST(priority__is_not_sent_to_a_broker_that_would_forget_it)
{
	set_priority(0);
	fake_peer_version(a, V5_3_3);
	fake_peer_version(b, RMQI_VERSION_PRIORITY - 1);
	expect_each_way(RMQ_ERR_UNSUPPORTED, "does not know priorities, which came with 5.4.0: it "
					     "would forget the priority");
	ck_assert_uint_eq(sends(), 0);
}
END_TEST

START_TEST(priority__selector_says_to_which_broker)
{
	set_priority(3);
	choose(RMQI_CHOICE_SELECTOR);
	expect_each_way(RMQ_OK, NULL);
	ck_assert_uint_eq(fake_peer_count(b, SEND), RMQI_COUNT(ways));
}
END_TEST

START_TEST(priority__is_refused_with_a_queue_of_the_options)
{
	set_priority(3);
	choose(RMQI_CHOICE_QUEUE);
	expect_refused("has a priority, which decides on its queue");
	choose(RMQI_CHOICE_HASH);
	expect_refused("has a priority, which decides on its queue");
}
END_TEST

/* --- Lite topic -------------------------------------------------------------------------------------- */

/* Of Guava's Hashing.consistentHash, as the broker of 5.5.0 computes them. */
START_TEST(lite__bucket_is_that_of_the_broker)
{
	static const struct {
		const char *name;
		size_t buckets, bucket;
	} rows[] = {{"a", 4, 0},       {"a", 16, 0},      {"b", 8, 5},        {"order-1", 4, 3},
		    {"order-1", 8, 3}, {"user_42", 8, 0}, {"user_42", 16, 10}};

	for (size_t i = 0; i < RMQI_COUNT(rows); i++)
		ck_assert_uint_eq(
			rmqi_lite_bucket(rmqi_java_hash(rmqi_str(rows[i].name)), rows[i].buckets),
			rows[i].bucket);
	for (int32_t hash = -1000; hash < 1000; hash++) {
		ck_assert_uint_eq(rmqi_lite_bucket(hash, 1), 0);
		ck_assert_uint_lt(rmqi_lite_bucket(hash, 3), 3);
	}
}
END_TEST

/* What moves goes to the new bucket. */
START_TEST(lite__another_bucket_takes_its_share_only)
{
	size_t moved = 0;

	for (int32_t hash = 0; hash < 10000; hash++) {
		size_t before = rmqi_lite_bucket(hash * 7919, 9);
		size_t after = rmqi_lite_bucket(hash * 7919, 10);

		ck_assert(before == after || after == 9);
		moved += before != after;
	}
	ck_assert_uint_gt(moved, 800);
	ck_assert_uint_lt(moved, 1200);
}
END_TEST

START_TEST(lite__goes_to_the_queue_whose_broker_owns_it)
{
	set_lite_topic("b"); /* bucket 5 of 8: queue 1 of the second broker */
	ck_assert_str_eq(rmq_message_lite_topic(message), "b");
	expect_each_way(RMQ_OK, NULL);
	ck_assert_uint_eq(fake_peer_count(b, SEND), RMQI_COUNT(ways));
	ck_assert_str_eq(fake_request_property(fake_peer_last(b, SEND), "__LITE_TOPIC"), "b");
	ck_assert_str_eq(fake_request_field(fake_peer_last(b, SEND), "e"), "1");
	set_lite_topic("user_42"); /* bucket 0 */
	expect_each_way(RMQ_OK, NULL);
	ck_assert_uint_eq(fake_peer_count(a, SEND), RMQI_COUNT(ways));
	ck_assert_str_eq(fake_request_field(fake_peer_last(a, SEND), "e"), "0");
}
END_TEST

/* Nobody looks for it on another one. */
START_TEST(lite__stays_on_its_broker_after_a_failure)
{
	set_lite_topic("b");
	fake_peer_always(b, SEND, RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(send_sync(), RMQ_ERR_BROKER);
	ck_assert_uint_eq(fake_peer_count(b, SEND), 3);
	ck_assert_uint_eq(fake_peer_count(a, SEND), 0);
}
END_TEST

START_TEST(lite__is_not_sent_to_a_broker_that_would_ignore_it)
{
	set_lite_topic("b");
	fake_peer_version(b, RMQI_VERSION_PRIORITY);
	expect_each_way(RMQ_ERR_UNSUPPORTED, "does not know lite topics, which came with 5.5.0: it "
					     "would leave the message out of it");
	ck_assert_uint_eq(sends(), 0);
}
END_TEST

START_TEST(lite__is_refused_with_any_choice_of_the_options)
{
	set_lite_topic("b");
	choose(RMQI_CHOICE_QUEUE);
	expect_refused("has a lite topic, which decides on its queue");
	choose(RMQI_CHOICE_HASH);
	expect_refused("has a lite topic, which decides on its queue");
	choose(RMQI_CHOICE_SELECTOR);
	expect_refused("has a lite topic, which decides on its queue");
}
END_TEST

/* What the broker made of the old one would dispatch it there again. */
START_TEST(lite__another_one_leaves_nothing_of_the_old)
{
	set_lite_topic("b");
	ck_assert_int_eq(rmqi_message_put(message, "INNER_MULTI_DISPATCH", "%LMQ%$T$b"), RMQ_OK);
	set_lite_topic(NULL);
	ck_assert_str_eq(rmq_message_lite_topic(message), "");
	ck_assert_uint_eq(rmq_message_property_count(message), 0);
	ck_assert_uint_eq(message->kinds, 0);
}
END_TEST

/* --- Not together ------------------------------------------------------------------------------------ */

START_TEST(place__is_refused_with_what_brokers_put_before_it)
{
	set_priority(1);
	set_lite_topic("b");
	expect_refused("has a priority and a lite topic: only one of");
	set_lite_topic(NULL);
	ck_assert_int_eq(rmq_message_set_delay_level(message, 1, NULL), RMQ_OK);
	expect_refused("has a priority and a delay: only one of");
	ck_assert_int_eq(rmq_message_set_delay_time_sec(message, 1, NULL), RMQ_OK);
	expect_refused("has a priority and a delay: only one of");
	ck_assert_int_eq(rmq_message_set_delay_time_sec(message, 0, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_property(message, "__SHARDINGKEY", "k", NULL), RMQ_OK);
	expect_refused("has a priority and a sharding key: only one of");
	set_priority(-1);
	set_lite_topic("b");
	expect_refused("has a lite topic and a sharding key: only one of");
}
END_TEST

static enum rmq_transaction_state never_asked(const struct rmq_message *m, void *arg)
{
	(void)m;
	(void)arg;
	return RMQ_TRANSACTION_UNKNOWN;
}

static void restart_with_checks(void)
{
	rmqi_producer_free(producer);
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, detail), RMQ_OK);
	ck_assert_int_eq(
		rmqi_membership_set_check_fn(&producer->membership, "G", never_asked, NULL, detail),
		RMQ_OK);
	ck_assert_int_eq(rmqi_producer_start(producer, detail), RMQ_OK);
}

START_TEST(place__is_refused_in_a_transaction)
{
	struct rmq_transaction *t = NULL;

	restart_with_checks();
	set_priority(1);
	ck_assert_int_eq(rmqi_transaction_begin(producer, message, NULL, &t, detail),
			 RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail),
				     "has a priority and a transaction: only one of"));
	set_priority(-1);
	set_lite_topic("b");
	ck_assert_int_eq(rmqi_transaction_begin(producer, message, NULL, &t, detail),
			 RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail),
				     "has a lite topic and a transaction: only one of"));
	ck_assert_uint_eq(sends(), 0);
}
END_TEST

/* --- Bad input ---------------------------------------------------------------------------------------- */

static void expect_bad(enum rmq_error error, struct rmq_error_detail **d, const char *text)
{
	ck_assert_int_eq(error, RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_msg(strstr(rmq_error_detail_message(*d), text), "%s",
		      rmq_error_detail_message(*d));
	rmq_error_detail_free(*d);
	*d = NULL;
}

START_TEST(place__setters_refuse_what_cannot_be)
{
	static const char *const bad[] = {"a b", "a%b", "a$b", "\xc3\xa4", "a/b", "a|b"};
	struct rmq_error_detail *d = NULL;
	char text[66];

	set_lite_topic("keep");
	set_priority(5);
	expect_bad(rmq_message_set_priority(message, -2, &d), &d, "priority is -2, allowed are -1");
	expect_bad(rmq_message_set_lite_topic(message, "", &d), &d,
		   "has 0 bytes, allowed are NULL and 1..64 bytes");
	memset(text, 'x', 65);
	text[65] = '\0';
	expect_bad(rmq_message_set_lite_topic(message, text, &d), &d, "has 65 bytes");
	for (size_t i = 0; i < RMQI_COUNT(bad); i++)
		expect_bad(rmq_message_set_lite_topic(message, bad[i], &d), &d,
			   "allowed are letters, digits, - and _");
	ck_assert_str_eq(rmq_message_lite_topic(message), "keep");
	ck_assert_int_eq(rmq_message_priority(message), 5);
	text[64] = '\0';
	set_lite_topic(text);
}
END_TEST

/* As Java's getPriority. */
START_TEST(priority__that_is_no_number_is_none)
{
	static const char *const texts[] = {"-3", "x", "1x", "99999999999", "-1"};

	for (size_t i = 0; i < RMQI_COUNT(texts); i++) {
		ck_assert_int_eq(rmqi_message_put(message, "_SYS_MSG_PRIORITY_", texts[i]), RMQ_OK);
		ck_assert_int_eq(rmq_message_priority(message), -1);
	}
	ck_assert_int_eq(rmq_message_priority(NULL), -1);
	ck_assert_str_eq(rmq_message_lite_topic(NULL), "");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {priority__travels_as_a_property,
				      priority__is_not_sent_to_a_broker_that_would_forget_it,
				      priority__selector_says_to_which_broker,
				      priority__is_refused_with_a_queue_of_the_options,
				      lite__bucket_is_that_of_the_broker,
				      lite__another_bucket_takes_its_share_only,
				      lite__goes_to_the_queue_whose_broker_owns_it,
				      lite__stays_on_its_broker_after_a_failure,
				      lite__is_not_sent_to_a_broker_that_would_ignore_it,
				      lite__is_refused_with_any_choice_of_the_options,
				      lite__another_one_leaves_nothing_of_the_old,
				      place__is_refused_with_what_brokers_put_before_it,
				      place__is_refused_in_a_transaction,
				      place__setters_refuse_what_cannot_be,
				      priority__that_is_no_number_is_none};
	struct suite s;

	suite_open(&s, "place");
	tcase_add_checked_fixture(s.all, set_up, tear_down);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
