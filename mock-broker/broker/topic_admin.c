/* SPDX-License-Identifier: Apache-2.0 */
/*
 * topic_admin.c - topics are made, altered, deleted and shown
 * (AdminBrokerProcessor.updateAndCreateTopic, updateAndCreateStaticTopic, deleteTopic,
 * getAllTopicConfig).
 */
#include <string.h>

#include "base/mem.h"
#include "codec/names.h"
#include "mock-broker/broker/config_file.h"
#include "mock-broker/broker/handlers.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/topic_attributes.h"
#include "mock-broker/json_text.h"

static int32_t bad_parameter(const struct mb_broker *b)
{
	return mb_release_bad_parameter((enum mb_release)b->config->release);
}

static bool refuse(const struct mb_broker *b, struct mb_request *r, const char *problem)
{
	mb_answer_error(&r->ticket, bad_parameter(b), "%s", problem);
	return false;
}

static bool check_name(struct mb_broker *b, struct mb_request *r, struct rmqi_str name)
{
	char problem[512];

	if (rmqi_topic_problem(name, problem, sizeof(problem)))
		return refuse(b, r, problem);
	if (!b->config->validate_system_topic || !mb_topic_is_system(b, name))
		return true;
	mb_answer_error(&r->ticket, bad_parameter(b),
			"The topic[%.*s] is conflict with system topic.", RMQI_STR_ARG(name));
	return false;
}

static bool check_numbers(const struct mb_broker *b, struct mb_request *r,
			  const struct rmqi_topic_config *t)
{
	if (t->read_queue_nums >= 0 && t->read_queue_nums <= MB_QUEUES_MAX &&
	    t->write_queue_nums >= 0 && t->write_queue_nums <= MB_QUEUES_MAX && t->perm >= 0 &&
	    t->perm <= 7)
		return true;
	return refuse(b, r, "readQueueNums, writeQueueNums or perm is out of range");
}

/* The attributes of the new config: the old ones changed as asked. False: answered. */
static bool take_attributes(struct mb_broker *b, struct mb_request *r, struct rmqi_str asked,
			    struct rmqi_topic_config *t)
{
	const struct mb_topic *old = mb_topic_find(b, rmqi_str(t->topic_name));
	const struct mb_attributes before = {.json = old ? old->config.attributes_json : NULL,
					     .is_new = !old,
					     .release = (enum mb_release)b->config->release};
	char problem[256];
	enum rmq_error err;

	if (b->config->release < MB_RELEASE_5_3)
		return true;
	err = mb_topic_attributes_alter(&before, asked,
					  &t->attributes_json, problem, sizeof(problem));

	if (err == RMQ_OK && t->attributes_json && !b->config->mixed_message_type &&
	    strstr(t->attributes_json, "\"message.type\":\"MIXED\""))
		return refuse(b, r, "MIXED message type is not supported.");
	if (err == RMQ_ERR_INVALID_ARGUMENT)
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR, "%s", problem);
	else if (err != RMQ_OK)
		mb_answer_failure(&r->ticket, err);
	return err == RMQ_OK;
}

static void apply(struct mb_broker *b, struct mb_request *r, const struct rmqi_topic_config *t)
{
	enum rmq_error err = mb_topic_update(b, t);

	if (err == RMQ_OK)
		mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
	else
		mb_answer_failure(&r->ticket, err);
}

/* What the header asks for. False: answered; deinit it in any case. */
static bool take_config(struct mb_broker *b, struct mb_request *r, struct rmqi_str attributes,
			struct rmqi_topic_config *t)
{
	const struct rmqi_h_create_topic *h = r->header;
	char *name = NULL;
	enum rmq_error err;

	if (!check_name(b, r, h->topic))
		return false;
	name = rmqi_str_dup(h->topic);
	err = name ? rmqi_topic_config_init(t, name, h->readQueueNums, h->writeQueueNums, h->perm)
		   : RMQ_ERR_NO_MEMORY;
	rmqi_free(name);
	if (err != RMQ_OK) {
		mb_answer_failure(&r->ticket, err);
		return false;
	}
	t->topic_sys_flag = h->topicSysFlag;
	if (rmqi_str_is(h->topicFilterType, "MULTI_TAG")) {
		rmqi_free(t->topic_filter_type);
		t->topic_filter_type = rmqi_strdup("MULTI_TAG");
	}
	return check_numbers(b, r, t) && take_attributes(b, r, attributes, t);
}

static void create_topic(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_create_topic *h = r->header;
	struct rmqi_topic_config t = {0};

	if (take_config(b, r, h->attributes, &t)) {
		/* Before 5.0 nobody sets it (AdminBrokerProcessor.updateAndCreateTopic). */
		t.order = b->config->release >= MB_RELEASE_5_3 && h->order;
		apply(b, r, &t);
	}
	rmqi_topic_config_deinit(&t);
}

/* The body of a request; none is fine. */
static enum rmq_error take_mapping(struct rmqi_cursor body, struct mb_mapping **out)
{
	struct rmqi_json *root;
	enum rmq_error err;

	if (body.len == 0)
		return RMQ_OK;
	err = rmqi_json_parse(body, &root);
	if (err != RMQ_OK)
		return err;
	err = rmqi_json_resolve(root);
	if (err == RMQ_OK)
		err = mb_mapping_read(root, out);
	rmqi_json_free(root);
	return err;
}

/* A mapping that is refused leaves an ordinary topic, as in Java. The mapping goes first: what the name
 * servers are told of the topic has it. */
static void apply_static(struct mb_broker *b, struct mb_request *r,
			 const struct rmqi_topic_config *t, struct mb_mapping *m)
{
	const struct rmqi_h_create_topic *h = r->header;
	char problem[256];
	enum rmq_error refused = RMQ_OK;
	enum rmq_error err;

	if (m)
		refused = mb_static_topic_update(b, m, h->force, problem, sizeof(problem));
	err = mb_topic_replace(b, t);
	if (refused == RMQ_ERR_STATE)
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR, "%s", problem);
	else if (refused != RMQ_OK || err != RMQ_OK)
		mb_answer_failure(&r->ticket, refused != RMQ_OK ? refused : err);
	else
		mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
}

static void create_static_topic(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	struct rmqi_topic_config t = {0};
	struct mb_mapping *m = NULL;
	enum rmq_error err = take_mapping(r->command->body, &m);

	if (err != RMQ_OK)
		mb_answer_failure(&r->ticket, err);
	else if (take_config(b, r, (struct rmqi_str){0}, &t))
		apply_static(b, r, &t, m);
	else
		mb_mapping_free(m);
	rmqi_topic_config_deinit(&t);
}

static void delete_topic(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_delete_topic *h = r->header;

	if (rmqi_str_trim(h->topic).len == 0) {
		refuse(b, r, "The specified topic is blank.");
		return;
	}
	if (b->config->validate_system_topic && mb_topic_is_system(b, h->topic)) {
		mb_answer_error(&r->ticket, bad_parameter(b),
				"The topic[%.*s] is conflict with system topic.",
				RMQI_STR_ARG(h->topic));
		return;
	}
	mb_topic_delete(b, h->topic);
	mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
}

/* Who names no page gets all. */
static void take_page(struct rmqi_topic_table *table, const struct rmqi_h_get_all_topic_config *h)
{
	struct mb_page page;

	if (!RMQI_HAS(h, get_all_topic_config, topicSeq) &&
	    !RMQI_HAS(h, get_all_topic_config, maxTopicNum) && h->dataVersion.len == 0)
		return;
	page = mb_page_of(&table->version, table->topic_count, h->topicSeq, h->maxTopicNum,
			  h->dataVersion);
	table->topics += page.first;
	table->topic_count = page.count;
}

static void get_all_topics(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	struct rmqi_topic_table table = {0};
	struct rmqi_h_get_all_topic_config_response answer = {0};
	struct rmqi_cursor piece;
	struct rmqi_outgoing response = {.desc = &rmqi_desc_get_all_topic_config_response,
					 .header = &answer,
					 .body = &piece,
					 .body_count = 1};
	enum rmq_error err = mb_topics_view(&b->topics, &table);
	struct rmqi_topic_config *all = table.topics;

	rmqi_buf_reset(&b->body);
	RMQI_SET(&answer, get_all_topic_config_response, totalTopicNum, (int32_t)table.topic_count);
	if (err == RMQ_OK)
		take_page(&table, r->header);
	if (err == RMQ_OK)
		err = rmqi_topic_table_encode(&table, &b->body);
	if (err == RMQ_OK) {
		piece = rmqi_buf_cursor(&b->body);
		mb_answer(&r->ticket, &response);
	} else {
		mb_answer_failure(&r->ticket, err);
	}
	rmqi_free(all);
}

/* TopicConfigAndQueueMapping.java; `m` may be NULL. */
static void add_config(struct rmqi_buf *out, const struct rmqi_topic_config *t,
		       const struct mb_mapping *m)
{
	struct rmqi_jw w = {.out = out};

	rmqi_buf_addf(out, "{\"attributes\":%s", t->attributes_json ? t->attributes_json : "{}");
	if (m) {
		mb_json_name(out, "mappingDetail");
		mb_mapping_write(&w, m);
	}
	mb_json_bool(out, "order", t->order);
	mb_json_i64(out, "perm", t->perm);
	mb_json_i64(out, "readQueueNums", t->read_queue_nums);
	mb_json_text(out, "topicFilterType",
		     t->topic_filter_type ? t->topic_filter_type : "SINGLE_TAG");
	mb_json_text(out, "topicName", t->topic_name);
	mb_json_i64(out, "topicSysFlag", t->topic_sys_flag);
	mb_json_i64(out, "writeQueueNums", t->write_queue_nums);
	rmqi_buf_add_u8(out, '}');
}

static void get_topic_config(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_get_topic_config *h = r->header;
	const struct mb_topic *t;

	t = mb_topic_find(b, h->topic);
	if (!t) {
		mb_answer_error(&r->ticket, RMQI_RESP_TOPIC_NOT_EXIST,
				"No topic in this broker. topic: %.*s", RMQI_STR_ARG(h->topic));
		return;
	}
	rmqi_buf_reset(&b->body);
	add_config(&b->body, &t->config, h->lo ? mb_static_topic_find(b, h->topic) : NULL);
	mb_answer_body(&r->ticket, &b->body);
}

static void get_system_topics(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	bool is_first = true;
	struct rmqi_str name;

	rmqi_buf_reset(&b->body);
	rmqi_buf_add_text(&b->body, "{\"topicList\":[");
	for (size_t i = 0; i < b->topics.by_name.count; i++) {
		const struct mb_topic *t = rmqi_map_at(&b->topics.by_name, i, &name);

		if (!t->is_system)
			continue;
		mb_json_next(&b->body, &is_first);
		rmqi_json_add_string(&b->body, name);
	}
	rmqi_buf_add_text(&b->body, "]}");
	mb_answer_body(&r->ticket, &b->body);
}

const struct mb_handler mb_topic_handlers[] = {
	{RMQI_REQ_UPDATE_AND_CREATE_TOPIC, create_topic},
	{RMQI_REQ_UPDATE_AND_CREATE_STATIC_TOPIC, create_static_topic},
	{RMQI_REQ_DELETE_TOPIC_IN_BROKER, delete_topic},
	{MB_LENIENT | RMQI_REQ_GET_ALL_TOPIC_CONFIG, get_all_topics},
	{RMQI_REQ_GET_TOPIC_CONFIG, get_topic_config},
	{RMQI_REQ_GET_SYSTEM_TOPIC_LIST_FROM_BROKER, get_system_topics},
	{0, NULL},
};
