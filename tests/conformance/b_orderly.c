/* SPDX-License-Identifier: Apache-2.0 */
/* b_orderly.c - queues in order, and the locks that keep them so. */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/member.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

static struct sink *new_orderly(const char *group, const char *topic, const char *settings)
{
	return sink_new_of(&sink_orderly, group, topic, settings);
}

static struct sink *open_orderly(const char *group, const char *topic, struct audit *audit)
{
	struct sink *s = new_orderly(group, topic, NULL);

	s->audit = audit;
	sink_start(s);
	return s;
}

/* To queue 0 of broker-a. */
static void send_in_turn(const char *topic, const char *const *bodies, int count)
{
	struct rmq_queue queue = {topic, "broker-a", 0};
	rmq_producer *p = new_producer(NULL);
	rmq_send_options *o = rmq_send_options_new();
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_send_options_set_queue(o, &queue, &detail), detail);
	expect_ok(rmq_send_options_set_timeout(o, PATIENT_MS, &detail), detail);
	for (int i = 0; i < count; i++) {
		rmq_message *m = rmq_message_new(topic, bodies[i], strlen(bodies[i]));

		expect_ok(rmq_producer_send(p, m, o, NULL, &detail), detail);
		rmq_message_free(m);
	}
	rmq_send_options_free(o);
}

static void expect_bodies(struct sink *s, const char *const *bodies, size_t count)
{
	sink_expect(s, count);
	for (size_t i = 0; i < count; i++) {
		size_t len;
		const char *body = rmq_message_body(sink_at(s, i), &len);

		if (len != strlen(bodies[i]) || memcmp(body, bodies[i], len) != 0)
			fail("delivery %zu is %.*s, not %s", i, (int)len, body, bodies[i]);
	}
}

/* --- Order ----------------------------------------------------------------------------------------- */

static void orderly__each_queue_comes_in_order(void)
{
	const char *topic = new_topic(QUEUES);
	struct audit *audit = audit_new(500);
	struct sink *s;

	audit_send(audit, new_producer(NULL), topic, 300, 64);
	s = open_orderly(NULL, topic, audit);
	audit_send(audit, new_producer(NULL), topic, 200, 64);
	audit_expect(audit, AUDIT_EXACT);
	sink_expect_committed(s, topic, 500);
}

/* A listener that takes its time has one message of a queue, while other queues go on. */
struct overlap {
	atomic_bool is_in[ALL_QUEUES];
	atomic_bool is_broken;
};

static enum rmq_consume_status take_time(struct sink *s, const rmq_message *const *messages,
					 size_t count, rmq_consume_context *context)
{
	struct overlap *o = s->arg;
	const struct rmq_queue *q = rmq_message_queue(messages[0]);
	int at = q->queue_id + (strcmp(q->broker_name, "broker-a") == 0 ? 0 : QUEUES);

	(void)count, (void)context;
	if (atomic_exchange(&o->is_in[at], true))
		atomic_store(&o->is_broken, true);
	let_pass(5);
	atomic_store(&o->is_in[at], false);
	return RMQ_CONSUME_SUCCESS;
}

static void orderly__queue_has_one_call_at_a_time(void)
{
	const char *topic = new_topic(QUEUES);
	struct audit *audit = audit_new(200);
	static struct overlap o;
	struct sink *s = new_orderly(NULL, topic, NULL);

	s->audit = audit;
	s->react = take_time;
	s->arg = &o;
	audit_send(audit, new_producer(NULL), topic, 200, 64);
	sink_start(s);
	audit_expect(audit, AUDIT_EXACT);
	expect(!atomic_load(&o.is_broken));
}

/* --- Failures -------------------------------------------------------------------------------------- */

/* The message "b" fails so many times. */
static enum rmq_consume_status fail_b(struct sink *s, const rmq_message *const *messages,
				      size_t count, rmq_consume_context *context)
{
	const int *times = s->arg;
	size_t len;
	const char *body = rmq_message_body(messages[0], &len);

	(void)count, (void)context;
	if (len == 1 && body[0] == 'b' && rmq_message_reconsume_times(messages[0]) < *times)
		return RMQ_RECONSUME_LATER;
	return RMQ_CONSUME_SUCCESS;
}

static struct sink *open_failing(const char *group, const char *topic, const char *settings,
				 int *times)
{
	struct sink *s = new_orderly(group, topic, settings);

	s->react = fail_b;
	s->arg = times;
	s->suspend_ms = 100;
	sink_start(s);
	return s;
}

static void orderly__failure_holds_its_queue(void)
{
	static const char *const sent[] = {"a", "b", "c", "d"};
	static const char *const came[] = {"a", "b", "b", "b", "c", "d"};
	const char *topic = new_topic(1);
	int times = 2;
	struct sink *s = open_failing(NULL, topic, NULL, &times);

	send_in_turn(topic, sent, 4);
	expect_bodies(s, came, 6);
	expect_int(rmq_message_reconsume_times(sink_at(s, 3)), 2);
	for (size_t i = 2; i < 4; i++) {
		note("again after %lld ms", (long long)(sink_at_ms(s, i) - sink_at_ms(s, i - 1)));
		expect(sink_at_ms(s, i) - sink_at_ms(s, i - 1) >= 99);
	}
	sink_expect_committed(s, topic, 4);
}

static int64_t dead_letters(const char *group)
{
	char topic[160];
	rmq_topic_offsets *offsets = NULL;
	const rmq_queue_offsets *q;
	int64_t sum = 0;

	snprintf(topic, sizeof(topic), "%%DLQ%%%s", group);
	if (rmq_admin_topic_offsets(the_admin(), topic, NULL, NULL, &offsets, NULL) != RMQ_OK)
		return 0; /* made by the first dead letter */
	for (size_t i = 0; (q = rmq_topic_offsets_at(offsets, i)); i++)
		sum += rmq_queue_offsets_error(q) == RMQ_OK ? rmq_queue_offsets_max(q) : 0;
	rmq_topic_offsets_free(offsets);
	return sum;
}

static int has_dead_letter(void *arg)
{
	const struct sink *s = arg;

	return dead_letters(s->group) > 0;
}

static int has_last(void *arg)
{
	return sink_count_body(arg, "d") > 0;
}

/* A dead letter that a slow broker answers after its five seconds is sent again, and "b" delivered before it. */
static void expect_gone_on(struct sink *s)
{
	if (!wait_until(has_last, s, SOON_MS))
		fail("the queue does not go on behind the dead letter");
	expect(sink_count_body(s, "b") >= 2);
	expect_int(sink_count_body(s, "c"), 1);
}

static void orderly__limit_sends_to_the_dead_letters_and_goes_on(void)
{
	static const char *const sent[] = {"a", "b", "c", "d"};
	static const char *const came[] = {"a", "b", "b", "c", "d"};
	const char *topic = new_topic(1);
	int times = 100;
	struct sink *s = open_failing(NULL, topic, "maxReconsumeTimes=1", &times);

	send_in_turn(topic, sent, 4);
	if (scene.target == &target_external)
		expect_gone_on(s);
	else
		expect_bodies(s, came, 5);
	if (!wait_until(has_dead_letter, s, SOON_MS))
		fail("there is no dead letter");
	if (scene.target != &target_external)
		expect_int(dead_letters(s->group), 1);
	sink_expect_committed(s, topic, 4);
}

/* --- Members ---------------------------------------------------------------------------------------- */

/* Nothing twice, nothing out of order, whoever has the queues. */
static void orderly__members_come_and_go_in_order(void)
{
	const char *topic = new_topic(QUEUES);
	const char *group = new_name("G");
	struct audit *audit = audit_new(4000);
	rmq_producer *p = new_even_producer();
	struct sink *one = open_orderly(group, topic, audit), *two, *three;

	audit_send(audit, p, topic, 300, 64);
	if (!sink_wait(one, 1, SOON_MS))
		fail("nothing came to the first member");
	two = open_orderly(group, topic, audit);
	audit_send(audit, p, topic, 200, 64);
	sink_expect_queues(two, ALL_QUEUES / 2);
	sink_expect_queues(one, ALL_QUEUES / 2);
	audit_send(audit, p, topic, 100, 64);
	if (!sink_wait(two, 1, SOON_MS))
		fail("nothing came to the second member");
	three = open_orderly(group, topic, audit);
	audit_send(audit, p, topic, 300, 64);
	sink_close(one);
	audit_send(audit, p, topic, 300, 64);
	sink_expect_queues(three, ALL_QUEUES / 2);
	sink_close(two);
	audit_send(audit, p, topic, 300, 64);
	audit_expect(audit, AUDIT_EXACT);
	sink_expect_queues(three, ALL_QUEUES);
	expect(sink_count(three) > 0);
}

/* A lock that was not released keeps the next owner away for a minute. */
static void orderly__close_releases_the_locks(void)
{
	const char *topic = new_topic(QUEUES);
	const char *group = new_name("G");
	struct audit *audit = audit_new(100);
	struct sink *one = open_orderly(group, topic, audit), *two;
	rmq_producer *p = new_producer(NULL);
	rmq_error_detail *detail = NULL;
	int64_t closed_ms;

	expect_ok(sink_wait_ready(one, SOON_MS, &detail), detail);
	audit_send(audit, p, topic, 50, 64);
	audit_expect(audit, AUDIT_EXACT);
	sink_close(one);
	closed_ms = now_ms();
	two = open_orderly(group, topic, audit);
	audit_send(audit, p, topic, 50, 64);
	audit_expect(audit, AUDIT_EXACT);
	note("%lld ms after the close all was there", (long long)(now_ms() - closed_ms));
	if (scene.target == &target_mock)
		expect(now_ms() - closed_ms < 40000);
	expect_int(sink_count(two), 50);
}

/* --- Another process ---------------------------------------------------------------------------------- */

/* The first delivery of each queue here is behind the last one there. */
static void expect_behind(struct sink *s, const struct member *m)
{
	for (size_t i = 0; i < sink_count(s) && i < SINK_KEPT; i++) {
		const struct rmq_queue *q = rmq_message_queue(sink_at(s, i));

		for (size_t j = 0; j < m->place_count; j++)
			if (m->places[j].queue == q->queue_id &&
			    strcmp(m->places[j].broker, q->broker_name) == 0 &&
			    rmq_message_queue_offset(sink_at(s, i)) <= m->places[j].last)
				fail("offset %lld of %s:%d came here, after %lld had come to the "
				     "other one",
				     (long long)rmq_message_queue_offset(sink_at(s, i)),
				     q->broker_name, (int)q->queue_id, m->places[j].last);
	}
}

static int has_half(void *arg)
{
	struct member *m = arg;

	member_look(m);
	return m->count >= 100;
}

static void orderly__processes_hand_queues_over(void)
{
	const char *topic = new_topic(QUEUES);
	const char *group = new_name("G");
	struct audit *audit = audit_new(2000);
	rmq_producer *p = new_even_producer();
	struct member m;
	struct sink *s;

	member_start_orderly(&m, topic, group, audit);
	audit_send(audit, p, topic, 200, 64);
	if (!wait_until(has_half, &m, SOON_MS))
		fail("the other member got %zu messages", m.count);
	s = open_orderly(group, topic, audit);
	audit_send(audit, p, topic, 100, 64);
	sink_expect_queues(s, ALL_QUEUES / 2);
	audit_send(audit, p, topic, 100, 64);
	member_end(&m);
	audit_send(audit, p, topic, 100, 64);
	sink_expect_queues(s, ALL_QUEUES);
	/* What the other one printed was read later than it came. */
	audit_expect(audit, AUDIT_DISORDER);
	expect_int(m.disordered, 0);
	expect_behind(s, &m);
}

/* --- Brokers ------------------------------------------------------------------------------------------ */

/* Its locks are lost with it. What was not committed comes again, in order. */
static void restart__orderly_listener_goes_on_in_order(void)
{
	const char *topic = new_topic(QUEUES);
	struct audit *audit = audit_new(1000);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = open_orderly(NULL, topic, audit);

	audit_send(audit, p, topic, 200, 64);
	audit_expect(audit, AUDIT_EXACT);
	scene.target->broker_stop("broker-a");
	scene.target->broker_start("broker-a");
	audit_send(audit, p, topic, 200, 64);
	audit_expect(audit, AUDIT_DUPLICATES);
	sink_expect_committed(s, topic, 400);
}

static const struct behaviour orderly_list[] = {
	BEHAVIOUR(orderly__each_queue_comes_in_order, 0),
	BEHAVIOUR(orderly__queue_has_one_call_at_a_time, NEED_THREADS),
	BEHAVIOUR(orderly__failure_holds_its_queue, 0),
	BEHAVIOUR(orderly__limit_sends_to_the_dead_letters_and_goes_on, 0),
	BEHAVIOUR(orderly__members_come_and_go_in_order, 0),
	BEHAVIOUR(orderly__close_releases_the_locks, 0),
	BEHAVIOUR(orderly__processes_hand_queues_over, NEED_PROCESS),
	BEHAVIOUR(restart__orderly_listener_goes_on_in_order, NEED_NODES),
};
BEHAVIOURS(orderly);
