/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message.h - the inside of rmq_message.
 *
 * Properties are kept as name NUL value NUL name NUL value NUL ..., so that
 * getters can hand out C strings without a copy. A received message lives in a block: one
 * allocation that holds the bodies, topics and properties of a whole pull,
 * counted by its messages.
 */
#ifndef RMQI_CLIENT_MESSAGE_H
#define RMQI_CLIENT_MESSAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/message.h>

#include "base/buf.h"
#include "base/macros.h"
#include "codec/ids.h"
#include "codec/message.h"

struct rmqi_message_block;

struct rmq_message {
	const char *topic;      /* NUL-terminated; shown to the user (RETRY_TOPIC undone) */
	struct rmq_queue queue; /* where it is stored; id -1: never */
	const uint8_t *body;    /* plain */
	size_t body_len;
	const char *properties; /* pairs of C strings */
	size_t properties_len;  /* all bytes, NULs included */
	int32_t flag;
	int32_t sys_flag;
	int32_t reconsume_times;
	int64_t queue_offset;
	int64_t physical_offset;
	int64_t born_ms;
	int64_t store_ms;
	struct rmqi_host born_host;
	struct rmqi_host store_host;
	size_t stored_size;               /* bytes of the record, for flow control */
	struct rmqi_message_block *block; /* received; NULL: the four below own */
	char *own_topic;
	char *own_queue; /* of a copy of a received message: the texts of `queue`, topic first */
	struct rmqi_buf own_body;
	struct rmqi_buf own_properties;
	atomic_int texts_state; /* 0 none, 1 being made, 2 made */
	char offset_id[RMQI_ID_SIZE];
	char born_text[64];
	char store_text[64];
};

/*
 * A pull answer turned into messages.
 *
 *     block: refs | messages[count] | copy of the body | plain bodies of compressed messages
 */
struct rmqi_message_block {
	atomic_uint refs; /* one a message that is still wanted, plus the maker's */
	size_t count;
	struct rmq_message *messages;
	uint8_t *bytes;
	size_t bytes_len;
	struct rmqi_buf plain; /* decompressed bodies, one behind the other */
};

/*
 * Decodes all messages of a pull answer. A message that cannot be decoded, or whose
 * CRC is wrong, ends it with RMQ_ERR_CORRUPT: *out then still holds those before it (Java loses the
 * rest silently; we let the caller pull again from there). broker_name must outlive the block.
 */
enum rmq_error rmqi_message_block_new(struct rmqi_cursor body, const char *broker_name,
				      struct rmqi_message_block **out) RMQI_MUST_USE;
void rmqi_message_block_ref(struct rmqi_message_block *b);
void rmqi_message_block_unref(struct rmqi_message_block *b);

/* The value of a property, NULL when absent. */
const char *rmqi_message_property(const struct rmq_message *m, const char *name);
/* Appends the properties in wire form (name 1 value 2), without the names in `drop` (may be NULL). */
void rmqi_message_wire_properties(const struct rmq_message *m, const char *const *drop,
				  struct rmqi_buf *out);
/* Sets or replaces a property of an own message without the check for reserved names. */
enum rmq_error rmqi_message_put(struct rmq_message *m, const char *name,
				const char *value) RMQI_MUST_USE;

#endif
