/* SPDX-License-Identifier: Apache-2.0 */
/* lite_group.c - groups that receive lite topics (UpdateSubGroupSubCommand.java with attributes). */
#include "admin/admin.h"
#include "admin/cluster.h"
#include "base/detail.h"
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

static enum rmq_error tell(struct rmq_admin *a, const char *cluster, const struct rmqi_buf *body,
			   int64_t deadline_us, struct rmq_error_detail *detail)
{
	struct rmqi_cursor bytes = rmqi_buf_cursor(body);
	struct rmqi_outgoing request = {.code = RMQI_REQ_UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
					.body = &bytes,
					.body_count = 1};

	return rmqi_cluster_tell(a->client, cluster, &request, deadline_us, detail);
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
		err = tell(a, cluster, &body, deadline_us, detail);
	else
		rmqi_detail_set(detail, err, 0, "out of memory");
	rmqi_buf_deinit(&body);
	return err;
}
