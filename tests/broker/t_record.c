/* SPDX-License-Identifier: Apache-2.0 */
/* t_record.c - what the nodes of a cluster have seen: kept, found, waited for, told. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rocketmq/mock_fault.h>
#include <rocketmq/mock_record.h>

#include "base/mem.h"
#include "codec/json.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/cluster_state.h"
#include "tests/broker/rig.h"

#define SENDS "code=SEND_MESSAGE_V2"

static struct rig *rig;
static struct peer *peer;

static void begin_with(size_t requests, size_t bytes)
{
	struct mb_cluster_options o;

	rig_options(&o);
	o.record = requests;
	o.record_bytes = bytes;
	o.record_body = 8;
	rig = rig_new_with(&o);
	peer = peer_new(rig);
}

static void begin(void)
{
	begin_with(1000, 1 << 20);
	ck_assert_int_eq(peer_create_topic(peer, "T", 1), 0);
	ck_assert_int_eq(rmq_mock_cluster_clear_requests(rig->cluster, NULL), RMQ_OK);
}

static void end(void)
{
	peer_free(peer);
	rig_free(rig);
}

static rmq_mock_requests *list(const char *filter)
{
	rmq_mock_requests *l = NULL;

	ck_assert_int_eq(rmq_mock_cluster_requests(rig->cluster, filter, &l, NULL), RMQ_OK);
	return l;
}

static size_t count(const char *filter)
{
	size_t n = 0;

	ck_assert_int_eq(rmq_mock_cluster_count_requests(rig->cluster, filter, &n, NULL), RMQ_OK);
	return n;
}

/* The only one; the list is to be freed. */
static const rmq_mock_request *only(rmq_mock_requests *l)
{
	ck_assert_uint_eq(rmq_mock_requests_count(l), 1);
	ck_assert_ptr_null(rmq_mock_requests_at(l, 1));
	return rmq_mock_requests_at(l, 0);
}

/* --- What is kept ---------------------------------------------------------------------------- */

START_TEST(record__keeps_request_and_answer)
{
	rmq_mock_requests *l;
	const rmq_mock_request *r;
	size_t len;

	begin();
	ck_assert_int_eq(peer_producer_beat(peer, "me@1", "P"), 0);
	ck_assert_int_eq(peer_send(peer, "T", 0, "hello world", "TAGS=x"), 0);
	l = list(SENDS " topic=T");
	r = only(l);
	ck_assert_str_eq(rmq_mock_request_node(r), "broker-a");
	ck_assert_str_eq(rmq_mock_request_kind(r), "request");
	ck_assert_int_eq(rmq_mock_request_code(r), RMQI_REQ_SEND_MESSAGE_V2);
	ck_assert_str_eq(rmq_mock_request_name(r), "SEND_MESSAGE_V2");
	ck_assert_str_eq(rmq_mock_request_client_id(r), "me@1");
	ck_assert_str_eq(rmq_mock_request_language(r), "CPP");
	ck_assert_int_eq(rmq_mock_request_version(r), RMQI_VERSION);
	ck_assert(!rmq_mock_request_is_oneway(r));
	ck_assert_str_eq(rmq_mock_request_field(r, "topic"), "T");
	ck_assert_str_eq(rmq_mock_request_field(r, "queueId"), "0");
	ck_assert_ptr_null(rmq_mock_request_field(r, "nothing"));
	ck_assert_int_eq(memcmp(rmq_mock_request_body(r, &len), "hello wo", 9), 0);
	ck_assert_uint_eq(len, 8);
	ck_assert_uint_eq(rmq_mock_request_body_length(r), 11);
	ck_assert_int_eq(rmq_mock_request_received_ms(r), rig_now(rig));
	ck_assert_str_eq(rmq_mock_request_end(r), "answered");
	ck_assert_str_eq(rmq_mock_request_stage(r), "response");
	ck_assert_uint_eq(rmq_mock_request_fault(r), 0);
	ck_assert_int_eq(rmq_mock_request_response_code(r), 0);
	ck_assert_str_eq(rmq_mock_request_response_name(r), "SUCCESS");
	ck_assert_str_eq(rmq_mock_request_response_field(r, "queueOffset"), "0");
	ck_assert_ptr_nonnull(rmq_mock_request_response_field(r, "msgId"));
	rmq_mock_requests_free(l);
	end();
}
END_TEST

START_TEST(record__tells_codes_that_nobody_knows)
{
	rmq_mock_requests *l;
	const rmq_mock_request *r;

	begin();
	ck_assert_int_eq(peer_ask(peer, rig->namesrv, 4711, NULL, NULL, ""), 3);
	l = list("code=4711 namesrv=0");
	r = only(l);
	ck_assert_str_eq(rmq_mock_request_node(r), "namesrv-0");
	ck_assert_str_eq(rmq_mock_request_name(r), "REQUEST_4711");
	ck_assert_int_eq(rmq_mock_request_response_code(r), 3);
	ck_assert_str_eq(rmq_mock_request_stage(r), "received");
	ck_assert_str_eq(rmq_mock_request_remark(r), " request type 4711 not supported");
	rmq_mock_requests_free(l);
	end();
}
END_TEST

static const char *end_of_pull(void)
{
	rmq_mock_requests *l = list("code=PULL_MESSAGE");
	const char *end = rmq_mock_request_end(only(l)); /* a literal */

	rmq_mock_requests_free(l);
	return end;
}

START_TEST(record__follows_a_held_pull)
{
	rmq_mock_requests *before, *after;
	struct held held;
	int64_t sent;

	begin();
	peer_hold(peer, &held, "G", "T", 0, 0, 15000, "*");
	rig_advance(rig, 1000);
	before = list("code=PULL_MESSAGE group=G");
	ck_assert_str_eq(rmq_mock_request_end(only(before)), "open");
	ck_assert_int_eq(rmq_mock_request_response_code(only(before)), -1);
	ck_assert_int_eq(rmq_mock_request_answered_ms(only(before)), -1);
	sent = rig_now(rig);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	after = list("code=PULL_MESSAGE");
	ck_assert_str_eq(rmq_mock_request_end(only(after)), "answered");
	ck_assert_int_eq(rmq_mock_request_answered_ms(only(after)), sent);
	ck_assert_int_ge(sent, rmq_mock_request_received_ms(only(after)) + 1000);
	ck_assert_uint_gt(rmq_mock_request_response_body_length(only(after)), 90);
	ck_assert_str_eq(rmq_mock_request_end(only(before)), "open"); /* as it was */
	rmq_mock_requests_free(before);
	rmq_mock_requests_free(after);
	end();
}
END_TEST

START_TEST(record__tells_what_a_closed_connection_lost)
{
	struct held held;

	begin();
	peer_hold(peer, &held, "G", "T", 0, 0, 15000, "*");
	rig_advance(rig, 1000);
	ck_assert_str_eq(end_of_pull(), "open");
	peer_die(peer);
	rig_advance(rig, 1);
	ck_assert_str_eq(end_of_pull(), "lost");
	rig_advance(rig, 20000);
	ck_assert_str_eq(end_of_pull(), "lost");
	end();
}
END_TEST

START_TEST(record__has_what_nobody_waits_for)
{
	const struct rmqi_h_update_consumer_offset h = {
		.consumerGroup = rmqi_str("G"), .topic = rmqi_str("T"), .commitOffset = 0};
	const struct rmqi_outgoing request = {.code = RMQI_REQ_UPDATE_CONSUMER_OFFSET,
					      .desc = &rmqi_desc_update_consumer_offset,
					      .header = &h};
	rmq_mock_requests *l;

	begin();
	ck_assert_int_eq(rmqi_rpc_oneway(peer->rpc, rig->broker, &request), RMQ_OK);
	rig_advance(rig, 1);
	l = list("code=UPDATE_CONSUMER_OFFSET");
	ck_assert(rmq_mock_request_is_oneway(only(l)));
	ck_assert_str_eq(rmq_mock_request_end(only(l)), "oneway");
	ck_assert_str_eq(rmq_mock_request_stage(only(l)), "applied");
	rmq_mock_requests_free(l);
	end();
}
END_TEST

START_TEST(record__has_what_a_broker_asks)
{
	rmq_mock_requests *l;
	struct peer *other;

	begin();
	other = peer_new(rig);
	ck_assert_int_eq(peer_consumer_beat(peer, "c1", "G", "T", "*", 1), 0);
	ck_assert_int_eq(rmq_mock_cluster_clear_requests(rig->cluster, NULL), RMQ_OK);
	ck_assert_int_eq(peer_consumer_beat(other, "c2", "G", "T", "*", 1), 0);
	rig_advance(rig, 1);
	l = list("code=NOTIFY_CONSUMER_IDS_CHANGED clientId=c1");
	ck_assert_str_eq(rmq_mock_request_kind(only(l)), "push");
	ck_assert_str_eq(rmq_mock_request_end(only(l)), "oneway");
	ck_assert_str_eq(rmq_mock_request_field(only(l), "consumerGroup"), "G");
	rmq_mock_requests_free(l);
	peer_free(other);
	end();
}
END_TEST

static bool drop(struct mb_faults *f, struct mb_passage *p)
{
	(void)f;
	if (p->stage != MB_STAGE_APPLIED || p->ticket->code != RMQI_REQ_SEND_MESSAGE_V2)
		return true;
	p->ticket->fault = 17;
	return false;
}

START_TEST(record__names_the_rule_that_took_a_request)
{
	struct mb_faults faults = {.on_stage = drop};
	const struct rmqi_h_send_message h = {
		.producerGroup = rmqi_str("P"), .topic = rmqi_str("T"), .bornTimestamp = 1};
	const struct rmqi_outgoing request = {.code = RMQI_REQ_SEND_MESSAGE_V2,
					      .desc = &rmqi_desc_send_message_v2,
					      .header = &h};
	rmq_mock_requests *l;

	begin();
	rig->cluster->brokers[0].broker->node->door.faults = &faults;
	ck_assert_int_eq(rmqi_rpc_call(peer->rpc, rig->broker, &request,
				       rmqi_clock_deadline(rig->env->clock, 1000), &peer->answer,
				       NULL, NULL),
			 RMQ_ERR_TIMEOUT);
	rig->cluster->brokers[0].broker->node->door.faults = NULL;
	l = list(SENDS);
	ck_assert_str_eq(rmq_mock_request_end(only(l)), "dropped");
	ck_assert_str_eq(rmq_mock_request_stage(only(l)), "applied");
	ck_assert_uint_eq(rmq_mock_request_fault(only(l)), 17);
	rmq_mock_requests_free(l);
	end();
}
END_TEST

static uint64_t add_fault(const char *json)
{
	rmq_mock_fault *f = NULL;
	uint64_t id = 0;

	ck_assert_int_eq(rmq_mock_fault_parse(json, &f, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_mock_cluster_add_fault(rig->cluster, f, &id, NULL), RMQ_OK);
	rmq_mock_fault_free(f);
	return id;
}

/* Whatever the sender makes of the answer. */
static void send_under(uint64_t fault, const char *end, int code, int64_t after_ms)
{
	const struct rmqi_h_send_message h = {
		.producerGroup = rmqi_str("P"), .topic = rmqi_str("T"), .bornTimestamp = 1};
	struct rmqi_cursor body = rmqi_cursor("x", 1);
	const struct rmqi_outgoing request = {.code = RMQI_REQ_SEND_MESSAGE_V2,
					      .desc = &rmqi_desc_send_message_v2,
					      .header = &h,
					      .body = &body,
					      .body_count = 1};
	rmq_mock_requests *l;
	const rmq_mock_request *r;

	(void)!rmqi_rpc_call(peer->rpc, rig->broker, &request,
			     rmqi_clock_deadline(rig->env->clock, 1000), &peer->answer, NULL, NULL);
	l = list(SENDS);
	r = only(l);
	ck_assert_str_eq(rmq_mock_request_end(r), end);
	ck_assert_uint_eq(rmq_mock_request_fault(r), fault);
	ck_assert_int_eq(rmq_mock_request_response_code(r), code);
	ck_assert_int_eq(rmq_mock_request_response_field(r, "msgId") != NULL, code == 0);
	ck_assert_int_eq(rmq_mock_request_answered_ms(r) - rmq_mock_request_received_ms(r),
			 after_ms);
	rmq_mock_requests_free(l);
}

START_TEST(record__tells_an_answer_that_a_fault_shapes)
{
	static const struct {
		const char *json, *end;
		int code;
		int64_t after_ms;
	} rows[] = {
		{"{code:310,delay:200}", "answered", 0, 200},
		{"{code:310,duplicate:true}", "answered", 0, 0},
		{"{code:310,slice:10}", "answered", 0, 0},
		{"{code:310,corrupt:'header'}", "answered", 0, 0},
		{"{code:310,opaque:1000}", "answered", 0, 0},
		{"{code:310,truncate:20}", "answered", 0, 0},
		{"{code:310,reorder:true}", "answered", 0, 100},
		{"{code:310,reply:2,delay:50}", "answered", 2, 50},
		{"{code:310,reply:2,stage:'response'}", "answered", 2, 0},
		{"{code:310,drop:true}", "dropped", -1, 0},
		{"{code:310,drop:true,stage:'response'}", "dropped", -1, 0},
		{"{code:310,close:'fin',stage:'response'}", "dropped", -1, 0},
	};

	begin();
	for (size_t i = 0; i < RMQI_COUNT(rows); i++) {
		uint64_t id = add_fault(rows[i].json);

		send_under(id, rows[i].end, rows[i].code, rows[i].after_ms);
		ck_assert_int_eq(rmq_mock_fault_remove(rig->cluster, id, NULL),
				 RMQ_OK);
		ck_assert_int_eq(rmq_mock_cluster_clear_requests(rig->cluster, NULL), RMQ_OK);
	}
	end();
}
END_TEST

/* --- Limits ------------------------------------------------------------------------------------ */

START_TEST(record__lets_the_oldest_leave)
{
	rmq_mock_requests *l;

	begin_with(5, 1 << 20);
	ck_assert_int_eq(peer_create_topic(peer, "T", 1), 0);
	for (int i = 0; i < 200; i++)
		ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	l = list(NULL);
	ck_assert_uint_eq(rmq_mock_requests_count(l), 5);
	ck_assert_uint_ge(rmq_mock_requests_left(l), 196);
	ck_assert_uint_eq(rmq_mock_requests_left(l) + 5,
			  rmq_mock_request_number(rmq_mock_requests_at(l, 4)));
	rmq_mock_requests_free(l);
	end();
}
END_TEST

START_TEST(record__keeps_to_its_memory)
{
	enum { BYTES = 20000 };
	size_t kept;

	begin_with(1000000, BYTES);
	ck_assert_int_eq(peer_create_topic(peer, "T", 1), 0);
	for (int i = 0; i < 500; i++)
		ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	kept = count(NULL);
	ck_assert_uint_ge(kept, 5);
	ck_assert_uint_le(kept, 100);
	ck_assert_uint_le(rig->cluster->record->bytes, BYTES + 2000); /* and the last answer */
	end();
}
END_TEST

/* The n-th allocation from a request on fails, its connection being there: whatever that is, the record stays
 * sound. */
START_TEST(record__goes_on_without_memory)
{
	const struct rmqi_outgoing request = {.code = 4711};

	begin();
	for (uint64_t n = 1; n < 20; n++) {
		ck_assert_int_eq(peer_ask(peer, rig->broker, 4712, NULL, NULL, ""), 3);
		rmqi_mem_fail_after(n, 0);
		(void)!rmqi_rpc_oneway(peer->rpc, rig->broker, &request);
		rig_advance(rig, 1);
		rmqi_mem_fail_after(0, 0);
	}
	ck_assert_uint_gt(rig->cluster->record->left, 0);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	ck_assert_uint_eq(count(SENDS), 1);
	end();
}
END_TEST

START_TEST(record__list_outlives_the_cluster)
{
	rmq_mock_requests *l;

	begin();
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	l = list(SENDS);
	ck_assert_int_eq(rmq_mock_cluster_clear_requests(rig->cluster, NULL), RMQ_OK);
	ck_assert_uint_eq(count(NULL), 0);
	end();
	ck_assert_str_eq(rmq_mock_request_field(only(l), "topic"), "T");
	rmq_mock_requests_free(l);
}
END_TEST

/* --- Waiting ------------------------------------------------------------------------------------- */

START_TEST(wait__runs_virtual_time_until_they_came)
{
	struct held held;
	rmq_error_detail *d = NULL;
	int64_t from;

	begin();
	peer_hold(peer, &held, "G", "T", 0, 0, 15000, "*");
	from = rig_now(rig);
	ck_assert_int_eq(
		rmq_mock_cluster_wait_requests(rig->cluster, "code=PULL_MESSAGE", 1, 60000, NULL),
		RMQ_OK);
	ck_assert_int_eq(rig_now(rig), from);
	/* Brokers register every 30 s. */
	ck_assert_int_eq(rmq_mock_cluster_wait_requests(rig->cluster, "code=REGISTER_BROKER", 2,
							120000, NULL),
			 RMQ_OK);
	ck_assert_int_ge(rig_now(rig), from + 30000);
	ck_assert_int_le(rig_now(rig), from + 90000);
	from = rig_now(rig);
	ck_assert_int_eq(rmq_mock_cluster_wait_requests(rig->cluster, SENDS, 2, 5000, &d),
			 RMQ_ERR_TIMEOUT);
	ck_assert_str_eq(rmq_error_detail_message(d),
			 "0 of 2 requests \"" SENDS "\" came within 5000 ms");
	ck_assert_int_eq(rig_now(rig), from + 5000);
	rmq_error_detail_free(d);
	end();
}
END_TEST

START_TEST(wait__for_quiet)
{
	struct held held;
	int64_t from;

	begin();
	peer_hold(peer, &held, "G", "T", 0, 0, 15000, "*");
	from = rig_now(rig);
	ck_assert_int_eq(rmq_mock_cluster_wait_quiet(rig->cluster, "code=PULL_MESSAGE", 10000,
						     60000, NULL),
			 RMQ_OK);
	ck_assert_int_eq(rig_now(rig), from + 10000);
	/* Heart-beats of brokers come every second. */
	ck_assert_int_eq(rmq_mock_cluster_wait_quiet(rig->cluster, NULL, 40000, 100000, NULL),
			 RMQ_ERR_TIMEOUT);
	ck_assert_int_eq(rig_now(rig), from + 110000);
	end();
}
END_TEST

static rmq_mock_cluster *tcp_cluster(void)
{
	rmq_mock_options *o = rmq_mock_options_new();
	rmq_mock_cluster *c = NULL;

	ck_assert_int_eq(rmq_mock_options_set(o, "record", "100", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_mock_cluster_new(o, &c, NULL), RMQ_OK);
	rmq_mock_options_free(o);
	ck_assert_int_eq(rmq_mock_cluster_clear_requests(c, NULL), RMQ_OK);
	return c;
}

static int connect_to(const char *address)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				 .sin_port = htons((uint16_t)atoi(strchr(address, ':') + 1))};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* Over TCP, while another thread of the cluster receives it. */
START_TEST(wait__is_woken_by_what_is_no_request)
{
	static const char bytes[] = "GET / HTTP/1.1\r\n\r\n";
	rmq_mock_cluster *c = tcp_cluster();
	rmq_mock_requests *l = NULL;
	int fd = connect_to(rmq_mock_cluster_broker_address(c, BROKER));
	const rmq_mock_request *r;

	ck_assert_int_eq(write(fd, bytes, sizeof(bytes) - 1), (ssize_t)sizeof(bytes) - 1);
	ck_assert_int_eq(rmq_mock_cluster_wait_requests(c, "code=-1", 1, 60000, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_mock_cluster_requests(c, "code=-1", &l, NULL), RMQ_OK);
	r = only(l);
	ck_assert_str_eq(rmq_mock_request_kind(r), "unreadable");
	ck_assert_int_eq(rmq_mock_request_code(r), -1);
	ck_assert_str_eq(rmq_mock_request_name(r), "");
	ck_assert_ptr_nonnull(
		strstr(rmq_mock_request_problem(r), "sent what is not a RocketMQ frame"));
	rmq_mock_requests_free(l);
	close(fd);
	rmq_mock_cluster_free(c);
}
END_TEST

START_TEST(wait__over_tcp_ends_in_time)
{
	rmq_mock_cluster *c = tcp_cluster();

	ck_assert_int_eq(rmq_mock_cluster_wait_requests(c, SENDS, 1, 10, NULL), RMQ_ERR_TIMEOUT);
	ck_assert_int_eq(rmq_mock_cluster_wait_quiet(c, SENDS, 5, 60000, NULL), RMQ_OK);
	rmq_mock_cluster_free(c);
}
END_TEST

/* --- Sequences ------------------------------------------------------------------------------------ */

static void expect(const char *text)
{
	rmq_error_detail *d = NULL;
	enum rmq_error err = rmq_mock_cluster_expect_sequence(rig->cluster, NULL, text, &d);

	ck_assert_msg(err == RMQ_OK, "%s: %s", text, rmq_error_detail_message(d));
}

static void expect_not(const char *text, enum rmq_error error, const char *why)
{
	rmq_error_detail *d = NULL;

	ck_assert_int_eq(rmq_mock_cluster_expect_sequence(rig->cluster, NULL, text, &d), error);
	ck_assert_msg(strstr(rmq_error_detail_message(d), why) != NULL, "%s: %s", text,
		      rmq_error_detail_message(d));
	rmq_error_detail_free(d);
}

START_TEST(sequence__fits_or_says_where_not)
{
	begin();
	ck_assert_int_eq(peer_producer_beat(peer, "me", "P"), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 0, 0), 0);
	ck_assert_int_eq(peer_route(peer, "T"), 0);
	expect("HEART_BEAT SEND_MESSAGE_V2+ PULL_MESSAGE");
	expect("SEND_MESSAGE_V2 SEND_MESSAGE_V2 SEND_MESSAGE_V2");
	expect("  310* 310 310 310@broker-a  PULL_MESSAGE?\n11 GET_ROUTEINFO_BY_TOPIC@namesrv-0 ");
	expect("SEND_MESSAGE_V2+ SEND_MESSAGE_V2+ POP_MESSAGE? POP_MESSAGE*");
	expect_not("SEND_MESSAGE_V2 SEND_MESSAGE_V2 PULL_MESSAGE", RMQ_ERR_NOT_FOUND,
		   "request 3 of those is SEND_MESSAGE_V2@broker-a (number ");
	expect_not("SEND_MESSAGE_V2 SEND_MESSAGE_V2 PULL_MESSAGE", RMQ_ERR_NOT_FOUND,
		   "expected PULL_MESSAGE; before it came SEND_MESSAGE_V2@broker-a "
		   "SEND_MESSAGE_V2@broker-a");
	expect_not("HEART_BEAT SEND_MESSAGE_V2* UNREGISTER_CLIENT", RMQ_ERR_NOT_FOUND,
		   "the record ends after 4 of those, expected SEND_MESSAGE_V2 or "
		   "UNREGISTER_CLIENT");
	expect_not("SEND_MESSAGE_V2+ PULL_MESSAGE@broker-b", RMQ_ERR_NOT_FOUND,
		   "is PULL_MESSAGE@broker-a");
	end();
}
END_TEST

START_TEST(sequence__refuses_what_it_cannot_read)
{
	char longer[4096] = "";

	begin();
	expect_not("", RMQ_ERR_CONFIG, "empty");
	expect_not(" \t", RMQ_ERR_CONFIG, "empty");
	expect_not("SEND_MESAGE_V2", RMQ_ERR_CONFIG, "SEND_MESSAGE_V2");
	expect_not("+", RMQ_ERR_CONFIG, "\"\" in a sequence");
	expect_not("@broker-a", RMQ_ERR_CONFIG, "NAME[@NODE]");
	expect_not("310@", RMQ_ERR_CONFIG, "NAME[@NODE]");
	expect_not("310@namesrv-x", RMQ_ERR_CONFIG, "namesrv");
	for (int i = 0; i < 63; i++)
		strcat(longer, "310 ");
	expect_not(longer, RMQ_ERR_NOT_FOUND, "ends after 0");
	strcat(longer, "310");
	expect_not(longer, RMQ_ERR_CONFIG, "at most 63 steps");
	end();
}
END_TEST

/* --- Lines ----------------------------------------------------------------------------------------- */

static char *lines;
static size_t lines_len;

static void keep_line(const char *line, size_t len, void *arg)
{
	ck_assert_uint_eq(strlen(line), len);
	ck_assert_ptr_null(strchr(line, '\n'));
	lines = realloc(lines, lines_len + len + 2);
	memcpy(lines + lines_len, line, len);
	lines_len += len;
	lines[lines_len++] = '\n';
	lines[lines_len] = '\0';
	++*(int *)arg;
}

static int dump(const char *filter, enum rmq_mock_format format)
{
	int n = 0;

	free(lines);
	lines = NULL;
	lines_len = 0;
	ck_assert_int_eq(rmq_mock_cluster_dump_requests(rig->cluster, filter, format, keep_line,
							&n, NULL),
			 RMQ_OK);
	return n;
}

START_TEST(dump__is_json_line_by_line)
{
	struct rmqi_json *root = NULL;
	const struct rmqi_json *fields;

	begin();
	ck_assert_int_eq(peer_send(peer, "T", 0, "\"quoted\"\nlines", NULL), 0);
	ck_assert_int_eq(peer_send(peer, "T", 0, "\xff\xfe", NULL), 0);
	ck_assert_int_eq(dump(SENDS, RMQ_MOCK_JSON_LINES), 2);
	ck_assert_ptr_nonnull(strstr(lines, "\"bodyBase64\":\"//4=\""));
	ck_assert_int_eq(rmqi_json_parse(rmqi_cursor(lines, strcspn(lines, "\n")), &root), RMQ_OK);
	ck_assert_str_eq(rmqi_json_str(root, "node", NULL), "broker-a");
	ck_assert_str_eq(rmqi_json_str(root, "body", NULL), "\"quoted\""); /* 8 bytes are kept */
	ck_assert_int_eq(rmqi_json_i64(root, "bodyLength", -1), 14);
	ck_assert_int_eq(rmqi_json_i64(root, "responseCode", -1), 0);
	ck_assert_str_eq(rmqi_json_str(root, "end", NULL), "answered");
	fields = rmqi_json_get(root, "fields");
	ck_assert_str_eq(rmqi_json_str(fields, "topic", NULL), "T");
	fields = rmqi_json_get(root, "responseFields");
	ck_assert_str_eq(rmqi_json_str(fields, "queueOffset", NULL), "0");
	rmqi_json_free(root);
	end();
}
END_TEST

START_TEST(dump__is_text_for_people)
{
	begin();
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", "K=\x1f"), 0);
	ck_assert_int_eq(dump(SENDS, RMQ_MOCK_TEXT), 1);
	ck_assert_ptr_nonnull(strstr(lines, " broker-a from "));
	ck_assert_ptr_nonnull(strstr(lines, " topic=T "));
	ck_assert_ptr_nonnull(strstr(lines, " -> SUCCESS in "));
	ck_assert_ptr_nonnull(strstr(lines, " queueOffset=0"));
	end();
}
END_TEST

START_TEST(dump__goes_to_a_file)
{
	char got[64] = "";
	FILE *f = tmpfile();

	ck_assert_ptr_nonnull(f);
	rmq_mock_line_to_file("a line", 6, f);
	rmq_mock_line_to_file(NULL, 6, f);
	rewind(f);
	ck_assert_uint_eq(fread(got, 1, sizeof(got) - 1, f), 7);
	ck_assert_str_eq(got, "a line\n");
	fclose(f);
}
END_TEST

/* --- Mistakes -------------------------------------------------------------------------------------- */

START_TEST(record__says_what_is_wrong)
{
	rmq_mock_requests *l = NULL;
	rmq_error_detail *d = NULL;

	begin();
	ck_assert_int_eq(rmq_mock_cluster_requests(rig->cluster, "topc=T", &l, &d),
			 RMQ_ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "\"topic\""));
	ck_assert_ptr_null(l);
	rmq_error_detail_free(d);
	end();

	rig = rig_new(NULL);
	ck_assert_int_eq(rmq_mock_cluster_requests(rig->cluster, NULL, &l, &d), RMQ_ERR_STATE);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "option \"record\""));
	rmq_error_detail_free(d);
	rig_free(rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		record__keeps_request_and_answer,
		record__tells_codes_that_nobody_knows,
		record__follows_a_held_pull,
		record__tells_what_a_closed_connection_lost,
		record__has_what_nobody_waits_for,
		record__has_what_a_broker_asks,
		record__names_the_rule_that_took_a_request,
		record__tells_an_answer_that_a_fault_shapes,
		record__lets_the_oldest_leave,
		record__keeps_to_its_memory,
		record__goes_on_without_memory,
		record__list_outlives_the_cluster,
		wait__runs_virtual_time_until_they_came,
		wait__for_quiet,
		wait__is_woken_by_what_is_no_request,
		wait__over_tcp_ends_in_time,
		sequence__fits_or_says_where_not,
		sequence__refuses_what_it_cannot_read,
		dump__is_json_line_by_line,
		dump__is_text_for_people,
		dump__goes_to_a_file,
		record__says_what_is_wrong,
	};

	return run_suite("record", tests, RMQI_COUNT(tests));
}
