/* SPDX-License-Identifier: Apache-2.0 */
/* Many acks in one call that waits for what becomes of each (without waiting: t_async_batch.c). */
#include <stdio.h>

#include "base/detail.h"
#include "client/message.h"
#include "client/popped.h"
#include "codec/codes.h"
#include "consumer/handle.h"
#include "tests/consumer/simple_stage.h"

static enum rmq_error results[32];

static enum rmq_error ack(size_t count)
{
	return rmqi_simple_consumer_ack_batch(stage.consumer, stage.some, count, results,
					      stage.detail);
}

static const rmq_message *at(size_t i)
{
	return rmq_messages_at(stage.messages, i);
}

START_TEST(batch__is_one_request_and_one_result_each)
{
	stage_receive(20);
	ck_assert_int_eq(ack(20), RMQ_OK);
	for (size_t i = 0; i < 20; i++)
		ck_assert_int_eq(results[i], RMQ_OK);
	ck_assert_uint_eq(stage_asked(RMQI_REQ_BATCH_ACK_MESSAGE), 1);
	ck_assert_uint_eq(stage_asked(RMQI_REQ_ACK_MESSAGE), 0);
	stage_expect_out(0);
}
END_TEST

START_TEST(batch__of_an_older_broker_is_told_one_by_one)
{
	enum rmq_error err;

	stage_receive(3);
	fake_broker_refuse(stage.rig->broker, RMQI_REQ_BATCH_ACK_MESSAGE,
			   RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED, FAKE_FOREVER);
	err = rmqi_simple_consumer_ack_batch(stage.consumer, stage.some, 3, NULL, stage.detail);
	ck_assert_int_eq(err, RMQ_OK);
	ck_assert_uint_eq(stage_asked(RMQI_REQ_ACK_MESSAGE), 3);
	stage_expect_out(0);
}
END_TEST

START_TEST(batch__tells_which_one_failed)
{
	rmq_message *own = rmq_message_new("T", "x", 1);

	stage_receive(2);
	stage.some[0] = at(0);
	stage.some[1] = own;
	stage.some[2] = at(1);
	ck_assert_int_eq(ack(3), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(results[0], RMQ_OK);
	ck_assert_int_eq(results[1], RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(results[2], RMQ_OK);
	stage_expect_out(0);
	rmq_message_free(own);
}
END_TEST

/* A check point has bits for so many offsets only. */
START_TEST(batch__that_cannot_be_said_at_once_is_told_one_by_one)
{
	struct rmqi_receipt receipt;
	char text[RMQI_RECEIPT_MAX];

	stage_receive(3);
	snprintf(text, sizeof(text), "%s", rmq_message_property(at(1), "POP_CK"));
	ck_assert(rmqi_receipt_read(rmqi_str(text), &receipt));
	receipt.start = receipt.offset - 600000;
	ck_assert(rmqi_popped_renew(at(1)->popped, &receipt, at(1)->popped->expires_us));
	ck_assert_int_eq(ack(3), RMQ_OK);
	ck_assert_int_eq(results[1], RMQ_OK);
	ck_assert_uint_eq(stage_asked(RMQI_REQ_ACK_MESSAGE), 3);
	stage_expect_out(0);
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
	tcase_add_checked_fixture(s.all, stage_set_up, stage_tear_down);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
