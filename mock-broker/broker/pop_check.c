/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pop_check.c - may this group pop from this topic?
 */
#include <assert.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/pop.h"

enum { HEADER_MAX = 256 }; /* bytes of the header of an answer */

void mb_pop_refuse(const struct mb_ticket *t, int32_t code, const char *format, ...)
{
	const struct rmqi_request_desc *request = rmqi_request_find(t->code);
	_Alignas(max_align_t) uint8_t header[HEADER_MAX] = {0};
	char remark[MB_REMARK_MAX];
	struct rmqi_outgoing response = {.code = code, .desc = request->response, .header = header};
	va_list args;

	va_start(args, format);
	vsnprintf(remark, sizeof(remark), format, args);
	va_end(args);
	response.remark = rmqi_str(remark);
	/* Ours; each is smaller. */
	assert(!response.desc || response.desc->struct_size <= HEADER_MAX);
	mb_answer(t, &response);
}

static bool check_topic(struct mb_broker *b, const struct mb_ticket *t,
			const struct mb_pop_request *r, const struct mb_topic **topic)
{
	*topic = mb_topic_find(b, r->topic);
	if (!*topic) {
		mb_pop_refuse(t, RMQI_RESP_TOPIC_NOT_EXIST,
			      "topic[%.*s] not exist, apply first please! %s",
			      RMQI_STR_ARG(r->topic), MB_FAQ);
		return false;
	}
	if (!((*topic)->config.perm & RMQI_PERM_READ)) {
		mb_pop_refuse(t, RMQI_RESP_NO_PERMISSION,
			      "the topic[%.*s] peeking message is forbidden",
			      RMQI_STR_ARG(r->topic));
		return false;
	}
	if (r->queue_id < (*topic)->config.read_queue_nums)
		return true;
	mb_pop_refuse(t, RMQI_RESP_INVALID_PARAMETER,
		      "queueId[%d] is illegal, topic:[%.*s] topicConfig.readQueueNums:[%d] "
		      "consumer:[/%s]",
		      (int)r->queue_id, RMQI_STR_ARG(r->topic),
		      (int)(*topic)->config.read_queue_nums, rmqi_conn_peer_text(t->conn));
	return false;
}

static bool check_group(struct mb_broker *b, const struct mb_ticket *t, struct rmqi_str name,
			const struct mb_group **group)
{
	*group = mb_group_get(b, name);
	if (!*group) {
		mb_pop_refuse(t, RMQI_RESP_SUBSCRIPTION_GROUP_NOT_EXIST,
			      "subscription group [%.*s] does not exist, %s", RMQI_STR_ARG(name),
			      MB_FAQ);
		return false;
	}
	if ((*group)->consume_enable)
		return true;
	mb_pop_refuse(t, RMQI_RESP_NO_PERMISSION, "subscription group no permission, %.*s",
		      RMQI_STR_ARG(name));
	return false;
}

bool mb_pop_check_role(const struct mb_broker *b, const struct mb_ticket *t)
{
	if (!mb_ha_is_slave(&b->ha))
		return true;
	mb_pop_refuse(t, RMQI_RESP_SYSTEM_BUSY,
		      "[REJECTREQUEST]system busy, start flow control for a while");
	return false;
}

bool mb_pop_check_place(struct mb_broker *b, const struct mb_ticket *t,
			const struct mb_pop_request *r, const struct mb_topic **topic,
			const struct mb_group **group)
{
	if (!mb_broker_can(b, RMQI_PERM_READ)) {
		mb_pop_refuse(t, RMQI_RESP_NO_PERMISSION, "the broker[%s] %s is forbidden", b->ip,
			      r->what);
		return false;
	}
	return check_topic(b, t, r, topic) && check_group(b, t, r->group, group);
}

const char *mb_pop_retry_topic(struct rmqi_str group, struct rmqi_str topic, bool is_v2,
			       char out[RMQI_RETRY_TOPIC_MAX + 1])
{
	snprintf(out, RMQI_RETRY_TOPIC_MAX + 1, "%s%.*s%c%.*s", RMQI_RETRY_PREFIX,
		 RMQI_STR_ARG(group), is_v2 ? '+' : '_', RMQI_STR_ARG(topic));
	return out;
}
