/* SPDX-License-Identifier: Apache-2.0 */
/* b_transaction.c - what a producer with transactions is promised, and what brokers ask. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

enum { KIB = 1024, LONG = 100 * KIB };

/* Longer than a half message waits until it is asked about, and for one more round: transactionTimeOut and
 * transactionCheckInterval of target.h and tests/apache/cluster. */
static int64_t asked_ms(void)
{
	return scene.target->version()[0] ? 20 * 1000 : 8 * 1000;
}

/* What a check function says, and what it was asked. */
struct oracle {
	pthread_mutex_t mu;
	/* mu */
	unsigned asked;
	unsigned want;    /* for a wait */
	unsigned unknown; /* it says so as often at first */
	bool was_wrong;
	char *body; /* of a long message; NULL: any */
};

static struct oracle *oracle_new(void)
{
	struct oracle *o = calloc(1, sizeof(*o));

	if (!o)
		fail("out of memory");
	pthread_mutex_init(&o->mu, NULL);
	return o;
}

/* By the body: "commit...", "rollback...", or a long one. */
static enum rmq_transaction_state judge(struct oracle *o, const rmq_message *m)
{
	size_t len;
	const char *body = rmq_message_body(m, &len);

	if (o->body) {
		o->was_wrong |= len != LONG || memcmp(body, o->body, len) != 0;
		return RMQ_TRANSACTION_COMMIT;
	}
	if (len >= 6 && memcmp(body, "commit", 6) == 0)
		return RMQ_TRANSACTION_COMMIT;
	o->was_wrong |= len < 8 || memcmp(body, "rollback", 8) != 0;
	return RMQ_TRANSACTION_ROLLBACK;
}

static enum rmq_transaction_state on_check(const rmq_message *m, void *arg)
{
	struct oracle *o = arg;
	enum rmq_transaction_state state = RMQ_TRANSACTION_UNKNOWN;

	pthread_mutex_lock(&o->mu);
	o->asked++;
	if (o->unknown > 0)
		o->unknown--;
	else
		state = judge(o, m);
	pthread_mutex_unlock(&o->mu);
	return state;
}

static unsigned asked(struct oracle *o)
{
	unsigned n;

	pthread_mutex_lock(&o->mu);
	if (o->was_wrong)
		fail("the half message that was asked about is not the one that was sent");
	n = o->asked;
	pthread_mutex_unlock(&o->mu);
	return n;
}

static int was_asked(void *arg)
{
	struct oracle *o = arg;

	return asked(o) >= o->want;
}

static void expect_asked(struct oracle *o, unsigned times)
{
	o->want = times;
	if (!wait_until(was_asked, o, SOON_MS))
		fail("asked %u times, not %u", asked(o), times);
}

/* A producer of the group, started, that answers for this topic. */
static rmq_producer *new_member_with(const char *settings, const char *group, const char *topic,
				     struct oracle *o)
{
	rmq_error_detail *detail = NULL;
	rmq_producer *p = new_producer_of(group, settings);

	expect_ok(rmq_producer_set_check_fn(p, on_check, o, &detail), detail);
	expect_ok(rmq_producer_add_topic(p, topic, &detail), detail);
	expect_ok(rmq_producer_start(p, &detail), detail);
	return p;
}

static rmq_producer *new_member(const char *group, const char *topic, struct oracle *o)
{
	return new_member_with(NULL, group, topic, o);
}

static rmq_transaction *begin_with(rmq_producer *p, const char *topic, const void *body, size_t len)
{
	rmq_error_detail *detail = NULL;
	rmq_transaction *t = NULL;
	rmq_message *m = rmq_message_new(topic, body, len);
	rmq_send_options *o = rmq_send_options_new();

	expect_ok(rmq_send_options_set_timeout(o, PATIENT_MS, &detail), detail);
	expect_ok(rmq_producer_begin(p, m, o, &t, &detail), detail);
	rmq_send_options_free(o);
	rmq_message_free(m);
	return t;
}

static rmq_transaction *begin(rmq_producer *p, const char *topic, const char *body)
{
	return begin_with(p, topic, body, strlen(body));
}

static void commit(rmq_transaction *t)
{
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_transaction_commit(t, &detail), detail);
	rmq_transaction_free(t);
}

static void roll_back(rmq_transaction *t)
{
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_transaction_rollback(t, &detail), detail);
	rmq_transaction_free(t);
}

/* --- By the producer ------------------------------------------------------------------------- */

static void transaction__is_seen_if_and_only_if_it_is_committed(void)
{
	enum { MESSAGES = 30 };
	const char *topic = new_topic(QUEUES);
	struct oracle *o = oracle_new();
	rmq_producer *p = new_member(new_name("P"), topic, o);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	char body[32];

	for (int i = 0; i < MESSAGES; i++) {
		snprintf(body, sizeof(body), "%s-%d", i % 3 ? "commit" : "rollback", i);
		if (i % 3)
			commit(begin(p, topic, body));
		else
			roll_back(begin(p, topic, body));
	}

	sink_expect(s, MESSAGES * 2 / 3);
	for (int i = 0; i < MESSAGES; i++) {
		snprintf(body, sizeof(body), "%s-%d", i % 3 ? "commit" : "rollback", i);
		expect_int(sink_count_body(s, body), i % 3 ? 1 : 0);
	}
	free(o);
}

static void transaction__is_invisible_until_then(void)
{
	const char *topic = new_topic(QUEUES);
	struct oracle *o = oracle_new();
	rmq_producer *p = new_member(new_name("P"), topic, o);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	rmq_transaction *t = begin(p, topic, "commit");
	char id[64];

	snprintf(id, sizeof(id), "%s", rmq_transaction_id(t));
	let_pass(QUIET_MS);
	expect_int(sink_count(s), 0);
	expect_int(stored_count(topic), 0);
	commit(t);

	sink_expect(s, 1);
	expect_text(rmq_message_id(sink_at(s, 0)), id);
	expect_text(rmq_message_topic(sink_at(s, 0)), topic);
	free(o);
}

static void transaction__ends_once(void)
{
	const char *topic = new_topic(QUEUES);
	struct oracle *o = oracle_new();
	rmq_producer *p = new_member(new_name("P"), topic, o);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	rmq_transaction *t = begin(p, topic, "commit");
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_transaction_commit(t, &detail), detail);
	expect_int(rmq_transaction_commit(t, NULL), RMQ_ERR_STATE);
	expect_int(rmq_transaction_rollback(t, NULL), RMQ_ERR_STATE);

	rmq_transaction_free(t);
	sink_expect(s, 1);
	free(o);
}

/* --- Without waiting ------------------------------------------------------------------------- */

static atomic_int ended, went_wrong;

static void on_end(enum rmq_error error, const rmq_error_detail *detail, void *arg)
{
	(void)arg;
	if (error != RMQ_OK) {
		note("%s", rmq_error_detail_message(detail));
		went_wrong++;
	}
	ended++;
}

/* arg: to be committed. */
static void on_begin(enum rmq_error error, rmq_transaction *t, const rmq_error_detail *detail,
		     void *arg)
{
	enum rmq_error err = error;

	if (error != RMQ_OK)
		note("%s", rmq_error_detail_message(detail));
	else if (arg)
		err = rmq_transaction_commit_async(t, on_end, NULL, NULL);
	else
		err = rmq_transaction_rollback_async(t, on_end, NULL, NULL);
	rmq_transaction_free(t);
	if (err != RMQ_OK) {
		went_wrong++;
		ended++;
	}
}

static int have_ended(void *arg)
{
	return ended >= *(const int *)arg;
}

static void transaction__without_waiting_is_seen_if_and_only_if_it_is_committed(void)
{
	enum { MESSAGES = 60 };
	int messages = MESSAGES;
	const char *topic = new_topic(QUEUES);
	struct oracle *o = oracle_new();
	rmq_producer *p = new_member(new_name("P"), topic, o);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	rmq_send_options *options = rmq_send_options_new();
	rmq_error_detail *detail = NULL;
	char body[32];

	ended = went_wrong = 0;
	expect_ok(rmq_send_options_set_timeout(options, PATIENT_MS, &detail), detail);
	for (int i = 0; i < MESSAGES; i++) {
		rmq_message *m;

		snprintf(body, sizeof(body), "%s-%d", i % 3 ? "commit" : "rollback", i);
		m = rmq_message_new(topic, body, strlen(body));
		expect_ok(rmq_producer_begin_async(p, m, options, on_begin, i % 3 ? p : NULL,
						   &detail),
			  detail);
		rmq_message_free(m);
	}
	expect(wait_until(have_ended, &messages, PATIENT_MS + SOON_MS));
	expect_int(went_wrong, 0);

	sink_expect(s, MESSAGES * 2 / 3);
	for (int i = 0; i < MESSAGES; i++) {
		snprintf(body, sizeof(body), "%s-%d", i % 3 ? "commit" : "rollback", i);
		expect_int(sink_count_body(s, body), i % 3 ? 1 : 0);
	}
	rmq_send_options_free(options);
	free(o);
}

/* --- By the broker --------------------------------------------------------------------------- */

/* Is the answer to such a question among the records of the trace? The fields behind the transaction's id. */
static bool is_traced(struct sink *trace, const char *state)
{
	char record[100];
	size_t len;

	snprintf(record, sizeof(record), "\001%s\001true\002", state);
	for (size_t i = 0; i < sink_count(trace); i++) {
		const char *body = rmq_message_body(sink_at(trace, i), &len);

		if (memmem(body, len, record, strlen(record)))
			return true;
	}
	return false;
}

static int are_traced(void *trace)
{
	return is_traced(trace, "COMMIT_MESSAGE") && is_traced(trace, "ROLLBACK_MESSAGE");
}

static void transaction__that_was_left_open_is_asked_about(void)
{
	const char *topic = new_topic(QUEUES), *trace_topic = new_topic(1);
	struct oracle *o = oracle_new();
	struct sink *trace = sink_open(NULL, trace_topic, NULL, NULL, NULL);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	char settings[300];
	rmq_producer *p;

	snprintf(settings, sizeof(settings), "enableTrace=true traceTopic=%s", trace_topic);
	p = new_member_with(settings, new_name("P"), topic, o);

	rmq_transaction_free(begin(p, topic, "commit-a"));
	rmq_transaction_free(begin(p, topic, "rollback-b"));
	rmq_transaction_free(begin(p, topic, "commit-c"));

	if (!sink_wait(s, 2, SOON_MS))
		fail("%zu messages came", sink_count(s));
	expect_asked(o, 3);
	sink_expect(s, 2);
	expect_int(sink_count_body(s, "commit-a"), 1);
	expect_int(sink_count_body(s, "commit-c"), 1);
	close_producer(p);
	/* The half messages and the answers: as many trace messages as there was time between. */
	expect(wait_until(are_traced, trace, SOON_MS));
	free(o);
}

static void transaction__nobody_knows_of_is_asked_about_again(void)
{
	const char *topic = new_topic(QUEUES);
	struct oracle *o = oracle_new();
	rmq_producer *p = new_member(new_name("P"), topic, o);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);

	o->unknown = 2;
	rmq_transaction_free(begin(p, topic, "commit"));

	expect_asked(o, 3);
	sink_expect(s, 1);
	drop_producer(p);
	free(o);
}

/* It only answers: it has never sent anything. */
static void transaction__of_a_producer_that_is_gone_is_answered_by_another(void)
{
	const char *topic = new_topic(QUEUES), *group = new_name("P");
	struct oracle *o = oracle_new();
	rmq_producer *p = new_member(group, topic, o), *other;
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);

	rmq_transaction_free(begin(p, topic, "commit"));
	drop_producer(p);
	other = new_member(group, topic, o);

	if (!sink_wait(s, 1, SOON_MS))
		fail("it did not arrive; asked %u times", asked(o));
	sink_expect(s, 1);
	drop_producer(other);
	free(o);
}

/* The broker asks meanwhile, and gets no answer that ends it: it is not done yet. */
static void transaction__that_takes_long_is_not_asked_about_and_arrives_once(void)
{
	const char *topic = new_topic(QUEUES);
	struct oracle *o = oracle_new();
	rmq_producer *p = new_member(new_name("P"), topic, o);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	rmq_transaction *t = begin(p, topic, "rollback-if-asked");

	let_pass(asked_ms());
	expect_int(sink_count(s), 0);
	expect_int(asked(o), 0);
	commit(t);

	/* A broker that has not noted the end yet may ask now, once, and is told to forget the copy. */
	sink_expect(s, 1);
	let_pass(asked_ms());
	expect_int(sink_count(s), 1);
	drop_producer(p);
	free(o);
}

static void transaction__with_a_long_body_is_shown_as_it_was_sent(void)
{
	const char *topic = new_topic(QUEUES);
	struct oracle *o = oracle_new();
	rmq_producer *p;
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	size_t len;

	o->body = malloc(LONG);
	if (!o->body)
		fail("out of memory");
	for (int i = 0; i < LONG; i++)
		o->body[i] = (char)('a' + i / 64 % 26);
	p = new_member(new_name("P"), topic, o);
	rmq_transaction_free(begin_with(p, topic, o->body, LONG));

	expect_asked(o, 1);
	sink_expect(s, 1);
	expect(memcmp(rmq_message_body(sink_at(s, 0), &len), o->body, LONG) == 0);
	expect_int(len, LONG);
	drop_producer(p);
	free(o->body);
	free(o);
}

static const struct behaviour transaction_list[] = {
	BEHAVIOUR(transaction__is_seen_if_and_only_if_it_is_committed, 0),
	BEHAVIOUR(transaction__is_invisible_until_then, 0),
	BEHAVIOUR(transaction__ends_once, 0),
	BEHAVIOUR(transaction__without_waiting_is_seen_if_and_only_if_it_is_committed, 0),
	BEHAVIOUR(transaction__that_was_left_open_is_asked_about, 0),
	BEHAVIOUR(transaction__nobody_knows_of_is_asked_about_again, 0),
	BEHAVIOUR(transaction__of_a_producer_that_is_gone_is_answered_by_another, 0),
	BEHAVIOUR(transaction__that_takes_long_is_not_asked_about_and_arrives_once, 0),
	BEHAVIOUR(transaction__with_a_long_body_is_shown_as_it_was_sent, 0),
};
BEHAVIOURS(transaction);
