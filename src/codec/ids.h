/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ids.h - the two message ids.
 *
 * Offset message id: upper-case hex of store ip (4/16), port (4), commit log
 * offset (8): 32 or 56 digits (MessageDecoder.createMessageId).
 * UNIQ_KEY: upper-case hex of ip (4/16), pid (2), process constant (4), ms since
 * the first of the month (4), counter (2) (MessageClientIDSetter.java). The
 * generator belongs to one client; nothing is process-wide.
 */
#ifndef RMQI_CODEC_IDS_H
#define RMQI_CODEC_IDS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/str.h"
#include "codec/message.h"

enum { RMQI_ID_SIZE = 57 }; /* the longest id and its NUL */

/* Writes the id and its NUL; returns its length (32 or 56). */
size_t rmqi_offset_id(const struct rmqi_host *store_host, int64_t offset, char out[RMQI_ID_SIZE]);
/* By length: 32 is IPv4, 56 IPv6. False for anything else or bad digits (either case is read). */
bool rmqi_offset_id_parse(struct rmqi_str id, struct rmqi_host *host, int64_t *offset);

struct rmqi_uniq {
	const struct rmqi_clock *clock;
	char prefix[44];   /* ip, pid, process constant, as they stand in the text */
	size_t prefix_len; /* 20 or 44 */
	_Atomic int64_t month_start_ms;
	_Atomic int64_t next_month_ms;
	atomic_uint counter;
};

/* `ip` is what the id starts with (Java: UtilAll.getIP); `constant` stands for the hash of the class
 * loader. */
void rmqi_uniq_init(struct rmqi_uniq *u, const struct rmqi_clock *clock, const struct rmqi_host *ip,
		    uint32_t pid, uint32_t constant);
/* Thread: any. Returns the length. */
size_t rmqi_uniq_next(struct rmqi_uniq *u, char out[RMQI_ID_SIZE]);
/* The same for who knows the time: rmqi_clock_wall_ms of its clock. */
size_t rmqi_uniq_next_at(struct rmqi_uniq *u, int64_t wall_ms, char out[RMQI_ID_SIZE]);

#endif
