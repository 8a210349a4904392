/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster_orders.h - what nodes of a cluster do at once when they are told (broker/orders.h, busy.h,
 * namesrv/fixed.h).
 *
 * What names no node is for every broker that runs. Errors: RMQ_ERR_NOT_FOUND: no such node, or it is not of this
 * kind; RMQ_ERR_STATE: it, or every broker, does not run.
 *
 * Thread: as cluster.h.
 */
#ifndef MB_CLUSTER_ORDERS_H
#define MB_CLUSTER_ORDERS_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "mock-broker/busy.h"

struct rmq_mock_cluster;

/* On every master; name servers know of it when this returns. */
enum rmq_error mb_cluster_set_topic(struct rmq_mock_cluster *c, const char *topic,
				    int read_queues, int write_queues, int perm,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;
/* `broker` NULL: every one. */
enum rmq_error mb_cluster_check_transactions(struct rmq_mock_cluster *c, const char *broker,
					     struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error mb_cluster_rebalance(struct rmq_mock_cluster *c, const char *group,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;
/* RMQ_ERR_NOT_FOUND also: no broker has the topic. */
enum rmq_error mb_cluster_reset_offset(struct rmq_mock_cluster *c, const char *topic,
				       const char *group, int64_t timestamp_ms,
				       struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Refuses the next `requests` (0: any number) of those for which the kind is meant, for so long (< 0: for ever). Until the
 * next stop. */
enum rmq_error mb_cluster_set_busy(struct rmq_mock_cluster *c, const char *node,
				   enum mb_busy_kind kind, uint64_t requests, int64_t ms,
				   struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error mb_cluster_freeze_routes(struct rmq_mock_cluster *c, const char *namesrv,
					bool is_frozen,
					struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error mb_cluster_set_route(struct rmq_mock_cluster *c, const char *namesrv,
				    const char *topic, const char *body,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
