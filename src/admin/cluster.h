/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster.h - the masters of a cluster, from GET_BROKER_CLUSTER_INFO
 * (ClusterInfo.java).
 */
#ifndef RMQI_ADMIN_CLUSTER_H
#define RMQI_ADMIN_CLUSTER_H

#include "client/client.h"

struct rmqi_masters {
	char **addresses; /* owned texts */
	size_t count;
};

/* cluster NULL: those of all clusters. RMQ_ERR_NOT_FOUND: no such cluster, or it has no master. */
enum rmq_error rmqi_masters_find(struct rmqi_client *client, const char *cluster,
				 int64_t deadline_us, struct rmqi_masters *out,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_masters_deinit(struct rmqi_masters *m);

/* What is done at one master. */
typedef enum rmq_error (*rmqi_master_fn)(struct rmqi_client *client, const char *address,
					 const struct rmqi_cursor *body, int64_t deadline_us,
					 struct rmq_error_detail *detail);
/* At each of them, one after the other; the first error ends it. */
enum rmq_error rmqi_masters_tell(struct rmqi_client *client, const char *cluster, rmqi_master_fn fn,
				 const struct rmqi_buf *body, int64_t deadline_us,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
