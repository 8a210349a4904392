/* SPDX-License-Identifier: Apache-2.0 */
/* t_retry.c - CONSUMER_SEND_MSG_BACK and the way to the dead letters. */
#include <stdio.h>
#include <string.h>

#include "tests/broker/rig.h"

static struct rig *rig;
static struct peer *peer;
static int64_t first; /* physical offset of the first message of T */
static char first_id[64];

static void begin(void)
{
	rig = rig_new(NULL);
	peer = peer_new(rig);
	ck_assert_int_eq(peer_send(peer, "T", 0, "body", "TAGS=t,k=v"), 0);
	snprintf(first_id, sizeof(first_id), "%s", peer_ext(peer, "msgId"));
	ck_assert_int_eq(peer_consumer_beat(peer, "c1", "G", "T", "*", 1), 0);
	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 0, 0), 0);
	first = peer_message(peer, 0).physical_offset;
}

static void end(void)
{
	peer_free(peer);
	rig_free(rig);
}

START_TEST(send_back__comes_again_after_ten_seconds)
{
	struct rmqi_stored_message m;

	begin();
	ck_assert_int_eq(peer_send_back(peer, "G", first, 0), 0);
	rig_advance(rig, 9900);
	ck_assert_int_eq(peer_max_offset(peer, "%RETRY%G", 0), 0);
	rig_advance(rig, 200);

	ck_assert_int_eq(peer_pull(peer, "G", "%RETRY%G", 0, 0, 0), 0);
	m = peer_message(peer, 0);
	ck_assert_int_eq(m.reconsume_times, 1);
	ck_assert(rmqi_str_is(rmqi_cursor_str(m.body), "body"));
	ck_assert_str_eq(peer_property(peer, 0, "RETRY_TOPIC"), "T");
	ck_assert_str_eq(peer_property(peer, 0, "ORIGIN_MESSAGE_ID"), first_id);
	ck_assert_str_eq(peer_property(peer, 0, "DELAY"), "3");
	ck_assert_str_eq(peer_property(peer, 0, "WAIT"), "false");
	ck_assert_str_eq(peer_property(peer, 0, "TAGS"), "t");
	ck_assert_str_eq(peer_property(peer, 0, "k"), "v");

	end();
}
END_TEST

START_TEST(send_back__sixteen_times_then_dead_letters)
{
	int64_t offset, start, next = 0;
	struct rmqi_stored_message m;

	begin();
	offset = first;
	start = rig_now(rig);
	for (int i = 1; i <= 16; i++) {
		ck_assert_int_eq(peer_send_back(peer, "G", offset, 0), 0);
		rig_advance(rig, 7200 * 1000);
		ck_assert_int_eq(peer_pull(peer, "G", "%RETRY%G", 0, next, 0), 0);
		m = peer_message(peer, 0);
		ck_assert_int_eq(m.reconsume_times, i);
		ck_assert_str_eq(peer_property(peer, 0, "ORIGIN_MESSAGE_ID"), first_id);
		offset = m.physical_offset;
		next = m.queue_offset + 1;
	}
	ck_assert_int_gt(rig_now(rig), start);
	ck_assert_int_eq(peer_send_back(peer, "G", offset, 0), 0);

	ck_assert_int_eq(peer_pull(peer, "G", "%DLQ%G", 0, 0, 0), 0);
	m = peer_message(peer, 0);
	ck_assert_int_eq(m.reconsume_times, 17);
	ck_assert_str_eq(peer_property(peer, 0, "RETRY_TOPIC"), "T");
	ck_assert_str_eq(peer_property(peer, 0, "DELAY"), "0");
	/* Those of its last delay, which Java copies with all others. */
	ck_assert_str_eq(peer_property(peer, 0, "REAL_TOPIC"), "%RETRY%G");
	ck_assert_str_eq(peer_property(peer, 0, "REAL_QID"), "0");
	ck_assert_int_eq(peer_max_offset(peer, "%RETRY%G", 0), 16);

	end();
}
END_TEST

START_TEST(send_back__negative_level_is_for_dead_letters)
{
	begin();

	ck_assert_int_eq(peer_send_back(peer, "G", first, -1), 0);
	ck_assert_int_eq(peer_max_offset(peer, "%DLQ%G", 0), 1);

	end();
}
END_TEST

START_TEST(send_back__explicit_level_and_limit)
{
	struct rmqi_h_consumer_send_msg_back h = {
		.offset = 0, .group = rmqi_str("G"), .delayLevel = 1};

	begin();
	ck_assert_int_eq(peer_send_back(peer, "G", first, 1), 0);
	rig_advance(rig, 1100);
	ck_assert_int_eq(peer_max_offset(peer, "%RETRY%G", 0), 1);
	h.offset = first;
	RMQI_SET(&h, consumer_send_msg_back, maxReconsumeTimes, 0);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_CONSUMER_SEND_MSG_BACK,
				  &rmqi_desc_consumer_send_msg_back, &h, NULL),
			 0);
	ck_assert_int_eq(peer_max_offset(peer, "%DLQ%G", 0), 1);

	end();
}
END_TEST

START_TEST(send_back__refuses_what_is_not_there)
{
	begin();

	ck_assert_int_eq(peer_send_back(peer, "G", 999999, 0), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(peer), "look message by offset failed, 999999");
	ck_assert_int_eq(peer_send_back(peer, "not legal", first, 0),
			 RMQI_RESP_SUBSCRIPTION_GROUP_NOT_EXIST);

	end();
}
END_TEST

START_TEST(send_back__without_retry_queues_drops_it)
{
	begin();

	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
				  NULL, NULL, "{\"groupName\":\"G\",\"retryQueueNums\":0}"),
			 0);
	ck_assert_int_eq(peer_send_back(peer, "G", first, -1), 0);
	ck_assert_int_eq(peer_max_offset(peer, "%DLQ%G", 0), 0);

	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		send_back__comes_again_after_ten_seconds,
		send_back__sixteen_times_then_dead_letters,
		send_back__negative_level_is_for_dead_letters,
		send_back__explicit_level_and_limit,
		send_back__refuses_what_is_not_there,
		send_back__without_retry_queues_drops_it,
	};

	return run_suite("retry", tests, sizeof(tests) / sizeof(tests[0]));
}
