/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/cluster.h"

#include "base/detail.h"
#include "base/mem.h"
#include "codec/body.h"
#include "codec/codes.h"

struct wanted {
	const char *cluster; /* NULL: all */
	struct rmqi_cluster_info info;
};

static enum rmq_error read_info(void *arg, const struct rmqi_command *answer,
				struct rmq_error_detail *detail)
{
	struct wanted *w = arg;

	(void)detail;
	return rmqi_cluster_info_decode(answer->body, w->cluster, &w->info);
}

static bool has_master(const struct rmqi_cluster_info *info)
{
	for (size_t i = 0; i < info->broker_count; i++)
		if (rmqi_broker_data_master(&info->brokers[i]))
			return true;
	return false;
}

enum rmq_error rmqi_cluster_find(struct rmqi_client *client, const char *cluster,
				 int64_t deadline_us, struct rmqi_cluster_info *out,
				 struct rmq_error_detail *detail)
{
	struct wanted w = {.cluster = cluster};
	struct rmqi_namesrv_ask ask = {.request = {.code = RMQI_REQ_GET_BROKER_CLUSTER_INFO},
				       .read = read_info,
				       .arg = &w};
	enum rmq_error err = rmqi_asking_namesrv(client, &ask, deadline_us, detail);

	if (err != RMQ_OK)
		return err;
	if (has_master(&w.info)) {
		*out = w.info;
		return RMQ_OK;
	}
	rmqi_cluster_info_deinit(&w.info);
	return rmqi_detail_set(detail, RMQ_ERR_NOT_FOUND, RMQ_ERROR_RETRIABLE,
			       "the name server knows no master%s%s", cluster ? " of cluster " : "",
			       cluster ? cluster : "");
}

struct rmqi_ask *rmqi_cluster_asks(const struct rmqi_cluster_info *info,
				   const struct rmqi_outgoing *request)
{
	struct rmqi_ask *asks = rmqi_calloc(info->broker_count, sizeof(*asks));

	for (size_t i = 0; asks && i < info->broker_count; i++) {
		asks[i].address = rmqi_broker_data_master(&info->brokers[i]);
		asks[i].broker_name = info->brokers[i].broker_name;
		asks[i].request = *request;
	}
	return asks;
}

/* Those that have a master come first; returns how many these are. */
static size_t keep_masters(struct rmqi_ask *asks, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (asks[i].address)
			asks[kept++] = asks[i];
	return kept;
}

enum rmq_error rmqi_cluster_tell_these(struct rmqi_client *client,
				       const struct rmqi_cluster_info *info,
				       const struct rmqi_outgoing *request, int64_t deadline_us,
				       struct rmq_error_detail *detail)
{
	struct rmqi_ask *asks = rmqi_cluster_asks(info, request);
	enum rmq_error err;
	size_t count;

	if (!asks)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	count = keep_masters(asks, info->broker_count);
	rmqi_asking(client, asks, count, deadline_us);
	err = rmqi_asking_all(asks, count, detail);
	rmqi_asking_deinit(asks, count);
	rmqi_free(asks);
	return err;
}

enum rmq_error rmqi_cluster_tell(struct rmqi_client *client, const char *cluster,
				 const struct rmqi_outgoing *request, int64_t deadline_us,
				 struct rmq_error_detail *detail)
{
	struct rmqi_cluster_info info;
	enum rmq_error err = rmqi_cluster_find(client, cluster, deadline_us, &info, detail);

	if (err != RMQ_OK)
		return err;
	err = rmqi_cluster_tell_these(client, &info, request, deadline_us, detail);
	rmqi_cluster_info_deinit(&info);
	return err;
}
