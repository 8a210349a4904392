/* SPDX-License-Identifier: Apache-2.0 */
/* b_consume.c - what a listener is promised. */
#include <dirent.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

static void consume__two_groups_each_get_all(void)
{
	enum { MESSAGES = 500 };
	const char *topic = new_topic(QUEUES);
	struct audit *sent = audit_new(MESSAGES);
	rmq_producer *p = new_producer(NULL);
	struct sink *first = sink_open(NULL, topic, NULL, NULL, sent);
	struct sink *second = sink_open(NULL, topic, NULL, NULL, NULL);

	audit_send(sent, p, topic, MESSAGES, 64);

	audit_expect(sent, AUDIT_DISORDER);
	expect_int(sink_count(first), MESSAGES);
	sink_expect(second, MESSAGES);
}

/* The pull that is held by the broker is answered at once, not at its end after a minute. Where time is real the process
 * may stand still while one of them is under way, but not each time. */
static void consume__arrival_wakes_a_held_pull(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, topic, NULL,
				   "brokerSuspendMaxTimeMillis=60000 "
				   "consumerTimeoutMillisWhenSuspend=120000",
				   NULL);
	int64_t limit_ms = scene.target == &target_mock ? 1000 : 30 * 1000;
	size_t late = 0, may_be_late = scene.target == &target_mock ? 0 : ALL_QUEUES / 2;
	int64_t sent_ms;

	sink_expect_queues(s, ALL_QUEUES);
	let_pass(QUIET_MS); /* all pulls are held now */
	for (size_t i = 0; i < ALL_QUEUES; i++) {
		sent_ms = now_ms();
		send_text(p, topic, NULL, "wake up");
		if (!sink_wait(s, i + 1, SOON_MS))
			fail("message %zu did not arrive", i);
		if (sink_at_ms(s, i) - sent_ms > limit_ms) {
			note("message %zu took %lld ms", i,
			     (long long)(sink_at_ms(s, i) - sent_ms));
			late++;
		}
	}
	expect(late <= may_be_late);
}

static void consume__backlog_comes_in_batches_of_one_queue(void)
{
	enum { MESSAGES = 400, BATCH = 16 };
	const char *topic = new_topic(QUEUES);
	struct audit *audit = audit_new(MESSAGES);
	struct sink *s;

	audit_send(audit, new_producer(NULL), topic, MESSAGES, 64);
	s = sink_open(NULL, topic, NULL, "consumeMessageBatchMaxSize=16", audit);

	audit_expect(audit, AUDIT_DISORDER);
	expect(sink_largest_batch(s) > 1 && sink_largest_batch(s) <= BATCH);
}

static enum rmq_consume_status check_context(struct sink *s, const rmq_message *const *messages,
					     size_t count, rmq_consume_context *context)
{
	for (size_t i = 0; i < count; i++) {
		expect_text(rmq_message_topic(messages[i]), s->arg);
		expect_text(rmq_consume_context_queue(context)->topic, s->arg);
		expect_text(rmq_consume_context_queue(context)->broker_name,
			    rmq_message_queue(messages[i])->broker_name);
		expect_int(rmq_consume_context_queue(context)->queue_id,
			   rmq_message_queue(messages[i])->queue_id);
	}
	return RMQ_CONSUME_SUCCESS;
}

static void consume__context_names_the_queue(void)
{
	char topic[128];
	rmq_producer *p = new_producer(NULL);
	struct sink *s;

	snprintf(topic, sizeof(topic), "%s", new_topic(QUEUES));
	for (int i = 0; i < 50; i++)
		send_text(p, topic, NULL, "body");
	s = sink_new(NULL, topic, NULL, "consumeMessageBatchMaxSize=8");
	s->react = check_context;
	s->arg = topic;
	sink_start(s);
	sink_expect(s, 50);
}

static void consume__one_thread_keeps_the_order_of_a_queue(void)
{
	enum { MESSAGES = 1000 };
	const char *topic = new_topic(QUEUES);
	struct audit *audit = audit_new(MESSAGES);
	rmq_producer *p = new_producer(NULL);

	audit_send(audit, p, topic, MESSAGES / 2, 64);
	sink_open(NULL, topic, NULL, "consumeThreadMax=1", audit);
	audit_send(audit, p, topic, MESSAGES / 2, 64);

	audit_expect(audit, AUDIT_EXACT);
}

static void consume__small_cache_still_gets_all(void)
{
	enum { MESSAGES = 500 };
	const char *topic = new_topic(1);
	struct audit *audit = audit_new(MESSAGES);

	audit_send(audit, new_producer(NULL), topic, MESSAGES, 1000);
	sink_open(NULL, topic, NULL,
		  "pullThresholdForQueue=3 pullBatchSize=5 consumeConcurrentlyMaxSpan=4 "
		  "consumeThreadMax=2",
		  audit);
	audit_expect(audit, AUDIT_DISORDER);
}

static void consume__suspend_and_resume(void)
{
	enum { EACH = ALL_QUEUES };
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);

	sink_expect_queues(s, ALL_QUEUES);
	let_pass(QUIET_MS);
	sink_set_suspended(s, true);
	/* One a queue: ends the pulls that are held already; what they bring is delivered. */
	for (int i = 0; i < EACH; i++)
		send_text(p, topic, NULL, "may come");
	sink_wait(s, EACH, QUIET_MS);
	for (int i = 0; i < EACH; i++)
		send_text(p, topic, NULL, "must wait");
	let_pass(QUIET_MS);
	expect_int(sink_count_body(s, "must wait"), 0);

	sink_set_suspended(s, false);
	sink_expect(s, 2 * EACH);
	expect_int(sink_count_body(s, "must wait"), EACH);
}

static void consume__second_topic_while_running(void)
{
	const char *one = new_topic(QUEUES), *two = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, one, NULL, NULL, NULL);

	send_text(p, one, NULL, "one");
	sink_expect(s, 1);
	sink_subscribe(s, two, "*");
	sink_expect_queues(s, 2 * ALL_QUEUES);
	send_text(p, two, NULL, "two");
	send_text(p, one, NULL, "one");
	sink_expect(s, 3);
	expect_int(sink_count_body(s, "two"), 1);
}

static void consume__unsubscribe_ends_a_topic(void)
{
	const char *one = new_topic(QUEUES), *two = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_new(NULL, one, NULL, NULL);

	sink_subscribe(s, two, NULL);
	sink_start(s);
	sink_expect_queues(s, 2 * ALL_QUEUES);
	sink_unsubscribe(s, two);
	sink_expect_queues(s, ALL_QUEUES);
	for (int i = 0; i < ALL_QUEUES; i++)
		send_text(p, two, NULL, "two");
	send_text(p, one, NULL, "one");
	sink_expect(s, 1);
	let_pass(QUIET_MS);
	expect_int(sink_count_body(s, "two"), 0);
}

static void consume__unknown_topic_waits_quietly(void)
{
	rmq_error_detail *detail = NULL;
	const char *topic = new_name("T");
	struct sink *s = sink_open(NULL, topic, NULL,
				   "pollNameServerInterval=1000 rebalanceWaitInterval=1000", NULL);

	let_pass(QUIET_MS);
	expect_int(sink_queue_count(s), 0);
	expect_ok(create_topic(NULL, topic, QUEUES, &detail), detail);
	send_text(new_producer(NULL), topic, NULL, "at last");
	sink_expect(s, 1);
}

static enum rmq_consume_status pass_on(struct sink *s, const rmq_message *const *messages,
				       size_t count, rmq_consume_context *context)
{
	rmq_producer **p = s->arg;
	rmq_error_detail *detail = NULL;
	rmq_message *m;
	const void *body;
	size_t len;

	(void)context;
	for (size_t i = 0; i < count; i++) {
		body = rmq_message_body(messages[i], &len);
		m = rmq_message_new(rmq_message_keys(messages[i]), body, len);
		expect_ok(send_within(*p, m, PATIENT_MS, NULL, &detail), detail);
		rmq_message_free(m);
	}
	return RMQ_CONSUME_SUCCESS;
}

/* A stage of a pipeline: sends are made from inside the listener. */
static void consume__listener_may_send(void)
{
	enum { MESSAGES = 100 };
	const char *one = new_topic(QUEUES), *two = new_topic(QUEUES);
	struct audit *audit = audit_new(MESSAGES);
	rmq_producer *p = new_producer(NULL);
	struct sink *stage = sink_new(NULL, one, NULL, NULL);
	struct sink *end;
	rmq_message *m;
	uint32_t id;

	stage->react = pass_on;
	stage->arg = &p;
	sink_start(stage);
	end = sink_open(NULL, two, NULL, NULL, NULL);
	for (int i = 0; i < MESSAGES; i++) {
		m = audit_message(audit, one, 64, &id);
		expect_int(rmq_message_set_keys(m, two, NULL), RMQ_OK);
		send_message(p, m);
	}
	sink_expect(end, MESSAGES);
}

static void consume__kept_copies_outlive_the_consumer(void)
{
	const char *topic = new_topic(1);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	const rmq_send_result *r = send_text(p, topic, "TagA", "keep me");
	const rmq_message *m;
	size_t len;

	sink_expect(s, 1);
	sink_drop(s);
	m = sink_at(s, 0);
	expect(memcmp(rmq_message_body(m, &len), "keep me", 7) == 0);
	expect_text(rmq_message_topic(m), topic);
	expect_text(rmq_message_tag(m), "TagA");
	expect_text(rmq_message_id(m), rmq_send_result_message_id(r));
	expect_text(rmq_message_queue(m)->broker_name, rmq_send_result_queue(r)->broker_name);
	expect_int(rmq_message_queue_offset(m), rmq_send_result_queue_offset(r));
}

/* --- Threads ---------------------------------------------------------------------- */

static int thread_count(void)
{
	DIR *d = opendir("/proc/self/task");
	struct dirent *e;
	int n = 0;

	if (!d)
		scene_skip("there is no /proc/self/task here");
	while ((e = readdir(d)))
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static void consume__fifty_topics_need_no_more_threads_than_one(void)
{
	enum { TOPICS = 50 };
	const char *topics[TOPICS];
	rmq_producer *p = new_producer(NULL);
	struct sink *s;
	int with_one;

	for (int i = 0; i < TOPICS; i++)
		topics[i] = new_topic(2);
	/* More would come and go with the work. */
	s = sink_open(NULL, topics[0], NULL, "consumeThreadMax=1", NULL);
	for (int i = 0; i < 50; i++)
		send_text(p, topics[0], NULL, "body");
	sink_expect(s, 50);
	with_one = thread_count();
	for (int i = 1; i < TOPICS; i++)
		sink_subscribe(s, topics[i], "*");
	for (int i = 1; i < TOPICS; i++)
		send_text(p, topics[i], NULL, "body");

	sink_expect(s, 50 + TOPICS - 1);
	sink_expect_queues(s, TOPICS * 2 * BROKERS);
	note("%d threads with 1 topic, %d with %d", with_one, thread_count(), TOPICS);
	expect(thread_count() <= with_one);
}

static const struct behaviour consume_list[] = {
	BEHAVIOUR_EACH(consume__two_groups_each_get_all, 0, 0),
	BEHAVIOUR_EACH(consume__arrival_wakes_a_held_pull, 0, SINK_QUEUES),
	BEHAVIOUR(consume__backlog_comes_in_batches_of_one_queue, 0),
	BEHAVIOUR(consume__context_names_the_queue, 0),
	BEHAVIOUR(consume__one_thread_keeps_the_order_of_a_queue, 0),
	BEHAVIOUR(consume__small_cache_still_gets_all, 0),
	BEHAVIOUR_EACH(consume__suspend_and_resume, 0, SINK_QUEUES | SINK_SUSPEND),
	BEHAVIOUR_EACH(consume__second_topic_while_running, 0, SINK_QUEUES),
	BEHAVIOUR_EACH(consume__unsubscribe_ends_a_topic, 0, SINK_QUEUES),
	BEHAVIOUR_EACH(consume__unknown_topic_waits_quietly, 0, SINK_QUEUES),
	BEHAVIOUR_EACH(consume__listener_may_send, 0, 0),
	BEHAVIOUR_EACH(consume__kept_copies_outlive_the_consumer, 0, 0),
	BEHAVIOUR(consume__fifty_topics_need_no_more_threads_than_one, NEED_THREADS),
};
BEHAVIOURS(consume);
