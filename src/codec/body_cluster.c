/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "codec/body.h"
#include "codec/json.h"

/* The address of broker id 0, NULL when the group has no master. */
static const char *master_of(const struct rmqi_json *broker)
{
	return rmqi_json_str(rmqi_json_get(broker, "brokerAddrs"), "0", NULL);
}

static bool is_wanted(const struct rmqi_json *broker, const char *cluster)
{
	return master_of(broker) &&
	       (!cluster || strcmp(rmqi_json_str(broker, "cluster", ""), cluster) == 0);
}

static enum rmq_error copy_masters(const struct rmqi_json *table, const char *cluster, char **out,
				   size_t *count)
{
	RMQI_JSON_EACH(broker, table) {
		if (!is_wanted(broker, cluster))
			continue;
		out[*count] = rmqi_strdup(master_of(broker));
		if (!out[*count])
			return RMQ_ERR_NO_MEMORY;
		(*count)++;
	}
	return RMQ_OK;
}

enum rmq_error rmqi_cluster_masters_decode(struct rmqi_cursor body, const char *cluster,
					   char ***addresses, size_t *count)
{
	struct rmqi_json *info;
	const struct rmqi_json *table;
	char **out = NULL;
	size_t n = 0;
	enum rmq_error err = rmqi_json_parse(body, &info);

	if (err != RMQ_OK)
		return err;
	table = rmqi_json_get(info, "brokerAddrTable");
	out = rmqi_calloc(rmqi_json_count(table) + 1, sizeof(*out));
	err = out ? copy_masters(table, cluster, out, &n) : RMQ_ERR_NO_MEMORY;
	rmqi_json_free(info);
	if (err != RMQ_OK) {
		rmqi_strings_free(out, n);
		return err;
	}
	*addresses = out;
	*count = n;
	return RMQ_OK;
}
