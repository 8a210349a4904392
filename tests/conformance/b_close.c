/* SPDX-License-Identifier: Apache-2.0 */
/* b_close.c - ends: from any thread, in any state, once for each message. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"
#include "tests/support/child.h"

enum { SENDERS = 8 };

struct senders {
	rmq_producer *producer;
	const char *topic;
	struct audit *audit;
	int each;             /* sends a thread; 0: until a send fails */
	atomic_int returned;  /* sends that came back */
	atomic_int cancelled; /* with RMQ_ERR_CANCELLED or RMQ_ERR_STATE */
	pthread_t threads[SENDERS];
};

static void *send_many(void *arg)
{
	struct senders *s = arg;
	enum rmq_error error = RMQ_OK;

	for (int i = 0; s->each ? i < s->each : error == RMQ_OK; i++) {
		error = audit_try_send(s->audit, s->producer, s->topic, 64, PATIENT_MS);
		s->returned++;
		if (error == RMQ_ERR_CANCELLED || error == RMQ_ERR_STATE)
			s->cancelled++;
		else if (error != RMQ_OK)
			fail("a send ended with: %s", rmq_error_text(error));
	}
	return NULL;
}

static void start_senders(struct senders *s)
{
	for (int i = 0; i < SENDERS; i++)
		if (pthread_create(&s->threads[i], NULL, send_many, s) != 0)
			fail("no thread");
}

static void join_senders(struct senders *s)
{
	for (int i = 0; i < SENDERS; i++)
		pthread_join(s->threads[i], NULL);
}

static void close__eight_threads_share_a_producer(void)
{
	enum { EACH = 500 };
	const char *topic = new_topic(QUEUES);
	struct audit *audit = audit_new(SENDERS * EACH);
	struct senders s = {
		.producer = new_producer(NULL), .topic = topic, .audit = audit, .each = EACH};
	struct sink *sink = sink_open(NULL, topic, NULL, NULL, audit);

	start_senders(&s);
	join_senders(&s);

	expect_int(s.returned, SENDERS * EACH);
	expect_int(s.cancelled, 0);
	audit_expect(audit, AUDIT_DISORDER);
	expect_int(sink_count(sink), SENDERS * EACH);
}

static int has_returned_some(void *arg)
{
	struct senders *s = arg;

	return s->returned > 500;
}

static void close__sends_under_way_return_once(void)
{
	const char *topic = new_topic(QUEUES);
	struct audit *audit = audit_new(1000000);
	struct senders s = {.producer = new_producer(NULL), .topic = topic, .audit = audit};
	rmq_error_detail *detail = NULL;
	struct audit_verdict v;

	start_senders(&s);
	expect(wait_until(has_returned_some, &s, SOON_MS));
	expect_ok(rmq_producer_close(s.producer, SOON_MS, &detail), detail);
	join_senders(&s);

	expect_int(s.returned, (int)audit_sent_count(audit));
	expect_int(s.cancelled, SENDERS);
	sink_open(NULL, topic, NULL, NULL, audit);
	audit_wait(audit, SOON_MS);
	audit_judge(audit, &v);
	expect_int(v.lost, 0);
	expect_int(v.damaged + v.duplicated + v.unexpected, 0);
}

static void close__is_idempotent_and_final(void)
{
	const char *topic = new_topic(1);
	rmq_producer *p = new_producer(NULL);
	rmq_message *m = rmq_message_new(topic, "late", 4);
	rmq_error_detail *detail = NULL;

	send_text(p, topic, NULL, "in time");
	expect_ok(rmq_producer_close(p, -1, &detail), detail);
	expect_ok(rmq_producer_close(p, 0, &detail), detail);
	expect_int(rmq_producer_send(p, m, NULL, NULL, &detail), RMQ_ERR_STATE);
	expect(detail && strstr(rmq_error_detail_message(detail), "closed"));
	rmq_error_detail_free(detail);
	detail = NULL;
	expect_int(rmq_producer_start(p, &detail), RMQ_ERR_STATE);
	rmq_error_detail_free(detail);
	rmq_message_free(m);
	expect_stored(topic, 1);
}

static void close__a_new_producer_closes_without_a_start(void)
{
	rmq_producer *p = NULL;
	rmq_push_consumer *c = NULL;
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_producer_new(new_config(NULL), new_name("P"), &p, &detail), detail);
	expect_ok(rmq_producer_close(p, -1, &detail), detail);
	rmq_producer_free(p);
	expect_ok(rmq_push_consumer_new(new_config(NULL), new_name("G"), &c, &detail), detail);
	expect_ok(rmq_push_consumer_close(c, -1, &detail), detail);
	rmq_push_consumer_free(c);
}

static void close__consumer_is_idempotent_and_final(void)
{
	const char *topic = new_topic(1);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	rmq_producer *p = new_producer(NULL);
	rmq_error_detail *detail = NULL;

	send_text(p, topic, NULL, "in time");
	sink_expect(s, 1);
	sink_close(s);
	sink_close(s);
	send_text(p, topic, NULL, "late");
	let_pass(QUIET_MS);
	expect_int(sink_count(s), 1);
	expect_int(rmq_push_consumer_start(s->consumer, &detail), RMQ_ERR_STATE);
	rmq_error_detail_free(detail);
	expect_int(sink_queue_count(s), 0);
}

/* --- From the listener ---------------------------------------------------------------- */

static enum rmq_consume_status close_here(struct sink *s, const rmq_message *const *messages,
					  size_t count, rmq_consume_context *context)
{
	atomic_int *closed = s->arg;
	enum rmq_error error;

	(void)messages;
	(void)count;
	(void)context;
	error = rmq_push_consumer_close(s->consumer, 5000, NULL);
	if (error != RMQ_OK && error != RMQ_ERR_TIMEOUT)
		fail("close ended with: %s", rmq_error_text(error));
	++*closed;
	return RMQ_CONSUME_SUCCESS;
}

static int is_closed(void *arg)
{
	atomic_int *closed = arg;

	return *closed > 0;
}

static void close__consumer_from_its_listener(void)
{
	const char *topic = new_topic(1);
	atomic_int closed = 0;
	struct sink *s = sink_new(NULL, topic, NULL, NULL);

	s->react = close_here;
	s->arg = &closed;
	sink_start(s);
	send_text(new_producer(NULL), topic, NULL, "body");
	if (!wait_until(is_closed, &closed, SOON_MS))
		fail("close did not return");
	sink_close(s);
}

/* --- Waiting for a listener ------------------------------------------------------------- */

struct gate {
	pthread_mutex_t mu;
	pthread_cond_t changed;
	bool is_inside;
	bool is_open;
	bool is_done;
};

static enum rmq_consume_status wait_at_gate(struct sink *s, const rmq_message *const *messages,
					    size_t count, rmq_consume_context *context)
{
	struct gate *g = s->arg;

	(void)messages;
	(void)count;
	(void)context;
	pthread_mutex_lock(&g->mu);
	g->is_inside = true;
	pthread_cond_broadcast(&g->changed);
	while (!g->is_open)
		pthread_cond_wait(&g->changed, &g->mu);
	g->is_done = true;
	pthread_cond_broadcast(&g->changed);
	pthread_mutex_unlock(&g->mu);
	return RMQ_CONSUME_SUCCESS;
}

static void wait_inside(struct gate *g)
{
	pthread_mutex_lock(&g->mu);
	while (!g->is_inside)
		pthread_cond_wait(&g->changed, &g->mu);
	pthread_mutex_unlock(&g->mu);
}

static void open_gate(struct gate *g)
{
	pthread_mutex_lock(&g->mu);
	g->is_open = true;
	pthread_cond_broadcast(&g->changed);
	pthread_mutex_unlock(&g->mu);
}

static void wait_done(struct gate *g)
{
	pthread_mutex_lock(&g->mu);
	while (!g->is_done)
		pthread_cond_wait(&g->changed, &g->mu);
	pthread_mutex_unlock(&g->mu);
}

/* Opens the gate when the consumer is being closed: it refuses other calls from then on. */
struct opener {
	struct gate *gate;
	rmq_push_consumer *consumer;
	bool was_closing;
};

static int is_closing(void *arg)
{
	struct opener *o = arg;

	return rmq_push_consumer_resume(o->consumer, NULL) == RMQ_ERR_STATE;
}

static void *open_when_closing(void *arg)
{
	struct opener *o = arg;

	o->was_closing = wait_real(is_closing, o, 10000);
	open_gate(o->gate);
	return NULL;
}

static void close__waits_for_a_running_listener_and_commits_its_message(void)
{
	const char *topic = new_topic(1);
	struct gate gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, 0};
	struct sink *s = sink_new(NULL, topic, NULL, NULL);
	struct opener o = {&gate, s->consumer, false};
	pthread_t opener;

	s->react = wait_at_gate;
	s->arg = &gate;
	sink_start(s);
	send_text(new_producer(NULL), topic, NULL, "body");
	wait_inside(&gate);
	if (pthread_create(&opener, NULL, open_when_closing, &o) != 0)
		fail("no thread");
	sink_close(s);
	expect(gate.is_done);
	pthread_join(opener, NULL);
	expect(o.was_closing);
	expect_int(committed_count(topic, s->group), 1);
}

/* What still runs at the deadline is told; its message is not taken for done. */
static void close__tells_of_a_listener_that_does_not_end(void)
{
	const char *topic = new_topic(1);
	/* Static: the listener is inside until the very end. */
	static struct gate gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, 0};
	struct sink *s = sink_new(NULL, topic, NULL, NULL);
	rmq_error_detail *detail = NULL;
	struct sink *next;

	s->react = wait_at_gate;
	s->arg = &gate;
	sink_start(s);
	send_text(new_producer(NULL), topic, NULL, "body");
	wait_inside(&gate);
	expect_int(rmq_push_consumer_close(s->consumer, 200, &detail), RMQ_ERR_TIMEOUT);
	expect(detail && strstr(rmq_error_detail_message(detail), "listener"));
	rmq_error_detail_free(detail);
	expect_int(committed_count(topic, s->group), 0);
	next = sink_open(s->group, topic, NULL, NULL, NULL);
	sink_expect(next, 1);
	open_gate(&gate);
	wait_done(&gate);
}

static const struct behaviour close_list[] = {
	BEHAVIOUR(close__eight_threads_share_a_producer, NEED_THREADS),
	BEHAVIOUR(close__sends_under_way_return_once, NEED_THREADS),
	BEHAVIOUR(close__is_idempotent_and_final, 0),
	BEHAVIOUR(close__a_new_producer_closes_without_a_start, 0),
	BEHAVIOUR(close__consumer_is_idempotent_and_final, 0),
	BEHAVIOUR(close__consumer_from_its_listener, 0),
	BEHAVIOUR(close__waits_for_a_running_listener_and_commits_its_message, NEED_THREADS),
	BEHAVIOUR(close__tells_of_a_listener_that_does_not_end, NEED_THREADS),
};
BEHAVIOURS(close);
