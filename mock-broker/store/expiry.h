/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expiry.h - what is old goes, and a disk that is nearly full takes nothing more (DefaultMessageStore.java:
 * CleanCommitLogService, CleanConsumeQueueService).
 *
 *     every interval: how full is the disk?
 *
 *         above warning     is_full: puts are refused, until a check finds it at `forcibly` or below
 *         above forcibly    old or not, with clean_forcibly: files go
 *         above max_used    what is old goes
 *         hour of `when`    what is old goes
 *         asked for         the next 20 times: what is old goes
 *
 * A file of the commit log is old when the first record of the next one was stored `reserved` hours ago: then all in
 * it is. (Java looks at the time of the file's last change, which a copy changes, and which a virtual clock does
 * not know.) The newest file stays. The oldest goes first, `batch` at most in a round, a pause between two. Then
 * queue files go, and files of the index, whose records are all gone.
 *
 * Thread: loop.
 */
#ifndef MB_STORE_EXPIRY_H
#define MB_STORE_EXPIRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/macros.h"

struct mb_store;

/* Percents are brought into Java's ranges. */
struct mb_expiry_rules {
	int64_t interval_ms;    /* cleanResourceInterval; 0: nothing is ever deleted, the disk is not looked at */
	int64_t reserved_hours; /* fileReservedTime */
	const char *when;       /* deleteWhen: hours of local time, "04;16"; copied */
	int64_t max_used;       /* diskMaxUsedSpaceRatio, percent: 10 to 95 */
	int64_t forcibly;       /* diskSpaceCleanForciblyRatio: 30 to 85 */
	int64_t warning;        /* diskSpaceWarningLevelRatio: 35 to 90 */
	bool clean_forcibly;    /* cleanFileForciblyEnable */
	int64_t batch;          /* deleteFileBatchMax */
	int64_t pause_ms;       /* deleteCommitLogFilesInterval */
};

struct mb_expiry {
	struct mb_store *store;
	struct mb_expiry_rules rules;
	uint32_t hours; /* of `when`, a bit each */
	struct rmqi_timer timer;
	bool is_started;
	bool is_full;    /* of the disk */
	bool is_at_once; /* of this round: old or not */
	int rounds;      /* that were asked for */
	int64_t left;    /* files that this round may still delete */
	int used;        /* percent, of the last look; -1: unknown */
	int64_t log_min; /* what queues and index were last cleaned for */
};

/* RMQ_ERR_CONFIG: `when` is no list of hours. Nothing is done before mb_expiry_start. */
enum rmq_error mb_expiry_init(struct mb_expiry *x, struct mb_store *s,
			      const struct mb_expiry_rules *rules) RMQI_MUST_USE;
/* The first round is a minute later. */
void mb_expiry_start(struct mb_expiry *x);
/* Harmless when all is zero. */
void mb_expiry_deinit(struct mb_expiry *x);
/* DELETE_EXPIRED_COMMITLOG: in the next 20 rounds what is old goes, whatever the hour. */
void mb_expiry_ask(struct mb_expiry *x);
/* How full the disk is now, in percent; -1: it cannot be told. */
int mb_expiry_used(const struct mb_expiry *x);

#endif
