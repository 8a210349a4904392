/* SPDX-License-Identifier: Apache-2.0 */
/* t_ha_tables.c - what a slave asks its master for: topics, groups, offsets. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "mock-broker/temp_folder.h"
#include "tests/broker/ha_stage.h"

/* --- Tables ------------------------------------------------------------------------------------ */

START_TEST(ha__tables_come_from_the_master)
{
	ha_begin(1, HA_SMALL);
	ck_assert_int_eq(peer_create_topic(peer, "T", 7), 0);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 0, 0), 0); /* makes the group */
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 1), 0);
	rig_advance(rig, 4000);

	ck_assert_int_eq(mb_cluster_consumer_offset(rig->cluster, HA_SLAVE, "G", "T", 0), 1);
	ha_speak_to(HA_SLAVE);
	ck_assert_int_eq(peer_pull(reader, "G", "T", 6, 0, 0), RMQI_RESP_PULL_NOT_FOUND);
	ck_assert_int_eq(peer_pull(reader, "G", "T", 7, 0, 0), RMQI_RESP_INVALID_PARAMETER);
	ha_speak_to(BROKER);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 0), 0); /* a reset */
	rig_advance(rig, 4000);
	ck_assert_int_eq(mb_cluster_consumer_offset(rig->cluster, HA_SLAVE, "G", "T", 0), 0);

	ha_end();
}
END_TEST

/* Deleted, or lost with topics.json: the slave cannot tell. */
START_TEST(ha__topic_that_the_master_lacks_keeps_its_queues)
{
	struct rmqi_h_delete_topic d = {.topic = RMQI_STR("T")};

	ha_begin(1, HA_SMALL);
	ck_assert_int_eq(peer_create_topic(peer, "T", 4), 0);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	rig_advance(rig, 4000);
	ck_assert_int_eq(mb_cluster_max_offset(rig->cluster, HA_SLAVE, "T", 0), 1);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_DELETE_TOPIC_IN_BROKER,
				  &rmqi_desc_delete_topic, &d, NULL),
			 0);
	rig_advance(rig, 4000);

	ha_speak_to(HA_SLAVE);
	ck_assert_int_eq(peer_pull(reader, "G", "T", 0, 0, 0), RMQI_RESP_TOPIC_NOT_EXIST);
	ck_assert_int_eq(mb_cluster_max_offset(rig->cluster, HA_SLAVE, "T", 0), 1);
	/* Another life of it. */
	ha_speak_to(BROKER);
	ck_assert_int_eq(peer_create_topic(peer, "T", 4), 0);
	ck_assert_int_eq(peer_send(peer, "T", 0, "y", NULL), 0);
	ck_assert_int_eq(peer_send(peer, "T", 0, "z", NULL), 0);
	rig_advance(rig, 4000);
	ck_assert_int_eq(mb_cluster_max_offset(rig->cluster, HA_SLAVE, "T", 0), 2);
	ha_end();
}
END_TEST

START_TEST(ha__stale_offset_pulls_no_group_back)
{
	ha_begin(1, HA_SMALL);
	ha_send_many("T", 0, 40);
	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 0, 0), 0);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 3), 0);
	rig_advance(rig, 4000);
	ha_stop(BROKER, false);

	ha_speak_to(HA_SLAVE);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 8), 0);
	ha_start(BROKER);
	rig_advance(rig, 40000);
	ck_assert_int_eq(mb_cluster_consumer_offset(rig->cluster, BROKER, "G", "T", 0), 3);
	ck_assert_int_eq(mb_cluster_consumer_offset(rig->cluster, HA_SLAVE, "G", "T", 0), 8);

	ha_speak_to(BROKER);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 9), 0);
	rig_advance(rig, 4000);
	ck_assert_int_eq(mb_cluster_consumer_offset(rig->cluster, HA_SLAVE, "G", "T", 0), 9);

	ha_end();
}
END_TEST

START_TEST(ha__topics_are_asked_for_in_pages)
{
	struct rmqi_h_get_all_topic_config h = {0};
	char name[16];

	ha_begin(0, NULL);
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

	ha_end();
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
	ha_begin_with(&o, 1, conf);
	peer_sign_as(peer, access_key, secret_key);
	ck_assert_int_eq(peer_create_topic(peer, "T", 7), 0);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 0, 0), 0);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 1), 0);
	rig_advance(rig, 10000);
}

static int64_t slave_offset(void)
{
	return mb_cluster_consumer_offset(rig->cluster, HA_SLAVE, "G", "T", 0);
}

static void end_as(void)
{
	peer_sign_as(peer, NULL, NULL);
	ha_end();
}

START_TEST(ha__tables_are_asked_for_with_the_account_of_the_options)
{
	begin_as("operator1", "open.sesame", true, HA_SMALL);
	ck_assert_msg(slave_offset() == 1, "%s", logged);
	ck_assert_int_eq(lines_with(" of the master "), 0);
	end_as();
}
END_TEST

START_TEST(ha__tables_are_asked_for_with_the_inner_credentials)
{
	begin_as("admin", "open.sesame", false,
		 HA_SMALL "authenticationEnabled=true\nauthorizationEnabled=true\n"
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
	snprintf(conf, sizeof(conf), HA_SMALL "aclEnable=true\nrocketmq.acl.plain.file=%s\n", path);
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

int main(void)
{
	const TTest *const tests[] = {
		ha__tables_come_from_the_master,
		ha__topic_that_the_master_lacks_keeps_its_queues,
		ha__tables_are_asked_for_with_the_account_of_the_options,
		ha__tables_are_asked_for_with_the_inner_credentials,
		ha__refused_slave_says_so_once_and_when_it_is_over,
		ha__stale_offset_pulls_no_group_back,
		ha__topics_are_asked_for_in_pages,
	};
	struct suite s;

	suite_open(&s, "ha_tables");
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
