/* SPDX-License-Identifier: Apache-2.0 */
/* b_rebalance.c - members of a group that come, go and die. */
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
	rmq_producer *p = new_producer(NULL);
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
		n = rmq_push_consumer_queue_count(members[i]->consumer);
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
	audit_send(audit, new_producer(NULL), topic, 600, 64);
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

static void rebalance__more_members_than_queues(void)
{
	const char *topic = new_topic(1);
	const char *group = new_name("G");
	struct audit *audit = audit_new(100);
	struct sink *one = sink_open(group, topic, NULL, NULL, audit);
	struct sink *two = sink_open(group, topic, NULL, NULL, audit);
	struct sink *three = sink_open(group, topic, NULL, NULL, audit);
	struct trio t = {{one, two, three}};
	size_t most, least;

	/* Settled: one each for two of them, the third is spare. */
	for (int i = 0;
	     i < 100 && (total_queues(t.members, 3, &most, &least) != BROKERS || most != 1); i++)
		let_pass(500);
	expect_int(total_queues(t.members, 3, &most, &least), BROKERS);
	expect_int(most, 1);
	audit_send(audit, new_producer(NULL), topic, 100, 64);
	audit_expect(audit, AUDIT_DISORDER);
}

static void rebalance__member_joins_while_messages_flow(void)
{
	const char *topic = new_topic(QUEUES);
	const char *group = new_name("G");
	struct audit *audit = audit_new(20000);
	rmq_producer *p = new_producer(NULL);
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
	expect_int(rmq_push_consumer_queue_count(one->consumer), 0);
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
	rmq_producer *p = new_producer(NULL);
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

	expect_ok(rmq_push_consumer_wait_ready(s->consumer, SOON_MS, &detail), detail);
	expect_int(rmq_push_consumer_queue_count(s->consumer), ALL_QUEUES);
}

static void rebalance__not_ready_tells_of_an_unknown_topic(void)
{
	const char *topic = new_name("T");
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	rmq_error_detail *detail = NULL;

	expect_int(rmq_push_consumer_wait_ready(s->consumer, 2000, &detail), RMQ_ERR_NO_ROUTE);
	expect_int(rmq_error_detail_broker_code(detail), 17);
	expect(strstr(rmq_error_detail_message(detail), topic) != NULL);
	rmq_error_detail_free(detail);
}

static void rebalance__not_ready_tells_of_a_dead_name_server(void)
{
	struct sink *s = sink_open(NULL, new_name("T"), NULL, "namesrvAddr=127.0.0.1:1", NULL);
	rmq_error_detail *detail = NULL;

	expect_int(rmq_push_consumer_wait_ready(s->consumer, 2000, &detail), RMQ_ERR_CONNECT);
	expect(strstr(rmq_error_detail_message(detail), "127.0.0.1:1") != NULL);
	rmq_error_detail_free(detail);
}

static const struct behaviour rebalance_list[] = {
	BEHAVIOUR(rebalance__ready_when_the_queues_are_held, 0),
	BEHAVIOUR(rebalance__not_ready_tells_of_an_unknown_topic, 0),
	BEHAVIOUR(rebalance__not_ready_tells_of_a_dead_name_server, 0),
	BEHAVIOUR(rebalance__two_members_halve_the_queues, 0),
	BEHAVIOUR(rebalance__three_members_share_by_average, 0),
	BEHAVIOUR(rebalance__three_members_share_by_circle, 0),
	BEHAVIOUR(rebalance__more_members_than_queues, 0),
	BEHAVIOUR(rebalance__member_joins_while_messages_flow, 0),
	BEHAVIOUR(rebalance__others_take_over_when_a_member_closes, 0),
	BEHAVIOUR(rebalance__others_take_over_when_a_member_is_killed, NEED_PROCESS),
};
BEHAVIOURS(rebalance);
