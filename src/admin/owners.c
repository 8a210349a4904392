/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/owners.h"

#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "codec/codes.h"
#include "codec/schema.h"

static enum rmq_error read_owners(void *arg, const struct rmqi_command *answer,
				  struct rmq_error_detail *detail)
{
	(void)detail;
	return rmqi_queue_owners_decode(answer->body, arg);
}

/* The master that has the first row of this topic; NULL: none now. */
static const char *address_of(const struct rmqi_cluster_info *info, const struct rmq_group_lag *l,
			      const char *topic)
{
	for (size_t i = 0; i < l->count; i++) {
		if (strcmp(l->rows[i].queue.topic, topic) != 0)
			continue;
		for (size_t k = 0; k < info->broker_count; k++)
			if (strcmp(info->brokers[k].broker_name, l->rows[i].queue.broker_name) == 0)
				return rmqi_broker_data_master(&info->brokers[k]);
	}
	return NULL;
}

static void assign(struct rmq_group_lag *l, const struct rmqi_queue_owner *o)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct rmq_queue *q = &l->rows[i].queue;

		if (q->queue_id == o->queue.queue_id && strcmp(q->topic, o->queue.topic) == 0 &&
		    strcmp(q->broker_name, o->queue.broker_name) == 0)
			l->rows[i].owner = o->client_id;
	}
}

static void ask(struct rmq_admin *a, const struct rmqi_cluster_info *info, struct rmqi_str group,
		struct rmq_group_lag *l, struct rmqi_ask *asks,
		struct rmqi_h_get_consumer_status *headers, int64_t deadline_us)
{
	for (size_t i = 0; i < l->topic_count; i++) {
		headers[i] = (struct rmqi_h_get_consumer_status){
			.topic = rmqi_str(l->topics[i].topic), .group = group};
		asks[i] = (struct rmqi_ask){
			.address = address_of(info, l, l->topics[i].topic),
			.broker_name = "",
			.request = {.code = RMQI_REQ_INVOKE_BROKER_TO_GET_CONSUMER_STATUS,
				    .desc = &rmqi_desc_get_consumer_status,
				    .header = &headers[i]},
			.read = read_owners,
			.arg = &l->owners[i],
		};
	}
	rmqi_asking(a->client, asks, l->topic_count, deadline_us);
	for (size_t i = 0; i < l->owner_count; i++)
		for (size_t k = 0; k < l->owners[i].count; k++)
			assign(l, &l->owners[i].rows[k]);
	rmqi_asking_deinit(asks, l->topic_count);
}

enum rmq_error rmqi_owners_find(struct rmq_admin *a, const struct rmqi_cluster_info *info,
				struct rmqi_str group, struct rmq_group_lag *l, int64_t deadline_us,
				struct rmq_error_detail *detail)
{
	size_t count = l->topic_count + 1;
	struct rmqi_ask *asks = rmqi_calloc(count, sizeof(*asks));
	struct rmqi_h_get_consumer_status *headers = rmqi_calloc(count, sizeof(*headers));
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	l->owners = rmqi_calloc(count, sizeof(*l->owners));
	if (asks && headers && l->owners) {
		l->owner_count = l->topic_count;
		ask(a, info, group, l, asks, headers, deadline_us);
		err = RMQ_OK;
	} else {
		rmqi_detail_set(detail, err, 0, "out of memory");
	}
	rmqi_free(asks);
	rmqi_free(headers);
	return err;
}
