/* SPDX-License-Identifier: Apache-2.0 */
/* b_observe.c - what can be seen of sends: message trace, hooks, statistics. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

enum { COUNTED = 50 };

static rmq_producer *new_tracing_producer(const char *trace_topic)
{
	char settings[300];

	snprintf(settings, sizeof(settings), "enableTrace=true traceTopic=%s", trace_topic);
	return new_producer(settings);
}

/* Is the text in the body of any message of the sink? */
static bool is_in_bodies(struct sink *s, const char *text)
{
	for (size_t i = 0; i < sink_count(s); i++) {
		size_t len;
		const char *body = rmq_message_body(sink_at(s, i), &len);

		if (memmem(body, len, text, strlen(text)))
			return true;
	}
	return false;
}

/* Is the message one of those by whose keys a console finds it? */
static bool is_in_keys(struct sink *s, const char *id)
{
	for (size_t i = 0; i < sink_count(s); i++)
		if (strstr(rmq_message_keys(sink_at(s, i)), id))
			return true;
	return false;
}

static void trace__of_a_send_is_in_the_trace_topic_when_the_producer_is_closed(void)
{
	const char *topic = new_topic(1), *trace_topic = new_topic(1);
	rmq_producer *p = new_tracing_producer(trace_topic);
	struct sink *s = sink_open(NULL, trace_topic, NULL, NULL, NULL);
	char record[400], first[64], last[64];

	snprintf(first, sizeof(first), "%s",
		 rmq_send_result_message_id(send_text(p, topic, "TagA", "one")));
	snprintf(last, sizeof(last), "%s",
		 rmq_send_result_message_id(send_text(p, topic, NULL, "two")));
	close_producer(p);

	if (!sink_wait(s, 1, SOON_MS))
		fail("no trace message came");
	snprintf(record, sizeof(record), "\001%s\001%s\001TagA\001null\001", topic, first);
	expect(is_in_bodies(s, record));
	snprintf(record, sizeof(record), "\001%s\001%s\001null\001null\001", topic, last);
	expect(is_in_bodies(s, record));
	expect(is_in_bodies(s, "\001true\002"));
	expect(is_in_keys(s, first));
	expect(is_in_keys(s, last));
}

/* Waits for the record, which the trace message of a closed producer has. */
static void expect_record(struct sink *s, const char *record)
{
	if (!sink_wait(s, 1, SOON_MS))
		fail("no trace message came");
	if (!is_in_bodies(s, record))
		fail("no record has %s", record);
}

/* Java does not tell of it. */
static void trace__of_a_send_that_failed_says_so(void)
{
	const char *topic = new_topic(1), *trace_topic = new_topic(1);
	rmq_producer *p = new_tracing_producer(trace_topic);
	struct sink *s = sink_open(NULL, trace_topic, NULL, NULL, NULL);
	const struct rmq_queue nowhere = {topic, "broker-a", 77};
	rmq_message *m = rmq_message_new(topic, "nowhere", 7);
	rmq_send_options *o = rmq_send_options_new();
	rmq_error_detail *detail = NULL;
	char record[400];

	expect_ok(rmq_send_options_set_queue(o, &nowhere, &detail), detail);
	expect(rmq_producer_send(p, m, o, NULL, &detail) != RMQ_OK);
	note("%s", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_send_options_free(o);
	rmq_message_free(m);
	close_producer(p);

	snprintf(record, sizeof(record), "\001%s\001", topic);
	expect_record(s, record);
	expect_record(s, "\001null\001false\002");
}

static void trace__of_a_recall_says_what_the_broker_did(void)
{
	const char *topic = new_topic(1), *trace_topic = new_topic(1);
	rmq_producer *p = new_tracing_producer(trace_topic);
	struct sink *s = sink_open(NULL, trace_topic, NULL, NULL, NULL);
	rmq_message *m = rmq_message_new(topic, "timed", 5);
	rmq_send_result *r = NULL;
	rmq_error_detail *detail = NULL;
	char record[400];

	expect_ok(rmq_message_set_delay_time_sec(m, 600, &detail), detail);
	expect_ok(send_within(p, m, PATIENT_MS, &r, &detail), detail);
	expect_ok(rmq_producer_recall(p, topic, rmq_send_result_recall_handle(r), &detail), detail);
	close_producer(p);

	snprintf(record, sizeof(record), "\001%s\001%s\001true\002", topic,
		 rmq_send_result_message_id(r));
	expect_record(s, record);
	expect_record(s, "Recall\001");
	rmq_send_result_free(r);
	rmq_message_free(m);
}

/* --- Hooks --------------------------------------------------------------------------------------- */

static const char traceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

static enum rmq_error inject(rmq_send_context *c, void *arg)
{
	(void)arg;
	return rmq_send_context_set_trace(c, traceparent, "vendor=value", NULL);
}

static void count_sent(const rmq_send_context *c, void *arg)
{
	if (rmq_send_context_error(c) == RMQ_OK && rmq_send_context_result(c))
		++*(int *)arg;
}

static void hooks__inject_a_trace_context_that_consumers_see(void)
{
	const char *topic = new_topic(1);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	rmq_config *c = new_config(NULL);
	rmq_error_detail *detail = NULL;
	rmq_producer *p = NULL;
	rmq_message *m = rmq_message_new(topic, "hooked", 6);
	int sent = 0;

	expect_ok(rmq_config_add_send_hook(c, inject, count_sent, &sent, &detail), detail);
	expect_ok(rmq_producer_new(c, new_name("P"), &p, &detail), detail);
	expect_ok(rmq_producer_start(p, &detail), detail);
	expect_ok(send_within(p, m, PATIENT_MS, NULL, &detail), detail);

	sink_expect(s, 1);
	expect_text(rmq_message_property(sink_at(s, 0), "traceparent"), traceparent);
	expect_text(rmq_message_property(sink_at(s, 0), "tracestate"), "vendor=value");
	expect(!rmq_message_property(m, "traceparent"));
	expect_int(sent, 1);
	rmq_message_free(m);
	rmq_producer_free(p);
}

/* --- Statistics ------------------------------------------------------------------------------------ */

static void statistics__count_what_was_sent(void)
{
	enum { MESSAGES = 50 };
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	rmq_error_detail *detail = NULL;
	char *json = NULL, *text = NULL, line[300];

	for (int i = 0; i < MESSAGES; i++)
		send_text(p, topic, NULL, "counted");
	expect_ok(rmq_producer_statistics(p, &json, &detail), detail);
	expect_ok(rmq_statistics_to_openmetrics((const char *const[]){json}, 1, &text, &detail),
		  detail);

	expect(strstr(json, "\"stored\":50") != NULL);
	snprintf(line, sizeof(line), "topic=\"%s\"} %d\n", topic, MESSAGES);
	expect(strstr(text, line) != NULL);
	snprintf(line, sizeof(line), "topic=\"%s\"} 0\n", topic); /* in flight */
	expect(strstr(text, line) != NULL);
	rmq_statistics_free(text);
	rmq_statistics_free(json);
}

/* The member of an object that the JSON has, as text; "": none. */
static bool has_member(const char *json, const char *name, int64_t value)
{
	char text[80];

	snprintf(text, sizeof(text), "\"%s\":%lld", name, (long long)value);
	return strstr(json, text) != NULL;
}

static enum rmq_consume_status take_all(rmq_push_consumer *c, const rmq_message *const *messages,
					size_t count, rmq_consume_context *context, void *arg)
{
	(void)c, (void)messages, (void)context;
	atomic_fetch_add((atomic_int *)arg, (int)count);
	return RMQ_CONSUME_SUCCESS;
}

static int all_came(void *arg)
{
	return atomic_load((atomic_int *)arg) >= COUNTED;
}

static char *statistics_of(rmq_push_consumer *c)
{
	rmq_error_detail *detail = NULL;
	char *json = NULL;

	expect_ok(rmq_push_consumer_statistics(c, &json, &detail), detail);
	return json;
}

static void statistics__of_a_consumer_count_what_it_took(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	rmq_error_detail *detail = NULL;
	rmq_push_consumer *c = NULL;
	atomic_int came = 0;
	char *json, *text = NULL, line[300];

	for (int i = 0; i < COUNTED; i++)
		send_text(p, topic, NULL, "counted");
	expect_ok(rmq_push_consumer_new(new_config("consumeFromWhere=CONSUME_FROM_FIRST_OFFSET"),
					new_name("G"), &c, &detail),
		  detail);
	expect_ok(rmq_push_consumer_subscribe(c, topic, "*", &detail), detail);
	expect_ok(rmq_push_consumer_set_listener(c, take_all, &came, &detail), detail);
	expect_ok(rmq_push_consumer_start(c, &detail), detail);
	expect(wait_until(all_came, &came, SOON_MS));
	expect_ok(rmq_push_consumer_close(c, -1, &detail), detail);
	json = statistics_of(c);
	expect_ok(rmq_statistics_to_openmetrics((const char *const[]){json}, 1, &text, &detail),
		  detail);

	expect(has_member(json, "consumed", COUNTED));
	expect(has_member(json, "pulled", COUNTED));
	snprintf(line, sizeof(line), "topic=\"%s\"} %d\n", topic, COUNTED);
	expect(strstr(text, line) != NULL);
	rmq_statistics_free(text);
	rmq_statistics_free(json);
	rmq_push_consumer_free(c);
}

/* --- The watchdog ------------------------------------------------------------------------------------ */

struct stalls {
	atomic_int stalled;
	atomic_int over;
	atomic_int is_wrong; /* the listener saw something else */
	char text[400];      /* of the first; written before `stalled` */
};

static void note_stall(const rmq_event *e, void *arg)
{
	struct stalls *s = arg;

	if (rmq_event_kind(e) == RMQ_EVENT_STALLED) {
		if (atomic_load(&s->stalled) == 0)
			snprintf(s->text, sizeof(s->text), "%s", rmq_event_text(e));
		atomic_fetch_add(&s->stalled, 1);
	} else if (rmq_event_kind(e) == RMQ_EVENT_OVER &&
		   strstr(rmq_event_text(e), "goes on now")) {
		atomic_fetch_add(&s->over, 1);
	}
}

static int is_stalled(void *arg)
{
	return atomic_load(&((struct stalls *)arg)->stalled) > 0;
}

static int is_over(void *arg)
{
	return atomic_load(&((struct stalls *)arg)->over) > 0;
}

static int shows_listener(void *arg)
{
	char *json = statistics_of(arg);
	int shows = strstr(json, "\"stalledBy\":\"LISTENER\"") != NULL;

	rmq_statistics_free(json);
	return shows;
}

/* It returns when it was told that it does not. */
static enum rmq_consume_status take_late(rmq_push_consumer *c, const rmq_message *const *messages,
					 size_t count, rmq_consume_context *context, void *arg)
{
	struct stalls *s = arg;

	(void)messages, (void)count, (void)context;
	if (!wait_until(is_stalled, s, SOON_MS) || !wait_until(shows_listener, c, SOON_MS) ||
	    is_over(s))
		atomic_store(&s->is_wrong, 1);
	return RMQ_CONSUME_SUCCESS;
}

static void watchdog__tells_of_a_consumer_that_stands_still_and_that_it_goes_on(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	rmq_config *config =
		new_config("consumeFromWhere=CONSUME_FROM_FIRST_OFFSET consumeMaxIdleTime=1000");
	rmq_error_detail *detail = NULL;
	rmq_push_consumer *c = NULL;
	struct stalls s = {0};

	send_text(p, topic, NULL, "late");
	rmq_config_set_event_fn(config, note_stall, &s);
	expect_ok(rmq_push_consumer_new(config, new_name("G"), &c, &detail), detail);
	expect_ok(rmq_push_consumer_subscribe(c, topic, "*", &detail), detail);
	expect_ok(rmq_push_consumer_set_listener(c, take_late, &s, &detail), detail);
	expect_ok(rmq_push_consumer_start(c, &detail), detail);

	expect(wait_until(is_over, &s, PATIENT_MS));
	note("%s", s.text);
	expect(!atomic_load(&s.is_wrong));
	expect(strstr(s.text, "is with a listener that has not returned") != NULL);
	rmq_push_consumer_free(c);
}

static const struct behaviour observe_list[] = {
	BEHAVIOUR(trace__of_a_send_is_in_the_trace_topic_when_the_producer_is_closed, 0),
	BEHAVIOUR(trace__of_a_send_that_failed_says_so, 0),
	BEHAVIOUR(trace__of_a_recall_says_what_the_broker_did, NEED_TIMERS),
	BEHAVIOUR(hooks__inject_a_trace_context_that_consumers_see, 0),
	BEHAVIOUR(statistics__count_what_was_sent, 0),
	BEHAVIOUR(statistics__of_a_consumer_count_what_it_took, 0),
	BEHAVIOUR(watchdog__tells_of_a_consumer_that_stands_still_and_that_it_goes_on, 0),
};
BEHAVIOURS(observe);
