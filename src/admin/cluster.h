/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster.h - the brokers of a cluster, from GET_BROKER_CLUSTER_INFO (ClusterInfo.java), and what is said to all
 * their masters.
 *
 * Thread: any, but not the loop.
 */
#ifndef RMQI_ADMIN_CLUSTER_H
#define RMQI_ADMIN_CLUSTER_H

#include "admin/asking.h"
#include "client/client.h"

/* cluster NULL: the brokers of all clusters. RMQ_ERR_NOT_FOUND: no such cluster, or it has no master. */
enum rmq_error rmqi_cluster_find(struct rmqi_client *client, const char *cluster,
				 int64_t deadline_us, struct rmqi_cluster_info *out,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* One question to the master of each broker, whose row it is; NULL: memory is out. The caller frees the array
 * (rmqi_asking_deinit, rmqi_free) before `info`. */
struct rmqi_ask *rmqi_cluster_asks(const struct rmqi_cluster_info *info,
				   const struct rmqi_outgoing *request);
/* An order to each master, all at once: the first error is the call's, and the others have it. A broker without a
 * master is left out. */
enum rmq_error rmqi_cluster_tell(struct rmqi_client *client, const char *cluster,
				 const struct rmqi_outgoing *request, int64_t deadline_us,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_cluster_tell_these(struct rmqi_client *client,
				       const struct rmqi_cluster_info *info,
				       const struct rmqi_outgoing *request, int64_t deadline_us,
				       struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
