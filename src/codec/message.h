/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message.h - a stored message: commit log record and body of pull answers.
 *
 *  total u32 | magic u32 | bodyCRC u32 | queueId u32 | flag u32 | queueOffset u64 |
 *  physicalOffset u64 | sysFlag u32 | bornTimestamp u64 | bornHost 8/20 |
 *  storeTimestamp u64 | storeHost 8/20 | reconsumeTimes u32 | preparedTransactionOffset u64 |
 *  bodyLen u32, body | topicLen u8 (V1) or u16 (V2), topic | propertiesLen u16, properties
 *
 * Hosts are 16-byte addresses when sysFlag has the v6 bits. Layout and limits:
 * MessageDecoder.decode, MessageExtEncoder.encode; doc/reference/message.md.
 */
#ifndef RMQI_CODEC_MESSAGE_H
#define RMQI_CODEC_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/macros.h"
#include "base/str.h"

#define RMQI_MESSAGE_MAGIC_V1 0xDAA320A7u
#define RMQI_MESSAGE_MAGIC_V2 0xDAA320ABu
#define RMQI_MESSAGE_MAGIC_BLANK 0xCBD43194u /* end of a commit log file */

/* MessageSysFlag.java */
enum {
	RMQI_SYS_COMPRESSED = 0x1,
	RMQI_SYS_MULTI_TAGS = 0x2,
	RMQI_SYS_TRANSACTION_MASK = 0xC,
	RMQI_SYS_PREPARED = 0x4,
	RMQI_SYS_COMMIT = 0x8,
	RMQI_SYS_ROLLBACK = 0xC,
	RMQI_SYS_BORN_V6 = 0x10,
	RMQI_SYS_STORE_V6 = 0x20,
	RMQI_SYS_NEED_UNWRAP = 0x40,
	RMQI_SYS_INNER_BATCH = 0x80,
	RMQI_SYS_COMPRESSION_SHIFT = 8,
	RMQI_SYS_COMPRESSION_MASK = 0x700
};

/* Byte offsets inside a record that do not depend on the hosts. */
enum {
	RMQI_MESSAGE_AT_QUEUE_ID = 12,
	RMQI_MESSAGE_AT_QUEUE_OFFSET = 20,
	RMQI_MESSAGE_AT_PHYSICAL_OFFSET = 28,
	RMQI_MESSAGE_AT_SYSFLAG = 36,
	RMQI_MESSAGE_FIXED_V4 = 91 /* V1 with two IPv4 hosts, without body, topic, properties */
};

struct rmqi_host {
	bool is_v6;
	uint8_t ip[16]; /* the first 4 bytes for IPv4 */
	uint32_t port;
};

struct rmqi_stored_message {
	bool is_v2;
	uint32_t body_crc; /* as stored; recomputed on encode */
	int32_t queue_id;
	int32_t flag;
	int64_t queue_offset;
	int64_t physical_offset;
	int32_t sys_flag; /* on encode the v6 bits are set from the hosts */
	int64_t born_timestamp;
	struct rmqi_host born_host;
	int64_t store_timestamp;
	struct rmqi_host store_host;
	int32_t reconsume_times;
	int64_t prepared_transaction_offset;
	struct rmqi_cursor body; /* as stored (maybe compressed) */
	struct rmqi_str topic;   /* borrowed from the bytes, as are body and properties */
	struct rmqi_str properties;
};

/* Takes one message off the cursor. RMQ_ERR_CORRUPT: not a message (unknown magic, lengths that do
 * not add up, cut off); nothing is taken, *out may be written to. The body CRC is not checked here. */
enum rmq_error rmqi_message_decode(struct rmqi_cursor *c,
				   struct rmqi_stored_message *out) RMQI_MUST_USE;
/* The same of any form, field by field: what the other falls back to, and is compared with. */
enum rmq_error rmqi_message_decode_any(struct rmqi_cursor *c,
				       struct rmqi_stored_message *out) RMQI_MUST_USE;
/* RMQ_ERR_CORRUPT when the body does not match its CRC (a stored 0 means "none", as for V6 samples). */
enum rmq_error rmqi_message_check_crc(const struct rmqi_stored_message *m) RMQI_MUST_USE;
/* Bytes that encode will write. */
size_t rmqi_message_size(const struct rmqi_stored_message *m);
/* Appends the record. RMQ_ERR_INVALID_ARGUMENT when topic (V1: 127, V2: 32767 bytes) or properties
 * are over their limits. */
enum rmq_error rmqi_message_encode(struct rmqi_buf *out,
				   const struct rmqi_stored_message *m) RMQI_MUST_USE;
/* Appends the plain body: decompressed by sysFlag when needed. `out`'s max is the limit. */
enum rmq_error rmqi_message_plain_body(const struct rmqi_stored_message *m,
				       struct rmqi_buf *out) RMQI_MUST_USE;
/* "1.2.3.4:10911" or "[::1]:10911"; always NUL-terminated. 64 bytes are enough. */
const char *rmqi_host_text(const struct rmqi_host *h, char *buf, size_t size);
/* Reads such a text (numeric address, port 0..65535). */
bool rmqi_host_parse(struct rmqi_str text, struct rmqi_host *out);

/*
 * Batch body (SEND_BATCH_MESSAGE): per message
 *  total u32 | magic u32 0 | crc u32 0 | flag u32 | bodyLen u32, body | propertiesLen u16, properties
 */
enum { RMQI_BATCH_ITEM_MIN = 22 }; /* bytes of one without body and properties */

struct rmqi_batch_item {
	int32_t flag;
	struct rmqi_cursor body;
	struct rmqi_str properties;
};

enum rmq_error rmqi_batch_decode(struct rmqi_cursor *c, struct rmqi_batch_item *out) RMQI_MUST_USE;
enum rmq_error rmqi_batch_encode(struct rmqi_buf *out,
				 const struct rmqi_batch_item *item) RMQI_MUST_USE;

#endif
