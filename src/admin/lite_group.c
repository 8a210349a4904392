/* SPDX-License-Identifier: Apache-2.0 */
/* lite_group.c - groups that receive lite topics (UpdateSubGroupSubCommand.java with attributes). */
#include "admin/admin.h"
#include "admin/cluster.h"
#include "base/detail.h"
#include "client/question.h"
#include "codec/codes.h"
#include "codec/json.h"
#include "codec/names.h"

enum { BODY_MAX = 64 * 1024 };

/* SubscriptionGroupConfig.java, as a new one is. */
static enum rmq_error encode(const char *parent, const char *group, bool is_exclusive,
			     struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out};

	rmqi_jw_open(&w, '{');
	rmqi_jw_member_str(&w, "groupName", group);
	rmqi_jw_member_bool(&w, "consumeEnable", true);
	rmqi_jw_member_bool(&w, "consumeFromMinEnable", true);
	rmqi_jw_member_bool(&w, "consumeBroadcastEnable", true);
	rmqi_jw_member_bool(&w, "consumeMessageOrderly", false);
	rmqi_jw_member_i64(&w, "retryQueueNums", 1);
	rmqi_jw_member_i64(&w, "retryMaxTimes", 16);
	rmqi_jw_member_i64(&w, "brokerId", 0);
	rmqi_jw_member_i64(&w, "whichBrokerWhenConsumeSlowly", 1);
	rmqi_jw_member_bool(&w, "notifyConsumerIdsChangedEnable", true);
	rmqi_jw_name(&w, "attributes");
	rmqi_jw_open(&w, '{');
	rmqi_jw_member_str(&w, "+lite.bind.topic", parent);
	rmqi_jw_member_str(&w, "+lite.sub.model", is_exclusive ? "Exclusive" : "Shared");
	rmqi_jw_close(&w, '}');
	rmqi_jw_close(&w, '}');
	return rmqi_buf_status(out);
}

static enum rmq_error tell(struct rmqi_client *client, const char *address,
			   const struct rmqi_cursor *body, int64_t deadline_us,
			   struct rmq_error_detail *detail)
{
	struct rmqi_outgoing request = {.code = RMQI_REQ_UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
					.body = body,
					.body_count = 1};
	struct rmqi_response response;
	enum rmq_error err;

	rmqi_response_init(&response);
	err = rmqi_client_ask(client, address, &request, deadline_us, RMQI_RESP_SUCCESS, &response,
			      detail);
	rmqi_response_deinit(&response);
	return err;
}

enum rmq_error rmqi_admin_create_lite_group(struct rmq_admin *a, const char *cluster,
					    const char *group, const char *parent,
					    bool is_exclusive,
					    const struct rmq_admin_options *options,
					    struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	char why[RMQI_PROBLEM_SIZE];
	const char *problem = rmqi_topic_problem(rmqi_str(parent), why, sizeof(why));
	enum rmq_error err = rmqi_client_check_caller(a->client, detail);
	struct rmqi_buf body;

	if (err != RMQ_OK)
		return err;
	if (!problem)
		problem = rmqi_group_problem(rmqi_str(group), why, sizeof(why));
	if (problem)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL, "%s",
				       problem);
	rmqi_buf_init(&body, BODY_MAX);
	err = encode(parent, group, is_exclusive, &body);
	if (err == RMQ_OK)
		err = rmqi_masters_tell(a->client, cluster, tell, &body, deadline_us, detail);
	else
		rmqi_detail_set(detail, err, 0, "out of memory");
	rmqi_buf_deinit(&body);
	return err;
}
