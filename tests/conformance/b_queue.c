/* SPDX-License-Identifier: Apache-2.0 */
/* b_queue.c - what a producer is promised that says where a message goes. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

static rmq_send_options *new_options(void)
{
	rmq_send_options *o = rmq_send_options_new();
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_send_options_set_timeout(o, PATIENT_MS, &detail), detail);
	return o;
}

/* Sends and tells where it went. */
static struct rmq_queue send_with(rmq_producer *p, const char *topic, const rmq_send_options *o)
{
	rmq_message *m = rmq_message_new(topic, "body", 4);
	rmq_send_result *r = NULL;
	rmq_error_detail *detail = NULL;
	struct rmq_queue q;

	expect_ok(rmq_producer_send(p, m, o, &r, &detail), detail);
	q = *rmq_send_result_queue(r);
	q.topic = topic;
	q.broker_name = strcmp(q.broker_name, "broker-a") == 0 ? "broker-a" : "broker-b";
	rmq_send_result_free(r);
	rmq_message_free(m);
	return q;
}

static rmq_queues *queues_of(rmq_producer *p, const char *topic)
{
	rmq_queues *q = NULL;
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_producer_queues(p, topic, &q, &detail), detail);
	return q;
}

static void expect_same(struct rmq_queue a, const struct rmq_queue *b)
{
	expect_text(a.broker_name, b->broker_name);
	expect_int(a.queue_id, b->queue_id);
}

static void queue__each_of_a_topic_can_be_sent_to(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	rmq_queues *queues = queues_of(p, topic);
	rmq_send_options *o = new_options();
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	rmq_error_detail *detail = NULL;
	rmq_message *m = rmq_message_new(topic, "body", 4);
	const struct rmq_queue *q;

	expect_int(rmq_queues_count(queues), ALL_QUEUES);
	for (size_t i = 0; (q = rmq_queues_at(queues, i)); i++) {
		expect_text(q->topic, topic);
		expect_ok(rmq_send_options_set_queue(o, q, &detail), detail);
		expect_same(send_with(p, topic, o), q);
		expect_ok(rmq_producer_send_oneway(p, m, o, &detail), detail);
		if (!sink_wait(s, 2 * i + 2, SOON_MS))
			fail("message %zu did not arrive", 2 * i + 1);
		for (size_t k = 2 * i; k < 2 * i + 2; k++)
			expect_same(*rmq_message_queue(sink_at(s, k)), q);
	}
	rmq_message_free(m);
	rmq_send_options_free(o);
	rmq_queues_free(queues);
}

static void queue__that_is_not_there_stores_nothing(void)
{
	const char *topic = new_topic(1);
	rmq_producer *p = new_producer(NULL);
	rmq_send_options *o = new_options();
	rmq_message *m = rmq_message_new(topic, "body", 4);
	struct rmq_queue q = {topic, "broker-a", 1};
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_send_options_set_queue(o, &q, &detail), detail);
	expect_int(rmq_producer_send(p, m, o, NULL, &detail), RMQ_ERR_NO_BROKER);
	expect(strstr(rmq_error_detail_message(detail), "queue 1") != NULL);
	rmq_error_detail_free(detail);
	rmq_message_free(m);
	rmq_send_options_free(o);
	expect_int(stored_count(topic), 0);
}

static void sharding_key__keeps_the_order_of_its_messages(void)
{
	enum { KEYS = 5, ROUNDS = 20 };
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	rmq_send_options *o = new_options();
	struct sink *s = sink_open(NULL, topic, NULL, "consumeThreadMax=1", NULL);
	struct rmq_queue first[KEYS], here;
	rmq_error_detail *detail = NULL;
	int seen[KEYS] = {0};
	char key[32];

	for (int i = 0; i < KEYS * ROUNDS; i++) {
		snprintf(key, sizeof(key), "order-%d", i % KEYS);
		expect_ok(rmq_send_options_set_sharding_key(o, key, &detail), detail);
		here = send_with(p, topic, o);
		if (i < KEYS)
			first[i] = here;
		expect_same(here, &first[i % KEYS]);
	}
	rmq_send_options_free(o);
	sink_expect(s, (size_t)KEYS * ROUNDS);
	for (size_t i = 0; i < (size_t)KEYS * ROUNDS; i++)
		for (int k = 0; k < KEYS; k++)
			if (first[k].queue_id == rmq_message_queue(sink_at(s, i))->queue_id &&
			    strcmp(first[k].broker_name,
				   rmq_message_queue(sink_at(s, i))->broker_name) == 0)
				seen[k]++;
	for (int k = 0; k < KEYS; k++)
		expect(seen[k] >= ROUNDS);
}

static size_t last_one(const rmq_queues *queues, const rmq_message *message, void *arg)
{
	*(size_t *)arg += strcmp(rmq_message_tag(message), "") == 0;
	return rmq_queues_count(queues) - 1;
}

static void selector__decides(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	rmq_send_options *o = new_options();
	rmq_error_detail *detail = NULL;
	struct rmq_queue last = {topic, "broker-b", QUEUES - 1};
	char broker[] = "broker-a";
	int sent[QUEUES] = {0};
	size_t asked = 0;

	expect_ok(rmq_send_options_set_selector(o, last_one, &asked, &detail), detail);
	for (int i = 0; i < 5; i++)
		expect_same(send_with(p, topic, o), &last);
	expect_int(asked, 5);
	expect_ok(rmq_send_options_set_selector(o, rmq_select_queue_by_broker, broker, &detail),
		  detail);
	for (int i = 0; i < 3 * QUEUES; i++) {
		struct rmq_queue q = send_with(p, topic, o);

		expect_text(q.broker_name, "broker-a");
		sent[q.queue_id]++;
	}
	for (int i = 0; i < QUEUES; i++)
		expect_int(sent[i], 3);
	rmq_send_options_free(o);
}

struct ends {
	pthread_mutex_t mu;
	int stored, failed; /* mu */
};

static void on_end(enum rmq_error error, const rmq_send_result *result,
		   const rmq_error_detail *detail, void *arg)
{
	struct ends *e = arg;

	(void)result;
	(void)detail;
	pthread_mutex_lock(&e->mu);
	e->stored += error == RMQ_OK;
	e->failed += error != RMQ_OK;
	pthread_mutex_unlock(&e->mu);
}

static int have_ended(void *arg)
{
	struct ends *e = arg;
	int count;

	pthread_mutex_lock(&e->mu);
	count = e->stored + e->failed;
	pthread_mutex_unlock(&e->mu);
	return count == ALL_QUEUES;
}

/* A topic of which the producer knows four queues a broker, when there is one left. */
static const char *shrunk_topic(rmq_producer *p)
{
	const char *topic = new_topic(QUEUES);
	rmq_error_detail *detail = NULL;

	send_text(p, topic, NULL, "body");
	expect_ok(create_topic(NULL, topic, 1, &detail), detail);
	return topic;
}

/* A route is fetched at most once a send: the first one that is refused finds the new one. */
static void queue__that_is_gone_is_left_for_another(void)
{
	rmq_producer *p = new_producer("pollNameServerInterval=600000");
	const char *topic = shrunk_topic(p);
	struct ends ends = {.mu = PTHREAD_MUTEX_INITIALIZER};
	rmq_send_options *o = new_options();
	rmq_error_detail *detail = NULL;
	rmq_message *m;

	for (int i = 0; i < ALL_QUEUES; i++)
		expect_int(send_with(p, topic, NULL).queue_id, 0);
	topic = shrunk_topic(p);
	m = rmq_message_new(topic, "body", 4);
	for (int i = 0; i < ALL_QUEUES; i++)
		expect_ok(rmq_producer_send_async(p, m, o, on_end, &ends, &detail), detail);
	if (!wait_until(have_ended, &ends, SOON_MS))
		fail("%d + %d of %d sends have ended", ends.stored, ends.failed, ALL_QUEUES);
	expect_int(ends.stored, ALL_QUEUES);
	rmq_message_free(m);
	rmq_send_options_free(o);
}

static void queue__that_is_gone_and_was_chosen_is_told(void)
{
	rmq_producer *p = new_producer("pollNameServerInterval=600000");
	const char *topic = shrunk_topic(p);
	rmq_send_options *o = new_options();
	rmq_message *m = rmq_message_new(topic, "body", 4);
	struct rmq_queue q = {topic, "broker-b", QUEUES - 1};
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_send_options_set_queue(o, &q, &detail), detail);
	expect_int(rmq_producer_send(p, m, o, NULL, &detail), RMQ_ERR_NO_BROKER);
	expect(strstr(rmq_error_detail_message(detail), "queue 3") != NULL);
	rmq_error_detail_free(detail);
	detail = NULL;
	/* A key finds its place among those that are left. */
	expect_ok(rmq_send_options_set_sharding_key(o, "a", &detail), detail);
	expect_int(send_with(p, topic, o).queue_id, 0);
	rmq_message_free(m);
	rmq_send_options_free(o);
}

static const struct behaviour queue_list[] = {
	BEHAVIOUR(queue__each_of_a_topic_can_be_sent_to, 0),
	BEHAVIOUR(queue__that_is_not_there_stores_nothing, 0),
	BEHAVIOUR(sharding_key__keeps_the_order_of_its_messages, 0),
	BEHAVIOUR(selector__decides, 0),
	BEHAVIOUR(queue__that_is_gone_is_left_for_another, 0),
	BEHAVIOUR(queue__that_is_gone_and_was_chosen_is_told, 0),
};
BEHAVIOURS(queue);
