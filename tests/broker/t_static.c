/* SPDX-License-Identifier: Apache-2.0 */
/* t_static.c - static topics: queues that are mapped to this broker, and those that are not
 * (TopicQueueMappingManager). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mock-broker/store/fs.h"
#include "tests/broker/rig.h"
#include "tests/support/child.h"

/* TopicQueueMappingDetail and LogicQueueMappingItem as fastjson writes them. */
#define DETAIL(broker, epoch, hosted)                                                 \
	"{\"bname\":\"" broker "\",\"currIdMap\":{},\"dirty\":false,\"epoch\":" epoch \
	",\"hostedQueues\":{" hosted "},\"scope\":\"__global__\",\"topic\":\"S\","    \
	"\"totalQueues\":4}"
#define PART(broker, gen, queue, logic, start, end)                                              \
	"{\"bname\":\"" broker "\",\"endOffset\":" end ",\"gen\":" gen ",\"logicOffset\":" logic \
	",\"queueId\":" queue ",\"startOffset\":" start ",\"timeOfEnd\":-1,\"timeOfStart\":-1}"
/* Logical queue 1 is queue 0 here, 2 is at another broker, 3 came here from there; 0 is unknown. */
#define HERE "1:[" PART("broker-a", "0", "0", "0", "0", "-1") "]"
#define THERE "2:[" PART("broker-b", "0", "1", "0", "0", "-1") "]"
#define MOVED                                                                                  \
	"3:[" PART("broker-b", "0", "0", "0", "0", "9") "," PART("broker-a", "1", "1", "1000", \
								 "0", "-1") "]"
#define ALL HERE "," THERE "," MOVED

static struct rig *rig;
static struct peer *peer;
static char store[4096];

static int32_t create(const char *body, bool force)
{
	struct rmqi_h_create_topic h = {
		.topic = RMQI_STR("S"),
		.defaultTopic = RMQI_STR("TBW102"),
		.readQueueNums = 2,
		.writeQueueNums = 2,
		.perm = 6,
		.topicFilterType = RMQI_STR("SINGLE_TAG"),
	};

	RMQI_SET(&h, create_topic, force, force);
	return peer_ask(peer, rig->broker, RMQI_REQ_UPDATE_AND_CREATE_STATIC_TOPIC,
			&rmqi_desc_create_topic, &h, body);
}

static void begin(void)
{
	struct mb_cluster_options o;

	rig_options(&o);
	ck_assert(make_scratch(store, sizeof(store)));
	o.store = store;
	rig = rig_new_with(&o);
	peer = peer_new(rig);
}

static void begin_with(const char *body)
{
	begin();
	ck_assert_int_eq(create(body, false), 0);
}

static void end(void)
{
	peer_free(peer);
	rig_free(rig);
	remove_tree(store);
}

static void file_path(char *buf, size_t size)
{
	snprintf(buf, size, "%s/broker-a/config/topicQueueMapping.json", store);
}

static void stop(void)
{
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, false, NULL), RMQ_OK);
}

static void start(void)
{
	ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, NULL), RMQ_OK);
}

/* A request for a queue of the topic, with `lo` as text (NULL: none); the code. */
static int32_t ask_queue(int32_t code, const struct rmqi_header_desc *desc, const void *header,
			 const char *lo)
{
	const struct rmqi_ext ext = {RMQI_STR("lo"), rmqi_str(lo)};
	const struct rmqi_outgoing request = {.code = code,
					      .desc = desc,
					      .header = header,
					      .extra = &ext,
					      .extra_count = lo ? 1 : 0};

	ck_assert_int_eq(rmqi_rpc_call(peer->rpc, rig->broker, &request,
				       rmqi_clock_deadline(rig->env->clock, 10000), &peer->answer,
				       NULL, NULL),
			 RMQ_OK);
	return peer->answer.command.code;
}

static int32_t ask_max(int32_t queue_id, const char *lo)
{
	const struct rmqi_h_get_max_offset h = {.topic = RMQI_STR("S"), .queueId = queue_id};

	return ask_queue(RMQI_REQ_GET_MAX_OFFSET, &rmqi_desc_get_max_offset, &h, lo);
}

/* All that ask for offsets of queue 0. */
static void check_offsets_refused(void)
{
	const struct rmqi_h_search_offset search = {.topic = RMQI_STR("S")};
	const struct rmqi_h_get_min_offset min = {.topic = RMQI_STR("S")};
	const struct rmqi_h_get_earliest_msg_storetime earliest = {.topic = RMQI_STR("S")};
	const char *remark = "S-0 does not exit in request process of current broker broker-a";

	ck_assert_int_eq(ask_max(0, NULL), RMQI_RESP_NOT_LEADER_FOR_QUEUE);
	ck_assert_str_eq(peer_remark(peer), remark);
	ck_assert_int_eq(ask_queue(RMQI_REQ_SEARCH_OFFSET_BY_TIMESTAMP, &rmqi_desc_search_offset,
				   &search, NULL),
			 RMQI_RESP_NOT_LEADER_FOR_QUEUE);
	ck_assert_str_eq(peer_remark(peer), remark);
	ck_assert_int_eq(ask_queue(RMQI_REQ_GET_EARLIEST_MSG_STORETIME,
				   &rmqi_desc_get_earliest_msg_storetime, &earliest, NULL),
			 RMQI_RESP_NOT_LEADER_FOR_QUEUE);
	ck_assert_str_eq(peer_remark(peer), remark);
	ck_assert_int_eq(ask_queue(RMQI_REQ_GET_MIN_OFFSET, &rmqi_desc_get_min_offset, &min, NULL),
			 RMQI_RESP_NOT_LEADER_FOR_QUEUE);
	ck_assert_str_eq(peer_remark(peer),
			 "S-0 is not leader in broker broker-a, request code 31");
}

START_TEST(static_topic__a_queue_without_mapping_is_refused)
{
	const char *remark = "S-0 does not exit in request process of current broker broker-a";

	begin_with(DETAIL("broker-a", "1", ALL));

	ck_assert_int_eq(peer_send(peer, "S", 0, "body", NULL), RMQI_RESP_NOT_LEADER_FOR_QUEUE);
	ck_assert_str_eq(peer_remark(peer), remark);
	ck_assert_ptr_null(peer_ext(peer, "MSG_REGION"));
	ck_assert_int_eq(peer_pull(peer, "G", "S", 0, 0, 0), RMQI_RESP_NOT_LEADER_FOR_QUEUE);
	ck_assert_str_eq(
		peer_remark(peer),
		"S-0 cannot find mapping item in request process of current broker broker-a");
	ck_assert_int_eq(peer_commit(peer, "G", "S", 0, 5), RMQI_RESP_NOT_LEADER_FOR_QUEUE);
	ck_assert_str_eq(peer_remark(peer), remark);
	ck_assert_int_eq(peer_committed(peer, "G", "S", 0), -RMQI_RESP_NOT_LEADER_FOR_QUEUE);
	ck_assert_str_eq(peer_remark(peer), remark);
	check_offsets_refused();

	end();
}
END_TEST

START_TEST(static_topic__a_queue_that_another_broker_leads_is_refused)
{
	begin_with(DETAIL("broker-a", "1", ALL));

	ck_assert_int_eq(peer_send(peer, "S", 2, "body", NULL), RMQI_RESP_NOT_LEADER_FOR_QUEUE);
	ck_assert_str_eq(peer_remark(peer),
			 "S-2 does not exit in request process of current broker broker-a");
	ck_assert_int_eq(peer_pull(peer, "G", "S", 2, 0, 0), RMQI_RESP_NOT_LEADER_FOR_QUEUE);
	ck_assert_int_eq(mb_cluster_max_offset(rig->cluster, BROKER, "S", 1), 0);

	end();
}
END_TEST

START_TEST(static_topic__a_mapped_queue_is_served_from_ours)
{
	begin_with(DETAIL("broker-a", "1", ALL));

	ck_assert_int_eq(peer_send(peer, "S", 1, "body", NULL), 0);
	ck_assert_int_eq(peer_ext_i64(peer, "queueId"), 1);
	ck_assert_int_eq(peer_ext_i64(peer, "queueOffset"), 0);
	ck_assert_int_eq(mb_cluster_max_offset(rig->cluster, BROKER, "S", 0), 1);
	ck_assert_int_eq(peer_pull(peer, "G", "S", 1, 0, 0), 0);
	ck_assert_uint_eq(peer_message_count(peer), 1);
	ck_assert_int_eq(peer_message(peer, 0).queue_id, 0);
	ck_assert_str_eq(peer_ext(peer, "offsetDelta"), "0");
	ck_assert_int_eq(peer_max_offset(peer, "S", 1), 1);
	ck_assert_int_eq(peer_commit(peer, "G", "S", 1, 1), 0);
	ck_assert_int_eq(peer_committed(peer, "G", "S", 1), 1);
	ck_assert_int_eq(mb_cluster_consumer_offset(rig->cluster, BROKER, "G", "S", 0), 1);

	end();
}
END_TEST

START_TEST(static_topic__a_send_that_names_no_queue_gets_a_mapped_one)
{
	begin_with(DETAIL("broker-a", "1", HERE));
	ck_assert_int_eq(peer_send(peer, "S", -1, "body", NULL), 0);
	ck_assert_int_eq(peer_ext_i64(peer, "queueId"), 1);
	ck_assert_int_eq(mb_cluster_max_offset(rig->cluster, BROKER, "S", 0), 1);
	end();

	begin_with(DETAIL("broker-a", "1", ""));
	ck_assert_int_eq(peer_send(peer, "S", -1, "body", NULL), RMQI_RESP_NOT_LEADER_FOR_QUEUE);
	ck_assert_str_eq(peer_remark(peer),
			 "S--1 does not exit in request process of current broker broker-a");
	end();
}
END_TEST

/* Beyond the end, too: Java says "not found" there, and waits. */
START_TEST(static_topic__a_pull_waits_for_the_queue_that_is_ours)
{
	struct held held;

	begin_with(DETAIL("broker-a", "1", ALL));
	peer_hold(peer, &held, "G", "S", 1, 0, 15000, "*");
	ck_assert(!held.is_done);
	ck_assert_int_eq(peer_send(peer, "S", 1, "body", NULL), 0);
	rig_advance(rig, 1);
	ck_assert(held.is_done);
	ck_assert_int_eq(held.code, 0);
	ck_assert_int_eq(held.next_offset, 1);

	ck_assert_int_eq(peer_pull(peer, "G", "S", 1, 7, 0), RMQI_RESP_PULL_NOT_FOUND);
	ck_assert_int_eq(peer_ext_i64(peer, "nextBeginOffset"), 1);

	end();
}
END_TEST

START_TEST(static_topic__lo_false_means_do_not_look)
{
	begin_with(DETAIL("broker-a", "1", ALL));

	ck_assert_int_eq(ask_max(0, "false"), 0);
	ck_assert_int_eq(ask_max(0, "true"), RMQI_RESP_NOT_LEADER_FOR_QUEUE);

	end();
}
END_TEST

/* What Apache's broker serves and this one does not, it does not serve wrongly. */
START_TEST(static_topic__a_queue_that_was_moved_here_is_not_served)
{
	begin_with(DETAIL("broker-a", "1", ALL));

	ck_assert_int_eq(peer_send(peer, "S", 3, "body", NULL),
			 RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED);
	ck_assert_str_eq(peer_remark(peer),
			 "queue 3 of static topic S was moved, or does not start at offset 0: this "
			 "mock does not serve such queues");
	ck_assert_int_eq(peer_pull(peer, "G", "S", 3, 0, 0), RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED);
	ck_assert_int_eq(mb_cluster_max_offset(rig->cluster, BROKER, "S", 1), 0);

	end();
}
END_TEST

START_TEST(static_topic__an_update_may_not_contradict)
{
	static const struct {
		const char *body;
		const char *remark;
	} rows[] = {
		{DETAIL("broker-a", "6", ALL), "Can't accept data with small epoch 6 < 7"},
		{DETAIL("broker-a", "7", HERE), "Cannot accept equal epoch with null data"},
		{DETAIL("broker-a", "8", "1:[]"), "The new item list is null or empty"},
		{DETAIL("broker-a", "7",
			"1:[" PART("broker-a", "0", "1", "0", "0", "-1") "]," THERE "," MOVED),
		 "The new leader is different but epoch equal"},
		{DETAIL("broker-a", "8", "1:[" PART("broker-a", "-1", "0", "0", "0", "-1") "]"),
		 "The field is illegal, should not be negative"},
		{DETAIL("broker-a", "8", "1:[" PART("broker-a", "0", "0", "0", "5", "4") "]"),
		 "The endOffset is smaller than the start offset"},
		{DETAIL("broker-a", "8",
			"1:[" PART("broker-a", "1", "0", "0", "0",
				   "4") "," PART("broker-a", "1", "0", "9", "0", "-1") "]"),
		 "The gen does not increase monotonically"},
		{DETAIL("broker-a", "8",
			"1:[" PART("broker-a", "0", "0", "0", "0",
				   "9") "," PART("broker-a", "1", "0", "9", "0", "-1") "]"),
		 "The max logic offset does not increase monotonically"},
	};

	begin_with(DETAIL("broker-a", "7", ALL));
	for (size_t i = 0; i < RMQI_COUNT(rows); i++) {
		ck_assert_int_eq(create(rows[i].body, false), RMQI_RESP_SYSTEM_ERROR);
		ck_assert_str_eq(peer_remark(peer), rows[i].remark);
	}
	ck_assert_int_eq(peer_send(peer, "S", 1, "still there", NULL), 0);
	ck_assert_int_eq(create("{\"topic\":\"S\",\"hostedQueues\":{\"x\":[]}}", false),
			 RMQI_RESP_SYSTEM_ERROR);

	end();
}
END_TEST

START_TEST(static_topic__an_update_keeps_the_queues_it_does_not_name)
{
	const char *other = "0:[" PART("broker-a", "0", "1", "0", "0", "-1") "]";
	char body[1024];

	begin_with(DETAIL("broker-a", "7", HERE));
	snprintf(body, sizeof(body), DETAIL("broker-a", "8", "%s"), other);
	ck_assert_int_eq(create(body, false), 0);
	ck_assert_int_eq(peer_send(peer, "S", 0, "new", NULL), 0);
	ck_assert_int_eq(peer_send(peer, "S", 1, "old", NULL), 0);
	ck_assert_int_eq(create(DETAIL("broker-a", "1", THERE), true), 0);
	ck_assert_int_eq(peer_send(peer, "S", 1, "forced", NULL), 0);

	end();
}
END_TEST

START_TEST(topic_queue_mapping_json__has_the_form_of_apache)
{
	char path[8192];
	struct rmqi_buf text;

	begin_with(DETAIL("broker-a", "7", HERE));
	file_path(path, sizeof(path));
	rmqi_buf_init(&text, 1 << 20);
	ck_assert_int_eq(mb_fs_posix()->read_file(mb_fs_posix(), path, &text), RMQ_OK);
	ck_assert_str_eq(strstr(rmqi_buf_text(&text), "\t\"topicQueueMappingInfoMap\""),
			 "\t\"topicQueueMappingInfoMap\":{\n"
			 "\t\t\"S\":{\n"
			 "\t\t\t\"bname\":\"broker-a\",\n"
			 "\t\t\t\"currIdMap\":{},\n"
			 "\t\t\t\"dirty\":false,\n"
			 "\t\t\t\"epoch\":7,\n"
			 "\t\t\t\"hostedQueues\":{1:[\n"
			 "\t\t\t\t\t{\n"
			 "\t\t\t\t\t\t\"bname\":\"broker-a\",\n"
			 "\t\t\t\t\t\t\"endOffset\":-1,\n"
			 "\t\t\t\t\t\t\"gen\":0,\n"
			 "\t\t\t\t\t\t\"logicOffset\":0,\n"
			 "\t\t\t\t\t\t\"queueId\":0,\n"
			 "\t\t\t\t\t\t\"startOffset\":0,\n"
			 "\t\t\t\t\t\t\"timeOfEnd\":-1,\n"
			 "\t\t\t\t\t\t\"timeOfStart\":-1\n"
			 "\t\t\t\t\t}\n"
			 "\t\t\t\t]\n"
			 "\t\t\t},\n"
			 "\t\t\t\"scope\":\"__global__\",\n"
			 "\t\t\t\"topic\":\"S\",\n"
			 "\t\t\t\"totalQueues\":4\n"
			 "\t\t}\n"
			 "\t}\n"
			 "}");
	rmqi_buf_deinit(&text);
	end();
}
END_TEST

START_TEST(static_topic__survives_a_restart)
{
	begin_with(DETAIL("broker-a", "7", ALL));
	stop();
	start();
	ck_assert_int_eq(peer_send(peer, "S", 0, "body", NULL), RMQI_RESP_NOT_LEADER_FOR_QUEUE);
	ck_assert_int_eq(peer_send(peer, "S", 1, "body", NULL), 0);

	end();
}
END_TEST

/* A store that Apache's broker left behind. */
START_TEST(static_topic__of_a_store_of_apache_is_no_ordinary_one)
{
	static const char text[] =
		"{\"dataVersion\":{\"counter\":3,\"stateVersion\":0,\"timestamp\":1767225600000},"
		"\"topicQueueMappingInfoMap\":{\"S\":" DETAIL("broker-a", "7", ALL) "}}";
	char path[8192];

	begin();
	ck_assert_int_eq(peer_create_topic(peer, "S", 2), 0);
	stop();
	file_path(path, sizeof(path));
	ck_assert_int_eq(mb_fs_posix()->replace_file(mb_fs_posix(), path, text, strlen(text)),
			 RMQ_OK);
	start();
	ck_assert_int_eq(peer_send(peer, "S", 0, "body", NULL), RMQI_RESP_NOT_LEADER_FOR_QUEUE);
	ck_assert_int_eq(peer_send(peer, "S", 1, "body", NULL), 0);

	end();
}
END_TEST

START_TEST(static_topic__that_is_deleted_is_an_ordinary_one_when_made_anew)
{
	const struct rmqi_h_delete_topic h = {.topic = RMQI_STR("S")};

	begin_with(DETAIL("broker-a", "7", ALL));
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_DELETE_TOPIC_IN_BROKER,
				  &rmqi_desc_delete_topic, &h, NULL),
			 0);
	ck_assert_int_eq(peer_create_topic(peer, "S", 2), 0);
	ck_assert_int_eq(peer_send(peer, "S", 0, "body", NULL), 0);
	stop();
	start();
	ck_assert_int_eq(peer_send(peer, "S", 0, "body", NULL), 0);

	end();
}
END_TEST

START_TEST(topic_config__shows_the_mapping_when_asked)
{
	struct rmqi_h_get_topic_config h = {.topic = RMQI_STR("S")};

	begin_with(DETAIL("broker-a", "7", HERE));
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_TOPIC_CONFIG,
				  &rmqi_desc_get_topic_config, &h, NULL),
			 0);
	ck_assert_ptr_null(strstr(peer_body(peer), "mappingDetail"));
	RMQI_SET(&h, get_topic_config, lo, true);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_TOPIC_CONFIG,
				  &rmqi_desc_get_topic_config, &h, NULL),
			 0);
	ck_assert_ptr_nonnull(
		strstr(peer_body(peer), "{\"attributes\":{},\"mappingDetail\":" DETAIL(
						"broker-a", "7", HERE) ",\"order\":false,"));

	end();
}
END_TEST

START_TEST(route__of_a_static_topic_tells_its_mapping)
{
	struct rmqi_route route;

	begin_with(DETAIL("broker-a", "7", ALL));
	ck_assert_int_eq(peer_create_topic(peer, "T", 2), 0);
	rig_advance(rig, 10); /* the name server is told */

	for (int round = 0; round < 2; round++) {
		ck_assert_int_eq(peer_route(peer, "S"), 0);
		ck_assert_ptr_nonnull(strstr(
			peer_body(peer),
			"\"topicQueueMappingByBroker\":{\"broker-a\":{\"bname\":\"broker-a\","
			"\"currIdMap\":{\"1\":0,\"3\":1},\"dirty\":false,\"epoch\":7,"
			"\"scope\":\"__global__\",\"topic\":\"S\",\"totalQueues\":4}}}"));
		ck_assert_int_eq(rmqi_route_decode(peer->answer.command.body, &route), RMQ_OK);
		ck_assert(route.is_static);
		rmqi_route_deinit(&route);
		ck_assert_int_eq(peer_route(peer, "T"), 0);
		ck_assert_ptr_null(strstr(peer_body(peer), "topicQueueMappingByBroker"));
		stop(); /* the second time, from the file */
		start();
	}

	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		static_topic__a_queue_without_mapping_is_refused,
		static_topic__a_queue_that_another_broker_leads_is_refused,
		static_topic__a_mapped_queue_is_served_from_ours,
		static_topic__a_send_that_names_no_queue_gets_a_mapped_one,
		static_topic__a_pull_waits_for_the_queue_that_is_ours,
		static_topic__lo_false_means_do_not_look,
		static_topic__a_queue_that_was_moved_here_is_not_served,
		static_topic__an_update_may_not_contradict,
		static_topic__an_update_keeps_the_queues_it_does_not_name,
		topic_queue_mapping_json__has_the_form_of_apache,
		static_topic__survives_a_restart,
		static_topic__of_a_store_of_apache_is_no_ordinary_one,
		static_topic__that_is_deleted_is_an_ordinary_one_when_made_anew,
		topic_config__shows_the_mapping_when_asked,
		route__of_a_static_topic_tells_its_mapping,
	};

	return run_suite("static", tests, sizeof(tests) / sizeof(tests[0]));
}
