/* SPDX-License-Identifier: Apache-2.0 */
/* Lite topics of a simple consumer, against the fake broker. */
#include <string.h>

#include "base/detail.h"
#include "client/message.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "consumer/handle.h"
#include "consumer/lite_subscribe.h"
#include "consumer/simple_consumer.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

#define LITE_A "%LMQ%$T$a"
#define LITE_B "%LMQ%$T$b"

static struct rig *r;
static rmq_simple_consumer *c;
static rmq_messages *l;
static struct rmq_error_detail *d;
static int taken;

static void on_event(const rmq_event *e, void *arg)
{
	(void)arg;
	taken += rmq_event_kind(e) == RMQ_EVENT_TAKEN_OVER ? 1 : 0;
}

static void set_up(void)
{
	taken = 0;
	rig_event_fn = on_event;
	r = rig_new(1, 2, NULL);
	fake_broker_topic(r->broker, LITE_A, 1);
	fake_broker_topic(r->broker, LITE_B, 1);
	ck_assert_int_eq(rmqi_simple_consumer_new(r->config, "G", &c, NULL), RMQ_OK);
	d = rmqi_detail_new();
	l = NULL;
}

static void tear_down(void)
{
	rmq_messages_free(l);
	rmqi_detail_discard(d);
	rmqi_handle_free(&c->member);
	rig_free(r);
	rig_event_fn = NULL;
}

static enum rmq_error add(const char *parent, const char *lite)
{
	return rmqi_simple_consumer_subscribe_lite(c, parent, lite, d);
}

static void start_with(const char *lite)
{
	ck_assert_int_eq(add("T", lite), RMQ_OK);
	ck_assert_int_eq(rmqi_simple_consumer_start(c, NULL), RMQ_OK);
}

static enum rmq_error receive(int max, int64_t timeout_ms)
{
	rmq_messages *got = NULL;
	enum rmq_error err = rmqi_simple_consumer_receive(c, max, 10000, timeout_ms, &got, d);

	rmq_messages_free(l);
	l = got;
	return err;
}

static const char *told(void)
{
	return fake_broker_lite_told(r->broker);
}

static void expect_sentence(const char *words)
{
	if (!strstr(rmq_error_detail_message(d), words))
		ck_abort_msg("\"%s\" is not in: %s", words, rmq_error_detail_message(d));
}

/* --- What brokers are told ---------------------------------------------------------------------------- */

START_TEST(broker__is_told_each_change_and_the_goodbye)
{
	start_with("a");
	rig_advance(r, 1000);
	ck_assert_str_eq(told(), "PARTIAL_ADD a;");
	ck_assert_int_eq(add("T", "b"), RMQ_OK);
	ck_assert_str_eq(told(), "PARTIAL_ADD a;PARTIAL_ADD b;");
	ck_assert_int_eq(add("T", "b"), RMQ_OK);
	ck_assert_int_eq(rmqi_simple_consumer_unsubscribe_lite(c, "T", "a", d), RMQ_OK);
	ck_assert_str_eq(told(), "PARTIAL_ADD a;PARTIAL_ADD b;PARTIAL_REMOVE a;");
	ck_assert_int_eq(rmqi_handle_close(&c->member, 3000, d), RMQ_OK);
	ck_assert_str_eq(told(), "PARTIAL_ADD a;PARTIAL_ADD b;PARTIAL_REMOVE a;COMPLETE_REMOVE ;");
}
END_TEST

START_TEST(broker__is_told_all_of_them_again_and_again)
{
	start_with("a");
	rig_advance(r, 65000);
	ck_assert_str_eq(told(), "PARTIAL_ADD a;COMPLETE_ADD a;COMPLETE_ADD a;");
}
END_TEST

START_TEST(broker__that_lost_the_connection_is_told_at_once)
{
	start_with("a");
	rig_advance(r, 1000);
	fake_broker_hang_up(r->broker);
	rig_advance(r, 5000);
	ck_assert_str_eq(told(), "PARTIAL_ADD a;COMPLETE_ADD a;");
}
END_TEST

START_TEST(broker__that_does_not_answer_is_told_later)
{
	start_with("a");
	rig_advance(r, 1000);
	fake_broker_refuse(r->broker, RMQI_REQ_LITE_SUBSCRIPTION_CTL, FAKE_NO_ANSWER, 1);
	ck_assert_int_eq(add("T", "b"), RMQ_OK);
	rig_advance(r, 6000);
	ck_assert_str_eq(told(), "PARTIAL_ADD a;PARTIAL_ADD b;COMPLETE_ADD a,b;");
	ck_assert_ptr_nonnull(strstr(r->log, "subscription of lite topics"));
	ck_assert_ptr_nonnull(strstr(r->over, "works now"));
}
END_TEST

START_TEST(broker__that_refuses_leaves_it_as_it_was)
{
	start_with("a");
	rig_advance(r, 1000);
	fake_broker_remark(r->broker, "lite subscription quota exceeded 100000");
	fake_broker_refuse(r->broker, RMQI_REQ_LITE_SUBSCRIPTION_CTL, 2018, 1);
	ck_assert_int_eq(add("T", "b"), RMQ_ERR_BROKER);
	expect_sentence("quota exceeded 100000");
	ck_assert_int_eq(rmq_error_detail_broker_code(d), 2018);
	rig_advance(r, 6000);
	ck_assert_int_eq(rmqi_simple_consumer_unsubscribe_lite(c, "T", "b", d), RMQ_ERR_NOT_FOUND);
	fake_broker_put(r->broker, LITE_A, 0, "a0", NULL);
	ck_assert_int_eq(receive(32, 1000), RMQ_OK);
	ck_assert_uint_eq(rmq_messages_count(l), 1);
}
END_TEST

/* --- Receive ------------------------------------------------------------------------------------------ */

START_TEST(receive__brings_what_is_subscribed_and_acks_name_it)
{
	start_with("a");
	fake_broker_put(r->broker, LITE_A, 0, "a0", NULL);
	fake_broker_put(r->broker, LITE_A, 0, "a1", NULL);
	fake_broker_put(r->broker, LITE_B, 0, "b0", NULL);
	ck_assert_int_eq(receive(32, 1000), RMQ_OK);
	ck_assert_uint_eq(rmq_messages_count(l), 2);
	ck_assert_str_eq(rmq_message_lite_topic(rmq_messages_at(l, 1)), "a");
	ck_assert_str_eq(rmq_message_topic(rmq_messages_at(l, 1)), "T");
	ck_assert_int_eq(rmq_message_queue_offset(rmq_messages_at(l, 1)), 1);
	ck_assert_int_eq(rmqi_simple_consumer_ack(c, rmq_messages_at(l, 0), d), RMQ_OK);
	ck_assert_str_eq(fake_broker_last(r->broker, RMQI_REQ_ACK_MESSAGE, "liteTopic"), "a");
	ck_assert_int_eq(rmqi_simple_consumer_change_invisible(c, rmq_messages_at(l, 1), 5000, d),
			 RMQ_OK);
	ck_assert_str_eq(
		fake_broker_last(r->broker, RMQI_REQ_CHANGE_MESSAGE_INVISIBLETIME, "liteTopic"),
		"a");
	ck_assert_int_eq(rmqi_simple_consumer_ack(c, rmq_messages_at(l, 1), d), RMQ_OK);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
}
END_TEST

START_TEST(receive__a_batch_is_acknowledged_one_by_one)
{
	const rmq_message *both[2];

	start_with("a");
	fake_broker_put(r->broker, LITE_A, 0, "a0", NULL);
	fake_broker_put(r->broker, LITE_A, 0, "a1", NULL);
	ck_assert_int_eq(receive(32, 1000), RMQ_OK);
	both[0] = rmq_messages_at(l, 0);
	both[1] = rmq_messages_at(l, 1);
	ck_assert_int_eq(rmqi_simple_consumer_ack_batch(c, both, 2, NULL, d), RMQ_OK);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_BATCH_ACK_MESSAGE), 0);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_ACK_MESSAGE), 2);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
}
END_TEST

static void put_later(struct rmqi_timer *t)
{
	(void)t;
	fake_broker_put(r->broker, LITE_A, 0, "late", NULL);
}

START_TEST(receive__is_woken_by_a_message)
{
	struct rmqi_timer timer;
	int64_t before;

	start_with("a");
	ck_assert_int_eq(receive(32, 0), RMQ_OK);
	ck_assert_int_eq(
		rmqi_timer_init(&timer, rmqi_loop_timers(c->member.consumer.loop), put_later),
		RMQ_OK);
	before = rig_now(r);
	rmqi_timer_start_ms(&timer, 4000);
	ck_assert_int_eq(receive(32, 20000), RMQ_OK);
	ck_assert_uint_eq(rmq_messages_count(l), 1);
	ck_assert_int_lt(rig_now(r) - before, 4100);
	/* Short ones first, then long ones, and no question that this release answers wrongly. */
	ck_assert_uint_le(fake_broker_count(r->broker, RMQI_REQ_POP_LITE_MESSAGE), 9);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_NOTIFICATION), 0);
	rmqi_timer_deinit(&timer);
}
END_TEST

static void on_received(enum rmq_error error, rmq_messages *messages, const rmq_error_detail *why,
			void *arg)
{
	size_t *count = arg;

	(void)why;
	ck_assert_int_eq(error, RMQ_OK);
	*count = rmq_messages_count(messages);
	rmq_messages_free(messages);
}

/* The message comes when the first receive has just ended, and its held pop has not. */
/* A message comes behind the end of a receive, to a pop that the broker holds for it. */
static void come_late(struct rmqi_timer *timer)
{
	size_t count = 99;

	start_with("a");
	rig_advance(r, 1000);
	ck_assert_int_eq(
		rmqi_timer_init(timer, rmqi_loop_timers(c->member.consumer.loop), put_later),
		RMQ_OK);
	ck_assert_int_eq(
		rmqi_simple_consumer_receive_async(c, 1, 10000, 300, on_received, &count, d),
		RMQ_OK);
	rig_advance(r, 1);
	rmqi_timer_start_ms(timer, 299);
	rig_advance(r, 400);
	ck_assert_uint_eq(count, 0);
	ck_assert_uint_eq(fake_broker_out(r->broker), 1);
}

START_TEST(receive__gets_what_came_when_nobody_waited_any_more)
{
	struct rmqi_timer timer;
	unsigned pops;

	come_late(&timer);
	pops = fake_broker_count(r->broker, RMQI_REQ_POP_LITE_MESSAGE);
	ck_assert_int_eq(receive(1, 0), RMQ_OK);
	ck_assert_uint_eq(rmq_messages_count(l), 1);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_POP_LITE_MESSAGE), pops);
	ck_assert_int_eq(rmqi_simple_consumer_ack(c, rmq_messages_at(l, 0), d), RMQ_OK);
	ck_assert_int_eq(rmqi_handle_close(&c->member, 3000, d), RMQ_OK);
	rmqi_timer_deinit(&timer);
}
END_TEST

START_TEST(close__gives_back_what_nobody_has_received)
{
	struct rmqi_timer timer;

	come_late(&timer);
	ck_assert_int_eq(rmqi_handle_close(&c->member, 3000, d), RMQ_OK);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_CHANGE_MESSAGE_INVISIBLETIME), 1);
	rmqi_timer_deinit(&timer);
}
END_TEST

START_TEST(receive__gives_back_what_was_kept_for_too_long)
{
	struct rmqi_timer timer;

	come_late(&timer);
	rig_advance(r, 6000);
	ck_assert_int_eq(receive(1, 0), RMQ_OK);
	ck_assert_uint_eq(rmq_messages_count(l), 0);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_CHANGE_MESSAGE_INVISIBLETIME), 1);
	ck_assert_int_eq(rmqi_handle_close(&c->member, 3000, d), RMQ_OK);
	rmqi_timer_deinit(&timer);
}
END_TEST

START_TEST(receive__what_is_not_subscribed_any_more_is_given_back)
{
	start_with("a");
	ck_assert_int_eq(add("T", "b"), RMQ_OK);
	rig_advance(r, 1000);
	/* The broker has not heard of it yet, or forgot. */
	fake_broker_refuse(r->broker, RMQI_REQ_LITE_SUBSCRIPTION_CTL, RMQI_RESP_SUCCESS, 1);
	ck_assert_int_eq(rmqi_simple_consumer_unsubscribe_lite(c, "T", "b", d), RMQ_OK);
	fake_broker_put(r->broker, LITE_B, 0, "b0", NULL);
	ck_assert_int_eq(receive(32, 1000), RMQ_OK);
	ck_assert_uint_eq(rmq_messages_count(l), 0);
	ck_assert_str_eq(
		fake_broker_last(r->broker, RMQI_REQ_CHANGE_MESSAGE_INVISIBLETIME, "liteTopic"),
		"b");
	ck_assert_int_eq(rmqi_handle_close(&c->member, 3000, d), RMQ_OK);
}
END_TEST

/* Each is an answer of its own, to a pop that is held for the same receive. */
START_TEST(receive__waits_on_however_many_come_that_are_not_subscribed)
{
	size_t count = 99;

	start_with("a");
	ck_assert_int_eq(add("T", "b"), RMQ_OK);
	rig_advance(r, 1000);
	fake_broker_refuse(r->broker, RMQI_REQ_LITE_SUBSCRIPTION_CTL, RMQI_RESP_SUCCESS, 1);
	ck_assert_int_eq(rmqi_simple_consumer_unsubscribe_lite(c, "T", "b", d), RMQ_OK);
	ck_assert_int_eq(
		rmqi_simple_consumer_receive_async(c, 1, 10000, 20000, on_received, &count, d),
		RMQ_OK);
	for (int i = 0; i < 40; i++) {
		rig_advance(r, 100);
		fake_broker_put(r->broker, LITE_B, 0, "b", NULL);
	}
	rig_advance(r, 100);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_CHANGE_MESSAGE_INVISIBLETIME), 40);
	ck_assert_uint_eq(count, 99);
	fake_broker_put(r->broker, LITE_A, 0, "a0", NULL);
	rig_advance(r, 100);
	ck_assert_uint_eq(count, 1);
}
END_TEST

START_TEST(receive__leaves_out_what_does_not_say_where_it_lies)
{
	start_with("a");
	fake_broker_put(r->broker, LITE_A, 0, "a0", NULL);
	fake_broker_put(r->broker, LITE_A, 0, "a1", NULL);
	fake_broker_put(r->broker, LITE_A, 0, "a2", NULL);
	fake_broker_damage(r->broker, LITE_A, 0, 1, FAKE_UNPLACED);
	fake_broker_lite_counts(r->broker, "0 qo0%1 2;0 qo0%2 3");
	ck_assert_int_eq(receive(32, 1000), RMQ_OK);
	ck_assert_uint_eq(rmq_messages_count(l), 2);
	ck_assert_int_eq(rmq_message_queue_offset(rmq_messages_at(l, 0)), 0);
	ck_assert_int_eq(rmq_message_queue_offset(rmq_messages_at(l, 1)), 2);
	ck_assert_int_eq(rmq_message_reconsume_times(rmq_messages_at(l, 1)), 3);
	ck_assert_ptr_nonnull(strstr(r->log, "do not say where in which one lite topic it lies"));
	ck_assert_ptr_nonnull(strstr(r->log, "it comes again after its invisible time"));
	ck_assert_int_eq(rmqi_simple_consumer_ack(c, rmq_messages_at(l, 0), d), RMQ_OK);
	ck_assert_int_eq(rmqi_simple_consumer_ack(c, rmq_messages_at(l, 1), d), RMQ_OK);
	ck_assert_uint_eq(fake_broker_out(r->broker), 1);
	/* The user has nothing that he could acknowledge. */
	ck_assert_int_eq(rmqi_handle_close(&c->member, 3000, d), RMQ_OK);
}
END_TEST

/* The broker rests after a failure: so nobody is told, and the last one is gone before the answer is there. */
START_TEST(receive__what_comes_when_none_is_subscribed_any_more_is_given_back)
{
	size_t count = 99;

	start_with("a");
	rig_advance(r, 1000);
	fake_broker_refuse(r->broker, RMQI_REQ_LITE_SUBSCRIPTION_CTL, FAKE_NO_ANSWER, 1);
	ck_assert_int_eq(add("T", "b"), RMQ_OK);
	ck_assert_int_eq(rmqi_simple_consumer_unsubscribe_lite(c, "T", "b", d), RMQ_OK);
	fake_broker_put(r->broker, LITE_A, 0, "a0", NULL);
	ck_assert_int_eq(
		rmqi_simple_consumer_receive_async(c, 1, 10000, 1000, on_received, &count, d),
		RMQ_OK);
	ck_assert_int_eq(rmqi_simple_consumer_unsubscribe_lite(c, "T", "a", d), RMQ_OK);
	ck_assert_uint_eq(count, 99);
	rig_advance(r, 2000);
	ck_assert_uint_eq(count, 0);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_POP_LITE_MESSAGE), 1);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_ACK_MESSAGE), 0);
	ck_assert_str_eq(
		fake_broker_last(r->broker, RMQI_REQ_CHANGE_MESSAGE_INVISIBLETIME, "liteTopic"),
		"a");
}
END_TEST

/* --- Taken over --------------------------------------------------------------------------------------- */

START_TEST(takeover__is_told_and_ends_it)
{
	start_with("a");
	rig_advance(r, 1000);
	fake_broker_take_lite(r->broker, "somebody", "a");
	fake_broker_take_lite(r->broker, rmqi_client_id(c->member.consumer.client), "none");
	rig_advance(r, 100);
	ck_assert_int_eq(taken, 0);
	fake_broker_take_lite(r->broker, rmqi_client_id(c->member.consumer.client), "a");
	rig_advance(r, 100);
	ck_assert_int_eq(taken, 1);
	ck_assert_ptr_nonnull(strstr(r->log, "lite topic a of topic T was taken over"));
	/* What was under way to the broker may have named it. */
	ck_assert_str_eq(told(), "PARTIAL_ADD a;COMPLETE_ADD ;");
	ck_assert_int_eq(receive(1, 1000), RMQ_ERR_STATE);
	expect_sentence("other clients have taken the lite topics over");
	ck_assert_int_eq(add("T", "a"), RMQ_OK);
	ck_assert_str_eq(told(), "PARTIAL_ADD a;COMPLETE_ADD ;PARTIAL_ADD a;");
	ck_assert_int_eq(receive(1, 0), RMQ_OK);
}
END_TEST

/* The other client subscribed it once: brokers that say so later speak of what this one had before. */
START_TEST(takeover__that_is_told_late_does_not_end_what_was_subscribed_again)
{
	const char *id = rmqi_client_id(c->member.consumer.client);

	start_with("a");
	rig_advance(r, 1000);
	fake_broker_take_lite(r->broker, id, "a");
	rig_advance(r, 100);
	ck_assert_int_eq(taken, 1);
	fake_broker_refuse(r->broker, RMQI_REQ_LITE_SUBSCRIPTION_CTL, FAKE_NO_ANSWER, 1);
	ck_assert_int_eq(add("T", "a"), RMQ_OK);
	fake_broker_take_lite(r->broker, id, "a");
	rig_advance(r, 3000);
	ck_assert_int_eq(taken, 1);
	ck_assert_str_eq(told(), "PARTIAL_ADD a;COMPLETE_ADD ;PARTIAL_ADD a;COMPLETE_ADD a;");
	fake_broker_put(r->broker, LITE_A, 0, "a0", NULL);
	ck_assert_int_eq(receive(1, 1000), RMQ_OK);
	ck_assert_uint_eq(rmq_messages_count(l), 1);
	fake_broker_take_lite(r->broker, id, "a");
	rig_advance(r, 100);
	ck_assert_int_eq(taken, 2);
}
END_TEST

/* Without a lite topic there is nothing to tell it, and no time at which there will be. */
START_TEST(takeover__of_the_last_one_ends_what_is_tried_at_a_silent_broker)
{
	unsigned asked;

	fake_broker_refuse(r->broker, RMQI_REQ_LITE_SUBSCRIPTION_CTL, FAKE_NO_ANSWER, FAKE_FOREVER);
	start_with("a");
	rig_advance(r, 10000);
	fake_broker_take_lite(r->broker, rmqi_client_id(c->member.consumer.client), "a");
	rig_advance(r, 5000);
	ck_assert_int_eq(taken, 1);
	asked = fake_broker_count(r->broker, RMQI_REQ_LITE_SUBSCRIPTION_CTL);
	rig_advance(r, 60000);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_LITE_SUBSCRIPTION_CTL), asked);
	fake_broker_refuse(r->broker, RMQI_REQ_LITE_SUBSCRIPTION_CTL, RMQI_RESP_SUCCESS, 1);
	ck_assert_int_eq(add("T", "a"), RMQ_OK);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_LITE_SUBSCRIPTION_CTL), asked + 1);
}
END_TEST

/* --- What cannot work --------------------------------------------------------------------------------- */

START_TEST(refusal__without_lmq_is_told_at_once)
{
	int64_t before = rig_now(r);

	fake_broker_without_lmq(r->broker);
	start_with("a");
	ck_assert_int_eq(receive(1, 20000), RMQ_ERR_UNSUPPORTED);
	ck_assert_int_lt(rig_now(r) - before, 2000);
	expect_sentence("set enableLmq=true and enableMultiDispatch=true there");
	ck_assert_int_eq(add("T", "b"), RMQ_ERR_UNSUPPORTED);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_LITE_SUBSCRIPTION_CTL), 0);
}
END_TEST

START_TEST(refusal__of_an_old_broker_is_told_at_once)
{
	start_with("a");
	fake_broker_refuse(r->broker, RMQI_REQ_LITE_SUBSCRIPTION_CTL,
			   RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED, FAKE_FOREVER);
	ck_assert_int_eq(receive(1, 20000), RMQ_ERR_UNSUPPORTED);
	expect_sentence("the lite topics of topic T are not subscribed at broker broker-a");
}
END_TEST

START_TEST(refusal__of_a_group_that_is_not_bound_says_what_to_do)
{
	start_with("a");
	fake_broker_remark(r->broker, "subscription bind topic not match, G");
	fake_broker_refuse(r->broker, RMQI_REQ_POP_LITE_MESSAGE, RMQI_RESP_INVALID_PARAMETER,
			   FAKE_FOREVER);
	ck_assert_int_eq(receive(1, 20000), RMQ_ERR_BROKER);
	expect_sentence("lite.bind.topic");
}
END_TEST

START_TEST(refusal__of_other_topics_beside_them)
{
	start_with("a");
	ck_assert_int_eq(add("Other", "a"), RMQ_ERR_INVALID_ARGUMENT);
	expect_sentence("this consumer receives lite topics of topic T");
	ck_assert_int_eq(rmqi_simple_consumer_subscribe(c, "T2", RMQI_EXPRESSION_TAG, "*", d),
			 RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(rmqi_simple_consumer_unsubscribe_lite(c, "T", "b", d), RMQ_ERR_NOT_FOUND);
	ck_assert_int_eq(rmqi_simple_consumer_unsubscribe_lite(c, "T", "a", d), RMQ_OK);
	ck_assert_int_eq(receive(1, 0), RMQ_ERR_STATE);
	/* Without any it may be another consumer's kind. */
	ck_assert_int_eq(rmqi_simple_consumer_subscribe(c, "T", RMQI_EXPRESSION_TAG, "*", d),
			 RMQ_OK);
	ck_assert_int_eq(add("T", "a"), RMQ_ERR_INVALID_ARGUMENT);
	expect_sentence("lite topics need another consumer");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		broker__is_told_each_change_and_the_goodbye,
		broker__is_told_all_of_them_again_and_again,
		broker__that_lost_the_connection_is_told_at_once,
		broker__that_does_not_answer_is_told_later,
		broker__that_refuses_leaves_it_as_it_was,
		receive__brings_what_is_subscribed_and_acks_name_it,
		receive__a_batch_is_acknowledged_one_by_one,
		receive__is_woken_by_a_message,
		receive__gets_what_came_when_nobody_waited_any_more,
		receive__gives_back_what_was_kept_for_too_long,
		close__gives_back_what_nobody_has_received,
		receive__what_is_not_subscribed_any_more_is_given_back,
		receive__waits_on_however_many_come_that_are_not_subscribed,
		receive__leaves_out_what_does_not_say_where_it_lies,
		receive__what_comes_when_none_is_subscribed_any_more_is_given_back,
		takeover__is_told_and_ends_it,
		takeover__that_is_told_late_does_not_end_what_was_subscribed_again,
		takeover__of_the_last_one_ends_what_is_tried_at_a_silent_broker,
		refusal__without_lmq_is_told_at_once,
		refusal__of_an_old_broker_is_told_at_once,
		refusal__of_a_group_that_is_not_bound_says_what_to_do,
		refusal__of_other_topics_beside_them,
	};
	struct suite s;

	suite_open(&s, "lite_topics");
	tcase_add_checked_fixture(s.all, set_up, tear_down);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
