/* SPDX-License-Identifier: Apache-2.0 */
/* b_autobatch.c - messages that auto-batch puts together, each with an end of its own. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

enum { MANY = 300 };

struct told {
	pthread_mutex_t mu;
	int count, failed; /* mu, all below */
	int calls[MANY];
	char ids[MANY][64];
	int64_t offsets[MANY];
	char brokers[MANY][32];
	int queues[MANY];
};

struct one {
	struct told *told;
	int number;
};

static void on_sent(enum rmq_error error, const rmq_send_result *r, const rmq_error_detail *detail,
		    void *arg)
{
	struct one *one = arg;
	struct told *t = one->told;
	int i = one->number;

	(void)detail;
	pthread_mutex_lock(&t->mu);
	t->calls[i]++;
	t->failed += error != RMQ_OK;
	snprintf(t->ids[i], sizeof(t->ids[i]), "%s", rmq_send_result_message_id(r));
	snprintf(t->brokers[i], sizeof(t->brokers[i]), "%s", rmq_send_result_queue(r)->broker_name);
	t->queues[i] = rmq_send_result_queue(r)->queue_id;
	t->offsets[i] = rmq_send_result_queue_offset(r);
	t->count++;
	pthread_mutex_unlock(&t->mu);
}

static int all_told(void *arg)
{
	struct told *t = arg;
	int count;

	pthread_mutex_lock(&t->mu);
	count = t->count;
	pthread_mutex_unlock(&t->mu);
	return count >= MANY;
}

static void send_many(rmq_producer *p, const char *topic, struct told *t, struct one *ones)
{
	rmq_error_detail *detail = NULL;
	char text[16];

	for (int i = 0; i < MANY; i++) {
		rmq_message *m;

		snprintf(text, sizeof(text), "%d", i);
		m = rmq_message_new(topic, text, strlen(text));
		expect(m != NULL);
		expect_ok(rmq_message_set_property(m, "number", text, &detail), detail);
		expect_ok(rmq_message_set_tag(m, i % 2 ? "odd" : "even", &detail), detail);
		ones[i] = (struct one){t, i};
		expect_ok(rmq_producer_send_async(p, m, NULL, on_sent, &ones[i], &detail), detail);
		rmq_message_free(m);
	}
}

static void expect_place(const rmq_message *m, const struct told *t)
{
	int i = atoi(rmq_message_property(m, "number"));

	expect(i >= 0 && i < MANY);
	expect_int(t->calls[i], 1);
	expect_text(rmq_message_id(m), t->ids[i]);
	expect_text(rmq_message_property(m, "UNIQ_KEY"), t->ids[i]);
	expect_int(rmq_message_queue_offset(m), t->offsets[i]);
	expect_text(rmq_message_queue(m)->broker_name, t->brokers[i]);
	expect_int(rmq_message_queue(m)->queue_id, t->queues[i]);
	expect_text(rmq_message_tag(m), i % 2 ? "odd" : "even");
}

static void autobatch__each_message_arrives_as_itself_where_its_callback_says(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer("autoBatch=true batchMaxDelayMs=50 batchMaxBytes=8192");
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	static struct told t = {.mu = PTHREAD_MUTEX_INITIALIZER};
	static struct one ones[MANY];

	send_many(p, topic, &t, ones);
	expect(wait_until(all_told, &t, SOON_MS));
	expect_int(t.failed, 0);
	sink_expect(s, MANY);
	for (size_t i = 0; i < MANY; i++)
		expect_place(sink_at(s, i), &t);
	expect_stored(topic, MANY);
}

static void autobatch__a_synchronous_send_is_told_its_own_place(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer("autoBatch=true");
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	const rmq_send_result *r = send_text(p, topic, NULL, "alone");

	sink_expect(s, 1);
	expect_text(rmq_message_id(sink_at(s, 0)), rmq_send_result_message_id(r));
	expect_text(rmq_message_offset_id(sink_at(s, 0)), rmq_send_result_offset_message_id(r));
	expect_int(rmq_message_queue_offset(sink_at(s, 0)), rmq_send_result_queue_offset(r));
}

static void autobatch__a_close_sends_what_is_held(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer("autoBatch=true batchMaxDelayMs=2000");
	static struct told t = {.mu = PTHREAD_MUTEX_INITIALIZER};
	static struct one ones[MANY];
	rmq_error_detail *detail = NULL;

	send_many(p, topic, &t, ones);
	expect_ok(rmq_producer_close(p, PATIENT_MS, &detail), detail);
	expect_int(t.count, MANY);
	expect_int(t.failed, 0);
	expect_stored(topic, MANY);
}

static const struct behaviour autobatch_list[] = {
	BEHAVIOUR(autobatch__each_message_arrives_as_itself_where_its_callback_says, 0),
	BEHAVIOUR(autobatch__a_synchronous_send_is_told_its_own_place, 0),
	BEHAVIOUR(autobatch__a_close_sends_what_is_held, 0),
};
BEHAVIOURS(autobatch);
