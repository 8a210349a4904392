/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mock_time.h - the time of a mock cluster, beyond rmq_mock_cluster_advance (rocketmq/mock.h).
 *
 * There are two clocks. Deadlines, delays and timeouts follow the monotonic one; it only moves forward. What
 * is written into messages and compared with them - born and store times, when a delayed message is due, an
 * offset by time - is the wall clock, which may be set.
 *
 * Virtual time only, but for the scale of real time and the skew of one node; else RMQ_ERR_STATE.
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
/* Real time only: the clock of the cluster runs `scale` (1..100000) times as fast from now on, as with the option
 * timeScale. A delay, a retry, an invisible time, the check of a transaction, a broker that name servers forget: each
 * takes so much less of the time of clients. What clients do themselves stays in real time: how long they may be silent,
 * how long a pull or a pop is held, how long they have a lock, what a call of this API waits for, the delay of a fault. The clock
 * does not go past what is due and has not been done yet, so it falls behind when the machine is busy. It never goes
 * back: with 1 it goes on at the speed of the real one from where it is. A message that is due at a wall clock time is
 * due by that of the cluster. RMQ_ERR_STATE: time is virtual. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_cluster_set_time_scale(rmq_mock_cluster *c, int scale,
								    rmq_error_detail **detail);
/* The wall clock of this broker shows so much more (less, < 0) than the others' from now on, also after stop and start.
 * Real time, too. RMQ_ERR_NOT_FOUND: no such broker. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_broker_set_skew(rmq_mock_cluster *c,
							     const char *broker, int64_t ms,
							     rmq_error_detail **detail);

RMQ_END_DECLS

#endif
