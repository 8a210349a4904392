/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "codec/body.h"
#include "codec/body_read.h"
#include "codec/body_write.h"
#include "codec/json.h"

const char *rmqi_broker_data_master(const struct rmqi_broker_data *b)
{
	/* The ids are ascending. */
	return b->address_count > 0 && b->addresses[0].id == 0 ? b->addresses[0].address : NULL;
}

static bool is_of(const struct rmqi_json *broker, const char *cluster)
{
	return !cluster || strcmp(rmqi_json_str(broker, "cluster", ""), cluster) == 0;
}

enum rmq_error rmqi_cluster_info_decode(struct rmqi_cursor body, const char *cluster,
					struct rmqi_cluster_info *out)
{
	struct rmqi_cluster_info made = {0};
	const struct rmqi_json *table;
	struct rmqi_json *root;
	enum rmq_error err = rmqi_body_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	table = rmqi_member_of_kind(root, "brokerAddrTable", RMQI_JSON_OBJECT, &err);
	made.brokers = rmqi_body_array(rmqi_json_count(table), sizeof(*made.brokers), &err);
	RMQI_JSON_EACH(value, table) {
		if (err == RMQ_OK && !rmqi_json_is(value, RMQI_JSON_OBJECT))
			err = RMQ_ERR_PROTOCOL;
		else if (err == RMQ_OK && is_of(value, cluster))
			rmqi_body_read_broker(value, value->name,
					      &made.brokers[made.broker_count++], &err);
	}
	rmqi_json_free(root);
	if (err != RMQ_OK) {
		rmqi_cluster_info_deinit(&made);
		return err;
	}
	rmqi_body_sort_brokers(made.brokers, made.broker_count);
	*out = made;
	return RMQ_OK;
}

void rmqi_cluster_info_deinit(struct rmqi_cluster_info *c)
{
	for (size_t i = 0; i < c->broker_count; i++)
		rmqi_body_deinit_broker(&c->brokers[i]);
	rmqi_free(c->brokers);
	*c = (struct rmqi_cluster_info){0};
}
