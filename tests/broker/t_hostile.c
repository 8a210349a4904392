/* SPDX-License-Identifier: Apache-2.0 */
/* t_hostile.c - peers that send what no client sends. Nothing may break. */
#include <stdio.h>
#include <string.h>

#include "base/rand.h"
#include "tests/broker/rig.h"

static struct rig *rig;
static struct peer *peer;

static void begin(void)
{
	rig = rig_new(NULL);
	peer = peer_new(rig);
}

static void end(void)
{
	peer_free(peer);
	rig_free(rig);
}

static const char *const bodies[] = {
	"",
	"null",
	"[]",
	"{}",
	"{\"groupName\":null}",
	"{\"groupName\":7}",
	"{\"clientID\":null,\"consumerDataSet\":null,\"producerDataSet\":null}",
	"{\"clientID\":\"c\",\"consumerDataSet\":[{\"groupName\":\"G\",\"subscriptionDataSet\":[{}]}]}",
	"{\"clientID\":\"c\",\"consumerDataSet\":[{}],\"producerDataSet\":[{}]}",
	"{\"clientId\":\"c\",\"consumerGroup\":\"g\",\"mqSet\":[{}]}",
	"{\"clientId\":\"c\",\"consumerGroup\":\"g\",\"mqSet\":null}",
	"{\"subscriptionData\":[]}",
	"{\"groupName\":\"G\",\"retryQueueNums\":2147483647,\"attributes\":5}",
	"{\"topicConfigSerializeWrapper\":{\"topicConfigTable\":{\"T\":{}}}}",
	"{\"topicConfigSerializeWrapper\":5}",
	"{\"queueDatas\":[{}],\"brokerDatas\":[{}]}",
	"{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]",
};

/* Every request that a node handles, with every body and no header. */
static void ask_all(const char *address)
{
	size_t count;
	const struct rmqi_request_desc *table = rmqi_request_table(&count);

	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < RMQI_COUNT(bodies); k++)
			peer_ask(peer, address, table[i].code, NULL, NULL, bodies[k]);
	}
}

START_TEST(nodes__survive_every_request_without_header)
{
	begin();

	ask_all(rig->namesrv);
	ask_all(rig->broker);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	rig_advance(rig, 60000);
	ck_assert_int_eq(peer_route(peer, "TBW102"), 0);

	end();
}
END_TEST

/* Values that fit no field well. */
static const char *const values[] = {
	"",  "-1",      "0",        "2147483647", "-2147483648", "9223372036854775807", "x", "true",
	"T", "%RETRY%", "%RETRY%G", "%DLQ%",      "../../..",    "SCHEDULE_TOPIC_XXXX", "*", "G",
};

/* A header whose fields are what the seed says; absent every fifth time. */
static void ask_random(const char *address, const struct rmqi_request_desc *d,
		       struct rmqi_rand *rand)
{
	struct rmqi_ext ext[31];
	size_t count = 0;
	struct rmqi_cursor body = rmqi_cursor("body", 4);
	struct rmqi_outgoing request = {
		.code = d->code, .extra = ext, .body = &body, .body_count = 1};

	for (size_t i = 0; i < d->request->field_count; i++) {
		if (rmqi_rand_below(rand, 5) == 0)
			continue;
		ext[count].key = rmqi_field_wire(&d->request->fields[i]);
		ext[count++].value = rmqi_str(values[rmqi_rand_below(rand, RMQI_COUNT(values))]);
	}
	request.extra_count = count;
	if (d->is_oneway) { /* not always answered */
		ck_assert_int_eq(rmqi_rpc_oneway(peer->rpc, address, &request), RMQ_OK);
		rig_advance(rig, 1);
		return;
	}
	ck_assert_int_eq(rmqi_rpc_call(peer->rpc, address, &request,
				       rmqi_clock_deadline(rig->env->clock, 100 * 1000),
				       &peer->answer, NULL, NULL),
			 RMQ_OK);
}

/* Suspended pulls take their time; every other request is answered at once. */
static bool may_wait(const struct rmqi_request_desc *d)
{
	return d->code == RMQI_REQ_PULL_MESSAGE || d->code == RMQI_REQ_LITE_PULL_MESSAGE ||
	       d->code == RMQI_REQ_POP_MESSAGE || d->code == RMQI_REQ_NOTIFICATION;
}

START_TEST(nodes__survive_random_headers)
{
	struct rmqi_rand rand;
	size_t count;
	const struct rmqi_request_desc *table = rmqi_request_table(&count);

	begin();
	rmqi_rand_init(&rand, 4711);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	ck_assert_int_eq(peer_consumer_beat(peer, "c", "G", "T", "*", 1), 0);
	for (int round = 0; round < 40; round++) {
		for (size_t i = 0; i < count; i++) {
			if (!table[i].request || may_wait(&table[i]))
				continue;
			ask_random(rig->broker, &table[i], &rand);
			ask_random(rig->namesrv, &table[i], &rand);
		}
	}
	rig_advance(rig, 7200 * 1000);
	ck_assert_int_eq(peer_send(peer, "U", 0, "x", NULL), 0);
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, true, NULL), RMQ_OK);
	ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, NULL), RMQ_OK);
	ck_assert_int_eq(peer_max_offset(peer, "U", 0), 1);

	end();
}
END_TEST

/* One field of a request is missing or odd, all else is sound. */
struct flaw {
	const struct rmqi_request_desc *request;
	size_t field;
	const char *value; /* NULL: it is missing */
};

static const char *sound_value(const struct rmqi_field *f)
{
	if (f->type == RMQI_F_STR)
		return "T";
	return f->type == RMQI_F_BOOL ? "false" : "0";
}

/* The code; 0 for one-way requests. */
static int32_t ask_flawed(const char *address, const struct flaw *flaw)
{
	const struct rmqi_header_desc *d = flaw->request->request;
	struct rmqi_ext ext[31];
	size_t count = 0;
	struct rmqi_cursor body = rmqi_cursor("{}", 2);
	struct rmqi_outgoing request = {
		.code = flaw->request->code, .extra = ext, .body = &body, .body_count = 1};

	ck_assert_uint_le(d->field_count, RMQI_COUNT(ext));
	for (size_t i = 0; i < d->field_count; i++) {
		if (i == flaw->field && !flaw->value)
			continue;
		ext[count].key = rmqi_field_wire(&d->fields[i]);
		ext[count++].value = rmqi_str(i == flaw->field ? flaw->value
							       : sound_value(&d->fields[i]));
	}
	request.extra_count = count;
	if (flaw->request->is_oneway) {
		ck_assert_int_eq(rmqi_rpc_oneway(peer->rpc, address, &request), RMQ_OK);
		rig_advance(rig, 1);
		return 0;
	}
	ck_assert_int_eq(rmqi_rpc_call(peer->rpc, address, &request,
				       rmqi_clock_deadline(rig->env->clock, 20 * 1000),
				       &peer->answer, NULL, NULL),
			 RMQ_OK);
	return peer->answer.command.code;
}

/* Their headers came late: without one, or with half of it, all is told. */
static bool is_lenient(const struct rmqi_request_desc *d)
{
	return d->is_oneway || d->code == RMQI_REQ_GET_ALL_TOPIC_CONFIG ||
	       d->code == RMQI_REQ_GET_ALL_SUBSCRIPTIONGROUP_CONFIG;
}

static void ask_each_field(const char *address, const struct rmqi_request_desc *d)
{
	for (size_t i = 0; i < d->request->field_count; i++) {
		const struct rmqi_field *f = &d->request->fields[i];
		struct flaw flaw = {d, i, NULL};
		int32_t code = ask_flawed(address, &flaw);

		if (f->is_required && !is_lenient(d) && code == 0)
			ck_abort_msg("%s: %s is missed by nobody", d->name, f->key);
		for (size_t k = 0; k < RMQI_COUNT(values); k++) {
			flaw.value = values[k];
			code = ask_flawed(address, &flaw);
			if (f->type != RMQI_F_STR && f->type != RMQI_F_BOOL &&
			    strcmp(values[k], "x") == 0 && !is_lenient(d) && code == 0)
				ck_abort_msg("%s: %s=x is no number", d->name, f->key);
		}
	}
}

/* Of every request: answered, and with an error where it must be one. */
START_TEST(nodes__answer_each_field_missing_or_malformed)
{
	size_t count;
	const struct rmqi_request_desc *table = rmqi_request_table(&count);

	rig = rig_new("emulate=5.5\nenableLmq=true\nenableMultiDispatch=true\n"
		      "recallMessageEnable=true");
	peer = peer_new(rig);
	for (int known = 0; known < 2; known++) {
		for (size_t i = 0; i < count; i++) {
			if (!table[i].request)
				continue;
			ask_each_field(rig->broker, &table[i]);
			ask_each_field(rig->namesrv, &table[i]);
		}
		/* And once more when topic and group are there. */
		ck_assert_int_eq(peer_create_topic(peer, "T", 1), 0);
		ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
		ck_assert_int_eq(peer_consumer_beat(peer, "T", "T", "T", "*", 1), 0);
	}
	ck_assert_int_eq(peer_send(peer, "U", 0, "x", NULL), 0);
	end();
}
END_TEST

static const int64_t odd[] = {INT64_MIN, INT32_MIN, -2, -1, 0, 1, 33, INT32_MAX, INT64_MAX};

/* Each of its numbers is odd; it never waits for long. */
static void pop_oddly(int64_t number)
{
	struct rmqi_h_pop_message h = {
		.consumerGroup = RMQI_STR("G"),
		.topic = RMQI_STR("T"),
		.queueId = -1,
		.maxMsgNums = 1,
		.invisibleTime = number,
		.bornTime = rig_now(rig),
	};
	const struct rmqi_h_pop_message sound = h;

	peer_ask(peer, rig->broker, RMQI_REQ_POP_MESSAGE, &rmqi_desc_pop_message, &h, NULL);
	h = sound;
	h.bornTime = number;
	peer_ask(peer, rig->broker, RMQI_REQ_POP_MESSAGE, &rmqi_desc_pop_message, &h, NULL);
	h = sound;
	h.queueId = (int32_t)number;
	h.maxMsgNums = (int32_t)number;
	h.initMode = (int32_t)number;
	peer_ask(peer, rig->broker, RMQI_REQ_POP_MESSAGE, &rmqi_desc_pop_message, &h, NULL);
	h.pollTime = number;
	h.bornTime = INT64_MIN; /* over, whatever it is */
	peer_ask(peer, rig->broker, RMQI_REQ_POP_MESSAGE, &rmqi_desc_pop_message, &h, NULL);
}

static void change_oddly(const char *receipt, int64_t number)
{
	struct rmqi_h_change_invisible_time h = {
		.consumerGroup = RMQI_STR("G"),
		.topic = RMQI_STR("T"),
		.extraInfo = rmqi_str(receipt),
		.invisibleTime = number,
	};
	struct rmqi_h_ack_message ack = {
		.consumerGroup = RMQI_STR("G"),
		.topic = RMQI_STR("T"),
		.queueId = (int32_t)number,
		.extraInfo = rmqi_str(receipt),
		.offset = number,
	};

	peer_ask(peer, rig->broker, RMQI_REQ_CHANGE_MESSAGE_INVISIBLETIME,
		 &rmqi_desc_change_invisible_time, &h, NULL);
	peer_ask(peer, rig->broker, RMQI_REQ_ACK_MESSAGE, &rmqi_desc_ack_message, &ack, NULL);
	ack.queueId = 0;
	ack.offset = 0;
	peer_ask(peer, rig->broker, RMQI_REQ_ACK_MESSAGE, &rmqi_desc_ack_message, &ack, NULL);
}

START_TEST(pop__survives_odd_numbers_and_receipts)
{
	static const char *const receipts[] = {
		"",
		"0 0 0 0 0 broker-a 0 0",
		"-9223372036854775808 9223372036854775807 1 999 0 broker-a 0 0",
		"9223372036854775807 -9223372036854775808 -1 2147483647 2 b -1 -1",
		"0 1 2 -2147483648 1 b 0 9223372036854775807",
	};

	begin();
	for (size_t i = 0; i < 64; i++)
		ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	for (size_t i = 0; i < RMQI_COUNT(odd); i++) {
		pop_oddly(odd[i]);
		for (size_t k = 0; k < RMQI_COUNT(receipts); k++)
			change_oddly(receipts[k], odd[i]);
	}
	rig_advance(rig, 7200 * 1000);
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, true, NULL), RMQ_OK);
	ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, NULL), RMQ_OK);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);

	end();
}
END_TEST

/* Anybody may write there. */
START_TEST(pop__survives_a_revive_log_that_is_none)
{
	static const char *const records[] = {
		"",
		"{}",
		"{\"c\":\"G\",\"t\":\"T\",\"q\":0,\"n\":127,\"so\":0,\"pt\":1,\"it\":1}",
		"{\"c\":\"G\",\"t\":\"T\",\"q\":0,\"d\":[0,-1,2147483648,5],\"so\":9223372036854775807}",
		"{\"c\":\"G\",\"t\":\"%RETRY%G\",\"q\":0,\"d\":[0],\"so\":0,\"pt\":-9223372036854775808,"
		"\"it\":-9223372036854775808}",
		"{\"c\":\"../x\",\"t\":\"../../x\",\"q\":7,\"d\":[0],\"so\":0,\"pt\":1,\"it\":1}",
		"{\"ao\":9223372036854775807,\"aol\":[1,{}],\"c\":\"G\",\"t\":\"T\",\"q\":0,\"pt\":1}",
	};
	static const char *const tags[] = {"TAGS=ck", "TAGS=ack", "TAGS=bAck", NULL};

	begin();
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	for (size_t i = 0; i < RMQI_COUNT(records); i++)
		for (size_t k = 0; k < RMQI_COUNT(tags); k++)
			peer_send(peer, "rmq_sys_REVIVE_LOG_DefaultCluster", 0, records[i],
				  tags[k]);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, true, NULL), RMQ_OK);
		ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, NULL), RMQ_OK);
		rig_advance(rig, 7200 * 1000);
	}
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);

	end();
}
END_TEST

START_TEST(send__properties_cannot_choose_a_folder)
{
	begin();

	ck_assert_int_eq(peer_send(peer, "T", 0, "x", "DELAY=1,REAL_TOPIC=../../x,REAL_QID=-5"), 0);
	rig_advance(rig, 2000);
	ck_assert_int_eq(peer_max_offset(peer, "T", 0), 1);

	end();
}
END_TEST

START_TEST(oneway__is_counted_but_not_answered)
{
	const struct rmqi_outgoing request = {.code = 4711};

	begin();
	ck_assert_int_eq(rmqi_rpc_oneway(peer->rpc, rig->broker, &request), RMQ_OK);
	rig_advance(rig, 10);
	ck_assert_uint_eq(mb_cluster_unsupported_count(rig->cluster), 1);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);

	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		nodes__survive_every_request_without_header,
		nodes__survive_random_headers,
		nodes__answer_each_field_missing_or_malformed,
		pop__survives_odd_numbers_and_receipts,
		pop__survives_a_revive_log_that_is_none,
		send__properties_cannot_choose_a_folder,
		oneway__is_counted_but_not_answered,
	};

	return run_suite("hostile", tests, sizeof(tests) / sizeof(tests[0]));
}
