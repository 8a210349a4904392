/* SPDX-License-Identifier: Apache-2.0 */
/*
 * owners.h - which member holds which queue: each is asked, by way of one broker
 * (INVOKE_BROKER_TO_GET_CONSUMER_STATUS), as all are connected to it.
 *
 * Thread: any, but not the loop.
 */
#ifndef RMQI_ADMIN_OWNERS_H
#define RMQI_ADMIN_OWNERS_H

#include "admin/groups.h"

/* Of all topics of the lag. One about which nobody answers has no owners. RMQ_ERR_NO_MEMORY. */
enum rmq_error rmqi_owners_find(struct rmq_admin *a, const struct rmqi_cluster_info *info,
				struct rmqi_str group, struct rmq_group_lag *l, int64_t deadline_us,
				struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
