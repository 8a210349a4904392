/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mock_broker.h - what brokers and name servers of a mock cluster (rocketmq/mock.h) do at once when a test says
 * so, and otherwise by themselves or when an operator asks.
 *
 * Nodes go by the names of rocketmq/mock_node.h. What names no node is for every broker that runs.
 *
 * Errors: RMQ_ERR_NOT_FOUND: no such node, or it is not of this kind; RMQ_ERR_STATE: it, or every broker, does not
 * run.
 *
 * Thread: as rocketmq/mock.h.
 */
#ifndef ROCKETMQ_MOCK_BROKER_H
#define ROCKETMQ_MOCK_BROKER_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/common.h>
#include <rocketmq/error.h>
#include <rocketmq/mock.h>

RMQ_BEGIN_DECLS

/* Creates or alters the topic: queues to read and to write (0..1024), and what is allowed: 4 to read, 2 to write, 6
 * both, 0 nothing. Fewer queues than before leave the messages of the others where they are. Name servers know of it
 * when this returns. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_topic_set(rmq_mock_cluster *c, const char *topic,
						       int read_queues, int write_queues, int perm,
						       rmq_error_detail **detail);

/* Producers are asked now about every half message that has not ended, however young it is; it counts as one of
 * transactionCheckMax. `broker` NULL: every one. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_mock_check_transactions(rmq_mock_cluster *c, const char *broker, rmq_error_detail **detail);

/* Members of the group are told that it has changed: they share its queues anew. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_group_rebalance(rmq_mock_cluster *c, const char *group,
							     rmq_error_detail **detail);

/* The group goes on with the first message stored at or after this time, in each queue of the topic; < 0: behind the
 * last one. Its next pulls are sent there. RMQ_ERR_NOT_FOUND: no broker has the topic. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_group_reset_offset(rmq_mock_cluster *c,
								const char *topic,
								const char *group,
								int64_t timestamp_ms,
								rmq_error_detail **detail);

/* Why a node refuses with SYSTEM_BUSY (2); the remark begins so. */
enum rmq_mock_busy {
	RMQ_MOCK_BUSY_NOT = 0,
	RMQ_MOCK_BUSY_OVERLOAD,            /* [OVERLOAD]: any request */
	RMQ_MOCK_BUSY_REJECT_REQUEST,      /* [REJECTREQUEST]: sends */
	RMQ_MOCK_BUSY_TIMEOUT_CLEAN_QUEUE, /* [TIMEOUT_CLEAN_QUEUE]: sends and pulls */
	RMQ_MOCK_BUSY_PCBUSY_CLEAN_QUEUE   /* [PCBUSY_CLEAN_QUEUE]: sends */
};

/* The next `requests` of that kind are refused (0: any number), for `ms` milliseconds at most (-1: for ever); one-way
 * requests are lost. Takes the place of what was set before; a stop ends it. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_node_busy(rmq_mock_cluster *c, const char *node,
						       enum rmq_mock_busy kind, int requests,
						       int64_t ms, rmq_error_detail **detail);

/* The name server ("namesrv-0") says of every topic what it knows now, whatever brokers tell it from now on; false: the
 * truth again. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_namesrv_freeze(rmq_mock_cluster *c,
							    const char *namesrv, bool is_frozen,
							    rmq_error_detail **detail);
/* The name server answers this body about the topic (TopicRouteData as JSON; it is not looked at); NULL: the truth
 * again. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_namesrv_set_route(rmq_mock_cluster *c,
							       const char *namesrv,
							       const char *topic, const char *body,
							       rmq_error_detail **detail);

RMQ_END_DECLS

#endif
