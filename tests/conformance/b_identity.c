/* SPDX-License-Identifier: Apache-2.0 */
/* b_identity.c - what a client says of itself, and by which of the doors of a broker it comes. */
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

static void unit__client_of_a_unit_sends_and_receives(void)
{
	const char *unit = "unitName=east unitMode=true";
	const char *topic = new_name("T"); /* made by the send: the topic of a unit */
	rmq_producer *p = new_producer(unit);
	struct sink *s = sink_open(NULL, topic, NULL,
				   "unitName=west unitMode=true "
				   "consumeFromWhere=CONSUME_FROM_FIRST_OFFSET",
				   NULL);

	send_text(p, topic, "TagA", "one");
	send_text(p, topic, "TagA", "two");
	sink_expect(s, 2);
	expect_int(sink_count_body(s, "one"), 1);
}

static void vip__each_kind_of_send_comes_through_the_second_port(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer("vipChannelEnabled=true");
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	rmq_message *m = rmq_message_new(topic, "oneway", 6);
	rmq_error_detail *detail = NULL;

	send_text(p, topic, NULL, "sync");
	expect_ok(rmq_producer_send_oneway(p, m, NULL, &detail), detail);
	rmq_message_free(m);
	sink_expect(s, 2);
	expect_int(sink_count_body(s, "oneway"), 1);
}

static enum rmq_transaction_state never_asked(const rmq_message *m, void *arg)
{
	(void)m;
	(void)arg;
	return RMQ_TRANSACTION_COMMIT;
}

static void commit(const char *settings, const char *topic)
{
	rmq_producer *p = new_producer_of(new_name("P"), settings);
	rmq_message *m = rmq_message_new(topic, "half", 4);
	rmq_transaction *t = NULL;
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_producer_set_check_fn(p, never_asked, NULL, &detail), detail);
	expect_ok(rmq_producer_start(p, &detail), detail);
	expect_ok(rmq_producer_begin(p, m, NULL, &t, &detail), detail);
	expect_text(rmq_send_result_queue(rmq_transaction_result(t))->topic, topic);
	expect_ok(rmq_transaction_commit(t, &detail), detail);
	rmq_transaction_free(t);
	rmq_message_free(m);
}

/* The first delivery of "again" fails. */
static enum rmq_consume_status fail_once(struct sink *s, const rmq_message *const *messages,
					 size_t count, rmq_consume_context *context)
{
	size_t len;
	const char *body = rmq_message_body(messages[0], &len);

	(void)s;
	(void)count;
	rmq_consume_context_set_delay_level(context, 1);
	return len == 5 && memcmp(body, "again", 5) == 0 &&
			       rmq_message_reconsume_times(messages[0]) == 0
		       ? RMQ_RECONSUME_LATER
		       : RMQ_CONSUME_SUCCESS;
}

static struct sink *open_within(const char *settings, const char *group, const char *topic)
{
	struct sink *s = sink_new(group, topic, NULL, settings);

	s->react = fail_once;
	sink_start(s);
	return s;
}

/* Two of them with the same names of groups and topics. */
static void namespace__each_has_its_own_topics_and_groups(void)
{
	const char *topic = new_name("T"), *group = new_name("G");
	const char *ours = "namespace=Ours consumeFromWhere=CONSUME_FROM_FIRST_OFFSET";
	const char *theirs = "namespace=Theirs consumeFromWhere=CONSUME_FROM_FIRST_OFFSET";
	rmq_error_detail *detail = NULL;
	char name[256];
	rmq_producer *p, *q;
	struct sink *s, *other;

	snprintf(name, sizeof(name), "Ours%%%s", topic);
	expect_ok(create_topic(NULL, name, 1, &detail), detail);
	snprintf(name, sizeof(name), "Theirs%%%s", topic);
	expect_ok(create_topic(NULL, name, 1, &detail), detail);
	p = new_producer("namespace=Ours");
	q = new_producer("namespace=Theirs");
	s = open_within(ours, group, topic);
	other = open_within(theirs, group, topic);
	expect_text(rmq_send_result_queue(send_text(p, topic, "TagA", "again"))->topic, topic);
	commit("namespace=Ours", topic);
	send_text(q, topic, NULL, "not ours");
	sink_expect(s, 3);
	sink_expect(other, 1);
	expect_int(sink_count_body(s, "again"), 2);
	expect_int(sink_count_body(s, "half"), 1);
	for (size_t i = 0; i < sink_count(s); i++)
		expect_text(rmq_message_topic(sink_at(s, i)), topic);
	snprintf(name, sizeof(name), "Ours%%%s", topic);
	expect_stored(name, 2);
}

static void namespace__second_kind_changes_no_name(void)
{
	const char *topic = new_topic(1);
	rmq_producer *p = new_producer("namespaceV2=ours");
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);

	send_text(p, topic, NULL, "body");
	sink_expect(s, 1);
}

static const struct behaviour identity_list[] = {
	BEHAVIOUR(unit__client_of_a_unit_sends_and_receives, 0),
	BEHAVIOUR(namespace__each_has_its_own_topics_and_groups, 0),
	BEHAVIOUR(namespace__second_kind_changes_no_name, 0),
	BEHAVIOUR(vip__each_kind_of_send_comes_through_the_second_port, NEED_VIP),
};

BEHAVIOURS(identity);
