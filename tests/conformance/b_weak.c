/* SPDX-License-Identifier: Apache-2.0 */
/* b_weak.c - messages that are stored, but not as safely as the broker was told to. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

/* A broker that has no slave, on every target. */
#define WEAK_BROKER "broker-b"

static atomic_int told; /* events */

static void on_event(const rmq_event *event, void *arg)
{
	(void)arg;
	if (rmq_event_kind(event) == RMQ_EVENT_WEAKLY_STORED)
		atomic_fetch_add(&told, 1);
}

static int is_told(void *arg)
{
	(void)arg;
	return atomic_load(&told) > 0;
}

static rmq_producer *new_listening_producer(const char *settings)
{
	rmq_config *c = new_config(settings);
	rmq_error_detail *detail = NULL;
	rmq_producer *p = NULL;

	rmq_config_set_event_fn(c, on_event, NULL);
	expect_ok(rmq_producer_new(c, new_name("P"), &p, &detail), detail);
	expect_ok(rmq_producer_start(p, &detail), detail);
	return p;
}

static enum rmq_error send_to_weak(rmq_producer *p, rmq_message *m, rmq_send_result **result,
				   rmq_error_detail **detail)
{
	const struct rmq_queue queue = {rmq_message_topic(m), WEAK_BROKER, 0};
	rmq_send_options *o = rmq_send_options_new();
	enum rmq_error err;

	expect_int(rmq_send_options_set_queue(o, &queue, NULL), RMQ_OK);
	expect_int(rmq_send_options_set_timeout(o, PATIENT_MS, NULL), RMQ_OK);
	err = rmq_producer_send(p, m, o, result, detail);
	rmq_send_options_free(o);
	return err;
}

/* Whoever looks at the result sees it, and who does not is told otherwise. */
static void expect_a_status(const char *topic, enum rmq_send_status status)
{
	rmq_producer *p = new_listening_producer(NULL);
	rmq_message *m = rmq_message_new(topic, "weak", 4);
	rmq_send_result *r = NULL;
	rmq_error_detail *detail = NULL;
	char *json = NULL;

	expect_ok(send_to_weak(p, m, &r, &detail), detail);
	expect_text(rmq_send_status_text(rmq_send_result_status(r)), rmq_send_status_text(status));
	expect_int(rmq_send_result_queue_offset(r), 0);
	if (!wait_until(is_told, NULL, SOON_MS))
		fail("there was no event");
	expect_ok(rmq_producer_statistics(p, &json, &detail), detail);
	expect(strstr(json, rmq_send_status_text(status)) != NULL);
	rmq_statistics_free(json);
	rmq_send_result_free(r);

	/* It asks for no more than the broker's memory. */
	expect_int(rmq_message_set_wait_store_ok(m, false, NULL), RMQ_OK);
	expect_ok(send_to_weak(p, m, &r, &detail), detail);
	expect_int(rmq_send_result_status(r), RMQ_SEND_OK);
	rmq_send_result_free(r);
	rmq_message_free(m);
	rmq_producer_free(p);
}

static void expect_an_error(const char *topic)
{
	rmq_producer *p = new_producer("errorWhenNotStoreOK=true retryTimesWhenSendFailed=0");
	rmq_message *m = rmq_message_new(topic, "weak and told", 13);
	rmq_error_detail *detail = NULL;

	expect_int(send_to_weak(p, m, NULL, &detail), RMQ_ERR_WEAKLY_STORED);
	expect_int(rmq_error_detail_flags(detail), RMQ_ERROR_MAYBE_STORED);
	expect_int(strlen(rmq_error_detail_message_id(detail)), 32);
	expect_text(rmq_error_detail_queue(detail)->broker_name, WEAK_BROKER);
	rmq_error_detail_free(detail);
	rmq_message_free(m);
}

static void store_weakly(enum rmq_send_status status)
{
	const char *topic = new_topic(1);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);

	expect_a_status(topic, status);
	expect_an_error(topic);

	/* All of them are there, each once. */
	sink_expect(s, 3);
	expect_int(sink_count_body(s, "weak"), 2);
	expect_int(sink_count_body(s, "weak and told"), 1);
}

/* 4.9 looks for a slave at once, 5.x waits for one. */
static void weak__without_a_slave_is_stored_and_told(void)
{
	bool is_old = *scene.target->version() == '4';

	store_weakly(is_old ? RMQ_SEND_SLAVE_NOT_AVAILABLE : RMQ_SEND_FLUSH_SLAVE_TIMEOUT);
}

static void weak__on_a_slow_disk_is_stored_and_told(void)
{
	store_weakly(RMQ_SEND_FLUSH_DISK_TIMEOUT);
}

static const struct behaviour weak_list[] = {
	BEHAVIOUR(weak__without_a_slave_is_stored_and_told, NEED_NO_SLAVE),
	BEHAVIOUR(weak__on_a_slow_disk_is_stored_and_told, NEED_SLOW_DISK),
};
BEHAVIOURS(weak);
