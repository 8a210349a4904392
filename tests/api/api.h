/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api.h - what the tests of the public functions share.
 *
 * Times here are limits of patience, not measurements: a call that is given 400 ms has to return
 * RMQ_ERR_TIMEOUT or the cause by itself; that it returns at all is seen by the test's own limit.
 */
#ifndef TESTS_API_API_H
#define TESTS_API_API_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <check.h>

#include <rocketmq/mock.h>
#include <rocketmq/rocketmq.h>

#include "tests/support/child.h"
#include "tests/support/suite.h"

enum { CALL_MS = 400, SOON_MS = 20 * 1000 };

/* The sentence names `cause`, in any case. */
static inline void api_names(const rmq_error_detail *d, const char *cause)
{
	ck_assert_ptr_nonnull(d);
	if (!strcasestr(rmq_error_detail_message(d), cause))
		ck_abort_msg("\"%s\" does not name \"%s\"", rmq_error_detail_message(d), cause);
}

/* Some attempt names this address and phase ("" is any). */
static inline void api_attempted(const rmq_error_detail *d, const char *address, const char *phase)
{
	const rmq_attempt *a;

	for (size_t i = 0; (a = rmq_error_detail_attempt_at(d, i)); i++)
		if (strcmp(rmq_attempt_address(a), address) == 0 &&
		    (!*phase || strcmp(rmq_phase_text(rmq_attempt_phase(a)), phase) == 0))
			return;
	for (size_t i = 0; (a = rmq_error_detail_attempt_at(d, i)); i++)
		fprintf(stderr, "attempt %zu: %s %s: %s\n", i, rmq_attempt_address(a),
			rmq_phase_text(rmq_attempt_phase(a)), rmq_error_text(rmq_attempt_code(a)));
	ck_abort_msg("no attempt at %s in phase \"%s\": %s", address, phase,
		     rmq_error_detail_message(d));
}

static inline void api_ok(enum rmq_error error, rmq_error_detail **detail)
{
	if (error != RMQ_OK)
		ck_abort_msg("%s: %s", rmq_error_text(error),
			     *detail ? rmq_error_detail_message(*detail) : "(no detail)");
	ck_assert_ptr_null(*detail);
}

/* The call failed with `code`; returns its detail, owned. */
static inline rmq_error_detail *api_failed(enum rmq_error error, enum rmq_error code,
					   rmq_error_detail **detail)
{
	if (error != code)
		ck_abort_msg("\"%s\" instead of \"%s\": %s", rmq_error_text(error),
			     rmq_error_text(code),
			     *detail ? rmq_error_detail_message(*detail) : "(no detail)");
	ck_assert_ptr_nonnull(*detail);
	ck_assert_int_eq(rmq_error_detail_code(*detail), code);
	ck_assert_int_gt((int)strlen(rmq_error_detail_message(*detail)), 10);
	return *detail;
}

static inline void api_set(rmq_config *c, const char *key, const char *value)
{
	rmq_error_detail *detail = NULL;

	api_ok(rmq_config_set(c, key, value, &detail), &detail);
}

/* Consumers read what was sent before they had their first offset, too. */
static inline rmq_config *api_config(const char *namesrv)
{
	rmq_config *c = rmq_config_new();

	ck_assert_ptr_nonnull(c);
	if (!namesrv)
		return c;
	api_set(c, "namesrvAddr", namesrv);
	api_set(c, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET");
	return c;
}

/* Frees the configuration. */
static inline rmq_producer *api_producer(rmq_config *c)
{
	rmq_producer *p = NULL;
	rmq_error_detail *detail = NULL;

	api_ok(rmq_producer_new(c, "api-producer", &p, &detail), &detail);
	api_ok(rmq_producer_start(p, &detail), &detail);
	rmq_config_free(c);
	return p;
}

/* rmq_producer_send with a timeout of its own. */
static inline enum rmq_error api_send_within(rmq_producer *p, const rmq_message *m,
					     int64_t timeout_ms, rmq_error_detail **detail)
{
	rmq_send_options *options = rmq_send_options_new();
	enum rmq_error error = rmq_send_options_set_timeout(options, timeout_ms, detail);

	if (error == RMQ_OK)
		error = rmq_producer_send(p, m, options, NULL, detail);
	rmq_send_options_free(options);
	return error;
}

/* Sends one message and returns how that failed, or NULL when it did not. */
static inline rmq_error_detail *api_send(rmq_producer *p, const char *topic, int64_t timeout_ms,
					 enum rmq_error *error)
{
	rmq_message *m = rmq_message_new(topic, "body", 4);
	rmq_error_detail *detail = NULL;

	*error = api_send_within(p, m, timeout_ms, &detail);
	rmq_message_free(m);
	return detail;
}

static inline void api_send_ok(rmq_producer *p, const char *topic)
{
	enum rmq_error error;
	rmq_error_detail *detail = api_send(p, topic, -1, &error);

	api_ok(error, &detail);
}

/* Options of a mock cluster: pairs of key and value, NULL ends them. */
static inline rmq_mock_options *api_options(const char *key, ...)
{
	rmq_mock_options *o = rmq_mock_options_new();
	rmq_error_detail *detail = NULL;
	va_list rest;

	ck_assert_ptr_nonnull(o);
	va_start(rest, key);
	for (; key; key = va_arg(rest, const char *))
		api_ok(rmq_mock_options_set(o, key, va_arg(rest, const char *), &detail), &detail);
	va_end(rest);
	return o;
}

/* With the topic "Topic" of two queues. Frees the options; NULL: defaults, so TCP on loopback. */
static inline rmq_mock_cluster *api_cluster(rmq_mock_options *o)
{
	rmq_mock_cluster *c = NULL;
	rmq_error_detail *detail = NULL;

	api_ok(rmq_mock_cluster_new(o, &c, &detail), &detail);
	rmq_mock_options_free(o);
	api_ok(rmq_mock_cluster_create_topic(c, "Topic", 2, &detail), &detail);
	return c;
}

#endif
