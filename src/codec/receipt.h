/* SPDX-License-Identifier: Apache-2.0 */
/*
 * receipt.h - by what a popped message is acknowledged, and what the answer to a pop tells of it
 * (ExtraInfoUtil.java, KeyBuilder.java).
 *
 * A receipt is the property POP_CK of the message and extraInfo of the requests about it:
 *
 *     <start> <pop ms> <invisible ms> <revive queue> <mark> <broker name> <queue> <offset>
 *
 * <start> is the first offset of the check point that the broker keeps of this queue of this pop. Messages
 * of the topic itself come without a receipt: who popped makes it of the lists in the answer, whose items
 * are separated by ';':
 *
 *     startOffsetInfo   <mark> <queue> <start>
 *     msgOffsetInfo     <mark> <queue> <offset>,<offset>,...
 *     orderCountInfo    <mark> <queue> <times>      all messages of the queue, orderly only
 *                       <mark> qo<queue>%<offset> <times>
 *
 * Pure; thread: any.
 */
#ifndef RMQI_CODEC_RECEIPT_H
#define RMQI_CODEC_RECEIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "codec/names.h"

/* Where a popped message lies. */
enum rmqi_pop_mark {
	RMQI_POP_NORMAL,  /* the topic itself */
	RMQI_POP_RETRY,   /* %RETRY%<group>_<topic> */
	RMQI_POP_RETRY_V2 /* %RETRY%<group>+<topic> (enableRetryTopicV2, 5.3) */
};

enum {
	RMQI_POP_ORDERLY_QUEUE = 999
};                               /* revive queue of what was popped in order: nothing is revived */
enum { RMQI_RECEIPT_MAX = 384 }; /* of the text; broker names have 255 characters at most */

struct rmqi_receipt {
	int64_t start;
	int64_t pop_ms; /* the broker's wall clock */
	int64_t invisible_ms;
	int32_t revive_queue;
	enum rmqi_pop_mark mark;
	struct rmqi_str broker_name; /* borrowed */
	int32_t queue_id;
	int64_t offset;
};

/* False: it is none. broker_name lies in `text`. */
bool rmqi_receipt_read(struct rmqi_str text, struct rmqi_receipt *out);
/* Writes the text, NUL behind it; returns its length, 0 when it does not fit. */
size_t rmqi_receipt_write(const struct rmqi_receipt *r, char *out, size_t size);

enum rmqi_pop_mark rmqi_pop_mark_of(struct rmqi_str topic);
/* The topic in which messages of this mark lie, written into `out`. */
const char *rmqi_pop_topic(enum rmqi_pop_mark mark, const char *group, const char *topic,
			   char out[RMQI_RETRY_TOPIC_MAX + 1]);

/* Lists: the value of an item. False: there is none, or it is no number. */
bool rmqi_pop_start(struct rmqi_str start_offset_info, enum rmqi_pop_mark mark, int32_t queue_id,
		    int64_t *start);
/* How often a message was delivered before; 0: it is not told. */
int32_t rmqi_pop_times(struct rmqi_str order_count_info, enum rmqi_pop_mark mark, int32_t queue_id,
		       int64_t offset);
/* For brokers: appends an item to a list. */
void rmqi_pop_add_start(struct rmqi_buf *list, enum rmqi_pop_mark mark, int32_t queue_id,
			int64_t start);
void rmqi_pop_add_offsets(struct rmqi_buf *list, enum rmqi_pop_mark mark, int32_t queue_id,
			  const int64_t *offsets, size_t count);
void rmqi_pop_add_times(struct rmqi_buf *list, enum rmqi_pop_mark mark, int32_t queue_id,
			int32_t times);
void rmqi_pop_add_times_of(struct rmqi_buf *list, enum rmqi_pop_mark mark, int32_t queue_id,
			   int64_t offset, int32_t times);

#endif
