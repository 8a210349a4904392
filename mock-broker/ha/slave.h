/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slave.h - takes the commit log of a master (DefaultHAClient); the bytes are those of master.h.
 *
 *     WAITING --> DIALING --> CONNECTED: report, then head, body, head, body ...
 *        ^            |           |
 *        +-- 5 s -----+-----------+   lost, silent for haHousekeepingInterval, or a frame that does not fit
 *
 * What comes is written into the log as it comes (store/replica.h), no frame is kept. It is reported
 * when the log has grown, once a turn, and when nothing was said for haSendHeartbeatInterval. A disk
 * that is full ends the connection; the next one goes on where the log ends.
 *
 * With `is_sync` (flushDiskType of the slave) only what is on its disk is reported, so that a master
 * that waits for it survives the loss of both machines; Java reports at once.
 *
 * A test may let it stay behind: what comes then waits in a backlog, and is taken when its time has come. What is there
 * when the connection ends was never taken.
 *
 * Thread: loop.
 */
#ifndef MB_HA_SLAVE_H
#define MB_HA_SLAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/executor.h"
#include "base/log.h"
#include "base/macros.h"
#include "mock-broker/ha/backlog.h"
#include "mock-broker/ha/master.h"
#include "mock-broker/store/store.h"
#include "mock-broker/ways.h"
#include "net/address.h"
#include "net/dial.h"

struct mb_ha_slave_config {
	struct rmqi_loop *loop;
	const struct rmqi_log *log; /* may be NULL */
	struct mb_store *store;     /* made a replica here */
	int64_t heartbeat_ms;       /* haSendHeartbeatInterval */
	int64_t housekeeping_ms;    /* haHousekeepingInterval */
	bool is_sync;
	struct mb_ways *ways; /* NULL: none is ever cut */
	const struct mb_lag *lag; /* how far it stays behind; the loop's; NULL: not at all */
};

struct mb_ha_slave {
	struct mb_ha_slave_config config;
	char master[RMQI_ADDRESS_MAX]; /* "": not known yet */
	struct rmqi_resolver resolver;
	struct rmqi_dial *dial;     /* one of the two, or none */
	struct rmqi_stream *stream; /* connected */
	bool is_over;               /* it is closed with the deferred task */
	struct rmqi_task close;
	struct rmqi_timer retry; /* of dialing */
	struct rmqi_timer beat;
	struct rmqi_timer house;
	struct rmqi_timer late;    /* when the next of the backlog is taken */
	struct mb_backlog backlog;
	uint8_t head[MB_HA_HEAD_SIZE];
	size_t head_len;
	size_t body_left;
	uint8_t out[MB_HA_REPORT_SIZE]; /* the report under way */
	size_t out_sent;                /* MB_HA_REPORT_SIZE: all of it */
	int64_t reported;               /* -1: nothing yet */
	int64_t safe;                   /* is_sync: what is on the disk */
	struct mb_put_wait flush;       /* is_sync */
	bool is_flushing;
	bool wants_write;
	bool is_held; /* the way to the master is cut: nothing is read or written, nobody dials */
	int64_t read_us, wrote_us;
	int64_t master_end; /* as far as the frames told */
	struct mb_ha_rate rate; /* of what came */
};

enum rmq_error mb_ha_slave_init(struct mb_ha_slave *s,
				const struct mb_ha_slave_config *config) RMQI_MUST_USE;
/* Harmless when all is zero. The resolver is left to mb_ha_slave_deinit_rest. */
void mb_ha_slave_deinit(struct mb_ha_slave *s);
/* When the loop uses it no more. Thread: any. */
void mb_ha_slave_deinit_rest(struct mb_ha_slave *s);
/* "host:port" of the master's HA port. Another one than before: the connection is made anew. */
void mb_ha_slave_follow(struct mb_ha_slave *s, const char *master);
/* The lag has changed. Harmless when all is zero. */
void mb_ha_slave_lag_changed(struct mb_ha_slave *s);
/* The ways have changed. Harmless when all is zero. */
void mb_ha_slave_look_again(struct mb_ha_slave *s);
bool mb_ha_slave_is_connected(const struct mb_ha_slave *s);

#endif
