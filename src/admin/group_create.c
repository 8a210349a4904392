/* SPDX-License-Identifier: Apache-2.0 */
/* group_create.c - groups are made, altered and deleted (UpdateSubGroupSubCommand.java, DeleteSubscriptionGroupCommand.java). */
#include <stdio.h>

#include "admin/cluster.h"
#include "admin/groups.h"
#include "admin/topics.h"
#include "base/detail.h"
#include "base/mem.h"
#include "codec/codes.h"
#include "codec/names.h"
#include "codec/schema.h"

enum { BODY_MAX = 1024 * 1024 };

static enum rmq_error encode(const char *group, const struct rmq_group_settings *settings,
			     struct rmqi_buf *out)
{
	struct rmqi_group_config fresh = {0};
	struct rmqi_group_config config;
	enum rmq_error err = rmqi_group_config_init(&fresh, group);

	if (err != RMQ_OK)
		return err;
	config = settings ? settings->config : fresh;
	config.group_name = fresh.group_name;
	if (settings) {
		config.changes = settings->attributes.list;
		config.change_count = settings->attributes.count;
	}
	err = rmqi_group_config_encode(&config, out);
	rmqi_group_config_deinit(&fresh);
	return err;
}

enum rmq_error rmqi_admin_create_group(struct rmq_admin *a, const char *cluster, const char *group,
				       const struct rmq_group_settings *settings,
				       const struct rmq_admin_options *options,
				       struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	enum rmq_error err = rmqi_survey_check(a, group, detail);
	struct rmqi_cursor bytes;
	struct rmqi_outgoing request = {.code = RMQI_REQ_UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
					.body = &bytes,
					.body_count = 1};
	struct rmqi_buf body;

	if (err != RMQ_OK)
		return err;
	rmqi_buf_init(&body, BODY_MAX);
	err = encode(group, settings, &body);
	bytes = rmqi_buf_cursor(&body);
	if (err == RMQ_OK)
		err = rmqi_cluster_tell(a->client, cluster, &request, deadline_us, detail);
	else
		rmqi_detail_set(detail, err, 0, "the settings: %s", rmq_error_text(err));
	rmqi_buf_deinit(&body);
	return err;
}

/* --- Deleting -------------------------------------------------------------------------------------- */

static enum rmq_error delete_topic(struct rmq_admin *a, const struct rmqi_cluster_info *info,
				   const char *cluster, const char *prefix, const char *group,
				   int64_t deadline_us, struct rmq_error_detail *detail)
{
	char topic[RMQI_RETRY_TOPIC_MAX + 1];

	(void)snprintf(topic, sizeof(topic), "%s%s", prefix, group);
	return rmqi_topic_delete(a->client, info, cluster, topic, deadline_us, detail);
}

static enum rmq_error delete_at(struct rmq_admin *a, const struct rmqi_cluster_info *info,
				const char *cluster, const char *group, unsigned with,
				int64_t deadline_us, struct rmq_error_detail *detail)
{
	struct rmqi_h_delete_subscription_group h = {.groupName = rmqi_str(group)};
	struct rmqi_outgoing request = {.code = RMQI_REQ_DELETE_SUBSCRIPTIONGROUP,
					.desc = &rmqi_desc_delete_subscription_group,
					.header = &h};
	bool with_offsets = (with & RMQ_GROUP_OFFSETS) != 0;
	enum rmq_error err;

	RMQI_SET(&h, delete_subscription_group, cleanOffset, with_offsets);
	RMQI_SET(&h, delete_subscription_group, removeOffset, with_offsets);
	err = rmqi_cluster_tell_these(a->client, info, &request, deadline_us, detail);
	if (err == RMQ_OK && (with & RMQ_GROUP_TOPICS))
		err = delete_topic(a, info, cluster, RMQI_RETRY_PREFIX, group, deadline_us, detail);
	if (err == RMQ_OK && (with & RMQ_GROUP_TOPICS))
		err = delete_topic(a, info, cluster, RMQI_DLQ_PREFIX, group, deadline_us, detail);
	return err;
}

enum rmq_error rmqi_admin_delete_group(struct rmq_admin *a, const char *cluster, const char *group,
				       unsigned with, const struct rmq_admin_options *options,
				       struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	struct rmqi_cluster_info info;
	enum rmq_error err = rmqi_survey_check(a, group, detail);

	if (err == RMQ_OK)
		err = rmqi_cluster_find(a->client, cluster, deadline_us, &info, detail);
	if (err != RMQ_OK)
		return err;
	err = delete_at(a, &info, cluster, group, with, deadline_us, detail);
	rmqi_cluster_info_deinit(&info);
	return err;
}
