/* SPDX-License-Identifier: Apache-2.0 */
/* t_message.c - messages made by a user. */
#include <stdlib.h>

#include "tests/api/api.h"

static const void *body_of(const rmq_message *m, size_t should)
{
	size_t len = 0;
	const void *body = rmq_message_body(m, &len);

	ck_assert_uint_eq(len, should);
	return body;
}

START_TEST(message__copies_what_it_is_given)
{
	char topic[] = "Topic", body[] = "body", tag[] = "tag", keys[] = "k1 k2";
	char name[] = "name", value[] = "value";
	rmq_message *m = rmq_message_new(topic, body, 4);

	ck_assert_int_eq(rmq_message_set_tag(m, tag, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_keys(m, keys, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_property(m, name, value, NULL), RMQ_OK);
	memset(topic, 'x', 5);
	memset(body, 'x', 4);
	memset(tag, 'x', 3);
	memset(keys, 'x', 5);
	memset(name, 'x', 4);
	memset(value, 'x', 5);

	ck_assert_str_eq(rmq_message_topic(m), "Topic");
	ck_assert_mem_eq(body_of(m, 4), "body", 4);
	ck_assert_str_eq(rmq_message_tag(m), "tag");
	ck_assert_str_eq(rmq_message_keys(m), "k1 k2");
	ck_assert_str_eq(rmq_message_property(m, "name"), "value");
	rmq_message_free(m);
}
END_TEST

START_TEST(message__that_was_never_stored_has_neutral_values)
{
	rmq_message *m = rmq_message_new("T", NULL, 0);

	body_of(m, 0);
	ck_assert_str_eq(rmq_message_tag(m), "");
	ck_assert_str_eq(rmq_message_keys(m), "");
	ck_assert_uint_eq(rmq_message_property_count(m), 0);
	ck_assert_int_eq(rmq_message_flag(m), 0);
	ck_assert_str_eq(rmq_message_id(m), "");
	ck_assert_str_eq(rmq_message_offset_id(m), "");
	ck_assert_str_eq(rmq_message_queue(m)->broker_name, "");
	ck_assert_int_eq(rmq_message_queue(m)->queue_id, -1);
	ck_assert_int_eq(rmq_message_queue_offset(m), -1);
	ck_assert_int_eq(rmq_message_commit_log_offset(m), -1);
	ck_assert_int_eq(rmq_message_reconsume_times(m), 0);
	ck_assert_int_eq(rmq_message_born_ms(m), 0);
	ck_assert_int_eq(rmq_message_store_ms(m), 0);
	ck_assert_str_eq(rmq_message_born_host(m), "");
	ck_assert_str_eq(rmq_message_store_host(m), "");
	rmq_message_free(m);
}
END_TEST

START_TEST(message__setters_replace)
{
	rmq_message *m = rmq_message_new("T", "one", 3);

	ck_assert_int_eq(rmq_message_set_body(m, "longer one", 10, NULL), RMQ_OK);
	ck_assert_mem_eq(body_of(m, 10), "longer one", 10);
	ck_assert_int_eq(rmq_message_set_body(m, (const char *)body_of(m, 10) + 7, 3, NULL),
			 RMQ_OK);
	ck_assert_mem_eq(body_of(m, 3), "one", 3); /* a part of its own body */
	ck_assert_int_eq(rmq_message_set_body(m, NULL, 0, NULL), RMQ_OK);
	body_of(m, 0);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(rmq_message_set_tag(m, i == 2 ? "B" : "A", NULL), RMQ_OK);
		ck_assert_int_eq(rmq_message_set_property(m, "p", i == 2 ? "y" : "x", NULL),
				 RMQ_OK);
	}
	ck_assert_str_eq(rmq_message_tag(m), "B");
	ck_assert_str_eq(rmq_message_property(m, "p"), "y");
	ck_assert_uint_eq(rmq_message_property_count(m), 2);
	rmq_message_free(m);
}
END_TEST

START_TEST(message__properties_can_be_walked)
{
	rmq_message *m = rmq_message_new("T", "x", 1);
	const rmq_property *p;
	char text[32];
	int seen = 0;

	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "n%d", i);
		ck_assert_int_eq(rmq_message_set_property(m, text, text, NULL), RMQ_OK);
	}
	ck_assert_uint_eq(rmq_message_property_count(m), 100);
	for (size_t i = 0; (p = rmq_message_property_at(m, i)); i++) {
		ck_assert_str_eq(rmq_property_name(p), rmq_property_value(p));
		seen++;
	}
	ck_assert_int_eq(seen, 100);
	ck_assert_ptr_null(rmq_message_property_at(m, 100));
	ck_assert_ptr_null(rmq_message_property_at(m, SIZE_MAX));
	rmq_message_free(m);
}
END_TEST

START_TEST(message__illegal_properties_are_refused)
{
	static const char *const bad[] = {"",
					  "a\x01"
					  "b",
					  "a\x02"
					  "b",
					  "\x01", "\x02"};
	rmq_message *m = rmq_message_new("T", "x", 1);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(rmq_message_set_property(m, bad[i], "v", NULL),
				 RMQ_ERR_INVALID_ARGUMENT);
		ck_assert_int_eq(rmq_message_set_property(m, "n", bad[i], NULL),
				 RMQ_ERR_INVALID_ARGUMENT);
		ck_assert_int_eq(rmq_message_set_tag(m, bad[i], NULL), RMQ_ERR_INVALID_ARGUMENT);
		ck_assert_int_eq(rmq_message_set_keys(m, bad[i], NULL), RMQ_ERR_INVALID_ARGUMENT);
	}
	ck_assert_uint_eq(rmq_message_property_count(m), 0);
	rmq_message_free(m);
}
END_TEST

/* MessageConst.STRING_HASH_SET: what the system itself writes. */
START_TEST(message__reserved_property_names_are_refused)
{
	static const char *const names[] = {"KEYS",
					    "TAGS",
					    "WAIT",
					    "DELAY",
					    "RETRY_TOPIC",
					    "REAL_TOPIC",
					    "REAL_QID",
					    "TRAN_MSG",
					    "PGROUP",
					    "MIN_OFFSET",
					    "MAX_OFFSET",
					    "UNIQ_KEY",
					    "ORIGIN_MESSAGE_ID"};
	rmq_message *m = rmq_message_new("T", "x", 1);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (rmq_message_set_property(m, names[i], "v", NULL) != RMQ_ERR_INVALID_ARGUMENT)
			ck_abort_msg("%s is accepted", names[i]);
	rmq_message_free(m);
}
END_TEST

static void refused(enum rmq_error error, rmq_error_detail **detail, const char *argument,
		    const char *given, const char *allowed)
{
	api_failed(error, RMQ_ERR_INVALID_ARGUMENT, detail);
	api_names(*detail, argument);
	api_names(*detail, given);
	api_names(*detail, allowed);
	rmq_error_detail_free(*detail);
	*detail = NULL;
}

START_TEST(message__setters_name_the_argument_what_was_given_and_what_is_allowed)
{
	rmq_message *m = rmq_message_new("T", "x", 1);
	rmq_error_detail *d = NULL;

	refused(rmq_message_set_delay_level(m, 19, &d), &d, "level", "19", "0..18");
	refused(rmq_message_set_property(m, "UNIQ_KEY", "v", &d), &d, "name", "UNIQ_KEY",
		"your own");
	refused(rmq_message_set_property(m, "n", "a\x02", &d), &d, "value", "place 1", "allowed");
	refused(rmq_message_set_tag(m, "", &d), &d, "tag", "\"\"", "1 byte");
	refused(rmq_message_set_body(m, NULL, 7, &d), &d, "body", "7", "len");
	api_ok(rmq_message_set_tag(m, "TagA", &d), &d);
	rmq_message_free(m);
}
END_TEST

static void refuses(enum rmq_error err, rmq_error_detail **detail, const char *why)
{
	rmq_error_detail *d = *detail;

	ck_assert_int_eq(err, RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_msg(strstr(rmq_error_detail_message(d), why) != NULL, "%s",
		      rmq_error_detail_message(d));
	rmq_error_detail_free(d);
	*detail = NULL;
}

/* Java would put U+FFFD in their place. */
START_TEST(message__texts_that_are_no_utf8_are_refused)
{
	rmq_message *m = rmq_message_new("T", "x", 1);
	rmq_error_detail *d = NULL;

	refuses(rmq_message_set_tag(m, "ab\xff", &d), &d, "0xff at place 2");
	refuses(rmq_message_set_keys(m, "\xc3(", &d), &d, "0xc3 at place 0");
	refuses(rmq_message_set_property(m, "n", "a\xed\xa0\x80", &d), &d, "0xed at place 1");
	refuses(rmq_message_set_property(m, "n\x80", "v", &d), &d, "name is not UTF-8");
	ck_assert_int_eq(rmq_message_set_tag(m, "Größe", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_property(m, "n", "\xf0\x9f\x9a\x80", NULL), RMQ_OK);
	rmq_message_free(m);
}
END_TEST

START_TEST(message__tags_that_nobody_can_subscribe_to_are_refused)
{
	rmq_message *m = rmq_message_new("T", "x", 1);
	rmq_error_detail *d = NULL;

	refuses(rmq_message_set_tag(m, "A||B", &d), &d, "nobody can subscribe to it");
	refuses(rmq_message_set_tag(m, " A", &d), &d, "begins or ends with a blank");
	ck_assert_int_eq(rmq_message_set_tag(m, "A|B c", NULL), RMQ_OK);
	rmq_message_free(m);
}
END_TEST

START_TEST(message__delay_levels_are_0_to_18)
{
	rmq_message *m = rmq_message_new("T", "x", 1);

	ck_assert_int_eq(rmq_message_set_delay_level(m, -1, NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(rmq_message_set_delay_level(m, 19, NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(rmq_message_set_delay_level(m, INT32_MAX, NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_uint_eq(rmq_message_property_count(m), 0);
	for (int level = 1; level <= 18; level++)
		ck_assert_int_eq(rmq_message_set_delay_level(m, level, NULL), RMQ_OK);
	ck_assert_str_eq(rmq_message_property(m, "DELAY"), "18");
	ck_assert_int_eq(rmq_message_set_delay_level(m, 0, NULL), RMQ_OK);
	ck_assert_ptr_null(rmq_message_property(m, "DELAY"));
	rmq_message_free(m);
}
END_TEST

/* The properties that say when, of which there is one at most. */
static void expect_when(const rmq_message *m, const char *name, const char *value)
{
	static const char *const names[] = {"DELAY", "TIMER_DELAY_SEC", "TIMER_DELAY_MS",
					    "TIMER_DELIVER_MS"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *is = rmq_message_property(m, names[i]);

		if (name && strcmp(names[i], name) == 0)
			ck_assert_pstr_eq(is, value);
		else
			ck_assert_pstr_eq(is, NULL);
	}
}

START_TEST(message__has_one_delay_the_last_that_was_set)
{
	rmq_message *m = rmq_message_new("T", "x", 1);

	ck_assert_int_eq(rmq_message_set_delay_level(m, 3, NULL), RMQ_OK);
	expect_when(m, "DELAY", "3");
	ck_assert_int_eq(rmq_message_set_delay_time_sec(m, 315360000, NULL), RMQ_OK);
	expect_when(m, "TIMER_DELAY_SEC", "315360000");
	ck_assert_int_eq(rmq_message_set_delay_time_ms(m, 315360000000, NULL), RMQ_OK);
	expect_when(m, "TIMER_DELAY_MS", "315360000000");
	ck_assert_int_eq(rmq_message_set_deliver_time_ms(m, 253402300799999, NULL), RMQ_OK);
	expect_when(m, "TIMER_DELIVER_MS", "253402300799999");
	ck_assert_int_eq(rmq_message_set_deliver_time_ms(m, 1000000000000, NULL), RMQ_OK);
	expect_when(m, "TIMER_DELIVER_MS", "1000000000000");
	ck_assert_int_eq(rmq_message_set_delay_level(m, 18, NULL), RMQ_OK);
	expect_when(m, "DELAY", "18");
	ck_assert_int_eq(rmq_message_set_delay_time_ms(m, 1, NULL), RMQ_OK);
	expect_when(m, "TIMER_DELAY_MS", "1");
	ck_assert_int_eq(rmq_message_set_delay_level(m, 0, NULL), RMQ_OK);
	expect_when(m, NULL, NULL);
	rmq_message_free(m);
}
END_TEST

START_TEST(message__zero_of_any_delay_is_at_once)
{
	rmq_message *m = rmq_message_new("T", "x", 1);

	ck_assert_int_eq(rmq_message_set_delay_level(m, 3, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_delay_time_sec(m, 0, NULL), RMQ_OK);
	expect_when(m, NULL, NULL);
	ck_assert_int_eq(rmq_message_set_delay_time_sec(m, 5, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_delay_time_ms(m, 0, NULL), RMQ_OK);
	expect_when(m, NULL, NULL);
	ck_assert_int_eq(rmq_message_set_delay_time_ms(m, 5, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_deliver_time_ms(m, 0, NULL), RMQ_OK);
	expect_when(m, NULL, NULL);
	rmq_message_free(m);
}
END_TEST

START_TEST(message__delays_that_cannot_be_meant_change_nothing)
{
	rmq_message *m = rmq_message_new("T", "x", 1);
	rmq_error_detail *d = NULL;

	ck_assert_int_eq(rmq_message_set_delay_level(m, 3, NULL), RMQ_OK);
	refused(rmq_message_set_delay_time_sec(m, -1, &d), &d, "delay_sec", "-1", "0..315360000");
	refused(rmq_message_set_delay_time_sec(m, 315360001, &d), &d, "delay_sec", "315360001",
		"0..315360000");
	refused(rmq_message_set_delay_time_ms(m, INT64_MIN, &d), &d, "delay_ms", "-92233720",
		"0..315360000000");
	refused(rmq_message_set_delay_time_ms(m, 315360000001, &d), &d, "delay_ms", "315360000001",
		"0..315360000000");
	/* Seconds; a delay; microseconds. */
	refused(rmq_message_set_deliver_time_ms(m, 1767225600, &d), &d, "deliver_ms", "1767225600",
		"not seconds");
	refused(rmq_message_set_deliver_time_ms(m, 999999999999, &d), &d, "deliver_ms",
		"999999999999", "1000000000000..253402300799999");
	refused(rmq_message_set_deliver_time_ms(m, 1767225600000000, &d), &d, "deliver_ms",
		"1767225600000000", "1000000000000..253402300799999");
	refused(rmq_message_set_deliver_time_ms(m, -1, &d), &d, "deliver_ms", "-1", "allowed");
	expect_when(m, "DELAY", "3");
	rmq_message_free(m);
}
END_TEST

START_TEST(message__dup_is_independent)
{
	rmq_message *m = rmq_message_new("T", "body", 4), *d;

	ck_assert_int_eq(rmq_message_set_tag(m, "A", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_property(m, "p", "x", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_flag(m, -7, NULL), RMQ_OK);
	d = rmq_message_dup(m);
	ck_assert_int_eq(rmq_message_set_tag(m, "B", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_property(d, "p", "y", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_body(d, "other", 5, NULL), RMQ_OK);

	ck_assert_str_eq(rmq_message_tag(d), "A");
	ck_assert_int_eq(rmq_message_flag(d), -7);
	ck_assert_str_eq(rmq_message_property(m, "p"), "x");
	ck_assert_mem_eq(body_of(m, 4), "body", 4);
	rmq_message_free(m);
	ck_assert_mem_eq(body_of(d, 5), "other", 5);
	rmq_message_free(d);
}
END_TEST

/* --- Error texts and details ------------------------------------------------------------------ */

START_TEST(error__every_code_has_a_text_of_its_own)
{
	static const enum rmq_error codes[] = {
		RMQ_OK,
		RMQ_AGAIN,
		RMQ_ERR_INVALID_ARGUMENT,
		RMQ_ERR_STATE,
		RMQ_ERR_CONFIG,
		RMQ_ERR_NO_MEMORY,
		RMQ_ERR_TOO_LARGE,
		RMQ_ERR_BUSY,
		RMQ_ERR_CANCELLED,
		RMQ_ERR_TIMEOUT,
		RMQ_ERR_FORKED,
		RMQ_ERR_NO_REPLY,
		RMQ_ERR_ADDRESS,
		RMQ_ERR_RESOLVE,
		RMQ_ERR_CONNECT,
		RMQ_ERR_CONNECTION_LOST,
		RMQ_ERR_TLS,
		RMQ_ERR_PROTOCOL,
		RMQ_ERR_NO_NAMESRV,
		RMQ_ERR_NO_ROUTE,
		RMQ_ERR_NO_BROKER,
		RMQ_ERR_BROKER,
		RMQ_ERR_NOT_FOUND,
		RMQ_ERR_UNSUPPORTED,
		RMQ_ERR_DENIED,
		RMQ_ERR_WEAKLY_STORED,
		RMQ_ERR_EXPIRED,
		RMQ_ERR_IO,
		RMQ_ERR_LOCKED,
		RMQ_ERR_CORRUPT,
		RMQ_ERR_SYSTEM,
	};
	enum { CODES = sizeof(codes) / sizeof(codes[0]) };
	int odd = 4711;
	enum rmq_error unknown;

	memcpy(&unknown, &odd, sizeof(unknown));
	ck_assert_ptr_nonnull(rmq_error_text(unknown));
	for (int i = 0; i < CODES; i++)
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(rmq_error_text(codes[i]), rmq_error_text(codes[j]));
}
END_TEST

/* Ten refused attempts: each is told, in the order made. */
START_TEST(error__detail_lists_the_attempts)
{
	char list[400] = "";
	char address[10][32];
	rmq_producer *p;
	enum rmq_error error;
	rmq_error_detail *d;

	for (int i = 0; i < 10; i++) {
		snprintf(address[i], sizeof(address[i]), "127.0.0.1:%d", i + 1);
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s;", address[i]);
	}
	p = api_producer(api_config(list));
	d = api_send(p, "T", 3000, &error);
	ck_assert_int_eq(error, RMQ_ERR_CONNECT);
	ck_assert_uint_ge(rmq_error_detail_attempt_count(d), 10);
	for (int i = 0; i < 10; i++)
		api_attempted(d, address[i], "connect");
	ck_assert_ptr_null(rmq_error_detail_attempt_at(d, 999));
	rmq_error_detail_free(d);
	rmq_producer_free(p);
}
END_TEST

START_TEST(version__macros_agree)
{
	char text[64];

	snprintf(text, sizeof(text), "%d.%d.%d", RMQ_VERSION_MAJOR, RMQ_VERSION_MINOR,
		 RMQ_VERSION_PATCH);
	ck_assert_str_eq(text, RMQ_VERSION_STRING);
}
END_TEST

START_TEST(version__of_the_library_is_that_of_the_headers)
{
	ck_assert_str_eq(rmq_version(), RMQ_VERSION_STRING);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		message__copies_what_it_is_given,
		message__that_was_never_stored_has_neutral_values,
		message__setters_replace,
		message__properties_can_be_walked,
		message__illegal_properties_are_refused,
		message__reserved_property_names_are_refused,
		message__setters_name_the_argument_what_was_given_and_what_is_allowed,
		message__texts_that_are_no_utf8_are_refused,
		message__tags_that_nobody_can_subscribe_to_are_refused,
		message__delay_levels_are_0_to_18,
		message__has_one_delay_the_last_that_was_set,
		message__zero_of_any_delay_is_at_once,
		message__delays_that_cannot_be_meant_change_nothing,
		message__dup_is_independent,
		error__every_code_has_a_text_of_its_own,
		error__detail_lists_the_attempts,
		version__macros_agree,
		version__of_the_library_is_that_of_the_headers,
	};

	return run_suite("message", tests, sizeof(tests) / sizeof(tests[0]));
}
