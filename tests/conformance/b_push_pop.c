/* SPDX-License-Identifier: Apache-2.0 */
/* b_push_pop.c - brokers share the queues of a push consumer, and let it pop what was switched to that. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

enum { MEMBERS = 4, ROUND = 64, ROUNDS_MAX = 10, PART = 40, PROBE_MS = 200 };

#define FIRST "consumeFromWhere=CONSUME_FROM_FIRST_OFFSET rebalanceWaitInterval=1000 "

static rmq_error_detail *detail;

static void send_numbered(rmq_producer *p, const char *topic, int first, int count)
{
	char body[32];

	for (int i = first; i < first + count; i++) {
		snprintf(body, sizeof(body), "%d", i);
		send_text(p, topic, NULL, body);
	}
}

/* --- More members than queues ------------------------------------------------------------------------ */

static size_t count_all(struct sink *const *members)
{
	size_t count = 0;

	for (size_t i = 0; i < MEMBERS; i++)
		count += sink_count(members[i]);
	return count;
}

static bool has_each(struct sink *const *members)
{
	for (size_t i = 0; i < MEMBERS; i++)
		if (sink_count(members[i]) == 0)
			return false;
	return true;
}

static void suspend_all(struct sink *const *members, bool is_suspended)
{
	for (size_t i = 0; i < MEMBERS; i++)
		sink_set_suspended(members[i], is_suspended);
}

struct crowd {
	struct sink *members[MEMBERS];
	size_t count;
};

static int has_all(void *arg)
{
	const struct crowd *c = arg;

	return count_all(c->members) >= c->count;
}

static void push_pop__more_members_than_queues_all_receive(void)
{
	const char *topic = new_topic(1), *group = new_name("G");
	rmq_producer *p = new_producer(NULL);
	struct crowd crowd = {.count = 0};

	for (size_t i = 0; i < MEMBERS; i++) {
		crowd.members[i] = sink_new_of(&sink_push_pop, group, topic,
					       FIRST "popBatchNums=1 consumeThreadMax=1");
		sink_start(crowd.members[i]);
	}
	for (size_t i = 0; i < MEMBERS; i++)
		expect_ok(sink_wait_ready(crowd.members[i], SOON_MS, &detail), detail);
	for (int i = 0; i < ROUNDS_MAX && (i == 0 || !has_each(crowd.members)); i++) {
		/* All find it at once: the quickest would have done all that comes bit by bit. */
		suspend_all(crowd.members, true);
		send_numbered(p, topic, i * ROUND, ROUND);
		crowd.count += ROUND;
		suspend_all(crowd.members, false);
		expect(wait_until(has_all, &crowd, SOON_MS));
	}
	expect(has_each(crowd.members));
	for (size_t i = 0; i < MEMBERS; i++)
		sink_close(crowd.members[i]);
	expect_int(count_all(crowd.members), crowd.count);
}

/* --- What fails --------------------------------------------------------------------------------------- */

static enum rmq_consume_status fail_always(struct sink *s, const rmq_message *const *messages,
					   size_t count, rmq_consume_context *context)
{
	(void)s;
	(void)messages;
	(void)count;
	(void)context;
	return RMQ_RECONSUME_LATER;
}

static int has_dead_letter(void *arg)
{
	const char *group = arg;
	rmq_topic_offsets *offsets = NULL;
	const rmq_queue_offsets *q;
	char topic[160];
	int64_t sum = 0;

	snprintf(topic, sizeof(topic), "%%DLQ%%%s", group);
	if (rmq_admin_topic_offsets(the_admin(), topic, NULL, NULL, &offsets, NULL) != RMQ_OK)
		return 0; /* made by the first dead letter */
	for (size_t i = 0; (q = rmq_topic_offsets_at(offsets, i)); i++)
		sum += rmq_queue_offsets_error(q) == RMQ_OK ? rmq_queue_offsets_max(q) : 0;
	rmq_topic_offsets_free(offsets);
	return sum > 0;
}

/* The first delay is 10 s, and cannot be chosen shorter. */
static void push_pop__what_fails_comes_again_and_then_is_a_dead_letter(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_new_of(&sink_push_pop, NULL, topic, FIRST "maxReconsumeTimes=1");
	char group[160];

	s->react = fail_always;
	snprintf(group, sizeof(group), "%s", s->group);
	sink_start(s);
	send_text(p, topic, NULL, "bad");
	expect(wait_until(has_dead_letter, group, SOON_MS));
	expect_int(sink_count(s), 2);
	expect_int(rmq_message_reconsume_times(sink_at(s, 1)), 1);
	expect_text(rmq_message_topic(sink_at(s, 1)), topic);
	expect(sink_at_ms(s, 1) - sink_at_ms(s, 0) >= 9000);
	/* It was acknowledged with that: nothing is left behind. */
	sink_close(s);
}

/* --- The mode ------------------------------------------------------------------------------------------ */

static void set_mode(const char *topic, const char *group, enum rmq_request_mode mode)
{
	expect_ok(rmq_admin_set_message_request_mode(the_admin(), NULL, topic, group, mode, 0, NULL,
						     &detail),
		  detail);
}

struct hunt {
	struct sink *sink;
	int count; /* "0" .. */
};

static int has_found(void *arg)
{
	const struct hunt *h = arg;
	char body[32];

	for (int i = 0; i < h->count; i++) {
		snprintf(body, sizeof(body), "%d", i);
		if (sink_count_body(h->sink, body) == 0)
			return 0;
	}
	return 1;
}

/* Calls of the listener, by how it came to their messages. */
static atomic_int calls[2];

static enum rmq_consume_status count_mode(struct sink *s, const rmq_message *const *messages,
					  size_t count, rmq_consume_context *context)
{
	(void)s;
	(void)messages;
	(void)count;
	atomic_fetch_add(&calls[rmq_consume_context_queue(context)->queue_id < 0], 1);
	return RMQ_CONSUME_SUCCESS;
}

struct change {
	atomic_int *calls;
	int before;
};

static int has_come(void *arg)
{
	const struct change *c = arg;

	return atomic_load(c->calls) > c->before;
}

/* Nobody tells a member of a new mode: it asks. Until then what flows comes as before. */
static void change_mode(struct hunt *h, rmq_producer *p, const char *topic,
			enum rmq_request_mode mode)
{
	atomic_int *of_mode = &calls[mode == RMQ_REQUEST_MODE_POP];
	struct change c = {.calls = of_mode, .before = atomic_load(of_mode)};
	int64_t until = now_ms() + SOON_MS;

	set_mode(topic, h->sink->group, mode);
	do {
		expect(now_ms() < until);
		send_numbered(p, topic, h->count++, 1);
	} while (!wait_until(has_come, &c, PROBE_MS));
}

/* More may come, as at each change a message that is not committed yet comes twice; none is missing. */
static void push_pop__mode_changes_while_messages_flow(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	/* What is popped by an answer that comes behind the change is out for that time. */
	struct sink *s = sink_new_of(&sink_push_pop, NULL, topic, FIRST "popInvisibleTime=5000");
	struct hunt hunt = {.sink = s};
	enum rmq_request_mode modes[] = {RMQ_REQUEST_MODE_PULL, RMQ_REQUEST_MODE_POP,
					 RMQ_REQUEST_MODE_PULL};

	s->react = count_mode;
	set_mode(topic, s->group, modes[0]);
	sink_start(s);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		change_mode(&hunt, p, topic, modes[i]);
		send_numbered(p, topic, hunt.count, PART);
		hunt.count += PART;
		expect(wait_until(has_found, &hunt, SOON_MS));
	}
	sink_close(s);
}

/* --- Old brokers ----------------------------------------------------------------------------------------- */

/* A broker of 5.0 and later shares; an older one cannot, which is said before anybody waits. */
static void push_pop__is_there_or_refused_at_once(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_new_of(&sink_push, NULL, topic, FIRST "clientRebalance=false");
	int64_t before = now_ms();
	enum rmq_error err;

	send_text(p, topic, NULL, "one");
	sink_start(s);
	err = sink_wait_ready(s, SOON_MS, &detail);
	if (err == RMQ_OK) {
		sink_expect(s, 1);
		return;
	}
	note("%s", rmq_error_detail_message(detail));
	expect_int(err, RMQ_ERR_UNSUPPORTED);
	expect(strstr(rmq_error_detail_message(detail), "which came with 5.0.0"));
	expect(now_ms() - before < SOON_MS / 2);
	rmq_error_detail_free(detail);
	detail = NULL;
}

static const struct behaviour push_pop_list[] = {
	BEHAVIOUR(push_pop__more_members_than_queues_all_receive, NEED_POP),
	BEHAVIOUR(push_pop__what_fails_comes_again_and_then_is_a_dead_letter, NEED_POP),
	BEHAVIOUR(push_pop__mode_changes_while_messages_flow, NEED_POP),
	BEHAVIOUR(push_pop__is_there_or_refused_at_once, 0),
};
BEHAVIOURS(push_pop);
