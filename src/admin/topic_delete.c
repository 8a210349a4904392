/* SPDX-License-Identifier: Apache-2.0 */
/* topic_delete.c - a topic goes, from brokers first (DeleteTopicSubCommand.java). */
#include "admin/asking.h"
#include "admin/cluster.h"
#include "admin/topics.h"
#include "base/detail.h"
#include "base/mem.h"
#include "codec/codes.h"
#include "codec/names.h"
#include "codec/schema.h"

static size_t count_namesrvs(const struct rmqi_client *client)
{
	size_t count = 0;

	while (rmqi_client_namesrv(client, count))
		count++;
	return count;
}

/* Each name server has tables of its own. */
static enum rmq_error tell_namesrvs(struct rmqi_client *client, const char *cluster,
				    const char *topic, int64_t deadline_us,
				    struct rmq_error_detail *detail)
{
	struct rmqi_h_delete_topic_from_namesrv h = {.topic = rmqi_str(topic)};
	size_t count = count_namesrvs(client);
	struct rmqi_ask *asks = rmqi_calloc(count, sizeof(*asks));
	enum rmq_error err;

	if (!asks)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	if (cluster)
		RMQI_SET(&h, delete_topic_from_namesrv, clusterName, rmqi_str(cluster));
	for (size_t i = 0; i < count; i++) {
		asks[i].address = rmqi_client_namesrv(client, i);
		asks[i].request = (struct rmqi_outgoing){.code = RMQI_REQ_DELETE_TOPIC_IN_NAMESRV,
							 .desc = &rmqi_desc_delete_topic_from_namesrv,
							 .header = &h};
	}
	rmqi_asking(client, asks, count, deadline_us);
	err = rmqi_asking_all(asks, count, detail);
	rmqi_asking_deinit(asks, count);
	rmqi_free(asks);
	return err;
}

enum rmq_error rmqi_topic_delete(struct rmqi_client *client, const struct rmqi_cluster_info *info,
				 const char *cluster, const char *topic, int64_t deadline_us,
				 struct rmq_error_detail *detail)
{
	struct rmqi_h_delete_topic h = {.topic = rmqi_str(topic)};
	struct rmqi_outgoing request = {.code = RMQI_REQ_DELETE_TOPIC_IN_BROKER,
					.desc = &rmqi_desc_delete_topic,
					.header = &h};
	enum rmq_error err =
		rmqi_cluster_tell_these(client, info, &request, deadline_us, detail);

	return err == RMQ_OK ? tell_namesrvs(client, cluster, topic, deadline_us, detail) : err;
}

enum rmq_error rmqi_admin_delete_topic(struct rmq_admin *a, const char *cluster, const char *topic,
				       const struct rmq_admin_options *options,
				       struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	struct rmqi_cluster_info info;
	char why[RMQI_PROBLEM_SIZE];
	const char *problem = rmqi_topic_problem(rmqi_str(topic), why, sizeof(why));
	enum rmq_error err = rmqi_client_check_caller(a->client, detail);

	if (err != RMQ_OK)
		return err;
	if (problem)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL, "%s",
				       problem);
	err = rmqi_cluster_find(a->client, cluster, deadline_us, &info, detail);
	if (err != RMQ_OK)
		return err;
	err = rmqi_topic_delete(a->client, &info, cluster, topic, deadline_us, detail);
	rmqi_cluster_info_deinit(&info);
	return err;
}
