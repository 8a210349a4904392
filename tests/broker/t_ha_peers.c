/* SPDX-License-Identifier: Apache-2.0 */
/* t_ha_peers.c - peers on the port of the replication that lie, stammer or are silent. */
#include <stdlib.h>
#include <string.h>

#include "base/rand.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/cluster_state.h"
#include "net/inproc.h"
#include "tests/broker/ha_peer.h"
#include "tests/broker/ha_stage.h"

/* --- Liars ------------------------------------------------------------------------------------ */

/* A send waits; nobody who lies may end its wait. */
static void expect_late(struct held *held)
{
	rig_advance(rig, 2000);
	ck_assert(held->is_done);
	ck_assert_int_eq(held->code, RMQI_RESP_FLUSH_SLAVE_TIMEOUT);
}

static void sent(struct rmqi_call *call, enum rmq_error error, const struct rmqi_command *response)
{
	struct held *held = RMQI_CONTAINER(call, struct held, call);

	held->is_done = true;
	held->error = error;
	held->code = error == RMQ_OK ? response->code : -1;
}

static void send_and_wait(struct held *held)
{
	struct rmqi_h_send_message h = {
		.producerGroup = RMQI_STR("P"),
		.topic = RMQI_STR("T"),
		.defaultTopic = RMQI_STR("TBW102"),
		.defaultTopicQueueNums = 4,
	};
	struct rmqi_cursor body = rmqi_cursor("body", 4);
	const struct rmqi_outgoing request = {.code = RMQI_REQ_SEND_MESSAGE_V2,
					      .desc = &rmqi_desc_send_message_v2,
					      .header = &h,
					      .body = &body,
					      .body_count = 1};

	*held = (struct held){.call = {.fn = sent}, .peer = peer};
	rmqi_rpc_call_async(peer->rpc, rig->broker, &request,
			    rmqi_clock_deadline(rig->env->clock, 10000), &held->call);
	rig_advance(rig, 1);
	ck_assert(!held->is_done);
}

/* The slaves of the cluster are stopped: the only one is the test. */
static void begin_alone(void)
{
	ha_begin(1, HA_SYNC "haListenPort=0\n");
	ha_ask_address();
	ha_send_many("T", 0, 10);
	rig_advance(rig, 100);
	ha_stop(HA_SLAVE, false);
}

static int64_t log_end(void)
{
	const char *at;

	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_BROKER_HA_STATUS, NULL, NULL,
				  NULL),
			 0);
	at = strstr(peer_body(peer), "\"masterCommitLogMaxOffset\":");

	ck_assert_ptr_nonnull(at);
	return strtoll(strchr(at, ':') + 1, NULL, 10);
}

START_TEST(ha__first_report_that_cannot_be_is_refused)
{
	const int64_t lies[] = {-1, INT64_MIN, INT64_MAX, 0};
	struct held held;
	struct ha_peer *h;

	begin_alone();
	send_and_wait(&held);
	for (size_t i = 0; i < RMQI_COUNT(lies); i++) {
		int64_t lie = lies[i] != 0 ? lies[i] : log_end() + 1;

		h = ha_peer_connect(peer, ha_address);
		ha_peer_report(h, lie);
		ck_assert_msg(h->is_over, "%lld is believed", (long long)lie);
		ck_assert_uint_eq(h->len, 0);
		ha_peer_free(h);
	}
	/* That it has all is no acknowledgement of what was not sent to it. */
	h = ha_peer_connect(peer, ha_address);
	ha_peer_report(h, log_end());
	ck_assert(!h->is_over);
	expect_late(&held);
	ha_peer_free(h);

	ha_end();
}
END_TEST

START_TEST(ha__later_report_that_cannot_be_is_refused)
{
	const int64_t by[] = {1, INT32_MAX, INT64_MIN / 2, -1};

	begin_alone();
	for (size_t i = 0; i < RMQI_COUNT(by); i++) {
		struct ha_peer *h = ha_peer_connect(peer, ha_address);
		struct held held;
		int64_t at = log_end();

		ha_peer_report(h, at);
		ha_peer_report(h, at);
		ck_assert(!h->is_over);
		send_and_wait(&held);
		/* Beyond what was sent, or back. */
		ha_peer_report(h, (by[i] > 0 ? log_end() : at) + by[i]);
		ck_assert_msg(h->is_over, "%zu is believed", i);
		expect_late(&held);
		ha_peer_free(h);
	}

	ha_end();
}
END_TEST

/* A file of the log is deleted when all that is in it was sent, but for the one slave. */
static void take_away(void *arg)
{
	const char *name = arg;
	struct mb_ha_master *m = &mb_cluster_find_broker(rig->cluster, name, NULL)->broker->ha.master;

	ck_assert_uint_eq(m->slave_count, 1);
	RMQI_LIST_EACH(node, &m->slaves)
		RMQI_LIST_ITEM(node, struct mb_ha_link, link)->next = -1;
}

START_TEST(ha__slave_whose_next_bytes_are_gone_is_told)
{
	struct held held;
	struct ha_peer *h;

	begin_alone();
	h = ha_peer_connect(peer, ha_address);
	ha_peer_report(h, log_end());
	rmqi_loop_call(rig->cluster->loop, take_away, (void *)(uintptr_t)"broker-a");
	ck_assert(!h->is_over);
	send_and_wait(&held);
	ck_assert(h->is_over);
	expect_late(&held);
	ha_peer_free(h);

	ha_end();
}
END_TEST

START_TEST(ha__half_a_report_says_nothing)
{
	const uint8_t zeroes[7] = {0};
	struct held held;
	struct ha_peer *h;

	begin_alone();
	h = ha_peer_connect(peer, ha_address);
	ha_peer_send(h, zeroes, sizeof(zeroes));
	send_and_wait(&held);
	expect_late(&held);
	ck_assert_uint_eq(h->len, 0);
	/* And is not waited for. */
	ck_assert(!h->is_over);
	rig_advance(rig, 20000);
	ck_assert(h->is_over);
	ha_peer_free(h);

	ha_end();
}
END_TEST

START_TEST(ha__random_bytes_release_nothing)
{
	struct rmqi_rand rand;
	struct held held;

	begin_alone();
	rmqi_rand_init(&rand, (uint64_t)_i);
	for (int i = 0; i < 20; i++) {
		struct ha_peer *h = ha_peer_connect(peer, ha_address);
		uint8_t bytes[64];

		for (size_t k = 0; k < sizeof(bytes); k++)
			bytes[k] = (uint8_t)rmqi_rand_below(&rand, 256);
		send_and_wait(&held);
		ha_peer_send(h, bytes, 1 + (size_t)rmqi_rand_below(&rand, sizeof(bytes)));
		expect_late(&held);
		ha_peer_free(h);
	}
	ha_start(HA_SLAVE);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);

	ha_end();
}
END_TEST

START_TEST(ha__signs_of_life)
{
	struct ha_peer *h;

	begin_alone();
	h = ha_peer_connect(peer, ha_address);
	ha_peer_report(h, log_end());
	rig_advance(rig, 5100);
	ck_assert_uint_eq(h->len, 12);
	ck_assert_int_eq(h->bytes[11], 0);
	rig_advance(rig, 5000);
	ck_assert_uint_eq(h->len, 24);
	ha_peer_report(h, log_end());
	rig_advance(rig, 15000);
	ck_assert(!h->is_over);
	rig_advance(rig, 6000);
	ck_assert(h->is_over);
	ha_peer_free(h);

	ha_end();
}
END_TEST

/* --- One that reads slowly ----------------------------------------------------------------------- */

enum { SLOW_SENDS = 80, SLOW_BODY = 64 * 1024 };

static void send_large(int32_t expected)
{
	static char body[SLOW_BODY + 1];

	memset(body, 'x', SLOW_BODY);
	ck_assert_int_eq(peer_send(peer, "T", 0, body, NULL), expected);
}

/* Bytes that nobody has read: all that a slave that does not read costs. */
static uint64_t in_flight(void)
{
	return rmqi_inproc_in_flight(rig->env->inproc);
}

static struct ha_peer *begin_slow(const char *conf, int32_t expected)
{
	struct ha_peer *h;

	ha_begin(1, conf);
	ha_ask_address();
	send_large(expected);
	h = ha_peer_connect(peer, ha_address);
	ha_peer_report(h, log_end());
	return h;
}

START_TEST(ha__slow_slave_delays_nobody_and_costs_no_memory)
{
	struct ha_peer *h = begin_slow(HA_SYNC "haListenPort=0\n", 0);
	size_t came = 0, got;

	/* The other slave has it. */
	for (int i = 0; i < SLOW_SENDS; i++)
		send_large(0);
	ck_assert_uint_eq(h->len, HA_KEPT);
	ck_assert_uint_le(in_flight(), 1024 * 1024);
	ck_assert(!h->is_over);
	/* A piece now and then: all of it comes. */
	while ((got = ha_peer_read_on(h)) > 0)
		came += got;
	ck_assert_uint_gt(came, (size_t)SLOW_SENDS * SLOW_BODY);
	ha_peer_report(h, log_end());
	ck_assert(!h->is_over);

	ha_peer_free(h);
	ha_end();
}
END_TEST

START_TEST(ha__sends_that_need_a_slow_slave_time_out)
{
	struct ha_peer *h = begin_slow("brokerRole=SYNC_MASTER\ninSyncReplicas=3\nslaveTimeout=700\n"
				       "haListenPort=0\n",
				       RMQI_RESP_FLUSH_SLAVE_TIMEOUT);

	for (int i = 0; i < SLOW_SENDS / 2; i++)
		send_large(RMQI_RESP_FLUSH_SLAVE_TIMEOUT);
	ck_assert_uint_le(in_flight(), 1024 * 1024);
	/* It said nothing for haHousekeepingInterval: what is left comes, and then the end. */
	while (ha_peer_read_on(h) > 0)
		;
	ck_assert(h->is_over);
	ck_assert_uint_eq(in_flight(), 0);
	ha_peer_free(h);

	ha_end();
}
END_TEST

/* --- A master that lies ------------------------------------------------------------------------ */

static void begin_slave(struct ha_peer **master)
{
	ha_begin(1, HA_SMALL "haMasterAddress=0.0.0.1:20000\n");
	*master = ha_peer_listen(peer, 20000);
	rig_advance(rig, 6000);
	ck_assert_int_eq((*master)->arrivals, 1);
	ck_assert_int_eq(ha_peer_reported(*master), 0);
}

START_TEST(ha__frame_that_cannot_be_is_refused)
{
	static const struct {
		int64_t offset;
		int32_t size;
	} lies[] = {{0, -1}, {-1, 10}, {5, 10}, {0, INT32_MAX}, {INT64_MAX, 1}, {0, INT32_MIN}};
	struct ha_peer *master;

	begin_slave(&master);
	for (size_t i = 0; i < RMQI_COUNT(lies); i++) {
		ha_peer_frame(master, lies[i].offset, lies[i].size, NULL, 0);
		ck_assert_msg(master->is_over, "%zu is taken", i);
		rig_advance(rig, 6000);
		ck_assert_int_eq(master->arrivals, (int)i + 2);
		ck_assert_int_eq(ha_peer_reported(master), 0);
	}
	ha_peer_free(master);

	ha_end();
}
END_TEST

START_TEST(ha__bytes_that_are_no_record_end_it)
{
	uint8_t garbage[256];
	struct ha_peer *master;

	begin_slave(&master);
	memset(garbage, 0x5a, sizeof(garbage));
	garbage[0] = garbage[1] = 0;
	garbage[2] = 0;
	garbage[3] = 200;
	ha_peer_frame(master, 0, sizeof(garbage), garbage, sizeof(garbage));
	ck_assert(master->is_over);
	rig_advance(rig, 60000);
	ck_assert_int_eq(master->arrivals, 1);
	ha_peer_free(master);

	ha_end();
}
END_TEST

START_TEST(ha__silent_master_is_left)
{
	struct ha_peer *master;

	begin_slave(&master);
	rig_advance(rig, 15000);
	ck_assert(!master->is_over);
	rig_advance(rig, 11000);
	ck_assert_int_eq(master->arrivals, 2);
	ha_peer_free(master);

	ha_end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		ha__first_report_that_cannot_be_is_refused,
		ha__later_report_that_cannot_be_is_refused,
		ha__slave_whose_next_bytes_are_gone_is_told,
		ha__half_a_report_says_nothing,
		ha__signs_of_life,
		ha__slow_slave_delays_nobody_and_costs_no_memory,
		ha__sends_that_need_a_slow_slave_time_out,
		ha__frame_that_cannot_be_is_refused,
		ha__bytes_that_are_no_record_end_it,
		ha__silent_master_is_left,
	};
	struct suite s;

	suite_open(&s, "ha_peers");
	suite_add(&s, tests, RMQI_COUNT(tests));
	suite_add_loop(&s, ha__random_bytes_release_nothing, 2);
	return suite_run(&s);
}
