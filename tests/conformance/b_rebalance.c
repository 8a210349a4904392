/* SPDX-License-Identifier: Apache-2.0 */
/* b_rebalance.c - members of a group that come, go and die. */
#include <stdatomic.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/member.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

static void rebalance__two_members_halve_the_queues(void)
{
	const char *topic = new_topic(QUEUES);
	const char *group = new_name("G");
	struct sink *one = sink_open(group, topic, NULL, NULL, NULL);
	rmq_producer *p = new_even_producer();
	struct sink *two;

	sink_expect_queues(one, ALL_QUEUES);
	two = sink_open(group, topic, NULL, NULL, NULL);
	sink_expect_queues(one, ALL_QUEUES / 2);
	sink_expect_queues(two, ALL_QUEUES / 2);
	for (int i = 0; i < ALL_QUEUES; i++)
		send_text(p, topic, NULL, "body");
	sink_wait(one, ALL_QUEUES / 2, SOON_MS);
	sink_wait(two, ALL_QUEUES / 2, SOON_MS);
	let_pass(QUIET_MS / 4);
	expect_int(sink_count(one) + sink_count(two), ALL_QUEUES);
}

static size_t total_queues(struct sink *const *members, int count, size_t *most, size_t *least)
{
	size_t n, total = 0;

	*most = 0;
	*least = SIZE_MAX;
	for (int i = 0; i < count; i++) {
		n = sink_queue_count(members[i]);
		total += n;
		*most = n > *most ? n : *most;
		*least = n < *least ? n : *least;
	}
	return total;
}

struct trio {
	struct sink *members[3];
};

static int is_shared(void *arg)
{
	struct trio *t = arg;
	size_t most, least, total = total_queues(t->members, 3, &most, &least);

	return total == ALL_QUEUES && most == 3 && least == 2;
}

static void share_by_three(const char *settings)
{
	const char *topic = new_topic(QUEUES);
	const char *group = new_name("G");
	struct audit *audit = audit_new(600);
	struct trio t;
	size_t most, least, total;

	for (int i = 0; i < 3; i++)
		t.members[i] = sink_open(group, topic, NULL, settings, audit);
	if (!wait_until(is_shared, &t, 2 * SOON_MS)) {
		total = total_queues(t.members, 3, &most, &least);
		fail("the three have %zu queues, %zu to %zu each", total, least, most);
	}
	audit_send(audit, new_even_producer(), topic, 600, 64);
	audit_expect(audit, AUDIT_DISORDER | AUDIT_DUPLICATES);
	for (int i = 0; i < 3; i++)
		expect(sink_count(t.members[i]) > 0);
}

static void rebalance__three_members_share_by_average(void)
{
	share_by_three("allocateMessageQueueStrategy=AVG");
}

static void rebalance__three_members_share_by_circle(void)
{
	share_by_three("allocateMessageQueueStrategy=AVG_BY_CIRCLE");
}

static int is_one_each(void *arg)
{
	struct trio *t = arg;
	size_t most, least;

	return total_queues(t->members, 3, &most, &least) == BROKERS && most == 1;
}

static void rebalance__more_members_than_queues(void)
{
	const char *topic = new_topic(1);
	const char *group = new_name("G");
	struct audit *audit = audit_new(100);
	struct trio t;
	size_t most, least, total;

	for (int i = 0; i < 3; i++)
		t.members[i] = sink_open(group, topic, NULL, NULL, audit);
	if (!wait_until(is_one_each, &t, 2 * SOON_MS)) {
		total = total_queues(t.members, 3, &most, &least);
		fail("the three have %zu queues, %zu to %zu each", total, least, most);
	}
	/* The spare one may yet take the place of one whose id stands behind its own: what is
	 * under way then comes again. */
	audit_send(audit, new_producer(NULL), topic, 100, 64);
	audit_expect(audit, AUDIT_DISORDER | AUDIT_DUPLICATES);
}

static void rebalance__member_joins_while_messages_flow(void)
{
	const char *topic = new_topic(QUEUES);
	const char *group = new_name("G");
	struct audit *audit = audit_new(20000);
	rmq_producer *p = new_even_producer();
	struct sink *one = sink_open(group, topic, NULL, NULL, audit);
	struct sink *two;

	audit_send(audit, p, topic, 200, 64);
	two = sink_open(group, topic, NULL, NULL, audit);
	for (int i = 0; i < 100 && sink_count(two) < 50; i++) {
		audit_send(audit, p, topic, 100, 64);
		let_pass(50);
	}
	audit_expect(audit, AUDIT_DISORDER | AUDIT_DUPLICATES);
	expect(sink_count(one) > 0);
	expect(sink_count(two) >= 50);
}

static void rebalance__others_take_over_when_a_member_closes(void)
{
	const char *topic = new_topic(QUEUES);
	const char *group = new_name("G");
	struct audit *audit = audit_new(1000);
	rmq_producer *p = new_producer(NULL);
	struct sink *one = sink_open(group, topic, NULL, NULL, audit);
	struct sink *two = sink_open(group, topic, NULL, NULL, audit);

	sink_expect_queues(one, ALL_QUEUES / 2);
	sink_expect_queues(two, ALL_QUEUES / 2);
	audit_send(audit, p, topic, 300, 64);
	sink_close(one);
	audit_send(audit, p, topic, 300, 64);
	sink_expect_queues(two, ALL_QUEUES);
	audit_expect(audit, AUDIT_DISORDER | AUDIT_DUPLICATES);
	expect_int(sink_queue_count(one), 0);
}

/* --- Death ------------------------------------------------------------------------ */

static int member_has_some(void *arg)
{
	struct member *m = arg;

	member_look(m);
	return m->count >= 20;
}

static void rebalance__others_take_over_when_a_member_is_killed(void)
{
	const char *topic = new_topic(QUEUES);
	const char *group = new_name("G");
	struct audit *audit = audit_new(20000);
	rmq_producer *p = new_even_producer();
	struct member m;
	struct sink *s;

	member_start(&m, topic, group, audit);
	s = sink_open(group, topic, NULL, NULL, audit);
	sink_expect_queues(s, ALL_QUEUES / 2);
	audit_send(audit, p, topic, 200, 64);
	if (!wait_until(member_has_some, &m, SOON_MS))
		fail("the other member got %zu messages", m.count);
	audit_send(audit, p, topic, 200, 64);
	member_kill(&m);
	audit_send(audit, p, topic, 200, 64);

	sink_expect_queues(s, ALL_QUEUES);
	audit_expect(audit, AUDIT_DISORDER | AUDIT_DUPLICATES);
	expect(sink_count(s) >= 200);
}

static void rebalance__ready_when_the_queues_are_held(void)
{
	const char *topic = new_topic(QUEUES);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	rmq_error_detail *detail = NULL;

	expect_ok(sink_wait_ready(s, SOON_MS, &detail), detail);
	expect_int(sink_queue_count(s), ALL_QUEUES);
}

static void rebalance__not_ready_tells_of_an_unknown_topic(void)
{
	const char *topic = new_name("T");
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	rmq_error_detail *detail = sink_expect_unready(s, RMQ_ERR_NO_ROUTE);

	expect_int(rmq_error_detail_broker_code(detail), 17);
	expect(strstr(rmq_error_detail_message(detail), topic) != NULL);
	rmq_error_detail_free(detail);
}

static void rebalance__not_ready_tells_of_a_dead_name_server(void)
{
	struct sink *s = sink_open(NULL, new_name("T"), NULL, "namesrvAddr=127.0.0.1:1", NULL);
	rmq_error_detail *detail = sink_expect_unready(s, RMQ_ERR_CONNECT);

	expect(strstr(rmq_error_detail_message(detail), "127.0.0.1:1") != NULL);
	rmq_error_detail_free(detail);
}

/* --- Members that do not fit together ----------------------------------------------------- */

/* A broker keeps the subscription of the largest version: while the canary runs its own, then ours. */
static void rebalance__a_member_that_left_takes_no_tag_with_it(void)
{
	const char *topic = new_topic(QUEUES);
	const char *group = new_name("G");
	struct sink *stays = sink_open(group, topic, "A || B", NULL, NULL);
	rmq_producer *p = new_producer(NULL);
	struct sink *canary;

	sink_expect_queues(stays, ALL_QUEUES);
	canary = sink_open(group, topic, "A", NULL, NULL);
	sink_expect_queues(canary, ALL_QUEUES / 2);
	sink_expect_queues(stays, ALL_QUEUES / 2);
	let_pass(QUIET_MS);
	sink_close(canary);
	sink_expect_queues(stays, ALL_QUEUES);
	/* New versions are a second apart at least. */
	let_pass(2 * QUIET_MS);
	for (int i = 0; i < ALL_QUEUES; i++) {
		send_text(p, topic, "A", "a");
		send_text(p, topic, "B", "b");
	}
	sink_expect(stays, 2 * (size_t)ALL_QUEUES);
	expect_int(sink_count_body(stays, "b"), ALL_QUEUES);
}

static atomic_int conflicts;

static void note_conflict(const rmq_event *event, void *arg)
{
	(void)arg;
	note("event: %s", rmq_event_text(event));
	if (rmq_event_kind(event) == RMQ_EVENT_CONFLICT)
		atomic_fetch_add(&conflicts, 1);
}

static enum rmq_consume_status take_any(rmq_push_consumer *c, const rmq_message *const *messages,
					size_t count, rmq_consume_context *context, void *arg)
{
	(void)c, (void)messages, (void)count, (void)context, (void)arg;
	return RMQ_CONSUME_SUCCESS;
}

/* A member whose conflicts are counted. */
static rmq_push_consumer *member_with_events(const char *group, const char *topic,
					     const char *settings)
{
	rmq_config *c = new_config(settings);
	rmq_error_detail *detail = NULL;
	rmq_push_consumer *k = NULL;

	rmq_config_set_event_fn(c, note_conflict, NULL);
	expect_ok(rmq_push_consumer_new(c, group, &k, &detail), detail);
	expect_ok(rmq_push_consumer_subscribe(k, topic, "*", &detail), detail);
	expect_ok(rmq_push_consumer_set_listener(k, take_any, NULL, &detail), detail);
	expect_ok(rmq_push_consumer_start(k, &detail), detail);
	return k;
}

static int is_in_conflict(void *arg)
{
	(void)arg;
	return atomic_load(&conflicts) > 0;
}

static void rebalance__members_of_other_topics_are_told_of_it(void)
{
	static const char settings[] = "heartbeatBrokerInterval=1000 "
				       "brokerSuspendMaxTimeMillis=1000";
	const char *group = new_name("G");
	rmq_push_consumer *one, *two;

	atomic_store(&conflicts, 0);
	one = member_with_events(group, new_topic(QUEUES), settings);
	two = member_with_events(group, new_topic(QUEUES), settings);
	if (!wait_until(is_in_conflict, NULL, 2 * SOON_MS))
		fail("nobody tells that the subscriptions differ");
	rmq_push_consumer_free(one);
	rmq_push_consumer_free(two);
}

static const struct behaviour rebalance_list[] = {
	BEHAVIOUR_EACH(rebalance__ready_when_the_queues_are_held, 0, SINK_QUEUES),
	BEHAVIOUR(rebalance__not_ready_tells_of_an_unknown_topic, 0),
	BEHAVIOUR(rebalance__not_ready_tells_of_a_dead_name_server, 0),
	BEHAVIOUR_EACH(rebalance__two_members_halve_the_queues, 0, SINK_QUEUES),
	BEHAVIOUR_EACH(rebalance__three_members_share_by_average, 0, SINK_QUEUES),
	BEHAVIOUR(rebalance__three_members_share_by_circle, 0),
	BEHAVIOUR_EACH(rebalance__more_members_than_queues, 0, SINK_QUEUES),
	BEHAVIOUR_EACH(rebalance__member_joins_while_messages_flow, 0, SINK_QUEUES),
	BEHAVIOUR_EACH(rebalance__others_take_over_when_a_member_closes, 0, SINK_QUEUES),
	BEHAVIOUR(rebalance__others_take_over_when_a_member_is_killed, NEED_PROCESS),
	BEHAVIOUR(rebalance__a_member_that_left_takes_no_tag_with_it, 0),
	BEHAVIOUR(rebalance__members_of_other_topics_are_told_of_it, 0),
};
BEHAVIOURS(rebalance);
