/* SPDX-License-Identifier: Apache-2.0 */
/*
 * durable.h - how far the commit log is safe, and the puts that wait for it
 * (CommitLog.handleDiskFlushAndHA, GroupCommitRequest, GroupTransferService).
 *
 *     wait --+-- FLUSHED: to this disk ----+--> done(status), when both parts are over
 *            `-- REPLICATED: to a slave ---'
 *
 * A part is over when the log is safe up to the end of the put, or when its time is
 * up; at once when it was not asked for. No slave configured: there is nothing to
 * replicate. A disk that failed ends what waits for it at once.
 *
 *     FLUSHED    REPLICATED            status
 *     in time    in time               PUT_OK
 *     late       in time               FLUSH_DISK_TIMEOUT
 *     any        late                  FLUSH_SLAVE_TIMEOUT   (the slave has the last word, as in Java)
 *     any        no slave near enough  SLAVE_NOT_AVAILABLE
 *     failed     any                   SERVICE_NOT_AVAILABLE
 *
 * Who flushes and who replicates tell it how far they came; it knows neither.
 *
 * Thread: loop.
 */
#ifndef MB_STORE_DURABLE_H
#define MB_STORE_DURABLE_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/macros.h"
#include "mock-broker/store/put_status.h"

enum mb_part { MB_FLUSHED, MB_REPLICATED, MB_PARTS };

/* What a wait asks for. */
enum { MB_WAIT_FLUSHED = 1 << MB_FLUSHED, MB_WAIT_REPLICATED = 1 << MB_REPLICATED };

/* HAService.isSlaveOK */
enum mb_slaves {
	MB_SLAVES_NONE, /* none configured */
	MB_SLAVES_LOST, /* none is connected and near enough */
	MB_SLAVES_NEAR
};

/* One put that waits. Its memory is the caller's until done was called, once; done may wait anew. */
struct mb_put_wait {
	void (*done)(struct mb_put_wait *w, enum mb_put_status status);
	/* the rest is durable.c's */
	struct {
		struct rmqi_list link;
		int64_t deadline_us;
	} parts[MB_PARTS];
	int64_t upto;
	unsigned open; /* parts that are not over */
	enum mb_put_status status;
};

struct mb_durable_part {
	struct rmqi_list waits; /* struct mb_put_wait.parts[].link, by deadline */
	struct rmqi_timer timer;
	int64_t upto; /* everything below is safe */
	int64_t timeout_ms;
};

struct mb_durable {
	struct mb_durable_part parts[MB_PARTS];
	enum mb_slaves slaves;
	bool is_failed; /* the disk */
};

/* Before anything else. */
enum rmq_error mb_durable_init(struct mb_durable *d, struct rmqi_timers *timers,
			       int64_t flush_timeout_ms, int64_t slave_timeout_ms) RMQI_MUST_USE;
/* Nobody is called back. Harmless when all is zero. */
void mb_durable_deinit(struct mb_durable *d);

/* Is there anything to wait for with these bits? */
bool mb_durable_has_to_wait(const struct mb_durable *d, unsigned parts);
/* `parts`: bits of MB_WAIT_. May call back at once. */
void mb_durable_wait(struct mb_durable *d, unsigned parts, int64_t upto, struct mb_put_wait *w);
/* Does anyone wait for this part? */
bool mb_durable_is_awaited(const struct mb_durable *d, enum mb_part part);

/* The log is safe up to here. */
void mb_durable_reached(struct mb_durable *d, enum mb_part part, int64_t upto);
/* Of waits that begin from now on. */
void mb_durable_set_slaves(struct mb_durable *d, enum mb_slaves slaves);
/* The disk cannot be trusted any more: who waits for it is told so, now and later. */
void mb_durable_fail(struct mb_durable *d);
/* Nothing comes any more: whoever still waits is late. */
void mb_durable_end(struct mb_durable *d);

#endif
