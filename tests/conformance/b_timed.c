/* SPDX-License-Identifier: Apache-2.0 */
/* b_timed.c - messages that are delivered at a time, and their recall. */
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

enum {
	SLOT_MS = 1000,            /* timerPrecisionMs */
	LATE_MS = SOON_MS,         /* in real time: a busy machine is late, too */
	RECALL_TIME_MS = 40 * 1000 /* for sends and a recall before it, on such a machine */
};

static rmq_error_detail *detail;

/* --- Delivery -------------------------------------------------------------------- */

static rmq_message *new_message(const char *topic, const char *body)
{
	return rmq_message_new(topic, body, strlen(body));
}

static const rmq_send_result *send_after_ms(rmq_producer *p, const char *topic, const char *body,
					    int64_t ms)
{
	rmq_message *m = new_message(topic, body);

	expect_ok(rmq_message_set_delay_time_ms(m, ms, &detail), detail);
	return send_message(p, m);
}

static const rmq_send_result *send_after_sec(rmq_producer *p, const char *topic, const char *body,
					     int64_t sec)
{
	rmq_message *m = new_message(topic, body);

	expect_ok(rmq_message_set_delay_time_sec(m, sec, &detail), detail);
	return send_message(p, m);
}

static const rmq_send_result *send_at(rmq_producer *p, const char *topic, const char *body,
				      int64_t at_ms)
{
	rmq_message *m = new_message(topic, body);

	expect_ok(rmq_message_set_deliver_time_ms(m, at_ms, &detail), detail);
	return send_message(p, m);
}

static const rmq_message *find(struct sink *s, const char *id)
{
	for (size_t i = 0; i < sink_count(s); i++)
		if (strcmp(rmq_message_id(sink_at(s, i)), id) == 0)
			return sink_at(s, i);
	fail("the message %s did not arrive", id);
}

/* The broker stores it anew when it delivers it; all have one clock. after_ms: from the send on. */
static void expect_after(struct sink *s, const rmq_send_result *sent, int64_t after_ms)
{
	const rmq_message *m = find(s, rmq_send_result_message_id(sent));
	int64_t late = rmq_message_store_ms(m) - rmq_message_born_ms(m) - after_ms;

	note("%lld ms: %lld ms late", (long long)after_ms, (long long)late);
	if (late < 0)
		fail("%lld ms too early", -(long long)late);
	if (late > (scene.target == &target_mock ? SLOT_MS : LATE_MS))
		fail("%lld ms late", (long long)late);
}

static void timed__messages_arrive_in_time_and_not_before(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	const rmq_send_result *in_sec, *in_ms, *at, *past;
	int64_t at_ms;

	sink_expect_queues(s, ALL_QUEUES);
	at_ms = now_ms() + 4321;
	at = send_at(p, topic, "at", at_ms);
	in_sec = send_after_sec(p, topic, "sec", 3);
	in_ms = send_after_ms(p, topic, "ms", 1234);
	past = send_at(p, topic, "past", now_ms() - 60 * 1000);

	sink_expect(s, 4);
	expect_after(s, in_sec, 3000);
	expect_after(s, in_ms, 1234);
	expect_after(s, past, 0);
	expect_after(s, at, at_ms - rmq_message_born_ms(find(s, rmq_send_result_message_id(at))));
}

static void timed__messages_arrive_as_they_were_sent(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, topic, "TagA", NULL, NULL);
	rmq_message *m = new_message(topic, "body");
	const rmq_send_result *r;
	const rmq_message *got;
	size_t len;

	expect_ok(rmq_message_set_tag(m, "TagA", &detail), detail);
	expect_ok(rmq_message_set_keys(m, "key-1", &detail), detail);
	expect_ok(rmq_message_set_property(m, "colour", "red", &detail), detail);
	expect_ok(rmq_message_set_delay_time_sec(m, 2, &detail), detail);
	r = send_message(p, m);

	sink_expect(s, 1);
	got = sink_at(s, 0);
	expect_text(rmq_message_id(got), rmq_send_result_message_id(r));
	expect_text(rmq_message_topic(got), topic);
	expect_text(rmq_message_tag(got), "TagA");
	expect_text(rmq_message_keys(got), "key-1");
	expect_text(rmq_message_property(got, "colour"), "red");
	expect(memcmp(rmq_message_body(got, &len), "body", 4) == 0 && len == 4);
	expect_text(rmq_message_queue(got)->broker_name, rmq_send_result_queue(r)->broker_name);
	expect_int(rmq_message_queue(got)->queue_id, rmq_send_result_queue(r)->queue_id);
}

/* A level has no handle, and every release knows it. */
static void timed__delay_level_needs_no_timers(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	rmq_message *m = new_message(topic, "level");
	const rmq_send_result *r;

	expect_ok(rmq_message_set_delay_time_ms(m, 3600 * 1000, &detail), detail);
	expect_ok(rmq_message_set_delay_level(m, 1, &detail), detail); /* the last one counts */
	r = send_message(p, m);
	expect_text(rmq_send_result_recall_handle(r), "");

	sink_expect(s, 1);
	expect_after(s, r, 1000);
}

static void timed__release_without_timers_is_not_sent_to(void)
{
	const char *topic = new_topic(1);
	rmq_producer *p = new_producer(NULL);
	rmq_message *m = new_message(topic, "timed");

	if (scene.target->version()[0] != '4')
		scene_skip("this release knows timed messages");
	expect_ok(rmq_message_set_delay_time_sec(m, 5, &detail), detail);
	expect_int(send_within(p, m, PATIENT_MS, NULL, &detail), RMQ_ERR_UNSUPPORTED);
	note("%s", rmq_error_detail_message(detail));
	expect(strstr(rmq_error_detail_message(detail), "does not know timed messages"));
	expect_int(rmq_error_detail_flags(detail) & RMQ_ERROR_MAYBE_STORED, 0);
	rmq_error_detail_free(detail);
	detail = NULL;
	rmq_message_free(m);
	send_text(p, topic, NULL, "at once");
	expect_stored(topic, 1);
}

/* --- Recall ---------------------------------------------------------------------- */

/* Behind it come one more on each broker: when they are there, it would have been. */
static void recall__message_does_not_arrive_and_the_others_do(void)
{
	enum { MESSAGES = 6, RECALLED = 2 };
	const char *topic = new_topic(1);
	rmq_producer *p = new_even_producer();
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	const rmq_send_result *sent[MESSAGES];
	char body[16];

	for (int i = 0; i < MESSAGES; i++) {
		snprintf(body, sizeof(body), "%d", i);
		sent[i] = send_after_ms(p, topic, body, RECALL_TIME_MS);
	}
	expect_ok(rmq_producer_recall(p, topic, rmq_send_result_recall_handle(sent[RECALLED]),
				      &detail),
		  detail);
	for (int i = 0; i < BROKERS; i++)
		send_after_ms(p, topic, "after", RECALL_TIME_MS + 3 * SLOT_MS);

	sink_expect(s, MESSAGES - 1 + BROKERS);
	for (int i = 0; i < MESSAGES; i++) {
		snprintf(body, sizeof(body), "%d", i);
		expect_int(sink_count_body(s, body), i != RECALLED);
	}
}

static void recall__after_the_delivery_is_refused(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	const rmq_send_result *r = send_after_ms(p, topic, "gone", 1000);

	sink_expect(s, 1);
	expect_int(rmq_producer_recall(p, topic, rmq_send_result_recall_handle(r), &detail),
		   RMQ_ERR_BROKER);
	note("%s", rmq_error_detail_message(detail));
	expect(strstr(rmq_error_detail_message(detail), "timestamp invalid"));
	rmq_error_detail_free(detail);
	detail = NULL;
}

static const struct behaviour timed_list[] = {
	BEHAVIOUR(timed__messages_arrive_in_time_and_not_before, NEED_TIMERS),
	BEHAVIOUR(timed__messages_arrive_as_they_were_sent, NEED_TIMERS),
	BEHAVIOUR(timed__delay_level_needs_no_timers, 0),
	BEHAVIOUR(timed__release_without_timers_is_not_sent_to, 0),
	BEHAVIOUR(recall__message_does_not_arrive_and_the_others_do, NEED_TIMERS),
	BEHAVIOUR(recall__after_the_delivery_is_refused, NEED_TIMERS),
};
BEHAVIOURS(timed);
