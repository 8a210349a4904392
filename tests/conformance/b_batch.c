/* SPDX-License-Identifier: Apache-2.0 */
/* b_batch.c - messages that travel together, and what each of them keeps. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

enum { FEW = 16 };

/* --- Helpers ------------------------------------------------------------------------------------- */

/* Message `i` of a set: a tag, keys, a property and a flag of its own. */
static rmq_message *make_message(const char *topic, int i)
{
	rmq_error_detail *detail = NULL;
	rmq_message *m;
	char text[32];

	snprintf(text, sizeof(text), "body %d", i);
	m = rmq_message_new(topic, text, strlen(text));
	expect(m != NULL);
	snprintf(text, sizeof(text), "Tag%d", i % 3);
	expect_ok(rmq_message_set_tag(m, text, &detail), detail);
	snprintf(text, sizeof(text), "key-%d both", i);
	expect_ok(rmq_message_set_keys(m, text, &detail), detail);
	snprintf(text, sizeof(text), "%d", i);
	expect_ok(rmq_message_set_property(m, "number", text, &detail), detail);
	expect_ok(rmq_message_set_flag(m, i, &detail), detail);
	return m;
}

static void make_all(rmq_message **messages, int count, const char *topic)
{
	for (int i = 0; i < count; i++)
		messages[i] = make_message(topic, i);
}

static void free_all(rmq_message **messages, int count)
{
	for (int i = 0; i < count; i++)
		rmq_message_free(messages[i]);
}

/* What came for the number of this message. */
static const rmq_message *find(struct sink *s, int number, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *text = rmq_message_property(sink_at(s, i), "number");

		if (text && atoi(text) == number)
			return sink_at(s, i);
	}
	fail("message %d did not arrive", number);
}

/* It is the message that was sent, and it stands where its result says. */
static void expect_arrived(const rmq_message *got, const rmq_send_result *told, int i)
{
	const struct rmq_queue *is = rmq_message_queue(got), *said = rmq_send_result_queue(told);
	char text[32];
	size_t len;

	snprintf(text, sizeof(text), "body %d", i);
	(void)rmq_message_body(got, &len);
	expect(len == strlen(text) && memcmp(rmq_message_body(got, &len), text, len) == 0);
	snprintf(text, sizeof(text), "Tag%d", i % 3);
	expect_text(rmq_message_tag(got), text);
	snprintf(text, sizeof(text), "key-%d both", i);
	expect_text(rmq_message_keys(got), text);
	expect_int(rmq_message_flag(got), i);
	expect_text(rmq_message_id(got), rmq_send_result_message_id(told));
	expect_text(rmq_message_property(got, "UNIQ_KEY"), rmq_send_result_message_id(told));
	expect_text(rmq_message_offset_id(got), rmq_send_result_offset_message_id(told));
	expect_int(rmq_message_queue_offset(got), rmq_send_result_queue_offset(told));
	expect_text(is->topic, said->topic);
	expect_text(is->broker_name, said->broker_name);
	expect_int(is->queue_id, said->queue_id);
}

static rmq_send_results *send_batch(rmq_producer *p, rmq_message **messages, int count)
{
	rmq_send_results *results = NULL;
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_producer_send_batch(p, messages, (size_t)count, NULL, &results, &detail),
		  detail);
	expect_int(rmq_send_results_count(results), count);
	return results;
}

/* --- Batches ------------------------------------------------------------------------------------- */

static void batch__each_message_arrives_as_itself_where_its_result_says(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	rmq_message *messages[FEW];
	rmq_send_results *results;

	make_all(messages, FEW, topic);
	results = send_batch(p, messages, FEW);
	sink_expect(s, FEW);
	for (int i = 0; i < FEW; i++) {
		const rmq_send_result *told = rmq_send_results_at(results, (size_t)i);

		expect_int(rmq_send_result_status(told), RMQ_SEND_OK);
		expect_arrived(find(s, i, FEW), told, i);
	}
	expect(rmq_send_results_at(results, FEW) == NULL);
	rmq_send_results_free(results);
	free_all(messages, FEW);
}

static void batch__is_stored_in_one_queue_in_order(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	rmq_message *messages[FEW];
	rmq_send_results *first, *second;

	make_all(messages, FEW, topic);
	first = send_batch(p, messages, FEW);
	second = send_batch(p, messages, FEW);
	for (size_t i = 1; i < FEW; i++) {
		const rmq_send_result *before = rmq_send_results_at(first, i - 1);
		const rmq_send_result *one = rmq_send_results_at(first, i);

		expect_int(rmq_send_result_queue_offset(one),
			   rmq_send_result_queue_offset(before) + 1);
		expect_text(rmq_send_result_queue(one)->broker_name,
			    rmq_send_result_queue(before)->broker_name);
		expect(strcmp(rmq_send_result_message_id(one),
			      rmq_send_result_message_id(before)) != 0);
	}
	/* Sent again they are other messages. */
	expect(strcmp(rmq_send_result_message_id(rmq_send_results_at(first, 0)),
		      rmq_send_result_message_id(rmq_send_results_at(second, 0))) != 0);
	expect_stored(topic, (int64_t)2 * FEW);
	rmq_send_results_free(first);
	rmq_send_results_free(second);
	free_all(messages, FEW);
}

static void batch__is_filtered_by_the_tags_of_its_messages(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, topic, "Tag1", NULL, NULL);
	rmq_message *messages[FEW];

	make_all(messages, FEW, topic);
	rmq_send_results_free(send_batch(p, messages, FEW));
	sink_expect(s, FEW / 3);
	for (size_t i = 0; i < FEW / 3; i++)
		expect_text(rmq_message_tag(sink_at(s, i)), "Tag1");
	free_all(messages, FEW);
}

static void batch__of_a_thousand_and_of_long_bodies_arrives_whole(void)
{
	enum { MANY = 1000, LONG = 8, KIB_100 = 100 * 1024 };
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	rmq_message **messages = calloc(MANY, sizeof(*messages));
	char *body = malloc(KIB_100);
	rmq_send_results *results;

	if (!messages || !body)
		fail("out of memory");
	make_all(messages, MANY, topic);
	results = send_batch(p, messages, MANY);
	expect(rmq_send_result_offset_message_id(rmq_send_results_at(results, MANY - 1))[0] != 0);
	rmq_send_results_free(results);
	memset(body, 'x', KIB_100);
	for (int i = 0; i < LONG; i++)
		expect_int(rmq_message_set_body(messages[i], body, KIB_100, NULL), RMQ_OK);
	rmq_send_results_free(send_batch(p, messages, LONG));

	sink_expect(s, MANY + LONG);
	expect_stored(topic, MANY + LONG);
	free_all(messages, MANY);
	free(messages);
	free(body);
}

struct told {
	int calls;
	enum rmq_error error;
	size_t count;
	char last_id[64];
};

static void on_sent(enum rmq_error error, const rmq_send_results *results,
		    const rmq_error_detail *detail, void *arg)
{
	struct told *t = arg;

	(void)detail;
	t->error = error;
	t->count = rmq_send_results_count(results);
	if (t->count > 0)
		snprintf(t->last_id, sizeof(t->last_id), "%s",
			 rmq_send_result_message_id(rmq_send_results_at(results, t->count - 1)));
	__atomic_add_fetch(&t->calls, 1, __ATOMIC_SEQ_CST);
}

static int is_told(void *arg)
{
	return __atomic_load_n(&((struct told *)arg)->calls, __ATOMIC_SEQ_CST) > 0;
}

static void batch__that_nobody_waits_for_tells_each_message(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	struct told told = {0};
	rmq_error_detail *detail = NULL;
	rmq_message *messages[FEW];

	make_all(messages, FEW, topic);
	expect_ok(rmq_producer_send_batch_async(p, messages, FEW, NULL, on_sent, &told, &detail),
		  detail);
	free_all(messages, FEW);
	expect(wait_until(is_told, &told, SOON_MS));
	expect_int(told.error, RMQ_OK);
	expect_int(told.count, FEW);
	sink_expect(s, FEW);
	expect_text(rmq_message_id(find(s, FEW - 1, FEW)), told.last_id);
	expect_int(told.calls, 1);
}

static void batch__over_the_limit_or_of_two_topics_is_refused(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer("maxMessageSize=1000");
	rmq_message *messages[2] = {make_message(topic, 0), make_message("Other", 1)};
	rmq_error_detail *detail = NULL;
	char body[600] = {1};

	expect_int(rmq_producer_send_batch(p, messages, 2, NULL, NULL, &detail),
		   RMQ_ERR_INVALID_ARGUMENT);
	note("%s", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_message_free(messages[1]);
	messages[1] = make_message(topic, 1);
	for (int i = 0; i < 2; i++)
		expect_int(rmq_message_set_body(messages[i], body, sizeof(body), NULL), RMQ_OK);
	detail = NULL;
	expect_int(rmq_producer_send_batch(p, messages, 2, NULL, NULL, &detail), RMQ_ERR_TOO_LARGE);
	note("%s", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	expect_stored(topic, 0);
	free_all(messages, 2);
}

static const struct behaviour batch_list[] = {
	BEHAVIOUR(batch__each_message_arrives_as_itself_where_its_result_says, 0),
	BEHAVIOUR(batch__is_stored_in_one_queue_in_order, 0),
	BEHAVIOUR(batch__is_filtered_by_the_tags_of_its_messages, 0),
	BEHAVIOUR(batch__of_a_thousand_and_of_long_bodies_arrives_whole, 0),
	BEHAVIOUR(batch__that_nobody_waits_for_tells_each_message, 0),
	BEHAVIOUR(batch__over_the_limit_or_of_two_topics_is_refused, 0),
};
BEHAVIOURS(batch);
