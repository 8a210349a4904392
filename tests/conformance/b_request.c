/* SPDX-License-Identifier: Apache-2.0 */
/* b_request.c - a request and its reply, from one producer to a listener and back. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

enum { LONG_BODY = 64 * 1024 };

static rmq_error_detail *detail;

/* A service: who asks for "X" gets "re: X". */
struct service {
	rmq_producer *producer;
	int times;          /* that each request is answered; 0: never */
	atomic_int refused; /* replies that nobody took */
	const char *body;   /* of the reply, `len` bytes; NULL: made of the request */
	size_t len;
};

static void reply_to(struct service *v, const rmq_message *request)
{
	rmq_message *reply = NULL;
	rmq_error_detail *d = NULL;
	char text[256];
	size_t len;
	const char *asked = rmq_message_body(request, &len);

	snprintf(text, sizeof(text), "re: %.*s", (int)len, asked);
	if (v->body)
		expect_ok(rmq_message_new_reply(request, v->body, v->len, &reply, &d), d);
	else
		expect_ok(rmq_message_new_reply(request, text, strlen(text), &reply, &d), d);
	if (send_within(v->producer, reply, PATIENT_MS, NULL, &d) != RMQ_OK) {
		note("%s", rmq_error_detail_message(d));
		v->refused++;
	}
	rmq_error_detail_free(d);
	rmq_message_free(reply);
}

static enum rmq_consume_status serve(struct sink *s, const rmq_message *const *messages,
				     size_t count, rmq_consume_context *context)
{
	struct service *v = s->arg;

	(void)context;
	for (size_t i = 0; i < count; i++)
		for (int n = 0; n < v->times; n++)
			reply_to(v, messages[i]);
	return RMQ_CONSUME_SUCCESS;
}

/* It lives until the end: a listener may still be at it when who asked has its reply. */
static struct service *new_service(const struct service *how)
{
	static struct service service;

	service.times = how->times;
	service.producer = how->producer;
	service.len = how->len;
	return &service;
}

static struct sink *open_service_of(struct service *v, const char *topic, const char *settings)
{
	struct sink *s = sink_new(NULL, topic, NULL, settings);

	if (!v->producer)
		v->producer = new_producer(settings);
	s->react = serve;
	s->arg = v;
	sink_start(s);
	return s;
}

static struct sink *open_service(struct service *v, const char *topic)
{
	return open_service_of(v, topic, NULL);
}

static enum rmq_error ask(rmq_producer *p, const char *topic, const char *body, int64_t timeout_ms,
			  rmq_message **reply)
{
	rmq_message *m = rmq_message_new(topic, body, strlen(body));
	rmq_send_options *o = rmq_send_options_new();
	enum rmq_error err;

	rmq_error_detail_free(detail);
	detail = NULL;
	expect_ok(rmq_send_options_set_timeout(o, timeout_ms, &detail), detail);
	err = rmq_producer_request(p, m, o, reply, &detail);
	rmq_send_options_free(o);
	rmq_message_free(m);
	return err;
}

static void expect_reply(rmq_producer *p, const char *topic, const char *body)
{
	char should[256], is[256];
	rmq_message *reply = NULL;
	size_t len;
	const char *got;

	expect_ok(ask(p, topic, body, PATIENT_MS, &reply), detail);
	got = rmq_message_body(reply, &len);
	snprintf(should, sizeof(should), "re: %s", body);
	snprintf(is, sizeof(is), "%.*s", (int)len, got);
	expect_text(is, should);
	rmq_message_free(reply);
}

static void request__gets_its_reply(void)
{
	const char *topic = new_topic(QUEUES);
	struct service *service = new_service(&(struct service){.times = 1});
	rmq_producer *p = new_producer(NULL);
	struct sink *s = open_service(service, topic);

	expect_reply(p, topic, "a");
	expect_reply(p, topic, "b");
	expect_int(sink_count(s), 2);
	expect_int(service->refused, 0);
}

static void request__shows_what_it_is(void)
{
	const char *topic = new_topic(QUEUES), *id;
	struct service *service = new_service(&(struct service){.times = 1});
	rmq_producer *p = new_producer(NULL);
	struct sink *s = open_service(service, topic);
	rmq_message *reply = NULL;
	char name[256];

	expect_ok(ask(p, topic, "a", PATIENT_MS, &reply), detail);
	expect_text(rmq_message_property(sink_at(s, 0), "REPLY_TO_CLIENT"),
		    rmq_producer_client_id(p));
	snprintf(name, sizeof(name), "%d", PATIENT_MS);
	expect_text(rmq_message_property(sink_at(s, 0), "TTL"), name);
	id = rmq_message_property(sink_at(s, 0), "CORRELATION_ID");
	expect(id && *id);
	expect_text(rmq_message_property(reply, "CORRELATION_ID"), id);
	expect_text(rmq_message_property(reply, "MSG_TYPE"), "reply");
	expect(rmq_message_property(reply, "ARRIVE_TIME"));
	expect(rmq_message_property(reply, "PUSH_REPLY_TIME"));
	snprintf(name, sizeof(name), "%s_REPLY_TOPIC",
		 rmq_message_property(sink_at(s, 0), "CLUSTER"));
	expect_text(rmq_message_topic(reply), name);
	expect(rmq_message_born_ms(reply) > 0 && rmq_message_store_ms(reply) > 0);
	expect(strchr(rmq_message_born_host(reply), ':'));
	expect(*rmq_message_id(reply));
	rmq_message_free(reply);
}

static void create_within(const char *space, const char *topic)
{
	char name[256];

	snprintf(name, sizeof(name), "%s%%%s", space, topic);
	expect_ok(create_topic(NULL, name, 1, &detail), detail);
}

/* By the service of its own namespace; the reply takes the topic of the cluster. */
static void namespace__request_is_replied(void)
{
	const char *topic = new_name("T");
	struct service *service = new_service(&(struct service){.times = 1});
	struct sink *s, *other;
	rmq_message *reply = NULL;
	char name[256];
	rmq_producer *p;

	create_within("Ours", topic);
	create_within("Theirs", topic);
	p = new_producer("namespace=Ours");
	s = open_service_of(service, topic, "namespace=Ours");
	other = sink_open(NULL, topic, NULL, "namespace=Theirs", NULL);
	expect_reply(p, topic, "a");
	expect_ok(ask(p, topic, "b", PATIENT_MS, &reply), detail);
	snprintf(name, sizeof(name), "%s_REPLY_TOPIC",
		 rmq_message_property(sink_at(s, 0), "CLUSTER"));
	expect_text(rmq_message_topic(reply), name);
	expect_text(rmq_message_topic(sink_at(s, 0)), topic);
	expect_int(sink_count(s), 2);
	expect_int(sink_count(other), 0);
	expect_int(service->refused, 0);
	rmq_message_free(reply);
}

/* --- Options --------------------------------------------------------------------- */

static size_t take_last(const rmq_queues *queues, const rmq_message *m, void *arg)
{
	(void)m;
	(void)arg;
	return rmq_queues_count(queues) - 1;
}

/* Where the request went with these options, which are freed. */
static struct rmq_queue ask_where(rmq_producer *p, struct sink *s, const char *topic,
				  rmq_send_options *o)
{
	size_t before = sink_count(s);
	rmq_message *m = rmq_message_new(topic, "a", 1), *reply = NULL;

	expect_ok(rmq_send_options_set_timeout(o, PATIENT_MS, &detail), detail);
	expect_ok(rmq_producer_request(p, m, o, &reply, &detail), detail);
	expect(reply != NULL);
	rmq_message_free(reply);
	rmq_message_free(m);
	rmq_send_options_free(o);
	expect_int(sink_count(s), before + 1);
	return *rmq_message_queue(sink_at(s, before));
}

static void expect_queue(struct rmq_queue is, const struct rmq_queue *should)
{
	expect_text(is.topic, should->topic);
	expect_text(is.broker_name, should->broker_name);
	expect_int(is.queue_id, should->queue_id);
}

static void request__goes_where_its_options_say(void)
{
	const char *topic = new_topic(QUEUES);
	struct service *service = new_service(&(struct service){.times = 1});
	rmq_producer *p = new_producer(NULL);
	struct sink *s = open_service(service, topic);
	rmq_queues *queues = NULL;
	rmq_send_options *o;
	char key[] = "order-7";
	size_t hashed;

	expect_ok(rmq_producer_queues(p, topic, &queues, &detail), detail);
	expect_int(rmq_queues_count(queues), ALL_QUEUES);
	o = rmq_send_options_new();
	expect_ok(rmq_send_options_set_queue(o, rmq_queues_at(queues, 2), &detail), detail);
	expect_queue(ask_where(p, s, topic, o), rmq_queues_at(queues, 2));
	o = rmq_send_options_new();
	expect_ok(rmq_send_options_set_selector(o, take_last, NULL, &detail), detail);
	expect_queue(ask_where(p, s, topic, o), rmq_queues_at(queues, ALL_QUEUES - 1));
	o = rmq_send_options_new();
	expect_ok(rmq_send_options_set_sharding_key(o, key, &detail), detail);
	hashed = rmq_select_queue_by_hash(queues, NULL, key);
	expect_queue(ask_where(p, s, topic, o), rmq_queues_at(queues, hashed));
	rmq_queues_free(queues);
}

/* Every request of it is signed: the one for who knows the producer, the send, and the reply's. */
static void request__with_an_account_gets_its_reply(void)
{
	request__gets_its_reply();
}

/* --- Asynchronous ---------------------------------------------------------------- */

struct asked {
	atomic_int ended, right, wrong;
};

static struct asked asked;

static void on_reply(enum rmq_error error, const rmq_message *reply, const rmq_error_detail *d,
		     void *arg)
{
	const char *body = arg, *got;
	char should[64];
	size_t len;

	snprintf(should, sizeof(should), "re: %s", body);
	if (error != RMQ_OK) {
		note("%s", rmq_error_detail_message(d));
		asked.wrong++;
	} else {
		got = rmq_message_body(reply, &len);
		if (len == strlen(should) && memcmp(got, should, len) == 0)
			asked.right++;
		else
			asked.wrong++;
	}
	asked.ended++;
}

static int have_ended(void *arg)
{
	return asked.ended >= *(const int *)arg;
}

static void request__many_at_once_each_get_their_own(void)
{
	enum { MANY = 200 };
	static char bodies[MANY][16];
	const char *topic = new_topic(QUEUES);
	struct service *service = new_service(&(struct service){.times = 1});
	rmq_producer *p[2] = {new_producer(NULL), new_producer(NULL)};
	rmq_send_options *o = rmq_send_options_new();
	const int many = MANY;

	asked = (struct asked){0};
	open_service(service, topic);
	expect_ok(rmq_send_options_set_timeout(o, PATIENT_MS, &detail), detail);
	for (int i = 0; i < MANY; i++) {
		rmq_message *m;

		snprintf(bodies[i], sizeof(bodies[i]), "%d", i);
		m = rmq_message_new(topic, bodies[i], strlen(bodies[i]));
		expect_ok(rmq_producer_request_async(p[i % 2], m, o, on_reply, bodies[i], &detail),
			  detail);
		rmq_message_free(m);
	}
	expect(wait_until(have_ended, (void *)(uintptr_t)&many, PATIENT_MS + SOON_MS));
	expect_int(asked.right, MANY);
	let_pass(QUIET_MS);
	expect_int(asked.ended, MANY); /* and not twice */
	rmq_send_options_free(o);
}

/* --- Bodies ---------------------------------------------------------------------- */

static void request__long_replies_arrive_unpacked(void)
{
	static const char *const types[] = {"ZLIB", "LZ4", "ZSTD"};
	const char *topic = new_topic(QUEUES);
	struct service *service = new_service(&(struct service){.times = 1, .len = LONG_BODY});
	rmq_producer *p = new_producer(NULL);
	static char body[LONG_BODY]; /* as long as the service */
	char settings[64];
	const void *got;
	size_t len;

	memset(body, 'r', LONG_BODY);
	service->body = body;
	service->producer = new_producer(NULL);
	open_service(service, topic);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		rmq_message *reply = NULL;

		snprintf(settings, sizeof(settings), "compressType=%s", types[i]);
		service->producer = new_producer(settings);
		expect_ok(ask(p, topic, "a", PATIENT_MS, &reply), detail);
		got = rmq_message_body(reply, &len);
		expect_int(len, LONG_BODY);
		expect(memcmp(got, body, len) == 0);
		expect_int(rmq_message_sys_flag(reply) & 1, 0);
		rmq_message_free(reply);
	}
}

/* --- What goes wrong ------------------------------------------------------------- */

static void request__without_a_reply_is_told_from_one_that_was_not_sent(void)
{
	const char *topic = new_topic(QUEUES);
	struct service *service = new_service(&(struct service){.times = 0});
	rmq_producer *p = new_producer(NULL);
	struct sink *s = open_service(service, topic);
	rmq_message *reply = NULL;
	enum rmq_error err = ask(p, topic, "a", 5000, &reply);

	expect(!reply);
	/* A machine that was too slow has not had the answer to the send. */
	if (err != RMQ_ERR_NO_REPLY)
		scene_skip("%s", rmq_error_detail_message(detail));
	expect(rmq_error_detail_flags(detail) & RMQ_ERROR_MAYBE_STORED);
	sink_expect(s, 1);
	expect_text(rmq_message_id(sink_at(s, 0)), rmq_error_detail_message_id(detail));
	expect_text(rmq_error_detail_queue(detail)->topic, topic);
}

static int has_late(void *arg)
{
	rmq_error_detail *d = NULL;
	char *json = NULL;
	int has;

	expect_ok(rmq_producer_statistics(arg, &json, &d), d);
	has = strstr(json, "\"requests\":{\"began\":2,\"inFlight\":0,\"replied\":2,") != NULL &&
	      strstr(json, "\"lateReplies\":2,\"unknownReplies\":0,") != NULL;
	rmq_statistics_free(json);
	return has;
}

static void request__a_second_reply_is_dropped(void)
{
	const char *topic = new_topic(QUEUES);
	struct service *service = new_service(&(struct service){.times = 2});
	rmq_producer *p = new_producer(NULL);

	open_service(service, topic);
	expect_reply(p, topic, "a");
	expect_reply(p, topic, "b");
	expect_int(service->refused, 0);
	/* The second one of the second request may be on its way. */
	expect(wait_until(has_late, p, SOON_MS));
}

struct asking {
	rmq_producer *producer;
	const char *topic;
	struct service *service;
};

/* A slow machine may not have sent it in that time. */
static int has_asked(void *arg)
{
	struct asking *a = arg;
	rmq_message *reply = NULL;

	(void)ask(a->producer, a->topic, "a", 3000, &reply);
	expect(!reply);
	return stored_count(a->topic) > 0;
}

/* The reply to each. */
static int has_refused(void *arg)
{
	struct asking *a = arg;

	return a->service->refused == stored_count(a->topic);
}

static void reply__to_who_is_gone_is_refused(void)
{
	const char *topic = new_topic(QUEUES);
	struct service *service = new_service(&(struct service){
		.times = 1, .producer = new_producer("retryTimesWhenSendFailed=0")});
	struct asking asking = {new_producer(NULL), topic, service};
	struct sink *s;

	expect(wait_until(has_asked, &asking, SOON_MS));
	drop_producer(asking.producer);
	s = sink_new(NULL, topic, NULL, "consumeFromWhere=CONSUME_FROM_FIRST_OFFSET");
	s->react = serve;
	s->arg = service;
	sink_start(s);
	expect(wait_until(has_refused, &asking, SOON_MS));
}

static void reply__needs_a_request(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	rmq_message *reply = NULL;

	send_text(p, topic, NULL, "no request");
	sink_expect(s, 1);
	expect_int(rmq_message_new_reply(sink_at(s, 0), "x", 1, &reply, &detail),
		   RMQ_ERR_INVALID_ARGUMENT);
	expect(strstr(rmq_error_detail_message(detail), "is no request: it has no property "
							"CORRELATION_ID"));
	rmq_error_detail_free(detail);
	detail = NULL;
	expect(!reply);
}

static const struct behaviour request_list[] = {
	BEHAVIOUR(request__gets_its_reply, 0),
	BEHAVIOUR(request__shows_what_it_is, 0),
	BEHAVIOUR(namespace__request_is_replied, 0),
	BEHAVIOUR(request__goes_where_its_options_say, 0),
	BEHAVIOUR(request__with_an_account_gets_its_reply, NEED_ACL),
	BEHAVIOUR(request__many_at_once_each_get_their_own, 0),
	BEHAVIOUR(request__long_replies_arrive_unpacked, 0),
	BEHAVIOUR(request__without_a_reply_is_told_from_one_that_was_not_sent, 0),
	BEHAVIOUR(request__a_second_reply_is_dropped, 0),
	BEHAVIOUR(reply__to_who_is_gone_is_refused, 0),
	BEHAVIOUR(reply__needs_a_request, 0),
};
BEHAVIOURS(request);
