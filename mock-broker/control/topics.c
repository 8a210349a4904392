/* SPDX-License-Identifier: Apache-2.0 */
/* topics.c - topics, groups and clients, as the brokers know them. */
#include "base/detail.h"
#include "mock-broker/broker/views.h"
#include "mock-broker/control/handlers.h"

enum { QUEUES_USUAL = 8, QUEUES_MAX = 1024 };

static void write_topics(struct mb_ask *a, const struct mb_slot *s)
{
	mb_view_topics(s->broker, s->label, rmqi_str(mb_args_text(&a->args, "topic")),
		       mb_args_number(&a->args, "system", 0) != 0, a->out);
}

static void write_groups(struct mb_ask *a, const struct mb_slot *s)
{
	mb_view_groups(s->broker, s->label, rmqi_str(mb_args_text(&a->args, "group")), a->out);
}

static void write_connections(struct mb_ask *a, const struct mb_slot *s)
{
	mb_view_connections(s->broker, s->label, a->out);
}

static enum rmq_error write_list(struct mb_ask *a,
				 void (*fn)(struct mb_ask *a, const struct mb_slot *broker))
{
	rmqi_buf_add_u8(a->out, '[');
	mb_control_each_broker(a, fn);
	rmqi_buf_add_u8(a->out, ']');
	return RMQ_OK;
}

enum rmq_error mb_control_topics(struct mb_ask *a)
{
	return write_list(a, write_topics);
}

enum rmq_error mb_control_groups(struct mb_ask *a)
{
	return write_list(a, write_groups);
}

enum rmq_error mb_control_connections(struct mb_ask *a)
{
	return write_list(a, write_connections);
}

enum rmq_error mb_control_topic_create(struct mb_ask *a)
{
	int64_t queues = mb_args_number(&a->args, "queues", QUEUES_USUAL);

	if (queues < 1 || queues > QUEUES_MAX)
		return rmqi_detail_set(a->detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "queues: %lld is not in 1..%d", (long long)queues,
				       QUEUES_MAX);
	a->status = 201;
	return mb_control_done(a, mb_cluster_create_topic(a->cluster,
							  mb_args_text(&a->args, "topic"),
							  (int)queues, a->detail));
}
