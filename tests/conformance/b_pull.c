/* SPDX-License-Identifier: Apache-2.0 */
/* b_pull.c - what a pull consumer is promised. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"

static rmq_pull_consumer *new_consumer(const char *group)
{
	rmq_pull_consumer *c = NULL;
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_pull_consumer_new(new_config(NULL), group, &c, &detail), detail);
	expect_ok(rmq_pull_consumer_start(c, &detail), detail);
	return c;
}

static void send_to(const struct rmq_queue *q, const char *tag, int from, int count)
{
	rmq_producer *p = new_producer(NULL);
	rmq_send_options *o = rmq_send_options_new();
	rmq_error_detail *detail = NULL;
	char body[32];

	expect_ok(rmq_send_options_set_timeout(o, PATIENT_MS, &detail), detail);
	expect_ok(rmq_send_options_set_queue(o, q, &detail), detail);
	for (int i = from; i < from + count; i++) {
		int n = snprintf(body, sizeof(body), "n%d", i);
		rmq_message *m = rmq_message_new(q->topic, body, (size_t)n);

		if (tag)
			expect_ok(rmq_message_set_tag(m, tag, &detail), detail);
		expect_ok(rmq_producer_send(p, m, o, NULL, &detail), detail);
		rmq_message_free(m);
	}
	rmq_send_options_free(o);
	drop_producer(p);
}

static void must_be(const rmq_message *m, int n)
{
	char body[32], is[32];
	size_t len;
	const char *bytes = rmq_message_body(m, &len);

	snprintf(is, sizeof(is), "%.*s", (int)len, bytes);
	snprintf(body, sizeof(body), "n%d", n);
	expect_text(is, body);
}

static rmq_pull_result *pull(rmq_pull_consumer *c, const struct rmq_queue *q, int64_t offset,
			     const rmq_pull_options *o)
{
	rmq_pull_result *r = NULL;
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_pull_consumer_pull(c, q, offset, o, &r, &detail), detail);
	return r;
}

static void must_tell(rmq_pull_result *r, enum rmq_pull_status status, int64_t next)
{
	expect_int(rmq_pull_result_status(r), status);
	expect_int(rmq_pull_result_next_offset(r), next);
	rmq_pull_result_free(r);
}

static void pull__gives_what_is_stored_from_an_offset_on(void)
{
	const char *topic = new_topic(1);
	struct rmq_queue a = {topic, "broker-a", 0};
	rmq_pull_consumer *c = new_consumer(new_name("G"));
	rmq_pull_options *o = rmq_pull_options_new();
	rmq_error_detail *detail = NULL;
	rmq_pull_result *r;

	send_to(&a, NULL, 0, 10);
	expect_stored(topic, 10);
	expect_ok(rmq_pull_options_set_max_messages(o, 4, &detail), detail);
	r = pull(c, &a, 3, o);
	expect_int(rmq_messages_count(rmq_pull_result_messages(r)), 4);
	for (int i = 0; i < 4; i++)
		must_be(rmq_messages_at(rmq_pull_result_messages(r), (size_t)i), 3 + i);
	expect_int(rmq_pull_result_min_offset(r), 0);
	expect_int(rmq_pull_result_max_offset(r), 10);
	must_tell(r, RMQ_PULL_FOUND, 7);
	must_tell(pull(c, &a, 10, NULL), RMQ_PULL_NO_NEW_MESSAGE, 10);
	must_tell(pull(c, &a, 1000, NULL), RMQ_PULL_OFFSET_ILLEGAL, 10);
	rmq_pull_options_free(o);
	rmq_pull_consumer_free(c);
}

static void pull__filters_by_tag(void)
{
	const char *topic = new_topic(1);
	struct rmq_queue a = {topic, "broker-a", 0};
	rmq_pull_consumer *c = new_consumer(new_name("G"));
	rmq_pull_options *o = rmq_pull_options_new();
	rmq_error_detail *detail = NULL;
	rmq_pull_result *r;

	send_to(&a, "A", 0, 3);
	send_to(&a, "B", 3, 2);
	expect_stored(topic, 5);
	expect_ok(rmq_pull_options_set_expression(o, "B || C", &detail), detail);
	r = pull(c, &a, 0, o);
	expect_int(rmq_messages_count(rmq_pull_result_messages(r)), 2);
	must_be(rmq_messages_at(rmq_pull_result_messages(r), 0), 3);
	must_tell(r, RMQ_PULL_FOUND, 5);
	expect_ok(rmq_pull_options_set_expression(o, "C", &detail), detail);
	r = pull(c, &a, 0, o);
	expect_int(rmq_pull_result_status(r), RMQ_PULL_NO_MATCHED_MESSAGE);
	expect(rmq_pull_result_messages(r) == NULL);
	expect(rmq_pull_result_next_offset(r) > 0);
	rmq_pull_result_free(r);
	rmq_pull_options_free(o);
	rmq_pull_consumer_free(c);
}

struct heard {
	pthread_mutex_t mu;
	int calls;
	enum rmq_error error;
	size_t count;
	int64_t next;
};

static void on_pulled(enum rmq_error error, const rmq_pull_result *result,
		      const rmq_error_detail *detail, void *arg)
{
	struct heard *h = arg;

	(void)detail;
	pthread_mutex_lock(&h->mu);
	h->calls++;
	h->error = error;
	h->count = rmq_messages_count(rmq_pull_result_messages(result));
	h->next = rmq_pull_result_next_offset(result);
	pthread_mutex_unlock(&h->mu);
}

static int is_heard(void *arg)
{
	struct heard *h = arg;
	int calls;

	pthread_mutex_lock(&h->mu);
	calls = h->calls;
	pthread_mutex_unlock(&h->mu);
	return calls;
}

/* The broker holds it until something comes. */
static void pull__waits_at_the_broker(void)
{
	static struct heard heard = {.mu = PTHREAD_MUTEX_INITIALIZER};
	const char *topic = new_topic(1);
	struct rmq_queue a = {topic, "broker-a", 0};
	rmq_pull_consumer *c = new_consumer(new_name("G"));
	rmq_pull_options *o = rmq_pull_options_new();
	rmq_error_detail *detail = NULL;

	send_to(&a, NULL, 0, 1);
	expect_stored(topic, 1);
	expect_ok(rmq_pull_options_set_suspend(o, 20 * 1000, &detail), detail);
	expect_ok(rmq_pull_options_set_timeout(o, PATIENT_MS, &detail), detail);
	expect_ok(rmq_pull_consumer_pull_async(c, &a, 1, o, on_pulled, &heard, &detail), detail);
	let_pass(300);
	expect_int(is_heard(&heard), 0);
	send_to(&a, NULL, 1, 1);
	expect(wait_until(is_heard, &heard, SOON_MS));
	expect_int(heard.error, RMQ_OK);
	expect_int(heard.count, 1);
	expect_int(heard.next, 2);
	heard.calls = 0;
	expect_ok(rmq_pull_consumer_pull_async(c, &a, 2, o, on_pulled, &heard, &detail), detail);
	expect_ok(rmq_pull_consumer_close(c, SOON_MS, &detail), detail);
	expect_int(is_heard(&heard), 1);
	expect_int(heard.error, RMQ_ERR_CANCELLED);
	rmq_pull_options_free(o);
	rmq_pull_consumer_free(c);
}

static void pull__keeps_offsets_where_it_is_told_to(void)
{
	const char *topic = new_topic(1);
	struct rmq_queue a = {topic, "broker-a", 0};
	rmq_pull_consumer *c = new_consumer(new_name("G"));
	rmq_error_detail *detail = NULL;
	int64_t offset = -7;
	rmq_pull_result *r;

	/* The one that is asked for by its time has a millisecond of its own: between two of them a
	 * broker of 4.9 answers with the nearer one. */
	send_to(&a, NULL, 0, 3);
	let_pass(20);
	send_to(&a, NULL, 3, 1);
	let_pass(20);
	send_to(&a, NULL, 4, 1);
	expect_stored(topic, 5);
	expect_ok(rmq_pull_consumer_min_offset(c, &a, &offset, &detail), detail);
	expect_int(offset, 0);
	expect_ok(rmq_pull_consumer_max_offset(c, &a, &offset, &detail), detail);
	expect_int(offset, 5);
	r = pull(c, &a, 3, NULL);
	expect_ok(rmq_pull_consumer_offset_at(
			  c, &a,
			  rmq_message_store_ms(rmq_messages_at(rmq_pull_result_messages(r), 0)),
			  &offset, &detail),
		  detail);
	expect_int(offset, 3);
	rmq_pull_result_free(r);
	expect_ok(rmq_pull_consumer_committed(c, &a, &offset, &detail), detail);
	/* A broker of 4.9 does not tell "none" from 0, of a queue that has lost no message yet. */
	expect(offset == -1 || (offset == 0 && strncmp(scene.target->version(), "4.", 2) == 0));
	expect_ok(rmq_pull_consumer_commit(c, &a, 4, &detail), detail);
	expect_ok(rmq_pull_consumer_committed(c, &a, &offset, &detail), detail);
	expect_int(offset, 4);
	rmq_pull_consumer_free(c);
}

struct retried {
	rmq_pull_consumer *consumer;
	const char *topic;
	int found;
};

/* A queue of the retry topic, wherever it is. */
static int look_for_retry(void *arg)
{
	struct retried *t = arg;
	rmq_queues *queues = NULL;
	const struct rmq_queue *q;

	if (rmq_pull_consumer_queues(t->consumer, t->topic, &queues, NULL) != RMQ_OK)
		return 0;
	for (size_t i = 0; (q = rmq_queues_at(queues, i)); i++) {
		rmq_pull_result *r = NULL;
		const rmq_message *m;

		if (rmq_pull_consumer_pull(t->consumer, q, 0, NULL, &r, NULL) != RMQ_OK)
			continue;
		m = rmq_messages_at(rmq_pull_result_messages(r), 0);
		if (m) {
			must_be(m, 0);
			expect_int(rmq_message_reconsume_times(m), 1);
			t->found = 1;
		}
		rmq_pull_result_free(r);
	}
	rmq_queues_free(queues);
	return t->found;
}

static void pull__sends_back(void)
{
	const char *topic = new_topic(1), *group = new_name("G");
	struct rmq_queue a = {topic, "broker-a", 0};
	rmq_pull_consumer *c = new_consumer(group);
	rmq_error_detail *detail = NULL;
	struct retried t = {.consumer = c};
	char retry[256];
	rmq_pull_result *r;

	snprintf(retry, sizeof(retry), "%%RETRY%%%s", group);
	t.topic = retry;
	send_to(&a, NULL, 0, 1);
	expect_stored(topic, 1);
	r = pull(c, &a, 0, NULL);
	expect_ok(rmq_pull_consumer_send_back(c, rmq_messages_at(rmq_pull_result_messages(r), 0), 1,
					      &detail),
		  detail);
	rmq_pull_result_free(r);
	if (!wait_until(look_for_retry, &t, SOON_MS))
		fail("it did not come back");
	rmq_pull_consumer_free(c);
}

struct share {
	pthread_mutex_t mu;
	size_t held;
	int calls;
};

static void on_queues(const char *topic, const rmq_queues *held, const rmq_queues *assigned,
		      const rmq_queues *revoked, void *arg)
{
	struct share *s = arg;

	(void)topic;
	(void)assigned;
	(void)revoked;
	pthread_mutex_lock(&s->mu);
	s->held = rmq_queues_count(held);
	s->calls++;
	pthread_mutex_unlock(&s->mu);
}

static int is_half(void *arg)
{
	struct share *s = arg;
	int is_half;

	pthread_mutex_lock(&s->mu);
	is_half = s->held == ALL_QUEUES / 2;
	pthread_mutex_unlock(&s->mu);
	return is_half;
}

static rmq_pull_consumer *new_sharer(const char *group, const char *topic, const char *name,
				     struct share *s)
{
	char settings[64];
	rmq_pull_consumer *c = NULL;
	rmq_error_detail *detail = NULL;

	snprintf(settings, sizeof(settings), "instanceName=%s", name);
	expect_ok(rmq_pull_consumer_new(new_config(settings), group, &c, &detail), detail);
	expect_ok(rmq_pull_consumer_subscribe(c, topic, NULL, &detail), detail);
	expect_ok(rmq_pull_consumer_set_queues_fn(c, on_queues, s, &detail), detail);
	expect_ok(rmq_pull_consumer_start(c, &detail), detail);
	expect_ok(rmq_pull_consumer_wait_ready(c, SOON_MS, &detail), detail);
	return c;
}

static void pull__tells_the_share_of_queues(void)
{
	static struct share one = {.mu = PTHREAD_MUTEX_INITIALIZER},
			    two = {.mu = PTHREAD_MUTEX_INITIALIZER};
	const char *topic = new_topic(QUEUES), *group = new_name("G");
	rmq_pull_consumer *a = new_sharer(group, topic, "a", &one);
	rmq_pull_consumer *b = new_sharer(group, topic, "b", &two);
	rmq_error_detail *detail = NULL;
	rmq_queues *held = NULL;

	expect(wait_until(is_half, &one, SOON_MS));
	expect(wait_until(is_half, &two, SOON_MS));
	expect_ok(rmq_pull_consumer_assignment(a, &held, &detail), detail);
	expect_int(rmq_queues_count(held), ALL_QUEUES / 2);
	rmq_queues_free(held);
	rmq_pull_consumer_free(b);
	rmq_pull_consumer_free(a);
}

static const struct behaviour pull_list[] = {
	BEHAVIOUR(pull__gives_what_is_stored_from_an_offset_on, 0),
	BEHAVIOUR(pull__filters_by_tag, 0),
	BEHAVIOUR(pull__waits_at_the_broker, 0),
	BEHAVIOUR(pull__keeps_offsets_where_it_is_told_to, 0),
	BEHAVIOUR(pull__sends_back, 0),
	BEHAVIOUR(pull__tells_the_share_of_queues, 0),
};
BEHAVIOURS(pull);
