/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks around sends, against a scripted broker in a simulation. */
#include <stdio.h>
#include <string.h>

#include <rocketmq/hooks.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/callbacks.h"
#include "client/message.h"
#include "codec/codes.h"
#include "producer/producer.h"
#include "producer/send_options.h"
#include "send/send_hooks.h"
#include "tests/support/stage.h"
#include "tests/support/suite.h"

enum { SEND = RMQI_REQ_SEND_MESSAGE_V2 };

static struct rmq_producer *producer;
static char story[512];        /* what was called, in order */
static enum rmq_error verdict; /* of hook "B" */
static bool closes;
static struct {
	enum rmq_error error;
	char id[RMQI_ID_SIZE];
	bool has_result, has_detail, was_callback;
	int64_t latency_us;
	enum rmq_send_mode mode;
} seen;

static void tell(const char *what, const char *name)
{
	size_t len = strlen(story);

	snprintf(story + len, sizeof(story) - len, "%s%s ", what, name);
}

static enum rmq_error before(struct rmq_send_context *c, void *arg)
{
	const char *name = arg;

	tell("+", name);
	c->data[c->current] = arg;
	if (strcmp(name, "A") == 0)
		ck_assert_int_eq(rmqi_send_context_put(c, "added", "by A"), RMQ_OK);
	if (strcmp(name, "B") == 0 && verdict != RMQ_OK)
		snprintf(c->reason, sizeof(c->reason), "topic %s is not for us", c->topic);
	if (closes)
		ck_assert_int_eq(rmqi_producer_close(producer, 1000, NULL), RMQ_OK);
	return strcmp(name, "B") == 0 ? verdict : RMQ_OK;
}

static void after(const struct rmq_send_context *c, void *arg)
{
	tell("-", arg);
	ck_assert_ptr_eq(c->data[c->current], arg);
	ck_assert_ptr_null(c->message);
	ck_assert_str_eq(c->topic, "T");
	seen.error = c->error;
	seen.has_result = c->result != NULL;
	seen.has_detail = c->detail != NULL;
	seen.latency_us = c->latency_us;
	seen.mode = c->mode;
	seen.was_callback = rmqi_client_in_callback(producer->client);
	snprintf(seen.id, sizeof(seen.id), "%s", c->result ? c->result->message_id : "");
}

static void add_hook(const char *name)
{
	config->send_hooks[config->send_hook_count++] =
		(struct rmqi_send_hook){before, after, (void *)(uintptr_t)name};
}

static void set_up(const char *first, const char *second)
{
	stage_set_up();
	fake_peer_route(ns, "T", stage_route_of_one(1));
	story[0] = '\0';
	verdict = RMQ_OK;
	closes = false;
	memset(&seen, 0, sizeof(seen));
	if (first)
		add_hook(first);
	if (second)
		add_hook(second);
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_start(producer, NULL), RMQ_OK);
}

static void tear_down(void)
{
	rmqi_producer_free(producer);
	stage_tear_down();
}

static enum rmq_error send_it(struct rmq_error_detail *d)
{
	return rmqi_producer_send(producer, message, NULL, NULL, d);
}

static void on_sent(enum rmq_error error, const struct rmq_send_result *result,
		    const struct rmq_error_detail *d, void *arg)
{
	(void)error, (void)result, (void)d;
	tell("!", arg);
}

START_TEST(hooks__are_called_once_around_a_send)
{
	set_up("A", "B");
	fake_peer_always(a, SEND, FAKE_LATE - 5);
	ck_assert_int_eq(send_it(NULL), RMQ_OK);

	ck_assert_str_eq(story, "+A +B -B -A ");
	ck_assert_int_eq(seen.error, RMQ_OK);
	ck_assert(seen.has_result); /* though the caller wanted none */
	ck_assert(!seen.has_detail);
	ck_assert_uint_eq(strlen(seen.id), 32);
	ck_assert_int_ge(seen.latency_us, 5000);
	tear_down();
}
END_TEST

static void on_reply(enum rmq_error error, const struct rmq_message *reply,
		     const struct rmq_error_detail *d, void *arg)
{
	(void)reply, (void)d;
	tell(error == RMQ_ERR_NO_REPLY ? "?" : "!", arg);
}

/* Its send ends on the loop, where no hook may run. */
START_TEST(hooks__of_a_request_are_those_of_its_send)
{
	static char name[] = "fn";
	struct rmq_message *reply = NULL;
	const struct fake_request *r;
	size_t sent;

	set_up("A", "B");
	ck_assert_int_eq(rmqi_producer_request_async(producer, message, NULL, on_reply, name, NULL),
			 RMQ_OK);
	fake_world_advance(&world, 1000);
	ck_assert_str_eq(story, "+A +B -B -A ");
	ck_assert(seen.was_callback);
	ck_assert(seen.has_result);
	ck_assert_uint_eq(strlen(seen.id), 32);
	ck_assert_int_eq(seen.mode, RMQ_SEND_ASYNC);
	r = fake_peer_last(a, SEND);
	ck_assert_str_eq(fake_request_property(r, "added"), "by A");
	ck_assert_str_ne(fake_request_property(r, "CORRELATION_ID"), "");
	ck_assert_str_eq(fake_request_property(r, "UNIQ_KEY"), seen.id);
	fake_world_advance(&world, 3000);
	ck_assert_str_eq(story, "+A +B -B -A ?fn ");

	story[0] = '\0';
	fake_peer_always(a, SEND, RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(rmqi_producer_request(producer, message, NULL, &reply, NULL),
			 RMQ_ERR_BROKER);
	sent = fake_peer_count(a, SEND);
	fake_world_advance(&world, 10);
	ck_assert_str_eq(story, "+A +B -B -A ");
	ck_assert_int_eq(seen.error, RMQ_ERR_BROKER);
	ck_assert(seen.has_detail && !seen.has_result);

	story[0] = '\0';
	verdict = RMQ_ERR_DENIED;
	ck_assert_int_eq(rmqi_producer_request(producer, message, NULL, &reply, NULL),
			 RMQ_ERR_DENIED);
	ck_assert_str_eq(story, "+A +B -A ");
	ck_assert_uint_eq(fake_peer_count(a, SEND), sent);
	ck_assert_ptr_null(reply);
	tear_down();
}
END_TEST

START_TEST(hooks__of_an_asynchronous_send_end_on_the_callback_thread_before_its_function)
{
	static char name[] = "fn";

	set_up("A", NULL);
	ck_assert_int_eq(rmqi_producer_send_async(producer, message, NULL, on_sent, name, NULL),
			 RMQ_OK);
	ck_assert_str_eq(story, "+A ");
	fake_world_advance(&world, 100);

	ck_assert_str_eq(story, "+A -A !fn ");
	ck_assert(seen.was_callback);
	ck_assert(seen.has_result);
	ck_assert_int_eq(seen.mode, RMQ_SEND_ASYNC);
	tear_down();
}
END_TEST

START_TEST(hooks__of_a_one_way_send)
{
	set_up("A", NULL);
	ck_assert_int_eq(rmqi_producer_send_oneway(producer, message, NULL, NULL), RMQ_OK);

	ck_assert_str_eq(story, "+A -A ");
	ck_assert_int_eq(seen.mode, RMQ_SEND_ONEWAY);
	ck_assert(!seen.has_result);
	tear_down();
}
END_TEST

START_TEST(hooks__see_a_failure_once_however_many_attempts_it_had)
{
	set_up("A", NULL);
	fake_peer_always(a, SEND, RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(send_it(detail), RMQ_ERR_BROKER);

	ck_assert_str_eq(story, "+A -A ");
	ck_assert_int_eq(seen.error, RMQ_ERR_BROKER);
	ck_assert(seen.has_detail);
	ck_assert_uint_gt(fake_peer_count(a, SEND), 1);
	tear_down();
}
END_TEST

START_TEST(hooks__may_refuse_and_nothing_is_sent)
{
	set_up("A", "B");
	verdict = RMQ_ERR_DENIED;
	ck_assert_int_eq(send_it(detail), RMQ_ERR_DENIED);

	/* Who did not refuse hears of the end. */
	ck_assert_str_eq(story, "+A +B -A ");
	ck_assert_str_eq(rmq_error_detail_message(detail),
			 "not sent: refused by a hook: topic T is not for us");
	ck_assert_uint_eq(fake_peer_count(a, SEND), 0);
	tear_down();
}
END_TEST

START_TEST(hooks__add_properties_to_what_is_sent_and_not_to_the_message)
{
	set_up("A", NULL);
	ck_assert_int_eq(rmqi_message_put(message, "added", "by the user"), RMQ_OK);
	ck_assert_int_eq(rmqi_message_put(message, "other", "stays"), RMQ_OK);
	ck_assert_int_eq(send_it(NULL), RMQ_OK);

	ck_assert_str_eq(fake_request_property(fake_peer_last(a, SEND), "added"), "by A");
	ck_assert_str_eq(fake_request_property(fake_peer_last(a, SEND), "other"), "stays");
	ck_assert_ptr_null(strstr(fake_request_field(fake_peer_last(a, SEND), "i"), "by the user"));
	ck_assert_str_eq(rmqi_message_property(message, "added"), "by the user");
	tear_down();
}
END_TEST

START_TEST(hooks__may_close_the_producer)
{
	set_up("A", NULL);
	closes = true;
	ck_assert_int_eq(send_it(NULL), RMQ_ERR_STATE);

	ck_assert_str_eq(story, "+A -A ");
	ck_assert_int_eq(seen.error, RMQ_ERR_STATE);
	tear_down();
}
END_TEST

START_TEST(hooks__end_once_also_when_memory_is_out)
{
	for (uint64_t n = 1; n < 40; n++) {
		const char *at;
		int begun = 0, ended = 0;

		set_up("B", NULL);
		ck_assert_int_eq(send_it(NULL), RMQ_OK);
		story[0] = '\0';
		rmqi_mem_fail_after(n, 0);
		seen.error = send_it(NULL);
		rmqi_mem_fail_after(0, 0);
		for (at = story; *at; at++) {
			begun += *at == '+';
			ended += *at == '-';
		}
		ck_assert_int_eq(begun, ended);
		tear_down();
	}
}
END_TEST

START_TEST(hooks__replace_what_was_added_and_are_bounded)
{
	struct rmq_send_context c = {0};
	char name[16];

	rmqi_buf_init(&c.added, 4096);
	for (int i = 0; i < RMQI_HOOK_PROPERTIES; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		ck_assert_int_eq(rmqi_send_context_put(&c, name, "v"), RMQ_OK);
	}
	ck_assert_int_eq(rmqi_send_context_put(&c, "n3", "w"), RMQ_OK);
	ck_assert_uint_eq(c.added_count, RMQI_HOOK_PROPERTIES);
	ck_assert_int_eq(rmqi_send_context_put(&c, "more", "v"), RMQ_ERR_TOO_LARGE);
	rmqi_buf_deinit(&c.added);
}
END_TEST

START_TEST(traceparent__is_that_of_w3c)
{
	static const char *const good[] = {
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-will-be"};
	static const char *const bad[] = {
		"",
		"00",
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
		"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"00-00000000000000000000000000000000-b7ad6b7169203331-01",
		"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
		"00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"};

	for (size_t i = 0; i < RMQI_COUNT(good); i++)
		ck_assert_ptr_null(rmqi_traceparent_problem(good[i]));
	for (size_t i = 0; i < RMQI_COUNT(bad); i++)
		ck_assert_ptr_nonnull(rmqi_traceparent_problem(bad[i]));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		hooks__are_called_once_around_a_send,
		hooks__of_a_request_are_those_of_its_send,
		hooks__of_an_asynchronous_send_end_on_the_callback_thread_before_its_function,
		hooks__of_a_one_way_send,
		hooks__see_a_failure_once_however_many_attempts_it_had,
		hooks__may_refuse_and_nothing_is_sent,
		hooks__add_properties_to_what_is_sent_and_not_to_the_message,
		hooks__may_close_the_producer,
		hooks__end_once_also_when_memory_is_out,
		hooks__replace_what_was_added_and_are_bounded,
		traceparent__is_that_of_w3c,
	};

	return run_suite("hooks", tests, RMQI_COUNT(tests));
}
