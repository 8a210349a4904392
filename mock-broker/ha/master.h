/* SPDX-License-Identifier: Apache-2.0 */
/*
 * master.h - hands the commit log out to slaves (DefaultHAService, DefaultHAConnection,
 * GroupTransferService).
 *
 *     slave --> master   i64 how far its log goes                    when it grows, and now and then
 *     master --> slave   i64 offset | i32 size | size bytes          size 0: a sign of life
 *
 *     accepted --> the first report says where to begin --> frames, each within one file of the log
 *
 * A slave that has nothing (0) is fed from the first byte that there is; Java begins with the last
 * file. Bytes go to the socket from the mapped log: a slave that is slow costs no memory.
 *
 * Nobody has to prove that it is a slave, so what it says is believed as far as it can be true: the first
 * report lies within the log, and no later one goes back or beyond what was sent to it. Who says
 * anything else is told in the log and closed. Only what is said of bytes that were sent here counts for
 * those who wait (MB_REPLICATED of store/durable.h): not the first report. A slave whose log is longer
 * than this one is refused: the two have parted, and the operator has to say which is right.
 *
 * Thread: loop.
 */
#ifndef MB_HA_MASTER_H
#define MB_HA_MASTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/executor.h"
#include "base/list.h"
#include "base/log.h"
#include "base/macros.h"
#include "codec/message.h"
#include "mock-broker/ha/rate.h"
#include "mock-broker/store/store.h"
#include "net/listener.h"

enum { MB_HA_SLAVES_MAX = 64, MB_HA_HEAD_SIZE = 12, MB_HA_REPORT_SIZE = 8 };

struct mb_ha_master_config {
	struct rmqi_loop *loop;
	const struct rmqi_log *log; /* may be NULL */
	struct mb_store *store;
	const char *host;
	uint16_t port;           /* 0: any */
	size_t batch;            /* haTransferBatchSize: the most that one frame holds */
	int64_t heartbeat_ms;    /* haSendHeartbeatInterval */
	int64_t housekeeping_ms; /* haHousekeepingInterval: of silence, then a slave is gone */
	int64_t max_gap;         /* haMaxGapNotInSync; of 4.9: haSlaveFallbehindMax */
	int64_t replicas;        /* inSyncReplicas: so many must have a record, this one included */
	bool is_sync;            /* SYNC_MASTER */
	bool is_old;             /* 4.9: one slave is enough, and without one near nobody waits */
};

struct mb_ha_master {
	struct mb_ha_master_config config; /* host is not kept */
	struct rmqi_listener *listener;
	struct rmqi_list slaves; /* struct mb_ha_link.link, by age */
	size_t slave_count;
	struct mb_arrival_listener arrivals;
	struct rmqi_task push; /* deferred: the log has grown */
	int64_t acked;         /* the furthest that any slave has said (push2SlaveMaxOffset) */
};

/* A slave. */
struct mb_ha_link {
	struct rmqi_list link;
	struct mb_ha_master *master;
	struct rmqi_stream *stream;
	char peer[64];
	bool has_reported;
	bool has_acked; /* has reported again */
	int64_t first;  /* reported; then what is acknowledged, and where the next byte is sent from */
	int64_t acked;
	int64_t next;
	struct mb_ha_rate rate; /* of what was sent */
	/* the rest is master.c's */
	uint8_t in[MB_HA_REPORT_SIZE];
	size_t in_len;
	uint8_t head[MB_HA_HEAD_SIZE]; /* of the frame under way */
	size_t head_sent;              /* MB_HA_HEAD_SIZE: all of it */
	size_t body_left;
	bool wants_write;
	bool is_over; /* closed with the deferred task */
	struct rmqi_task close;
	struct rmqi_timer beat;
	struct rmqi_timer house;
	int64_t read_us, wrote_us; /* the last time */
};

/* Listens. RMQ_ERR_CONNECT and such, with the cause in `detail` (may be NULL). */
enum rmq_error mb_ha_master_init(struct mb_ha_master *m, const struct mb_ha_master_config *config,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Harmless when all is zero. The store still stands, and tells it of nothing more. */
void mb_ha_master_deinit(struct mb_ha_master *m);
/* "host:port"; borrowed. */
const char *mb_ha_master_address(const struct mb_ha_master *m);
/* How far is it behind, and is that near enough? */
int64_t mb_ha_link_gap(const struct mb_ha_link *s);
bool mb_ha_link_is_near(const struct mb_ha_link *s);

#endif
