/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose a body is: no send alters the message, a long body is shared and not copied, and one that was given
 * is freed once, whatever happens. Against a scripted broker in a simulation.
 */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/callbacks.h"
#include "client/message.h"
#include "codec/codes.h"
#include "send/async.h"
#include "send/sync.h"
#include "tests/support/stage.h"
#include "tests/support/suite.h"

enum { SEND = RMQI_REQ_SEND_MESSAGE_V2, LONG = 1024 * 1024, SHORT = 100 };

static uint8_t bytes[LONG];
static struct rmqi_client *client;
static struct rmqi_sender sender;

static struct {
	int calls, failed, freed;
} told;

static void on_sent(enum rmq_error error, const struct rmq_send_result *result,
		    const struct rmq_error_detail *d, void *arg)
{
	(void)result;
	(void)d;
	(void)arg;
	told.calls++;
	told.failed += error != RMQ_OK;
}

static void on_free(void *body, size_t len, void *arg)
{
	ck_assert_ptr_eq(body, bytes);
	ck_assert_uint_eq(len, *(size_t *)arg);
	told.freed++;
}

static void set_up(void)
{
	stage_set_up();
	rmq_message_free(message);
	message = NULL;
	memset(&told, 0, sizeof(told));
}

static void start(void)
{
	static const struct rmqi_client_owner owner;

	fake_peer_route(ns, "T", stage_route_of_one(4));
	ck_assert_int_eq(rmqi_client_new(config, &owner, &client, detail), RMQ_OK);
	ck_assert_int_eq(rmqi_sender_init(&sender, client, "G", "producer"), RMQ_OK);
	ck_assert_int_eq(rmqi_client_start(client, detail), RMQ_OK);
}

static void tear_down(void)
{
	int64_t deadline_us = rmqi_clock_deadline(world.env.clock, 5000);

	rmqi_sender_stop(&sender);
	rmqi_client_close(client, deadline_us);
	ck_assert(rmqi_sender_drain(&sender, deadline_us));
	ck_assert(rmqi_client_end_callbacks(client, deadline_us));
	rmqi_client_free(client);
	rmqi_sender_deinit(&sender);
	stage_tear_down();
}

static void wait_for(int calls)
{
	for (int ms = 0; ms < 20000 && told.calls < calls; ms++)
		fake_world_advance(&world, 1);
	ck_assert_int_eq(told.calls, calls);
}

static void send_async(void)
{
	ck_assert_int_eq(rmqi_send_async(&sender, message, NULL, on_sent, NULL, detail), RMQ_OK);
}

/* Bytes that no compression shortens. */
static void fill_bytes(void)
{
	uint32_t x = 1;

	for (size_t i = 0; i < LONG; i++) {
		x = x * 1664525 + 1013904223;
		bytes[i] = (uint8_t)(x >> 24);
	}
}

/* --- Whose ---------------------------------------------------------------------------------------- */

START_TEST(body__that_is_long_is_shared_and_a_short_one_copied)
{
	static const size_t lengths[] = {SHORT, RMQI_BODY_SHARE_FROM - 1, RMQI_BODY_SHARE_FROM,
					 LONG};

	fill_bytes();
	set_up();
	start();
	for (size_t i = 0; i < RMQI_COUNT(lengths); i++) {
		bool is_long = lengths[i] >= RMQI_BODY_SHARE_FROM;
		struct rmqi_send_request r;
		const char *topic = NULL;

		message = rmq_message_new_borrowed("T", bytes, lengths[i]);
		ck_assert_int_eq(rmqi_send_request_init(&r, client, "G", message, NULL, detail),
				 RMQ_OK);
		ck_assert_ptr_eq(r.body.ptr, bytes);
		ck_assert_int_eq(rmqi_send_request_own(&r, &topic, detail), RMQ_OK);
		ck_assert_int_eq(r.body.ptr == bytes, is_long);
		ck_assert_uint_eq(r.body.len, lengths[i]);
		ck_assert_int_eq(memcmp(r.body.ptr, bytes, lengths[i]), 0);
		ck_assert_str_eq(topic, "T");
		rmqi_send_request_deinit(&r);
		rmq_message_free(message);
	}
	message = NULL;
	tear_down();
}
END_TEST

START_TEST(body__of_a_message_that_copied_is_shared_too)
{
	fill_bytes();
	set_up();
	start();
	message = rmq_message_new("T", bytes, LONG);
	send_async();
	/* Neither a change nor the end of the message reaches the send. */
	ck_assert_int_eq(rmq_message_set_body(message, "other", 5, NULL), RMQ_OK);
	rmq_message_free(message);
	message = NULL;
	wait_for(1);
	ck_assert_uint_eq(fake_peer_last(a, SEND)->body_len, LONG);
	ck_assert_int_eq(told.failed, 0);
	tear_down();
}
END_TEST

START_TEST(body__that_was_given_is_freed_once_when_the_last_send_is_complete)
{
	static const int reactions[] = {FAKE_BEHAVE, RMQI_RESP_SYSTEM_ERROR, FAKE_HANG_UP,
					RMQI_RESP_MESSAGE_ILLEGAL, FAKE_SILENT};
	size_t lengths[] = {SHORT, LONG};

	fill_bytes();
	for (size_t i = 0; i < RMQI_COUNT(reactions) * RMQI_COUNT(lengths); i++) {
		size_t *len = &lengths[i % RMQI_COUNT(lengths)];

		set_up();
		start();
		message = rmq_message_new_given("T", bytes, *len, on_free, len);
		fake_peer_always(a, SEND, reactions[i / RMQI_COUNT(lengths)]);
		for (int n = 0; n < 3; n++)
			send_async();
		ck_assert_int_eq(told.freed, 0);
		rmq_message_free(message);
		message = NULL;
		ck_assert_int_eq(told.freed, *len == SHORT);
		wait_for(3);
		fake_world_advance(&world, 10);
		ck_assert_int_eq(told.freed, 1);
		tear_down();
		ck_assert_int_eq(told.freed, 1);
	}
}
END_TEST

START_TEST(body__that_was_given_is_freed_when_the_close_cancels_its_send)
{
	size_t len = LONG;

	fill_bytes();
	set_up();
	start();
	fake_peer_always(a, SEND, FAKE_SILENT);
	message = rmq_message_new_given("T", bytes, len, on_free, &len);
	send_async();
	rmq_message_free(message);
	message = NULL;
	fake_world_advance(&world, 10);
	ck_assert_int_eq(told.freed, 0);
	tear_down();
	ck_assert_int_eq(told.calls, 1);
	ck_assert_int_eq(told.freed, 1);
}
END_TEST

START_TEST(body__that_was_given_stays_the_callers_when_memory_is_out)
{
	size_t len = SHORT;

	told.freed = 0;
	for (uint64_t n = 1; n <= 3; n++) {
		rmqi_mem_fail_after(n, 0);
		ck_assert_ptr_null(rmq_message_new_given("T", bytes, len, on_free, &len));
		rmqi_mem_fail_after(0, 0);
	}
	ck_assert_ptr_null(rmq_message_new_given(NULL, bytes, len, on_free, &len));
	ck_assert_ptr_null(rmq_message_new_given("T", NULL, len, on_free, &len));
	ck_assert_ptr_null(rmq_message_new_borrowed("T", NULL, len));
	ck_assert_int_eq(told.freed, 0);
	message = rmq_message_new_given("T", bytes, len, on_free, &len);
	ck_assert_int_eq(rmq_message_set_body(message, "other", 5, NULL), RMQ_OK);
	ck_assert_int_eq(told.freed, 1);
	rmq_message_free(message);
	ck_assert_int_eq(told.freed, 1);
}
END_TEST

/* --- What a send leaves as it is ------------------------------------------------------------------------ */

struct image {
	struct rmq_message fields;
	char properties[256];
};

static void take_image(struct image *i)
{
	memcpy(&i->fields, message, sizeof(i->fields));
	ck_assert_uint_le(message->properties_len, sizeof(i->properties));
	memcpy(i->properties, message->properties, message->properties_len);
}

static void expect_image(const struct image *i, size_t len, const uint8_t *before)
{
	const struct rmq_message *f = &i->fields;

	ck_assert_ptr_eq(message->body, f->body);
	ck_assert_uint_eq(message->body_len, len);
	ck_assert_int_eq(memcmp(message->body, before, len), 0);
	ck_assert_ptr_eq(message->properties, f->properties);
	ck_assert_uint_eq(message->properties_len, f->properties_len);
	ck_assert_int_eq(memcmp(message->properties, i->properties, f->properties_len), 0);
	ck_assert_str_eq(message->topic, "T");
	ck_assert_int_eq(message->flag, f->flag);
	ck_assert_int_eq(message->sys_flag, f->sys_flag);
	ck_assert_int_eq(message->queue.queue_id, f->queue.queue_id);
	ck_assert_int_eq(message->queue_offset, f->queue_offset);
	ck_assert_int_eq(message->born_ms, f->born_ms);
}

static void make_message(size_t len)
{
	message = rmq_message_new_borrowed("T", bytes, len);
	ck_assert_int_eq(rmq_message_set_tag(message, "tag", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_keys(message, "k1 k2", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_property(message, "mine", "value", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_flag(message, 7, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_delay_level(message, 3, NULL), RMQ_OK);
}

static void send_each_way(void)
{
	int before = told.calls;

	(void)!rmqi_send_sync(&sender, message, NULL, NULL, detail);
	(void)!rmqi_send_oneway(&sender, message, NULL, detail);
	send_async();
	wait_for(before + 1);
}

/* Compressed or not, stored, refused, sent again or cut off. */
START_TEST(send__leaves_every_byte_and_property_of_the_message_as_it_was)
{
	static const size_t lengths[] = {1, SHORT, 5000, 20000, LONG};
	static const char *const types[] = {"ZLIB", "LZ4", "ZSTD"};
	static const int reactions[] = {FAKE_BEHAVE, RMQI_RESP_SYSTEM_BUSY, FAKE_HANG_UP,
					RMQI_RESP_MESSAGE_ILLEGAL};
	static uint8_t before[LONG];

	for (size_t t = 0; t < RMQI_COUNT(types); t++) {
		set_up();
		set("compressType", types[t]);
		start();
		memset(bytes, 'x', sizeof(bytes));
		memset(before, 'x', sizeof(before));
		for (size_t l = 0; l < RMQI_COUNT(lengths) * RMQI_COUNT(reactions); l++) {
			size_t len = lengths[l / RMQI_COUNT(reactions)];
			struct image image;

			make_message(len);
			take_image(&image);
			fake_peer_next(a, SEND, reactions[l % RMQI_COUNT(reactions)]);
			send_each_way();
			expect_image(&image, len, before);
			rmq_message_free(message);
		}
		message = NULL;
		tear_down();
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		body__that_is_long_is_shared_and_a_short_one_copied,
		body__of_a_message_that_copied_is_shared_too,
		body__that_was_given_is_freed_once_when_the_last_send_is_complete,
		body__that_was_given_is_freed_when_the_close_cancels_its_send,
		body__that_was_given_stays_the_callers_when_memory_is_out,
		send__leaves_every_byte_and_property_of_the_message_as_it_was,
	};

	return run_suite("body", tests, RMQI_COUNT(tests));
}
