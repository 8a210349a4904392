/* SPDX-License-Identifier: Apache-2.0 */
/* b_place.c - where within its topic a message belongs: priorities and lite topics; and what its answer waits for. */
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

static rmq_error_detail *detail;

static rmq_message *new_message(const char *topic, const char *body)
{
	return rmq_message_new(topic, body, strlen(body));
}

static const rmq_send_result *send_rank(rmq_producer *p, const char *topic, int priority)
{
	rmq_message *m = new_message(topic, "rank");

	expect_ok(rmq_message_set_priority(m, priority, &detail), detail);
	return send_message(p, m);
}

static const rmq_send_result *send_lite(rmq_producer *p, const char *topic, const char *lite)
{
	rmq_message *m = new_message(topic, lite);

	expect_ok(rmq_message_set_lite_topic(m, lite, &detail), detail);
	return send_message(p, m);
}

static const rmq_message *find(struct sink *s, const rmq_send_result *r)
{
	for (size_t i = 0; i < sink_count(s); i++)
		if (strcmp(rmq_message_id(sink_at(s, i)), rmq_send_result_message_id(r)) == 0)
			return sink_at(s, i);
	fail("the message %s did not arrive", rmq_send_result_message_id(r));
}

/* The result says what the broker made of it, and it is there. */
static void expect_there(struct sink *s, const rmq_send_result *r, const char *broker, int queue_id)
{
	const rmq_message *m = find(s, r);

	expect_int(rmq_send_result_queue(r)->queue_id, queue_id);
	expect_int(rmq_message_queue(m)->queue_id, queue_id);
	expect_int(rmq_message_queue_offset(m), rmq_send_result_queue_offset(r));
	expect_text(rmq_message_queue(m)->broker_name, rmq_send_result_queue(r)->broker_name);
	if (broker)
		expect_text(rmq_message_queue(m)->broker_name, broker);
}

static void place__priority_chooses_the_queue(void)
{
	static const int priorities[] = {0, 3, 1, 99};
	enum { COUNT = sizeof(priorities) / sizeof(priorities[0]) };
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	const rmq_send_result *sent[COUNT];

	for (int i = 0; i < COUNT; i++)
		sent[i] = send_rank(p, topic, priorities[i]);
	sink_expect(s, COUNT);
	for (int i = 0; i < COUNT; i++) {
		int last = QUEUES - 1;

		expect_there(s, sent[i], NULL, priorities[i] < last ? priorities[i] : last);
		expect_int(rmq_message_priority(find(s, sent[i])), priorities[i]);
	}
}

/* Buckets 5, 3 and 0 of the eight queues. */
static void place__lite_topic_has_one_queue(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	const rmq_send_result *b = send_lite(p, topic, "b"), *again = send_lite(p, topic, "b");
	const rmq_send_result *order = send_lite(p, topic, "order-1");
	const rmq_send_result *user = send_lite(p, topic, "user_42");
	char name[256];

	sink_expect(s, 4);
	expect_there(s, b, "broker-b", 1);
	expect_there(s, again, "broker-b", 1);
	expect_there(s, order, "broker-a", 3);
	expect_there(s, user, "broker-a", 0);
	expect_text(rmq_message_lite_topic(find(s, order)), "order-1");
	snprintf(name, sizeof(name), "%%LMQ%%$%s$order-1", topic);
	expect_text(rmq_message_property(find(s, order), "INNER_MULTI_DISPATCH"), name);
}

/* What is taken back leaves nothing behind: neither of a received message, nor of an own one. */
static void place__that_is_taken_back_leaves_nothing_behind(void)
{
	const char *from = new_topic(QUEUES), *to = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	struct sink *first = sink_open(NULL, from, NULL, NULL, NULL);
	struct sink *second = sink_open(NULL, to, NULL, NULL, NULL);
	const rmq_send_result *plain;
	rmq_message *m;

	send_lite(p, from, "b");
	sink_expect(first, 1);
	m = rmq_message_dup(sink_at(first, 0));
	expect_text(rmq_message_lite_topic(m), "b");
	expect_ok(rmq_message_set_lite_topic(m, NULL, &detail), detail);
	expect(!rmq_message_property(m, "INNER_MULTI_DISPATCH"));
	rmq_message_free(m);

	m = new_message(to, "plain");
	expect_ok(rmq_message_set_priority(m, 2, &detail), detail);
	expect_ok(rmq_message_set_priority(m, -1, &detail), detail);
	plain = send_message(p, m);
	sink_expect(second, 1);
	expect_int(rmq_message_priority(find(second, plain)), -1);
}

static bool knows_places(void)
{
	const char *v = scene.target->version();

	return v[0] == '5' && v[1] == '.' && v[2] >= '4';
}

static void expect_unknown(rmq_producer *p, rmq_message *m, const char *words)
{
	expect_int(send_within(p, m, PATIENT_MS, NULL, &detail), RMQ_ERR_UNSUPPORTED);
	note("%s", rmq_error_detail_message(detail));
	expect(strstr(rmq_error_detail_message(detail), words));
	expect_int(rmq_error_detail_flags(detail), RMQ_ERROR_FATAL);
	rmq_error_detail_free(detail);
	detail = NULL;
}

static void place__release_without_them_is_not_sent_to(void)
{
	const char *topic = new_topic(1);
	rmq_producer *p = new_producer(NULL);
	rmq_message *m = new_message(topic, "body");

	if (knows_places())
		scene_skip("this release knows priorities");
	expect_ok(rmq_message_set_priority(m, 1, &detail), detail);
	expect_unknown(p, m, "does not know priorities, which came with 5.4.0");
	expect_ok(rmq_message_set_priority(m, -1, &detail), detail);
	expect_ok(rmq_message_set_lite_topic(m, "b", &detail), detail);
	expect_unknown(p, m, "does not know lite topics, which came with 5.5.0");
	expect_ok(rmq_message_set_lite_topic(m, NULL, &detail), detail);
	send_message(p, m);
	expect_stored(topic, 1);
}

/* Each is stored, and says what it asked for. */
static void wait_store__flag_travels_and_the_answer_is_ok(void)
{
	const char *topic = new_topic(1);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	const rmq_send_result *waits = send_text(p, topic, NULL, "waits"), *hurries;
	rmq_message *m = new_message(topic, "hurries");

	expect_ok(rmq_message_set_wait_store_ok(m, false, &detail), detail);
	hurries = send_message(p, m);
	expect_int(rmq_send_result_status(waits), RMQ_SEND_OK);
	expect_int(rmq_send_result_status(hurries), RMQ_SEND_OK);
	sink_expect(s, 2);
	/* 4.9 reads it and does not store it. */
	if (scene.target->version()[0] != '4')
		expect_text(rmq_message_property(find(s, hurries), "WAIT"), "false");
}

static const struct behaviour place_list[] = {
	BEHAVIOUR(place__priority_chooses_the_queue, NEED_PLACES),
	BEHAVIOUR(place__lite_topic_has_one_queue, NEED_PLACES),
	BEHAVIOUR(place__that_is_taken_back_leaves_nothing_behind, NEED_PLACES),
	BEHAVIOUR(place__release_without_them_is_not_sent_to, 0),
	BEHAVIOUR(wait_store__flag_travels_and_the_answer_is_ok, 0),
};

BEHAVIOURS(place);
