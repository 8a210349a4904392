/* SPDX-License-Identifier: Apache-2.0 */
/* Names within a namespace, and what brokers are told of it, against scripted peers, in a simulation. */
#include <stdio.h>
#include <string.h>

#include "client/namespace.h"
#include "codec/codes.h"
#include "producer/named.h"
#include "producer/producer.h"
#include "producer/send_options.h"
#include "send/queues.h"
#include "send/results.h"
#include "tests/support/stage.h"
#include "tests/support/suite.h"

enum { SEND = RMQI_REQ_SEND_MESSAGE_V2, BATCH = RMQI_REQ_SEND_BATCH_MESSAGE };

static struct rmq_producer *producer;
static struct rmq_send_result *result;

static void set_up(void)
{
	stage_set_up();
	fake_peer_route(ns, "ONE%T", stage_route_of_one(2));
	fake_peer_route(ns, "T", stage_route_of_one(2));
}

static void tear_down(void)
{
	rmqi_free(result);
	result = NULL;
	rmqi_producer_free(producer);
	producer = NULL;
	stage_tear_down();
}

static void start(void)
{
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, detail), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_start(producer, detail), RMQ_OK);
}

static enum rmq_error send_with(const struct rmq_send_options *options)
{
	struct rmqi_named n;
	enum rmq_error err = rmqi_named_begin(&n, producer, message, detail);

	if (err != RMQ_OK)
		return err;
	rmqi_free(result);
	result = NULL;
	err = rmqi_producer_send(producer, n.message, options, &result, detail);
	rmqi_named_end(&n);
	return err;
}

/* --- Names -------------------------------------------------------------------------------------------- */

static const char *wrapped(const char *name)
{
	static char out[RMQI_NAMED_MAX];

	ck_assert_int_eq(rmqi_namespace_wrap("ONE", "topic", name, RMQI_TOPIC_MAX, out, NULL),
			 RMQ_OK);
	return out;
}

START_TEST(names__are_wrapped_as_java_does)
{
	ck_assert_str_eq(wrapped("T"), "ONE%T");
	ck_assert_str_eq(wrapped("%RETRY%g"), "%RETRY%ONE%g");
	ck_assert_str_eq(wrapped("%DLQ%g"), "%DLQ%ONE%g");
	ck_assert_str_eq(wrapped("ONE%T"), "ONE%T");
	ck_assert_str_eq(wrapped("%RETRY%ONE%g"), "%RETRY%ONE%g");
	ck_assert_str_eq(wrapped("TWO%T"), "ONE%TWO%T");
	ck_assert_str_eq(wrapped("ONET"), "ONE%ONET");
	ck_assert_str_eq(wrapped("ONE%"), "ONE%ONE%");
}
END_TEST

START_TEST(names__of_the_system_are_the_same_for_all)
{
	static const char *const names[] = {"TBW102", "RMQ_SYS_TRACE_TOPIC", "rmq_sys_anything",
					    "CID_RMQ_SYS_TRANS", "%LMQ%q"};

	for (size_t i = 0; i < RMQI_COUNT(names); i++)
		ck_assert_str_eq(wrapped(names[i]), names[i]);
}
END_TEST

START_TEST(names__are_shown_without_it)
{
	ck_assert_uint_eq(rmqi_namespace_hidden("ONE", RMQI_STR("ONE%T")), 4);
	ck_assert_uint_eq(rmqi_namespace_hidden("ONE", RMQI_STR("TWO%T")), 0);
	ck_assert_uint_eq(rmqi_namespace_hidden("ONE", RMQI_STR("ONE%")), 0);
	ck_assert_uint_eq(rmqi_namespace_hidden("ONE", RMQI_STR("ONE")), 0);
	ck_assert_uint_eq(rmqi_namespace_hidden(NULL, RMQI_STR("ONE%T")), 0);
}
END_TEST

static char long_name[128];

static const char *name_of(size_t len)
{
	memset(long_name, 'x', len);
	long_name[len] = '\0';
	return long_name;
}

START_TEST(names__that_are_too_long_within_it_are_told_with_the_limit)
{
	char out[RMQI_NAMED_MAX];

	ck_assert_int_eq(rmqi_namespace_wrap("ONE", "topic", name_of(123), 127, out, detail),
			 RMQ_OK);
	ck_assert_uint_eq(strlen(out), 127);
	ck_assert_int_eq(rmqi_namespace_wrap("ONE", "topic", name_of(124), 127, out, detail),
			 RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_msg(strstr(rmq_error_detail_message(detail),
			     "is too long within the namespace ONE: with it and \"%\" it has 128 "
			     "bytes, allowed are 127"),
		      "%s", rmq_error_detail_message(detail));
	set("namespace", "ONE");
	ck_assert_int_eq(rmqi_producer_new(config, name_of(118), &producer, detail),
			 RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "allowed are 120"));
}
END_TEST

START_TEST(names__namespace_that_would_end_early_is_refused)
{
	static const char *const bad[] = {"a%b", "a b", "a|b", "%", "\xc3\xa4"};

	for (size_t i = 0; i < RMQI_COUNT(bad); i++) {
		set("namespace", bad[i]);
		ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, detail), RMQ_ERR_CONFIG);
		ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail),
					     "allowed are letters, digits, - and _"));
	}
}
END_TEST

/* --- What brokers are told ---------------------------------------------------------------------------- */

START_TEST(namespace__brokers_know_the_long_names_and_users_the_short_ones)
{
	const struct fake_request *r;

	set("namespace", "ONE");
	start();
	ck_assert_int_eq(send_with(NULL), RMQ_OK);
	r = fake_peer_last(a, SEND);
	ck_assert_str_eq(fake_request_field(r, "a"), "ONE%G");
	ck_assert_str_eq(fake_request_field(r, "b"), "ONE%T");
	ck_assert_str_eq(fake_request_property(r, "INSTANCE_ID"), "ONE");
	ck_assert_str_eq(result->queue.topic, "T");
	ck_assert_str_eq(rmq_message_topic(message), "T");
	ck_assert_uint_eq(rmq_message_property_count(message), 0);
}
END_TEST

START_TEST(namespace__without_one_names_stay)
{
	start();
	ck_assert_int_eq(send_with(NULL), RMQ_OK);
	ck_assert_str_eq(fake_request_field(fake_peer_last(a, SEND), "b"), "T");
	ck_assert_ptr_null(fake_request_property(fake_peer_last(a, SEND), "INSTANCE_ID"));
	ck_assert_str_eq(fake_request_field(fake_peer_last(a, SEND), "ns"), "");
}
END_TEST

static size_t choose_last(const struct rmq_queues *queues, const struct rmq_message *m, void *arg)
{
	(void)arg;
	ck_assert_str_eq(queues->list[0].topic, "T");
	ck_assert_str_eq(rmq_message_topic(m), "T");
	return queues->count - 1;
}

START_TEST(namespace__queues_of_options_and_selectors_have_the_short_name)
{
	const struct rmq_queue queue = {"T", "a", 1};
	struct rmq_send_options options = {.timeout_ms = -1};

	set("namespace", "ONE");
	start();
	options.choice = (struct rmqi_choice){.kind = RMQI_CHOICE_SELECTOR, .fn = choose_last};
	ck_assert_int_eq(send_with(&options), RMQ_OK);
	ck_assert_int_eq(result->queue.queue_id, 1);
	options.choice = (struct rmqi_choice){.kind = RMQI_CHOICE_QUEUE,
					      .queue = rmqi_wanted_queue_new(&queue)};
	ck_assert_int_eq(send_with(&options), RMQ_OK);
	ck_assert_str_eq(fake_request_field(fake_peer_last(a, SEND), "e"), "1");
	rmqi_wanted_queue_unref(options.choice.queue);
}
END_TEST

START_TEST(namespace__each_message_of_a_batch_is_within_it)
{
	struct rmq_message *two[] = {message, message};
	struct rmq_send_results *results = NULL;
	struct rmqi_named_list l;

	set("namespace", "ONE");
	start();
	ck_assert_int_eq(rmqi_named_list_begin(&l, producer, two, 2, detail), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_send_batch(producer, l.messages, 2, NULL, &results, detail),
			 RMQ_OK);
	rmqi_named_list_end(&l);
	ck_assert_str_eq(fake_request_field(fake_peer_last(a, BATCH), "b"), "ONE%T");
	rmqi_send_results_free(results);
}
END_TEST

/* It was received within another one. */
START_TEST(namespace__message_that_is_sent_on_tells_the_new_one)
{
	set("namespace", "ONE");
	start();
	ck_assert_int_eq(rmqi_message_put(message, "INSTANCE_ID", "OLD"), RMQ_OK);
	ck_assert_int_eq(send_with(NULL), RMQ_OK);
	ck_assert_str_eq(fake_request_property(fake_peer_last(a, SEND), "INSTANCE_ID"), "ONE");
}
END_TEST

START_TEST(namespace__error_tells_the_queue_with_the_short_name)
{
	set("namespace", "ONE");
	set("retryTimesWhenSendFailed", "0");
	start();
	fake_peer_always(a, SEND, FAKE_SILENT);
	ck_assert_int_eq(send_with(NULL), RMQ_ERR_TIMEOUT);
	ck_assert_str_eq(rmq_error_detail_queue(detail)->topic, "T");
}
END_TEST

/* NamespaceRpcHook.java */
START_TEST(namespace__second_kind_is_told_with_each_request_and_changes_no_name)
{
	set("namespaceV2", "any kind of text");
	start();
	ck_assert_int_eq(send_with(NULL), RMQ_OK);
	ck_assert_str_eq(fake_request_field(fake_peer_last(a, SEND), "b"), "T");
	ck_assert_str_eq(fake_request_field(fake_peer_last(a, SEND), "nsd"), "true");
	ck_assert_str_eq(fake_request_field(fake_peer_last(a, SEND), "ns"), "any kind of text");
	ck_assert_str_eq(
		fake_request_field(fake_peer_last(ns, RMQI_REQ_GET_ROUTEINFO_BY_TOPIC), "ns"),
		"any kind of text");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		names__are_wrapped_as_java_does,
		names__of_the_system_are_the_same_for_all,
		names__are_shown_without_it,
		names__that_are_too_long_within_it_are_told_with_the_limit,
		names__namespace_that_would_end_early_is_refused,
		namespace__brokers_know_the_long_names_and_users_the_short_ones,
		namespace__without_one_names_stay,
		namespace__queues_of_options_and_selectors_have_the_short_name,
		namespace__each_message_of_a_batch_is_within_it,
		namespace__message_that_is_sent_on_tells_the_new_one,
		namespace__error_tells_the_queue_with_the_short_name,
		namespace__second_kind_is_told_with_each_request_and_changes_no_name,
	};
	struct suite s;

	suite_open(&s, "namespace");
	tcase_add_checked_fixture(s.all, set_up, tear_down);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
