/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A consumer that cannot work says so: in the log, as an event and to who waits for it; once, not for
 * each try; and says when it is over.
 */
#include <stdio.h>
#include <string.h>

#include <rocketmq/event.h>

#include "base/detail.h"
#include "base/macros.h"
#include "codec/codes.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

#define WHO "group G, client 10.0.0.1@me, "

enum {
	ROUTE = RMQI_REQ_GET_ROUTEINFO_BY_TOPIC,
	BEAT = RMQI_REQ_HEART_BEAT,
	LIST = RMQI_REQ_GET_CONSUMER_LIST_BY_GROUP,
	WHERE = RMQI_REQ_QUERY_CONSUMER_OFFSET,
	PULL = RMQI_REQ_PULL_MESSAGE,
	UNCOUNTED = -100, /* in place of an answer: the list is without us */
	NO_TOPIC = -101   /* in place of an answer: a topic that nobody knows */
};

/* What a broker (or the name server) answers, and how it is told. */
struct situation {
	int request;
	int answer;
	const char *line;  /* in the first warning */
	const char *cause; /* in that line, the event and the detail */
	enum rmq_event_kind event;
	enum rmq_error error; /* of wait_ready */
};

static const struct situation situations[] = {
	{ROUTE, RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED,
	 "name servers at 127.0.0.1:", "this is no name server", RMQ_EVENT_REFUSED, RMQ_ERR_BROKER},
	{ROUTE, RMQI_RESP_NO_PERMISSION, "name servers at 127.0.0.1:", "code 16 (NO_PERMISSION)",
	 RMQ_EVENT_REFUSED, RMQ_ERR_BROKER},
	{ROUTE, FAKE_NO_ANSWER, "name servers", "no answer from 127.0.0.1:", RMQ_EVENT_CANNOT_REACH,
	 RMQ_ERR_TIMEOUT},
	{ROUTE, FAKE_CLOSE, "name servers", "closed", RMQ_EVENT_CANNOT_REACH,
	 RMQ_ERR_CONNECTION_LOST},
	{ROUTE, NO_TOPIC, "topic Later, route at 127.0.0.1:", "code 17 (TOPIC_NOT_EXIST)",
	 RMQ_EVENT_REFUSED, RMQ_ERR_NO_ROUTE},
	{BEAT, RMQI_RESP_SYSTEM_ERROR, "heartbeat at 127.0.0.1:", "code 1 (SYSTEM_ERROR)",
	 RMQ_EVENT_REFUSED, RMQ_ERR_BROKER},
	{BEAT, FAKE_NO_ANSWER, "heartbeat at 127.0.0.1:", "no answer", RMQ_EVENT_CANNOT_REACH,
	 RMQ_ERR_TIMEOUT},
	{LIST, RMQI_RESP_NO_PERMISSION, "topic T, list of members at 127.0.0.1:",
	 "code 16 (NO_PERMISSION)", RMQ_EVENT_REFUSED, RMQ_ERR_BROKER},
	{LIST, RMQI_RESP_SYSTEM_ERROR, "topic T, list of members at 127.0.0.1:",
	 "code 1 (SYSTEM_ERROR)", RMQ_EVENT_REFUSED, RMQ_ERR_TIMEOUT},
	{LIST, FAKE_NO_ANSWER, "topic T, list of members at 127.0.0.1:", "no answer",
	 RMQ_EVENT_CANNOT_REACH, RMQ_ERR_TIMEOUT},
	{LIST, UNCOUNTED, "topic T, list of members at 127.0.0.1:", "not among the 1 members",
	 RMQ_EVENT_REFUSED, RMQ_ERR_TIMEOUT},
	{WHERE, RMQI_RESP_NO_PERMISSION, "topic T, start offset at 127.0.0.1:",
	 "code 16 (NO_PERMISSION)", RMQ_EVENT_REFUSED, RMQ_ERR_BROKER},
	{PULL, RMQI_RESP_SUBSCRIPTION_GROUP_NOT_EXIST, "topic T, pull at 127.0.0.1:",
	 "create the group (autoCreateSubscriptionGroup=false", RMQ_EVENT_REFUSED, RMQ_ERR_BROKER},
	{PULL, RMQI_RESP_SUBSCRIPTION_NOT_EXIST, "topic T, pull at 127.0.0.1:",
	 "code 24 (SUBSCRIPTION_NOT_EXIST)", RMQ_EVENT_REFUSED, RMQ_ERR_BROKER},
};

static struct {
	enum rmq_event_kind kind;
	int code;
	char text[512];
	char topic[64];
} events[64];
static size_t event_count;

static void on_event(const rmq_event *e, void *arg)
{
	(void)arg;
	ck_assert_uint_lt(event_count, RMQI_COUNT(events));
	events[event_count].kind = rmq_event_kind(e);
	events[event_count].code = rmq_event_code(e);
	snprintf(events[event_count].topic, sizeof(events[0].topic), "%s", rmq_event_topic(e));
	snprintf(events[event_count++].text, sizeof(events[0].text), "%s", rmq_event_text(e));
}

/* The first event of this kind whose text has this; -1: none. */
static int find_event(enum rmq_event_kind kind, const char *text)
{
	for (size_t i = 0; i < event_count; i++)
		if (events[i].kind == kind && strstr(events[i].text, text))
			return (int)i;
	return -1;
}

static void begin_trouble(struct rig *r, const struct situation *s)
{
	enum rmq_error err = RMQ_OK;

	if (s->answer == UNCOUNTED)
		fake_broker_members(r->broker, "0.0.0.0@another");
	else if (s->answer == NO_TOPIC)
		err = rmqi_push_consumer_subscribe(r->consumer, "Later", "*", NULL);
	else
		fake_broker_refuse(r->broker, s->request, s->answer, FAKE_FOREVER);
	ck_assert_int_eq(err, RMQ_OK);
}

static void end_trouble(struct rig *r, const struct situation *s)
{
	if (s->answer == UNCOUNTED)
		fake_broker_members(r->broker, NULL);
	else if (s->answer == NO_TOPIC)
		fake_broker_topic(r->broker, "Later", 1);
	else
		fake_broker_refuse(r->broker, s->request, 0, 0);
}

static struct rig *begin(const struct situation *s)
{
	struct rig *r;

	event_count = 0;
	rig_event_fn = on_event;
	r = rig_new(1, 4, NULL);
	begin_trouble(r, s);
	rig_start(r);
	return r;
}

START_TEST(unable__is_told_with_who_what_and_why)
{
	const struct situation *s = &situations[_i];
	struct rig *r = begin(s);
	const char *line;
	int event;

	rig_advance(r, 6000);
	line = strstr(r->log, s->line);
	ck_assert_msg(line != NULL, "situation %d: no such line in: %s", _i, r->log);
	ck_assert_msg(strncmp(line - strlen(WHO), WHO, strlen(WHO)) == 0, "log: %s", r->log);
	ck_assert_msg(strcspn(line, "\n") > (size_t)(strstr(line, s->cause) - line), "log: %s",
		      r->log);
	event = find_event(s->event, s->cause);
	ck_assert_msg(event >= 0, "situation %d: %zu events, the first: %s", _i, event_count,
		      events[0].text);
	if (s->answer > 0)
		ck_assert_int_eq(events[event].code, s->answer);
	rig_free(r);
}
END_TEST

START_TEST(unable__is_the_cause_that_wait_ready_gives)
{
	const struct situation *s = &situations[_i];
	struct rig *r = begin(s);
	const char *cause = s->answer == NO_TOPIC ? "unknown to the name server" : s->cause;
	rmq_error_detail *d = rmqi_detail_new();

	ck_assert_int_eq(rmqi_push_consumer_wait_ready(r->consumer, 6000, d), s->error);
	ck_assert_msg(strstr(rmq_error_detail_message(d), cause) != NULL, "detail: %s",
		      rmq_error_detail_message(d));
	if (s->answer > 0)
		ck_assert_int_eq(rmq_error_detail_broker_code(d), s->answer);
	end_trouble(r, s);
	ck_assert_int_eq(rmqi_push_consumer_wait_ready(r->consumer, 90000, NULL), RMQ_OK);
	rmq_error_detail_free(d);
	rig_free(r);
}
END_TEST

/* For each trouble a line at once and eleven in an hour (base/reminder.h); a trouble shows itself at two
 * topics (T and the retry topic), and the connection tells of its own. */
START_TEST(unable__does_not_flood_the_log)
{
	const struct situation *s = &situations[_i];
	struct rig *r = begin(s);
	size_t events_before;

	rig_advance(r, 6000);
	events_before = event_count;
	rig_advance(r, 3600 * 1000);
	ck_assert_msg(r->lines[RMQ_LOG_WARN] + r->lines[RMQ_LOG_ERROR] <= 36, "%u lines: %.2000s",
		      r->lines[RMQ_LOG_WARN], r->log);
	ck_assert_msg(r->lines[RMQ_LOG_INFO] <= 36, "%u lines", r->lines[RMQ_LOG_INFO]);
	ck_assert_ptr_nonnull(strstr(r->log, " times before, in "));
	ck_assert_uint_le(event_count, events_before + 4);
	rig_free(r);
}
END_TEST

START_TEST(unable__tells_when_it_is_over)
{
	const struct situation *s = &situations[_i];
	struct rig *r = begin(s);
	unsigned warned;

	rig_advance(r, 65000);
	ck_assert_str_eq(r->over, "");
	end_trouble(r, s);
	warned = r->lines[RMQ_LOG_WARN];
	rig_advance(r, 65000);
	ck_assert_msg(strncmp(r->over, WHO, strlen(WHO)) == 0, "situation %d: %s", _i, r->over);
	ck_assert_ptr_nonnull(strstr(r->over, " failures in "));
	ck_assert_uint_eq(r->lines[RMQ_LOG_WARN], warned);
	if (s->event == RMQ_EVENT_REFUSED && s->request != BEAT)
		ck_assert_int_ge(find_event(RMQ_EVENT_OVER, "works now"), 0);
	rig_put(r, 1);
	rig_advance(r, 1000);
	ck_assert_int_eq(rig_seen(r, "m0000"), 1);
	rig_free(r);
}
END_TEST

/* --- Beside those of a start ---------------------------------------------------------------------- */

START_TEST(unable__of_a_dead_name_server_is_told_at_once)
{
	struct rig *r;

	event_count = 0;
	rig_event_fn = on_event;
	r = rig_new(1, 4, "namesrvAddr=127.0.0.1:9");
	rig_start(r);
	rig_advance(r, 100);
	ck_assert_ptr_nonnull(strstr(r->log, WHO "name servers: "));
	ck_assert_ptr_nonnull(strstr(r->log, "connect to 127.0.0.1:9 refused"));
	ck_assert_uint_eq(event_count, 1);
	ck_assert_int_eq(events[0].kind, RMQ_EVENT_CANNOT_REACH);
	rig_advance(r, 3600 * 1000);
	ck_assert_msg(r->lines[RMQ_LOG_WARN] <= 24, "%u lines", r->lines[RMQ_LOG_WARN]);
	/* The other one: topic T makes no progress (t_watchdog.c). */
	ck_assert_uint_eq(event_count, 2);
	ck_assert_int_eq(events[1].kind, RMQ_EVENT_STALLED);
	rig_free(r);
}
END_TEST

/* A listener that fails all, a broker that takes nothing back. */
START_TEST(unable__to_send_back_does_not_flood_the_log)
{
	struct rig *r = rig_new(1, 1, NULL);

	r->status = RMQ_RECONSUME_LATER;
	fake_broker_set_committed(r->broker, "T", 0, 0);
	fake_broker_refuse(r->broker, RMQI_REQ_CONSUMER_SEND_MSG_BACK, RMQI_RESP_NO_PERMISSION,
			   FAKE_FOREVER);
	fake_broker_refuse(r->broker, RMQI_REQ_SEND_MESSAGE_V2, RMQI_RESP_NO_PERMISSION,
			   FAKE_FOREVER);
	rig_put(r, 10);
	rig_start(r);
	rig_advance(r, 600 * 1000);
	ck_assert_ptr_nonnull(
		strstr(r->log, WHO "topic T, send back of failed messages: refused with code 16"));
	ck_assert_msg(r->lines[RMQ_LOG_WARN] <= 12, "%u lines: %s", r->lines[RMQ_LOG_WARN], r->log);
	rig_free(r);
}
END_TEST

/* Every connection is closed as soon as it pulls. */
START_TEST(unable__to_keep_a_connection_does_not_flood_the_log)
{
	struct rig *r = rig_new(1, 4, NULL);

	fake_broker_refuse(r->broker, PULL, FAKE_CLOSE, FAKE_FOREVER);
	rig_start(r);
	rig_advance(r, 3600 * 1000);
	ck_assert_msg(r->lines[RMQ_LOG_WARN] <= 60, "%u lines: %s", r->lines[RMQ_LOG_WARN], r->log);
	ck_assert_msg(r->lines[RMQ_LOG_INFO] <= 60, "%u lines", r->lines[RMQ_LOG_INFO]);
	rig_free(r);
}
END_TEST

START_TEST(able__says_nothing_of_troubles)
{
	struct rig *r = rig_new(1, 4, NULL);

	rig_start(r);
	rig_advance(r, 3600 * 1000);
	ck_assert_msg(r->lines[RMQ_LOG_WARN] == 0, "log: %s", r->log);
	ck_assert_uint_le(r->lines[RMQ_LOG_INFO], 10);
	rig_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		unable__of_a_dead_name_server_is_told_at_once,
		unable__to_send_back_does_not_flood_the_log,
		unable__to_keep_a_connection_does_not_flood_the_log,
		able__says_nothing_of_troubles,
	};
	size_t count = RMQI_COUNT(situations);
	struct suite s;

	suite_open(&s, "unable");
	suite_add_loop(&s, unable__is_told_with_who_what_and_why, count);
	suite_add_loop(&s, unable__is_the_cause_that_wait_ready_gives, count);
	suite_add_loop(&s, unable__does_not_flood_the_log, count);
	suite_add_loop(&s, unable__tells_when_it_is_over, count);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
