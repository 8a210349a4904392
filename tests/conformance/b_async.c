/* SPDX-License-Identifier: Apache-2.0 */
/* b_async.c - what a producer is promised that does not wait: asynchronous and one-way sends. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

enum { MIB = 1024 * 1024, IN_FLIGHT = 500 };

/* The ends of asynchronous sends. */
struct tally {
	pthread_mutex_t mu;
	/* mu */
	size_t begun;
	size_t stored;
	size_t failed;
	size_t want; /* of all that end; for a wait */
	enum rmq_error error;
	int broker_code;
	unsigned flags;
	char id[64];
	struct rmq_queue queue; /* its texts are the two below */
	char topic[160], broker[160];
	int64_t offset;
	/* Immutable. */
	struct audit *audit;
	rmq_producer *producer;
	const char *next_topic; /* the callback sends again */
	size_t last;
};

/* One audited message; freed by its callback. */
struct sent {
	struct tally *tally;
	uint32_t id;
};

static void note_place(struct tally *t, const rmq_send_result *r)
{
	const struct rmq_queue *q = rmq_send_result_queue(r);

	snprintf(t->id, sizeof(t->id), "%s", rmq_send_result_message_id(r));
	snprintf(t->topic, sizeof(t->topic), "%s", q->topic);
	snprintf(t->broker, sizeof(t->broker), "%s", q->broker_name);
	t->queue = (struct rmq_queue){t->topic, t->broker, q->queue_id};
	t->offset = rmq_send_result_queue_offset(r);
}

/* Returns how many have ended. */
static size_t note_end(struct tally *t, enum rmq_error error, const rmq_send_result *r,
		       const rmq_error_detail *d)
{
	size_t ended;

	pthread_mutex_lock(&t->mu);
	if (error == RMQ_OK) {
		t->stored++;
		note_place(t, r);
	} else {
		t->failed++;
		t->error = error;
		t->broker_code = rmq_error_detail_broker_code(d);
		t->flags = rmq_error_detail_flags(d);
	}
	ended = t->stored + t->failed;
	pthread_mutex_unlock(&t->mu);
	return ended;
}

static int has_ended(void *arg)
{
	struct tally *t = arg;
	int is_so;

	pthread_mutex_lock(&t->mu);
	is_so = t->stored + t->failed >= t->want;
	pthread_mutex_unlock(&t->mu);
	return is_so;
}

static void await(struct tally *t, size_t count)
{
	t->want = count;
	if (!wait_until(has_ended, t, SOON_MS))
		fail("%zu + %zu of %zu sends have ended", t->stored, t->failed, count);
}

static rmq_send_options *patient_options(void)
{
	rmq_send_options *o = rmq_send_options_new();
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_send_options_set_timeout(o, PATIENT_MS, &detail), detail);
	return o;
}

/* The message is the library's to copy: it is freed at once. */
static void send_one(struct tally *t, rmq_message *m, rmq_send_fn fn, void *arg)
{
	rmq_send_options *o = patient_options();
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_producer_send_async(t->producer, m, o, fn, arg, &detail), detail);
	rmq_send_options_free(o);
	rmq_message_free(m);
}

static void on_end(enum rmq_error error, const rmq_send_result *result,
		   const rmq_error_detail *detail, void *arg)
{
	note_end(arg, error, result, detail);
}

static void on_audited(enum rmq_error error, const rmq_send_result *result,
		       const rmq_error_detail *detail, void *arg)
{
	struct sent *s = arg;

	if (error == RMQ_OK)
		audit_acked(s->tally->audit, s->id, result);
	note_end(s->tally, error, result, detail);
	free(s);
}

static void async__round_trip_of_10000_messages_loses_nothing(void)
{
	enum { MESSAGES = 10000 };
	const char *topic = new_topic(QUEUES);
	struct tally t = {.mu = PTHREAD_MUTEX_INITIALIZER,
			  .audit = audit_new(MESSAGES),
			  .producer = new_producer(NULL)};
	struct sink *s = sink_open(NULL, topic, NULL, NULL, t.audit);
	struct sent *one;

	for (size_t i = 0; i < MESSAGES; i++) {
		one = calloc(1, sizeof(*one));
		one->tally = &t;
		send_one(&t, audit_message(t.audit, topic, 100, &one->id), on_audited, one);
		if (i >= IN_FLIGHT)
			await(&t, i - IN_FLIGHT);
	}
	await(&t, MESSAGES);

	expect_int(t.stored, MESSAGES);
	audit_expect(t.audit, AUDIT_DISORDER);
	expect_int(sink_count(s), MESSAGES);
	expect_int(t.stored + t.failed, MESSAGES); /* each of them once */
	expect_stored(topic, MESSAGES);
}

static void async__result_tells_what_the_consumer_sees(void)
{
	const char *topic = new_topic(QUEUES);
	struct tally t = {.mu = PTHREAD_MUTEX_INITIALIZER, .producer = new_producer(NULL)};
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	rmq_message *m = rmq_message_new(topic, "body", 4);

	expect_int(rmq_message_set_tag(m, "TagA", NULL), RMQ_OK);
	expect_int(rmq_message_set_keys(m, "k1 k2", NULL), RMQ_OK);
	expect_int(rmq_message_set_property(m, "colour", "gr\xc3\xbcn", NULL), RMQ_OK);
	expect_int(rmq_message_set_flag(m, 42, NULL), RMQ_OK);
	send_one(&t, m, on_end, &t);
	await(&t, 1);

	sink_expect(s, 1);
	expect_text(rmq_message_id(sink_at(s, 0)), t.id);
	expect_text(t.queue.topic, topic);
	expect_text(rmq_message_queue(sink_at(s, 0))->broker_name, t.queue.broker_name);
	expect_int(rmq_message_queue(sink_at(s, 0))->queue_id, t.queue.queue_id);
	expect_int(rmq_message_queue_offset(sink_at(s, 0)), t.offset);
	expect_text(rmq_message_tag(sink_at(s, 0)), "TagA");
	expect_text(rmq_message_keys(sink_at(s, 0)), "k1 k2");
	expect_text(rmq_message_property(sink_at(s, 0), "colour"), "gr\xc3\xbcn");
	expect_int(rmq_message_flag(sink_at(s, 0)), 42);
}

static void send_again(enum rmq_error error, const rmq_send_result *result,
		       const rmq_error_detail *detail, void *arg)
{
	struct tally *t = arg;

	if (t->begun++ < t->last)
		send_one(t, rmq_message_new(t->next_topic, "next", 4), send_again, t);
	note_end(t, error, result, detail);
}

static void async__a_callback_may_send_the_next_message(void)
{
	enum { CHAIN = 50 };
	const char *topic = new_topic(1);
	struct tally t = {.mu = PTHREAD_MUTEX_INITIALIZER,
			  .producer = new_producer(NULL),
			  .next_topic = topic,
			  .last = CHAIN - 1};

	send_one(&t, rmq_message_new(topic, "first", 5), send_again, &t);
	await(&t, CHAIN);
	expect_int(t.stored, CHAIN);
	expect_stored(topic, CHAIN);
}

static void async__a_refusal_of_the_broker_is_told(void)
{
	const char *topic = new_topic(1);
	struct tally t = {.mu = PTHREAD_MUTEX_INITIALIZER,
			  .producer = new_producer(
				  "maxMessageSize=16000000 compressMsgBodyOverHowmuch=2147483647")};
	void *body = calloc(1, 5 * MIB);

	send_one(&t, rmq_message_new(topic, body, 5 * MIB), on_end, &t);
	free(body);
	await(&t, 1);
	expect_int(t.failed, 1);
	expect_int(t.error, RMQ_ERR_BROKER);
	expect_int(t.broker_code, 13);
	expect_int(t.flags & RMQ_ERROR_MAYBE_STORED, 0);
	expect_int(stored_count(topic), 0);
}

static void async__unknown_topic_is_created_by_the_first_send(void)
{
	const char *topic = new_name("T");
	struct tally t = {.mu = PTHREAD_MUTEX_INITIALIZER, .producer = new_producer(NULL)};
	struct sink *s;

	send_one(&t, rmq_message_new(topic, "first", 5), on_end, &t);
	await(&t, 1);
	expect_int(t.stored, 1);
	s = sink_open(NULL, topic, NULL, NULL, NULL);
	sink_expect(s, 1);
	expect_text(rmq_message_topic(sink_at(s, 0)), topic);
}

/* --- One way --------------------------------------------------------------------------------- */

static void oneway__messages_arrive_unchanged(void)
{
	enum { MESSAGES = 100 };
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	rmq_error_detail *detail = NULL;
	char body[32];
	rmq_message *m;

	for (int i = 0; i < MESSAGES; i++) {
		snprintf(body, sizeof(body), "one-way %d", i);
		m = rmq_message_new(topic, body, strlen(body));
		expect_int(rmq_message_set_tag(m, "TagA", NULL), RMQ_OK);
		expect_int(rmq_message_set_property(m, "n", body, NULL), RMQ_OK);
		expect_ok(rmq_producer_send_oneway(p, m, NULL, &detail), detail);
		rmq_message_free(m);
	}

	sink_expect(s, MESSAGES);
	for (int i = 0; i < MESSAGES; i++) {
		snprintf(body, sizeof(body), "one-way %d", i);
		expect_int(sink_count_body(s, body), 1);
		expect_text(rmq_message_tag(sink_at(s, (size_t)i)), "TagA");
		expect_int(strlen(rmq_message_id(sink_at(s, (size_t)i))), 32);
	}
	expect_stored(topic, MESSAGES);
}

static const struct behaviour async_list[] = {
	BEHAVIOUR(async__round_trip_of_10000_messages_loses_nothing, 0),
	BEHAVIOUR(async__result_tells_what_the_consumer_sees, 0),
	BEHAVIOUR(async__a_callback_may_send_the_next_message, 0),
	BEHAVIOUR(async__a_refusal_of_the_broker_is_told, 0),
	BEHAVIOUR(async__unknown_topic_is_created_by_the_first_send, 0),
	BEHAVIOUR(oneway__messages_arrive_unchanged, 0),
};
BEHAVIOURS(async);
