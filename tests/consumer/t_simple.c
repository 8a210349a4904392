/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "client/message.h"
#include "client/popped.h"
#include "codec/codes.h"
#include "codec/properties.h"
#include "codec/schema.h"
#include "consumer/handle.h"
#include "consumer/simple_consumer.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

static struct rig *r;
static rmq_simple_consumer *c;
static rmq_messages *l;
static struct rmq_error_detail *d;

static void set_up_with(const char *settings)
{
	r = rig_new(1, 2, settings);
	ck_assert_int_eq(rmqi_simple_consumer_new(r->config, "G", &c, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_handle_subscribe(&c->member, "T", RMQI_EXPRESSION_TAG, "*", NULL),
			 RMQ_OK);
	ck_assert_int_eq(rmqi_simple_consumer_start(c, NULL), RMQ_OK);
	d = rmqi_detail_new();
	l = NULL;
}

static void set_up(void)
{
	set_up_with("consumeFromWhere=CONSUME_FROM_FIRST_OFFSET");
}

static void tear_down(void)
{
	rmq_messages_free(l);
	rmqi_detail_discard(d);
	rmqi_handle_free(&c->member);
	rig_free(r);
}

static enum rmq_error receive(int max, int64_t timeout_ms)
{
	rmq_messages *got = NULL;
	enum rmq_error err = rmqi_simple_consumer_receive(c, max, 10000, timeout_ms, &got, d);

	rmq_messages_free(l);
	l = got;
	return err;
}

static void expect(size_t count)
{
	ck_assert_uint_eq(rmq_messages_count(l), count);
}

static const rmq_message *at(size_t i)
{
	return rmq_messages_at(l, i);
}

static void expect_body(size_t i, const char *body)
{
	size_t len;
	const char *bytes = rmq_message_body(at(i), &len);

	ck_assert_uint_eq(len, strlen(body));
	ck_assert_int_eq(memcmp(bytes, body, len), 0);
}

static const char *sentence(void)
{
	return rmq_error_detail_message(d);
}

static unsigned asked(int code)
{
	return fake_broker_count(r->broker, code);
}

/* --- Receive --------------------------------------------------------------------------------------- */

START_TEST(receive__brings_what_is_there_of_all_queues)
{
	rig_put(r, 3);
	fake_broker_put(r->broker, "T", 1, "other", NULL);
	ck_assert_int_eq(receive(32, 1000), RMQ_OK);
	expect(4);
	expect_body(0, "m0000");
	expect_body(3, "other");
	ck_assert_str_eq(rmq_message_topic(at(0)), "T");
	ck_assert_uint_eq(fake_broker_out(r->broker), 4);
	ck_assert_str_eq(fake_broker_last(r->broker, RMQI_REQ_POP_MESSAGE, "queueId"), "-1");
}
END_TEST

START_TEST(receive__brings_no_more_than_asked)
{
	rig_put(r, 5);
	ck_assert_int_eq(receive(2, 1000), RMQ_OK);
	expect(2);
	ck_assert_uint_eq(fake_broker_out(r->broker), 2);
	ck_assert_int_eq(receive(32, 1000), RMQ_OK);
	expect(3);
}
END_TEST

START_TEST(receive__ends_empty_when_its_time_is_over)
{
	int64_t before = rig_now(r);

	ck_assert_int_eq(receive(32, 12000), RMQ_OK);
	expect(0);
	ck_assert_int_ge(rig_now(r) - before, 12000);
	ck_assert_int_lt(rig_now(r) - before, 12100);
	/* It waits at the broker, and does not ask over and over. */
	ck_assert_uint_le(asked(RMQI_REQ_POP_MESSAGE), 2);
	ck_assert_uint_le(asked(RMQI_REQ_NOTIFICATION), 4);
}
END_TEST

static void put_later(struct rmqi_timer *t)
{
	(void)t;
	fake_broker_put(r->broker, "T", 1, "late", NULL);
}

START_TEST(receive__is_woken_by_a_message)
{
	struct rmqi_timer timer;
	int64_t before;

	ck_assert_int_eq(receive(32, 0), RMQ_OK);
	before = rig_now(r);
	ck_assert_int_eq(
		rmqi_timer_init(&timer, rmqi_loop_timers(c->member.consumer.loop), put_later),
		RMQ_OK);
	rmqi_timer_start_ms(&timer, 2500);
	ck_assert_int_eq(receive(32, 20000), RMQ_OK);
	expect(1);
	expect_body(0, "late");
	ck_assert_int_lt(rig_now(r) - before, 2600);
	rmqi_timer_deinit(&timer);
}
END_TEST

START_TEST(receive__goes_on_where_the_filter_passes_over_a_part)
{
	fake_broker_barren(r->broker, 40);
	rig_put(r, 1);
	ck_assert_int_eq(receive(32, 500), RMQ_OK);
	expect(1);
}
END_TEST

/* Others take it, and have the locks: what there is gets less with each pop, and none brings a message. */
START_TEST(receive__of_what_others_take_pops_now_and_then)
{
	fake_broker_barren(r->broker, 10000);
	rig_put(r, 1);
	ck_assert_int_eq(receive(32, 1000), RMQ_OK);
	expect(0);
	ck_assert_uint_ge(asked(RMQI_REQ_POP_MESSAGE), 20);
	ck_assert_uint_le(asked(RMQI_REQ_POP_MESSAGE), 100);
}
END_TEST

/* T has passed over a part of a backlog when its receive ends. Of the next one's questions one fails, and when that has
 * had its rest, each place is looked at once. */
START_TEST(receive__that_ended_between_two_parts_is_forgotten)
{
	unsigned before;

	fake_broker_barren(r->broker, 10000);
	ck_assert_int_eq(receive(32, 1000), RMQ_OK);
	fake_broker_barren(r->broker, 0);
	fake_broker_topic(r->broker, "U", 1);
	ck_assert_int_eq(rmqi_handle_subscribe(&c->member, "U", RMQI_EXPRESSION_TAG, "*", NULL),
			 RMQ_OK);
	rig_advance(r, 2000);
	before = asked(RMQI_REQ_POP_MESSAGE);
	fake_broker_refuse(r->broker, RMQI_REQ_NOTIFICATION, RMQI_RESP_SYSTEM_ERROR, 1);
	ck_assert_int_eq(receive(32, 1500), RMQ_OK);
	ck_assert_uint_eq(asked(RMQI_REQ_POP_MESSAGE) - before, 4);
}
END_TEST

START_TEST(receive__without_subscriptions_is_an_error_of_the_caller)
{
	ck_assert_int_eq(rmqi_handle_unsubscribe(&c->member, "T", NULL), RMQ_OK);
	ck_assert_int_eq(receive(1, 100), RMQ_ERR_STATE);
	ck_assert_str_eq(sentence(), "nothing is subscribed");
}
END_TEST

START_TEST(receive__of_an_unknown_topic_says_so)
{
	ck_assert_int_eq(rmqi_handle_unsubscribe(&c->member, "T", NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_handle_subscribe(&c->member, "none", RMQI_EXPRESSION_TAG, "*", NULL),
			 RMQ_OK);
	ck_assert_int_eq(receive(1, 2000), RMQ_ERR_NO_ROUTE);
	ck_assert_ptr_nonnull(strstr(sentence(), "none"));
}
END_TEST

START_TEST(receive__what_no_filter_wants_is_acknowledged)
{
	ck_assert_int_eq(rmqi_handle_subscribe(&c->member, "T", RMQI_EXPRESSION_TAG, "A", NULL),
			 RMQ_OK);
	fake_broker_put(r->broker, "T", 0, "no", "B");
	fake_broker_put(r->broker, "T", 0, "yes", "A");
	ck_assert_int_eq(receive(32, 1000), RMQ_OK);
	expect(1);
	expect_body(0, "yes");
	rig_advance(r, 100);
	ck_assert_uint_eq(fake_broker_out(r->broker), 1);
}
END_TEST

START_TEST(receive__a_message_that_cannot_be_read_holds_up_no_other)
{
	rig_put(r, 3);
	fake_broker_corrupt(r->broker, "T", 0, 1, true);
	ck_assert_int_eq(receive(32, 1000), RMQ_OK);
	expect(2);
	expect_body(0, "m0000");
	expect_body(1, "m0002");
	ck_assert_ptr_nonnull(strstr(r->log, "the message at offset 1 of T@broker-a:0 cannot be "
					     "read and is not delivered; it comes again"));
	ck_assert_int_eq(rmqi_simple_consumer_ack(c, at(1), d), RMQ_OK);
}
END_TEST

/* --- Brokers that fail -------------------------------------------------------------------------------- */

START_TEST(broker__that_knows_no_pop_is_refused_at_once)
{
	int64_t before = rig_now(r);

	fake_broker_refuse(r->broker, RMQI_REQ_POP_MESSAGE, RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED,
			   FAKE_FOREVER);
	ck_assert_int_eq(receive(32, 20000), RMQ_ERR_UNSUPPORTED);
	ck_assert_int_lt(rig_now(r) - before, 2000);
	ck_assert_ptr_nonnull(strstr(sentence(), "does not know POP, which came with 5.0.0"));
}
END_TEST

START_TEST(broker__that_denies_is_told_at_once)
{
	int64_t before = rig_now(r);

	fake_broker_remark(
		r->broker,
		"org.apache.rocketmq.acl.common.AclException: No accessKey is configured");
	fake_broker_refuse(r->broker, RMQI_REQ_POP_MESSAGE, RMQI_RESP_SYSTEM_ERROR, FAKE_FOREVER);
	ck_assert_int_eq(receive(32, 20000), RMQ_ERR_DENIED);
	ck_assert_int_lt(rig_now(r) - before, 2000);
}
END_TEST

START_TEST(broker__that_is_busy_is_asked_again)
{
	rig_put(r, 1);
	fake_broker_refuse(r->broker, RMQI_REQ_POP_MESSAGE, RMQI_RESP_SYSTEM_BUSY, 2);
	ck_assert_int_eq(receive(32, 20000), RMQ_OK);
	expect(1);
	ck_assert_ptr_nonnull(strstr(r->over, "works now"));
}
END_TEST

START_TEST(broker__that_stays_away_is_the_error_in_the_end)
{
	fake_broker_refuse(r->broker, RMQI_REQ_POP_MESSAGE, FAKE_CLOSE, FAKE_FOREVER);
	ck_assert_int_eq(receive(32, 5000), RMQ_ERR_CONNECTION_LOST);
	ck_assert_ptr_nonnull(strstr(sentence(), "nothing could be received of topic T from broker "
						 "broker-a"));
}
END_TEST

START_TEST(broker__that_comes_back_has_what_was_waited_for)
{
	rig_put(r, 1);
	fake_broker_refuse(r->broker, RMQI_REQ_POP_MESSAGE, FAKE_NO_ANSWER, 1);
	ck_assert_int_eq(receive(32, 20000), RMQ_OK);
	expect(1);
}
END_TEST

/* --- Acks --------------------------------------------------------------------------------------------- */

static void receive_some(int count)
{
	rig_put(r, count);
	ck_assert_int_eq(receive(32, 1000), RMQ_OK);
	expect((size_t)count);
}

START_TEST(ack__is_the_end_of_a_message)
{
	receive_some(1);
	ck_assert_int_eq(rmqi_simple_consumer_ack(c, at(0), d), RMQ_OK);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	rig_advance(r, 11000);
	ck_assert_int_eq(receive(32, 1000), RMQ_OK);
	expect(0);
}
END_TEST

START_TEST(ack__lost_is_told_again)
{
	receive_some(1);
	fake_broker_refuse(r->broker, RMQI_REQ_ACK_MESSAGE, FAKE_NO_ANSWER, 1);
	ck_assert_int_eq(rmqi_simple_consumer_ack(c, at(0), d), RMQ_OK);
	ck_assert_uint_eq(asked(RMQI_REQ_ACK_MESSAGE), 2);
	receive_some(1);
	fake_broker_refuse(r->broker, RMQI_REQ_ACK_MESSAGE, FAKE_CLOSE, 2);
	ck_assert_int_eq(rmqi_simple_consumer_ack(c, at(0), d), RMQ_OK);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
}
END_TEST

START_TEST(ack__that_nobody_hears_is_told_to_the_caller)
{
	receive_some(1);
	fake_broker_refuse(r->broker, RMQI_REQ_ACK_MESSAGE, FAKE_CLOSE, FAKE_FOREVER);
	ck_assert_int_eq(rmqi_simple_consumer_ack(c, at(0), d), RMQ_ERR_CONNECTION_LOST);
	ck_assert_uint_eq(asked(RMQI_REQ_ACK_MESSAGE), 3);
}
END_TEST

START_TEST(ack__after_the_invisible_time_is_late_and_not_told)
{
	receive_some(1);
	rig_advance(r, 10001);
	ck_assert_int_eq(rmqi_simple_consumer_ack(c, at(0), d), RMQ_ERR_EXPIRED);
	ck_assert_ptr_nonnull(strstr(sentence(), "it is delivered again"));
	ck_assert_uint_eq(asked(RMQI_REQ_ACK_MESSAGE), 0);
}
END_TEST

START_TEST(ack__after_the_machine_was_suspended_is_late)
{
	receive_some(1);
	rmqi_clock_suspend(r->env.clock, 10000);
	ck_assert_int_eq(rmqi_simple_consumer_ack(c, at(0), d), RMQ_ERR_EXPIRED);
	ck_assert_uint_eq(asked(RMQI_REQ_ACK_MESSAGE), 0);
}
END_TEST

START_TEST(ack__of_what_the_broker_does_not_know)
{
	receive_some(1);
	fake_broker_refuse(r->broker, RMQI_REQ_ACK_MESSAGE, RMQI_RESP_NO_MESSAGE, 1);
	ck_assert_int_eq(rmqi_simple_consumer_ack(c, at(0), d), RMQ_ERR_NOT_FOUND);
}
END_TEST

START_TEST(ack__of_what_was_not_popped)
{
	rmq_message *m = rmq_message_new("T", "x", 1);

	ck_assert_int_eq(rmqi_simple_consumer_ack(c, m, d), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(sentence(), "it was not popped"));
	rmq_message_free(m);
}
END_TEST

START_TEST(ack__by_a_message_that_was_kept_or_copied)
{
	rmq_message *kept, *copy;

	fake_broker_put(r->broker, "T", 0, "one", "A");
	fake_broker_put(r->broker, "T", 0, "two", "B");
	ck_assert_int_eq(receive(32, 1000), RMQ_OK);
	kept = rmq_message_ref(at(0));
	copy = rmq_message_dup(at(1));
	rmq_messages_free(l);
	l = NULL;
	ck_assert_str_eq(rmq_message_tag(copy), "B");
	ck_assert_int_eq(rmqi_simple_consumer_ack(c, kept, d), RMQ_OK);
	ck_assert_int_eq(rmqi_simple_consumer_ack(c, copy, d), RMQ_OK);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	rmq_message_free(kept);
	rmq_message_free(copy);
}
END_TEST

START_TEST(message__not_acknowledged_comes_again)
{
	receive_some(1);
	rig_advance(r, 10001);
	ck_assert_int_eq(receive(32, 6000), RMQ_OK);
	expect(1);
	expect_body(0, "m0000");
	ck_assert_int_eq(rmq_message_reconsume_times(at(0)), 1);
	ck_assert_str_eq(rmq_message_topic(at(0)), "T");
	ck_assert_int_eq(rmqi_simple_consumer_ack(c, at(0), d), RMQ_OK);
	ck_assert_str_eq(fake_broker_last(r->broker, RMQI_REQ_ACK_MESSAGE, "topic"), "%RETRY%G_T");
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
}
END_TEST

/* --- Another time ------------------------------------------------------------------------------------- */

START_TEST(change__gives_more_time_and_another_receipt)
{
	char before[128];

	receive_some(1);
	snprintf(before, sizeof(before), "%s", rmq_message_property(at(0), "POP_CK"));
	rig_advance(r, 5000);
	ck_assert_int_eq(rmqi_simple_consumer_change_invisible(c, at(0), 20000, d), RMQ_OK);
	ck_assert_str_ne(rmq_message_property(at(0), "POP_CK"), before);
	rig_advance(r, 15000);
	ck_assert_int_eq(rmqi_simple_consumer_ack(c, at(0), d), RMQ_OK);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
}
END_TEST

START_TEST(change__to_a_short_time_gives_it_back)
{
	receive_some(1);
	ck_assert_int_eq(rmqi_simple_consumer_change_invisible(c, at(0), 1000, d), RMQ_OK);
	rig_advance(r, 1001);
	ck_assert_int_eq(rmqi_simple_consumer_ack(c, at(0), d), RMQ_ERR_EXPIRED);
	ck_assert_int_eq(receive(32, 6000), RMQ_OK);
	expect(1);
	ck_assert_int_eq(rmq_message_reconsume_times(at(0)), 1);
}
END_TEST

/* Told twice it would be two check points, and nobody would know of the first. */
START_TEST(change__that_may_have_been_heard_is_not_told_again)
{
	receive_some(1);
	fake_broker_refuse(r->broker, RMQI_REQ_CHANGE_MESSAGE_INVISIBLETIME, FAKE_NO_ANSWER, 1);
	ck_assert_int_eq(rmqi_simple_consumer_change_invisible(c, at(0), 20000, d),
			 RMQ_ERR_TIMEOUT);
	ck_assert_uint_eq(asked(RMQI_REQ_CHANGE_MESSAGE_INVISIBLETIME), 1);
	fake_broker_refuse(r->broker, RMQI_REQ_CHANGE_MESSAGE_INVISIBLETIME, FAKE_CLOSE, 1);
	ck_assert_int_eq(rmqi_simple_consumer_change_invisible(c, at(0), 20000, d),
			 RMQ_ERR_CONNECTION_LOST);
	ck_assert_uint_eq(asked(RMQI_REQ_CHANGE_MESSAGE_INVISIBLETIME), 2);
}
END_TEST

/* --- The end ------------------------------------------------------------------------------------------ */

START_TEST(close__says_what_was_not_acknowledged_and_when_it_comes)
{
	receive_some(3);
	ck_assert_int_eq(rmqi_simple_consumer_ack(c, at(1), d), RMQ_OK);
	rig_advance(r, 4000);
	ck_assert_int_eq(rmqi_handle_close(&c->member, 1000, d), RMQ_ERR_TIMEOUT);
	ck_assert_ptr_nonnull(strstr(sentence(),
				     "2 messages that were received are not "
				     "acknowledged: they come again, the last one in "));
	ck_assert_int_eq(receive(1, 0), RMQ_ERR_STATE);
}
END_TEST

START_TEST(close__with_all_acknowledged_or_over_is_fine)
{
	receive_some(2);
	ck_assert_int_eq(rmqi_simple_consumer_ack(c, at(1), d), RMQ_OK);
	rig_advance(r, 10001);
	ck_assert_int_eq(rmqi_handle_close(&c->member, 1000, d), RMQ_OK);
}
END_TEST

struct told {
	int count;
	enum rmq_error error;
	size_t messages;
};

static void on_received(enum rmq_error error, rmq_messages *messages,
			const rmq_error_detail *detail, void *arg)
{
	struct told *t = arg;

	ck_assert((error == RMQ_OK) == (detail == NULL));
	t->count++;
	t->error = error;
	t->messages = rmq_messages_count(messages);
	rmq_messages_free(messages);
}

START_TEST(async__tells_once_what_came)
{
	struct told t = {0};

	ck_assert_int_eq(rmqi_simple_consumer_receive_async(c, 32, -1, 20000, on_received, &t, d),
			 RMQ_OK);
	rig_advance(r, 1000);
	ck_assert_int_eq(t.count, 0);
	rig_put(r, 2);
	rig_advance(r, 1000);
	ck_assert_int_eq(t.count, 1);
	ck_assert_int_eq(t.error, RMQ_OK);
	ck_assert_uint_ge(t.messages, 1);
}
END_TEST

START_TEST(async__that_waits_is_told_of_the_close)
{
	struct told t = {0};

	ck_assert_int_eq(rmqi_simple_consumer_receive_async(c, 32, -1, 20000, on_received, &t, d),
			 RMQ_OK);
	rig_advance(r, 1000);
	ck_assert_int_eq(rmqi_handle_close(&c->member, 1000, d), RMQ_OK);
	rig_advance(r, 100);
	ck_assert_int_eq(t.count, 1);
	ck_assert_int_eq(t.error, RMQ_ERR_CANCELLED);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		receive__that_ended_between_two_parts_is_forgotten,
		receive__brings_what_is_there_of_all_queues,
		receive__brings_no_more_than_asked,
		receive__ends_empty_when_its_time_is_over,
		receive__is_woken_by_a_message,
		receive__goes_on_where_the_filter_passes_over_a_part,
		receive__of_what_others_take_pops_now_and_then,
		receive__without_subscriptions_is_an_error_of_the_caller,
		receive__of_an_unknown_topic_says_so,
		receive__what_no_filter_wants_is_acknowledged,
		receive__a_message_that_cannot_be_read_holds_up_no_other,
		broker__that_knows_no_pop_is_refused_at_once,
		broker__that_denies_is_told_at_once,
		broker__that_is_busy_is_asked_again,
		broker__that_stays_away_is_the_error_in_the_end,
		broker__that_comes_back_has_what_was_waited_for,
		ack__is_the_end_of_a_message,
		ack__lost_is_told_again,
		ack__that_nobody_hears_is_told_to_the_caller,
		ack__after_the_invisible_time_is_late_and_not_told,
		ack__after_the_machine_was_suspended_is_late,
		ack__of_what_the_broker_does_not_know,
		ack__of_what_was_not_popped,
		ack__by_a_message_that_was_kept_or_copied,
		message__not_acknowledged_comes_again,
		change__gives_more_time_and_another_receipt,
		change__to_a_short_time_gives_it_back,
		change__that_may_have_been_heard_is_not_told_again,
		close__says_what_was_not_acknowledged_and_when_it_comes,
		close__with_all_acknowledged_or_over_is_fine,
		async__tells_once_what_came,
		async__that_waits_is_told_of_the_close,
	};
	struct suite s;

	suite_open(&s, "simple");
	tcase_add_checked_fixture(s.all, set_up, tear_down);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
