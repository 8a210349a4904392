/* SPDX-License-Identifier: Apache-2.0 */
/* request_mode.c - whether a group pulls a topic or pops it (DefaultMQAdminExt.setMessageRequestMode). */
#include "admin/admin.h"
#include "admin/cluster.h"
#include "base/detail.h"
#include "base/mem.h"
#include "codec/body_pop.h"
#include "codec/codes.h"
#include "codec/names.h"

enum { BODY_MAX = 64 * 1024 };

static enum rmq_error encode(const char *topic, const char *group, enum rmq_request_mode mode,
			     int share_queues, struct rmqi_buf *out)
{
	struct rmqi_request_mode m = {.topic = rmqi_strdup(topic),
				      .consumer_group = rmqi_strdup(group),
				      .is_pop = mode == RMQ_REQUEST_MODE_POP,
				      .share_queues = share_queues};
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (m.topic && m.consumer_group)
		err = rmqi_request_mode_encode(&m, out);
	rmqi_request_mode_deinit(&m);
	return err;
}

/* A broker that has never heard of it says so by its answer. */
static enum rmq_error tell(struct rmq_admin *a, const char *cluster, const struct rmqi_buf *body,
			   int64_t deadline_us, struct rmq_error_detail *detail)
{
	struct rmqi_cursor bytes = rmqi_buf_cursor(body);
	struct rmqi_outgoing request = {
		.code = RMQI_REQ_SET_MESSAGE_REQUEST_MODE, .body = &bytes, .body_count = 1};
	enum rmq_error err = rmqi_cluster_tell(a->client, cluster, &request, deadline_us, detail);

	if (err == RMQ_ERR_UNSUPPORTED)
		rmqi_detail_set(detail, err, RMQ_ERROR_FATAL,
				"a broker does not know POP, which came with 5.0.0");
	return err;
}

enum rmq_error rmqi_admin_set_request_mode(struct rmq_admin *a, const char *cluster,
					   const char *topic, const char *group,
					   enum rmq_request_mode mode, int share_queues,
					   const struct rmq_admin_options *options,
					   struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	char why[RMQI_PROBLEM_SIZE];
	const char *problem = rmqi_topic_problem(rmqi_str(topic), why, sizeof(why));
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
	err = encode(topic, group, mode, share_queues, &body);
	if (err == RMQ_OK)
		err = tell(a, cluster, &body, deadline_us, detail);
	else
		rmqi_detail_set(detail, err, 0, "out of memory");
	rmqi_buf_deinit(&body);
	return err;
}
