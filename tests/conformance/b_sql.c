/* SPDX-License-Identifier: Apache-2.0 */
/* b_sql.c - SQL92: which messages match, what is refused, another expression while it runs. */
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

/* A message with these properties, "a=1,b=x"; they are its body. */
static void send_with(rmq_producer *p, const char *topic, const char *properties)
{
	rmq_message *m = rmq_message_new(topic, properties, strlen(properties));
	char copy[128], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", properties);
	for (char *pair = strtok_r(copy, ",", &save); pair; pair = strtok_r(NULL, ",", &save)) {
		char *value = strchr(pair, '=');

		*value = '\0';
		if (rmq_message_set_property(m, pair, value + 1, NULL) != RMQ_OK)
			fail("property %s", pair);
	}
	(void)send_message(p, m);
}

static struct sink *new_sql_sink(const char *topic, const char *expression, const char *settings)
{
	struct sink *s = sink_new(NULL, NULL, NULL, settings);
	rmq_error_detail *d = NULL;

	expect_ok(rmq_push_consumer_subscribe_sql(s->consumer, topic, expression, &d), d);
	return s;
}

static struct sink *open_sql_sink(const char *topic, const char *expression, const char *settings)
{
	struct sink *s = new_sql_sink(topic, expression, settings);

	sink_start(s);
	return s;
}

static const char *const messages[] = {"a=1",          "a=3,b=eu",  "a=4,b=us",     "a=05",
				       "a=5.5,b=asia", "b=it's eu", "a=3000000000", "a=x,c=true"};
enum { MESSAGES = sizeof(messages) / sizeof(messages[0]) };

/* How many of these match. */
static const struct {
	const char *expression;
	size_t count;
	bool is_new; /* unknown to 4.9 */
} meanings[] = {
	{"a between 0 and 3", 2, false},
	{"a > 3.5", 4, false},
	{"a > 3", 2, false},
	{"a = 5 OR b = 'us'", 2, false},
	{"a = 5 OR b IS NULL", 2, false},
	{"b IN ('eu', 'us') AND NOT (a = 4)", 1, false},
	{"b NOT IN ('eu')", 3, false},
	{"b = 'it''s eu' and a is null", 1, false},
	{"c = TRUE", 1, false},
	{"a <> 'x'", 6, false},
	{"a LIKE 'x%'", 0, false},
	{"b CONTAINS 'eu'", 2, true},
	{"b NOT STARTSWITH 'u' AND b ENDSWITH 'ia'", 1, true},
};
enum { MEANINGS = sizeof(meanings) / sizeof(meanings[0]) };

static void sql__the_messages_that_match_are_delivered(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	struct sink *sinks[MEANINGS] = {NULL};
	struct sink *all = sink_open(NULL, topic, "*", NULL, NULL);

	for (size_t i = 0; i < MEANINGS; i++)
		if (!meanings[i].is_new || scene.target->version()[0] != '4')
			sinks[i] = open_sql_sink(topic, meanings[i].expression, NULL);
	for (size_t i = 0; i < MESSAGES; i++)
		send_with(p, topic, messages[i]);
	sink_expect(all, MESSAGES);
	for (size_t i = 0; i < MEANINGS; i++)
		if (sinks[i] && !sink_wait(sinks[i], meanings[i].count, SOON_MS))
			fail("%zu messages of %s", sink_count(sinks[i]), meanings[i].expression);
	let_pass(QUIET_MS);
	for (size_t i = 0; i < MEANINGS; i++) {
		if (sinks[i] && sink_count(sinks[i]) != meanings[i].count)
			fail("%zu messages of %s", sink_count(sinks[i]), meanings[i].expression);
	}
}

static void sql__expression_is_sent_with_each_pull_when_asked(void)
{
	const char *topic = new_topic(QUEUES);
	struct sink *s = open_sql_sink(topic, "a > 3", "postSubscriptionWhenPull=true");

	for (size_t i = 0; i < MESSAGES; i++)
		send_with(new_producer(NULL), topic, messages[i]);
	sink_expect(s, 2);
}

static enum rmq_consume_status fail_once(struct sink *s, const rmq_message *const *list,
					 size_t count, rmq_consume_context *context)
{
	(void)s;
	(void)count;
	rmq_consume_context_set_delay_level(context, 1);
	return rmq_message_reconsume_times(list[0]) == 0 ? RMQ_RECONSUME_LATER
							 : RMQ_CONSUME_SUCCESS;
}

static void sql__what_failed_comes_again(void)
{
	const char *topic = new_topic(1);
	struct sink *s = new_sql_sink(topic, "a = 1", NULL);

	s->react = fail_once;
	sink_start(s);
	send_with(new_producer(NULL), topic, "a=1");
	sink_expect(s, 2);
	expect_int(rmq_message_reconsume_times(sink_at(s, 1)), 1);
}

static void sql__refused_expression_is_told_with_the_words_of_the_broker(void)
{
	const char *topic = new_topic(1);
	struct sink *s = open_sql_sink(topic, "a > > 3", NULL);
	rmq_error_detail *d = sink_expect_unready(s, RMQ_ERR_BROKER);

	expect_int(rmq_error_detail_broker_code(d), 23);
	expect_int(rmq_error_detail_flags(d), RMQ_ERROR_FATAL);
	if (!strstr(rmq_error_detail_message(d),
		    "Encountered \" \">\" \"> \"\" at line 1, column 5."))
		fail("%s", rmq_error_detail_message(d));
	rmq_error_detail_free(d);
	send_with(new_producer(NULL), topic, "a=4");
	sink_expect(s, 0);

	d = NULL;
	expect_ok(rmq_push_consumer_subscribe_sql(s->consumer, topic, "a > 3", &d), d);
	expect_ok(sink_wait_ready(s, SOON_MS, &d), d);
	send_with(new_producer(NULL), topic, "a=5");
	if (!sink_wait(s, 1, SOON_MS))
		fail("nothing came of the right expression");
}

/* A message to each broker, until one of each has come: both go by the expression that it matches. */
struct probe {
	struct sink *sink;
	rmq_producer *producer;
	const char *topic;
	const char *body; /* its properties, too */
	size_t since;     /* what came before does not count */
	int64_t sent_ms;  /* at last: once a second */
};

static int is_known(void *arg)
{
	struct probe *p = arg;
	bool at_a = false, at_b = false;

	for (size_t i = p->since; i < sink_count(p->sink) && i < SINK_KEPT; i++) {
		const rmq_message *m = sink_at(p->sink, i);
		size_t len;
		const char *body = rmq_message_body(m, &len);

		if (len != strlen(p->body) || memcmp(body, p->body, len) != 0)
			continue;
		*(strcmp(rmq_message_queue(m)->broker_name, "broker-a") == 0 ? &at_a : &at_b) =
			true;
	}
	if (at_a && at_b)
		return 1;
	if (now_ms() - p->sent_ms < 1000)
		return 0;
	p->sent_ms = now_ms();
	for (int i = 0; i < BROKERS; i++)
		send_with(p->producer, p->topic, p->body);
	return 0;
}

static void expect_known(struct sink *s, rmq_producer *producer, const char *topic,
			 const char *body)
{
	struct probe p = {s, producer, topic, body, sink_count(s), 0};

	if (!wait_until(is_known, &p, SOON_MS))
		fail("no broker, or one of them only, delivers %s", body);
}

static void sql__expression_is_replaced_while_running(void)
{
	const char *topic = new_topic(1);
	rmq_producer *p = new_even_producer();
	struct sink *s = open_sql_sink(topic, "a = 1", NULL);
	rmq_error_detail *d = NULL;

	send_with(p, topic, "a=1");
	sink_expect(s, 1);
	expect_ok(rmq_push_consumer_subscribe_sql(s->consumer, topic, "a = 2", &d), d);
	expect_ok(sink_wait_ready(s, SOON_MS, &d), d);
	expect_known(s, p, topic, "a=2,n=1");
	for (int i = 0; i < 2 * BROKERS; i++)
		send_with(p, topic, "a=1");
	expect_known(s, p, topic, "a=2,n=2");
	expect_int(sink_count_body(s, "a=1"), 1);

	sink_subscribe(s, topic, "*");
	expect_known(s, p, topic, "a=3");
}

static const struct behaviour sql_list[] = {
	BEHAVIOUR(sql__the_messages_that_match_are_delivered, 0),
	BEHAVIOUR(sql__expression_is_sent_with_each_pull_when_asked, 0),
	BEHAVIOUR(sql__what_failed_comes_again, 0),
	BEHAVIOUR(sql__refused_expression_is_told_with_the_words_of_the_broker, 0),
	BEHAVIOUR(sql__expression_is_replaced_while_running, 0),
};
BEHAVIOURS(sql);
