/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tags_code.h - the number a queue entry carries beside the place of its record
 * (CommitLog#checkMessageAndReturnSize).
 *
 * It is the hash of TAGS, so that a broker can filter without reading the
 * record; in SCHEDULE_TOPIC_XXXX it is the time at which a message is due.
 *
 * Pure.
 */
#ifndef MB_STORE_TAGS_CODE_H
#define MB_STORE_TAGS_CODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct mb_delays {
	const int64_t *ms; /* of level 1, 2, ...; borrowed */
	size_t count;
};

/* messageDelayLevel of MessageStoreConfig.java: 1s 5s 10s 30s 1m ... 2h. */
struct mb_delays mb_delays_default(void);

int64_t mb_tags_code(const struct mb_delays *delays, struct rmqi_str topic,
		     struct rmqi_str properties, int64_t store_timestamp);

#endif
