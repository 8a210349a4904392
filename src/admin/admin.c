/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/admin.h"

#include <string.h>

#include "admin/cluster.h"
#include "base/detail.h"
#include "base/mem.h"
#include "client/client.h"
#include "client/question.h"
#include "codec/codes.h"
#include "codec/names.h"
#include "codec/schema.h"

enum {
	DEFAULT_TIMEOUT_MS = 6000, /* MQAdminImpl.timeoutMillis */
	LONGEST_MS = 24 * 3600 * 1000
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

bool rmqi_admin_is_inherited(const struct rmq_admin *a)
{
	return rmqi_client_is_inherited(a->client);
}

void rmqi_admin_free(struct rmq_admin *a)
{
	if (!a || (a->client && rmqi_client_check_caller(a->client, NULL) != RMQ_OK))
		return;
	rmqi_client_free(a->client);
	rmqi_free(a);
}

int64_t rmqi_admin_deadline(const struct rmq_admin *a, const struct rmq_admin_options *options)
{
	int64_t ms = options && options->timeout_ms >= 0 ? options->timeout_ms : DEFAULT_TIMEOUT_MS;

	return rmqi_clock_deadline(rmqi_client_clock(a->client), ms < LONGEST_MS ? ms : LONGEST_MS);
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
	if (settings->is_lite)
		RMQI_SET(&h, create_topic, attributes, RMQI_STR("+message.type=LITE"));
	rmqi_response_init(&response);
	err = rmqi_client_ask(a->client, address, &request, deadline_us, RMQI_RESP_SUCCESS,
			      &response, detail);
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
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	struct rmqi_masters masters = {0};
	char why[RMQI_PROBLEM_SIZE];
	const char *problem = rmqi_topic_problem(rmqi_str(topic), why, sizeof(why));
	enum rmq_error err = rmqi_client_check_caller(a->client, detail);

	if (err != RMQ_OK)
		return err;
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

static enum rmq_error ask_row(struct rmq_admin *a, const struct rmqi_topic_route *route,
			      const struct rmqi_queue *q, const char *group, int64_t deadline_us,
			      struct rmq_queue_offsets *row, struct rmq_error_detail *detail)
{
	/* A slave may be behind, and would show less than there is. */
	const char *address = rmqi_topic_route_address(route, q->broker_name, 0, true, NULL);
	struct rmqi_question ask = {a->client,      address,     q->topic,
				    q->broker_name, q->queue_id, deadline_us};
	enum rmq_error err;

	if (!address)
		return rmqi_detail_set(detail, RMQ_ERR_NO_BROKER, RMQ_ERROR_RETRIABLE,
				       "broker %s has no master now", q->broker_name);
	err = rmqi_question_min(&ask, &row->min, detail);
	if (err == RMQ_OK)
		err = rmqi_question_max(&ask, &row->max, detail);
	if (err == RMQ_OK && group)
		err = rmqi_question_committed(&ask, group, &row->consumer, detail);
	return err;
}

static void fail_row(struct rmq_queue_offsets *row, enum rmq_error error,
		     const struct rmq_error_detail *detail)
{
	row->min = row->max = row->consumer = -1;
	row->error = error;
	row->detail = detail ? rmqi_detail_new() : NULL;
	rmqi_detail_copy(row->detail, detail);
}

/* The rows of one broker, which stand together. One that gives no answer is not asked again. */
static void fill_broker(struct rmq_admin *a, struct rmq_topic_offsets *o, size_t first, size_t end,
			const char *group, int64_t deadline_us)
{
	struct rmq_error_detail *detail = rmqi_detail_new();
	enum rmq_error err = RMQ_OK;

	for (size_t i = first; i < end; i++) {
		const struct rmqi_queue *q = &o->route->subscribe[i];
		struct rmq_queue_offsets *row = &o->rows[i];

		row->queue = (struct rmq_queue){q->topic, q->broker_name, q->queue_id};
		row->consumer = -1;
		if (err == RMQ_OK || err == RMQ_ERR_BROKER || err == RMQ_ERR_DENIED) {
			rmqi_detail_clear(detail);
			err = ask_row(a, o->route, q, group, deadline_us, row, detail);
		}
		if (err != RMQ_OK)
			fail_row(row, err, detail);
	}
	rmq_error_detail_free(detail);
}

static size_t end_of_broker(const struct rmq_topic_offsets *o, size_t first)
{
	const struct rmqi_queue *q = o->route->subscribe;
	size_t end = first + 1;

	while (end < o->count && strcmp(q[end].broker_name, q[first].broker_name) == 0)
		end++;
	return end;
}

/* Each broker has its part of the time that is left, so that one that hangs leaves some to the others. */
static void fill_rows(struct rmq_admin *a, struct rmq_topic_offsets *o, const char *group,
		      int64_t deadline_us)
{
	const struct rmqi_clock *clock = rmqi_client_clock(a->client);
	int64_t brokers = 0;

	for (size_t i = 0; i < o->count; i = end_of_broker(o, i))
		brokers++;
	for (size_t i = 0, end; i < o->count; i = end, brokers--) {
		int64_t now_us = rmqi_clock_us(clock);

		end = end_of_broker(o, i);
		fill_broker(a, o, i, end, group, now_us + (deadline_us - now_us) / brokers);
	}
}

/* RMQ_OK when a row has numbers, or there is no row; else the first row's error. */
static enum rmq_error judge_rows(const struct rmq_topic_offsets *o, struct rmq_error_detail *detail)
{
	for (size_t i = 0; i < o->count; i++)
		if (o->rows[i].error == RMQ_OK)
			return RMQ_OK;
	if (o->count == 0)
		return RMQ_OK;
	rmqi_detail_copy(detail, o->rows[0].detail);
	return o->rows[0].error;
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
	fill_rows(a, o, group, deadline_us);
	err = judge_rows(o, detail);
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
	char why[RMQI_PROBLEM_SIZE];
	const char *problem = rmqi_topic_problem(rmqi_str(topic), why, sizeof(why));
	enum rmq_error err = rmqi_client_check_caller(a->client, detail);

	if (err != RMQ_OK)
		return err;
	if (!problem && group)
		problem = rmqi_group_problem(rmqi_str(group), why, sizeof(why));
	if (problem)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL, "%s",
				       problem);
	return make_offsets(a, topic, group, rmqi_admin_deadline(a, options), out, detail);
}

void rmqi_topic_offsets_free(struct rmq_topic_offsets *o)
{
	if (!o)
		return;
	for (size_t i = 0; i < o->count; i++)
		rmq_error_detail_free(o->rows[i].detail);
	rmqi_topic_route_unref(o->route);
	rmqi_free(o);
}
