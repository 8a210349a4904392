/* SPDX-License-Identifier: Apache-2.0 */
/* interop_send.c - the verbs of interop.c that send: each prints a line "SENT <body>" a message. */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/interop.h"

enum { PATIENT_MS = 60 * 1000, BODY_MAX = 512 };

static const char *or_null(const char *text)
{
	return text && *text ? text : "null";
}

/* The fields that the Java driver prints, too (tests/apache/driver/Driver.java). */
static void say_sent(const rmq_message *m, const rmq_send_result *r)
{
	size_t len;
	const char *body = rmq_message_body(m, &len);
	const struct rmq_queue *q = rmq_send_result_queue(r);
	const char *handle = rmq_send_result_recall_handle(r);

	printf("SENT %.*s\tmsgId=%s\ttags=%s\tkeys=%s\tnumber=%s\tqueue=%s:%d:%" PRId64 "%s%s\n",
	       (int)len, body, or_null(rmq_send_result_message_id(r)), or_null(rmq_message_tag(m)),
	       or_null(rmq_message_keys(m)), or_null(rmq_message_property(m, "number")),
	       q->broker_name, q->queue_id, rmq_send_result_queue_offset(r),
	       *handle ? "\thandle=" : "", handle);
}

/* The detail by its address: the call that sets it is an argument beside it. */
static void must(enum rmq_error error, rmq_error_detail **detail, const char *what)
{
	if (error != RMQ_OK)
		interop_die(what, *detail);
}

static rmq_message *new_message(long number)
{
	char body[BODY_MAX], key[32], text[24];
	const char *keys = interop_options.keys;
	rmq_error_detail *detail = NULL;
	rmq_message *m;

	snprintf(body, sizeof(body), "%s%ld", interop_options.prefix, number);
	snprintf(text, sizeof(text), "%ld", number);
	snprintf(key, sizeof(key), "key-%ld", number);
	m = rmq_message_new(interop_options.topic, body, strlen(body));
	if (!m)
		interop_die("not a message", NULL);
	if (interop_options.numbered)
		must(rmq_message_set_property(m, "number", text, &detail), &detail, "property");
	if (interop_options.numbered && !keys)
		keys = key;
	if (interop_options.tag)
		must(rmq_message_set_tag(m, interop_options.tag, &detail), &detail, "tag");
	if (keys)
		must(rmq_message_set_keys(m, keys, &detail), &detail, "keys");
	must(rmq_message_set_delay_time_ms(m, interop_options.delay_ms, &detail), &detail, "delay");
	return m;
}

static rmq_send_options *patient(void)
{
	rmq_send_options *o = rmq_send_options_new();
	rmq_error_detail *detail = NULL;

	must(rmq_send_options_set_timeout(o, PATIENT_MS, &detail), &detail, "timeout");
	return o;
}

static void send_one(rmq_producer *p, const rmq_message *m)
{
	rmq_send_options *o = patient();
	rmq_send_result *r = NULL;
	rmq_error_detail *detail = NULL;

	must(rmq_producer_send(p, m, o, &r, &detail), &detail, "send");
	say_sent(m, r);
	rmq_send_result_free(r);
	rmq_send_options_free(o);
}

static int do_send(void)
{
	rmq_producer *p = interop_producer();

	for (long i = 0; i < interop_options.count; i++) {
		rmq_message *m = new_message(i);

		send_one(p, m);
		rmq_message_free(m);
	}
	rmq_producer_free(p);
	return 0;
}

/* Nobody tells an id of these. The close waits until they have left. */
static int do_send_oneway(void)
{
	rmq_producer *p = interop_producer();
	rmq_error_detail *detail = NULL;

	for (long i = 0; i < interop_options.count; i++) {
		rmq_message *m = new_message(i);

		must(rmq_producer_send_oneway(p, m, NULL, &detail), &detail, "send_oneway");
		say_sent(m, NULL);
		rmq_message_free(m);
	}
	must(rmq_producer_close(p, PATIENT_MS, &detail), &detail, "close");
	rmq_producer_free(p);
	return 0;
}

/* --- Without waiting for each -------------------------------------------------------------- */

static _Atomic long ended;

static void on_sent(enum rmq_error error, const rmq_send_result *r, const rmq_error_detail *detail,
		    void *arg)
{
	if (error == RMQ_OK)
		say_sent(arg, r);
	else
		fprintf(stderr, "interop: %s\n", rmq_error_detail_message(detail));
	ended += error == RMQ_OK;
}

/* With autoBatch a flush pushes out what waits for more. */
static int do_send_async(void)
{
	rmq_producer *p = interop_producer();
	rmq_message **messages = calloc((size_t)interop_options.count, sizeof(*messages));
	rmq_error_detail *detail = NULL;

	for (long i = 0; i < interop_options.count; i++) {
		messages[i] = new_message(i);
		must(rmq_producer_send_async(p, messages[i], NULL, on_sent, messages[i], &detail),
		     &detail, "send_async");
	}
	must(rmq_producer_flush(p, PATIENT_MS, &detail), &detail, "flush");
	must(rmq_producer_close(p, PATIENT_MS, &detail), &detail, "close");
	rmq_producer_free(p);
	for (long i = 0; i < interop_options.count; i++)
		rmq_message_free(messages[i]);
	free(messages);
	return ended != interop_options.count;
}

/* --- Batches ----------------------------------------------------------------------------------- */

static void send_some(rmq_producer *p, long first, long count)
{
	rmq_message **messages = calloc((size_t)count, sizeof(*messages));
	rmq_send_options *o = patient();
	rmq_send_results *results = NULL;
	rmq_error_detail *detail = NULL;

	for (long i = 0; i < count; i++)
		messages[i] = new_message(first + i);
	must(rmq_producer_send_batch(p, messages, (size_t)count, o, &results, &detail), &detail,
	     "send_batch");
	for (long i = 0; i < count; i++) {
		say_sent(messages[i], rmq_send_results_at(results, (size_t)i));
		rmq_message_free(messages[i]);
	}
	rmq_send_results_free(results);
	rmq_send_options_free(o);
	free(messages);
}

static int do_send_batch(void)
{
	rmq_producer *p = interop_producer();
	long left;

	for (long i = 0; i < interop_options.count; i += interop_options.batch) {
		left = interop_options.count - i;
		send_some(p, i, left < interop_options.batch ? left : interop_options.batch);
	}
	rmq_producer_free(p);
	return 0;
}

/* --- By hash ------------------------------------------------------------------------------------- */

/* The text of the hex digits up to a comma; returns what follows it. */
static const char *next_key(const char *hex, char *key, size_t size, int *digits)
{
	size_t len = 0;
	unsigned byte;

	*digits = (int)strcspn(hex, ",");
	for (int i = 0; i + 1 < *digits && len + 1 < size; i += 2)
		if (sscanf(hex + i, "%2x", &byte) == 1)
			key[len++] = (char)byte;
	key[len] = '\0';
	return hex[*digits] ? hex + *digits + 1 : hex + *digits;
}

static void send_by_key(rmq_producer *p, const char *hex, int digits, const char *key)
{
	rmq_message *m = rmq_message_new(interop_options.topic, hex, (size_t)digits);
	rmq_send_options *o = patient();
	rmq_send_result *r = NULL;
	rmq_error_detail *detail = NULL;

	must(rmq_send_options_set_sharding_key(o, key, &detail), &detail, "key");
	must(rmq_producer_send(p, m, o, &r, &detail), &detail, "send");
	printf("SENT %.*s\tqueue=%s:%d\n", digits, hex, rmq_send_result_queue(r)->broker_name,
	       rmq_send_result_queue(r)->queue_id);
	rmq_send_result_free(r);
	rmq_send_options_free(o);
	rmq_message_free(m);
}

static int do_send_by_hash(void)
{
	rmq_producer *p = interop_producer();
	const char *hex = interop_options.hex_keys, *rest;
	char key[256];
	int digits;

	for (; hex && *hex; hex = rest) {
		rest = next_key(hex, key, sizeof(key), &digits);
		send_by_key(p, hex, digits, key);
	}
	rmq_producer_free(p);
	return 0;
}

int interop_send(void)
{
	static const struct {
		const char *verb;
		int (*run)(void);
	} verbs[] = {{"send", do_send},
		     {"send-async", do_send_async},
		     {"send-oneway", do_send_oneway},
		     {"send-batch", do_send_batch},
		     {"send-by-hash", do_send_by_hash}};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(interop_options.verb, verbs[i].verb) == 0)
			return verbs[i].run();
	return 2;
}
