/* SPDX-License-Identifier: Apache-2.0 */
/* b_broadcast.c - a broadcasting group: every member gets every message, and keeps its own offsets. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

enum { FIRST = 1, LAST = 0 };

/* Members are told apart by their names: each has a folder of its own. */
static struct sink *open_member(const char *group, const char *topic, const char *name, int where)
{
	char settings[512];

	snprintf(settings, sizeof(settings),
		 "messageModel=BROADCASTING localOffsetStoreDir=%s/offsets instanceName=%s "
		 "consumeFromWhere=%s",
		 scene.scratch, name,
		 where == FIRST ? "CONSUME_FROM_FIRST_OFFSET" : "CONSUME_FROM_LAST_OFFSET");
	return sink_open(group, topic, NULL, settings, NULL);
}

static void send_numbers(rmq_producer *p, const char *topic, int from, int to)
{
	char body[16];

	for (int i = from; i < to; i++) {
		snprintf(body, sizeof(body), "%d", i);
		send_text(p, topic, NULL, body);
	}
}

/* Each of them once, and nothing else. */
static void expect_numbers(struct sink *s, int from, int to)
{
	char body[16];

	sink_expect(s, (size_t)(to - from));
	for (int i = from; i < to; i++) {
		snprintf(body, sizeof(body), "%d", i);
		expect_int(sink_count_body(s, body), 1);
	}
}

static void broadcast__every_member_gets_every_message(void)
{
	enum { BEFORE = 20, ALL = 50 };
	const char *topic = new_topic(QUEUES);
	const char *group = new_name("G");
	rmq_producer *p = new_producer(NULL);
	struct sink *a, *b;

	send_numbers(p, topic, 0, BEFORE);
	a = open_member(group, topic, "a", FIRST);
	b = open_member(group, topic, "b", FIRST);
	sink_expect_queues(a, ALL_QUEUES);
	sink_expect_queues(b, ALL_QUEUES);
	send_numbers(p, topic, BEFORE, ALL);
	expect_numbers(a, 0, ALL);
	expect_numbers(b, 0, ALL);
	/* The brokers know nothing of it. */
	sink_close(a);
	expect_int(committed_count(topic, group), 0);
}

/* Of a queue that had nothing it keeps nothing: each has something before. */
static void broadcast__member_goes_on_where_it_stopped(void)
{
	enum { BEFORE = 20, ALL = 50 };
	const char *topic = new_topic(QUEUES);
	const char *group = new_name("G");
	rmq_producer *p = new_even_producer();
	struct sink *first = open_member(group, topic, "a", FIRST), *again;

	send_numbers(p, topic, 0, BEFORE);
	expect_numbers(first, 0, BEFORE);
	sink_close(first);
	send_numbers(p, topic, BEFORE, ALL); /* while it is not there */
	again = open_member(group, topic, "a", LAST);
	expect_numbers(again, BEFORE, ALL);
}

/* No broker keeps a place for it: unlike a clustering group of a young topic it starts where it says. */
static void broadcast__new_member_starts_at_the_end(void)
{
	enum { BEFORE = 20, ALL = 40 };
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	rmq_error_detail *detail = NULL;
	struct sink *s;

	send_numbers(p, topic, 0, BEFORE);
	expect_stored(topic, BEFORE);
	s = open_member(NULL, topic, "a", LAST);
	expect_ok(sink_wait_ready(s, SOON_MS, &detail), detail);
	send_numbers(p, topic, BEFORE, ALL);
	expect_numbers(s, BEFORE, ALL);
}

struct awaited {
	struct sink *sink;
	const char *body;
};

static int has_come(void *arg)
{
	const struct awaited *a = arg;

	return sink_count_body(a->sink, a->body) > 0;
}

/* By the time at which the brokers stored, in whole seconds of this host's clock. Brokers of 4.9 begin with
 * the message that is nearest to it, which may be one older (ConsumeQueue.getOffsetInQueueByTime). */
static void broadcast__new_member_starts_at_a_time(void)
{
	enum { BEFORE = 20, ALL = 40 };
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	char settings[512], at[32];
	time_t second;
	struct tm local;
	struct sink *s;

	send_numbers(p, topic, 0, BEFORE);
	expect_stored(topic, BEFORE);
	let_pass(1100);
	second = (time_t)(now_ms() / 1000);
	send_numbers(p, topic, BEFORE, ALL);
	expect_stored(topic, ALL);
	localtime_r(&second, &local);
	strftime(at, sizeof(at), "%Y%m%d%H%M%S", &local);
	snprintf(settings, sizeof(settings),
		 "messageModel=BROADCASTING localOffsetStoreDir=%s/offsets instanceName=a "
		 "consumeFromWhere=CONSUME_FROM_TIMESTAMP consumeTimestamp=%s",
		 scene.scratch, at);
	s = sink_open(NULL, topic, NULL, settings, NULL);
	for (int i = BEFORE; i < ALL; i++) {
		struct awaited a = {s, at};

		snprintf(at, sizeof(at), "%d", i);
		if (!wait_until(has_come, &a, SOON_MS))
			fail("message %d did not come", i);
	}
	let_pass(500);
	expect(sink_count(s) <= ALL - BEFORE + ALL_QUEUES);
}

static void send_to_queue(rmq_producer *p, const struct rmq_queue *queue, const char *body)
{
	rmq_send_options *o = rmq_send_options_new();
	rmq_message *m = rmq_message_new(queue->topic, body, strlen(body));
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_send_options_set_queue(o, queue, &detail), detail);
	expect_ok(rmq_send_options_set_timeout(o, PATIENT_MS, &detail), detail);
	expect_ok(rmq_producer_send(p, m, o, NULL, &detail), detail);
	rmq_message_free(m);
	rmq_send_options_free(o);
}

struct known {
	rmq_producer *producer;
	const char *topic;
	size_t queues;
};

static int is_known(void *arg)
{
	struct known *k = arg;
	rmq_queues *queues = NULL;
	bool is = rmq_producer_queues(k->producer, k->topic, &queues, NULL) == RMQ_OK &&
		  rmq_queues_count(queues) == k->queues;

	rmq_queues_free(queues);
	return is;
}

/* More queues than there were: what comes there before the member knows of them is not missed. */
static void broadcast__queue_that_comes_later_is_read_from_its_beginning(void)
{
	enum { MESSAGES = 12 };
	const char *topic = new_topic(1);
	rmq_error_detail *detail = NULL;
	char settings[512];
	struct sink *s;
	rmq_producer *p;

	snprintf(settings, sizeof(settings),
		 "messageModel=BROADCASTING localOffsetStoreDir=%s/offsets instanceName=a "
		 "consumeFromWhere=CONSUME_FROM_LAST_OFFSET pollNameServerInterval=1000",
		 scene.scratch);
	s = sink_open(NULL, topic, NULL, settings, NULL);
	expect_ok(sink_wait_ready(s, SOON_MS, &detail), detail);
	alter_topic(topic, 3, READ_AND_WRITE);
	p = new_producer("pollNameServerInterval=1000");
	if (!wait_until(is_known, &(struct known){p, topic, 3 * BROKERS}, SOON_MS))
		fail("the topic does not get its queues");
	for (int i = 0; i < MESSAGES; i++) {
		const struct rmq_queue q = {.topic = topic,
					    .broker_name = i % 2 ? "broker-a" : "broker-b",
					    .queue_id = 2};
		char body[16];

		snprintf(body, sizeof(body), "%d", i);
		send_to_queue(p, &q, body);
	}
	expect_numbers(s, 0, MESSAGES);
}

static enum rmq_consume_status refuse(struct sink *s, const rmq_message *const *messages,
				      size_t count, rmq_consume_context *context)
{
	(void)s;
	(void)messages;
	(void)count;
	(void)context;
	return RMQ_RECONSUME_LATER;
}

static void broadcast__message_that_fails_is_not_delivered_again(void)
{
	enum { MESSAGES = 10 };
	const char *topic = new_topic(1);
	const char *group = new_name("G");
	char settings[512];
	struct sink *s;

	snprintf(settings, sizeof(settings),
		 "messageModel=BROADCASTING localOffsetStoreDir=%s/offsets instanceName=a "
		 "consumeFromWhere=CONSUME_FROM_FIRST_OFFSET",
		 scene.scratch);
	s = sink_new(group, topic, NULL, settings);
	s->react = refuse;
	sink_start(s);
	send_numbers(new_producer(NULL), topic, 0, MESSAGES);
	expect_numbers(s, 0, MESSAGES);
	sink_close(s);
	s = open_member(group, topic, "a", FIRST);
	let_pass(QUIET_MS);
	expect_int(sink_count(s), 0);
}

static const struct behaviour broadcast_list[] = {
	BEHAVIOUR(broadcast__every_member_gets_every_message, 0),
	BEHAVIOUR(broadcast__member_goes_on_where_it_stopped, 0),
	BEHAVIOUR(broadcast__new_member_starts_at_the_end, 0),
	BEHAVIOUR(broadcast__new_member_starts_at_a_time, 0),
	BEHAVIOUR(broadcast__queue_that_comes_later_is_read_from_its_beginning, 0),
	BEHAVIOUR(broadcast__message_that_fails_is_not_delivered_again, 0),
};
BEHAVIOURS(broadcast);
