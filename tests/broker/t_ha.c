/* SPDX-License-Identifier: Apache-2.0 */
/* t_ha.c - a master and its slaves (doc/reference/ha.md). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mock-broker/temp_folder.h"
#include "tests/broker/ha_stage.h"

/* --- The log ------------------------------------------------------------------------------- */

START_TEST(ha__slave_has_the_log_of_its_master)
{
	ha_begin(1, HA_SMALL);

	ha_send_many("T", 0, 200);
	rig_advance(rig, 1000);

	ck_assert_int_gt(ha_expect_same_log("broker-a-slave-1"), 3);
	ha_expect_same_queues("T");

	ha_end();
}
END_TEST

START_TEST(ha__empty_slave_gets_all_from_the_first_byte)
{
	char path[1024];

	ha_begin(2, HA_SMALL);
	ha_stop(HA_SLAVE, false);
	snprintf(path, sizeof(path), "%s/broker-a-slave-1", ha_root);
	mb_temp_folder_remove(path);
	ha_send_many("T", 0, 200);

	ha_start(HA_SLAVE);
	rig_advance(rig, 1000);

	ck_assert_int_gt(ha_expect_same_log("broker-a-slave-1"), 3);
	ck_assert_int_gt(ha_expect_same_log("broker-a-slave-2"), 3);
	ha_expect_same_queues("T");

	ha_end();
}
END_TEST

/* _i: whether the slave or the master dies. */
START_TEST(ha__goes_on_where_it_was)
{
	const char *dies = _i % 2 ? HA_SLAVE : BROKER;

	ha_begin(1, HA_SMALL);
	for (int i = 0; i < 6; i++) {
		ha_send_many("T", 40 * i, 40);
		/* Not always all is over. */
		if (i % 2)
			rig_advance(rig, 1);
		ha_stop(dies, true);
		ha_start(dies);
	}
	rig_advance(rig, 30000);

	ck_assert_int_gt(ha_expect_same_log("broker-a-slave-1"), 3);
	ha_expect_same_queues("T");

	ha_end();
}
END_TEST

START_TEST(ha__is_read_where_slaves_may_be_read)
{
	ha_begin(1, HA_SMALL);
	ha_send_many("T", 0, 40);
	rig_advance(rig, 4000);

	ha_speak_to(HA_SLAVE);
	ck_assert_int_eq(peer_pull(reader, "G", "T", 1, 0, 0), 0);
	ck_assert_uint_eq(peer_message_count(reader), 10);
	ck_assert_int_eq(peer_message(reader, 9).queue_offset, 9);
	ck_assert_int_eq(peer_ext_i64(reader, "suggestWhichBrokerId"), 0);
	/* What it does not have it does not judge. */
	ck_assert_int_eq(peer_pull(reader, "G", "T", 1, 500, 0), RMQI_RESP_PULL_RETRY_IMMEDIATELY);
	ck_assert_int_eq(peer_ext_i64(reader, "nextBeginOffset"), 500);

	ha_end();
}
END_TEST

START_TEST(ha__is_not_read_otherwise)
{
	ha_begin(1, NULL);
	ha_send_many("T", 0, 4);
	rig_advance(rig, 4000);

	ha_speak_to(HA_SLAVE);
	ck_assert_int_eq(peer_pull(reader, "G", "T", 1, 0, 0), RMQI_RESP_SYSTEM_BUSY);
	ck_assert_str_eq(peer_remark(reader),
			 "[REJECTREQUEST]system busy, start flow control for a while");

	ha_end();
}
END_TEST

START_TEST(ha__held_pull_is_woken_by_what_the_master_stored)
{
	struct held held;

	ha_begin(1, HA_SMALL);
	ck_assert_int_eq(peer_create_topic(peer, "T", 4), 0);
	rig_advance(rig, 4000);
	ha_speak_to(HA_SLAVE);
	peer_hold(reader, &held, "G", "T", 0, 0, 15000, "*");
	ck_assert(!held.is_done);

	ha_speak_to(BROKER);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	rig_advance(rig, 2);

	ck_assert(held.is_done);
	ck_assert_int_eq(held.code, 0);
	ck_assert_int_eq(held.next_offset, 1);

	ha_end();
}
END_TEST

START_TEST(ha__far_behind_is_sent_to_the_slave)
{
	ha_begin(1, HA_SMALL "accessMessageInMemoryMaxRatio=0\n");
	ha_send_many("T", 0, 8);

	ck_assert_int_eq(peer_pull(reader, "G", "T", 0, 0, 0), 0);
	ck_assert_int_eq(peer_ext_i64(reader, "suggestWhichBrokerId"), 1);
	/* The very last message is not behind. */
	ck_assert_int_eq(peer_send(peer, "U", 0, "x", NULL), 0);

	ha_end();
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

	ha_begin(1, "emulate=5.5\n");
	ha_send_many("T", 0, 4);
	rig_advance(rig, 4000);
	ha_speak_to(HA_SLAVE);

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
	ha_expect_same_queues("T");

	ha_end();
}
END_TEST

START_TEST(ha__delayed_message_is_delivered_once)
{
	ha_begin(1, HA_SMALL);
	ck_assert_int_eq(peer_send(peer, "T", 0, "later", "DELAY=1"), 0);
	rig_advance(rig, 10000);

	ck_assert_int_eq(mb_cluster_max_offset(rig->cluster, BROKER, "T", 0), 1);
	ck_assert_int_eq(mb_cluster_max_offset(rig->cluster, HA_SLAVE, "T", 0), 1);
	ha_expect_same_log("broker-a-slave-1");

	ha_end();
}
END_TEST

/* --- Roles ---------------------------------------------------------------------------------- */

static void exchange_stores(void)
{
	char master[1024], slave[1024], between[1024];

	snprintf(master, sizeof(master), "%s/broker-a", ha_root);
	snprintf(slave, sizeof(slave), "%s/broker-a-slave-1", ha_root);
	snprintf(between, sizeof(between), "%s/between", ha_root);
	ck_assert_int_eq(rename(master, between), 0);
	ck_assert_int_eq(rename(slave, master), 0);
	ck_assert_int_eq(rename(between, slave), 0);
}

/* As an operator promotes it: brokerRole and brokerId of two files are exchanged. */
START_TEST(ha__master_and_slave_exchange_their_roles)
{
	ha_begin(1, HA_SMALL);
	ha_send_many("T", 0, 100);
	ck_assert_int_eq(peer_send(peer, "D", 0, "later", "DELAY=3"), 0);
	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 0, 0), 0);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 7), 0);
	rig_advance(rig, 4000);
	ha_stop(BROKER, false);
	ha_stop(HA_SLAVE, false);
	exchange_stores();
	ha_start(BROKER);
	ha_start(HA_SLAVE);

	ck_assert_int_eq(mb_cluster_consumer_offset(rig->cluster, BROKER, "G", "T", 0), 7);
	ck_assert_int_eq(mb_cluster_max_offset(rig->cluster, BROKER, "T", 0), 25);
	ck_assert_int_eq(mb_cluster_max_offset(rig->cluster, BROKER, "D", 0), 0);
	rig_advance(rig, 11000);
	ck_assert_int_eq(mb_cluster_max_offset(rig->cluster, BROKER, "D", 0), 1);
	ha_send_many("T", 100, 100);
	rig_advance(rig, 6000);
	ck_assert_int_gt(ha_expect_same_log("broker-a-slave-1"), 3);
	ha_expect_same_queues("T");

	ha_end();
}
END_TEST

/* --- Who waits for a slave ------------------------------------------------------------------ */

START_TEST(ha__sync_master_answers_when_the_slave_has_it)
{
	int64_t before;

	ha_begin(1, HA_SYNC);
	before = rig_now(rig);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	ck_assert_int_lt(rig_now(rig) - before, 5);

	ha_stop(HA_SLAVE, true);
	before = rig_now(rig);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), RMQI_RESP_FLUSH_SLAVE_TIMEOUT);
	ck_assert_int_eq(rig_now(rig) - before, 700);

	ha_start(HA_SLAVE);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	rig_advance(rig, 1000);
	ck_assert_int_eq(mb_cluster_max_offset(rig->cluster, HA_SLAVE, "T", 0), 3);

	ha_end();
}
END_TEST

START_TEST(ha__so_many_slaves_must_have_it)
{
	ha_begin(2, "brokerRole=SYNC_MASTER\ninSyncReplicas=3\nslaveTimeout=700\n");
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);

	ha_stop("broker-a/2", false);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), RMQI_RESP_FLUSH_SLAVE_TIMEOUT);

	ha_end();
}
END_TEST

START_TEST(ha__release_4_9_says_that_no_slave_is_there)
{
	ha_begin(1, "brokerRole=SYNC_MASTER\nemulate=4.9\n");
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	rig_advance(rig, 6000); /* it reports again */
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);

	ha_stop(HA_SLAVE, false);
	rig_advance(rig, 1);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), RMQI_RESP_SLAVE_NOT_AVAILABLE);

	ha_end();
}
END_TEST

START_TEST(ha__slave_that_flushes_says_so_late)
{
	ha_begin(1, HA_SYNC "flushDiskType=SYNC_FLUSH\nflushDelay=100\n");

	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	ck_assert_int_eq(mb_cluster_max_offset(rig->cluster, HA_SLAVE, "T", 0), 1);

	ha_end();
}
END_TEST

/* --- Statuses and roles -------------------------------------------------------------------- */

START_TEST(ha__status_of_both)
{
	ha_begin(1, HA_SMALL);
	ha_ask_address();
	ck_assert_str_ne(ha_address, "");
	ha_send_many("T", 0, 10);
	rig_advance(rig, 6000);

	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_BROKER_HA_STATUS, NULL, NULL,
				  NULL),
			 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"master\":true"));
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"inSyncSlaveNums\":1"));
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"diff\":0,\"inSync\":true"));
	ha_speak_to(HA_SLAVE);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_BROKER_HA_STATUS, NULL, NULL,
				  NULL),
			 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"activated\":true"));
	ck_assert_ptr_nonnull(strstr(peer_body(peer), ha_address));

	ha_end();
}
END_TEST

START_TEST(ha__brokerIP2_is_where_slaves_come_to)
{
	ha_begin(1, "haListenPort=0\nbrokerIP2=10.1.2.3\n");
	ha_ask_address();
	ck_assert_int_eq(strncmp(ha_address, "10.1.2.3:", 9), 0);
	ck_assert_int_gt(atoi(ha_address + 9), 0);
	ha_end();
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
		ha__master_and_slave_exchange_their_roles,
		ha__sync_master_answers_when_the_slave_has_it,
		ha__so_many_slaves_must_have_it,
		ha__release_4_9_says_that_no_slave_is_there,
		ha__slave_that_flushes_says_so_late,
		ha__status_of_both,
		ha__brokerIP2_is_where_slaves_come_to,
		ha__slave_needs_an_id,
	};
	struct suite s;

	suite_open(&s, "ha");
	suite_add(&s, tests, RMQI_COUNT(tests));
	suite_add_loop(&s, ha__goes_on_where_it_was, 4);
	return suite_run(&s);
}
