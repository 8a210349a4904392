/* SPDX-License-Identifier: Apache-2.0 */
/* b_retry.c - messages that a listener cannot take. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

/* Fails a message below `times` deliveries; its delay level from the context when it is not 0. */
struct plan {
	int times;
	int level;
};

static enum rmq_consume_status fail_first(struct sink *s, const rmq_message *const *messages,
					  size_t count, rmq_consume_context *context)
{
	const struct plan *plan = s->arg;

	(void)count;
	if (rmq_message_reconsume_times(messages[0]) >= plan->times)
		return RMQ_CONSUME_SUCCESS;
	if (plan->level != 0)
		rmq_consume_context_set_delay_level(context, plan->level);
	return RMQ_RECONSUME_LATER;
}

static struct sink *open_with_plan(const char *group, const char *topic, const char *settings,
				   struct plan *plan)
{
	struct sink *s = sink_new(group, topic, NULL, settings);

	s->react = fail_first;
	s->arg = plan;
	sink_start(s);
	return s;
}

static int64_t dead_letters(const char *group)
{
	char topic[160];
	rmq_topic_offsets *offsets = NULL;
	const rmq_queue_offsets *q;
	int64_t sum = 0;

	snprintf(topic, sizeof(topic), "%%DLQ%%%s", group);
	if (rmq_admin_topic_offsets(the_admin(), topic, NULL, NULL, &offsets, NULL) != RMQ_OK)
		return 0; /* made by the first dead letter */
	for (size_t i = 0; (q = rmq_topic_offsets_at(offsets, i)); i++)
		sum += rmq_queue_offsets_error(q) == RMQ_OK ? rmq_queue_offsets_max(q) : 0;
	rmq_topic_offsets_free(offsets);
	return sum;
}

static int has_dead_letter(void *arg)
{
	return dead_letters(arg) > 0;
}

/* A send-back that a slow broker answers after its five seconds is made again: there it may be more. */
static void expect_about(int64_t is, int64_t should)
{
	if (scene.target != &target_external || is < should)
		expect_int(is, should);
}

static void expect_dead_letters(const char *group, int64_t count)
{
	char name[128];

	snprintf(name, sizeof(name), "%s", group);
	if (!wait_until(has_dead_letter, name, 2 * SOON_MS))
		fail("there is no dead letter");
	let_pass(QUIET_MS / 4);
	expect_about(dead_letters(group), count);
}

static void retry__later_comes_again_after_10_s(void)
{
	struct plan plan = {.times = 1};
	const char *topic = new_topic(QUEUES);
	struct sink *s = open_with_plan(NULL, topic, NULL, &plan);
	const rmq_send_result *r = send_text(new_producer(NULL), topic, "TagA", "again");
	const rmq_message *second;
	int64_t gap;

	sink_expect(s, 2);
	second = sink_at(s, 1);
	expect_int(rmq_message_reconsume_times(sink_at(s, 0)), 0);
	expect_int(rmq_message_reconsume_times(second), 1);
	expect_text(rmq_message_topic(second), topic);
	expect_text(rmq_message_tag(second), "TagA");
	expect_text(rmq_message_id(second), rmq_send_result_message_id(r));
	expect_int(sink_count_body(s, "again"), 2);
	gap = sink_at_ms(s, 1) - sink_at_ms(s, 0);
	note("%lld ms between the deliveries", (long long)gap);
	expect(gap >= 9900);
}

static enum rmq_consume_status check_queue(struct sink *s, const rmq_message *const *messages,
					   size_t count, rmq_consume_context *context)
{
	int32_t times = rmq_message_reconsume_times(messages[0]);
	const struct rmq_queue *of_call = rmq_consume_context_queue(context);
	const struct rmq_queue *of_message = rmq_message_queue(messages[0]);

	(void)count;
	expect_text(of_call->topic, times == 0 ? rmq_message_topic(messages[0]) : s->arg);
	expect_text(of_message->topic, of_call->topic);
	expect_text(of_message->broker_name, of_call->broker_name);
	expect_int(of_message->queue_id, of_call->queue_id);
	return times == 0 ? RMQ_RECONSUME_LATER : RMQ_CONSUME_SUCCESS;
}

static void retry__second_delivery_is_of_a_queue_of_the_retry_topic(void)
{
	const char *topic = new_topic(QUEUES), *group = new_name("G");
	struct sink *s = sink_new(group, topic, NULL, NULL);
	char retry_topic[160];

	snprintf(retry_topic, sizeof(retry_topic), "%%RETRY%%%s", group);
	s->react = check_queue;
	s->arg = retry_topic;
	sink_start(s);
	send_text(new_producer(NULL), topic, NULL, "again");
	sink_expect(s, 2);
	expect_text(rmq_message_topic(sink_at(s, 1)), topic);
}

static void retry__delay_level_of_the_context(void)
{
	struct plan plan = {.times = 2, .level = 1};
	const char *topic = new_topic(QUEUES);
	struct sink *s = open_with_plan(NULL, topic, NULL, &plan);
	int64_t gap;

	send_text(new_producer(NULL), topic, NULL, "soon");
	sink_expect(s, 3);
	for (size_t i = 1; i < 3; i++) {
		expect_int(rmq_message_reconsume_times(sink_at(s, i)), (int)i);
		gap = sink_at_ms(s, i) - sink_at_ms(s, i - 1);
		/* Where time is real a slow machine may take as long as the usual level. */
		if (gap < 900 || (gap > 9000 && scene.target == &target_mock))
			fail("%lld ms between the deliveries", (long long)gap);
	}
}

static void retry__one_failing_message_holds_up_no_other(void)
{
	enum { MESSAGES = 20 };
	struct plan plan = {.times = 1, .level = 2};
	const char *topic = new_topic(1);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = open_with_plan(NULL, topic, "persistConsumerOffsetInterval=500", &plan);

	for (int i = 0; i < MESSAGES; i++)
		send_text(p, topic, NULL, "body");
	if (!sink_wait(s, MESSAGES, SOON_MS))
		fail("only %zu came the first time", sink_count(s));
	sink_expect_committed(s, topic, MESSAGES); /* what was sent back is done here */
	sink_expect(s, 2 * MESSAGES);
}

/* What the listener has answered to first deliveries. */
struct halves {
	atomic_int answered; /* messages; counted last */
	atomic_int failed;
};

/* Fails the second half of the first delivery by its ack index. */
static enum rmq_consume_status ack_first_half(struct sink *s, const rmq_message *const *messages,
					      size_t count, rmq_consume_context *context)
{
	struct halves *h = s->arg;

	if (rmq_message_reconsume_times(messages[0]) > 0)
		return RMQ_CONSUME_SUCCESS;
	if (count > 1) {
		rmq_consume_context_set_ack_index(context, (int)(count / 2) - 1);
		rmq_consume_context_set_delay_level(context, 1);
		h->failed += (int)(count - count / 2);
	}
	h->answered += (int)count;
	return RMQ_CONSUME_SUCCESS;
}

enum { HALVED_MESSAGES = 64 };

static int all_answered(void *arg)
{
	struct halves *h = arg;

	return h->answered == HALVED_MESSAGES;
}

static void retry__ack_index_sends_back_the_rest(void)
{
	const char *topic = new_topic(1);
	rmq_producer *p = new_producer(NULL);
	struct halves halves = {0, 0};
	struct sink *s;
	size_t again = 0;

	for (int i = 0; i < HALVED_MESSAGES; i++)
		send_text(p, topic, NULL, "body");
	s = sink_new(NULL, topic, NULL, "consumeMessageBatchMaxSize=8");
	s->react = ack_first_half;
	s->arg = &halves;
	sink_start(s);
	if (!wait_until(all_answered, &halves, SOON_MS))
		fail("only %zu came the first time", sink_count(s));
	expect(halves.failed > 0);
	sink_expect(s, HALVED_MESSAGES + (size_t)halves.failed);
	for (size_t i = 0; i < sink_count(s); i++)
		again += rmq_message_reconsume_times(sink_at(s, i)) == 1;
	expect_int(again, halves.failed);
}

static enum rmq_consume_status fail_batches(struct sink *s, const rmq_message *const *messages,
					    size_t count, rmq_consume_context *context)
{
	(void)s;
	(void)count;
	if (rmq_message_reconsume_times(messages[0]) > 0)
		return RMQ_CONSUME_SUCCESS;
	rmq_consume_context_set_delay_level(context, 1);
	return RMQ_RECONSUME_LATER;
}

static void retry__a_failed_batch_comes_again_whole(void)
{
	enum { MESSAGES = 40 };
	const char *topic = new_topic(1);
	struct audit *audit = audit_new(MESSAGES);
	struct sink *s;
	struct audit_verdict v;

	audit_send(audit, new_producer(NULL), topic, MESSAGES, 64);
	s = sink_new(NULL, topic, NULL, "consumeMessageBatchMaxSize=16");
	s->audit = audit;
	s->react = fail_batches;
	sink_start(s);
	sink_expect(s, 2 * MESSAGES);
	audit_judge(audit, &v);
	expect_int(v.lost, 0);
	expect_int(v.duplicated, MESSAGES);
	expect_int(v.unexpected + v.damaged, 0);
}

static enum rmq_consume_status answer_nonsense(struct sink *s, const rmq_message *const *messages,
					       size_t count, rmq_consume_context *context)
{
	int nonsense = 4711;
	enum rmq_consume_status status;

	(void)s;
	(void)count;
	if (rmq_message_reconsume_times(messages[0]) > 0)
		return RMQ_CONSUME_SUCCESS;
	rmq_consume_context_set_delay_level(context, 1);
	/* A listener in another language may answer anything. */
	memcpy(&status, &nonsense, sizeof(status));
	return status;
}

static void retry__an_unknown_answer_means_later(void)
{
	const char *topic = new_topic(1);
	struct sink *s = sink_new(NULL, topic, NULL, NULL);

	s->react = answer_nonsense;
	sink_start(s);
	send_text(new_producer(NULL), topic, NULL, "body");
	sink_expect(s, 2);
	expect_int(rmq_message_reconsume_times(sink_at(s, 1)), 1);
}

static void retry__last_retry_ends_in_the_dead_letter_queue(void)
{
	struct plan plan = {.times = 100, .level = 1};
	const char *topic = new_topic(QUEUES);
	struct sink *s = open_with_plan(NULL, topic, "maxReconsumeTimes=1", &plan);

	send_text(new_producer(NULL), topic, NULL, "hopeless");
	sink_expect(s, 2);
	expect_dead_letters(s->group, 1);
	expect_about((int64_t)sink_count(s), 2);
}

static void retry__level_minus_1_goes_to_the_dead_letter_queue_at_once(void)
{
	struct plan plan = {.times = 100, .level = -1};
	const char *topic = new_topic(QUEUES);
	struct sink *s = open_with_plan(NULL, topic, NULL, &plan);

	send_text(new_producer(NULL), topic, NULL, "hopeless");
	sink_expect(s, 1);
	expect_dead_letters(s->group, 1);
	expect_about((int64_t)sink_count(s), 1);
}

static void retry__dead_letters_can_be_consumed(void)
{
	struct plan plan = {.times = 100, .level = -1};
	const char *topic = new_topic(QUEUES);
	struct sink *s = open_with_plan(NULL, topic, NULL, &plan);
	const rmq_send_result *r = send_text(new_producer(NULL), topic, "TagA", "hopeless");
	struct sink *dead;
	char dlq[160];

	expect_dead_letters(s->group, 1);
	snprintf(dlq, sizeof(dlq), "%%DLQ%%%s", s->group);
	dead = sink_open(NULL, dlq, NULL, NULL, NULL);
	if (!sink_wait(dead, 1, SOON_MS))
		fail("the dead letter does not come");
	expect_about((int64_t)sink_count_body(dead, "hopeless"), 1);
	expect_text(rmq_message_id(sink_at(dead, 0)), rmq_send_result_message_id(r));
	expect_text(rmq_message_tag(sink_at(dead, 0)), "TagA");
}

/* All that is in the dead letter queue now. */
static rmq_found_messages *find_dead(const char *group)
{
	rmq_admin_options *o = rmq_admin_options_new();
	rmq_found_messages *f = NULL;
	rmq_error_detail *detail = NULL;
	char dlq[160];

	snprintf(dlq, sizeof(dlq), "%%DLQ%%%s", group);
	expect_int(rmq_admin_options_set_timeout(o, PATIENT_MS, NULL), RMQ_OK);
	expect_ok(rmq_admin_messages_by_time(the_admin(), dlq, NULL, o, &f, &detail), detail);
	rmq_admin_options_free(o);
	return f;
}

static void retry__a_dead_letter_is_sent_again_to_its_topic(void)
{
	struct plan plan = {.times = 1, .level = -1};
	const char *topic = new_topic(QUEUES);
	struct sink *s = open_with_plan(NULL, topic, NULL, &plan);
	rmq_producer *p = new_producer(NULL);
	rmq_message *m = rmq_message_new(topic, "hopeless", 8), *again = NULL;
	rmq_error_detail *detail = NULL;
	rmq_found_messages *dead;

	expect_ok(rmq_message_set_keys(m, "k1 k2", &detail), detail);
	expect_ok(rmq_message_set_tag(m, "TagA", &detail), detail);
	expect_ok(rmq_message_set_property(m, "mine", "1", &detail), detail);
	send_message(p, m);
	expect_dead_letters(s->group, 1);
	dead = find_dead(s->group);
	expect(rmq_found_messages_count(dead) >= 1);
	expect_ok(rmq_message_new_resend(rmq_found_messages_at(dead, 0), &again, &detail), detail);
	expect_text(rmq_message_topic(again), topic);
	send_message(p, again);
	sink_expect(s, 2);
	expect(strcmp(rmq_message_id(sink_at(s, 0)), rmq_message_id(sink_at(s, 1))) != 0);
	expect_int(rmq_message_reconsume_times(sink_at(s, 1)), 0);
	expect_text(rmq_message_keys(sink_at(s, 1)), "k1 k2");
	expect_text(rmq_message_tag(sink_at(s, 1)), "TagA");
	expect_text(rmq_message_property(sink_at(s, 1), "mine"), "1");
	rmq_found_messages_free(dead);
}

/* 10 s, 30 s, 1 m, ... 2 h: levels 3 to 18, 4 h 46 min 40 s together. */
static void retry__sixteen_retries_take_hours_and_end_in_the_dead_letter_queue(void)
{
	static const int64_t gap_s[] = {10,  30,  60,  120, 180,  240,  300,  360,
					420, 480, 540, 600, 1200, 1800, 3600, 7200};
	enum { RETRIES = sizeof(gap_s) / sizeof(gap_s[0]) };
	struct plan plan = {.times = 100};
	const char *topic = new_topic(QUEUES);
	struct sink *s = open_with_plan(NULL, topic, NULL, &plan);
	int64_t gap;

	send_text(new_producer(NULL), topic, NULL, "hopeless");
	if (!sink_wait(s, 1 + RETRIES, INT64_C(6) * 3600 * 1000))
		fail("only %zu deliveries", sink_count(s));
	expect_dead_letters(s->group, 1);
	expect_int(sink_count(s), 1 + RETRIES);
	for (size_t i = 0; i < RETRIES; i++) {
		expect_int(rmq_message_reconsume_times(sink_at(s, i + 1)), (int)i + 1);
		gap = sink_at_ms(s, i + 1) - sink_at_ms(s, i);
		if (gap < gap_s[i] * 1000 || gap > gap_s[i] * 1000 + 2000)
			fail("retry %zu came after %lld ms", i + 1, (long long)gap);
	}
}

/* --- What stops no queue ---------------------------------------------------------------------- */

static enum rmq_consume_status fail_the_long(struct sink *s, const rmq_message *const *messages,
					     size_t count, rmq_consume_context *context)
{
	(void)s;
	(void)count;
	(void)context;
	return rmq_message_property(messages[0], "long") ? RMQ_RECONSUME_LATER
							 : RMQ_CONSUME_SUCCESS;
}

/* There is room for it, but not for what a retry adds to its properties. */
static rmq_message *barely_storable(const char *topic)
{
	static char value[32621];
	rmq_message *m = rmq_message_new(topic, "poison", 6);

	memset(value, 'v', sizeof(value) - 1);
	expect_int(rmq_message_set_property(m, "long", value, NULL), RMQ_OK);
	return m;
}

static void retry__what_can_never_be_stored_again_is_given_up(void)
{
	const char *topic = new_topic(1);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_new(NULL, topic, NULL, "maxReconsumeTimes=1");

	send_message(p, barely_storable(topic));
	send_text(p, topic, NULL, "other");
	s->react = fail_the_long;
	sink_start(s);
	sink_expect_committed(s, topic, 2);
	expect_int(sink_count_body(s, "poison"), 2);
	expect_int(sink_count_body(s, "other"), 1);
	expect_int(dead_letters(s->group), 0);
}

struct hanging {
	pthread_mutex_t mu;
	pthread_cond_t changed;
	bool is_open;
	atomic_int inside;
};

/* The first delivery, until the test opens. */
static enum rmq_consume_status hang_once(struct sink *s, const rmq_message *const *messages,
					 size_t count, rmq_consume_context *context)
{
	struct hanging *h = s->arg;

	(void)count;
	(void)context;
	if (rmq_message_reconsume_times(messages[0]) > 0)
		return RMQ_CONSUME_SUCCESS;
	h->inside++;
	pthread_mutex_lock(&h->mu);
	while (!h->is_open)
		pthread_cond_wait(&h->changed, &h->mu);
	pthread_mutex_unlock(&h->mu);
	h->inside--;
	return RMQ_RECONSUME_LATER;
}

static int is_left(void *arg)
{
	struct hanging *h = arg;

	return h->inside == 0;
}

static void retry__listener_that_hangs_is_not_waited_for(void)
{
	const char *topic = new_topic(1);
	/* Static: when the test fails the listener is inside until the very end. */
	static struct hanging h = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0};
	struct sink *s = sink_new(NULL, topic, NULL, "consumeTimeout=1");

	s->react = hang_once;
	s->arg = &h;
	sink_start(s);
	send_text(new_producer(NULL), topic, NULL, "body");
	/* A minute, an eighth of it, and the 10 s of a retry. */
	if (!sink_wait(s, 2, 5 * SOON_MS))
		fail("the message did not come again");
	sink_expect_committed(s, topic, 1);
	expect_int(h.inside, 1);
	pthread_mutex_lock(&h.mu);
	h.is_open = true;
	pthread_cond_broadcast(&h.changed);
	pthread_mutex_unlock(&h.mu);
	expect(wait_until(is_left, &h, SOON_MS));
	let_pass(QUIET_MS);
	expect_int(sink_count(s), 2);
	expect_int(committed_count(topic, s->group), 1);
}

static const struct behaviour retry_list[] = {
	BEHAVIOUR(retry__later_comes_again_after_10_s, 0),
	BEHAVIOUR(retry__second_delivery_is_of_a_queue_of_the_retry_topic, 0),
	BEHAVIOUR(retry__delay_level_of_the_context, 0),
	BEHAVIOUR(retry__one_failing_message_holds_up_no_other, 0),
	BEHAVIOUR(retry__ack_index_sends_back_the_rest, 0),
	BEHAVIOUR(retry__a_failed_batch_comes_again_whole, 0),
	BEHAVIOUR(retry__an_unknown_answer_means_later, 0),
	BEHAVIOUR(retry__last_retry_ends_in_the_dead_letter_queue, 0),
	BEHAVIOUR(retry__level_minus_1_goes_to_the_dead_letter_queue_at_once, 0),
	BEHAVIOUR(retry__dead_letters_can_be_consumed, 0),
	BEHAVIOUR(retry__a_dead_letter_is_sent_again_to_its_topic, 0),
	BEHAVIOUR(retry__what_can_never_be_stored_again_is_given_up, 0),
	BEHAVIOUR(retry__listener_that_hangs_is_not_waited_for, NEED_THREADS),
	BEHAVIOUR(retry__sixteen_retries_take_hours_and_end_in_the_dead_letter_queue, NEED_VIRTUAL),
};
BEHAVIOURS(retry);
