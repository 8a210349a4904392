/* SPDX-License-Identifier: Apache-2.0 */
/* topic_offsets.c - the offsets of each queue of a topic, of its broker and of a group. */
#include <string.h>

#include "admin/admin.h"
#include "admin/asking.h"
#include "admin/queue_ask.h"
#include "base/detail.h"
#include "base/mem.h"
#include "codec/body_admin.h"
#include "codec/codes.h"
#include "codec/names.h"
#include "codec/schema.h"

/* What is asked about a queue. */
enum { MIN, MAX, COMMITTED, QUESTIONS };

/* The rows of a broker, which stand together. */
struct share {
	struct rmq_queue_offsets *rows;
	size_t count;
};

/* All questions of a call. Those of a row stand together, rows in their order, which is by broker; behind them is one
 * a broker, about the times of all its queues. */
struct inquiry {
	struct rmq_topic_offsets *offsets;
	const char *group; /* NULL: none */
	struct rmqi_ask *asks;
	union rmqi_queue_header *headers; /* as many as asks of rows */
	struct rmqi_h_get_topic_stats_info stats;
	struct share *shares; /* one a broker, as many as there are rows at most */
	size_t share_count;
	size_t per_row;
};

/* The rows are in the order of their ids, from 0. */
static enum rmq_error read_times(void *arg, const struct rmqi_command *answer,
				 struct rmq_error_detail *detail)
{
	const struct share *share = arg;
	struct rmqi_topic_stats stats;
	enum rmq_error err = rmqi_topic_stats_decode(answer->body, &stats);

	(void)detail;
	if (err != RMQ_OK)
		return err;
	for (size_t i = 0; i < stats.count; i++) {
		int32_t id = stats.rows[i].queue.queue_id;

		if (id >= 0 && (size_t)id < share->count)
			share->rows[id].stored_ms = stats.rows[i].last_update_ms;
	}
	rmqi_topic_stats_deinit(&stats);
	return RMQ_OK;
}

static void ask_row(struct inquiry *in, size_t i)
{
	const struct rmqi_topic_route *route = in->offsets->route;
	const struct rmqi_queue *q = &route->subscribe[i];
	struct rmq_queue_offsets *row = &in->offsets->rows[i];
	struct rmqi_ask *asks = &in->asks[i * in->per_row];
	union rmqi_queue_header *headers = &in->headers[i * in->per_row];

	row->queue = (struct rmq_queue){q->topic, q->broker_name, q->queue_id};
	row->consumer = row->stored_ms = -1;
	rmqi_queue_ask_min(&asks[MIN], q, &headers[MIN], &row->min);
	rmqi_queue_ask_max(&asks[MAX], q, &headers[MAX], &row->max);
	if (in->group)
		rmqi_queue_ask_committed(&asks[COMMITTED], q, &headers[COMMITTED], in->group,
					 &row->consumer);
	for (size_t k = 0; k < in->per_row; k++) {
		/* A slave may be behind, and would show less than there is. */
		asks[k].address = rmqi_topic_route_address(route, q->broker_name, 0, true, NULL);
		asks[k].broker_name = q->broker_name;
	}
}

static size_t end_of_broker(const struct rmq_topic_offsets *o, size_t first)
{
	const struct rmqi_queue *q = o->route->subscribe;
	size_t end = first + 1;

	while (end < o->count && strcmp(q[end].broker_name, q[first].broker_name) == 0)
		end++;
	return end;
}

/* What does not answer this (a proxy) leaves the times unknown, and no more. */
static void ask_times(struct inquiry *in)
{
	struct rmq_topic_offsets *o = in->offsets;
	struct rmqi_ask *asks = &in->asks[o->count * in->per_row];

	in->stats.topic = rmqi_str(o->route->topic);
	for (size_t i = 0, end; i < o->count; i = end) {
		struct share *share = &in->shares[in->share_count];

		end = end_of_broker(o, i);
		*share = (struct share){&o->rows[i], end - i};
		asks[in->share_count++] = (struct rmqi_ask){
			.address = in->asks[i * in->per_row].address,
			.broker_name = in->asks[i * in->per_row].broker_name,
			.request = {.code = RMQI_REQ_GET_TOPIC_STATS_INFO,
				    .desc = &rmqi_desc_get_topic_stats_info,
				    .header = &in->stats},
			.read = read_times,
			.arg = share,
		};
	}
}

/* A row has all its numbers or none. */
static void settle_row(struct inquiry *in, size_t i)
{
	struct rmq_queue_offsets *row = &in->offsets->rows[i];

	for (size_t k = 0; k < in->per_row; k++) {
		struct rmqi_ask *ask = &in->asks[i * in->per_row + k];

		if (ask->error == RMQ_OK)
			continue;
		row->min = row->max = row->consumer = row->stored_ms = -1;
		row->error = ask->error;
		row->detail = rmqi_ask_take_detail(ask);
		return;
	}
}

static void ask_all(struct rmq_admin *a, struct inquiry *in, int64_t deadline_us)
{
	size_t count;

	for (size_t i = 0; i < in->offsets->count; i++)
		ask_row(in, i);
	ask_times(in);
	count = in->offsets->count * in->per_row + in->share_count;
	rmqi_asking(a->client, in->asks, count, deadline_us);
	for (size_t i = 0; i < in->offsets->count; i++)
		settle_row(in, i);
	rmqi_asking_deinit(in->asks, count);
}

static enum rmq_error fill_rows(struct rmq_admin *a, struct rmq_topic_offsets *o, const char *group,
				int64_t deadline_us)
{
	struct inquiry in = {.offsets = o, .group = group, .per_row = group ? QUESTIONS : COMMITTED};
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	in.asks = rmqi_calloc(o->count * (in.per_row + 1) + 1, sizeof(*in.asks));
	in.headers = rmqi_calloc(o->count * in.per_row + 1, sizeof(*in.headers));
	in.shares = rmqi_calloc(o->count + 1, sizeof(*in.shares));
	if (in.asks && in.headers && in.shares) {
		ask_all(a, &in, deadline_us);
		err = RMQ_OK;
	}
	rmqi_free(in.asks);
	rmqi_free(in.headers);
	rmqi_free(in.shares);
	return err;
}

/* RMQ_OK when a row has numbers, or there is no row; else the first row's error. */
static enum rmq_error judge_rows(const struct rmq_topic_offsets *o, struct rmq_error_detail *detail)
{
	for (size_t i = 0; i < o->count; i++)
		if (o->rows[i].error == RMQ_OK)
			return RMQ_OK;
	if (o->count == 0)
		return RMQ_OK;
	return rmqi_asking_tell(detail, o->rows[0].error, o->rows[0].detail);
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
	err = fill_rows(a, o, group, deadline_us);
	if (err == RMQ_OK)
		err = judge_rows(o, detail);
	else
		rmqi_detail_set(detail, err, 0, "out of memory");
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
