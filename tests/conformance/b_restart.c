/* SPDX-License-Identifier: Apache-2.0 */
/*
 * b_restart.c - nodes that go away and come back. Only what was acknowledged is
 * promised; a retry may store a message twice.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

enum { TRY_MS = 20 * 1000 }; /* of a send that is tried until it works */

static const char *const brokers[] = {"broker-a", "broker-b"};

/* A steady stream of sends; every result is noted. */
static void stream(struct audit *audit, rmq_producer *p, const char *topic, int n)
{
	for (int i = 0; i < n; i++)
		(void)audit_try_send(audit, p, topic, 100, PATIENT_MS);
}

/* The same by a thread while nodes come and go; in virtual time, by the test itself. */
struct flow {
	struct audit *audit;
	rmq_producer *producer;
	const char *topic;
	atomic_bool stop;
	pthread_t thread;
};

static void *keep_sending(void *arg)
{
	struct flow *f = arg;

	while (!f->stop)
		stream(f->audit, f->producer, f->topic, 1);
	return NULL;
}

static void flow_start(struct flow *f)
{
	if (scene.target == &target_mock)
		stream(f->audit, f->producer, f->topic, 200);
	else if (pthread_create(&f->thread, NULL, keep_sending, f) != 0)
		fail("no thread");
}

static int has_sent(void *arg)
{
	struct flow *f = arg;

	return audit_sent_count(f->audit) >= 100;
}

static void flow_warm_up(struct flow *f)
{
	expect(wait_until(has_sent, f, SOON_MS));
}

static void flow_stop(struct flow *f)
{
	if (scene.target == &target_mock) {
		stream(f->audit, f->producer, f->topic, 200);
	} else {
		f->stop = true;
		pthread_join(f->thread, NULL);
	}
}

static void expect_mostly_acked(struct audit *audit)
{
	struct audit_verdict v;

	audit_judge(audit, &v);
	note("%zu sent, %zu acknowledged, %zu unsure", audit_sent_count(audit), v.acked, v.unsure);
	expect(v.acked * 10 >= audit_sent_count(audit) * 9);
}

/* While it runs: a broker that cannot be reached is asked until it answers. */
static void start_detector(rmq_producer *p)
{
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_producer_set(p, "startDetectorEnable", "true", &detail), detail);
	expect_ok(rmq_producer_set(p, "detectInterval", "200", &detail), detail);
	expect_ok(rmq_producer_set(p, "detectTimeout", "2000", &detail), detail);
	expect_int(rmq_producer_set(p, "sendMsgTimeout", "1", NULL), RMQ_ERR_CONFIG);
}

/* Does broker-a get what is sent? */
static int is_used(void *arg)
{
	struct flow *f = arg;
	rmq_message *m = rmq_message_new(f->topic, "is it back?", 11);
	rmq_send_result *r = NULL;
	bool is_its = send_within(f->producer, m, TRY_MS, &r, NULL) == RMQ_OK &&
		      scene_same(rmq_send_result_queue(r)->broker_name, brokers[0]);

	rmq_send_result_free(r);
	rmq_message_free(m);
	return is_its;
}

static void lose_a_broker_while_sending(void (*down)(const char *name), bool has_detector)
{
	const char *topic = new_topic(QUEUES), *other = new_topic(1);
	struct audit *audit = audit_new(2000000);
	struct flow flow = {.audit = audit, .producer = new_producer(NULL), .topic = topic};

	flow_start(&flow);
	flow_warm_up(&flow);
	if (has_detector)
		start_detector(flow.producer);
	down("broker-a");
	if (scene.target == &target_mock)
		stream(audit, flow.producer, topic, 200); /* to the other one */
	scene.target->broker_start("broker-a");
	flow_stop(&flow);
	flow.topic = other;
	if (!wait_until(is_used, &flow, SOON_MS))
		fail("the broker is back, and gets nothing");

	expect_mostly_acked(audit);
	sink_open(NULL, topic, NULL, NULL, audit);
	audit_expect(audit, AUDIT_DISORDER | AUDIT_DUPLICATES | AUDIT_MOVED);
}

static void restart__broker_stops_while_sending(void)
{
	lose_a_broker_while_sending(scene.target->broker_stop, false);
}

static void restart__broker_is_killed_while_sending(void)
{
	lose_a_broker_while_sending(scene.target->broker_kill, true);
}

/* What was acknowledged before the kill is there after it, at its place. */
static void restart__acknowledged_messages_survive_a_kill(void)
{
	enum { MESSAGES = 1000 };
	const char *topic = new_topic(QUEUES);
	struct audit *audit = audit_new(MESSAGES);
	rmq_producer *p = new_producer(NULL);

	audit_send(audit, p, topic, MESSAGES, 300);
	brokers_kill();
	brokers_start();
	expect_stored(topic, MESSAGES);
	sink_open(NULL, topic, NULL, NULL, audit);
	audit_expect(audit, AUDIT_DISORDER);
}

static void lose_a_broker_while_consuming(void (*down)(const char *name))
{
	enum { EACH = 400 };
	const char *topic = new_topic(QUEUES);
	struct audit *audit = audit_new(3 * EACH);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, audit);

	audit_send(audit, p, topic, EACH, 100);
	if (!sink_wait(s, EACH / 4, SOON_MS))
		fail("nothing is consumed");
	down("broker-b");
	stream(audit, p, topic, EACH);
	scene.target->broker_start("broker-b");
	stream(audit, p, topic, EACH);

	/* With a kill the offsets of the last seconds are lost, so some come again. */
	audit_expect(audit, AUDIT_DISORDER | AUDIT_DUPLICATES | AUDIT_MOVED);
	expect_mostly_acked(audit);
}

static void restart__broker_stops_while_consuming(void)
{
	lose_a_broker_while_consuming(scene.target->broker_stop);
}

static void restart__broker_is_killed_while_consuming(void)
{
	lose_a_broker_while_consuming(scene.target->broker_kill);
}

/* Sends to queue 0 of that broker, nowhere else, and tells the offset it got. */
static int64_t send_to(rmq_producer *p, const char *topic, const char *broker, const char *body)
{
	struct rmq_queue q = {topic, broker, 0};
	rmq_send_options *o = rmq_send_options_new();
	rmq_message *m = rmq_message_new(topic, body, strlen(body));
	rmq_error_detail *detail = NULL;
	rmq_send_result *r = NULL;
	int64_t offset;

	expect_ok(rmq_send_options_set_timeout(o, SOON_MS, &detail), detail);
	expect_ok(rmq_send_options_set_queue(o, &q, &detail), detail);
	expect_ok(rmq_producer_send(p, m, o, &r, &detail), detail);
	offset = rmq_send_result_queue_offset(r);
	rmq_send_result_free(r);
	rmq_message_free(m);
	rmq_send_options_free(o);
	return offset;
}

static void restart__topics_and_queue_offsets_survive(void)
{
	const char *topic = new_topic(1);
	rmq_producer *p = new_producer(NULL);
	int64_t last[BROKERS], sum = 0;

	for (int b = 0; b < BROKERS; b++) {
		send_to(p, topic, brokers[b], "before");
		last[b] = send_to(p, topic, brokers[b], "before");
		sum += last[b] + 1; /* two, and what a lost answer had sent again */
	}
	brokers_stop();
	brokers_start();
	expect_stored(topic, sum);
	p = new_producer(NULL);
	for (int b = 0; b < BROKERS; b++)
		expect(send_to(p, topic, brokers[b], "after") > last[b]);
}

/* --- Name servers --------------------------------------------------------------------- */

static void restart__name_server_is_not_needed_while_routes_are_known(void)
{
	enum { EACH = 200 };
	const char *topic = new_topic(QUEUES);
	struct audit *audit = audit_new(3 * EACH);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, audit);

	audit_send(audit, p, topic, EACH, 64);
	if (!sink_wait(s, EACH, SOON_MS))
		fail("nothing is consumed");
	scene.target->namesrv_stop(0);
	audit_send(audit, p, topic, EACH, 64);
	audit_wait(audit, SOON_MS);
	scene.target->namesrv_start(0);
	audit_send(audit, p, topic, EACH, 64);
	audit_expect(audit, AUDIT_DISORDER);
}

struct attempt {
	rmq_producer *producer;
	const char *topic;
};

static int can_send(void *arg)
{
	struct attempt *a = arg;
	rmq_message *m = rmq_message_new(a->topic, "x", 1);
	enum rmq_error error = send_within(a->producer, m, TRY_MS, NULL, NULL);

	rmq_message_free(m);
	return error == RMQ_OK;
}

static enum rmq_consume_status take_all(rmq_push_consumer *c, const rmq_message *const *messages,
					size_t count, rmq_consume_context *context, void *arg)
{
	(void)c;
	(void)messages;
	(void)count;
	(void)context;
	(void)arg;
	return RMQ_CONSUME_SUCCESS;
}

/* Bits of 1 << kind; the event function of TCP targets runs on another thread. */
static atomic_uint told;

static void note_event(const rmq_event *event, void *arg)
{
	(void)arg;
	note("event: %s", rmq_event_text(event));
	atomic_fetch_or(&told, 1u << rmq_event_kind(event));
}

/* One of these kinds. */
static int is_told(void *arg)
{
	unsigned *bits = arg;

	return (atomic_load(&told) & *bits) != 0;
}

static void restart__of_brokers_is_told_by_events(void)
{
	unsigned joined = 1u << RMQ_EVENT_JOINED, lost = 1u << RMQ_EVENT_LOST;
	/* JOINED: the name server took the brokers out of the routes meanwhile. */
	unsigned back = 1u << RMQ_EVENT_OVER | 1u << RMQ_EVENT_JOINED;
	const char *topic = new_topic(QUEUES);
	rmq_config *c = new_config("heartbeatBrokerInterval=1000");
	rmq_push_consumer *k = NULL;
	rmq_error_detail *detail = NULL;

	atomic_store(&told, 0);
	rmq_config_set_event_fn(c, note_event, NULL);
	expect_ok(rmq_push_consumer_new(c, new_name("G"), &k, &detail), detail);
	expect_ok(rmq_push_consumer_subscribe(k, topic, "*", &detail), detail);
	expect_ok(rmq_push_consumer_set_listener(k, take_all, NULL, &detail), detail);
	expect_ok(rmq_push_consumer_start(k, &detail), detail);
	if (!wait_until(is_told, &joined, SOON_MS))
		fail("nobody tells that the brokers were joined");
	brokers_stop();
	if (!wait_until(is_told, &lost, SOON_MS))
		fail("nobody tells that the brokers are lost");
	atomic_store(&told, 0);
	brokers_start();
	if (!wait_until(is_told, &back, 3 * SOON_MS))
		fail("nobody tells that it is over");
	rmq_push_consumer_free(k);
}

static void restart__new_clients_work_after_a_name_server_restart(void)
{
	const char *topic = new_topic(QUEUES);
	struct attempt a = {.topic = topic};
	struct sink *s;

	scene.target->namesrv_stop(0);
	scene.target->namesrv_start(0);
	a.producer = new_producer(NULL);
	/* Brokers register again within their period of up to 30 s. */
	if (!wait_until(can_send, &a, 2 * SOON_MS))
		fail("the topic is not found again");
	s = sink_open(NULL, topic, NULL, NULL, NULL);
	if (!sink_wait(s, 1, 2 * SOON_MS))
		fail("nothing is consumed");
}

struct knowing {
	rmq_admin *admin; /* asks this name server only */
	const char *topic;
};

static int knows(void *arg)
{
	struct knowing *k = arg;
	rmq_topic_offsets *offsets = NULL;
	bool is_known =
		rmq_admin_topic_offsets(k->admin, k->topic, NULL, NULL, &offsets, NULL) == RMQ_OK &&
		count_answered(offsets) == ALL_QUEUES;

	rmq_topic_offsets_free(offsets);
	return is_known;
}

/* Until the brokers have registered again with the name server of this index. */
static void wait_until_knows(int index, const char *topic)
{
	char list[512];
	const char *at;
	rmq_config *c = new_config(NULL);
	struct knowing k = {.topic = topic};
	rmq_error_detail *detail = NULL;

	snprintf(list, sizeof(list), "%s", scene.target->namesrv());
	at = list;
	for (int i = 0; i < index && strchr(at, ';'); i++)
		at = strchr(at, ';') + 1;
	list[(size_t)(at - list) + strcspn(at, ";")] = '\0';
	expect_ok(rmq_config_set(c, "namesrvAddr", at, &detail), detail);
	expect_ok(rmq_admin_new(c, &k.admin, &detail), detail);
	if (!wait_until(knows, &k, 3 * SOON_MS))
		fail("name server %s does not know the topic again", at);
	rmq_admin_free(k.admin);
}

static void restart__second_name_server_answers_for_the_first(void)
{
	const char *topic = new_topic(QUEUES);
	struct audit *audit = audit_new(400);

	for (int i = 0; i < 2; i++) {
		scene.target->namesrv_stop(i);
		audit_send(audit, new_producer(NULL), topic, 100, 64);
		scene.target->namesrv_start(i);
		wait_until_knows(i, topic);
	}
	sink_open(NULL, topic, NULL, NULL, audit);
	audit_expect(audit, AUDIT_DISORDER);
}

/* --- Everything ------------------------------------------------------------------------ */

static void restart__no_broker_is_a_clear_error_and_heals(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	struct attempt a = {p, topic};
	rmq_message *m = rmq_message_new(topic, "x", 1);
	rmq_error_detail *detail = NULL;
	const rmq_attempt *attempt;
	enum rmq_error error;

	send_text(p, topic, NULL, "before");
	brokers_stop();
	error = send_within(p, m, 3000, NULL, &detail);
	if (error != RMQ_ERR_CONNECT && error != RMQ_ERR_NO_BROKER && error != RMQ_ERR_NO_ROUTE &&
	    error != RMQ_ERR_TIMEOUT && error != RMQ_ERR_CONNECTION_LOST)
		fail("without brokers a send ends with: %s", rmq_error_text(error));
	expect(detail != NULL);
	note("%s", rmq_error_detail_message(detail));
	for (size_t i = 0; (attempt = rmq_error_detail_attempt_at(detail, i)); i++)
		expect(strchr(rmq_attempt_address(attempt), ':') != NULL);
	rmq_error_detail_free(detail);
	rmq_message_free(m);
	brokers_start();
	if (!wait_until(can_send, &a, 2 * SOON_MS))
		fail("the producer does not recover");
}

static void restart__consumer_may_start_while_the_brokers_are_away(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	struct sink *s;

	for (int i = 0; i < ALL_QUEUES; i++)
		send_text(p, topic, NULL, "body");
	brokers_stop();
	s = sink_open(NULL, topic, NULL, NULL, NULL);
	let_pass(QUIET_MS);
	brokers_start();
	if (!sink_wait(s, ALL_QUEUES, 3 * SOON_MS))
		fail("only %zu of %d came", sink_count(s), ALL_QUEUES);
}

static const struct behaviour restart_list[] = {
	BEHAVIOUR(restart__broker_stops_while_sending, NEED_NODES),
	BEHAVIOUR(restart__broker_is_killed_while_sending, NEED_NODES),
	BEHAVIOUR(restart__acknowledged_messages_survive_a_kill, NEED_NODES),
	BEHAVIOUR(restart__broker_stops_while_consuming, NEED_NODES),
	BEHAVIOUR(restart__broker_is_killed_while_consuming, NEED_NODES),
	BEHAVIOUR(restart__topics_and_queue_offsets_survive, NEED_NODES),
	BEHAVIOUR(restart__name_server_is_not_needed_while_routes_are_known, NEED_NODES),
	BEHAVIOUR(restart__of_brokers_is_told_by_events, NEED_NODES),
	BEHAVIOUR(restart__new_clients_work_after_a_name_server_restart, NEED_NODES),
	BEHAVIOUR(restart__second_name_server_answers_for_the_first,
		  NEED_NODES | NEED_TWO_NAMESRVS),
	BEHAVIOUR(restart__no_broker_is_a_clear_error_and_heals, NEED_NODES),
	BEHAVIOUR(restart__consumer_may_start_while_the_brokers_are_away, NEED_NODES),
};
BEHAVIOURS(restart);
