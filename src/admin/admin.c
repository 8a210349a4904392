/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/admin.h"

#include <string.h>

#include "admin/cluster.h"
#include "base/detail.h"
#include "base/mem.h"
#include "client/client.h"
#include "codec/codes.h"
#include "codec/names.h"
#include "codec/schema.h"

enum {
	DEFAULT_TIMEOUT_MS = 6000, /* MQAdminImpl.timeoutMillis */
	LONGEST_MS = 24 * 3600 * 1000
};

struct rmq_admin {
	struct rmqi_client *client;
};

enum rmq_error rmqi_admin_new(const struct rmq_config *config, struct rmq_admin **out,
			      struct rmq_error_detail *detail)
{
	struct rmqi_client_owner owner = {0};
	struct rmq_admin *a = rmqi_calloc(1, sizeof(*a));
	enum rmq_error err;

	if (!a)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	err = rmqi_client_new(config, &owner, &a->client, detail);
	if (err == RMQ_OK)
		err = rmqi_client_start(a->client, detail);
	if (err == RMQ_OK)
		*out = a;
	else
		rmqi_admin_free(a);
	return err;
}

void rmqi_admin_free(struct rmq_admin *a)
{
	if (!a)
		return;
	rmqi_client_free(a->client);
	rmqi_free(a);
}

static int64_t deadline_of(const struct rmq_admin *a, const struct rmq_admin_options *options)
{
	int64_t ms = options && options->timeout_ms >= 0 ? options->timeout_ms : DEFAULT_TIMEOUT_MS;

	return rmqi_clock_deadline(rmqi_client_clock(a->client), ms < LONGEST_MS ? ms : LONGEST_MS);
}

/* A call whose answer must be SUCCESS; another code is the error, unless it is `also`. */
static enum rmq_error ask(struct rmq_admin *a, const char *address,
			  const struct rmqi_outgoing *request, int64_t deadline_us, int32_t also,
			  struct rmqi_response *response, struct rmq_error_detail *detail)
{
	const struct rmqi_clock *clock = rmqi_client_clock(a->client);
	int64_t started_us = rmqi_clock_us(clock);
	enum rmq_error err = rmqi_rpc_call(rmqi_client_rpc(a->client), address, request,
					   deadline_us, response, NULL, detail);
	const struct rmqi_command *c = &response->command;
	char question[48], answer[48];

	if (err != RMQ_OK || c->code == RMQI_RESP_SUCCESS || c->code == also)
		return err;
	rmqi_detail_set_broker(detail, c->code, c->remark);
	rmqi_detail_add_attempt(detail, address, RMQ_PHASE_ANSWER, RMQ_ERR_BROKER, c->code,
				(rmqi_clock_us(clock) - started_us) / 1000);
	return rmqi_detail_set(detail, RMQ_ERR_BROKER, 0, "%s answered %s to %s: %.*s", address,
			       rmqi_response_name(c->code, answer, sizeof(answer)),
			       rmqi_request_name(request->code, question, sizeof(question)),
			       RMQI_STR_ARG(c->remark));
}

/* The fields of an answer. */
static enum rmq_error read_answer(const char *address, const struct rmqi_response *response,
				  const struct rmqi_header_desc *desc, void *header,
				  struct rmq_error_detail *detail)
{
	const char *bad = NULL;
	enum rmq_error err = rmqi_header_decode(desc, &response->command, header, &bad);

	if (err == RMQ_OK)
		return RMQ_OK;
	return rmqi_detail_set(detail, err, 0, "the answer of %s lacks %s", address,
			       bad ? bad : "a field");
}

static enum rmq_error create_on(struct rmq_admin *a, const char *address, const char *topic,
				const struct rmq_topic_settings *settings, int64_t deadline_us,
				struct rmq_error_detail *detail)
{
	struct rmqi_h_create_topic h = {
		.topic = rmqi_str(topic),
		.defaultTopic = RMQI_STR(RMQI_DEFAULT_TOPIC),
		.readQueueNums = settings->read_queues,
		.writeQueueNums = settings->write_queues,
		.perm = (int32_t)settings->permission,
		.topicFilterType = RMQI_STR("SINGLE_TAG"),
		.order = false,
	};
	struct rmqi_outgoing request = {.code = RMQI_REQ_UPDATE_AND_CREATE_TOPIC,
					.desc = &rmqi_desc_create_topic,
					.header = &h};
	struct rmqi_response response;
	enum rmq_error err;

	RMQI_SET(&h, create_topic, topicSysFlag, 0);
	rmqi_response_init(&response);
	err = ask(a, address, &request, deadline_us, RMQI_RESP_SUCCESS, &response, detail);
	rmqi_response_deinit(&response);
	return err;
}

enum rmq_error rmqi_admin_create_topic(struct rmq_admin *a, const char *cluster, const char *topic,
				       const struct rmq_topic_settings *settings,
				       const struct rmq_admin_options *options,
				       struct rmq_error_detail *detail)
{
	static const struct rmq_topic_settings usual = {
		.write_queues = RMQI_ADMIN_QUEUES,
		.read_queues = RMQI_ADMIN_QUEUES,
		.permission = RMQ_PERMISSION_READ | RMQ_PERMISSION_WRITE,
	};
	int64_t deadline_us = deadline_of(a, options);
	struct rmqi_masters masters = {0};
	char why[256];
	const char *problem = rmqi_topic_problem(rmqi_str(topic), why, sizeof(why));
	enum rmq_error err;

	if (problem)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL, "%s",
				       problem);
	err = rmqi_masters_find(a->client, cluster, deadline_us, &masters, detail);
	for (size_t i = 0; i < masters.count && err == RMQ_OK; i++)
		err = create_on(a, masters.addresses[i], topic, settings ? settings : &usual,
				deadline_us, detail);
	rmqi_masters_deinit(&masters);
	return err;
}

static enum rmq_error ask_limit(struct rmq_admin *a, const char *address,
				const struct rmqi_queue *q, bool max, int64_t deadline_us,
				int64_t *out, struct rmq_error_detail *detail)
{
	struct rmqi_h_get_max_offset most = {.topic = rmqi_str(q->topic), .queueId = q->queue_id};
	struct rmqi_h_get_min_offset least = {.topic = rmqi_str(q->topic), .queueId = q->queue_id};
	struct rmqi_outgoing request = {
		.code = max ? RMQI_REQ_GET_MAX_OFFSET : RMQI_REQ_GET_MIN_OFFSET,
		.desc = max ? &rmqi_desc_get_max_offset : &rmqi_desc_get_min_offset,
		.header = max ? (const void *)&most : (const void *)&least};
	struct rmqi_h_get_max_offset_response answer = {0};
	struct rmqi_response response;
	enum rmq_error err;

	rmqi_response_init(&response);
	err = ask(a, address, &request, deadline_us, RMQI_RESP_SUCCESS, &response, detail);
	/* Both answers have the one field `offset`. */
	if (err == RMQ_OK)
		err = read_answer(address, &response, &rmqi_desc_get_max_offset_response, &answer,
				  detail);
	rmqi_response_deinit(&response);
	if (err == RMQ_OK)
		*out = answer.offset;
	return err;
}

static enum rmq_error ask_consumer(struct rmq_admin *a, const char *address,
				   const struct rmqi_queue *q, const char *group,
				   int64_t deadline_us, int64_t *out,
				   struct rmq_error_detail *detail)
{
	struct rmqi_h_query_consumer_offset h = {.consumerGroup = rmqi_str(group),
						 .topic = rmqi_str(q->topic),
						 .queueId = q->queue_id};
	struct rmqi_outgoing request = {.code = RMQI_REQ_QUERY_CONSUMER_OFFSET,
					.desc = &rmqi_desc_query_consumer_offset,
					.header = &h};
	struct rmqi_h_query_consumer_offset_response answer = {0};
	struct rmqi_response response;
	enum rmq_error err;

	/* What is committed, not what a young queue would start with
	 * (ConsumerManageProcessor.queryConsumerOffset). */
	RMQI_SET(&h, query_consumer_offset, setZeroIfNotFound, false);
	rmqi_response_init(&response);
	err = ask(a, address, &request, deadline_us, RMQI_RESP_QUERY_NOT_FOUND, &response, detail);
	if (err == RMQ_OK && response.command.code == RMQI_RESP_QUERY_NOT_FOUND)
		answer.offset = -1;
	else if (err == RMQ_OK)
		err = read_answer(address, &response, &rmqi_desc_query_consumer_offset_response,
				  &answer, detail);
	rmqi_response_deinit(&response);
	if (err == RMQ_OK)
		*out = answer.offset;
	return err;
}

static enum rmq_error fill_row(struct rmq_admin *a, const struct rmqi_topic_route *route,
			       const struct rmqi_queue *q, const char *group, int64_t deadline_us,
			       struct rmq_queue_offsets *row, struct rmq_error_detail *detail)
{
	/* A slave may be behind, and would show less than there is. */
	const char *address = rmqi_topic_route_address(route, q->broker_name, 0, true, NULL);
	enum rmq_error err;

	row->queue = (struct rmq_queue){q->topic, q->broker_name, q->queue_id};
	row->consumer = -1;
	if (!address)
		return rmqi_detail_set(detail, RMQ_ERR_NO_BROKER, RMQ_ERROR_RETRIABLE,
				       "broker %s has no master now", q->broker_name);
	err = ask_limit(a, address, q, false, deadline_us, &row->min, detail);
	if (err == RMQ_OK)
		err = ask_limit(a, address, q, true, deadline_us, &row->max, detail);
	if (err == RMQ_OK && group)
		err = ask_consumer(a, address, q, group, deadline_us, &row->consumer, detail);
	return err;
}

/* Takes over the reference of the route. */
static struct rmq_topic_offsets *offsets_new(struct rmqi_topic_route *route)
{
	struct rmq_topic_offsets *o =
		rmqi_calloc(1, sizeof(*o) + route->subscribe_count * sizeof(o->rows[0]));

	if (!o) {
		rmqi_topic_route_unref(route);
		return NULL;
	}
	o->route = route;
	o->count = route->subscribe_count;
	return o;
}

static enum rmq_error make_offsets(struct rmq_admin *a, const char *topic, const char *group,
				   int64_t deadline_us, struct rmq_topic_offsets **out,
				   struct rmq_error_detail *detail)
{
	struct rmqi_topic_route *route = NULL;
	enum rmq_error err = rmqi_client_fresh_route(a->client, topic, deadline_us, &route, detail);
	struct rmq_topic_offsets *o;

	if (err != RMQ_OK)
		return err;
	o = offsets_new(route);
	if (!o)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	for (size_t i = 0; i < o->count && err == RMQ_OK; i++)
		err = fill_row(a, route, &route->subscribe[i], group, deadline_us, &o->rows[i],
			       detail);
	if (err == RMQ_OK)
		*out = o;
	else
		rmqi_topic_offsets_free(o);
	return err;
}

enum rmq_error rmqi_admin_topic_offsets(struct rmq_admin *a, const char *topic, const char *group,
					const struct rmq_admin_options *options,
					struct rmq_topic_offsets **out,
					struct rmq_error_detail *detail)
{
	char why[256];
	const char *problem = rmqi_topic_problem(rmqi_str(topic), why, sizeof(why));

	if (!problem && group)
		problem = rmqi_group_problem(rmqi_str(group), why, sizeof(why));
	if (problem)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL, "%s",
				       problem);
	return make_offsets(a, topic, group, deadline_of(a, options), out, detail);
}

void rmqi_topic_offsets_free(struct rmq_topic_offsets *o)
{
	if (!o)
		return;
	rmqi_topic_route_unref(o->route);
	rmqi_free(o);
}
