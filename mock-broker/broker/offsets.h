/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offsets.h - consumer offsets and consumerOffset.json (ConsumerOffsetManager.java;
 * doc/reference/store.md).
 *
 * For each topic and group a row a queue: the committed offset, the offset of
 * the last pull and a reset that waits for the next pull. Only the first is on disk.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_OFFSETS_H
#define MB_BROKER_OFFSETS_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/macros.h"
#include "base/map.h"
#include "codec/body.h"
#include "codec/json.h"

struct mb_broker;

enum { MB_NO_OFFSET = -1 };

struct mb_queue_offsets {
	int32_t queue_id;
	int64_t committed; /* MB_NO_OFFSET: none, as the next two */
	int64_t pulled;
	int64_t reset;
	uint32_t resets; /* by operators, since the start: it may have stepped back so often */
	bool is_own; /* of a slave: committed here, after what the master said */
};

struct mb_group_offsets {
	struct rmqi_str topic; /* both borrowed from the map's key */
	struct rmqi_str group;
	struct mb_queue_offsets *rows; /* owned, sorted by queue_id */
	size_t count;
};

struct mb_offsets {
	struct rmqi_map table; /* "topic@group" -> struct mb_group_offsets */
	struct rmqi_data_version version;
	/* Which records of the revive log these offsets know: the last of each of its queues (pop.h). A member
	 * "reviveLogs" of the file, of ours; Java leaves it out. */
	int64_t *revive_logs; /* owned */
	size_t revive_log_count;
	int64_t commits; /* since the start; each n-th makes a new version */
	bool is_dirty;   /* differs from the file */
	struct rmqi_timer flush;
};

/* From consumerOffset.json; starts the periodic write. */
enum rmq_error mb_offsets_load(struct mb_broker *b) RMQI_MUST_USE;
void mb_offsets_deinit(struct mb_offsets *o);
/* Writes the file now. */
void mb_offsets_save(struct mb_broker *b);

/* NULL: no row. */
struct mb_queue_offsets *mb_offsets_find(const struct mb_offsets *o, struct rmqi_str topic,
					 struct rmqi_str group, int32_t queue_id);
enum rmq_error mb_offsets_commit(struct mb_broker *b, struct rmqi_str topic, struct rmqi_str group,
				 int32_t queue_id, int64_t offset) RMQI_MUST_USE;
void mb_offsets_pulled(struct mb_broker *b, struct rmqi_str topic, struct rmqi_str group,
		       int32_t queue_id, int64_t offset);
/* Of a slave: the answer to GET_ALL_CONSUMER_OFFSET. What the master says counts, but that it does not
 * step back behind what was committed here while it was away. RMQ_ERR_PROTOCOL: it cannot be read. */
enum rmq_error mb_offsets_take(struct mb_broker *b, struct rmqi_cursor text) RMQI_MUST_USE;
/* Parks a reset for the next pull and commits it. */
enum rmq_error mb_offsets_reset(struct mb_broker *b, struct rmqi_str topic, struct rmqi_str group,
				int32_t queue_id, int64_t offset) RMQI_MUST_USE;
/* What `to` has committed there becomes what `from` has; without anything of `from`, nothing changes
 * (ConsumerOffsetManager.cloneOffset). */
enum rmq_error mb_offsets_clone(struct mb_broker *b, struct rmqi_str topic, struct rmqi_str from,
				struct rmqi_str to) RMQI_MUST_USE;
/* Has the group committed anything there? One that has only pulled is no consumer to operators: Java keeps
 * its offsets in a table of its own. */
bool mb_group_offsets_committed(const struct mb_group_offsets *g);
/* Is this record of the revive log younger than the file that was loaded? */
bool mb_offsets_is_behind(const struct mb_offsets *o, size_t revive_log, int64_t record);
void mb_offsets_remove_topic(struct mb_offsets *o, struct rmqi_str topic);
void mb_offsets_remove_group(struct mb_offsets *o, struct rmqi_str group);

#endif
