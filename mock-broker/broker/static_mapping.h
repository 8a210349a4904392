/* SPDX-License-Identifier: Apache-2.0 */
/*
 * static_mapping.h - what a broker knows of one static topic: which of its logical queues lead
 * to it, and to which queues of its own (TopicQueueMappingDetail.java, LogicQueueMappingItem.java).
 *
 *     topic -> logical queue -> parts, oldest first; the broker of the last one leads the queue
 *
 * Thread: one owner at a time.
 */
#ifndef MB_BROKER_STATIC_MAPPING_H
#define MB_BROKER_STATIC_MAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "codec/json.h"

/* LogicQueueMappingItem.java: from logic_offset on, the queue is that queue of that broker. */
struct mb_mapping_part {
	char *broker_name; /* never NULL */
	int32_t gen;
	int32_t queue_id;
	int64_t logic_offset; /* -1: not decided yet */
	int64_t start_offset;
	int64_t end_offset; /* -1: open */
	int64_t time_of_start;
	int64_t time_of_end;
};

struct mb_mapped_queue {
	int32_t id; /* the logical one */
	struct mb_mapping_part *parts;
	size_t count;
};

struct mb_mapping {
	char *topic;
	char *scope;
	char *broker_name; /* the one that has this mapping; never NULL, as the two above */
	int32_t total_queues;
	int64_t epoch;
	bool is_dirty;
	struct mb_mapped_queue *queues; /* hostedQueues, by id */
	size_t queue_count;
};

/* RMQ_ERR_PROTOCOL: it is no mapping, or has no topic. The caller frees it. */
enum rmq_error mb_mapping_read(const struct rmqi_json *object,
			       struct mb_mapping **out) RMQI_MUST_USE;
/* NULL is fine. */
void mb_mapping_free(void *mapping);
/* The object of TopicQueueMappingDetail; currIdMap is always empty in it. */
void mb_mapping_write(struct rmqi_jw *w, const struct mb_mapping *m);
/* That of TopicQueueMappingInfo, which name servers are told: currIdMap has what this broker leads. */
void mb_mapping_write_info(struct rmqi_jw *w, const struct mb_mapping *m);

/* NULL: none of that id here. */
const struct mb_mapped_queue *mb_mapping_queue(const struct mb_mapping *m, int32_t id);
/* Is the last part of the queue this broker's? */
bool mb_mapping_leads(const struct mb_mapping *m, const struct mb_mapped_queue *q);

/* checkLogicQueueMappingItemOffset of every queue. NULL: sound. */
const char *mb_mapping_problem(const struct mb_mapping *m);
/* May `next` take the place of `old`? (TopicQueueMappingManager.updateTopicQueueMapping) */
bool mb_mapping_may_follow(const struct mb_mapping *old, const struct mb_mapping *next,
			   char *problem, size_t size);
/* Moves the queues that only `old` has into `next`. */
enum rmq_error mb_mapping_inherit(struct mb_mapping *next, struct mb_mapping *old) RMQI_MUST_USE;

#endif
