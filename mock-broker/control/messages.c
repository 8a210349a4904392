/* SPDX-License-Identifier: Apache-2.0 */
/* messages.c - what is stored, and storing more. */
#include <string.h>

#include "base/detail.h"
#include "mock-broker/broker/views.h"
#include "mock-broker/control/handlers.h"
#include "mock-broker/control/put.h"
#include "mock-broker/json_text.h"

enum { MESSAGES_USUAL = 100, MESSAGES_MAX = 10000 };

static void write_messages(struct mb_ask *a, const struct mb_slot *s)
{
	const char *node = mb_args_text(&a->args, "node");
	const struct mb_message_query q = {
		.topic = rmqi_str(mb_args_text(&a->args, "topic")),
		.queue_id = (int32_t)mb_args_number(&a->args, "queueId", -1),
		.offset = mb_args_number(&a->args, "offset", 0),
		.max = (size_t)mb_args_number(&a->args, "max", MESSAGES_USUAL),
	};

	/* Slaves hold the same; whoever wants theirs says so. */
	if (node ? strcmp(node, s->label) == 0 : !mb_slot_is_slave(a->cluster, s))
		mb_view_messages(s->broker, s->label, &q, a->out);
}

enum rmq_error mb_control_messages(struct mb_ask *a)
{
	int64_t max = mb_args_number(&a->args, "max", MESSAGES_USUAL);

	if (max < 1 || max > MESSAGES_MAX)
		return rmqi_detail_set(a->detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "max: %lld is not in 1..%d", (long long)max, MESSAGES_MAX);
	rmqi_buf_add_u8(a->out, '[');
	mb_control_each_broker(a, write_messages);
	rmqi_buf_add_u8(a->out, ']');
	return RMQ_OK;
}

enum rmq_error mb_control_message_put(struct mb_ask *a)
{
	const char *node = mb_args_text(&a->args, "node");
	const char *body = mb_args_text(&a->args, "body");
	int64_t queue_id = -1;
	enum rmq_error err = mb_args_within(&a->args, "queueId", -1, INT32_MAX, &queue_id, a->detail);
	const struct mb_new_message m = {
		.topic = rmqi_str(mb_args_text(&a->args, "topic")),
		.body = rmqi_cursor(body, strlen(body)),
		.keys = rmqi_str(mb_args_text(&a->args, "keys")),
		.tags = rmqi_str(mb_args_text(&a->args, "tags")),
		.queue_id = (int32_t)queue_id,
	};
	struct mb_new_place place;

	if (err == RMQ_OK)
		err = mb_control_put(a->cluster, &node, &m, &place, a->detail);
	if (err != RMQ_OK)
		return err;
	a->status = 201;
	rmqi_buf_add_u8(a->out, '{');
	mb_json_text(a->out, "messageId", place.message_id);
	mb_json_text(a->out, "node", node);
	mb_json_i64(a->out, "queueId", place.queue_id);
	mb_json_i64(a->out, "queueOffset", place.queue_offset);
	rmqi_buf_add_u8(a->out, '}');
	return RMQ_OK;
}
