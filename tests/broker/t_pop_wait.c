/* SPDX-License-Identifier: Apache-2.0 */
/* t_pop_wait.c - pops and notifications that wait for messages (PopLongPollingService, NotificationProcessor). */
#include <stdio.h>
#include <string.h>

#include "tests/broker/popper.h"

static struct rig *rig;
static struct peer *peer;

static void begin_with(const char *conf, int32_t queues)
{
	rig = rig_new(conf);
	peer = peer_new(rig);
	ck_assert_int_eq(peer_create_topic(peer, "T", queues), 0);
}

static void begin(void)
{
	begin_with(NULL, 1);
}

static void end(void)
{
	peer_free(peer);
	rig_free(rig);
}

static void send_one(int32_t queue_id, const char *properties)
{
	ck_assert_int_eq(peer_send(peer, "T", queue_id, "body", properties), 0);
}

static struct rmqi_h_pop_message waiting_header(void)
{
	struct rmqi_h_pop_message h = pop_header(peer);

	h.pollTime = 15000;
	return h;
}

static void start_pop(struct popping *popping)
{
	struct rmqi_h_pop_message h = waiting_header();

	peer_start_pop(peer, popping, &h);
}

static int32_t polling_number(const char *group, int32_t queue_id)
{
	const struct rmqi_h_polling_info h = {
		.consumerGroup = rmqi_str(group), .topic = RMQI_STR("T"), .queueId = queue_id};

	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_POLLING_INFO, &rmqi_desc_polling_info,
				  &h, NULL),
			 0);
	return (int32_t)peer_ext_i64(peer, "pollingNum");
}

/* --- Pops ----------------------------------------------------------------------------------------------------- */

START_TEST(wait__ends_with_a_message)
{
	struct popping popping;

	begin();
	start_pop(&popping);
	ck_assert(!popping.is_done);
	ck_assert_int_eq(polling_number("G", -1), 1);
	send_one(0, NULL);
	rig_advance(rig, 1);
	ck_assert(popping.is_done);
	ck_assert_int_eq(popping.code, 0);
	ck_assert_uint_eq(popping.count, 1);
	ck_assert_int_eq(polling_number("G", -1), 0);
	end();
}
END_TEST

START_TEST(wait__ends_with_its_time)
{
	struct popping popping;
	int64_t start;

	begin();
	start = rig_now(rig);
	start_pop(&popping);
	rig_advance(rig, 14000);
	ck_assert(!popping.is_done);
	rig_advance(rig, 1000);
	ck_assert(popping.is_done);
	ck_assert_int_eq(popping.code, RMQI_RESP_POLLING_TIMEOUT);
	ck_assert_int_le(popping.done_ms - start, 15000);
	end();
}
END_TEST

START_TEST(wait__ends_with_what_comes_again)
{
	struct popping popping;

	begin();
	send_one(0, NULL);
	ck_assert_int_eq(peer_pop(peer), 0);
	rig_advance(rig, 55000);
	start_pop(&popping);
	rig_advance(rig, 6000);
	ck_assert(popping.is_done);
	ck_assert_uint_eq(popping.count, 1);
	end();
}
END_TEST

START_TEST(wait__ends_for_one_of_a_group_and_for_each_group)
{
	struct popping first, second, of_h;
	struct rmqi_h_pop_message h;

	begin();
	start_pop(&first);
	start_pop(&second);
	h = waiting_header();
	h.consumerGroup = RMQI_STR("H");
	peer_start_pop(peer, &of_h, &h);
	send_one(0, NULL);
	rig_advance(rig, 1);
	ck_assert(first.is_done && of_h.is_done);
	ck_assert_uint_eq(first.count, 1);
	ck_assert_uint_eq(of_h.count, 1);
	ck_assert(!second.is_done);
	send_one(0, NULL);
	rig_advance(rig, 1);
	ck_assert(second.is_done);
	end();
}
END_TEST

START_TEST(wait__for_one_queue_is_not_ended_by_another)
{
	struct popping of_1;
	struct rmqi_h_pop_message h;

	begin_with(NULL, 2);
	h = waiting_header();
	h.queueId = 1;
	peer_start_pop(peer, &of_1, &h);
	send_one(0, NULL);
	rig_advance(rig, 1);
	ck_assert(!of_1.is_done);
	ck_assert_int_eq(polling_number("G", 1), 1);
	send_one(1, NULL);
	rig_advance(rig, 1);
	ck_assert(of_1.is_done);
	ck_assert_uint_eq(of_1.count, 1);
	end();
}
END_TEST

START_TEST(wait__for_a_tag_is_not_ended_by_another)
{
	struct popping popping;
	struct rmqi_h_pop_message h;

	begin();
	h = waiting_header();
	RMQI_SET(&h, pop_message, exp, RMQI_STR("B"));
	peer_start_pop(peer, &popping, &h);
	send_one(0, "TAGS=A");
	rig_advance(rig, 1);
	ck_assert(!popping.is_done);
	send_one(0, "TAGS=B");
	rig_advance(rig, 1);
	ck_assert(popping.is_done);
	ck_assert_uint_eq(popping.count, 1);
	end();
}
END_TEST

START_TEST(wait__by_sql92_is_ended_by_what_matches_only)
{
	struct popping popping;
	struct rmqi_h_pop_message h;

	begin();
	h = waiting_header();
	RMQI_SET(&h, pop_message, expType, RMQI_STR("SQL92"));
	RMQI_SET(&h, pop_message, exp, RMQI_STR("a BETWEEN 1 AND 3"));
	peer_start_pop(peer, &popping, &h);
	send_one(0, "a=4");
	rig_advance(rig, 1);
	ck_assert(!popping.is_done);
	send_one(0, "a=2");
	rig_advance(rig, 1);
	ck_assert(popping.is_done);
	ck_assert_uint_eq(popping.count, 1);
	end();
}
END_TEST

/* Two that wait, one at all queues and one at this: a message wakes both, and one of them finds nothing. */
START_TEST(wait__goes_on_when_another_one_was_faster)
{
	struct rmqi_h_pop_message h;
	struct popping one, two;

	begin_with(NULL, 2);
	start_pop(&one);
	h = waiting_header();
	h.queueId = 1;
	peer_start_pop(peer, &two, &h);
	send_one(1, NULL);
	rig_advance(rig, 1);
	ck_assert_int_eq(one.is_done + two.is_done, 1);
	rig_advance(rig, 1000);
	ck_assert_int_eq(one.is_done + two.is_done, 1);
	send_one(1, NULL);
	rig_advance(rig, 1);
	ck_assert(one.is_done && two.is_done);
	ck_assert_int_eq(one.code, 0);
	ck_assert_int_eq(two.code, 0);
	ck_assert_uint_eq(one.count + two.count, 2);
	end();
}
END_TEST

START_TEST(wait__of_too_many_is_refused)
{
	struct popping first, second;

	begin_with("popPollingSize=0", 1);
	start_pop(&first);
	ck_assert(!first.is_done);
	start_pop(&second);
	ck_assert(second.is_done);
	ck_assert_int_eq(second.code, RMQI_RESP_POLLING_FULL);
	rig_advance(rig, 16000);
	ck_assert(first.is_done);
	end();
	begin_with("maxPopPollingSize=0", 1);
	start_pop(&first);
	ck_assert_int_eq(first.code, RMQI_RESP_POLLING_FULL);
	end();
}
END_TEST

START_TEST(wait__is_forgotten_with_its_connection)
{
	struct popping popping;
	struct peer *other;
	struct rmqi_h_pop_message h;

	begin();
	other = peer_new(rig);
	h = waiting_header();
	peer_start_pop(other, &popping, &h);
	ck_assert_int_eq(polling_number("G", -1), 1);
	peer_die(other);
	rig_advance(rig, 1);
	ck_assert_int_eq(polling_number("G", -1), 0);
	send_one(0, NULL);
	ck_assert_int_eq(peer_pop(peer), 0);
	ck_assert_uint_eq(peer_message_count(peer), 1);
	peer_free(other);
	end();
}
END_TEST

START_TEST(wait__ends_when_the_broker_stops)
{
	struct popping popping;

	begin();
	start_pop(&popping);
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, false, NULL), RMQ_OK);
	rig_advance(rig, 1000);
	ck_assert(popping.is_done);
	end();
}
END_TEST

/* --- Notifications ---------------------------------------------------------------------------------------------- */

static int32_t ask_notification(int64_t poll_ms)
{
	const struct rmqi_h_notification h = {
		.consumerGroup = RMQI_STR("G"),
		.topic = RMQI_STR("T"),
		.queueId = -1,
		.pollTime = poll_ms,
		.bornTime = rig_now(rig),
	};

	return peer_ask(peer, rig->broker, RMQI_REQ_NOTIFICATION, &rmqi_desc_notification, &h,
			NULL);
}

static void expect_notification(const char *has)
{
	ck_assert_int_eq(ask_notification(0), 0);
	ck_assert_str_eq(peer_ext(peer, "hasMsg"), has);
}

START_TEST(notification__tells_whether_there_is_something)
{
	begin();
	expect_notification("false");
	send_one(0, NULL);
	expect_notification("true");
	ck_assert_int_eq(peer_pop(peer), 0);
	expect_notification("false");
	rig_advance(rig, 61000);
	expect_notification("true"); /* in the retry topic */
	end();
}
END_TEST

struct noticing {
	struct rmqi_call call;
	bool is_done, has;
};

static void notice_done(struct rmqi_call *call, enum rmq_error error,
			const struct rmqi_command *response)
{
	struct noticing *n = RMQI_CONTAINER(call, struct noticing, call);
	struct rmqi_str value;

	n->is_done = true;
	n->has = error == RMQ_OK && rmqi_command_ext(response, "hasMsg", &value) &&
		 rmqi_str_is(value, "true");
}

START_TEST(notification__waits_for_a_message_and_takes_none)
{
	const struct rmqi_h_notification h = {
		.consumerGroup = RMQI_STR("G"),
		.topic = RMQI_STR("T"),
		.queueId = -1,
		.pollTime = 15000,
	};
	const struct rmqi_outgoing request = {
		.code = RMQI_REQ_NOTIFICATION, .desc = &rmqi_desc_notification, .header = &h};
	struct noticing n = {.call = {.fn = notice_done}};

	begin();
	rmqi_rpc_call_async(peer->rpc, rig->broker, &request,
			    rmqi_clock_deadline(rig->env->clock, 60000), &n.call);
	rig_advance(rig, 1);
	ck_assert(!n.is_done);
	send_one(0, NULL);
	rig_advance(rig, 1);
	ck_assert(n.is_done && n.has);
	ck_assert_int_eq(peer_pop(peer), 0);
	end();
}
END_TEST

/* --- Notifications with a filter (5.5.0) ------------------------------------------------------------------------ */

static int32_t ask_filtered(const char *type, const char *expression)
{
	struct rmqi_h_notification h = {
		.consumerGroup = RMQI_STR("G"), .topic = RMQI_STR("T"), .queueId = -1};

	RMQI_SET(&h, notification, expType, rmqi_str(type));
	RMQI_SET(&h, notification, exp, rmqi_str(expression));
	return peer_ask(peer, rig->broker, RMQI_REQ_NOTIFICATION, &rmqi_desc_notification, &h,
			NULL);
}

static void expect_filtered(const char *tag, const char *has)
{
	ck_assert_int_eq(ask_filtered("TAG", tag), 0);
	ck_assert_str_eq(peer_ext(peer, "hasMsg"), has);
}

START_TEST(notification__of_a_tag_counts_what_has_it)
{
	begin_with("emulate=5.5\n", 1);
	send_one(0, "TAGS=a");
	expect_filtered("b", "false");
	expect_filtered("a || b", "true");
	expect_filtered("*", "true");
	/* Another language is checked, and nothing else. */
	ck_assert_int_eq(ask_filtered("SQL92", "x > 1"), 0);
	ck_assert_str_eq(peer_ext(peer, "hasMsg"), "true");
	ck_assert_int_eq(ask_filtered("SQL92", "x >"), RMQI_RESP_SUBSCRIPTION_PARSE_FAILED);
	ck_assert_int_eq(ask_filtered("NONE", "x"), RMQI_RESP_SUBSCRIPTION_PARSE_FAILED);
	/* While there are fewer than 64. */
	for (int i = 0; i < 62; i++)
		send_one(0, "TAGS=a");
	expect_filtered("b", "false");
	send_one(0, "TAGS=a");
	expect_filtered("b", "true");
	end();
}
END_TEST

START_TEST(notification__has_no_filter_before_5_5)
{
	begin();
	send_one(0, "TAGS=a");
	expect_filtered("b", "true");
	ck_assert_int_eq(ask_filtered("SQL92", "x >"), 0);
	end();
}
END_TEST

START_TEST(notification__of_a_tag_waits_on)
{
	struct rmqi_h_notification h = {.consumerGroup = RMQI_STR("G"),
					.topic = RMQI_STR("T"),
					.queueId = -1,
					.pollTime = 15000};
	const struct rmqi_outgoing request = {
		.code = RMQI_REQ_NOTIFICATION, .desc = &rmqi_desc_notification, .header = &h};
	struct noticing n = {.call = {.fn = notice_done}};

	begin_with("emulate=5.5\n", 1);
	RMQI_SET(&h, notification, expType, RMQI_STR("TAG"));
	RMQI_SET(&h, notification, exp, RMQI_STR("b"));
	rmqi_rpc_call_async(peer->rpc, rig->broker, &request,
			    rmqi_clock_deadline(rig->env->clock, 60000), &n.call);
	rig_advance(rig, 1);
	send_one(0, "TAGS=a");
	rig_advance(rig, 1000);
	ck_assert(!n.is_done);
	send_one(0, "TAGS=b");
	rig_advance(rig, 1);
	ck_assert(n.is_done && n.has);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		wait__ends_with_a_message,
		wait__ends_with_its_time,
		wait__ends_with_what_comes_again,
		wait__ends_for_one_of_a_group_and_for_each_group,
		wait__for_one_queue_is_not_ended_by_another,
		wait__for_a_tag_is_not_ended_by_another,
		wait__by_sql92_is_ended_by_what_matches_only,
		wait__goes_on_when_another_one_was_faster,
		wait__of_too_many_is_refused,
		wait__is_forgotten_with_its_connection,
		wait__ends_when_the_broker_stops,
		notification__tells_whether_there_is_something,
		notification__waits_for_a_message_and_takes_none,
		notification__of_a_tag_counts_what_has_it,
		notification__has_no_filter_before_5_5,
		notification__of_a_tag_waits_on,
	};

	return run_suite("pop_wait", tests, RMQI_COUNT(tests));
}
