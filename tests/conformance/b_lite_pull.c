/* SPDX-License-Identifier: Apache-2.0 */
/* b_lite_pull.c - what a lite pull consumer is promised beside what all consumers are (sink_lite_pull.c). */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"

static rmq_lite_pull_consumer *new_consumer(const char *group, const char *settings)
{
	rmq_config *config = new_config(settings);
	rmq_lite_pull_consumer *c = NULL;
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_config_set(config, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET", &detail),
		  detail);
	expect_ok(rmq_lite_pull_consumer_new(config, group, &c, &detail), detail);
	return c;
}

static void start(rmq_lite_pull_consumer *c)
{
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_lite_pull_consumer_start(c, &detail), detail);
	expect_ok(rmq_lite_pull_consumer_wait_ready(c, SOON_MS, &detail), detail);
}

static void subscribe(rmq_lite_pull_consumer *c, const char *topic)
{
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_lite_pull_consumer_subscribe(c, topic, NULL, &detail), detail);
}

/* n<from> .. n<from + count - 1> to one queue. */
static void send_to(rmq_producer *p, const struct rmq_queue *q, int from, int count)
{
	rmq_send_options *o = rmq_send_options_new();
	rmq_error_detail *detail = NULL;
	char body[32];

	expect_ok(rmq_send_options_set_timeout(o, PATIENT_MS, &detail), detail);
	expect_ok(rmq_send_options_set_queue(o, q, &detail), detail);
	for (int i = from; i < from + count; i++) {
		int n = snprintf(body, sizeof(body), "n%d", i);
		rmq_message *m = rmq_message_new(q->topic, body, (size_t)n);

		expect_ok(rmq_producer_send(p, m, o, NULL, &detail), detail);
		rmq_message_free(m);
	}
	rmq_send_options_free(o);
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

/* So many come, in this order, and are done. */
static void poll_numbers(rmq_lite_pull_consumer *c, int from, int count)
{
	rmq_error_detail *detail = NULL;
	rmq_messages *l;

	for (int n = 0; n < count;) {
		l = NULL;
		expect_ok(rmq_lite_pull_consumer_poll(c, SOON_MS, &l, &detail), detail);
		if (!l)
			fail("n%d did not come", from + n);
		for (size_t i = 0; i < rmq_messages_count(l); i++)
			must_be(rmq_messages_at(l, i), from + n++);
		rmq_messages_free(l);
	}
}

static void poll_nothing(rmq_lite_pull_consumer *c)
{
	rmq_error_detail *detail = NULL;
	rmq_messages *l = NULL;

	expect_ok(rmq_lite_pull_consumer_poll(c, QUIET_MS / 2, &l, &detail), detail);
	expect_int(rmq_messages_count(l), 0);
	rmq_messages_free(l);
}

/* When the broker stored this one. The consumer stands behind it then. */
static int64_t stored_ms(rmq_lite_pull_consumer *c, const struct rmq_queue *q, int n)
{
	rmq_error_detail *detail = NULL;
	rmq_messages *l = NULL;
	int64_t at_ms;

	expect_ok(rmq_lite_pull_consumer_seek(c, q, n, &detail), detail);
	expect_ok(rmq_lite_pull_consumer_poll(c, SOON_MS, &l, &detail), detail);
	must_be(rmq_messages_at(l, 0), n);
	at_ms = rmq_message_store_ms(rmq_messages_at(l, 0));
	rmq_messages_free(l);
	return at_ms;
}

static void lite_pull__seeks(void)
{
	const char *topic = new_topic(1);
	struct rmq_queue a = {topic, "broker-a", 0};
	rmq_lite_pull_consumer *c = new_consumer(new_name("G"), NULL);
	rmq_producer *p = new_producer(NULL);
	rmq_error_detail *detail = NULL;
	int64_t at_ms;

	/* n20 has a millisecond of its own: between two messages a broker of 4.9 goes to the nearer one. */
	send_to(p, &a, 0, 20);
	let_pass(20);
	send_to(p, &a, 20, 1);
	let_pass(20);
	send_to(p, &a, 21, 19);
	expect_stored(topic, 40);
	subscribe(c, topic);
	start(c);
	poll_numbers(c, 0, 40);
	at_ms = stored_ms(c, &a, 20);
	expect_ok(rmq_lite_pull_consumer_seek(c, &a, 35, &detail), detail);
	poll_numbers(c, 35, 5);
	expect_ok(rmq_lite_pull_consumer_seek_to_begin(c, &a, &detail), detail);
	poll_numbers(c, 0, 40);
	expect_ok(rmq_lite_pull_consumer_seek_to_time(c, &a, at_ms, &detail), detail);
	poll_numbers(c, 20, 20);
	expect_ok(rmq_lite_pull_consumer_seek(c, &a, 2, &detail), detail);
	expect_ok(rmq_lite_pull_consumer_seek_to_end(c, &a, &detail), detail);
	poll_nothing(c);
	send_to(p, &a, 40, 1);
	poll_numbers(c, 40, 1);
	expect_int(rmq_lite_pull_consumer_seek(c, &a, 42, &detail), RMQ_ERR_INVALID_ARGUMENT);
	expect(strstr(rmq_error_detail_message(detail), "it has 0 to 41") != NULL);
	rmq_error_detail_free(detail);
	rmq_lite_pull_consumer_free(c);
}

static void lite_pull__pauses_one_queue(void)
{
	const char *topic = new_topic(1);
	struct rmq_queue a = {topic, "broker-a", 0}, b = {topic, "broker-b", 0};
	rmq_lite_pull_consumer *c = new_consumer(new_name("G"), NULL);
	rmq_producer *p = new_producer(NULL);
	rmq_error_detail *detail = NULL;

	subscribe(c, topic);
	start(c);
	expect_ok(rmq_lite_pull_consumer_pause(c, &a, 1, &detail), detail);
	send_to(p, &a, 0, 3);
	send_to(p, &b, 100, 3);
	poll_numbers(c, 100, 3);
	poll_nothing(c);
	expect_ok(rmq_lite_pull_consumer_resume(c, &a, 1, &detail), detail);
	poll_numbers(c, 0, 3);
	rmq_lite_pull_consumer_free(c);
}

struct told {
	pthread_mutex_t mu;
	int calls;
	enum rmq_error error;
};

static void on_committed(enum rmq_error error, const rmq_error_detail *detail, void *arg)
{
	struct told *t = arg;

	(void)detail;
	pthread_mutex_lock(&t->mu);
	t->calls++;
	t->error = error;
	pthread_mutex_unlock(&t->mu);
}

static int is_told(void *arg)
{
	struct told *t = arg;
	int calls;

	pthread_mutex_lock(&t->mu);
	calls = t->calls;
	pthread_mutex_unlock(&t->mu);
	return calls;
}

static int64_t committed(rmq_lite_pull_consumer *c, const struct rmq_queue *q)
{
	rmq_error_detail *detail = NULL;
	int64_t offset = -7;

	expect_ok(rmq_lite_pull_consumer_committed(c, q, &offset, &detail), detail);
	return offset;
}

static void lite_pull__commits_by_hand(void)
{
	static struct told told = {.mu = PTHREAD_MUTEX_INITIALIZER};
	const char *topic = new_topic(1), *group = new_name("G");
	struct rmq_queue a = {topic, "broker-a", 0};
	rmq_lite_pull_consumer *c = new_consumer(group, "autoCommit=false");
	rmq_error_detail *detail = NULL;
	int64_t seven = 7;

	send_to(new_producer(NULL), &a, 0, 10);
	expect_stored(topic, 10);
	subscribe(c, topic);
	start(c);
	poll_numbers(c, 0, 10);
	expect_ok(rmq_lite_pull_consumer_commit_offsets(c, &a, &seven, 1, -1, &detail), detail);
	expect_int(committed(c, &a), 7);
	rmq_lite_pull_consumer_free(c);
	c = new_consumer(group, "autoCommit=false");
	subscribe(c, topic);
	start(c);
	poll_numbers(c, 7, 3);
	expect_int(committed(c, &a), 7);
	expect_ok(rmq_lite_pull_consumer_commit_async(c, on_committed, &told, &detail), detail);
	expect(wait_until(is_told, &told, SOON_MS));
	expect_int(told.error, RMQ_OK);
	expect_int(committed(c, &a), 10);
	expect_ok(rmq_lite_pull_consumer_close(c, SOON_MS, &detail), detail);
	expect_int(committed_count(topic, group), 10);
	rmq_lite_pull_consumer_free(c);
}

static void lite_pull__close_commits_what_is_done(void)
{
	const char *topic = new_topic(1), *group = new_name("G");
	struct rmq_queue a = {topic, "broker-a", 0};
	rmq_lite_pull_consumer *c = new_consumer(group, "pullBatchSize=4");
	rmq_error_detail *detail = NULL;
	rmq_messages *l = NULL;

	send_to(new_producer(NULL), &a, 0, 8);
	expect_stored(topic, 8);
	subscribe(c, topic);
	start(c);
	poll_numbers(c, 0, 4);
	expect_ok(rmq_lite_pull_consumer_poll(c, SOON_MS, &l, &detail), detail);
	expect_int(rmq_messages_count(l), 4);
	expect_ok(rmq_lite_pull_consumer_close(c, SOON_MS, &detail), detail);
	rmq_lite_pull_consumer_free(c);
	must_be(rmq_messages_at(l, 3), 7);
	rmq_messages_free(l);
	expect_int(committed_count(topic, group), 4);
	c = new_consumer(group, NULL);
	subscribe(c, topic);
	start(c);
	poll_numbers(c, 4, 4);
	rmq_lite_pull_consumer_free(c);
}

static void lite_pull__assigns_queues(void)
{
	const char *topic = new_topic(2);
	struct rmq_queue q[] = {{topic, "broker-a", 1}, {topic, "broker-b", 0}};
	rmq_lite_pull_consumer *c = new_consumer(new_name("G"), NULL);
	rmq_producer *p = new_producer(NULL);
	rmq_error_detail *detail = NULL;
	rmq_queues *all = NULL, *held = NULL;

	expect_ok(rmq_lite_pull_consumer_queues(c, topic, &all, &detail), detail);
	expect_int(rmq_queues_count(all), 4);
	for (size_t i = 0; i < 4; i++)
		send_to(p, rmq_queues_at(all, i), 100 * (int)i, 2);
	rmq_queues_free(all);
	expect_stored(topic, 8);
	expect_ok(rmq_lite_pull_consumer_assign(c, q, 1, NULL, &detail), detail);
	start(c);
	poll_numbers(c, 100, 2);
	poll_nothing(c);
	expect_int(rmq_lite_pull_consumer_subscribe(c, topic, NULL, NULL), RMQ_ERR_STATE);
	expect_ok(rmq_lite_pull_consumer_assign(c, q + 1, 1, NULL, &detail), detail);
	poll_numbers(c, 200, 2);
	expect_ok(rmq_lite_pull_consumer_assignment(c, &held, &detail), detail);
	expect_int(rmq_queues_count(held), 1);
	expect_text(rmq_queues_at(held, 0)->broker_name, "broker-b");
	rmq_queues_free(held);
	rmq_lite_pull_consumer_free(c);
}

/* A thread that polls until the consumer closes. */
struct poller {
	rmq_lite_pull_consumer *consumer;
	pthread_t thread;
	pthread_mutex_t mu;
	size_t count;
	enum rmq_error end;
};

static void *poll_on(void *arg)
{
	struct poller *p = arg;
	rmq_messages *l;
	enum rmq_error err;
	size_t came;

	do {
		l = NULL;
		err = rmq_lite_pull_consumer_poll(p->consumer, PATIENT_MS, &l, NULL);
		came = rmq_messages_count(l);
		rmq_messages_free(l); /* done: what is counted is committed by a close */
		pthread_mutex_lock(&p->mu);
		p->count += came;
		pthread_mutex_unlock(&p->mu);
	} while (err == RMQ_OK);
	p->end = err;
	return NULL;
}

static int got_all(void *arg)
{
	struct poller *p = arg;
	size_t count = 0;

	for (int i = 0; i < 2; i++) {
		pthread_mutex_lock(&p[i].mu);
		count += p[i].count;
		pthread_mutex_unlock(&p[i].mu);
	}
	return count >= 200;
}

static void lite_pull__is_polled_by_threads_until_its_close(void)
{
	const char *topic = new_topic(2), *group = new_name("G");
	struct poller p[2] = {{.mu = PTHREAD_MUTEX_INITIALIZER}, {.mu = PTHREAD_MUTEX_INITIALIZER}};
	rmq_lite_pull_consumer *c = new_consumer(group, "pullBatchSize=4");
	rmq_producer *producer = new_producer(NULL);
	rmq_error_detail *detail = NULL;

	subscribe(c, topic);
	start(c);
	for (int i = 0; i < 2; i++) {
		p[i].consumer = c;
		expect_int(pthread_create(&p[i].thread, NULL, poll_on, &p[i]), 0);
	}
	for (int i = 0; i < 200; i++)
		send_text(producer, topic, NULL, "x");
	expect(wait_until(got_all, p, SOON_MS));
	expect_ok(rmq_lite_pull_consumer_close(c, SOON_MS, &detail), detail);
	for (int i = 0; i < 2; i++) {
		pthread_join(p[i].thread, NULL);
		expect_int(p[i].end, RMQ_ERR_STATE);
	}
	expect_int(p[0].count + p[1].count, 200);
	expect_int(committed_count(topic, group), 200);
	rmq_lite_pull_consumer_free(c);
}

static const struct behaviour lite_pull_list[] = {
	BEHAVIOUR(lite_pull__seeks, 0),
	BEHAVIOUR(lite_pull__pauses_one_queue, 0),
	BEHAVIOUR(lite_pull__commits_by_hand, 0),
	BEHAVIOUR(lite_pull__close_commits_what_is_done, 0),
	BEHAVIOUR(lite_pull__assigns_queues, 0),
	BEHAVIOUR(lite_pull__is_polled_by_threads_until_its_close, NEED_THREADS),
};
BEHAVIOURS(lite_pull);
