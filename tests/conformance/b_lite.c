/* SPDX-License-Identifier: Apache-2.0 */
/* b_lite.c - lite topics of a simple consumer: subscribed, received in order, acknowledged, taken over. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"

enum {
	MEMBERS = 2,
	INVISIBLE_MS = 30 * 1000,
	HELD_MS = 300 * 1000, /* longer than any broker takes over what is done meanwhile */
	SHORT_MS = 1500,
	NEVER_MS = 300 * 1000
};

static rmq_error_detail *detail;
static rmq_simple_consumer *members[MEMBERS];
static size_t member_count;
static atomic_int taken; /* events that said so */

static void on_event(const rmq_event *e, void *arg)
{
	(void)arg;
	if (rmq_event_kind(e) == RMQ_EVENT_TAKEN_OVER)
		atomic_fetch_add(&taken, 1);
}

static const char *new_group(const char *parent, bool is_exclusive)
{
	const char *group = new_name("G");

	expect_ok(rmq_admin_create_lite_group(the_admin(), NULL, group, parent, is_exclusive, NULL,
					      &detail),
		  detail);
	return group;
}

static rmq_simple_consumer *make(const char *group)
{
	rmq_config *config = new_config("mqClientApiTimeout=60000");
	rmq_simple_consumer *c = NULL;

	rmq_config_set_event_fn(config, on_event, NULL);
	expect_ok(rmq_simple_consumer_new(config, group, &c, &detail), detail);
	members[member_count++] = c;
	return c;
}

static void add(rmq_simple_consumer *c, const char *parent, const char *lite)
{
	expect_ok(rmq_simple_consumer_subscribe_lite(c, parent, lite, &detail), detail);
}

static rmq_simple_consumer *open_member(const char *group, const char *parent, const char *lite)
{
	rmq_simple_consumer *c = make(group);

	add(c, parent, lite);
	expect_ok(rmq_simple_consumer_start(c, &detail), detail);
	return c;
}

static void drop_members(void)
{
	while (member_count > 0)
		rmq_simple_consumer_free(members[--member_count]);
}

static void send_lite(rmq_producer *p, const char *parent, const char *lite, const char *body)
{
	rmq_message *m = rmq_message_new(parent, body, strlen(body));

	expect_ok(rmq_message_set_lite_topic(m, lite, &detail), detail);
	(void)send_message(p, m);
}

static rmq_messages *receive(rmq_simple_consumer *c, int max, int64_t invisible_ms,
			     int64_t timeout_ms)
{
	rmq_messages *l = NULL;

	expect_ok(rmq_simple_consumer_receive(c, max, invisible_ms, timeout_ms, &l, &detail),
		  detail);
	return l;
}

/* The next message, which must be this one; times -1: it may have come to somebody before. */
static rmq_messages *receive_one(rmq_simple_consumer *c, int64_t invisible_ms, const char *lite,
				 const char *body, int times)
{
	rmq_messages *l = receive(c, 1, invisible_ms, SOON_MS);
	const rmq_message *m = rmq_messages_at(l, 0);
	char text[64];
	size_t len;
	const void *bytes;

	expect_int(rmq_messages_count(l), 1);
	bytes = rmq_message_body(m, &len);
	snprintf(text, sizeof(text), "%.*s", (int)len, (const char *)bytes);
	expect_text(text, body);
	expect_text(rmq_message_lite_topic(m), lite);
	if (times >= 0)
		expect_int(rmq_message_reconsume_times(m), times);
	return l;
}

static void ack(rmq_simple_consumer *c, rmq_messages *l)
{
	for (size_t i = 0; i < rmq_messages_count(l); i++)
		expect_ok(rmq_simple_consumer_ack(c, rmq_messages_at(l, i), &detail), detail);
	rmq_messages_free(l);
}

static void expect_nothing(rmq_simple_consumer *c)
{
	rmq_messages *l = receive(c, 32, INVISIBLE_MS, SHORT_MS);

	expect_int(rmq_messages_count(l), 0);
	rmq_messages_free(l);
}

/* --- Behaviours ---------------------------------------------------------------------------------- */

/* Of both brokers, also what was sent before, and nothing of others. */
static void lite__brings_what_is_subscribed_in_order(void)
{
	const char *parent = new_lite_parent(QUEUES);
	rmq_producer *p = new_producer(NULL);
	rmq_simple_consumer *c;
	rmq_messages *l;
	char body[16];
	size_t got[2] = {0};
	int64_t end;

	send_lite(p, parent, "b", "0");
	c = open_member(new_group(parent, false), parent, "b");
	add(c, parent, "order-1");
	for (int i = 0; i < 10; i++) {
		snprintf(body, sizeof(body), "%d", i);
		if (i > 0)
			send_lite(p, parent, "b", body);
		send_lite(p, parent, "order-1", body);
		send_lite(p, parent, "user_42", body);
	}
	end = now_ms() + SOON_MS;
	while (got[0] + got[1] < 20 && now_ms() < end) {
		l = receive(c, 4, INVISIBLE_MS, SHORT_MS);
		for (size_t i = 0; i < rmq_messages_count(l); i++) {
			const rmq_message *m = rmq_messages_at(l, i);
			bool is_b = scene_same(rmq_message_lite_topic(m), "b");
			size_t len;
			const char *bytes = rmq_message_body(m, &len);

			expect_text(rmq_message_topic(m), parent);
			expect(is_b || scene_same(rmq_message_lite_topic(m), "order-1"));
			expect_int(rmq_message_queue_offset(m), got[is_b]);
			expect_int(bytes[0] - '0', got[is_b]++);
		}
		ack(c, l);
	}
	expect_int(got[0], 10);
	expect_int(got[1], 10);
	expect_nothing(c);
	expect_ok(rmq_simple_consumer_close(c, SOON_MS, &detail), detail);
	drop_members();
}

/* What is out holds its lite topic up, and no other; it comes again when its time is over, which may be changed. */
static void lite__what_is_out_waits_and_comes_again(void)
{
	const char *parent = new_lite_parent(1);
	rmq_producer *p = new_producer(NULL);
	rmq_simple_consumer *c = open_member(new_group(parent, false), parent, "a");
	rmq_messages *l;
	const rmq_message *one;

	add(c, parent, "z");
	send_lite(p, parent, "a", "a0");
	l = receive_one(c, HELD_MS, "a", "a0", 0);
	send_lite(p, parent, "a", "a1");
	send_lite(p, parent, "z", "z0");
	ack(c, receive_one(c, INVISIBLE_MS, "z", "z0", 0));
	expect_nothing(c);
	expect_ok(rmq_simple_consumer_change_invisible(c, rmq_messages_at(l, 0), 1000, &detail),
		  detail);
	rmq_messages_free(l);
	l = receive_one(c, INVISIBLE_MS, "a", "a0", 1);
	one = rmq_messages_at(l, 0);
	expect_ok(rmq_simple_consumer_ack_batch(c, &one, 1, NULL, &detail), detail);
	rmq_messages_free(l);
	ack(c, receive_one(c, INVISIBLE_MS, "a", "a1", 0));
	expect_ok(rmq_simple_consumer_close(c, SOON_MS, &detail), detail);
	drop_members();
}

/* Running, one comes and one goes. */
static void lite__comes_and_goes_while_it_runs(void)
{
	const char *parent = new_lite_parent(1);
	rmq_producer *p = new_producer(NULL);
	rmq_simple_consumer *c = open_member(new_group(parent, false), parent, "a");

	send_lite(p, parent, "a", "a0");
	ack(c, receive_one(c, INVISIBLE_MS, "a", "a0", 0));
	add(c, parent, "late");
	send_lite(p, parent, "late", "l0");
	ack(c, receive_one(c, INVISIBLE_MS, "late", "l0", 0));
	expect_ok(rmq_simple_consumer_unsubscribe_lite(c, parent, "a", &detail), detail);
	send_lite(p, parent, "a", "a1");
	expect_nothing(c);
	expect_int(rmq_simple_consumer_unsubscribe_lite(c, parent, "a", &detail),
		   RMQ_ERR_NOT_FOUND);
	rmq_error_detail_free(detail);
	detail = NULL;
	add(c, parent, "a");
	/* A broker may have handed it out all the same, to be given back at once. */
	ack(c, receive_one(c, INVISIBLE_MS, "a", "a1", -1));
	drop_members();
}

static int is_taken(void *arg)
{
	(void)arg;
	return atomic_load(&taken) > 0;
}

static void lite__of_an_exclusive_group_has_one_client(void)
{
	const char *parent = new_lite_parent(1), *group = new_group(parent, true);
	rmq_producer *p = new_producer(NULL);
	rmq_simple_consumer *old = open_member(group, parent, "e"), *heir;
	rmq_messages *l = NULL;

	send_lite(p, parent, "e", "e0");
	ack(old, receive_one(old, INVISIBLE_MS, "e", "e0", 0));
	heir = open_member(group, parent, "e");
	send_lite(p, parent, "e", "e1");
	ack(heir, receive_one(heir, INVISIBLE_MS, "e", "e1", 0));
	expect(wait_until(is_taken, NULL, SOON_MS));
	expect_int(rmq_simple_consumer_receive(old, 1, INVISIBLE_MS, SHORT_MS, &l, &detail),
		   RMQ_ERR_STATE);
	note("%s", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	detail = NULL;
	/* It may take it back. */
	add(old, parent, "e");
	send_lite(p, parent, "e", "e2");
	ack(old, receive_one(old, INVISIBLE_MS, "e", "e2", 0));
	drop_members();
}

static void expect_refused(rmq_simple_consumer *c, const char *words)
{
	int64_t before = now_ms();
	rmq_messages *l = NULL;

	expect_int(rmq_simple_consumer_receive(c, 1, INVISIBLE_MS, NEVER_MS, &l, &detail),
		   RMQ_ERR_BROKER);
	note("%s", rmq_error_detail_message(detail));
	expect(strstr(rmq_error_detail_message(detail), words));
	expect(now_ms() - before < NEVER_MS / 2);
	rmq_error_detail_free(detail);
	detail = NULL;
}

static void lite__that_cannot_work_says_so_at_once(void)
{
	const char *parent = new_lite_parent(1), *plain = new_topic(1);

	expect_refused(open_member(new_name("G"), parent, "a"), "lite.bind.topic");
	drop_members();
	expect_refused(open_member(new_group(plain, false), plain, "a"), "message.type");
	drop_members();
}

/* Whatever a broker is: of before 5.5.0, without LMQ, or with a group that is bound to nothing. */
static void lite__that_is_not_there_is_refused_at_once(void)
{
	rmq_simple_consumer *c = open_member(new_name("G"), new_topic(1), "a");
	int64_t before = now_ms();
	rmq_messages *l = NULL;
	enum rmq_error err = rmq_simple_consumer_receive(c, 1, INVISIBLE_MS, NEVER_MS, &l, &detail);

	note("%s", rmq_error_detail_message(detail));
	expect(err == RMQ_ERR_UNSUPPORTED || err == RMQ_ERR_BROKER);
	if (err == RMQ_ERR_UNSUPPORTED)
		expect_int(rmq_error_detail_flags(detail), RMQ_ERROR_FATAL);
	expect(now_ms() - before < NEVER_MS / 2);
	rmq_error_detail_free(detail);
	detail = NULL;
	drop_members();
}

static const struct behaviour lite_list[] = {
	BEHAVIOUR(lite__brings_what_is_subscribed_in_order, NEED_LITE),
	BEHAVIOUR(lite__what_is_out_waits_and_comes_again, NEED_LITE),
	BEHAVIOUR(lite__comes_and_goes_while_it_runs, NEED_LITE),
	BEHAVIOUR(lite__of_an_exclusive_group_has_one_client, NEED_LITE),
	BEHAVIOUR(lite__that_cannot_work_says_so_at_once, NEED_LITE),
	BEHAVIOUR(lite__that_is_not_there_is_refused_at_once, 0),
};
BEHAVIOURS(lite);
