/* SPDX-License-Identifier: Apache-2.0 */
/* b_admin_message.c - messages that are looked for without a consumer. */
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

enum { SENT = 6 };

/* An attempt that timed out and was made again is stored twice: with the same id. */
struct search {
	const char *topic;
	const char *id;
	const char *key;
	const rmq_message_query *query;
	rmq_found_messages *found;
	size_t wanted; /* so many at least */
};

/* For all calls of a behaviour, each of which is a process. */
static const rmq_admin_options *patience(void)
{
	static rmq_admin_options *o;

	if (!o) {
		o = rmq_admin_options_new();
		expect_int(rmq_admin_options_set_timeout(o, PATIENT_MS, NULL), RMQ_OK);
	}
	return o;
}

static void expect_answers(const rmq_found_messages *f)
{
	const rmq_unanswered *u = rmq_found_messages_unanswered_at(f, 0);

	if (u)
		fail("%s: %s", rmq_unanswered_broker(u),
		     rmq_error_detail_message(rmq_unanswered_detail(u)));
}

/* The index is written a moment after the message (ReputMessageService). */
static int is_found(void *arg)
{
	struct search *s = arg;
	rmq_error_detail *detail = NULL;

	rmq_found_messages_free(s->found);
	s->found = NULL;
	if (s->id)
		expect_ok(rmq_admin_messages_by_unique_id(the_admin(), s->topic, s->id, s->query,
							  patience(), &s->found, &detail),
			  detail);
	else
		expect_ok(rmq_admin_messages_by_key(the_admin(), s->topic, s->key, s->query,
						    patience(), &s->found, &detail),
			  detail);
	expect_answers(s->found);
	return rmq_found_messages_count(s->found) >= s->wanted;
}

static void search_for(struct search *s)
{
	if (!wait_until(is_found, s, SOON_MS))
		fail("%zu messages are found, not %zu", rmq_found_messages_count(s->found),
		     s->wanted);
}

static void search_end(struct search *s)
{
	rmq_found_messages_free(s->found);
}

static void expect_body(const rmq_message *m, const char *text)
{
	size_t len;
	const char *body = rmq_message_body(m, &len);

	expect_int(len, strlen(text));
	expect(memcmp(body, text, len) == 0);
}

static void admin_message__is_found_by_the_id_of_its_producer(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	const rmq_send_result *sent;
	struct search s = {.topic = topic, .wanted = 1};
	const rmq_message *m;

	send_text(p, topic, NULL, "another");
	sent = send_text(p, topic, "TagA", "wanted");
	s.id = rmq_send_result_message_id(sent);
	search_for(&s);

	for (size_t i = 0; (m = rmq_found_messages_at(s.found, i)); i++) {
		expect_text(rmq_message_id(m), s.id);
		expect_text(rmq_message_topic(m), topic);
		expect_text(rmq_message_tag(m), "TagA");
		expect_body(m, "wanted");
	}
	m = rmq_found_messages_at(s.found, rmq_found_messages_count(s.found) - 1);
	expect_text(rmq_message_queue(m)->broker_name, rmq_send_result_queue(sent)->broker_name);
	search_end(&s);
}

static void admin_message__is_found_by_the_id_of_its_place(void)
{
	const char *topic = new_topic(QUEUES);
	const rmq_send_result *sent = send_text(new_producer(NULL), topic, NULL, "wanted");
	rmq_found_messages *found = NULL;
	rmq_error_detail *detail = NULL;
	const rmq_message *m;

	expect_ok(rmq_admin_messages_by_offset_id(the_admin(), topic,
						  rmq_send_result_offset_message_id(sent),
						  patience(), &found, &detail),
		  detail);
	expect_int(rmq_found_messages_count(found), 1);
	m = rmq_found_messages_at(found, 0);
	expect_text(rmq_message_id(m), rmq_send_result_message_id(sent));
	expect_text(rmq_message_offset_id(m), rmq_send_result_offset_message_id(sent));
	expect_text(rmq_message_queue(m)->broker_name, rmq_send_result_queue(sent)->broker_name);
	expect_body(m, "wanted");
	rmq_found_messages_free(found);
}

/* The place behind the end of the log: all digits of the offset are high, but not negative. */
static void admin_message__that_is_nowhere_is_told(void)
{
	const char *topic = new_topic(QUEUES);
	const rmq_send_result *sent = send_text(new_producer(NULL), topic, NULL, "body");
	rmq_found_messages *found = NULL;
	rmq_error_detail *detail = NULL;
	char id[64];

	snprintf(id, sizeof(id), "%s", rmq_send_result_offset_message_id(sent));
	memcpy(id + strlen(id) - 16, "0FFFFFFFFFFFFFFF", 16);
	expect_int(rmq_admin_messages_by_offset_id(the_admin(), topic, id, patience(), &found,
						   &detail),
		   RMQ_ERR_NOT_FOUND);
	expect(found == NULL);
	rmq_error_detail_free(detail);
}

static void send_keyed(rmq_producer *p, const char *topic, const char *keys, const char *body)
{
	rmq_message *m = rmq_message_new(topic, body, strlen(body));

	expect_int(rmq_message_set_keys(m, keys, NULL), RMQ_OK);
	send_message(p, m);
}

static void admin_message__is_found_by_each_of_its_keys_on_every_broker(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_even_producer();
	struct search s = {.topic = topic, .key = "order-7", .wanted = SENT};
	const rmq_message *m;
	int64_t before_ms = 0;
	bool on_a = false, on_b = false;

	for (int i = 0; i < SENT; i++) {
		send_keyed(p, topic, i % 2 ? "order-7" : "other order-7", "seven");
		send_keyed(p, topic, "order-77", "not this one");
	}
	search_for(&s);
	for (size_t i = 0; (m = rmq_found_messages_at(s.found, i)); i++) {
		expect_body(m, "seven");
		expect(rmq_message_store_ms(m) >= before_ms);
		before_ms = rmq_message_store_ms(m);
		on_a |= strcmp(rmq_message_queue(m)->broker_name, "broker-a") == 0;
		on_b |= strcmp(rmq_message_queue(m)->broker_name, "broker-b") == 0;
	}
	expect(on_a && on_b);
	search_end(&s);
}

static void admin_message__with_a_key_that_nobody_has_is_not_found(void)
{
	const char *topic = new_topic(QUEUES);
	struct search s = {.topic = topic, .key = "nobody", .wanted = 0};

	send_keyed(new_producer(NULL), topic, "somebody", "body");
	search_for(&s);
	expect_int(rmq_found_messages_count(s.found), 0);
	expect(rmq_found_messages_at(s.found, 0) == NULL);
	search_end(&s);
}

static rmq_found_messages *all_of(const char *topic, const rmq_message_query *query)
{
	rmq_found_messages *found = NULL;
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_admin_messages_by_time(the_admin(), topic, query, patience(), &found,
					     &detail),
		  detail);
	expect_answers(found);
	return found;
}

static void admin_message__of_a_time_are_those_stored_then(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	rmq_message_query *query = rmq_message_query_new();
	rmq_found_messages *all, *some;
	const rmq_message *m;
	int64_t middle_ms;
	size_t count;

	for (int i = 0; i < SENT; i++) {
		send_text(p, topic, NULL, "body");
		let_pass(3);
	}
	expect_stored(topic, SENT);
	all = all_of(topic, NULL);
	count = rmq_found_messages_count(all);
	expect(count >= SENT);
	middle_ms = rmq_message_store_ms(rmq_found_messages_at(all, count / 2));
	expect_int(rmq_message_query_set_times(query, middle_ms, INT64_MAX, NULL), RMQ_OK);
	some = all_of(topic, query);
	expect(rmq_found_messages_count(some) >= count - count / 2);
	for (size_t i = 0; (m = rmq_found_messages_at(some, i)); i++)
		expect(rmq_message_store_ms(m) >= middle_ms);
	rmq_found_messages_free(some);
	expect_int(rmq_message_query_set_times(query, 0, middle_ms, NULL), RMQ_OK);
	some = all_of(topic, query);
	expect(rmq_found_messages_count(some) > count / 2);
	for (size_t i = 0; (m = rmq_found_messages_at(some, i)); i++)
		expect(rmq_message_store_ms(m) <= middle_ms);
	rmq_found_messages_free(some);
	expect_int(rmq_message_query_set_times(query, 1, 2, NULL), RMQ_OK);
	some = all_of(topic, query);
	expect_int(rmq_found_messages_count(some), 0);
	rmq_found_messages_free(some);
	rmq_found_messages_free(all);
	rmq_message_query_free(query);
}

static void admin_message__of_a_queue_are_those_alone(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	rmq_message_query *query = rmq_message_query_new();
	const struct rmq_queue *queue;
	rmq_found_messages *found;
	const rmq_message *m;

	for (int i = 0; i < SENT; i++)
		send_text(p, topic, NULL, "body");
	queue = rmq_send_result_queue(send_text(p, topic, NULL, "last"));
	expect_stored(topic, SENT + 1);
	expect_int(rmq_message_query_set_queue(query, queue, NULL), RMQ_OK);
	found = all_of(topic, query);
	expect(rmq_found_messages_count(found) >= 1);
	for (size_t i = 0; (m = rmq_found_messages_at(found, i)); i++) {
		expect_text(rmq_message_queue(m)->broker_name, queue->broker_name);
		expect_int(rmq_message_queue(m)->queue_id, queue->queue_id);
	}
	rmq_found_messages_free(found);
	expect_int(rmq_message_query_set_max(query, 1, NULL), RMQ_OK);
	found = all_of(topic, query);
	expect_int(rmq_found_messages_count(found), 1);
	rmq_found_messages_free(found);
	rmq_message_query_free(query);
}

/* More than one pull gives. */
enum { MANY = 70 };

static void send_to(rmq_producer *p, const struct rmq_queue *queue, int number)
{
	rmq_send_options *options = rmq_send_options_new();
	rmq_message *m;
	rmq_error_detail *detail = NULL;
	char body[16];

	snprintf(body, sizeof(body), "%d", number);
	m = rmq_message_new(queue->topic, body, strlen(body));
	expect_ok(rmq_send_options_set_queue(options, queue, &detail), detail);
	expect_ok(rmq_send_options_set_timeout(options, PATIENT_MS, &detail), detail);
	expect_ok(rmq_producer_send(p, m, options, NULL, &detail), detail);
	rmq_message_free(m);
	rmq_send_options_free(options);
}

static void admin_message__of_a_place_and_those_behind_it(void)
{
	struct rmq_queue queue = {new_topic(1), "broker-b", 0};
	rmq_producer *p = new_producer(NULL);
	rmq_found_messages *found = NULL;
	rmq_error_detail *detail = NULL;

	for (int i = 0; i < MANY; i++)
		send_to(p, &queue, i);
	expect_stored(queue.topic, MANY);
	expect_ok(rmq_admin_messages_at(the_admin(), &queue, 5, 1, patience(), &found,
					&detail),
		  detail);
	expect_int(rmq_found_messages_count(found), 1);
	expect_int(rmq_message_queue_offset(rmq_found_messages_at(found, 0)), 5);
	rmq_found_messages_free(found);
	found = NULL;
	expect_ok(rmq_admin_messages_at(the_admin(), &queue, 5, 2 * MANY, patience(), &found,
					&detail),
		  detail);
	expect(rmq_found_messages_count(found) >= MANY - 5);
	for (size_t i = 0; i < rmq_found_messages_count(found); i++)
		expect_int(rmq_message_queue_offset(rmq_found_messages_at(found, i)), 5 + i);
	rmq_found_messages_free(found);
}

static void admin_message__of_a_place_outside_the_queue_is_told(void)
{
	struct rmq_queue queue = {new_topic(1), "broker-a", 0};
	rmq_found_messages *found = NULL;
	rmq_error_detail *detail = NULL;

	expect_int(rmq_admin_messages_at(the_admin(), &queue, 0, 1, patience(), &found, &detail),
		   RMQ_ERR_NOT_FOUND);
	expect(strstr(rmq_error_detail_message(detail), "empty") != NULL);
	rmq_error_detail_free(detail);
	detail = NULL;
	send_to(new_producer(NULL), &queue, 0);
	expect_stored(queue.topic, 1);
	expect_int(rmq_admin_messages_at(the_admin(), &queue, 99, 1, patience(), &found, &detail),
		   RMQ_ERR_NOT_FOUND);
	expect(strstr(rmq_error_detail_message(detail), "99") != NULL);
	expect(found == NULL);
	rmq_error_detail_free(detail);
}

static void admin_message__of_an_unknown_topic_has_no_route(void)
{
	const char *topic = new_name("T");
	struct rmq_queue queue = {topic, "broker-a", 0};
	rmq_found_messages *found = NULL;
	rmq_error_detail *detail = NULL;

	expect_int(rmq_admin_messages_by_key(the_admin(), topic, "k", NULL, patience(), &found,
					     &detail),
		   RMQ_ERR_NO_ROUTE);
	rmq_error_detail_free(detail);
	detail = NULL;
	expect_int(rmq_admin_messages_by_time(the_admin(), topic, NULL, patience(), &found,
					      &detail),
		   RMQ_ERR_NO_ROUTE);
	rmq_error_detail_free(detail);
	detail = NULL;
	expect_int(rmq_admin_messages_at(the_admin(), &queue, 0, 1, patience(), &found, &detail),
		   RMQ_ERR_NO_ROUTE);
	rmq_error_detail_free(detail);
	expect(found == NULL);
}

/* --- What consumers did with it ------------------------------------------------------------------------- */

/* The one that was sent, as it is found by its place. */
static rmq_found_messages *found_at_its_place(const rmq_send_result *sent)
{
	rmq_found_messages *found = NULL;
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_admin_messages_by_offset_id(the_admin(), rmq_send_result_queue(sent)->topic,
						  rmq_send_result_offset_message_id(sent),
						  patience(), &found, &detail),
		  detail);
	return found;
}

struct tracked {
	const rmq_message *message;
	const char *group;
	enum rmq_track track;
	enum rmq_track seen;
};

static int is_tracked(void *arg)
{
	struct tracked *t = arg;
	rmq_message_consumers *consumers = NULL;
	rmq_error_detail *detail = NULL;
	const rmq_message_consumer *c;

	expect_ok(rmq_admin_message_consumers(the_admin(), t->message, patience(), &consumers,
					      &detail),
		  detail);
	t->seen = RMQ_TRACK_UNKNOWN;
	for (size_t i = 0; (c = rmq_message_consumers_at(consumers, i)); i++)
		if (strcmp(rmq_message_consumer_group(c), t->group) == 0)
			t->seen = rmq_message_consumer_track(c);
	rmq_message_consumers_free(consumers);
	return t->seen == t->track;
}

static void expect_track(const rmq_message *m, const char *group, enum rmq_track track)
{
	struct tracked t = {m, group, track, RMQ_TRACK_UNKNOWN};

	if (!wait_until(is_tracked, &t, SOON_MS))
		fail("the message is %s to %s, not %s", rmq_track_text(t.seen), group,
		     rmq_track_text(track));
}

static void admin_message__says_which_groups_consumed_it(void)
{
	const char *topic = new_topic(QUEUES);
	struct sink *all = sink_open(NULL, topic, NULL, "persistConsumerOffsetInterval=1000", NULL);
	struct sink *some =
		sink_open(NULL, topic, "TagB", "persistConsumerOffsetInterval=1000", NULL);
	rmq_found_messages *found;
	char group[128];

	sink_expect_queues(all, ALL_QUEUES);
	sink_expect_queues(some, ALL_QUEUES);
	found = found_at_its_place(send_text(new_producer(NULL), topic, "TagA", "body"));
	sink_expect(all, 1);
	expect_track(rmq_found_messages_at(found, 0), all->group, RMQ_TRACK_CONSUMED);
	expect_track(rmq_found_messages_at(found, 0), some->group,
		     RMQ_TRACK_CONSUMED_BUT_FILTERED);
	snprintf(group, sizeof(group), "%s", all->group);
	sink_close(all);
	expect_track(rmq_found_messages_at(found, 0), group, RMQ_TRACK_NOT_ONLINE);
	rmq_found_messages_free(found);
}

static void admin_message__is_consumed_again_when_it_is_asked_for(void)
{
	const char *topic = new_topic(QUEUES);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	rmq_found_messages *found;
	rmq_group_members *members = NULL;
	rmq_direct_result *result = NULL;
	rmq_error_detail *detail = NULL;

	sink_expect_queues(s, ALL_QUEUES);
	found = found_at_its_place(send_text(new_producer(NULL), topic, NULL, "body"));
	sink_expect(s, 1);
	expect_int(rmq_admin_consume_directly(the_admin(), rmq_found_messages_at(found, 0),
					      new_name("nobody"), "nobody@1", patience(), &result,
					      &detail),
		   RMQ_ERR_BROKER);
	expect(result == NULL);
	rmq_error_detail_free(detail);
	detail = NULL;
	expect_ok(rmq_admin_group_members(the_admin(), NULL, s->group, patience(), &members,
					  &detail),
		  detail);
	expect_ok(rmq_admin_consume_directly(
			  the_admin(), rmq_found_messages_at(found, 0), s->group,
			  rmq_group_member_client_id(rmq_group_members_at(members, 0)), patience(),
			  &result, &detail),
		  detail);
	rmq_group_members_free(members);
	expect_text(rmq_direct_result_text(result), "CR_SUCCESS");
	expect(rmq_direct_result_spent_ms(result) >= 0);
	rmq_direct_result_free(result);
	rmq_found_messages_free(found);
}

/* --- Message trace ------------------------------------------------------------------------------------ */

struct traced {
	const char *topic;
	const char *id;
	rmq_message_traces *traces;
	size_t wanted;
};

static int is_traced(void *arg)
{
	struct traced *t = arg;
	rmq_error_detail *detail = NULL;

	rmq_message_traces_free(t->traces);
	t->traces = NULL;
	expect_ok(rmq_admin_message_traces(the_admin(), t->topic, t->id, NULL, patience(),
					   &t->traces, &detail),
		  detail);
	return rmq_message_traces_count(t->traces) >= t->wanted;
}

static void admin_message__has_the_trace_that_its_producer_told(void)
{
	const char *topic = new_topic(1), *trace_topic = new_topic(1);
	char settings[300], id[64];
	struct traced t = {.topic = trace_topic, .id = id, .wanted = 1};
	const rmq_message_trace *trace;
	rmq_producer *p;

	snprintf(settings, sizeof(settings), "enableTrace=true traceTopic=%s", trace_topic);
	p = new_producer(settings);
	snprintf(id, sizeof(id), "%s",
		 rmq_send_result_message_id(send_text(p, topic, "TagA", "body")));
	send_text(p, topic, NULL, "another");
	drop_producer(p);
	if (!wait_until(is_traced, &t, SOON_MS))
		fail("there is no trace of %s", id);
	trace = rmq_message_traces_at(t.traces, 0);
	expect_int(rmq_message_trace_kind(trace), RMQ_TRACE_SEND);
	expect_int(rmq_message_trace_status(trace), RMQ_TRACE_STATUS_OK);
	expect_text(rmq_message_trace_topic(trace), topic);
	expect_text(rmq_message_trace_tag(trace), "TagA");
	expect(rmq_message_trace_time_ms(trace) > 0);
	expect(rmq_message_trace_cost_ms(trace) >= 0);
	expect(rmq_message_trace_group(trace)[0] != '\0');
	expect(strchr(rmq_message_trace_broker(trace), ':') != NULL);
	expect(strchr(rmq_message_trace_client(trace), ':') != NULL);
	rmq_message_traces_free(t.traces);
}

static const struct behaviour admin_message_list[] = {
	BEHAVIOUR(admin_message__is_found_by_the_id_of_its_producer, 0),
	BEHAVIOUR(admin_message__is_found_by_the_id_of_its_place, 0),
	BEHAVIOUR(admin_message__that_is_nowhere_is_told, 0),
	BEHAVIOUR(admin_message__is_found_by_each_of_its_keys_on_every_broker, 0),
	BEHAVIOUR(admin_message__with_a_key_that_nobody_has_is_not_found, 0),
	BEHAVIOUR(admin_message__of_a_time_are_those_stored_then, 0),
	BEHAVIOUR(admin_message__of_a_queue_are_those_alone, 0),
	BEHAVIOUR(admin_message__of_a_place_and_those_behind_it, 0),
	BEHAVIOUR(admin_message__of_a_place_outside_the_queue_is_told, 0),
	BEHAVIOUR(admin_message__of_an_unknown_topic_has_no_route, 0),
	BEHAVIOUR(admin_message__says_which_groups_consumed_it, 0),
	BEHAVIOUR(admin_message__is_consumed_again_when_it_is_asked_for, 0),
	BEHAVIOUR(admin_message__has_the_trace_that_its_producer_told, 0),
};
BEHAVIOURS(admin_message);
