/* SPDX-License-Identifier: Apache-2.0 */
/* b_offsets.c - where a group goes on. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

static void offsets__group_goes_on_where_it_stopped(void)
{
	enum { EACH = 300 };
	const char *topic = new_topic(QUEUES);
	const char *group = new_name("G");
	struct audit *audit = audit_new(3 * EACH);
	rmq_producer *p = new_producer(NULL);
	struct sink *first = sink_open(group, topic, NULL, NULL, audit);
	struct sink *second;

	audit_send(audit, p, topic, EACH, 64);
	audit_expect(audit, AUDIT_DISORDER);
	sink_close(first);
	expect_int(committed_count(topic, group), EACH);
	audit_send(audit, p, topic, EACH, 64); /* while nobody is there */
	second = sink_open(group, topic, NULL, NULL, audit);
	audit_send(audit, p, topic, EACH, 64);

	audit_expect(audit, AUDIT_DISORDER);
	expect_int(sink_count(first), EACH);
	expect_int(sink_count(second), 2 * EACH);
}

/* Without a close: by the periodic commit. */
static void offsets__are_committed_in_the_background(void)
{
	enum { MESSAGES = 100 };
	const char *topic = new_topic(QUEUES);
	struct audit *audit = audit_new(MESSAGES);
	struct sink *s = sink_open(NULL, topic, NULL, "persistConsumerOffsetInterval=500", audit);

	audit_send(audit, new_producer(NULL), topic, MESSAGES, 64);
	audit_expect(audit, AUDIT_DISORDER);
	sink_expect_committed(s, topic, MESSAGES);
}

static void offsets__of_groups_are_independent(void)
{
	enum { MESSAGES = 50 };
	const char *topic = new_topic(QUEUES);
	const char *idle = new_name("G");
	struct audit *audit = audit_new(MESSAGES);
	struct sink *s = sink_open(NULL, topic, NULL, "persistConsumerOffsetInterval=500", audit);

	audit_send(audit, new_producer(NULL), topic, MESSAGES, 64);
	sink_expect_committed(s, topic, MESSAGES);
	expect_int(committed_count(topic, idle), 0);
	s = sink_open(idle, topic, NULL, NULL, NULL);
	sink_expect(s, MESSAGES);
}

/*
 * Start positions. A broker answers a new group's query with 0 as long as the
 * queue's first message is still in memory (ConsumerManageProcessor), so every
 * setting starts a new group of a young topic at the first message. Not of an empty
 * queue: so each has one, where the broker counts it, before anybody asks.
 */
static void start_at(const char *settings)
{
	enum { BEFORE = 40, AFTER = 10 };
	const char *topic = new_topic(QUEUES);
	struct audit *audit = audit_new(BEFORE + AFTER);
	rmq_producer *p = new_even_producer();
	struct sink *s;

	audit_send(audit, p, topic, BEFORE, 64);
	expect_stored(topic, BEFORE);
	s = sink_open(NULL, topic, NULL, settings, audit);
	audit_send(audit, p, topic, AFTER, 64);
	audit_expect(audit, AUDIT_DISORDER);
	expect_int(sink_count(s), BEFORE + AFTER);
}

static void offsets__from_first_starts_at_the_first_message(void)
{
	start_at("consumeFromWhere=CONSUME_FROM_FIRST_OFFSET");
}

static void offsets__from_last_starts_a_young_topic_at_the_first_message(void)
{
	start_at("consumeFromWhere=CONSUME_FROM_LAST_OFFSET");
}

static void offsets__from_timestamp_starts_a_young_topic_at_the_first_message(void)
{
	char settings[128];
	time_t at = (time_t)(now_ms() / 1000 + 3600);
	struct tm local;

	localtime_r(&at, &local);
	strftime(settings, sizeof(settings),
		 "consumeFromWhere=CONSUME_FROM_TIMESTAMP consumeTimestamp=%Y%m%d%H%M%S", &local);
	start_at(settings);
}

/* A group with offsets goes on from them, whatever the setting says. */
static void offsets__committed_ones_win_over_the_setting(void)
{
	enum { EACH = 20 };
	static const char *const settings[] = {
		"consumeFromWhere=CONSUME_FROM_LAST_OFFSET",
		"consumeFromWhere=CONSUME_FROM_FIRST_OFFSET",
		"consumeFromWhere=CONSUME_FROM_TIMESTAMP",
	};
	const char *topic = new_topic(QUEUES);
	const char *group = new_name("G");
	struct audit *audit = audit_new(4 * EACH);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(group, topic, NULL, NULL, audit);

	audit_send(audit, p, topic, EACH, 64);
	audit_expect(audit, AUDIT_DISORDER);
	sink_close(s);
	for (int i = 0; i < 3; i++) {
		audit_send(audit, p, topic, EACH, 64);
		s = sink_open(group, topic, NULL, settings[i], audit);
		audit_expect(audit, AUDIT_DISORDER);
		sink_close(s);
		expect_int(sink_count(s), EACH);
	}
}

static void offsets__admin_shows_what_is_stored_and_committed(void)
{
	enum { MESSAGES = 20 };
	const char *topic = new_topic(2);
	const char *group = new_name("G");
	rmq_producer *p = new_even_producer();
	rmq_topic_offsets *offsets = NULL;
	const rmq_queue_offsets *q;
	rmq_error_detail *detail = NULL;
	struct sink *s;

	for (int i = 0; i < MESSAGES; i++)
		send_text(p, topic, NULL, "body");
	expect_stored(topic, MESSAGES);
	expect_ok(rmq_admin_topic_offsets(the_admin(), topic, group, NULL, &offsets, &detail),
		  detail);
	expect_int(rmq_topic_offsets_count(offsets), 2 * BROKERS);
	for (size_t i = 0; (q = rmq_topic_offsets_at(offsets, i)); i++) {
		expect_text(rmq_queue_offsets_queue(q)->broker_name,
			    i < 2 ? "broker-a" : "broker-b");
		expect_int(rmq_queue_offsets_queue(q)->queue_id, (int)i % 2);
		expect_int(rmq_queue_offsets_min(q), 0);
		expect_int(rmq_queue_offsets_max(q), MESSAGES / 4);
		expect(rmq_queue_offsets_consumer(q) <= 0); /* a young queue may answer 0 */
	}
	rmq_topic_offsets_free(offsets);
	s = sink_open(group, topic, NULL, NULL, NULL);
	sink_expect(s, MESSAGES);
	sink_close(s);
	expect_ok(rmq_admin_topic_offsets(the_admin(), topic, group, NULL, &offsets, &detail),
		  detail);
	for (size_t i = 0; (q = rmq_topic_offsets_at(offsets, i)); i++)
		expect_int(rmq_queue_offsets_consumer(q), rmq_queue_offsets_max(q));
	rmq_topic_offsets_free(offsets);
}

static void offsets__survive_a_restart_of_the_brokers(void)
{
	enum { EACH = 100 };
	const char *topic = new_topic(QUEUES);
	const char *group = new_name("G");
	struct audit *audit = audit_new(2 * EACH);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(group, topic, NULL, NULL, audit);

	audit_send(audit, p, topic, EACH, 64);
	audit_expect(audit, AUDIT_DISORDER);
	sink_close(s);
	brokers_stop();
	brokers_start();
	expect_int(committed_count(topic, group), EACH);
	p = new_producer(NULL);
	audit_send(audit, p, topic, EACH, 64);
	s = sink_open(group, topic, NULL, NULL, audit);
	audit_expect(audit, AUDIT_DISORDER);
	expect_int(sink_count(s), EACH);
}

static const struct behaviour offsets_list[] = {
	BEHAVIOUR_EACH(offsets__group_goes_on_where_it_stopped, 0, SINK_OFFSETS),
	BEHAVIOUR_EACH(offsets__are_committed_in_the_background, 0, SINK_OFFSETS),
	BEHAVIOUR_EACH(offsets__of_groups_are_independent, 0, SINK_OFFSETS),
	BEHAVIOUR_EACH(offsets__from_first_starts_at_the_first_message, 0, SINK_OFFSETS),
	BEHAVIOUR(offsets__from_last_starts_a_young_topic_at_the_first_message, 0),
	BEHAVIOUR(offsets__from_timestamp_starts_a_young_topic_at_the_first_message, 0),
	BEHAVIOUR_EACH(offsets__committed_ones_win_over_the_setting, 0, SINK_OFFSETS),
	BEHAVIOUR(offsets__admin_shows_what_is_stored_and_committed, 0),
	BEHAVIOUR(offsets__survive_a_restart_of_the_brokers, NEED_NODES),
};
BEHAVIOURS(offsets);
