/* SPDX-License-Identifier: Apache-2.0 */
/* t_ha.c - a master and its slaves (doc/reference/ha.md). */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rand.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/cluster_state.h"
#include "mock-broker/temp_folder.h"
#include "tests/broker/ha_peer.h"

#define SLAVE "broker-a/1"
#define SMALL "mappedFileSizeCommitLog=16384\nmappedFileSizeConsumeQueue=400\nslaveReadEnable=true\n"
#define SYNC "brokerRole=SYNC_MASTER\ninSyncReplicas=2\nslaveTimeout=700\n"

static struct rig *rig;
static struct peer *peer; /* of the master */
static struct peer *reader;
static char *root;
static char ha[64];

static void begin_with(struct mb_cluster_options *o, int slaves, const char *conf)
{
	root = mb_temp_folder_new();
	ck_assert_ptr_nonnull(root);
	o->slaves = slaves;
	o->store = root;
	o->broker_conf = conf;
	rig = rig_new_with(o);
	peer = peer_new(rig);
	reader = peer_new(rig);
}

/* One master and so many slaves, whose stores are kept in `root`. */
static void begin(int slaves, const char *conf)
{
	struct mb_cluster_options o;

	rig_options(&o);
	o.log_level = RMQ_LOG_ERROR;
	begin_with(&o, slaves, conf);
}

/* 4.9 cannot be asked. */
static void ask_ha(void)
{
	const char *address;

	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_EXCHANGE_BROKER_HA_INFO, NULL, NULL,
				  NULL),
			 0);
	address = peer_ext(peer, "masterHaAddress");
	snprintf(ha, sizeof(ha), "%s", address ? address : "");
}

static void end(void)
{
	peer_free(peer);
	peer_free(reader);
	rig_free(rig);
	mb_temp_folder_remove(root);
	rmqi_free(root);
}

/* From here on the rig's peers speak to the slave, or to the master again. */
static void speak_to(const char *broker)
{
	snprintf(rig->broker, sizeof(rig->broker), "%s",
		 mb_cluster_broker_address(rig->cluster, broker));
}

static void stop(const char *broker, bool is_crash)
{
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, broker, is_crash, NULL), RMQ_OK);
}

static void start(const char *broker)
{
	ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, broker, NULL), RMQ_OK);
}

static void send_many(const char *topic, int from, int count)
{
	char body[400];

	for (int i = from; i < from + count; i++) {
		snprintf(body, sizeof(body), "%d%*s", i, 1 + i % 300, "x");
		ck_assert_int_eq(peer_send(peer, topic, i % 4, body, "TAGS=t,KEYS=k"), 0);
	}
}

static char *contents(const char *folder, const char *file, size_t *len)
{
	char path[1024];
	FILE *f;
	char *bytes;

	snprintf(path, sizeof(path), "%s/%s/commitlog/%s", root, folder, file);
	f = fopen(path, "rb");
	if (!f)
		return NULL;
	fseek(f, 0, SEEK_END);
	*len = (size_t)ftell(f);
	rewind(f);
	bytes = malloc(*len + 1);
	ck_assert_uint_eq(fread(bytes, 1, *len, f), *len);
	fclose(f);
	return bytes;
}

/* Every file of the master's log is the slave's, byte for byte. Returns how many. */
static int expect_same_log(const char *folder)
{
	char path[1024];
	int files = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/broker-a/commitlog", root);
	dir = opendir(path);
	ck_assert_ptr_nonnull(dir);
	for (struct dirent *e; (e = readdir(dir));) {
		size_t len = 0, slave_len = 0;
		char *ours, *slaves;

		if (e->d_name[0] == '.')
			continue;
		ours = contents("broker-a", e->d_name, &len);
		slaves = contents(folder, e->d_name, &slave_len);
		/* The next one is made ahead. */
		ck_assert_msg(slaves || ours[0] == 0, "%s is missing", e->d_name);
		ck_assert_msg(!slaves || (len == slave_len && memcmp(ours, slaves, len) == 0),
			      "%s differs", e->d_name);
		files += slaves != NULL;
		free(ours);
		free(slaves);
	}
	closedir(dir);
	return files;
}

static void expect_same_queues(const char *topic)
{
	for (int q = 0; q < 4; q++)
		ck_assert_int_eq(mb_cluster_max_offset(rig->cluster, SLAVE, topic, q),
				 mb_cluster_max_offset(rig->cluster, BROKER, topic, q));
}

/* --- The log ------------------------------------------------------------------------------- */

START_TEST(ha__slave_has_the_log_of_its_master)
{
	begin(1, SMALL);

	send_many("T", 0, 200);
	rig_advance(rig, 1000);

	ck_assert_int_gt(expect_same_log("broker-a-slave-1"), 3);
	expect_same_queues("T");

	end();
}
END_TEST

START_TEST(ha__empty_slave_gets_all_from_the_first_byte)
{
	char path[1024];

	begin(2, SMALL);
	stop(SLAVE, false);
	snprintf(path, sizeof(path), "%s/broker-a-slave-1", root);
	mb_temp_folder_remove(path);
	send_many("T", 0, 200);

	start(SLAVE);
	rig_advance(rig, 1000);

	ck_assert_int_gt(expect_same_log("broker-a-slave-1"), 3);
	ck_assert_int_gt(expect_same_log("broker-a-slave-2"), 3);
	expect_same_queues("T");

	end();
}
END_TEST

/* _i: whether the slave or the master dies. */
START_TEST(ha__goes_on_where_it_was)
{
	const char *dies = _i % 2 ? SLAVE : BROKER;

	begin(1, SMALL);
	for (int i = 0; i < 6; i++) {
		send_many("T", 40 * i, 40);
		/* Not always all is over. */
		if (i % 2)
			rig_advance(rig, 1);
		stop(dies, true);
		start(dies);
	}
	rig_advance(rig, 30000);

	ck_assert_int_gt(expect_same_log("broker-a-slave-1"), 3);
	expect_same_queues("T");

	end();
}
END_TEST

START_TEST(ha__is_read_where_slaves_may_be_read)
{
	begin(1, SMALL);
	send_many("T", 0, 40);
	rig_advance(rig, 4000);

	speak_to(SLAVE);
	ck_assert_int_eq(peer_pull(reader, "G", "T", 1, 0, 0), 0);
	ck_assert_uint_eq(peer_message_count(reader), 10);
	ck_assert_int_eq(peer_message(reader, 9).queue_offset, 9);
	ck_assert_int_eq(peer_ext_i64(reader, "suggestWhichBrokerId"), 0);
	/* What it does not have it does not judge. */
	ck_assert_int_eq(peer_pull(reader, "G", "T", 1, 500, 0), RMQI_RESP_PULL_RETRY_IMMEDIATELY);
	ck_assert_int_eq(peer_ext_i64(reader, "nextBeginOffset"), 500);

	end();
}
END_TEST

START_TEST(ha__is_not_read_otherwise)
{
	begin(1, NULL);
	send_many("T", 0, 4);
	rig_advance(rig, 4000);

	speak_to(SLAVE);
	ck_assert_int_eq(peer_pull(reader, "G", "T", 1, 0, 0), RMQI_RESP_SYSTEM_BUSY);
	ck_assert_str_eq(peer_remark(reader),
			 "[REJECTREQUEST]system busy, start flow control for a while");

	end();
}
END_TEST

START_TEST(ha__held_pull_is_woken_by_what_the_master_stored)
{
	struct held held;

	begin(1, SMALL);
	ck_assert_int_eq(peer_create_topic(peer, "T", 4), 0);
	rig_advance(rig, 4000);
	speak_to(SLAVE);
	peer_hold(reader, &held, "G", "T", 0, 0, 15000, "*");
	ck_assert(!held.is_done);

	speak_to(BROKER);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	rig_advance(rig, 2);

	ck_assert(held.is_done);
	ck_assert_int_eq(held.code, 0);
	ck_assert_int_eq(held.next_offset, 1);

	end();
}
END_TEST

START_TEST(ha__far_behind_is_sent_to_the_slave)
{
	begin(1, SMALL "accessMessageInMemoryMaxRatio=0\n");
	send_many("T", 0, 8);

	ck_assert_int_eq(peer_pull(reader, "G", "T", 0, 0, 0), 0);
	ck_assert_int_eq(peer_ext_i64(reader, "suggestWhichBrokerId"), 1);
	/* The very last message is not behind. */
	ck_assert_int_eq(peer_send(peer, "U", 0, "x", NULL), 0);

	end();
}
END_TEST

/* --- What a slave does not do -------------------------------------------------------------- */

START_TEST(ha__slave_takes_no_message)
{
	struct rmqi_h_end_transaction h = {.producerGroup = RMQI_STR("P"), .commitOrRollback = 8};
	const struct rmqi_h_pop_message pop = {.consumerGroup = RMQI_STR("G"),
					       .topic = RMQI_STR("T"),
					       .queueId = -1,
					       .maxMsgNums = 8,
					       .invisibleTime = 60000};
	const struct rmqi_h_pop_lite_message lite = {.clientId = RMQI_STR("C"),
						     .consumerGroup = RMQI_STR("G"),
						     .topic = RMQI_STR("T"),
						     .maxMsgNum = 8,
						     .invisibleTime = 60000};

	begin(1, "emulate=5.5\n");
	send_many("T", 0, 4);
	rig_advance(rig, 4000);
	speak_to(SLAVE);

	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), RMQI_RESP_SERVICE_NOT_AVAILABLE);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_END_TRANSACTION,
				  &rmqi_desc_end_transaction, &h, NULL),
			 RMQI_RESP_SLAVE_NOT_AVAILABLE);
	ck_assert_int_eq(peer_send_back(peer, "G", 0, 0), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_ptr_nonnull(strstr(peer_remark(peer), "no master available along with "));
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_POP_MESSAGE, &rmqi_desc_pop_message,
				  &pop, NULL),
			 RMQI_RESP_SYSTEM_BUSY);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_POP_LITE_MESSAGE,
				  &rmqi_desc_pop_lite_message, &lite, NULL),
			 RMQI_RESP_SYSTEM_BUSY);
	rig_advance(rig, 1000);
	expect_same_queues("T");

	end();
}
END_TEST

START_TEST(ha__delayed_message_is_delivered_once)
{
	begin(1, SMALL);
	ck_assert_int_eq(peer_send(peer, "T", 0, "later", "DELAY=1"), 0);
	rig_advance(rig, 10000);

	ck_assert_int_eq(mb_cluster_max_offset(rig->cluster, BROKER, "T", 0), 1);
	ck_assert_int_eq(mb_cluster_max_offset(rig->cluster, SLAVE, "T", 0), 1);
	expect_same_log("broker-a-slave-1");

	end();
}
END_TEST

/* --- Who waits for a slave ------------------------------------------------------------------ */

START_TEST(ha__sync_master_answers_when_the_slave_has_it)
{
	int64_t before;

	begin(1, SYNC);
	before = rig_now(rig);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	ck_assert_int_lt(rig_now(rig) - before, 5);

	stop(SLAVE, true);
	before = rig_now(rig);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), RMQI_RESP_FLUSH_SLAVE_TIMEOUT);
	ck_assert_int_eq(rig_now(rig) - before, 700);

	start(SLAVE);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	rig_advance(rig, 1000);
	ck_assert_int_eq(mb_cluster_max_offset(rig->cluster, SLAVE, "T", 0), 3);

	end();
}
END_TEST

START_TEST(ha__so_many_slaves_must_have_it)
{
	begin(2, "brokerRole=SYNC_MASTER\ninSyncReplicas=3\nslaveTimeout=700\n");
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);

	stop("broker-a/2", false);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), RMQI_RESP_FLUSH_SLAVE_TIMEOUT);

	end();
}
END_TEST

START_TEST(ha__release_4_9_says_that_no_slave_is_there)
{
	begin(1, "brokerRole=SYNC_MASTER\nemulate=4.9\n");
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	rig_advance(rig, 6000); /* it reports again */
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);

	stop(SLAVE, false);
	rig_advance(rig, 1);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), RMQI_RESP_SLAVE_NOT_AVAILABLE);

	end();
}
END_TEST

START_TEST(ha__slave_that_flushes_says_so_late)
{
	begin(1, SYNC "flushDiskType=SYNC_FLUSH\nflushDelay=100\n");

	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	ck_assert_int_eq(mb_cluster_max_offset(rig->cluster, SLAVE, "T", 0), 1);

	end();
}
END_TEST

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
	begin(1, SYNC "haListenPort=0\n");
	ask_ha();
	send_many("T", 0, 10);
	rig_advance(rig, 100);
	stop(SLAVE, false);
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

		h = ha_peer_connect(peer, ha);
		ha_peer_report(h, lie);
		ck_assert_msg(h->is_over, "%lld is believed", (long long)lie);
		ck_assert_uint_eq(h->len, 0);
		ha_peer_free(h);
	}
	/* That it has all is no acknowledgement of what was not sent to it. */
	h = ha_peer_connect(peer, ha);
	ha_peer_report(h, log_end());
	ck_assert(!h->is_over);
	expect_late(&held);
	ha_peer_free(h);

	end();
}
END_TEST

START_TEST(ha__later_report_that_cannot_be_is_refused)
{
	const int64_t by[] = {1, INT32_MAX, INT64_MIN / 2, -1};

	begin_alone();
	for (size_t i = 0; i < RMQI_COUNT(by); i++) {
		struct ha_peer *h = ha_peer_connect(peer, ha);
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

	end();
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
	h = ha_peer_connect(peer, ha);
	ha_peer_report(h, log_end());
	rmqi_loop_call(rig->cluster->loop, take_away, (void *)(uintptr_t)"broker-a");
	ck_assert(!h->is_over);
	send_and_wait(&held);
	ck_assert(h->is_over);
	expect_late(&held);
	ha_peer_free(h);

	end();
}
END_TEST

START_TEST(ha__half_a_report_says_nothing)
{
	const uint8_t zeroes[7] = {0};
	struct held held;
	struct ha_peer *h;

	begin_alone();
	h = ha_peer_connect(peer, ha);
	ha_peer_send(h, zeroes, sizeof(zeroes));
	send_and_wait(&held);
	expect_late(&held);
	ck_assert_uint_eq(h->len, 0);
	/* And is not waited for. */
	ck_assert(!h->is_over);
	rig_advance(rig, 20000);
	ck_assert(h->is_over);
	ha_peer_free(h);

	end();
}
END_TEST

START_TEST(ha__random_bytes_release_nothing)
{
	struct rmqi_rand rand;
	struct held held;

	begin_alone();
	rmqi_rand_init(&rand, (uint64_t)_i);
	for (int i = 0; i < 20; i++) {
		struct ha_peer *h = ha_peer_connect(peer, ha);
		uint8_t bytes[64];

		for (size_t k = 0; k < sizeof(bytes); k++)
			bytes[k] = (uint8_t)rmqi_rand_below(&rand, 256);
		send_and_wait(&held);
		ha_peer_send(h, bytes, 1 + (size_t)rmqi_rand_below(&rand, sizeof(bytes)));
		expect_late(&held);
		ha_peer_free(h);
	}
	start(SLAVE);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);

	end();
}
END_TEST

START_TEST(ha__signs_of_life)
{
	struct ha_peer *h;

	begin_alone();
	h = ha_peer_connect(peer, ha);
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

	end();
}
END_TEST

/* --- A master that lies ------------------------------------------------------------------------ */

static void begin_slave(struct ha_peer **master)
{
	begin(1, SMALL "haMasterAddress=0.0.0.1:20000\n");
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

	end();
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

	end();
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

	end();
}
END_TEST

/* --- Tables ---------------------------------------------------------------------------------------- */

START_TEST(ha__tables_come_from_the_master)
{
	begin(1, SMALL);
	ck_assert_int_eq(peer_create_topic(peer, "T", 7), 0);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 0, 0), 0); /* makes the group */
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 1), 0);
	rig_advance(rig, 4000);

	ck_assert_int_eq(mb_cluster_consumer_offset(rig->cluster, SLAVE, "G", "T", 0), 1);
	speak_to(SLAVE);
	ck_assert_int_eq(peer_pull(reader, "G", "T", 6, 0, 0), RMQI_RESP_PULL_NOT_FOUND);
	ck_assert_int_eq(peer_pull(reader, "G", "T", 7, 0, 0), RMQI_RESP_INVALID_PARAMETER);
	speak_to(BROKER);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 0), 0); /* a reset */
	rig_advance(rig, 4000);
	ck_assert_int_eq(mb_cluster_consumer_offset(rig->cluster, SLAVE, "G", "T", 0), 0);

	end();
}
END_TEST

/* Deleted, or lost with topics.json: the slave cannot tell. */
START_TEST(ha__topic_that_the_master_lacks_keeps_its_queues)
{
	struct rmqi_h_delete_topic d = {.topic = RMQI_STR("T")};

	begin(1, SMALL);
	ck_assert_int_eq(peer_create_topic(peer, "T", 4), 0);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	rig_advance(rig, 4000);
	ck_assert_int_eq(mb_cluster_max_offset(rig->cluster, SLAVE, "T", 0), 1);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_DELETE_TOPIC_IN_BROKER,
				  &rmqi_desc_delete_topic, &d, NULL),
			 0);
	rig_advance(rig, 4000);

	speak_to(SLAVE);
	ck_assert_int_eq(peer_pull(reader, "G", "T", 0, 0, 0), RMQI_RESP_TOPIC_NOT_EXIST);
	ck_assert_int_eq(mb_cluster_max_offset(rig->cluster, SLAVE, "T", 0), 1);
	/* Another life of it. */
	speak_to(BROKER);
	ck_assert_int_eq(peer_create_topic(peer, "T", 4), 0);
	ck_assert_int_eq(peer_send(peer, "T", 0, "y", NULL), 0);
	ck_assert_int_eq(peer_send(peer, "T", 0, "z", NULL), 0);
	rig_advance(rig, 4000);
	ck_assert_int_eq(mb_cluster_max_offset(rig->cluster, SLAVE, "T", 0), 2);
	end();
}
END_TEST

/* --- Tables of a master with access control ---------------------------------------------------- */

static char logged[65536];

static void keep_log(enum rmq_log_level level, const char *message, void *arg)
{
	size_t len = strlen(logged);

	(void)arg;
	(void)level;
	snprintf(logged + len, sizeof(logged) - len, "%s\n", message);
}

static int lines_with(const char *text)
{
	int count = 0;

	for (const char *at = strstr(logged, text); at; at = strstr(at + 1, text))
		count++;
	return count;
}

/* The administrator has a topic and a group at offset 1. */
static void begin_as(const char *access_key, const char *secret_key, bool is_option, const char *conf)
{
	struct mb_cluster_options o;

	rig_options(&o);
	o.log = keep_log;
	o.log_level = RMQ_LOG_INFO;
	o.access_key = is_option ? access_key : NULL;
	o.secret_key = is_option ? secret_key : NULL;
	logged[0] = '\0';
	begin_with(&o, 1, conf);
	peer_sign_as(peer, access_key, secret_key);
	ck_assert_int_eq(peer_create_topic(peer, "T", 7), 0);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 0, 0), 0);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 1), 0);
	rig_advance(rig, 10000);
}

static int64_t slave_offset(void)
{
	return mb_cluster_consumer_offset(rig->cluster, SLAVE, "G", "T", 0);
}

static void end_as(void)
{
	peer_sign_as(peer, NULL, NULL);
	end();
}

START_TEST(ha__tables_are_asked_for_with_the_account_of_the_options)
{
	begin_as("operator1", "open.sesame", true, SMALL);
	ck_assert_msg(slave_offset() == 1, "%s", logged);
	ck_assert_int_eq(lines_with(" of the master "), 0);
	end_as();
}
END_TEST

START_TEST(ha__tables_are_asked_for_with_the_inner_credentials)
{
	begin_as("admin", "open.sesame", false,
		 SMALL "authenticationEnabled=true\nauthorizationEnabled=true\n"
		       "initAuthenticationUser={\"username\":\"admin\",\"password\":\"open.sesame\"}\n"
		       "innerClientAuthenticationCredentials={\"accessKey\":\"inner\","
		       "\"secretKey\":\"in.ner\"}\n");
	ck_assert_msg(slave_offset() == 1, "%s", logged);
	ck_assert_int_eq(lines_with(" of the master "), 0);
	end_as();
}
END_TEST

#define ACCOUNTS "accounts:\n  - accessKey: operator1\n    secretKey: open.sesame\n    admin: true\n"

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

/* As of Apache 4.9, whose slaves sign nothing: its master has to know their addresses. */
START_TEST(ha__refused_slave_says_so_once_and_when_it_is_over)
{
	char *folder = mb_temp_folder_new();
	char path[512], conf[1024];

	ck_assert_ptr_nonnull(folder);
	snprintf(path, sizeof(path), "%s/plain_acl.yml", folder);
	snprintf(conf, sizeof(conf), SMALL "aclEnable=true\nrocketmq.acl.plain.file=%s\n", path);
	write_text(path, ACCOUNTS);
	begin_as("operator1", "open.sesame", false, conf);
	ck_assert_int_eq(slave_offset(), -1);
	ck_assert_int_eq(lines_with(": topics of the master "), 1);
	ck_assert_int_eq(lines_with("No accessKey is configured"), 1);

	write_text(path, "globalWhiteRemoteAddresses:\n  - 127.0.0.1\n" ACCOUNTS);
	rig_advance(rig, 10000);
	ck_assert_int_eq(slave_offset(), 1);
	ck_assert_int_eq(lines_with(" come again"), 1);

	write_text(path, ACCOUNTS);
	rig_advance(rig, 10000);
	ck_assert_int_eq(lines_with(": topics of the master "), 2);
	end_as();
	mb_temp_folder_remove(folder);
	rmqi_free(folder);
}
END_TEST

START_TEST(ha__stale_offset_pulls_no_group_back)
{
	begin(1, SMALL);
	send_many("T", 0, 40);
	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 0, 0), 0);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 3), 0);
	rig_advance(rig, 4000);
	stop(BROKER, false);

	speak_to(SLAVE);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 8), 0);
	start(BROKER);
	rig_advance(rig, 40000);
	ck_assert_int_eq(mb_cluster_consumer_offset(rig->cluster, BROKER, "G", "T", 0), 3);
	ck_assert_int_eq(mb_cluster_consumer_offset(rig->cluster, SLAVE, "G", "T", 0), 8);

	speak_to(BROKER);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 9), 0);
	rig_advance(rig, 4000);
	ck_assert_int_eq(mb_cluster_consumer_offset(rig->cluster, SLAVE, "G", "T", 0), 9);

	end();
}
END_TEST

START_TEST(ha__topics_are_asked_for_in_pages)
{
	struct rmqi_h_get_all_topic_config h = {0};
	char name[16];

	begin(0, NULL);
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "zz%02d", i);
		ck_assert_int_eq(peer_create_topic(peer, name, 1), 0);
	}
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_ALL_TOPIC_CONFIG, NULL, NULL, NULL),
			 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "zz19"));
	RMQI_SET(&h, get_all_topic_config, topicSeq, 0);
	RMQI_SET(&h, get_all_topic_config, maxTopicNum, 5);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_ALL_TOPIC_CONFIG,
				  &rmqi_desc_get_all_topic_config, &h, NULL),
			 0);
	ck_assert_ptr_null(strstr(peer_body(peer), "zz00"));
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "BenchmarkTest"));
	/* Another version begins anew; the same goes on. */
	RMQI_SET(&h, get_all_topic_config, topicSeq, (int32_t)peer_ext_i64(peer, "totalTopicNum") - 1);
	RMQI_SET(&h, get_all_topic_config, dataVersion,
		 RMQI_STR("{\"counter\":0,\"stateVersion\":0,\"timestamp\":1}"));
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_ALL_TOPIC_CONFIG,
				  &rmqi_desc_get_all_topic_config, &h, NULL),
			 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "BenchmarkTest"));

	end();
}
END_TEST

START_TEST(ha__status_of_both)
{
	begin(1, SMALL);
	ask_ha();
	ck_assert_str_ne(ha, "");
	send_many("T", 0, 10);
	rig_advance(rig, 6000);

	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_BROKER_HA_STATUS, NULL, NULL,
				  NULL),
			 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"master\":true"));
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"inSyncSlaveNums\":1"));
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"diff\":0,\"inSync\":true"));
	speak_to(SLAVE);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_BROKER_HA_STATUS, NULL, NULL,
				  NULL),
			 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"activated\":true"));
	ck_assert_ptr_nonnull(strstr(peer_body(peer), ha));

	end();
}
END_TEST

START_TEST(ha__slave_needs_an_id)
{
	struct mb_cluster_options o;
	struct rmq_mock_cluster *c = NULL;

	rig_options(&o);
	o.broker_conf = "brokerRole=SLAVE\nbrokerId=0\n";
	ck_assert_int_eq(mb_cluster_new(&o, &c, NULL), RMQ_ERR_CONFIG);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		ha__slave_has_the_log_of_its_master,
		ha__empty_slave_gets_all_from_the_first_byte,
		ha__is_read_where_slaves_may_be_read,
		ha__is_not_read_otherwise,
		ha__held_pull_is_woken_by_what_the_master_stored,
		ha__far_behind_is_sent_to_the_slave,
		ha__slave_takes_no_message,
		ha__delayed_message_is_delivered_once,
		ha__sync_master_answers_when_the_slave_has_it,
		ha__so_many_slaves_must_have_it,
		ha__release_4_9_says_that_no_slave_is_there,
		ha__slave_that_flushes_says_so_late,
		ha__first_report_that_cannot_be_is_refused,
		ha__later_report_that_cannot_be_is_refused,
		ha__slave_whose_next_bytes_are_gone_is_told,
		ha__half_a_report_says_nothing,
		ha__signs_of_life,
		ha__frame_that_cannot_be_is_refused,
		ha__bytes_that_are_no_record_end_it,
		ha__silent_master_is_left,
		ha__tables_come_from_the_master,
		ha__topic_that_the_master_lacks_keeps_its_queues,
		ha__tables_are_asked_for_with_the_account_of_the_options,
		ha__tables_are_asked_for_with_the_inner_credentials,
		ha__refused_slave_says_so_once_and_when_it_is_over,
		ha__stale_offset_pulls_no_group_back,
		ha__topics_are_asked_for_in_pages,
		ha__status_of_both,
		ha__slave_needs_an_id,
	};
	struct suite s;

	suite_open(&s, "ha");
	suite_add(&s, tests, RMQI_COUNT(tests));
	suite_add_loop(&s, ha__goes_on_where_it_was, 4);
	suite_add_loop(&s, ha__random_bytes_release_nothing, 2);
	return suite_run(&s);
}
