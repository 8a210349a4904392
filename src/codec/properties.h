/* SPDX-License-Identifier: Apache-2.0 */
/*
 * properties.h - the properties text of a message.
 *
 *     name 0x01 value 0x02  name 0x01 value 0x02 ...    (MessageDecoder.java)
 *
 * The reader accepts a missing last 0x02, drops entries that are shorter than
 * 3 bytes, have no 0x01, an empty name or an empty value, and keeps further
 * 0x01 bytes in the value.
 */
#ifndef RMQI_CODEC_PROPERTIES_H
#define RMQI_CODEC_PROPERTIES_H

#include <stdbool.h>
#include <stddef.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/str.h"

enum { RMQI_PROPERTIES_MAX = 32767 };

/* MessageConst.java */
#define RMQI_PROP_KEYS "KEYS"
#define RMQI_PROP_TAGS "TAGS"
#define RMQI_PROP_WAIT "WAIT"
#define RMQI_PROP_DELAY "DELAY"
#define RMQI_PROP_RETRY_TOPIC "RETRY_TOPIC"
#define RMQI_PROP_REAL_TOPIC "REAL_TOPIC"
#define RMQI_PROP_REAL_QID "REAL_QID"
#define RMQI_PROP_TRAN_MSG "TRAN_MSG"
#define RMQI_PROP_PGROUP "PGROUP"
#define RMQI_PROP_MIN_OFFSET "MIN_OFFSET"
#define RMQI_PROP_MAX_OFFSET "MAX_OFFSET"
#define RMQI_PROP_ORIGIN_MESSAGE_ID "ORIGIN_MESSAGE_ID"
#define RMQI_PROP_RECONSUME_TIME "RECONSUME_TIME"
#define RMQI_PROP_MAX_RECONSUME_TIMES "MAX_RECONSUME_TIMES"
#define RMQI_PROP_MSG_REGION "MSG_REGION"
#define RMQI_PROP_TRACE_ON "TRACE_ON"
#define RMQI_PROP_UNIQ_KEY "UNIQ_KEY"
#define RMQI_PROP_CLUSTER "CLUSTER"
#define RMQI_PROP_POP_CK "POP_CK"
#define RMQI_PROP_INNER_NUM "INNER_NUM"
#define RMQI_PROP_CORRELATION_ID "CORRELATION_ID"
#define RMQI_PROP_REPLY_TO_CLIENT "REPLY_TO_CLIENT"
#define RMQI_PROP_TTL "TTL"
#define RMQI_PROP_MSG_TYPE "MSG_TYPE"
#define RMQI_PROP_ARRIVE_TIME "ARRIVE_TIME"
#define RMQI_PROP_TIMER_DELAY_SEC "TIMER_DELAY_SEC"
#define RMQI_PROP_TIMER_DELAY_MS "TIMER_DELAY_MS"
#define RMQI_PROP_TIMER_DELIVER_MS "TIMER_DELIVER_MS"
#define RMQI_PROP_TIMER_OUT_MS "TIMER_OUT_MS"
#define RMQI_PROP_TIMER_ENQUEUE_MS "TIMER_ENQUEUE_MS"
#define RMQI_PROP_TIMER_DEQUEUE_MS "TIMER_DEQUEUE_MS"
#define RMQI_PROP_TIMER_DEL_UNIQKEY "TIMER_DEL_UNIQKEY"
#define RMQI_PROP_SHARDING_KEY "__SHARDINGKEY"
#define RMQI_PROP_PRIORITY "_SYS_MSG_PRIORITY_"
#define RMQI_PROP_LITE_TOPIC "__LITE_TOPIC"
#define RMQI_PROP_CRC32 "__CRC32#"
#define RMQI_PROP_MULTI_DISPATCH "INNER_MULTI_DISPATCH"
#define RMQI_PROP_MULTI_OFFSET "INNER_MULTI_QUEUE_OFFSET"

/* Walks the text: the next valid pair; false at the end. *rest starts as the whole text. */
bool rmqi_properties_next(struct rmqi_str *rest, struct rmqi_str *name, struct rmqi_str *value);
/* The value of the last pair named so (a Java map keeps the last); false when absent. */
bool rmqi_properties_get(struct rmqi_str text, const char *name, struct rmqi_str *value);
/* Appends one pair. An empty value is written too (and lost by every reader). */
void rmqi_properties_add(struct rmqi_buf *out, struct rmqi_str name, struct rmqi_str value);
/* Appends `text` without the pairs named in `drop` (NULL-terminated list of names). */
void rmqi_properties_copy_without(struct rmqi_buf *out, struct rmqi_str text,
				  const char *const *drop);
/* Is it a name the client API refuses for user properties (MessageConst.STRING_HASH_SET)? */
bool rmqi_properties_is_reserved(struct rmqi_str name);

#endif
