/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mock_time.h - the time of a mock cluster, beyond rmq_mock_cluster_advance (rocketmq/mock.h).
 *
 * There are two clocks. Deadlines, delays and timeouts follow the monotonic one; it only moves forward. What
 * is written into messages and compared with them - born and store times, when a delayed message is due, an
 * offset by time - is the wall clock, which may be set.
 *
 * Virtual time only, but for the skew of one node; else RMQ_ERR_STATE.
 *
 * Thread: as rocketmq/mock.h.
 */
#ifndef ROCKETMQ_MOCK_TIME_H
#define ROCKETMQ_MOCK_TIME_H

#include <stdint.h>

#include <rocketmq/common.h>
#include <rocketmq/error.h>
#include <rocketmq/mock.h>

RMQ_BEGIN_DECLS

/* Runs what is due now, then moves to the next timer of cluster or client, whichever it is, and runs it and what it sets
 * off. *moved_us (may be NULL): how far that was. RMQ_ERR_NOT_FOUND: no timer is armed. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_cluster_advance_to_next(rmq_mock_cluster *c,
								     int64_t *moved_us,
								     rmq_error_detail **detail);
/* Runs until nobody has anything to do now and no byte is under way: what is left waits for a time, or for somebody
 * else's doing. Bytes whose way takes time are given max_ms. RMQ_ERR_TIMEOUT: there are still some; the detail names
 * the nodes that they go to or come from. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_cluster_settle(rmq_mock_cluster *c, int64_t max_ms,
							    rmq_error_detail **detail);
/* The wall clock of cluster and clients is set forward (or back, < 0), as by an operator; nothing is due earlier
 * or later by the monotonic one. RMQ_ERR_INVALID_ARGUMENT: it would show a time before 1970 or beyond 9999. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_cluster_step_wall(rmq_mock_cluster *c, int64_t ms,
							       rmq_error_detail **detail);
/* The wall clock of this broker shows so much more (less, < 0) than the others' from now on, also after stop and start.
 * Real time, too. RMQ_ERR_NOT_FOUND: no such broker. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_broker_set_skew(rmq_mock_cluster *c,
							     const char *broker, int64_t ms,
							     rmq_error_detail **detail);

RMQ_END_DECLS

#endif
