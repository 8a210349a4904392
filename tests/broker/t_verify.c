/* SPDX-License-Identifier: Apache-2.0 */
/* t_verify.c - the record against what the cluster has: each kind of violation is planted, and found. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <rocketmq/mock_broker.h>
#include <rocketmq/mock_disk.h>
#include <rocketmq/mock_fault.h>
#include <rocketmq/mock_record.h>

#include "base/mem.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/cluster_state.h"
#include "tests/broker/rig.h"

static struct rig *rig;
static struct peer *peer;

static void begin(void)
{
	struct mb_cluster_options o;

	rig_options(&o);
	o.record = 1000;
	o.record_bytes = 1 << 20;
	o.record_body = 8; /* bodies of locks are kept whole in spite of it */
	rig = rig_new_with(&o);
	peer = peer_new(rig);
	ck_assert_int_eq(peer_create_topic(peer, "T", 2), 0);
	ck_assert_int_eq(peer_consumer_beat(peer, "c1", "G", "T", "*", 1), 0);
}

static void end(void)
{
	peer_free(peer);
	rig_free(rig);
}

static struct mb_broker *broker(void)
{
	return rig->cluster->brokers[0].broker;
}

static void expect_clean(void)
{
	rmq_error_detail *d = NULL;
	enum rmq_error err = rmq_mock_cluster_verify(rig->cluster, &d);

	ck_assert_msg(err == RMQ_OK, "%s", rmq_error_detail_message(d));
	ck_assert_ptr_null(d);
}

/* So many, and the detail has this text. */
static void expect(int count, const char *text)
{
	rmq_error_detail *d = NULL;
	char start[32];
	const char *said;

	snprintf(start, sizeof(start), "%d violation%s: ", count, count == 1 ? "" : "s");
	ck_assert_int_eq(rmq_mock_cluster_verify(rig->cluster, &d), RMQ_ERR_CORRUPT);
	said = rmq_error_detail_message(d);
	ck_assert_msg(strstr(said, start) != NULL, "%s", said);
	ck_assert_msg(strstr(said, text) != NULL, "%s", said);
	rmq_error_detail_free(d);
}

static void fault(const char *json)
{
	rmq_mock_fault *f = NULL;
	uint64_t id = 0;

	ck_assert_int_eq(rmq_mock_fault_parse(json, &f, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_mock_cluster_add_fault(rig->cluster, f, &id, NULL), RMQ_OK);
	rmq_mock_fault_free(f);
}

/* The number of the last request of this code. */
static uint64_t last(const char *filter)
{
	rmq_mock_requests *l = NULL;
	uint64_t number;

	ck_assert_int_eq(rmq_mock_cluster_requests(rig->cluster, filter, &l, NULL), RMQ_OK);
	ck_assert_uint_gt(rmq_mock_requests_count(l), 0);
	number = rmq_mock_request_number(
		rmq_mock_requests_at(l, rmq_mock_requests_count(l) - 1));
	rmq_mock_requests_free(l);
	return number;
}

static void put(const char *properties)
{
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", properties), 0);
}

static void delete_topic(void)
{
	struct rmqi_h_delete_topic h = {.topic = RMQI_STR("T")};

	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_DELETE_TOPIC_IN_BROKER,
				  &rmqi_desc_delete_topic, &h, NULL),
			 0);
}

/* --- Nothing to find ------------------------------------------------------------------------------ */

static void make_half(struct rmqi_h_send_message *h)
{
	h->bornTimestamp = rig_now(rig);
	h->sysFlag = RMQI_SYS_PREPARED;
}

START_TEST(verify__finds_nothing_in_good_order)
{
	struct held held;

	begin();
	expect_clean();
	put(NULL);
	put("DELAY=1,KEYS=k");
	ck_assert_int_eq(peer_send_with(peer, "T", 0, "h", "UNIQ_KEY=A,TRAN_MSG=true,PGROUP=P",
					make_half),
			 0);
	ck_assert_int_eq(peer_send(peer, "unknown topic!", 0, "x", NULL) != 0, 1);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 0), 0);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 1), 0);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 1, 0), 0);
	peer_hold(peer, &held, "G", "T", 0, 1, 5000, "*");
	rig_advance(rig, 10000);
	expect_clean();
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, false, NULL), RMQ_OK);
	expect_clean();
	ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, NULL), RMQ_OK);
	expect_clean();
	end();
}
END_TEST

START_TEST(verify__knows_of_topics_that_were_deleted)
{
	begin();
	put(NULL);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 1), 0);
	delete_topic();
	expect_clean();
	ck_assert_int_eq(peer_create_topic(peer, "T", 2), 0);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 0), 0);
	expect_clean();
	end();
}
END_TEST

START_TEST(verify__needs_a_record_and_memory)
{
	rmq_error_detail *d = NULL;
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	begin();
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 0), 0);
	for (uint64_t i = 1; err != RMQ_OK; i++) {
		ck_assert_uint_lt(i, 100);
		rmqi_mem_fail_after(i, 0);
		err = rmq_mock_cluster_verify(rig->cluster, NULL);
		rmqi_mem_fail_after(0, 0);
		ck_assert(err == RMQ_OK || err == RMQ_ERR_NO_MEMORY);
	}
	end();
	rig = rig_new(NULL);
	ck_assert_int_eq(rmq_mock_cluster_verify(rig->cluster, &d), RMQ_ERR_STATE);
	rmq_error_detail_free(d);
	rig_free(rig);
}
END_TEST

/* --- Sends --------------------------------------------------------------------------------------- */

START_TEST(sends__acknowledged_by_a_fault_are_missing)
{
	char text[128];

	begin();
	fault("{\"code\":\"SEND_MESSAGE_V2\",\"stage\":\"receive\",\"reply\":\"SUCCESS\"}");
	put(NULL);
	snprintf(text, sizeof(text), "request %" PRIu64 ": a message of T was acknowledged by " BROKER,
		 last("code=SEND_MESSAGE_V2"));
	expect(1, text);
	end();
}
END_TEST

START_TEST(sends__whose_queue_is_lost_are_missing)
{
	char text[128];

	begin();
	put(NULL);
	ck_assert_int_eq(mb_store_delete_topic(broker()->store, RMQI_STR("T")), RMQ_OK);
	snprintf(text, sizeof(text), "request %" PRIu64 ": message 0 of T was acknowledged",
		 last("code=SEND_MESSAGE_V2"));
	expect(1, text);
	expect(1, "its queue does not lead to it");
	end();
}
END_TEST

/* A flush in the background comes too late. */
START_TEST(sends__that_a_power_failure_took_are_missing)
{
	begin();
	put("UNIQ_KEY=ID1");
	ck_assert_int_eq(rmq_mock_broker_crash_power(rig->cluster, BROKER, NULL), RMQ_OK);
	expect_clean(); /* nobody can look */
	ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, NULL), RMQ_OK);
	expect(1, "message 0 of T was acknowledged by " BROKER " and is not stored");
	put("UNIQ_KEY=ID2");
	expect(1, "another one is stored in its place");
	end();
}
END_TEST

/* --- Offsets --------------------------------------------------------------------------------------- */

START_TEST(offsets__that_step_back_are_found)
{
	char text[128];
	uint64_t first;

	begin();
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 5), 0);
	first = last("code=UPDATE_CONSUMER_OFFSET");
	ck_assert_int_eq(peer_commit(peer, "G", "T", 1, 2), 0);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 3), 0);
	snprintf(text, sizeof(text),
		 "group G steps back in T, queue 0 of " BROKER ": from 5 (request %" PRIu64
		 ") to 3 (request %" PRIu64 ")",
		 first, last("code=UPDATE_CONSUMER_OFFSET"));
	expect(1, text);
	end();
}
END_TEST

START_TEST(offsets__of_pulls_that_commit_count)
{
	struct rmqi_h_pull_message h;

	begin();
	put(NULL);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 1), 0);
	peer_pull_header(&h, "G", "T", 0, 0);
	h.sysFlag |= 1;
	h.commitOffset = 0;
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_PULL_MESSAGE,
				  &rmqi_desc_pull_message, &h, NULL),
			 0);
	expect(1, "from 1 (request ");
	end();
}
END_TEST

START_TEST(offsets__that_the_broker_forgets_are_found)
{
	char text[128];

	begin();
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 5), 0);
	mb_offsets_find(&broker()->offsets, RMQI_STR("T"), RMQI_STR("G"), 0)->committed = 4;
	snprintf(text, sizeof(text),
		 "group G has committed 5 in T, queue 0 of " BROKER " (request %" PRIu64
		 "), and the broker has 4",
		 last("code=UPDATE_CONSUMER_OFFSET"));
	expect(1, text);
	mb_offsets_remove_group(&broker()->offsets, RMQI_STR("G"));
	expect(1, "and the broker has -1");
	end();
}
END_TEST

/* A reset excuses one step in each queue, and no other group. */
START_TEST(offsets__may_be_reset)
{
	struct rmqi_h_reset_offset h = {.group = RMQI_STR("G"), .topic = RMQI_STR("T"), .isForce = true};

	begin();
	for (int i = 0; i < 3; i++)
		put(NULL);
	ck_assert_int_eq(peer_consumer_beat(peer, "c1", "H", "T", "*", 1), 0);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 3), 0);
	ck_assert_int_eq(peer_commit(peer, "H", "T", 0, 3), 0);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_INVOKE_BROKER_TO_RESET_OFFSET,
				  &rmqi_desc_reset_offset, &h, NULL),
			 0);
	expect_clean();
	mb_offsets_find(&broker()->offsets, RMQI_STR("T"), RMQI_STR("G"), 0)->reset = MB_NO_OFFSET;
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 1), 0);
	expect_clean();
	ck_assert_int_eq(peer_commit(peer, "H", "T", 0, 1), 0);
	expect(1, "group H steps back");
	end();
}
END_TEST

/* Of the functions of the cluster no request is left, when nobody is to be told. */
START_TEST(offsets__may_be_reset_without_a_request)
{
	begin();
	put(NULL);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 1), 0);
	ck_assert_int_eq(peer_unregister(peer, "c1", "G"), 0);
	ck_assert_int_eq(rmq_mock_group_reset_offset(rig->cluster, "T", "G", 0, NULL), RMQ_OK);
	ck_assert_int_eq(peer_committed(peer, "G", "T", 0), 0);
	expect_clean();
	end();
}
END_TEST

/* --- Locks --------------------------------------------------------------------------------------- */

static void lock(int32_t code, const char *client)
{
	char body[512];

	snprintf(body, sizeof(body),
		 "{\"clientId\":\"%s\",\"consumerGroup\":\"G\",\"mqSet\":[{\"brokerName\":\"" BROKER
		 "\",\"queueId\":0,\"topic\":\"T\"}],\"onlyThisBroker\":false}",
		 client);
	ck_assert_int_eq(peer_ask(peer, rig->broker, code, NULL, NULL, body), 0);
}

START_TEST(locks__go_from_hand_to_hand)
{
	begin();
	lock(RMQI_REQ_LOCK_BATCH_MQ, "c1");
	lock(RMQI_REQ_LOCK_BATCH_MQ, "c2"); /* refused */
	lock(RMQI_REQ_UNLOCK_BATCH_MQ, "c1");
	lock(RMQI_REQ_LOCK_BATCH_MQ, "c2");
	rig_advance(rig, 30000);
	lock(RMQI_REQ_LOCK_BATCH_MQ, "c2");
	rig_advance(rig, 61000);
	lock(RMQI_REQ_LOCK_BATCH_MQ, "c1");
	expect_clean();
	end();
}
END_TEST

START_TEST(locks__of_two_owners_are_found)
{
	char topic[] = "T", name[] = BROKER;
	const struct rmqi_queue q = {.topic = topic, .broker_name = name};
	char text[160];
	uint64_t first;

	begin();
	lock(RMQI_REQ_LOCK_BATCH_MQ, "c1");
	first = last("code=LOCK_BATCH_MQ");
	mb_lock_release(&broker()->locks, RMQI_STR("G"), &q, RMQI_STR("c1"));
	lock(RMQI_REQ_LOCK_BATCH_MQ, "c2");
	snprintf(text, sizeof(text),
		 "T, queue 0 of " BROKER " is locked for group G by c1 (request %" PRIu64
		 ") and by c2 (request %" PRIu64 ")",
		 first, last("code=LOCK_BATCH_MQ"));
	expect(1, text);
	end();
}
END_TEST

/* --- Answers ------------------------------------------------------------------------------------- */

START_TEST(answers__that_come_twice_are_found)
{
	char text[64];

	begin();
	fault("{\"code\":\"UPDATE_CONSUMER_OFFSET\",\"stage\":\"response\",\"duplicate\":true,\"count\":1}");
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 1), 0);
	snprintf(text, sizeof(text), "request %" PRIu64 " was answered 2 times",
		 last("code=UPDATE_CONSUMER_OFFSET"));
	expect(1, text);
	end();
}
END_TEST

START_TEST(answers__of_another_opaque_are_found)
{
	struct held held;

	begin();
	fault("{\"code\":\"PULL_MESSAGE\",\"stage\":\"response\",\"opaque\":1000,\"count\":1}");
	peer_hold(peer, &held, "G", "T", 0, 0, 1000, "*");
	rig_advance(rig, 3000);
	expect(1, " was answered under opaque ");
	peer_die(peer);
	end();
}
END_TEST

/* Entered as a client would be that counts wrong. */
START_TEST(answers__to_one_opaque_are_not_awaited_twice)
{
	const struct mb_client_group *g;
	struct rmqi_conn *conn = NULL;
	struct mb_seen seen = {.node = RMQI_STR(BROKER), .namesrv = -1, .opaque = 77,
			       .code = RMQI_REQ_GET_MAX_OFFSET};
	uint64_t numbers[2];
	char text[64];

	begin();
	g = mb_consumers_find(broker(), RMQI_STR("G"));
	RMQI_LIST_EACH(node, &g->channels)
	conn = RMQI_LIST_ITEM(node, struct mb_channel, of_group)->peer->conn;
	for (int i = 0; i < 2; i++)
		numbers[i] = mb_record_enter(rig->cluster->record, conn, &seen, RMQI_STR(""));
	snprintf(text, sizeof(text), "requests %" PRIu64 " and %" PRIu64 " of connection", numbers[0],
		 numbers[1]);
	expect(1, text);
	end();
}
END_TEST

/* Of many the first are told, and how many there are. */
START_TEST(verify__tells_of_no_more_than_it_says)
{
	begin();
	for (int i = 50; i > 0; i--)
		ck_assert_int_eq(peer_commit(peer, "G", "T", 0, i), 0);
	expect(49, "; ...");
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		verify__finds_nothing_in_good_order,
		verify__knows_of_topics_that_were_deleted,
		verify__needs_a_record_and_memory,
		verify__tells_of_no_more_than_it_says,
		sends__acknowledged_by_a_fault_are_missing,
		sends__whose_queue_is_lost_are_missing,
		sends__that_a_power_failure_took_are_missing,
		offsets__that_step_back_are_found,
		offsets__of_pulls_that_commit_count,
		offsets__that_the_broker_forgets_are_found,
		offsets__may_be_reset,
		offsets__may_be_reset_without_a_request,
		locks__go_from_hand_to_hand,
		locks__of_two_owners_are_found,
		answers__that_come_twice_are_found,
		answers__of_another_opaque_are_found,
		answers__to_one_opaque_are_not_awaited_twice,
	};

	return run_suite("verify", tests, RMQI_COUNT(tests));
}
