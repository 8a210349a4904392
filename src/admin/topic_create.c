/* SPDX-License-Identifier: Apache-2.0 */
/* topic_create.c - topics are made and altered (DefaultMQAdminExt.createAndUpdateTopicConfig). */
#include "admin/admin.h"
#include "admin/cluster.h"
#include "base/buf.h"
#include "base/detail.h"
#include "codec/codes.h"
#include "codec/names.h"
#include "codec/schema.h"

enum { ATTRIBUTES_MAX = 64 * 1024 };

/* What is set by name goes before what is_lite says. */
static enum rmq_error write_attributes(const struct rmq_topic_settings *settings,
				       struct rmqi_buf *out)
{
	if (settings->is_lite) {
		rmqi_buf_add_text(out, "+message.type=LITE");
		if (settings->attributes.count > 0)
			rmqi_buf_add_u8(out, ',');
	}
	rmqi_attributes_write(&settings->attributes, out);
	return rmqi_buf_status(out);
}

static enum rmq_error create(struct rmq_admin *a, const char *cluster, const char *topic,
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
		.order = settings->is_ordered,
	};
	struct rmqi_outgoing request = {.code = RMQI_REQ_UPDATE_AND_CREATE_TOPIC,
					.desc = &rmqi_desc_create_topic,
					.header = &h};
	struct rmqi_buf attributes;
	enum rmq_error err;

	rmqi_buf_init(&attributes, ATTRIBUTES_MAX);
	err = write_attributes(settings, &attributes);
	RMQI_SET(&h, create_topic, topicSysFlag, 0);
	if (err != RMQ_OK)
		rmqi_detail_set(detail, err, 0, "the attributes: %s", rmq_error_text(err));
	else if (attributes.len > 0)
		RMQI_SET(&h, create_topic, attributes,
			 rmqi_cursor_str(rmqi_buf_cursor(&attributes)));
	if (err == RMQ_OK)
		err = rmqi_cluster_tell(a->client, cluster, &request, deadline_us, detail);
	rmqi_buf_deinit(&attributes);
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
	char why[RMQI_PROBLEM_SIZE];
	const char *problem = rmqi_topic_problem(rmqi_str(topic), why, sizeof(why));
	enum rmq_error err = rmqi_client_check_caller(a->client, detail);

	if (err != RMQ_OK)
		return err;
	if (problem)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL, "%s",
				       problem);
	return create(a, cluster, topic, settings ? settings : &usual, deadline_us, detail);
}
