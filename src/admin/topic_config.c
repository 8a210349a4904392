/* SPDX-License-Identifier: Apache-2.0 */
/* topic_config.c - how a topic is set on each broker (DefaultMQAdminExt.examineTopicConfig). */
#include <string.h>

#include "admin/asking.h"
#include "admin/topics.h"
#include "base/detail.h"
#include "base/mem.h"
#include "codec/codes.h"
#include "codec/json.h"
#include "codec/names.h"
#include "codec/schema.h"

/* A row that is asked for. */
struct wanted {
	const char *topic;
	struct rmq_topic_config *row;
};

static enum rmq_error not_there(struct rmq_topic_config *row, const char *topic,
				struct rmq_error_detail *detail)
{
	return rmqi_detail_set(detail, RMQ_ERR_NOT_FOUND, 0, "says that broker %s has no topic %s",
			       row->broker_name, topic);
}

static enum rmq_error read_config(void *arg, const struct rmqi_command *answer,
				  struct rmq_error_detail *detail)
{
	struct wanted *w = arg;

	if (answer->code == RMQI_RESP_TOPIC_NOT_EXIST)
		return not_there(w->row, w->topic, detail);
	return rmqi_topic_config_decode(answer->body, &w->row->config);
}

/* Of all topics of the broker, this one. */
static enum rmq_error read_table(void *arg, const struct rmqi_command *answer,
				 struct rmq_error_detail *detail)
{
	struct wanted *w = arg;
	struct rmqi_topic_table table;
	enum rmq_error err = rmqi_topic_table_decode_file(answer->body, &table);

	if (err != RMQ_OK)
		return err;
	err = RMQ_ERR_NOT_FOUND;
	for (size_t i = 0; i < table.topic_count && err != RMQ_OK; i++) {
		if (strcmp(table.topics[i].topic_name, w->topic) != 0)
			continue;
		w->row->config = table.topics[i];
		table.topics[i] = (struct rmqi_topic_config){0};
		err = RMQ_OK;
	}
	rmqi_topic_table_deinit(&table);
	return err == RMQ_OK ? err : not_there(w->row, w->topic, detail);
}

static void settle(struct rmq_topic_config *row, struct rmqi_ask *ask)
{
	row->error = ask->error;
	row->detail = rmqi_ask_take_detail(ask);
}

/* Brokers before 5.0 do not know GET_TOPIC_CONFIG: they are asked for all topics. */
static void ask_old_ones(struct rmq_admin *a, struct rmqi_ask *asks, size_t count,
			 int64_t deadline_us)
{
	for (size_t i = 0; i < count; i++) {
		if (asks[i].error != RMQ_ERR_UNSUPPORTED)
			continue;
		rmqi_asking_deinit(&asks[i], 1);
		asks[i] = (struct rmqi_ask){.address = asks[i].address,
					    .broker_name = asks[i].broker_name,
					    .request = {.code = RMQI_REQ_GET_ALL_TOPIC_CONFIG},
					    .read = read_table,
					    .arg = asks[i].arg};
		rmqi_asking(a->client, &asks[i], 1, deadline_us);
	}
}

static enum rmq_error ask_rows(struct rmq_admin *a, const char *topic, struct rmq_topic_configs *c,
			       int64_t deadline_us)
{
	struct rmqi_h_get_topic_config h = {.topic = rmqi_str(topic)};
	struct rmqi_ask *asks = rmqi_calloc(c->count + 1, sizeof(*asks));
	struct wanted *wanted = rmqi_calloc(c->count + 1, sizeof(*wanted));

	for (size_t i = 0; asks && wanted && i < c->count; i++) {
		wanted[i] = (struct wanted){topic, &c->rows[i]};
		asks[i] = (struct rmqi_ask){
			.address = c->rows[i].address,
			.broker_name = c->rows[i].broker_name,
			.request = {.code = RMQI_REQ_GET_TOPIC_CONFIG,
				    .desc = &rmqi_desc_get_topic_config,
				    .header = &h},
			.also = RMQI_RESP_TOPIC_NOT_EXIST,
			.read = read_config,
			.arg = &wanted[i],
		};
	}
	if (asks && wanted) {
		rmqi_asking(a->client, asks, c->count, deadline_us);
		ask_old_ones(a, asks, c->count, deadline_us);
		for (size_t i = 0; i < c->count; i++)
			settle(&c->rows[i], &asks[i]);
	}
	rmqi_free(wanted);
	rmqi_free(asks);
	return asks && wanted ? RMQ_OK : RMQ_ERR_NO_MEMORY;
}

/* {"message.type":"FIFO"} */
static enum rmq_error find_message_type(struct rmq_topic_config *row)
{
	struct rmqi_json *attributes = NULL;
	enum rmq_error err = RMQ_OK;

	if (row->config.attributes_json)
		err = rmqi_json_parse(rmqi_cursor(row->config.attributes_json,
						  strlen(row->config.attributes_json)),
				      &attributes);
	if (err == RMQ_OK)
		row->message_type =
			rmqi_strdup(rmqi_json_str(attributes, "message.type", "UNSPECIFIED"));
	rmqi_json_free(attributes);
	return row->message_type ? RMQ_OK : RMQ_ERR_NO_MEMORY;
}

static enum rmq_error name_rows(struct rmq_topic_configs *c, const struct rmqi_topic_route *route)
{
	for (size_t i = 0; i < c->count; i++) {
		const char *name = route->route.queues[i].broker_name;
		const char *address = rmqi_topic_route_address(route, name, 0, true, NULL);

		c->rows[i].broker_name = rmqi_strdup(name);
		c->rows[i].address = address ? rmqi_strdup(address) : NULL;
		if (!c->rows[i].broker_name || (address && !c->rows[i].address))
			return RMQ_ERR_NO_MEMORY;
	}
	return RMQ_OK;
}

static enum rmq_error fill(struct rmq_admin *a, const struct rmqi_topic_route *route,
			   struct rmq_topic_configs *c, int64_t deadline_us)
{
	enum rmq_error err = name_rows(c, route);

	if (err == RMQ_OK)
		err = ask_rows(a, route->topic, c, deadline_us);
	for (size_t i = 0; i < c->count && err == RMQ_OK; i++)
		if (c->rows[i].error == RMQ_OK)
			err = find_message_type(&c->rows[i]);
	return err;
}

static enum rmq_error judge(const struct rmq_topic_configs *c, struct rmq_error_detail *detail)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->rows[i].error == RMQ_OK)
			return RMQ_OK;
	if (c->count == 0)
		return RMQ_OK;
	return rmqi_asking_tell(detail, c->rows[0].error, c->rows[0].detail);
}

static enum rmq_error make(struct rmq_admin *a, const struct rmqi_topic_route *route,
			   int64_t deadline_us, struct rmq_topic_configs **out,
			   struct rmq_error_detail *detail)
{
	size_t count = route->route.queue_count;
	struct rmq_topic_configs *c = rmqi_calloc(1, sizeof(*c) + count * sizeof(c->rows[0]));
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (c) {
		c->count = count;
		err = fill(a, route, c, deadline_us);
	}
	if (err != RMQ_OK)
		rmqi_detail_set(detail, err, 0, "out of memory");
	else
		err = judge(c, detail);
	if (err == RMQ_OK)
		*out = c;
	else
		rmqi_topic_configs_free(c);
	return err;
}

enum rmq_error rmqi_admin_topic_config(struct rmq_admin *a, const char *topic,
				       const struct rmq_admin_options *options,
				       struct rmq_topic_configs **out,
				       struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	struct rmqi_topic_route *route = NULL;
	char why[RMQI_PROBLEM_SIZE];
	const char *problem = rmqi_topic_problem(rmqi_str(topic), why, sizeof(why));
	enum rmq_error err = rmqi_client_check_caller(a->client, detail);

	if (err != RMQ_OK)
		return err;
	if (problem)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL, "%s",
				       problem);
	err = rmqi_client_fresh_route(a->client, topic, deadline_us, &route, detail);
	if (err == RMQ_OK)
		err = make(a, route, deadline_us, out, detail);
	rmqi_topic_route_unref(route);
	return err;
}

void rmqi_topic_configs_free(struct rmq_topic_configs *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++) {
		struct rmq_topic_config *row = &c->rows[i];

		rmqi_free(row->broker_name);
		rmqi_free(row->address);
		rmqi_free(row->message_type);
		rmq_error_detail_free(row->detail);
		rmqi_topic_config_deinit(&row->config);
	}
	rmqi_free(c);
}
