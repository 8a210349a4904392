/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks around the listener, and what they are told. */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "codec/codes.h"
#include "consumer/consume_call.h"
#include "consumer/handle.h"
#include "consumer/lite_pull_consumer.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

enum { MINUTE = 60 * 1000 };

static struct {
	char order[256]; /* a letter a call of a hook */
	unsigned before, after;
	size_t count;
	enum rmq_consume_outcome outcome;
	int status;
	size_t done;
	int64_t latency_us;
	bool is_orderly;
	int64_t committed; /* when `after` was called last */
	char queue_topic[64];
} told;

static struct rig *stage;
static const char names[] = "ab";

static void add(char letter)
{
	size_t len = strlen(told.order);

	if (len + 1 < sizeof(told.order))
		told.order[len] = letter;
}

static void on_before(struct rmq_consume_call *c, void *arg)
{
	const char *name = arg;

	told.before++;
	add(*name);
	ck_assert_ptr_null(c->data[c->current]);
	c->data[c->current] = arg;
	ck_assert(!c->is_over);
	ck_assert_uint_ge(c->count, 1);
	ck_assert_ptr_nonnull(c->messages[c->count - 1]);
}

static void on_after(const struct rmq_consume_call *c, void *arg)
{
	const char *name = arg;

	told.after++;
	add((char)(*name - 'a' + 'A'));
	ck_assert_ptr_eq(c->data[c->current], arg);
	ck_assert(c->is_over);
	told.count = c->count;
	told.outcome = c->outcome;
	told.status = c->status;
	told.done = c->done;
	told.latency_us = c->latency_us;
	told.is_orderly = c->is_orderly;
	told.committed = rig_committed(stage);
	snprintf(told.queue_topic, sizeof(told.queue_topic), "%s", c->queue.topic);
}

static void on_message(struct rig *r, const rmq_message *m)
{
	(void)r;
	(void)m;
	add('.');
}

/* Two hooks, a and b, around what is put on queue 0. The consumer of the rig was made without hooks. */
static struct rig *begin(int messages, const char *settings)
{
	struct rig *r = rig_new(1, 1, settings);

	memset(&told, 0, sizeof(told));
	stage = r;
	for (size_t i = 0; i < 2; i++)
		r->config->consume_hooks[i] = (struct rmqi_consume_hook){
			on_before, on_after, (void *)(uintptr_t)&names[i]};
	r->config->consume_hook_count = 2;
	rig_renew(r);
	fake_broker_set_committed(r->broker, "T", 0, 0);
	fake_broker_set_committed(r->broker, RETRY_G, 0, 0);
	rig_put(r, messages);
	r->during = on_message;
	return r;
}

START_TEST(hooks__stand_around_the_listener)
{
	struct rig *r = begin(1, NULL);

	r->slow_ms = 1500;
	rig_start(r);
	rig_advance(r, 3000);
	ck_assert_str_eq(told.order, "ab.BA");
	ck_assert_uint_eq(told.count, 1);
	ck_assert_int_eq(told.outcome, RMQ_OUTCOME_SUCCESS);
	ck_assert_uint_eq(told.done, 1);
	ck_assert_int_eq(told.latency_us, 1500 * 1000);
	ck_assert(!told.is_orderly);
	ck_assert_int_eq(told.committed, 0);
	ck_assert_str_eq(told.queue_topic, "T");
	rig_free(r);
}
END_TEST

static const struct {
	int status;
	int ack_index;
	int64_t slow_ms;
	enum rmq_consume_outcome outcome;
	size_t done;
} results[] = {
	{RMQ_CONSUME_SUCCESS, -2, 0, RMQ_OUTCOME_SUCCESS, 4},
	{RMQ_CONSUME_SUCCESS, 1, 0, RMQ_OUTCOME_SUCCESS, 2},
	{RMQ_CONSUME_SUCCESS, -1, 0, RMQ_OUTCOME_SUCCESS, 0},
	{RMQ_RECONSUME_LATER, -2, 0, RMQ_OUTCOME_FAILED, 0},
	{77, -2, 0, RMQ_OUTCOME_NO_STATUS, 0},
	{RMQ_CONSUME_SUCCESS, -2, MINUTE / 4, RMQ_OUTCOME_TIME_OUT, 4},
	{RMQ_RECONSUME_LATER, -2, MINUTE / 4, RMQ_OUTCOME_TIME_OUT, 0},
};

START_TEST(hooks__are_told_what_the_listener_returned)
{
	struct rig *r = begin(4, "consumeMessageBatchMaxSize=4;consumeTimeout=1");

	r->status = results[_i].status;
	r->ack_index = results[_i].ack_index;
	r->slow_ms = results[_i].slow_ms;
	rig_start(r);
	rig_advance(r, 2 * MINUTE);
	ck_assert_uint_eq(told.before, 2);
	ck_assert_uint_eq(told.after, 2);
	ck_assert_uint_eq(told.count, 4);
	ck_assert_int_eq(told.outcome, results[_i].outcome);
	ck_assert_int_eq(told.status, results[_i].status);
	ck_assert_uint_eq(told.done, results[_i].done);
	rig_free(r);
}
END_TEST

START_TEST(hooks__of_what_comes_again_are_called_again)
{
	struct rig *r = begin(1, NULL);

	fake_broker_retry(r->broker);
	r->fail_times = 1;
	rig_start(r);
	rig_advance(r, 3000);
	ck_assert_str_eq(told.order, "ab.BAab.BA");
	ck_assert_str_eq(told.queue_topic, RETRY_G);
	ck_assert_int_eq(told.outcome, RMQ_OUTCOME_SUCCESS);
	rig_free(r);
}
END_TEST

START_TEST(hooks__of_an_orderly_listener_are_called_for_each_call)
{
	struct rig *r = begin(2, NULL);

	rig_orderly(r);
	r->fail_times = 1;
	rig_start(r);
	rig_advance(r, 3000);
	/* The first one fails, and comes again. */
	ck_assert_str_eq(told.order, "ab.BAab.BAab.BA");
	ck_assert(told.is_orderly);
	ck_assert_uint_eq(told.done, 1);
	rig_free(r);
}
END_TEST

START_TEST(hooks__see_an_orderly_failure)
{
	struct rig *r = begin(3, "consumeMessageBatchMaxSize=3");

	rig_orderly(r);
	r->status = RMQ_SUSPEND_CURRENT_QUEUE_A_MOMENT;
	rig_start(r);
	rig_advance(r, 500);
	ck_assert_int_eq(told.outcome, RMQ_OUTCOME_FAILED);
	ck_assert_int_eq(told.status, RMQ_SUSPEND_CURRENT_QUEUE_A_MOMENT);
	ck_assert_uint_eq(told.done, 0);
	ck_assert_uint_eq(told.count, 3);
	rig_free(r);
}
END_TEST

/* As in Java: a poll does not know what becomes of what it hands out. */
START_TEST(hooks__of_a_poll_are_called_when_it_hands_out)
{
	struct rig *r = begin(5, "consumeFromWhere=CONSUME_FROM_FIRST_OFFSET");
	rmq_lite_pull_consumer *c = NULL;
	rmq_messages *list = NULL;

	ck_assert_int_eq(rmqi_lite_pull_new(r->config, "G", &c, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_lite_pull_subscribe(c, "T", RMQI_EXPRESSION_TAG, "*", NULL), RMQ_OK);
	rig_free_consumer(r);
	ck_assert_int_eq(rmqi_handle_start(&c->member, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_lite_pull_poll(c, 5000, &list, NULL), RMQ_OK);
	ck_assert_uint_eq(rmq_messages_count(list), 5);
	ck_assert_str_eq(told.order, "abBA");
	ck_assert_uint_eq(told.count, 5);
	ck_assert_uint_eq(told.done, 5);
	ck_assert_int_eq(told.outcome, RMQ_OUTCOME_SUCCESS);
	ck_assert_str_eq(told.queue_topic, "T");
	rmq_messages_free(list);
	list = NULL;
	/* Nothing came: nobody is called. */
	ck_assert_int_eq(rmqi_lite_pull_poll(c, 100, &list, NULL), RMQ_OK);
	ck_assert_ptr_null(list);
	ck_assert_str_eq(told.order, "abBA");
	rmqi_handle_free(&c->member);
	rig_free(r);
}
END_TEST

static void pop_no_more(struct rig *r, int64_t since_ms)
{
	(void)since_ms;
	fake_broker_refuse(r->broker, RMQI_REQ_POP_MESSAGE, RMQI_RESP_SYSTEM_ERROR, FAKE_FOREVER);
}

/* What was popped is somebody else's after its time, whatever is returned then. */
START_TEST(hooks__are_told_that_it_was_too_late_for_what_was_popped)
{
	struct rig *r = begin(1, "clientRebalance=false;popInvisibleTime=10000");

	fake_broker_pops(r->broker, true);
	r->slow_ms = _i == 0 ? 15000 : 9000;
	r->meanwhile = pop_no_more;
	rig_start(r);
	rig_advance(r, 20000);
	ck_assert_str_eq(told.order, "ab.BA");
	ck_assert_int_eq(told.outcome, _i == 0 ? RMQ_OUTCOME_TIME_OUT : RMQ_OUTCOME_SUCCESS);
	ck_assert_int_eq(told.status, RMQ_CONSUME_SUCCESS);
	rig_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		hooks__stand_around_the_listener,
		hooks__of_what_comes_again_are_called_again,
		hooks__of_an_orderly_listener_are_called_for_each_call,
		hooks__see_an_orderly_failure,
		hooks__of_a_poll_are_called_when_it_hands_out,
	};
	struct suite s;

	suite_open(&s, "consume_hooks");
	suite_add_loop(&s, hooks__are_told_what_the_listener_returned, RMQI_COUNT(results));
	suite_add_loop(&s, hooks__are_told_that_it_was_too_late_for_what_was_popped, 2);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
