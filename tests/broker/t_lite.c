/* SPDX-License-Identifier: Apache-2.0 */
/* t_lite.c - lite topics at the broker: who has which, what is handed out, acknowledged, taken over, ended. */
#include <stdio.h>
#include <string.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/mem.h"
#include "codec/lite.h"
#include "tests/broker/rig.h"

#define SETTINGS                                         \
	"emulate=5.5\nenableLmq=true\nenableMultiDispatch=true\n" \
	"mappedFileSizeCommitLog=16777216\nmappedFileSizeConsumeQueue=20000\n"

static struct rig *rig;
static struct peer *peer;
static char taken[128]; /* of the last NOTIFY_UNSUBSCRIBE_LITE: "client lite" */

static void on_request(struct peer *p, struct rmqi_conn *c, const struct rmqi_command *request)
{
	struct rmqi_h_notify_unsubscribe_lite h = {0};
	const char *bad;

	(void)p;
	(void)c;
	if (request->code != RMQI_REQ_NOTIFY_UNSUBSCRIBE_LITE)
		return;
	ck_assert_int_eq(
		rmqi_header_decode(&rmqi_desc_notify_unsubscribe_lite, request, &h, &bad), RMQ_OK);
	snprintf(taken, sizeof(taken), "%.*s %.*s", RMQI_STR_ARG(h.clientId),
		 RMQI_STR_ARG(h.liteTopic));
}

static int32_t make_topic(const char *name, const char *attributes)
{
	struct rmqi_h_create_topic t = {
		.topic = rmqi_str(name),
		.defaultTopic = RMQI_STR("TBW102"),
		.readQueueNums = 2,
		.writeQueueNums = 2,
		.perm = 6,
		.topicFilterType = RMQI_STR("SINGLE_TAG"),
	};

	RMQI_SET(&t, create_topic, attributes, rmqi_str(attributes));
	return peer_ask(peer, rig->broker, RMQI_REQ_UPDATE_AND_CREATE_TOPIC, &rmqi_desc_create_topic,
			&t, NULL);
}

/* `more`: further attributes, each with a comma before it. */
static int32_t make_group(const char *name, const char *more)
{
	char body[512];

	snprintf(body, sizeof(body),
		 "{\"groupName\":\"%s\",\"attributes\":{\"+lite.bind.topic\":\"P\"%s}}", name, more);
	return peer_ask(peer, rig->broker, RMQI_REQ_UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, NULL, NULL,
			body);
}

static void begin_with(const char *settings)
{
	taken[0] = '\0';
	rig = rig_new(settings);
	peer = peer_new(rig);
	peer->on_request = on_request;
	ck_assert_int_eq(make_topic("P", "+message.type=LITE"), 0);
	ck_assert_int_eq(make_group("G", ""), 0);
}

static void begin(void)
{
	begin_with(SETTINGS);
}

static void end(void)
{
	peer_free(peer);
	rig_free(rig);
}

static void restart(bool is_clean)
{
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, !is_clean, NULL), RMQ_OK);
	ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, NULL), RMQ_OK);
}

/* --- Requests ------------------------------------------------------------------------------------- */

/* One order at a time. */
static struct rmqi_lite_subscription order(enum rmqi_lite_action action, const char *client,
					   const char *group, const char *const *lites,
					   size_t count)
{
	static char id[64], of[64], parent[] = "P", texts[4][64];
	static char *names[4];

	snprintf(id, sizeof(id), "%s", client);
	snprintf(of, sizeof(of), "%s", group);
	for (size_t i = 0; i < count; i++) {
		snprintf(texts[i], sizeof(texts[i]), "%s", lites[i]);
		names[i] = texts[i];
	}
	return (struct rmqi_lite_subscription){.action = action,
					       .client_id = id,
					       .group = of,
					       .topic = parent,
					       .lite_topics = names,
					       .count = count};
}

static int32_t ctl(struct rmqi_lite_subscription s)
{
	const struct rmqi_lite_subscriptions all = {.items = &s, .count = 1};
	struct rmqi_buf body;
	int32_t code;

	rmqi_buf_init(&body, 1 << 20);
	ck_assert_int_eq(rmqi_lite_subscriptions_encode(&all, &body), RMQ_OK);
	code = peer_ask_bytes(peer, rig->broker, RMQI_REQ_LITE_SUBSCRIPTION_CTL, NULL, NULL,
			      rmqi_buf_cursor(&body));
	rmqi_buf_deinit(&body);
	return code;
}

static int32_t tell(enum rmqi_lite_action action, const char *client, const char *lite)
{
	return ctl(order(action, client, "G", &lite, 1));
}

static void send_lite(const char *lite, const char *body)
{
	char properties[128];

	snprintf(properties, sizeof(properties), "__LITE_TOPIC=%s", lite);
	ck_assert_int_eq(peer_send(peer, "P", 0, body, properties), 0);
}

static struct rmqi_h_pop_lite_message pop_header(const char *client)
{
	return (struct rmqi_h_pop_lite_message){
		.clientId = rmqi_str(client),
		.consumerGroup = RMQI_STR("G"),
		.topic = RMQI_STR("P"),
		.maxMsgNum = 32,
		.invisibleTime = 10000,
		.bornTime = rig_now(rig),
	};
}

static int32_t pop(const char *client)
{
	const struct rmqi_h_pop_lite_message h = pop_header(client);

	return peer_ask(peer, rig->broker, RMQI_REQ_POP_LITE_MESSAGE, &rmqi_desc_pop_lite_message, &h,
			NULL);
}

/* Bodies of the last answer, with blanks between; "" for none. */
static const char *popped(void)
{
	static char text[512];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < peer_message_count(peer); i++) {
		struct rmqi_stored_message m = peer_message(peer, i);

		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%.*s", i ? " " : "",
					(int)m.body.len, (const char *)m.body.ptr);
	}
	return text;
}

static void expect_pop(const char *client, const char *bodies)
{
	ck_assert_int_eq(pop(client), *bodies ? 0 : RMQI_RESP_POLLING_TIMEOUT);
	ck_assert_str_eq(popped(), bodies);
}

static struct rmqi_h_ack_message ack_header(int64_t offset, int64_t pop_ms)
{
	static char receipt[128];

	snprintf(receipt, sizeof(receipt), "0 %lld 10000 999 0 broker-a 0 %lld", (long long)pop_ms,
		 (long long)offset);
	return (struct rmqi_h_ack_message){.consumerGroup = RMQI_STR("G"),
					   .topic = RMQI_STR("P"),
					   .queueId = 0,
					   .offset = offset,
					   .extraInfo = rmqi_str(receipt)};
}

static int32_t ack(const char *lite, int64_t offset, int64_t pop_ms)
{
	struct rmqi_h_ack_message h = ack_header(offset, pop_ms);

	RMQI_SET(&h, ack_message, liteTopic, rmqi_str(lite));
	return peer_ask(peer, rig->broker, RMQI_REQ_ACK_MESSAGE, &rmqi_desc_ack_message, &h, NULL);
}

/* --- Tests ----------------------------------------------------------------------------------------- */

START_TEST(lite__is_handed_out_to_who_has_it)
{
	int64_t ms;

	begin();
	ck_assert_int_eq(tell(RMQI_LITE_ADD, "c", "a"), 0);
	send_lite("a", "a0");
	send_lite("b", "b0");
	send_lite("a", "a1");
	expect_pop("c", "a0 a1");
	ms = peer_ext_i64(peer, "popTime");
	ck_assert_int_eq(peer_ext_i64(peer, "reviveQid"), 999);
	ck_assert_str_eq(peer_ext(peer, "orderCountInfo"), "0;0");
	ck_assert_str_eq(peer_property(peer, 1, "INNER_MULTI_DISPATCH"), "%LMQ%$P$a");
	ck_assert_str_eq(peer_property(peer, 1, "INNER_MULTI_QUEUE_OFFSET"), "1");
	expect_pop("c", "");
	ck_assert_int_eq(ack("a", 0, ms), 0);
	ck_assert_int_eq(ack("a", 1, ms), 0);
	ck_assert_int_eq(ack("a", 1, ms), 0);
	ck_assert_int_eq(peer_committed(peer, "G", "%LMQ%$P$a", 0), 2);
	/* Nobody had it. */
	ck_assert_int_eq(tell(RMQI_LITE_ADD, "c", "b"), 0);
	expect_pop("c", "b0");
	end();
}
END_TEST

/* What is out keeps its lite topic back until its time is over. */
START_TEST(lite__comes_again_and_counts)
{
	begin();
	ck_assert_int_eq(tell(RMQI_LITE_ADD, "c", "a"), 0);
	send_lite("a", "a0");
	expect_pop("c", "a0");
	send_lite("a", "a1");
	expect_pop("c", "");
	rig_advance(rig, 10001);
	expect_pop("c", "a0 a1");
	ck_assert_str_eq(peer_ext(peer, "orderCountInfo"), "0 qo0%0 1");
	end();
}
END_TEST

START_TEST(lite__is_acknowledged_by_its_rules)
{
	struct rmqi_h_ack_message h;
	int64_t ms;

	begin();
	ck_assert_int_eq(tell(RMQI_LITE_ADD, "c", "a"), 0);
	send_lite("a", "a0");
	expect_pop("c", "a0");
	ms = peer_ext_i64(peer, "popTime");
	ck_assert_int_eq(ack("a", 7, ms), RMQI_RESP_NO_MESSAGE);
	ck_assert_int_eq(ack("a", 0, ms - 1), RMQI_RESP_MESSAGE_ILLEGAL);
	h = ack_header(0, ms);
	RMQI_SET(&h, ack_message, liteTopic, RMQI_STR("a"));
	h.queueId = 1;
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_ACK_MESSAGE, &rmqi_desc_ack_message,
				  &h, NULL),
			 RMQI_RESP_INVALID_PARAMETER);
	h.queueId = 0;
	h.consumerGroup = RMQI_STR("other");
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_ACK_MESSAGE, &rmqi_desc_ack_message,
				  &h, NULL),
			 RMQI_RESP_INVALID_PARAMETER);
	ck_assert_int_eq(ack("a", 0, ms), 0);
	end();
}
END_TEST

START_TEST(lite__that_waits_is_woken_by_a_message_an_ack_and_time)
{
	struct rmqi_h_pop_lite_message h;
	int64_t before, ms;

	begin();
	ck_assert_int_eq(tell(RMQI_LITE_ADD, "c", "a"), 0);
	send_lite("a", "a0");
	expect_pop("c", "a0");
	ms = peer_ext_i64(peer, "popTime");
	h = pop_header("c");
	h.pollTime = 30000;
	before = rig_now(rig);
	/* Virtual time runs while the answer is waited for. */
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_POP_LITE_MESSAGE,
				  &rmqi_desc_pop_lite_message, &h, NULL),
			 0);
	ck_assert_int_ge(rig_now(rig) - before, 9000);
	ck_assert_int_le(rig_now(rig) - before, 11000);
	ck_assert_str_eq(popped(), "a0");
	ms = peer_ext_i64(peer, "popTime");
	ck_assert_int_eq(ack("a", 0, ms), 0);
	h = pop_header("c");
	h.pollTime = 3000;
	before = rig_now(rig);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_POP_LITE_MESSAGE,
				  &rmqi_desc_pop_lite_message, &h, NULL),
			 RMQI_RESP_POLLING_TIMEOUT);
	ck_assert_int_ge(rig_now(rig) - before, 2900);
	end();
}
END_TEST

START_TEST(lite__of_an_exclusive_group_goes_to_who_came_last)
{
	begin();
	ck_assert_int_eq(make_group("G", ",\"+lite.sub.model\":\"Exclusive\""), 0);
	ck_assert_int_eq(tell(RMQI_LITE_ADD, "old", "a"), 0);
	ck_assert_int_eq(tell(RMQI_LITE_ADD, "heir", "a"), 0);
	rig_advance(rig, 10);
	ck_assert_str_eq(taken, "old a");
	send_lite("a", "a0");
	expect_pop("old", "");
	taken[0] = '\0';
	ck_assert_int_eq(tell(RMQI_LITE_SET, "old", "a"), 0);
	rig_advance(rig, 10);
	ck_assert_str_eq(taken, "old a");
	expect_pop("old", "");
	expect_pop("heir", "a0");
	end();
}
END_TEST

START_TEST(lite__set_is_exactly_what_it_says)
{
	static const char *const two[] = {"a", "b"};

	begin();
	ck_assert_int_eq(ctl(order(RMQI_LITE_SET, "c", "G", two, 2)), 0);
	ck_assert_int_eq(tell(RMQI_LITE_SET, "c", "b"), 0);
	send_lite("a", "a0");
	send_lite("b", "b0");
	expect_pop("c", "b0");
	ck_assert_int_eq(tell(RMQI_LITE_FORGET, "c", "b"), 0);
	send_lite("b", "b1");
	rig_advance(rig, 20000);
	expect_pop("c", "");
	end();
}
END_TEST

START_TEST(lite__of_a_silent_client_is_forgotten)
{
	begin();
	ck_assert_int_eq(tell(RMQI_LITE_ADD, "c", "a"), 0);
	rig_advance(rig, 170 * 1000);
	ck_assert_int_eq(tell(RMQI_LITE_SET, "c", "a"), 0);
	rig_advance(rig, 170 * 1000);
	send_lite("a", "a0");
	expect_pop("c", "a0");
	rig_advance(rig, 200 * 1000);
	expect_pop("c", "");
	end();
}
END_TEST

/* One of the group, and another one when it does not come for it. */
START_TEST(lite__that_is_not_fetched_goes_to_another)
{
	int got = 0;

	begin();
	ck_assert_int_eq(tell(RMQI_LITE_ADD, "c1", "a"), 0);
	ck_assert_int_eq(tell(RMQI_LITE_ADD, "c2", "a"), 0);
	send_lite("a", "a0");
	for (int i = 0; i < 3 && got == 0; i++) {
		got = pop("c2") == 0;
		rig_advance(rig, 11000);
	}
	ck_assert_int_eq(got, 1);
	end();
}
END_TEST

START_TEST(lite__is_refused_with_its_reason)
{
	struct rmqi_h_pop_lite_message h;

	begin();
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_LITE_SUBSCRIPTION_CTL, NULL, NULL, NULL),
			 RMQI_RESP_ILLEGAL_OPERATION);
	ck_assert_str_eq(peer_remark(peer), "Request body is null.");
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_LITE_SUBSCRIPTION_CTL, NULL, NULL, "{}"),
			 RMQI_RESP_ILLEGAL_OPERATION);
	ck_assert_int_eq(tell(RMQI_LITE_UNKNOWN, "c", "a"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(make_group("W", ",\"+lite.sub.wildcard\":\"true\""), 0);
	ck_assert_int_eq(ctl(order(RMQI_LITE_ADD, "w", "W", (const char *[]){"a"}, 1)),
			 RMQI_RESP_ILLEGAL_OPERATION);
	h = pop_header("c");
	h.topic = RMQI_STR("none");
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_POP_LITE_MESSAGE,
				  &rmqi_desc_pop_lite_message, &h, NULL),
			 RMQI_RESP_TOPIC_NOT_EXIST);
	ck_assert_int_eq(make_topic("N", "+message.type=NORMAL"), 0);
	h.topic = RMQI_STR("N");
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_POP_LITE_MESSAGE,
				  &rmqi_desc_pop_lite_message, &h, NULL),
			 RMQI_RESP_INVALID_PARAMETER);
	ck_assert_str_eq(peer_remark(peer), "the topic [N] message type not match");
	h.topic = RMQI_STR("P");
	h.consumerGroup = RMQI_STR("unbound");
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_POP_LITE_MESSAGE,
				  &rmqi_desc_pop_lite_message, &h, NULL),
			 RMQI_RESP_INVALID_PARAMETER);
	ck_assert_str_eq(peer_remark(peer), "subscription bind topic not match, unbound");
	ck_assert_int_eq(make_topic("X", "+lite.topic.expiration=50000"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(peer), "value is not in range(-1, 43200)");
	end();
}
END_TEST

START_TEST(lite__has_quotas)
{
	begin_with(SETTINGS "enableLmqQuota=true\nmaxLmqConsumeQueueNum=2\n"
			    "maxLiteSubscriptionCount=2\n");
	ck_assert_int_eq(tell(RMQI_LITE_ADD, "c", "a"), 0);
	ck_assert_int_eq(tell(RMQI_LITE_ADD, "c", "b"), 0);
	ck_assert_int_eq(tell(RMQI_LITE_ADD, "c", "x"), RMQI_RESP_LITE_SUBSCRIPTION_QUOTA_EXCEEDED);
	send_lite("a", "a0");
	send_lite("b", "b0");
	ck_assert_int_eq(peer_send(peer, "P", 0, "x", "__LITE_TOPIC=new"),
			 RMQI_RESP_LMQ_QUOTA_EXCEEDED);
	send_lite("a", "a1");
	end();
}
END_TEST

/* A group of all lite topics. */
START_TEST(lite__wildcard_has_what_comes)
{
	begin();
	send_lite("a", "a0");
	ck_assert_int_eq(make_group("G", ",\"+lite.sub.wildcard\":\"true\""), 0);
	ck_assert_int_eq(ctl(order(RMQI_LITE_SET, "c", "G", NULL, 0)), 0);
	send_lite("b", "b0");
	expect_pop("c", "a0 b0");
	end();
}
END_TEST

static void expect_queue(const char *lite, int64_t count)
{
	char name[64];

	snprintf(name, sizeof(name), "%%LMQ%%$P$%s", lite);
	ck_assert_int_eq(peer_max_offset(peer, name, 0), count);
}

/* Queues, offsets and what is stored of them, over a stop and a death. */
START_TEST(lite__lives_longer_than_the_broker)
{
	begin();
	ck_assert_int_eq(tell(RMQI_LITE_ADD, "c", "a"), 0);
	send_lite("a", "a0");
	expect_pop("c", "a0");
	ck_assert_int_eq(ack("a", 0, peer_ext_i64(peer, "popTime")), 0);
	for (int i = 0; i < 4; i++) {
		send_lite("a", i % 2 ? "odd" : "even");
		restart(i % 2 == 0);
		expect_queue("a", 2 + i);
	}
	ck_assert_int_eq(tell(RMQI_LITE_ADD, "c", "a"), 0);
	expect_pop("c", "even odd even odd");
	end();
}
END_TEST

START_TEST(lite__ends_with_its_parent_and_with_its_time)
{
	struct rmqi_h_delete_topic d = {.topic = RMQI_STR("P")};

	begin();
	ck_assert_int_eq(make_topic("P", "+lite.topic.expiration=20"), 0);
	send_lite("a", "a0");
	rig_advance(rig, 19 * 60 * 1000);
	expect_queue("a", 1);
	send_lite("b", "b0");
	rig_advance(rig, 5 * 60 * 1000);
	expect_queue("a", 0);
	expect_queue("b", 1);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_DELETE_TOPIC_IN_BROKER,
				  &rmqi_desc_delete_topic, &d, NULL),
			 0);
	expect_queue("b", 0);
	end();
}
END_TEST

/* Its messages left with the files of the log, long before its own time. */
START_TEST(lite__that_has_no_message_any_more_ends)
{
	static char filling[8000];

	begin_with(SETTINGS "mappedFileSizeCommitLog=65536\nfileReservedTime=1\n");
	ck_assert_int_eq(make_topic("P", "+lite.topic.expiration=43200"), 0);
	ck_assert_int_eq(make_topic("T", ""), 0);
	send_lite("a", "a0");
	memset(filling, 'x', sizeof(filling) - 1);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(peer_send(peer, "T", 0, filling, NULL), 0);
	send_lite("b", "b0");
	rig_advance(rig, INT64_C(2) * 3600 * 1000);
	expect_queue("a", 1);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_DELETE_EXPIRED_COMMITLOG, NULL, NULL,
				  NULL),
			 0);
	rig_advance(rig, INT64_C(5) * 60 * 1000);
	expect_queue("a", 0);
	expect_queue("b", 1);
	end();
}
END_TEST

static bool is_there(int i)
{
	char name[64];

	snprintf(name, sizeof(name), "%%LMQ%%$P$l%d", i);
	return peer_max_offset(peer, name, 0) > 0;
}

static int how_many_of(int count)
{
	int there = 0;

	for (int i = 0; i < count; i++)
		there += is_there(i);
	return there;
}

/* Each is mapped to see how old it is: not all of them in one turn of the loop. */
START_TEST(lite__topics_end_some_at_a_time)
{
	enum { COUNT = 200, STEP_MS = 20, ROUND_MS = 121 * 1000 };
	char name[32];

	begin();
	ck_assert_int_eq(make_topic("P", "+lite.topic.expiration=20"), 0);
	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		send_lite(name, name);
	}
	rig_advance(rig, 20 * 60 * 1000);
	for (int ms = 0; ms < ROUND_MS && is_there(COUNT - 1); ms += STEP_MS)
		rig_advance(rig, STEP_MS);
	ck_assert_int_lt(how_many_of(COUNT), COUNT);
	ck_assert_int_gt(how_many_of(COUNT), COUNT / 2);
	rig_advance(rig, 1000);
	ck_assert_int_eq(how_many_of(COUNT), 0);
	end();
}
END_TEST

/* More than can be mapped at a time. */
START_TEST(lite__topics_by_the_thousand_are_kept)
{
	char name[32];

	begin();
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		ck_assert_int_eq(tell(RMQI_LITE_ADD, "c", name), 0);
		send_lite(name, name);
		if (i % 100 == 99)
			rig_advance(rig, 2000);
	}
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 1000; i += 7) {
			snprintf(name, sizeof(name), "l%d", i);
			expect_queue(name, 1);
		}
		restart(round == 0);
	}
	end();
}
END_TEST

/* Bytes that are allocated now; 0: the allocator does not tell. */
static size_t allocated(void)
{
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
#else
	return 0;
#endif
}

static void have_topics(int from, int to)
{
	char name[32];

	for (int i = from; i < to; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		ck_assert_int_eq(tell(RMQI_LITE_ADD, "c", name), 0);
		send_lite(name, name);
		if (i % 100 == 99)
			rig_advance(rig, 2000);
	}
}

/* 100,000 in 100 MB: each may have 1000 bytes, with its subscription, its event and its queue. */
START_TEST(lite__topic_has_less_than_a_kilobyte)
{
	enum { FEW = 1024, MANY = 4096, MOST = 1000 };
	size_t few;

	begin();
	have_topics(0, FEW);
	few = allocated();
	have_topics(FEW, MANY);
	if (few > 0) {
		ck_assert_uint_gt(allocated(), few);
		ck_assert_uint_lt((allocated() - few) / (MANY - FEW), MOST);
	}
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		lite__is_handed_out_to_who_has_it,
		lite__comes_again_and_counts,
		lite__is_acknowledged_by_its_rules,
		lite__that_waits_is_woken_by_a_message_an_ack_and_time,
		lite__of_an_exclusive_group_goes_to_who_came_last,
		lite__set_is_exactly_what_it_says,
		lite__of_a_silent_client_is_forgotten,
		lite__that_is_not_fetched_goes_to_another,
		lite__is_refused_with_its_reason,
		lite__has_quotas,
		lite__wildcard_has_what_comes,
		lite__lives_longer_than_the_broker,
		lite__ends_with_its_parent_and_with_its_time,
		lite__that_has_no_message_any_more_ends,
		lite__topics_end_some_at_a_time,
		lite__topics_by_the_thousand_are_kept,
		lite__topic_has_less_than_a_kilobyte,
	};

	return run_suite("lite", tests, RMQI_COUNT(tests));
}
