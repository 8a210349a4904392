/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster_members.h - brokers that join a cluster that runs, and leave it for good.
 *
 * A slot is never given back: who has the name or the address of a broker that was removed may still read it.
 *
 * Errors: RMQ_ERR_STATE: one port for all, or a broker by its own settings; or another call adds or removes one.
 *
 * Thread: as cluster.h.
 */
#ifndef MB_CLUSTER_MEMBERS_H
#define MB_CLUSTER_MEMBERS_H

#include <rocketmq/error.h>

#include "base/macros.h"

struct rmq_mock_cluster;

/* "broker-c", or a slave "broker-a/2", with the settings of all brokers, on a free port; it runs then. One that was removed
 * finds its store. RMQ_ERR_INVALID_ARGUMENT: no such name can be; RMQ_ERR_STATE: it is there, or its master is not, or
 * the cluster began without slaves; RMQ_ERR_BUSY: there are too many. */
enum rmq_error mb_cluster_broker_add(struct rmq_mock_cluster *c, const char *broker,
				     struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Stopped cleanly unless it is stopped. RMQ_ERR_NOT_FOUND. */
enum rmq_error mb_cluster_broker_remove(struct rmq_mock_cluster *c, const char *broker,
					struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
