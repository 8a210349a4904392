/* SPDX-License-Identifier: Apache-2.0 */
/* Starts of a simple consumer, and receives that wait: for routes, approvals, and brokers that do not answer. */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "client/complaint.h"
#include "codec/codes.h"
#include "consumer/handle.h"
#include "consumer/ready.h"
#include "consumer/simple_consumer.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

enum { TOLD_MAX = 4 };

struct told {
	int count;
	enum rmq_error error;
	size_t messages;
	int64_t at_ms;
	char sentence[512];
};

static struct rig *r;
static rmq_simple_consumer *c;
static struct rmq_error_detail *d;
static struct told told[TOLD_MAX];

static void set_up(void)
{
	memset(told, 0, sizeof(told));
	r = rig_new(1, 2, "consumeFromWhere=CONSUME_FROM_FIRST_OFFSET");
	ck_assert_int_eq(rmqi_simple_consumer_new(r->config, "G", &c, NULL), RMQ_OK);
	d = rmqi_detail_new();
}

static void tear_down(void)
{
	rmqi_detail_discard(d);
	rmqi_handle_free(&c->member);
	rig_free(r);
}

static void subscribe(const char *topic)
{
	ck_assert_int_eq(rmqi_handle_subscribe(&c->member, topic, RMQI_EXPRESSION_TAG, "*", NULL),
			 RMQ_OK);
}

static void start(void)
{
	ck_assert_int_eq(rmqi_handle_start(&c->member, NULL), RMQ_OK);
}

static void start_with(const char *topic)
{
	subscribe(topic);
	start();
}

static void on_received(enum rmq_error error, rmq_messages *messages,
			const rmq_error_detail *detail, void *arg)
{
	struct told *t = arg;

	ck_assert((error == RMQ_OK) == (detail == NULL));
	t->count++;
	t->error = error;
	t->messages = rmq_messages_count(messages);
	t->at_ms = rig_now(r);
	snprintf(t->sentence, sizeof(t->sentence), "%s",
		 detail ? rmq_error_detail_message(detail) : "");
	rmq_messages_free(messages);
}

static void receive_async(struct told *t, int64_t timeout_ms)
{
	ck_assert_int_eq(
		rmqi_simple_consumer_receive_async(c, 32, 30000, timeout_ms, on_received, t, d),
		RMQ_OK);
}

/* --- Many that wait ------------------------------------------------------------------------------ */

START_TEST(waiting__all_look_when_the_route_comes)
{
	rig_put(r, 200);
	start_with("T");
	for (size_t i = 0; i < TOLD_MAX; i++)
		receive_async(&told[i], 20000);
	rig_advance(r, 1000);
	for (size_t i = 0; i < TOLD_MAX; i++) {
		ck_assert_int_eq(told[i].count, 1);
		ck_assert_int_eq(told[i].error, RMQ_OK);
		ck_assert_uint_ge(told[i].messages, 1);
	}
}
END_TEST

START_TEST(waiting__all_are_told_what_does_not_pass)
{
	fake_broker_refuse(r->broker, RMQI_REQ_POP_MESSAGE, RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED,
			   FAKE_FOREVER);
	start_with("T");
	for (size_t i = 0; i < TOLD_MAX; i++)
		receive_async(&told[i], 20000);
	rig_advance(r, 1000);
	for (size_t i = 0; i < TOLD_MAX; i++)
		ck_assert_int_eq(told[i].error, RMQ_ERR_UNSUPPORTED);
}
END_TEST

START_TEST(waiting__all_look_again_after_a_rest)
{
	start_with("T");
	rig_advance(r, 1000);
	fake_broker_refuse(r->broker, RMQI_REQ_NOTIFICATION, RMQI_RESP_SYSTEM_BUSY, 1);
	for (size_t i = 0; i < TOLD_MAX; i++)
		receive_async(&told[i], 20000);
	rig_advance(r, 500);
	/* It rests, and nobody asks meanwhile. */
	rig_put(r, 200);
	rig_advance(r, 2000);
	for (size_t i = 0; i < TOLD_MAX; i++)
		ck_assert_uint_ge(told[i].messages, 1);
}
END_TEST

/* --- Who is ready -------------------------------------------------------------------------------- */

START_TEST(sql__is_ready_when_a_broker_approves)
{
	ck_assert_int_eq(
		rmqi_handle_subscribe(&c->member, "T", RMQI_EXPRESSION_SQL92, "a > 1", NULL),
		RMQ_OK);
	start();
	ck_assert_int_eq(rmqi_member_wait_ready(&c->member, 5000, d), RMQ_OK);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_CHECK_CLIENT_CONFIG), 1);
}
END_TEST

START_TEST(sql__that_is_refused_is_told_at_once)
{
	int64_t before;

	fake_broker_refuse(r->broker, RMQI_REQ_CHECK_CLIENT_CONFIG,
			   RMQI_RESP_SUBSCRIPTION_PARSE_FAILED, FAKE_FOREVER);
	ck_assert_int_eq(
		rmqi_handle_subscribe(&c->member, "T", RMQI_EXPRESSION_SQL92, "a > 1", NULL),
		RMQ_OK);
	start();
	before = rig_now(r);
	ck_assert_int_eq(rmqi_member_wait_ready(&c->member, 20000, d), RMQ_ERR_BROKER);
	ck_assert_int_lt(rig_now(r) - before, 5000);
	ck_assert_int_eq(rmq_error_detail_broker_code(d), RMQI_RESP_SUBSCRIPTION_PARSE_FAILED);
}
END_TEST

/* --- Nobody to ask ------------------------------------------------------------------------------- */

START_TEST(async__of_an_unknown_topic_says_so)
{
	start_with("none");
	receive_async(&told[0], 2000);
	rig_advance(r, 3000);
	ck_assert_int_eq(told[0].count, 1);
	ck_assert_int_eq(told[0].error, RMQ_ERR_NO_ROUTE);
	ck_assert_ptr_nonnull(strstr(told[0].sentence, "none"));
}
END_TEST

START_TEST(unsubscribed__topic_is_not_received_any_more)
{
	start_with("T");
	fake_broker_topic(r->broker, "U", 1);
	subscribe("U");
	receive_async(&told[0], 20000);
	rig_advance(r, 1000);
	ck_assert_int_eq(rmqi_handle_unsubscribe(&c->member, "T", NULL), RMQ_OK);
	/* The question about it is still at the broker. */
	rig_put(r, 1);
	rig_advance(r, 1000);
	ck_assert_int_eq(told[0].count, 0);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
}
END_TEST

static void look_at_trouble(void *arg)
{
	struct rmqi_client_trouble t;

	*(bool *)arg =
		rmqi_client_trouble(c->member.consumer.client, RMQI_TROUBLE_PULL, "T@broker-a", &t);
}

static bool has_trouble(void)
{
	bool has = false;

	rmqi_loop_call(c->member.consumer.loop, look_at_trouble, &has);
	return has;
}

START_TEST(unsubscribed__topic_has_no_trouble_any_more)
{
	fake_broker_refuse(r->broker, RMQI_REQ_POP_MESSAGE, RMQI_RESP_SYSTEM_ERROR, FAKE_FOREVER);
	start_with("T");
	receive_async(&told[0], 2000);
	rig_advance(r, 3000);
	ck_assert_int_eq(told[0].error, RMQ_ERR_BROKER);
	ck_assert(has_trouble());
	ck_assert_int_eq(rmqi_handle_unsubscribe(&c->member, "T", NULL), RMQ_OK);
	ck_assert(!has_trouble());
}
END_TEST

/* --- A broker that does not answer ----------------------------------------------------------------- */

static enum rmq_error receive(int64_t timeout_ms, size_t *count)
{
	rmq_messages *l = NULL;
	enum rmq_error err = rmqi_simple_consumer_receive(c, 32, 30000, timeout_ms, &l, d);

	*count = rmq_messages_count(l);
	rmq_messages_free(l);
	return err;
}

static void be_silent(int times)
{
	fake_broker_refuse(r->broker, RMQI_REQ_POP_MESSAGE, FAKE_NO_ANSWER, times);
	fake_broker_refuse(r->broker, RMQI_REQ_NOTIFICATION, FAKE_NO_ANSWER, times);
}

static void start_with_three(void)
{
	fake_broker_topic(r->broker, "U", 1);
	fake_broker_topic(r->broker, "V", 1);
	subscribe("T");
	subscribe("U");
	start_with("V");
	ck_assert_int_eq(rmqi_member_wait_ready(&c->member, 5000, d), RMQ_OK);
}

START_TEST(silent__broker_costs_its_time_once)
{
	int64_t before;
	size_t count;

	start_with_three();
	be_silent(FAKE_FOREVER);
	before = rig_now(r);
	ck_assert_int_eq(receive(0, &count), RMQ_ERR_TIMEOUT);
	ck_assert_int_le(rig_now(r) - before, 3500);
	/* However long it lasts, it holds up nobody any more, and that is told. */
	for (int i = 0; i < 5; i++) {
		rig_advance(r, 2000);
		before = rig_now(r);
		ck_assert_int_eq(receive(0, &count), RMQ_ERR_TIMEOUT);
		ck_assert_int_le(rig_now(r) - before, 100);
		ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "it does not answer"));
	}
}
END_TEST

START_TEST(silent__broker_that_answers_again_is_received_of)
{
	size_t count;

	start_with_three();
	be_silent(3);
	rig_put(r, 2);
	ck_assert_int_eq(receive(0, &count), RMQ_ERR_TIMEOUT);
	ck_assert_int_eq(receive(60000, &count), RMQ_OK);
	ck_assert_uint_eq(count, 2);
}
END_TEST

START_TEST(silent__broker_is_found_again_by_who_does_not_wait)
{
	size_t count = 0;

	start_with_three();
	be_silent(1);
	rig_put(r, 2);
	for (int i = 0; i < 20 && count == 0; i++) {
		enum rmq_error err = receive(0, &count);

		ck_assert(err == RMQ_OK || err == RMQ_ERR_TIMEOUT);
		rig_advance(r, 1000);
	}
	ck_assert_uint_eq(count, 2);
}
END_TEST

/* --- What the filter does not want ------------------------------------------------------------------ */

/* It comes again after its time, to the same end: nothing of it is left behind when the consumer is freed. */
START_TEST(unwanted__message_is_told_once)
{
	ck_assert_int_eq(rmqi_handle_subscribe(&c->member, "T", RMQI_EXPRESSION_TAG, "A", NULL),
			 RMQ_OK);
	fake_broker_put(r->broker, "T", 0, "no", "B");
	fake_broker_refuse(r->broker, RMQI_REQ_ACK_MESSAGE, FAKE_CLOSE, FAKE_FOREVER);
	start();
	receive_async(&told[0], 5000);
	rig_advance(r, 6000);
	ck_assert_uint_eq(told[0].messages, 0);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_ACK_MESSAGE), 1);
}
END_TEST

START_TEST(start__refuses_broadcasting)
{
	rmq_simple_consumer *other = NULL;

	ck_assert_int_eq(rmqi_config_set(r->config, "messageModel", "BROADCASTING", NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_simple_consumer_new(r->config, "H", &other, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_simple_consumer_start(other, d), RMQ_ERR_CONFIG);
	ck_assert_str_eq(rmq_error_detail_message(d),
			 "messageModel is BROADCASTING, but a broker hands a popped message to one "
			 "member of the group: use CLUSTERING, or a group for each member");
	rmqi_handle_free(&other->member);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		start__refuses_broadcasting,
		waiting__all_look_when_the_route_comes,
		waiting__all_are_told_what_does_not_pass,
		waiting__all_look_again_after_a_rest,
		sql__is_ready_when_a_broker_approves,
		sql__that_is_refused_is_told_at_once,
		async__of_an_unknown_topic_says_so,
		unsubscribed__topic_is_not_received_any_more,
		unsubscribed__topic_has_no_trouble_any_more,
		silent__broker_costs_its_time_once,
		silent__broker_that_answers_again_is_received_of,
		silent__broker_is_found_again_by_who_does_not_wait,
		unwanted__message_is_told_once,
	};
	struct suite s;

	suite_open(&s, "simple_waits");
	tcase_add_checked_fixture(s.all, set_up, tear_down);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
