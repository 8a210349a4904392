/* SPDX-License-Identifier: Apache-2.0 */
/* t_rules.c - faults as rules: which requests they take, and what becomes of those. */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/cluster_faults.h"
#include "mock-broker/cluster_state.h"
#include "mock-broker/rules/incoming.h"
#include "tests/broker/rig.h"

enum { PATIENCE_MS = 3000 };

static struct rig *rig;
static struct peer *peer;
static struct rmq_error_detail *detail;

static void begin(void)
{
	rig = rig_new(NULL);
	peer = peer_new(rig);
	ck_assert_int_eq(peer_create_topic(peer, "T", 1), 0);
	detail = rmqi_detail_new();
}

static void end(void)
{
	peer_free(peer);
	rig_free(rig);
	rmqi_detail_discard(detail);
}

static struct rmq_mock_fault *parse(const char *json)
{
	struct rmq_mock_fault *f;

	ck_assert_msg(mb_fault_parse(rmqi_cursor(json, strlen(json)), &f, detail) == RMQ_OK, "%s",
		      rmq_error_detail_message(detail));
	return f;
}

static uint64_t add_fault(struct rmq_mock_fault *f)
{
	uint64_t id = 0;

	ck_assert_msg(mb_cluster_add_fault(rig->cluster, f, &id, detail) == RMQ_OK, "%s",
		      rmq_error_detail_message(detail));
	mb_fault_free(f);
	return id;
}

static uint64_t add(const char *json)
{
	return add_fault(parse(json));
}

static uint64_t hits(uint64_t id)
{
	return mb_cluster_fault_hits(rig->cluster, id);
}

static enum rmq_error ask(const char *address, int32_t code, const struct rmqi_header_desc *desc,
			  const void *header, const char *body)
{
	struct rmqi_cursor piece = rmqi_cursor(body, strlen(body));
	const struct rmqi_outgoing request = {
		.code = code, .desc = desc, .header = header, .body = &piece, .body_count = 1};

	return rmqi_rpc_call(peer->rpc, address, &request,
			     rmqi_clock_deadline(rig->env->clock, PATIENCE_MS), &peer->answer, NULL,
			     NULL);
}

static enum rmq_error send_message(void)
{
	const struct rmqi_h_send_message h = {
		.producerGroup = rmqi_str("P"), .topic = rmqi_str("T"), .bornTimestamp = 1};

	return ask(rig->broker, RMQI_REQ_SEND_MESSAGE_V2, &rmqi_desc_send_message_v2, &h, "hello");
}

static int32_t sent_code(void)
{
	ck_assert_int_eq(send_message(), RMQ_OK);
	return peer->answer.command.code;
}

static enum rmq_error pull(void)
{
	struct rmqi_h_pull_message h;

	peer_pull_header(&h, "G", "T", 0, 0);
	return ask(rig->broker, RMQI_REQ_PULL_MESSAGE, &rmqi_desc_pull_message, &h, "");
}

static int64_t stored(void)
{
	return mb_broker_max_offset(rig->cluster->brokers[0].broker, RMQI_STR("T"), 0);
}

static int64_t took_ms(enum rmq_error expected)
{
	int64_t before = rig_now(rig);

	ck_assert_int_eq(send_message(), expected);
	return rig_now(rig) - before;
}

/* --- Which requests are taken -------------------------------------------------------------------- */

/* One digit a send: its response code. */
static void send_codes(int n, char *codes)
{
	for (int i = 0; i < n; i++)
		codes[i] = (char)('0' + sent_code());
	codes[n] = 0;
}

START_TEST(rules__have_a_budget)
{
	static const struct {
		const char *budget, *codes;
	} rows[] = {
		{"", "22222222"},
		{"count:2", "22000000"},
		{"skip:3", "00022222"},
		{"every:3", "00200200"},
		{"skip:1,every:2,count:2", "00202000"},
		{"probability:0", "00000000"},
		{"probability:1.0", "22222222"},
	};

	begin();
	for (size_t i = 0; i < RMQI_COUNT(rows); i++) {
		char json[128], codes[16];
		uint64_t id;

		snprintf(json, sizeof(json), "{code:310,reply:'SYSTEM_BUSY'%s%s}",
			 rows[i].budget[0] ? "," : "", rows[i].budget);
		id = add(json);
		send_codes(8, codes);
		ck_assert_msg(strcmp(codes, rows[i].codes) == 0, "%s: %s", json, codes);
		ck_assert_int_eq(mb_cluster_remove_fault(rig->cluster, id, NULL, NULL), RMQ_OK);
	}
	end();
}
END_TEST

/* Drawn from the seed of the cluster: the same again, and neither none nor all. */
START_TEST(rules__draw_by_the_seed)
{
	char first[65], again[65];

	begin();
	add("{code:310,reply:2,probability:0.5}");
	send_codes(64, first);
	end();
	begin();
	add("{code:310,reply:2,probability:0.5}");
	send_codes(64, again);
	ck_assert_str_eq(first, again);
	ck_assert_ptr_nonnull(strchr(first, '0'));
	ck_assert_ptr_nonnull(strchr(first, '2'));
	end();
}
END_TEST

START_TEST(rules__the_first_that_takes_it_acts)
{
	uint64_t first, second, third;

	begin();
	first = add("{topic:'T',reply:2,count:1}");
	second = add("{code:'SEND_MESSAGE_V2',reply:1,count:1}");
	third = add("{topic:'Other',reply:4}");
	ck_assert_int_eq(sent_code(), 2);
	ck_assert_uint_eq(hits(second), 0);
	ck_assert_int_eq(sent_code(), 1);
	ck_assert_int_eq(sent_code(), 0);
	ck_assert_uint_eq(hits(first), 1);
	ck_assert_uint_eq(hits(second), 1);
	ck_assert_uint_eq(hits(third), 0);
	ck_assert_uint_eq(hits(third + 1), 0);
	end();
}
END_TEST

START_TEST(rules__observe_and_let_others_act)
{
	uint64_t all, sends, behind;

	begin();
	all = add("{observe:true}");
	sends = add("{observe:true,code:310,skip:1}");
	add("{code:310,reply:2}");
	behind = add("{observe:true,code:310}");
	ck_assert_int_eq(sent_code(), 2);
	ck_assert_int_eq(sent_code(), 2);
	ck_assert_int_eq(pull(), RMQ_OK);
	ck_assert_uint_ge(hits(all), 3);
	ck_assert_uint_eq(hits(sends), 1);
	ck_assert_uint_eq(hits(behind), 0);
	end();
}
END_TEST

START_TEST(rules__know_the_client_of_a_connection)
{
	begin();
	add("{clientId:'me@*',code:310,reply:2}");
	ck_assert_int_eq(sent_code(), 0);
	ck_assert_int_eq(peer_producer_beat(peer, "me@1", "P"), 0);
	ck_assert_int_eq(sent_code(), 2);
	end();
}
END_TEST

START_TEST(rules__mean_name_servers_and_brokers)
{
	begin();
	add("{namesrv:0,code:'GET_ROUTEINFO_BY_TOPIC',reply:'SYSTEM_ERROR',remark:'away'}");
	add("{node:'broker-a',code:310,reply:'SYSTEM_BUSY'}");
	add("{node:'broker-b',reply:14}");
	ck_assert_int_eq(peer_route(peer, "T"), 1);
	ck_assert_str_eq(peer_remark(peer), "away");
	ck_assert_int_eq(sent_code(), 2);
	ck_assert_int_eq(pull(), RMQ_OK);
	ck_assert_int_eq(peer->answer.command.code, RMQI_RESP_PULL_NOT_FOUND);
	end();
}
END_TEST

/* --- What happens -------------------------------------------------------------------------------- */

START_TEST(rules__act_at_each_stage)
{
	static const struct {
		const char *json;
		enum rmq_error error;
		int32_t code;
		int64_t stored;
	} rows[] = {
		{"{code:310,count:1,reply:2}", RMQ_OK, 2, 0},
		{"{code:310,count:1,reply:2,stage:'apply'}", RMQ_OK, 2, 0},
		{"{code:310,count:1,reply:2,stage:'applied'}", RMQ_OK, 2, 1},
		{"{code:310,count:1,reply:2,stage:'response'}", RMQ_OK, 2, 1},
		{"{code:310,count:1,drop:true}", RMQ_ERR_TIMEOUT, 0, 0},
		{"{code:310,count:1,drop:true,stage:'apply'}", RMQ_ERR_TIMEOUT, 0, 0},
		{"{code:310,count:1,drop:true,stage:'applied'}", RMQ_ERR_TIMEOUT, 0, 1},
		{"{code:310,count:1,drop:true,stage:'response'}", RMQ_ERR_TIMEOUT, 0, 1},
		{"{code:310,count:1,close:'fin'}", RMQ_ERR_CONNECTION_LOST, 0, 0},
		{"{code:310,count:1,close:'fin',stage:'apply'}", RMQ_ERR_CONNECTION_LOST, 0, 0},
		{"{code:310,count:1,close:'rst',stage:'applied'}", RMQ_ERR_CONNECTION_LOST, 0, 1},
		{"{code:310,count:1,close:'rst',stage:'response'}", RMQ_ERR_CONNECTION_LOST, 0, 1},
	};

	for (size_t i = 0; i < RMQI_COUNT(rows); i++) {
		uint64_t id;

		begin();
		id = add(rows[i].json);
		ck_assert_msg(send_message() == rows[i].error, "%s", rows[i].json);
		if (rows[i].error == RMQ_OK)
			ck_assert_int_eq(peer->answer.command.code, rows[i].code);
		ck_assert_msg(stored() == rows[i].stored, "%s", rows[i].json);
		ck_assert_uint_eq(hits(id), 1);
		ck_assert_int_eq(sent_code(), 0);
		end();
	}
}
END_TEST

START_TEST(rules__leave_a_connection_half_open)
{
	begin();
	add("{code:310,count:1,close:'halfOpen'}");
	ck_assert_int_eq(send_message(), RMQ_ERR_TIMEOUT);
	/* As long as the client keeps the connection. */
	ck_assert_int_eq(send_message(), RMQ_ERR_TIMEOUT);
	ck_assert_int_eq(stored(), 0);
	peer_die(peer);
	ck_assert_int_eq(sent_code(), 0);
	end();
}
END_TEST

START_TEST(rules__delay_answers)
{
	uint64_t id;
	int64_t ms;

	begin();
	id = add("{code:310,delay:250,count:1}");
	ck_assert_int_eq(took_ms(RMQ_OK), 250);
	ck_assert_uint_eq(hits(id), 1);
	add("{code:310,reply:2,delay:100,count:1}");
	ck_assert_int_eq(took_ms(RMQ_OK), 100);
	ck_assert_int_eq(peer->answer.command.code, 2);
	add("{code:310,delay:100,jitter:50}");
	for (int i = 0; i < 10; i++) {
		ms = took_ms(RMQ_OK);
		ck_assert(ms >= 100 && ms <= 150);
	}
	end();
}
END_TEST

START_TEST(rules__cut_an_answer)
{
	begin();
	for (int i = 0; i < 3; i++) {
		static const char *const faults[] = {
			"{code:310,truncate:20,count:1}",
			"{code:310,truncate:20,close:'rst',count:1}",
			"{code:310,truncate:0,close:'fin',count:1}",
		};

		add(faults[i]);
		ck_assert_int_eq(send_message(), RMQ_ERR_CONNECTION_LOST);
		ck_assert_int_eq(stored(), i + 1);
	}
	add("{code:310,truncate:20,close:'halfOpen',count:1}");
	ck_assert_int_eq(send_message(), RMQ_ERR_TIMEOUT);
	peer_die(peer);
	/* The answer is shorter: it leaves whole, and the connection closes. */
	add("{code:310,truncate:100000,count:1}");
	ck_assert_int_eq(sent_code(), 0);
	rig_advance(rig, 10);
	ck_assert_int_eq(sent_code(), 0);
	end();
}
END_TEST

START_TEST(rules__slice_an_answer)
{
	int64_t ms;

	begin();
	add("{code:310,slice:1,count:1}");
	ck_assert_int_eq(sent_code(), 0);
	add("{code:310,slice:10,sliceGap:5,count:1}");
	ms = took_ms(RMQ_OK);
	ck_assert(ms >= 50 && ms <= 1000);
	ck_assert_int_eq(took_ms(RMQ_OK), 0);
	add("{code:310,slice:7,close:'fin',count:1}");
	ck_assert_int_eq(sent_code(), 0);
	rig_advance(rig, 100);
	ck_assert_int_eq(sent_code(), 0);
	end();
}
END_TEST

START_TEST(rules__corrupt_an_answer)
{
	static const char *const parts[] = {"length", "headerLength", "header"};

	begin();
	for (size_t i = 0; i < RMQI_COUNT(parts); i++) {
		char json[64];

		snprintf(json, sizeof(json), "{code:310,corrupt:'%s',count:1}", parts[i]);
		add(json);
		ck_assert_int_eq(send_message(), RMQ_ERR_PROTOCOL);
		ck_assert_int_eq(sent_code(), 0);
	}
	end();
}
END_TEST

START_TEST(rules__corrupt_messages_where_there_are_some)
{
	static const struct {
		const char *part;
		size_t at;
	} rows[] = {{"magic", 4}, {"crc", 8}};
	char sound[512];

	begin();
	for (size_t i = 0; i < RMQI_COUNT(rows); i++) {
		char json[64];
		uint64_t id;

		snprintf(json, sizeof(json), "{corrupt:'%s',count:1}", rows[i].part);
		id = add(json);
		/* No message in the answer: it is not taken. */
		ck_assert_int_eq(sent_code(), 0);
		ck_assert_uint_eq(hits(id), 0);
		ck_assert_int_eq(pull(), RMQ_OK);
		ck_assert_uint_eq(hits(id), 1);
		memcpy(sound, peer->answer.command.body.ptr, 16);
		ck_assert_int_eq(pull(), RMQ_OK);
		for (size_t at = 0; at < 16; at++) {
			bool is_in = at >= rows[i].at && at < rows[i].at + 4;

			ck_assert((sound[at] != (char)peer->answer.command.body.ptr[at]) == is_in);
		}
	}
	add("{code:11,corrupt:'body',count:1}");
	ck_assert_int_eq(pull(), RMQ_OK);
	end();
}
END_TEST

START_TEST(rules__answer_twice_and_with_another_opaque)
{
	begin();
	add("{code:310,duplicate:true,count:1}");
	ck_assert_int_eq(sent_code(), 0);
	ck_assert_int_eq(sent_code(), 0);
	add("{code:310,opaque:1000,count:1}");
	ck_assert_int_eq(send_message(), RMQ_ERR_TIMEOUT);
	ck_assert_int_eq(sent_code(), 0);
	ck_assert_int_eq(stored(), 4);
	end();
}
END_TEST

START_TEST(rules__reorder_answers)
{
	struct held first, second;

	begin();
	ck_assert_int_eq(sent_code(), 0);
	add("{code:'PULL_MESSAGE',reorder:true,delay:500,count:1}");
	peer_hold(peer, &first, "G", "T", 0, 0, 0, "*");
	ck_assert(!first.is_done);
	peer_hold(peer, &second, "G", "T", 0, 0, 0, "*");
	rig_advance(rig, 1);
	ck_assert(second.is_done && first.is_done);
	ck_assert_int_eq(first.code, 0);
	ck_assert_int_eq(second.code, 0);
	/* Nobody comes behind it. */
	add("{code:310,reorder:true,count:1}");
	ck_assert_int_eq(took_ms(RMQ_OK), 100);
	end();
}
END_TEST

/* serverInFlightMax counts what is under way: nothing stays counted. */
START_TEST(rules__leave_nothing_in_flight)
{
	static const char *const faults[] = {
		"{code:310,reply:2}",
		"{code:310,drop:true}",
		"{code:310,drop:true,stage:'applied'}",
		"{code:310,delay:1}",
		"{code:310,duplicate:true}",
		"{code:310,reply:2,stage:'applied',delay:1}",
	};

	for (size_t i = 0; i < RMQI_COUNT(faults); i++) {
		uint64_t id;

		rig = rig_new("serverInFlightMax=2\n");
		peer = peer_new(rig);
		detail = rmqi_detail_new();
		ck_assert_int_eq(peer_create_topic(peer, "T", 1), 0);
		id = add(faults[i]);
		for (int n = 0; n < 3; n++)
			(void)!send_message();
		ck_assert_int_eq(mb_cluster_remove_fault(rig->cluster, id, NULL, NULL), RMQ_OK);
		ck_assert_msg(sent_code() == 0, "%s", faults[i]);
		end();
	}
}
END_TEST

/* An answer that waits counts until it leaves. */
START_TEST(rules__count_what_they_delay)
{
	struct held first, second;

	rig = rig_new("serverInFlightMax=2\n");
	peer = peer_new(rig);
	detail = rmqi_detail_new();
	ck_assert_int_eq(peer_create_topic(peer, "T", 1), 0);
	add("{code:'PULL_MESSAGE',delay:500}");
	peer_hold(peer, &first, "G", "T", 0, 7, 0, "*");
	peer_hold(peer, &second, "G", "T", 0, 7, 0, "*");
	ck_assert_int_eq(sent_code(), RMQI_RESP_SYSTEM_BUSY);
	ck_assert_int_eq(stored(), 0);
	rig_advance(rig, 600);
	ck_assert(first.is_done && second.is_done);
	ck_assert_int_eq(sent_code(), 0);
	end();
}
END_TEST

START_TEST(rules__of_answers_leave_one_way_requests_alone)
{
	const struct rmqi_h_update_consumer_offset h = {
		.consumerGroup = rmqi_str("G"),
		.topic = rmqi_str("T"),
		.commitOffset = 3,
		.has = RMQI_BIT_update_consumer_offset_commitOffset};
	const struct rmqi_outgoing request = {.code = RMQI_REQ_UPDATE_CONSUMER_OFFSET,
					      .desc = &rmqi_desc_update_consumer_offset,
					      .header = &h};
	uint64_t late, lost;

	begin();
	ck_assert_int_eq(pull(), RMQ_OK); /* makes the group */
	late = add("{code:'UPDATE_CONSUMER_OFFSET',delay:10}");
	ck_assert_int_eq(rmqi_rpc_oneway(peer->rpc, rig->broker, &request), RMQ_OK);
	rig_advance(rig, 1);
	ck_assert_uint_eq(hits(late), 0);
	ck_assert_int_eq(peer_committed(peer, "G", "T", 0), 3);
	lost = add("{code:'UPDATE_CONSUMER_OFFSET',drop:true}");
	ck_assert_int_eq(rmqi_rpc_oneway(peer->rpc, rig->broker, &request), RMQ_OK);
	rig_advance(rig, 1);
	ck_assert_uint_eq(hits(lost), 1);
	end();
}
END_TEST

/* --- Functions of the user ----------------------------------------------------------------------- */

static bool is_second(void *arg, const rmq_mock_incoming *in)
{
	int *asked = arg;
	size_t len = 0;
	const char *topic = rmq_mock_incoming_field(in, "topic", &len);

	ck_assert_int_eq(rmq_mock_incoming_code(in), RMQI_REQ_SEND_MESSAGE_V2);
	ck_assert_str_eq(rmq_mock_incoming_node(in), "broker-a");
	ck_assert_int_eq(rmq_mock_incoming_namesrv(in), -1);
	ck_assert(!rmq_mock_incoming_is_oneway(in));
	ck_assert_uint_eq(len, 1);
	ck_assert_int_eq(topic[0], 'T');
	ck_assert_ptr_null(rmq_mock_incoming_field(in, "nothing", NULL));
	ck_assert_ptr_nonnull(rmq_mock_incoming_body(in, &len));
	ck_assert_uint_eq(len, 5);
	/* It may not call the cluster. */
	ck_assert_int_eq(mb_cluster_remove_fault(rig->cluster, 1, NULL, NULL), RMQ_ERR_STATE);
	return ++*asked == 2;
}

START_TEST(rules__ask_a_predicate)
{
	struct rmq_mock_fault *f;
	int asked = 0;

	begin();
	f = parse("{code:310,reply:2}");
	rmq_mock_fault_set_predicate(f, is_second, &asked);
	add_fault(f);
	ck_assert_int_eq(sent_code(), 0);
	ck_assert_int_eq(sent_code(), 2);
	ck_assert_int_eq(sent_code(), 0);
	end();
}
END_TEST

static bool handle(void *arg, const rmq_mock_incoming *in, rmq_mock_reply *reply)
{
	(void)in;
	if (*(const bool *)arg)
		return false;
	ck_assert_int_eq(rmq_mock_reply_set(reply, 2, "by hand"), RMQ_OK);
	ck_assert_int_eq(rmq_mock_reply_add_field(reply, "one", "1"), RMQ_OK);
	ck_assert_int_eq(rmq_mock_reply_set_body(reply, "body", 4), RMQ_OK);
	for (int i = 1; i < MB_REPLY_FIELDS_MAX; i++)
		ck_assert_int_eq(rmq_mock_reply_add_field(reply, "two", "2"), RMQ_OK);
	ck_assert_int_eq(rmq_mock_reply_add_field(reply, "three", "3"), RMQ_ERR_TOO_LARGE);
	return true;
}

START_TEST(rules__let_a_handler_answer)
{
	struct rmq_mock_fault *f;
	bool is_off = false;
	uint64_t id;

	begin();
	f = parse("{code:310}");
	rmq_mock_fault_set_handler(f, handle, &is_off);
	id = add_fault(f);
	ck_assert_int_eq(sent_code(), 2);
	ck_assert_str_eq(peer_remark(peer), "by hand");
	ck_assert_str_eq(peer_ext(peer, "one"), "1");
	ck_assert_str_eq(peer_body(peer), "body");
	ck_assert_int_eq(stored(), 0);
	is_off = true;
	ck_assert_int_eq(sent_code(), 0);
	ck_assert_int_eq(stored(), 1);
	ck_assert_uint_eq(hits(id), 1);
	end();
}
END_TEST

/* --- Handles --------------------------------------------------------------------------------------- */

static enum rmq_error wait_for(uint64_t id, uint64_t count, int64_t ms)
{
	return mb_cluster_wait_fault(rig->cluster, id, count, ms, detail);
}

START_TEST(rules__are_waited_for)
{
	struct held held;
	uint64_t id;
	int64_t at;

	begin();
	id = add("{code:'PULL_MESSAGE',delay:1}");
	ck_assert_int_eq(wait_for(id, 0, 0), RMQ_OK);
	at = rig_now(rig);
	ck_assert_int_eq(wait_for(id, 1, 700), RMQ_ERR_TIMEOUT);
	ck_assert_int_eq(rig_now(rig) - at, 700);
	ck_assert_str_eq(rmq_error_detail_message(detail),
			 "fault 1 has acted 0 of 1 times within 700 ms");
	/* A held pull is answered after its 5 s. */
	peer_hold(peer, &held, "G", "T", 0, 0, 5000, "*");
	at = rig_now(rig);
	ck_assert_int_eq(wait_for(id, 1, 60000), RMQ_OK);
	ck_assert_int_ge(rig_now(rig) - at, 4999);
	ck_assert_int_le(rig_now(rig) - at, 6001);
	ck_assert_int_eq(wait_for(99, 1, 60000), RMQ_ERR_NOT_FOUND);
	rig_advance(rig, 10);
	end();
}
END_TEST

START_TEST(rules__are_removed_with_answers_under_way)
{
	struct held held, late;
	uint64_t id;
	bool was_there;

	begin();
	id = add("{code:'PULL_MESSAGE',delay:300}");
	peer_hold(peer, &held, "G", "T", 0, 0, 1000, "*");
	peer_hold(peer, &late, "G", "T", 0, 7, 0, "*");
	rig_advance(rig, 1);
	ck_assert(!late.is_done);
	ck_assert_int_eq(mb_cluster_remove_fault(rig->cluster, id, &was_there, NULL), RMQ_OK);
	ck_assert(was_there);
	ck_assert_int_eq(mb_cluster_remove_fault(rig->cluster, id, &was_there, NULL), RMQ_OK);
	ck_assert(!was_there);
	rig_advance(rig, 400);
	ck_assert(late.is_done);
	rig_advance(rig, 1000);
	ck_assert(held.is_done);
	end();
}
END_TEST

START_TEST(rules__go_with_the_cluster)
{
	struct held late;

	begin();
	add("{code:'PULL_MESSAGE',delay:300}");
	peer_hold(peer, &late, "G", "T", 0, 7, 0, "*");
	add("{code:310,close:'halfOpen'}");
	ck_assert_int_eq(send_message(), RMQ_ERR_TIMEOUT);
	end();
}
END_TEST

START_TEST(rules__survive_a_restart_of_the_node)
{
	uint64_t id;

	begin();
	id = add("{node:'broker-a',code:310,reply:2}");
	ck_assert_int_eq(sent_code(), 2);
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, true, NULL), RMQ_OK);
	ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, NULL), RMQ_OK);
	ck_assert_int_eq(sent_code(), 2);
	ck_assert_uint_eq(hits(id), 2);
	end();
}
END_TEST

START_TEST(rules__are_listed)
{
	struct rmq_mock_fault_list *l;
	uint64_t used;

	begin();
	used = add("{code:['SEND_MESSAGE_V2',11],topic:'T',reply:'SYSTEM_BUSY',count:3}");
	add("{code:9999,drop:true,field:['a=1','b=2'],probability:0.25}");
	ck_assert_int_eq(sent_code(), 2);
	ck_assert_int_eq(mb_cluster_list_faults(rig->cluster, false, &l, NULL), RMQ_OK);
	ck_assert_uint_eq(rmq_mock_fault_list_count(l), 2);
	ck_assert_uint_eq(rmq_mock_fault_list_id(l, 0), used);
	ck_assert_uint_eq(rmq_mock_fault_list_hits(l, 0), 1);
	ck_assert_str_eq(rmq_mock_fault_list_text(l, 0),
			 "{\"code\":\"SEND_MESSAGE_V2,11\",\"topic\":\"T\",\"count\":3,"
			 "\"reply\":\"SYSTEM_BUSY\"}");
	ck_assert_str_eq(rmq_mock_fault_list_text(l, 1),
			 "{\"code\":\"9999\",\"field\":\"a=1\\nb=2\",\"probability\":"
			 "\"0.250000000\",\"drop\":true}");
	ck_assert_str_eq(rmq_mock_fault_list_text(l, 2), "");
	/* What is shown can be read again. */
	mb_fault_free(parse(rmq_mock_fault_list_text(l, 1)));
	rmq_mock_fault_list_free(l);
	ck_assert_int_eq(mb_cluster_list_faults(rig->cluster, true, &l, NULL), RMQ_OK);
	ck_assert_uint_eq(rmq_mock_fault_list_count(l), 1);
	ck_assert_uint_eq(rmq_mock_fault_list_id(l, 0), used + 1);
	rmq_mock_fault_list_free(l);
	end();
}
END_TEST

START_TEST(rules__are_many_but_not_without_end)
{
	struct rmq_mock_fault *f;
	uint64_t id = 0, last;

	begin();
	for (int i = 0; i < 1000; i++)
		add("{topic:'Other',reply:2}");
	last = add("{topic:'T',code:310,reply:2}");
	ck_assert_int_eq(sent_code(), 2);
	ck_assert_uint_eq(hits(last), 1);
	f = parse("{topic:'Other',reply:2}");
	for (int i = 1001; i < MB_RULES_MAX; i++)
		ck_assert_int_eq(mb_cluster_add_fault(rig->cluster, f, &id, NULL), RMQ_OK);
	id = 0;
	ck_assert_int_eq(mb_cluster_add_fault(rig->cluster, f, &id, detail), RMQ_ERR_TOO_LARGE);
	ck_assert_uint_eq(id, 0);
	mb_fault_free(f);
	end();
}
END_TEST

/* --- What cannot be said ---------------------------------------------------------------------------- */

START_TEST(fault__says_what_it_cannot_read)
{
	static const struct {
		const char *json, *says;
	} rows[] = {
		{"{replay:2}", "unknown key of a fault \"replay\"; did you mean \"reply\"?"},
		{"{reply:'SYSTEM_BUSSY'}",
		 "reply: there is no response code \"SYSTEM_BUSSY\"; did you mean "
		 "\"SYSTEM_BUSY\"?"},
		{"{count:-1}", "count: \"-1\" is not an integer in 0..1000000000"},
		{"{every:0}", "every: \"0\" is not an integer in 1..1000000000"},
		{"{probability:2}",
		 "probability: \"2\" is not a number in 0..1 of at most 9 decimals"},
		{"{probability:'0.0000000001'}",
		 "probability: \"0.0000000001\" is not a number in 0..1 of at most 9 decimals"},
		{"{probability:'0.'}",
		 "probability: \"0.\" is not a number in 0..1 of at most 9 decimals"},
		{"{drop:'yes'}", "drop: \"yes\" is not true or false"},
		{"{close:'reset'}", "close: \"reset\" is not one of fin|rst|halfOpen"},
		{"{topic:{}}", "topic: neither text, number nor boolean"},
		{"{topic:['a']}", "topic: neither text, number nor boolean"},
		{"{code:'NOTHING_LIKE_IT'}", "code: there is no request \"NOTHING_LIKE_IT\""},
		{"[]", "a fault is a JSON object"},
		{"{", "a fault is a JSON object; this is no JSON"},
		{"", "a fault is a JSON object; this is no JSON"},
	};

	detail = rmqi_detail_new();
	for (size_t i = 0; i < RMQI_COUNT(rows); i++) {
		struct rmq_mock_fault *f;

		ck_assert_int_eq(mb_fault_parse(rmqi_cursor(rows[i].json, strlen(rows[i].json)),
						&f, detail),
				 RMQ_ERR_CONFIG);
		ck_assert_str_eq(rmq_error_detail_message(detail), rows[i].says);
	}
	rmqi_detail_discard(detail);
}
END_TEST

START_TEST(fault__says_what_does_not_go_together)
{
	static const char *const rows[] = {
		"{}",
		"{code:310}",
		"{observe:true,drop:true}",
		"{observe:true,stage:'response'}",
		"{drop:true,reply:2}",
		"{drop:true,delay:1}",
		"{drop:true,close:'fin'}",
		"{remark:'x',drop:true}",
		"{sliceGap:3,delay:1}",
		"{delay:1,stage:'receive'}",
		"{reorder:true,close:'fin'}",
		"{reorder:true,truncate:3}",
	};

	begin();
	for (size_t i = 0; i < RMQI_COUNT(rows); i++) {
		struct rmq_mock_fault *f = parse(rows[i]);
		uint64_t id = 7;

		ck_assert_msg(mb_cluster_add_fault(rig->cluster, f, &id, detail) == RMQ_ERR_CONFIG,
			      "%s", rows[i]);
		ck_assert_uint_eq(id, 7);
		mb_fault_free(f);
	}
	end();
}
END_TEST

/* --- Real time --------------------------------------------------------------------------------------- */

struct waiting {
	struct rmq_mock_cluster *cluster;
	uint64_t id;
	enum rmq_error result;
};

static void *wait_in_thread(void *arg)
{
	struct waiting *w = arg;

	w->result = mb_cluster_wait_fault(w->cluster, w->id, 1, 60000, NULL);
	return NULL;
}

/* Freed or removed while others wait: they are told, and have left before it is gone. */
START_TEST(rules__end_while_threads_wait)
{
	const bool removes = _i != 0;
	struct mb_cluster_options options;
	struct rmqi_thread threads[3];
	struct waiting waiting[3];
	struct rmq_mock_fault *f;
	struct rmq_mock_cluster *c;
	unsigned in_wait = 0;
	uint64_t id;

	detail = rmqi_detail_new();
	f = parse("{drop:true,topic:'Nobody'}");
	rig_options(&options);
	options.virtual_time = false;
	ck_assert_int_eq(mb_cluster_new(&options, &c, NULL), RMQ_OK);
	ck_assert_int_eq(mb_cluster_add_fault(c, f, &id, NULL), RMQ_OK);
	for (size_t i = 0; i < 3; i++) {
		waiting[i] = (struct waiting){.cluster = c, .id = id};
		ck_assert_int_eq(rmqi_thread_start(&threads[i], "waits", wait_in_thread,
						   &waiting[i]),
				 RMQ_OK);
	}
	while (in_wait < 3) {
		rmqi_mutex_lock(&c->mu);
		in_wait = c->fault_waits;
		rmqi_mutex_unlock(&c->mu);
	}
	if (removes)
		ck_assert_int_eq(mb_cluster_remove_fault(c, id, NULL, NULL), RMQ_OK);
	mb_cluster_free(c);
	for (size_t i = 0; i < 3; i++) {
		rmqi_thread_join(&threads[i]);
		ck_assert_int_eq(waiting[i].result,
				 removes ? RMQ_ERR_NOT_FOUND : RMQ_ERR_CANCELLED);
	}
	mb_fault_free(f);
	rmqi_detail_discard(detail);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		rules__have_a_budget,
		rules__draw_by_the_seed,
		rules__the_first_that_takes_it_acts,
		rules__observe_and_let_others_act,
		rules__know_the_client_of_a_connection,
		rules__mean_name_servers_and_brokers,
		rules__act_at_each_stage,
		rules__leave_a_connection_half_open,
		rules__delay_answers,
		rules__cut_an_answer,
		rules__slice_an_answer,
		rules__corrupt_an_answer,
		rules__corrupt_messages_where_there_are_some,
		rules__answer_twice_and_with_another_opaque,
		rules__reorder_answers,
		rules__leave_nothing_in_flight,
		rules__count_what_they_delay,
		rules__of_answers_leave_one_way_requests_alone,
		rules__ask_a_predicate,
		rules__let_a_handler_answer,
		rules__are_waited_for,
		rules__are_removed_with_answers_under_way,
		rules__go_with_the_cluster,
		rules__survive_a_restart_of_the_node,
		rules__are_listed,
		rules__are_many_but_not_without_end,
		fault__says_what_it_cannot_read,
		fault__says_what_does_not_go_together,
	};
	struct suite suite;

	suite_open(&suite, "rules");
	suite_add(&suite, tests, RMQI_COUNT(tests));
	suite_add_loop(&suite, rules__end_while_threads_wait, 2);
	return suite_run(&suite);
}
