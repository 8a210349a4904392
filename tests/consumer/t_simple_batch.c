/* SPDX-License-Identifier: Apache-2.0 */
/* Many acks in one call that waits for what becomes of each (without waiting: t_async_batch.c). */
#include <stdio.h>

#include "base/detail.h"
#include "client/message.h"
#include "client/popped.h"
#include "codec/codes.h"
#include "consumer/handle.h"
#include "consumer/simple_consumer.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

static struct rig *r;
static rmq_simple_consumer *c;
static rmq_messages *l;
static struct rmq_error_detail *d;
static const rmq_message *some[32];
static enum rmq_error results[32];

static void set_up(void)
{
	r = rig_new(1, 2, "consumeFromWhere=CONSUME_FROM_FIRST_OFFSET");
	ck_assert_int_eq(rmqi_simple_consumer_new(r->config, "G", &c, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_handle_subscribe(&c->member, "T", RMQI_EXPRESSION_TAG, "*", NULL),
			 RMQ_OK);
	ck_assert_int_eq(rmqi_simple_consumer_start(c, NULL), RMQ_OK);
	d = rmqi_detail_new();
	l = NULL;
}

static void tear_down(void)
{
	rmq_messages_free(l);
	rmqi_detail_discard(d);
	rmqi_handle_free(&c->member);
	rig_free(r);
}

static const rmq_message *at(size_t i)
{
	return rmq_messages_at(l, i);
}

static void receive_some(size_t count)
{
	rig_put(r, (int)count);
	ck_assert_int_eq(rmqi_simple_consumer_receive(c, 32, 10000, 5000, &l, d), RMQ_OK);
	ck_assert_uint_eq(rmq_messages_count(l), count);
	for (size_t i = 0; i < count; i++)
		some[i] = at(i);
}

static unsigned asked(int code)
{
	return fake_broker_count(r->broker, code);
}

START_TEST(batch__is_one_request_and_one_result_each)
{
	receive_some(20);
	ck_assert_int_eq(rmqi_simple_consumer_ack_batch(c, some, 20, results, d), RMQ_OK);
	for (size_t i = 0; i < 20; i++)
		ck_assert_int_eq(results[i], RMQ_OK);
	ck_assert_uint_eq(asked(RMQI_REQ_BATCH_ACK_MESSAGE), 1);
	ck_assert_uint_eq(asked(RMQI_REQ_ACK_MESSAGE), 0);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
}
END_TEST

START_TEST(batch__of_an_older_broker_is_told_one_by_one)
{
	receive_some(3);
	fake_broker_refuse(r->broker, RMQI_REQ_BATCH_ACK_MESSAGE,
			   RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED, FAKE_FOREVER);
	ck_assert_int_eq(rmqi_simple_consumer_ack_batch(c, some, 3, NULL, d), RMQ_OK);
	ck_assert_uint_eq(asked(RMQI_REQ_ACK_MESSAGE), 3);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
}
END_TEST

START_TEST(batch__tells_which_one_failed)
{
	rmq_message *own = rmq_message_new("T", "x", 1);

	receive_some(2);
	some[0] = at(0);
	some[1] = own;
	some[2] = at(1);
	ck_assert_int_eq(rmqi_simple_consumer_ack_batch(c, some, 3, results, d),
			 RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(results[0], RMQ_OK);
	ck_assert_int_eq(results[1], RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(results[2], RMQ_OK);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	rmq_message_free(own);
}
END_TEST

/* A check point has bits for so many offsets only. */
START_TEST(batch__that_cannot_be_said_at_once_is_told_one_by_one)
{
	struct rmqi_receipt receipt;
	char text[RMQI_RECEIPT_MAX];

	receive_some(3);
	snprintf(text, sizeof(text), "%s", rmq_message_property(at(1), "POP_CK"));
	ck_assert(rmqi_receipt_read(rmqi_str(text), &receipt));
	receipt.start = receipt.offset - 600000;
	ck_assert(rmqi_popped_renew(at(1)->popped, &receipt, at(1)->popped->expires_us));
	ck_assert_int_eq(rmqi_simple_consumer_ack_batch(c, some, 3, results, d), RMQ_OK);
	ck_assert_int_eq(results[1], RMQ_OK);
	ck_assert_uint_eq(asked(RMQI_REQ_ACK_MESSAGE), 3);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		batch__is_one_request_and_one_result_each,
		batch__of_an_older_broker_is_told_one_by_one,
		batch__tells_which_one_failed,
		batch__that_cannot_be_said_at_once_is_told_one_by_one,
	};
	struct suite s;

	suite_open(&s, "simple_batch");
	tcase_add_checked_fixture(s.all, set_up, tear_down);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
