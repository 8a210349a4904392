/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Auto-batch: what travels together and when, and what goes alone.
 */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/message.h"
#include "codec/properties.h"
#include "tests/producer/autobatch_scene.h"
#include "tests/support/suite.h"

/* --- Together -------------------------------------------------------------------------------------------- */

START_TEST(autobatch__messages_of_a_topic_travel_together_and_each_is_told_its_place)
{
	char id[64], text[32];

	set_up();
	start();
	send_some("T", 0, 5);
	ck_assert_uint_eq(batches(), 0);
	wait_for(5);

	ck_assert_uint_eq(batches(), 1);
	ck_assert_uint_eq(singles(), 0);
	ck_assert_int_eq(items_of(0), 5);
	ck_assert_str_eq(fake_request_field(fake_peer_last(a, BATCH), "i"), "WAIT\1"
									    "true\2");
	for (int i = 0; i < 5; i++) {
		id_at(0, i, id);
		snprintf(text, sizeof(text), "OFFSET-%04d", i);
		ck_assert_int_eq(told[i].error, RMQ_OK);
		ck_assert_int_eq(told[i].offset, i);
		ck_assert_str_eq(told[i].id, id);
		ck_assert_str_eq(told[i].offset_id, text);
	}
	tear_down();
}
END_TEST

START_TEST(autobatch__leaves_after_the_delay_of_its_first_message)
{
	int64_t began_ms;

	set_up();
	set("batchMaxDelayMs", "50");
	start();
	for (int round = 0; round < 3; round++) {
		began_ms = fake_world_now(&world);
		send_nth("T", 2 * round);
		fake_world_advance(&world, 40);
		send_nth("T", 2 * round + 1);
		wait_for(2 * round + 2);
		ck_assert_int_ge(told[2 * round].at_ms - began_ms, 50);
		ck_assert_int_le(told[2 * round].at_ms - began_ms, 52);
		ck_assert_uint_eq(batches(), (size_t)round + 1);
		fake_world_advance(&world, 1000);
	}
	tear_down();
}
END_TEST

START_TEST(autobatch__leaves_at_once_when_it_is_full)
{
	set_up();
	set("batchMaxDelayMs", "1000");
	set("batchMaxBytes", "400");
	start();
	/* A record has 22 bytes, 52 of properties and the body: 80. */
	send_some("T", 0, 7);
	fake_world_advance(&world, 10);

	ck_assert_uint_eq(batches(), 1);
	ck_assert_int_eq(items_of(0), 5);
	ck_assert_int_eq(calls, 5);
	ck_assert_uint_le(fake_peer_request(a, BATCH, 0)->body_len, 400);
	wait_for(7);
	tear_down();
}
END_TEST

START_TEST(autobatch__topics_and_wait_flags_travel_apart)
{
	struct rmq_message *m;

	set_up();
	start();
	for (int i = 0; i < 4; i++) {
		send_nth(i % 2 ? "U" : "T", i);
		m = message_of("T", 10 + i);
		ck_assert_int_eq(rmq_message_set_wait_store_ok(m, false, NULL), RMQ_OK);
		ck_assert_int_eq(give(m, 10 + i, NULL), RMQ_OK);
	}
	wait_for(8);

	ck_assert_uint_eq(batches(), 3);
	for (size_t i = 0; i < 3; i++) {
		const struct fake_request *r = fake_peer_request(a, BATCH, i);

		ck_assert(items_of(i) == 4 ? strstr(fake_request_field(r, "i"), "false") != NULL
					   : strstr(fake_request_field(r, "i"), "true") != NULL);
	}
	tear_down();
}
END_TEST

START_TEST(autobatch__of_one_is_an_ordinary_send)
{
	set_up();
	start();
	send_nth("T", 0);
	wait_for(1);

	ck_assert_uint_eq(batches(), 0);
	ck_assert_uint_eq(singles(), 1);
	ck_assert_str_eq(fake_peer_last(a, SEND)->body, "body 0");
	ck_assert_str_eq(fake_request_property(fake_peer_last(a, SEND), "UNIQ_KEY"), told[0].id);
	ck_assert_str_eq(fake_request_property(fake_peer_last(a, SEND), "WAIT"), "true");
	ck_assert_str_eq(told[0].offset_id, "OFFSET-ID");
	tear_down();
}
END_TEST

START_TEST(autobatch__is_off_by_default)
{
	set_up();
	set("autoBatch", "false");
	start();
	send_some("T", 0, 3);
	wait_for(3);
	ck_assert_uint_eq(singles(), 3);
	tear_down();
}
END_TEST

START_TEST(autobatch__keeps_what_was_set_on_each_message)
{
	struct rmqi_cursor rest;
	struct rmqi_batch_item item;
	struct rmqi_str value;
	struct rmq_message *m;

	set_up();
	start();
	send_nth("T", 0);
	m = message_of("T", 1);
	ck_assert_int_eq(rmq_message_set_tag(m, "Tag", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_keys(m, "k1 k2", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_property(m, "p", "v", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_flag(m, -7, NULL), RMQ_OK);
	ck_assert_int_eq(give(m, 1, NULL), RMQ_OK);
	wait_for(2);

	rest = rmqi_cursor(fake_peer_last(a, BATCH)->body, fake_peer_last(a, BATCH)->body_len);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(rmqi_batch_decode(&rest, &item), RMQ_OK);
	ck_assert_int_eq(item.flag, -7);
	ck_assert(rmqi_properties_get(item.properties, "TAGS", &value) &&
		  rmqi_str_is(value, "Tag"));
	ck_assert(rmqi_properties_get(item.properties, "KEYS", &value) &&
		  rmqi_str_is(value, "k1 k2"));
	ck_assert(rmqi_properties_get(item.properties, "p", &value) && rmqi_str_is(value, "v"));
	tear_down();
}
END_TEST

/* A copy of a message that was received: what is stale of it does not travel. */
START_TEST(autobatch__takes_copies_of_received_messages)
{
	struct rmqi_cursor rest;
	struct rmqi_batch_item item;
	struct rmqi_str value;
	struct rmq_message *m;
	char id[64];

	set_up();
	start();
	send_nth("T", 0);
	m = message_of("T", 1);
	m->queue.queue_id = 0;
	ck_assert_int_eq(rmqi_message_put(m, "UNIQ_KEY", "old"), RMQ_OK);
	ck_assert_int_eq(rmqi_message_put(m, "REAL_TOPIC", "T"), RMQ_OK);
	ck_assert_int_eq(rmqi_message_put(m, "DELAY", "3"), RMQ_OK);
	ck_assert_int_eq(give(m, 1, NULL), RMQ_OK);
	wait_for(2);

	rest = rmqi_cursor(fake_peer_last(a, BATCH)->body, fake_peer_last(a, BATCH)->body_len);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(rmqi_batch_decode(&rest, &item), RMQ_OK);
	ck_assert(!rmqi_properties_get(item.properties, "DELAY", &value));
	id_at(0, 1, id);
	ck_assert_str_eq(told[1].id, id);
	ck_assert_str_ne(id, "old");
	tear_down();
}
END_TEST

/* --- Alone ----------------------------------------------------------------------------------------------- */

/* Message 2 of five goes alone: two before it, two behind it, in order. */
static void expect_alone(struct rmq_message *m, const struct rmq_send_options *options)
{
	send_some("T", 0, 2);
	ck_assert_int_eq(give(m, 2, options), RMQ_OK);
	send_some("T", 3, 2);
	wait_for(5);

	ck_assert_uint_eq(batches(), 2);
	ck_assert_uint_eq(singles(), 1);
	ck_assert_int_eq(told[0].offset, 0);
	ck_assert_int_eq(told[2].offset, 2);
	ck_assert_int_eq(told[3].offset, 3);
}

START_TEST(alone__goes_what_brokers_do_not_obey_within_a_batch_and_in_order)
{
	static const char *const properties[] = {"DELAY",
						 "TIMER_DELAY_SEC",
						 "TIMER_DELAY_MS",
						 "TIMER_DELIVER_MS",
						 "_SYS_MSG_PRIORITY_",
						 "__LITE_TOPIC"};

	for (size_t i = 0; i < RMQI_COUNT(properties); i++) {
		struct rmq_message *m;

		set_up();
		start();
		m = message_of("T", 2);
		ck_assert_int_eq(rmqi_message_put(m, properties[i], "3"), RMQ_OK);
		expect_alone(m, NULL);
		tear_down();
	}
}
END_TEST

START_TEST(alone__goes_what_is_compressed)
{
	char body[8192];

	set_up();
	start();
	memset(body, 'x', sizeof(body));
	expect_alone(rmq_message_new("T", body, 5000), NULL);
	ck_assert_uint_lt(fake_peer_last(a, SEND)->body_len, 1000);
	tear_down();
}
END_TEST

START_TEST(alone__goes_what_is_larger_than_a_batch)
{
	char body[2000];

	set_up();
	set("batchMaxBytes", "1500");
	start();
	memset(body, 'x', sizeof(body));
	expect_alone(rmq_message_new("T", body, sizeof(body)), NULL);
	tear_down();
}
END_TEST

START_TEST(alone__goes_what_has_a_time_of_its_own)
{
	struct rmq_send_options options = {.timeout_ms = 1000};

	set_up();
	start();
	expect_alone(message_of("T", 2), &options);
	tear_down();
}
END_TEST

START_TEST(alone__go_messages_beyond_totalBatchMaxBytes)
{
	set_up();
	set("totalBatchMaxBytes", "200");
	start();
	/* 80 bytes each; the fourth and the fifth do not fit. */
	send_some("T", 0, 5);
	wait_for(5);
	ck_assert_uint_ge(singles(), 1);
	ck_assert_uint_eq(batches(), 1);
	/* What is complete holds nothing any more. */
	send_some("T", 5, 2);
	wait_for(7);
	ck_assert_uint_eq(batches(), 2);
	tear_down();
}
END_TEST

START_TEST(alone__wrong_messages_are_refused_and_hold_up_nobody)
{
	set_up();
	start();
	send_nth("T", 0);
	ck_assert_int_eq(give(rmq_message_new("T", NULL, 0), 1, NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(give(message_of("no topic!", 2), 2, NULL), RMQ_ERR_INVALID_ARGUMENT);
	send_nth("T", 3);
	wait_for(2);
	ck_assert_int_eq(told[1].calls + told[2].calls, 0);
	ck_assert_int_eq(told[0].error, RMQ_OK);
	ck_assert_int_eq(told[3].error, RMQ_OK);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		autobatch__messages_of_a_topic_travel_together_and_each_is_told_its_place,
		autobatch__leaves_after_the_delay_of_its_first_message,
		autobatch__leaves_at_once_when_it_is_full,
		autobatch__topics_and_wait_flags_travel_apart,
		autobatch__of_one_is_an_ordinary_send,
		autobatch__is_off_by_default,
		autobatch__keeps_what_was_set_on_each_message,
		autobatch__takes_copies_of_received_messages,
		alone__goes_what_brokers_do_not_obey_within_a_batch_and_in_order,
		alone__goes_what_is_compressed,
		alone__goes_what_is_larger_than_a_batch,
		alone__goes_what_has_a_time_of_its_own,
		alone__go_messages_beyond_totalBatchMaxBytes,
		alone__wrong_messages_are_refused_and_hold_up_nobody,
	};

	return run_suite("autobatch", tests, RMQI_COUNT(tests));
}
