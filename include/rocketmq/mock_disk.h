/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mock_disk.h - the disks of a mock cluster's brokers (rocketmq/mock.h): full, slow, broken, or without power.
 *
 * Each broker has its own; what is set stays over stop and start. RMQ_ERR_NOT_FOUND: no such broker.
 *
 * Thread: as rocketmq/mock.h.
 */
#ifndef ROCKETMQ_MOCK_DISK_H
#define ROCKETMQ_MOCK_DISK_H

#include <stdint.h>

#include <rocketmq/common.h>
#include <rocketmq/error.h>
#include <rocketmq/mock.h>

RMQ_BEGIN_DECLS

/* It looks so full: 0..100 percent; -1: as it is. The broker looks every cleanResourceInterval (10 s): beyond
 * diskSpaceWarningLevelRatio it takes no message, beyond diskMaxUsedSpaceRatio it deletes old files. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_disk_set_used(rmq_mock_cluster *c, const char *broker,
							   int percent, rmq_error_detail **detail);
/* Each time that it is told to write to the disk what it has (fsync) takes so long; 0: no longer than it does. Sends wait for
 * it with flushDiskType=SYNC_FLUSH. A running broker only: a start does not wait for it, nor does a stop, which writes at
 * once what waits. A new value ends the wait for what is under way, a tenth of a second later at most. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_disk_set_slow(rmq_mock_cluster *c, const char *broker,
							   int64_t sync_ms,
							   rmq_error_detail **detail);

/* What is done to files. */
enum rmq_mock_disk_op {
	RMQ_MOCK_DISK_MAP,     /* a file is opened, or made */
	RMQ_MOCK_DISK_RESERVE, /* room for what will be written */
	RMQ_MOCK_DISK_SYNC,
	RMQ_MOCK_DISK_READ,   /* of a table (config/) */
	RMQ_MOCK_DISK_REPLACE /* of a table by its next state */
};

/* Of the calls from now on the nth (1: the next) and the `count` - 1 after it fail with this errno. count 0: none
 * fails any more. Takes the place of what was set for this operation. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_disk_fail(rmq_mock_cluster *c, const char *broker,
						       enum rmq_mock_disk_op op, int nth, int count,
						       int error_number,
						       rmq_error_detail **detail);

/* The machine of a running broker loses its power: the broker crashes, and of its files is left what was synced, with a
 * tail torn at a byte that the seed chooses. Without SYNC_FLUSH acknowledged messages of the last half second are
 * lost. Start finds what a real one would. RMQ_ERR_STATE: it does not run. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_broker_crash_power(rmq_mock_cluster *c,
								const char *broker,
								rmq_error_detail **detail);

RMQ_END_DECLS

#endif
