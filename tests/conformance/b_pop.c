/* SPDX-License-Identifier: Apache-2.0 */
/* b_pop.c - messages that are popped: received, acknowledged, given back. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "tests/conformance/audit.h"
#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"

enum {
	MEMBERS = 4,
	INVISIBLE_MS = 30 * 1000, /* longer than any test holds a message, on a slow machine too */
	SHORT_MS = 2000
};

/* A pop whose answer comes too late has taken messages out: they come again, and count as such. */
static const char *const settings = "consumeFromWhere=CONSUME_FROM_FIRST_OFFSET "
				    "mqClientApiTimeout=60000";
static rmq_error_detail *detail;
static rmq_simple_consumer *members[MEMBERS];
static size_t member_count;

static rmq_simple_consumer *make(const char *group)
{
	rmq_simple_consumer *c = NULL;

	expect_ok(rmq_simple_consumer_new(new_config(settings), group, &c, &detail), detail);
	members[member_count++] = c;
	return c;
}

static rmq_simple_consumer *open_member(const char *group, const char *topic, const char *tags)
{
	rmq_simple_consumer *c = make(group);

	expect_ok(rmq_simple_consumer_subscribe(c, topic, tags, &detail), detail);
	expect_ok(rmq_simple_consumer_start(c, &detail), detail);
	return c;
}

static void drop_members(void)
{
	while (member_count > 0)
		rmq_simple_consumer_free(members[--member_count]);
}

/* What comes within the time. */
static rmq_messages *receive(rmq_simple_consumer *c, int max, int64_t invisible_ms,
			     int64_t timeout_ms)
{
	rmq_messages *l = NULL;

	expect_ok(rmq_simple_consumer_receive(c, max, invisible_ms, timeout_ms, &l, &detail),
		  detail);
	return l;
}

static void send_numbered(rmq_producer *p, const char *topic, const char *tag, int count)
{
	char body[32];

	for (int i = 0; i < count; i++) {
		snprintf(body, sizeof(body), "%s%d", tag ? tag : "", i);
		send_text(p, topic, tag, body);
	}
}

static bool is_body(const rmq_message *m, const char *body)
{
	size_t len;
	const void *bytes = rmq_message_body(m, &len);

	return len == strlen(body) && memcmp(bytes, body, len) == 0;
}

static size_t ack_all(rmq_simple_consumer *c, rmq_messages *l)
{
	size_t count = rmq_messages_count(l);

	for (size_t i = 0; i < count; i++)
		expect_ok(rmq_simple_consumer_ack(c, rmq_messages_at(l, i), &detail), detail);
	rmq_messages_free(l);
	return count;
}

static size_t ack_batch(rmq_simple_consumer *c, rmq_messages *l)
{
	const rmq_message *messages[32];
	enum rmq_error results[32];
	size_t count = rmq_messages_count(l);

	for (size_t i = 0; i < count; i++)
		messages[i] = rmq_messages_at(l, i);
	expect_ok(rmq_simple_consumer_ack_batch(c, messages, count, results, &detail), detail);
	for (size_t i = 0; i < count; i++)
		expect_int(results[i], RMQ_OK);
	rmq_messages_free(l);
	return count;
}

/* --- Behaviours ---------------------------------------------------------------------------------- */

static void pop__brings_each_message_of_the_tag_once(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	rmq_simple_consumer *c = open_member(new_name("G"), topic, "A || C");
	int64_t end = now_ms() + SOON_MS;
	size_t got = 0, round = 0;
	rmq_messages *l;

	send_numbered(p, topic, "A", 20);
	send_numbered(p, topic, "B", 20);
	send_numbered(p, topic, "C", 20);
	while (got < 40 && now_ms() < end) {
		l = receive(c, 16, INVISIBLE_MS, SHORT_MS);
		for (size_t i = 0; i < rmq_messages_count(l); i++) {
			expect(!scene_same(rmq_message_tag(rmq_messages_at(l, i)), "B"));
			expect_text(rmq_message_topic(rmq_messages_at(l, i)), topic);
			expect_int(rmq_message_reconsume_times(rmq_messages_at(l, i)), 0);
		}
		got += round++ % 2 ? ack_batch(c, l) : ack_all(c, l);
	}
	expect_int(got, 40);
	l = receive(c, 32, INVISIBLE_MS, 500);
	expect_int(rmq_messages_count(l), 0);
	rmq_messages_free(l);
	expect_ok(rmq_simple_consumer_close(c, SOON_MS, &detail), detail);
	drop_members();
}

static void pop__more_members_than_queues_all_receive(void)
{
	const char *topic = new_topic(1), *group = new_name("G");
	rmq_producer *p = new_producer(NULL);
	int64_t end = now_ms() + SOON_MS;
	size_t got[MEMBERS] = {0}, all = 0;

	for (size_t i = 0; i < MEMBERS; i++)
		open_member(group, topic, NULL);
	send_numbered(p, topic, NULL, 8 * MEMBERS);
	for (size_t i = 0; all < 8 * MEMBERS && now_ms() < end; i = (i + 1) % MEMBERS) {
		size_t n = ack_all(members[i], receive(members[i], 2, INVISIBLE_MS, 1000));

		got[i] += n;
		all += n;
	}
	expect_int(all, 8 * MEMBERS);
	for (size_t i = 0; i < MEMBERS; i++)
		if (got[i] == 0)
			fail("member %zu of %d has received nothing", i, MEMBERS);
	drop_members();
}

/* Receives one message after another until `count` came; each is kept. */
static void gather(rmq_simple_consumer *c, rmq_message **out, size_t count, int64_t invisible_ms)
{
	int64_t end = now_ms() + SOON_MS;
	size_t got = 0;

	while (got < count && now_ms() < end) {
		rmq_messages *l = receive(c, (int)(count - got), invisible_ms, SHORT_MS);

		for (size_t i = 0; i < rmq_messages_count(l); i++)
			out[got++] = rmq_message_ref(rmq_messages_at(l, i));
		rmq_messages_free(l);
	}
	expect_int(got, count);
}

static rmq_message *find(rmq_message **all, size_t count, const char *body)
{
	for (size_t i = 0; i < count; i++)
		if (is_body(all[i], body))
			return all[i];
	fail("the message %s did not come", body);
}

/* "0" is forgotten, "1" given back, "2" done after more time was asked for. */
static void pop__what_is_not_acknowledged_comes_again(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	rmq_simple_consumer *c = open_member(new_name("G"), topic, NULL);
	rmq_message *first[3], *again[2];

	send_numbered(p, topic, NULL, 3);
	gather(c, first, 3, INVISIBLE_MS);
	expect_ok(rmq_simple_consumer_change_invisible(c, find(first, 3, "0"), 1000, &detail),
		  detail);
	expect_ok(rmq_simple_consumer_change_invisible(c, find(first, 3, "1"), 1000, &detail),
		  detail);
	expect_ok(
		rmq_simple_consumer_change_invisible(c, find(first, 3, "2"), INVISIBLE_MS, &detail),
		detail);
	let_pass(1100);
	expect_int(rmq_simple_consumer_ack(c, find(first, 3, "0"), &detail), RMQ_ERR_EXPIRED);
	rmq_error_detail_free(detail);
	detail = NULL;
	expect_ok(rmq_simple_consumer_ack(c, find(first, 3, "2"), &detail), detail);
	gather(c, again, 2, INVISIBLE_MS);
	expect_int(rmq_message_reconsume_times(find(again, 2, "0")), 1);
	expect_int(rmq_message_reconsume_times(find(again, 2, "1")), 1);
	expect_text(rmq_message_topic(again[0]), topic);
	for (size_t i = 0; i < 2; i++)
		expect_ok(rmq_simple_consumer_ack(c, again[i], &detail), detail);
	expect_ok(rmq_simple_consumer_close(c, SOON_MS, &detail), detail);
	for (size_t i = 0; i < 3; i++)
		rmq_message_free(first[i]);
	for (size_t i = 0; i < 2; i++)
		rmq_message_free(again[i]);
	drop_members();
}

/* --- Without waiting ------------------------------------------------------------------------------- */

/* What callbacks were told. */
struct told {
	atomic_int count;
	atomic_int failed;
	int wanted;
};

static void on_told(enum rmq_error error, const rmq_error_detail *why, void *arg)
{
	struct told *t = arg;

	if (error != RMQ_OK) {
		note("%s: %s", rmq_error_text(error), rmq_error_detail_message(why));
		atomic_fetch_add(&t->failed, 1);
	}
	atomic_fetch_add(&t->count, 1);
}

static void on_all_told(enum rmq_error error, const enum rmq_error *results, size_t count,
			const rmq_error_detail *why, void *arg)
{
	for (size_t i = 0; i < count; i++)
		on_told(results[i], results[i] == error ? why : NULL, arg);
}

static int are_told(void *arg)
{
	struct told *t = arg;

	return atomic_load(&t->count) >= t->wanted;
}

static void expect_told(struct told *t, int count)
{
	t->wanted = count;
	expect(wait_until(are_told, t, SOON_MS));
	expect_int(t->failed, 0);
}

/* One asks for more time, one for less, the rest is done; the close waits for the last acks. */
static void pop__acks_and_changes_tell_a_callback(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	rmq_simple_consumer *c = open_member(new_name("G"), topic, NULL);
	struct told told = {0};
	rmq_message *m[8], *again;

	send_numbered(p, topic, NULL, 8);
	gather(c, m, 8, INVISIBLE_MS);
	for (int i = 0; i < 4; i++)
		expect_ok(i < 2 ? rmq_simple_consumer_change_invisible_async(
					  c, m[i], i == 0 ? 2 * INVISIBLE_MS : 1000, on_told, &told,
					  &detail)
				: rmq_simple_consumer_ack_async(c, m[i], on_told, &told, &detail),
			  detail);
	expect_ok(rmq_simple_consumer_ack_batch_async(c, (const rmq_message *const *)m + 4, 4,
						      on_all_told, &told, &detail),
		  detail);
	expect_told(&told, 8);
	gather(c, &again, 1, INVISIBLE_MS);
	expect_text(rmq_message_id(again), rmq_message_id(m[1]));
	expect_int(rmq_message_reconsume_times(again), 1);
	for (int i = 1; i < 8; i++)
		rmq_message_free(m[i]);
	expect_ok(rmq_simple_consumer_ack_async(c, m[0], on_told, &told, &detail), detail);
	expect_ok(rmq_simple_consumer_ack_async(c, again, on_told, &told, &detail), detail);
	rmq_message_free(m[0]);
	rmq_message_free(again);
	expect_ok(rmq_simple_consumer_close(c, SOON_MS, &detail), detail);
	expect_int(told.count, 10);
	expect_int(told.failed, 0);
	drop_members();
}

/* --- Orders and expressions -------------------------------------------------------------------------- */

static void send_to(rmq_producer *p, const struct rmq_queue *queue, char letter)
{
	rmq_send_options *o = rmq_send_options_new();
	rmq_message *m = rmq_message_new(queue->topic, &letter, 1);

	expect_ok(rmq_send_options_set_queue(o, queue, &detail), detail);
	expect_ok(rmq_send_options_set_timeout(o, PATIENT_MS, &detail), detail);
	expect_ok(rmq_producer_send(p, m, o, NULL, &detail), detail);
	rmq_message_free(m);
	rmq_send_options_free(o);
}

static void pop__in_order_waits_for_what_is_out(void)
{
	const char *topic = new_topic(1);
	rmq_producer *p = new_producer(NULL);
	rmq_simple_consumer *c = make(new_name("G"));
	struct rmq_queue queue = {.topic = topic};
	const rmq_send_result *sent;
	rmq_message *m[2];
	rmq_messages *l;

	expect_ok(rmq_simple_consumer_set_orderly(c, true, &detail), detail);
	expect_ok(rmq_simple_consumer_subscribe(c, topic, NULL, &detail), detail);
	expect_ok(rmq_simple_consumer_start(c, &detail), detail);
	sent = send_text(p, topic, NULL, "0");
	queue = *rmq_send_result_queue(sent);
	for (char letter = '1'; letter < '4'; letter++)
		send_to(p, &queue, letter);
	expect_stored(topic, 4); /* a pop of one would keep the rest back */
	gather(c, m, 2, INVISIBLE_MS);
	expect(is_body(m[0], "0") && is_body(m[1], "1"));
	l = receive(c, 2, INVISIBLE_MS, 1000);
	expect_int(rmq_messages_count(l), 0);
	rmq_messages_free(l);
	for (size_t i = 0; i < 2; i++) {
		expect_ok(rmq_simple_consumer_ack(c, m[i], &detail), detail);
		rmq_message_free(m[i]);
	}
	gather(c, m, 2, INVISIBLE_MS);
	expect(is_body(m[0], "2") && is_body(m[1], "3"));
	for (size_t i = 0; i < 2; i++) {
		expect_ok(rmq_simple_consumer_ack(c, m[i], &detail), detail);
		rmq_message_free(m[i]);
	}
	drop_members();
}

static void send_numbers(rmq_producer *p, const char *topic, int count)
{
	char text[16];

	for (int i = 0; i < count; i++) {
		rmq_message *m;

		snprintf(text, sizeof(text), "%d", i);
		m = rmq_message_new(topic, text, strlen(text));
		expect_ok(rmq_message_set_property(m, "a", text, &detail), detail);
		(void)send_message(p, m);
	}
}

static rmq_simple_consumer *open_sql(const char *topic, const char *expression)
{
	rmq_simple_consumer *c = make(new_name("G"));

	expect_ok(rmq_simple_consumer_subscribe_sql(c, topic, expression, &detail), detail);
	expect_ok(rmq_simple_consumer_start(c, &detail), detail);
	return c;
}

/* What was given back passes the expression a second time; a bad one is told at once, whatever waits. */
static void pop__by_sql_brings_what_matches(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	rmq_simple_consumer *c = open_sql(topic, "a between 3 and 5");
	rmq_messages *l = NULL;
	rmq_message *m[3], *again;

	send_numbers(p, topic, 10);
	gather(c, m, 3, INVISIBLE_MS);
	expect_ok(rmq_simple_consumer_change_invisible(c, find(m, 3, "4"), 1000, &detail), detail);
	expect_ok(rmq_simple_consumer_ack(c, find(m, 3, "3"), &detail), detail);
	expect_ok(rmq_simple_consumer_ack(c, find(m, 3, "5"), &detail), detail);
	gather(c, &again, 1, INVISIBLE_MS);
	expect(is_body(again, "4"));
	expect_int(rmq_message_reconsume_times(again), 1);
	expect_ok(rmq_simple_consumer_ack(c, again, &detail), detail);
	rmq_message_free(again);
	for (size_t i = 0; i < 3; i++)
		rmq_message_free(m[i]);
	c = open_sql(topic, "a between 3 and");
	expect_int(rmq_simple_consumer_receive(c, 32, INVISIBLE_MS, SOON_MS, &l, &detail),
		   RMQ_ERR_BROKER);
	expect(strstr(rmq_error_detail_message(detail),
		      "parse the consumer's subscription failed"));
	rmq_error_detail_free(detail);
	detail = NULL;
	drop_members();
}

/* A broker of 5.0 and later brings it; an older one cannot, which is said before anybody waits. */
static void pop__is_there_or_refused_at_once(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	rmq_simple_consumer *c = open_member(new_name("G"), topic, NULL);
	rmq_messages *l = NULL;
	int64_t before;
	enum rmq_error err;

	send_text(p, topic, NULL, "one");
	expect_ok(rmq_simple_consumer_wait_ready(c, SOON_MS, &detail), detail);
	before = now_ms();
	err = rmq_simple_consumer_receive(c, 32, INVISIBLE_MS, SOON_MS, &l, &detail);
	if (err == RMQ_OK) {
		expect_int(ack_all(c, l), 1);
	} else {
		expect_int(err, RMQ_ERR_UNSUPPORTED);
		note("%s", rmq_error_detail_message(detail));
		expect(strstr(rmq_error_detail_message(detail), "does not know POP, which came "
								"with 5.0.0"));
		expect(now_ms() - before < SOON_MS / 2);
		rmq_error_detail_free(detail);
		detail = NULL;
	}
	drop_members();
}

static const struct behaviour pop_list[] = {
	BEHAVIOUR(pop__brings_each_message_of_the_tag_once, NEED_POP),
	BEHAVIOUR(pop__more_members_than_queues_all_receive, NEED_POP),
	BEHAVIOUR(pop__what_is_not_acknowledged_comes_again, NEED_POP),
	BEHAVIOUR(pop__acks_and_changes_tell_a_callback, NEED_POP),
	BEHAVIOUR(pop__in_order_waits_for_what_is_out, NEED_POP),
	BEHAVIOUR(pop__by_sql_brings_what_matches, NEED_POP),
	BEHAVIOUR(pop__is_there_or_refused_at_once, 0),
};
BEHAVIOURS(pop);
