/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema.h - the one table of requests, read from schema.def.
 *
 * schema.def lists every header class of the protocol with its fields (type,
 * key, required or optional) and every request with code, name, direction,
 * request header and response header. From it come: the C structs below
 * (struct rmqi_h_<header>), encoding, decoding, validation, the mock's
 * dispatch, log text and doc/protocol.md.
 *
 *     struct rmqi_h_pull_message h = {0};
 *     h.consumerGroup = rmqi_str("g");           members carry the Java names
 *     RMQI_SET(&h, pull_message, subVersion, 7); sets value and presence
 *     if (RMQI_HAS(&h, pull_message, subscription)) ...
 *
 * On encode a required field is always written; an optional one only when its
 * presence bit is set. On decode the bit of each field found is set.
 *
 * Immutable; thread: any.
 */
#ifndef RMQI_CODEC_SCHEMA_H
#define RMQI_CODEC_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/str.h"
#include "codec/command.h"

enum { RMQI_FIELD_WIRE = 38 }; /* makes a field 64 bytes long */

enum rmqi_field_type { RMQI_F_STR, RMQI_F_I32, RMQI_F_I64, RMQI_F_BOOL, RMQI_F_F64 };

struct rmqi_field {
	const char *key;       /* Java field name */
	const char *short_key; /* one-letter form (SendMessageRequestHeaderV2.java); NULL: none */
	enum rmqi_field_type type;
	bool is_required;
	uint16_t offset;   /* of the member in the struct */
	uint16_t wire_len; /* length of the key as this descriptor writes it */
	/* That key ready for JSON: ,"key":" (so the key stands at wire + 2). An array, so that a
	 * writer may copy a fixed size of it. */
	char wire[RMQI_FIELD_WIRE];
};

struct rmqi_header_desc {
	const char *java_name; /* "PullMessageRequestHeader" */
	const struct rmqi_field *fields;
	size_t field_count; /* <= 31 */
	size_t struct_size;
	bool short_keys; /* write and read the one-letter keys: a, b, c ... in the order of the fields */
	uint64_t required; /* presence bits of the required fields */
};

/* The key that the descriptor of `f` writes and reads. */
static inline struct rmqi_str rmqi_field_wire(const struct rmqi_field *f)
{
	return (struct rmqi_str){f->wire + 2, f->wire_len};
}

/*
 * Generated: for H(pull_message, ...) the struct rmqi_h_pull_message { uint64_t has; members },
 * the descriptor rmqi_desc_pull_message and the presence bits
 * RMQI_BIT_pull_message_<member>.
 */
#include "codec/schema_gen.h"

#define RMQI_HAS(h, header, member) (((h)->has & RMQI_BIT_##header##_##member) != 0)
#define RMQI_SET(h, header, member, value) \
	((void)((h)->member = (value), (h)->has |= RMQI_BIT_##header##_##member))

/* Fills the zeroed struct from the command's ext fields. RMQ_ERR_PROTOCOL: a number cannot be read
 * or a required field is missing; *bad (may be NULL) names it. All fields that can be read are
 * read all the same (a lenient caller may go on). */
enum rmq_error rmqi_header_decode(const struct rmqi_header_desc *desc, const struct rmqi_command *c,
				  void *header, const char **bad) RMQI_MUST_USE;
/* The same for who only looks: *out is `room`, which this zeroes, or what the command has read already, which
 * lives as long as its texts. It is set on failure, too. */
enum rmq_error rmqi_header_view(const struct rmqi_header_desc *desc, const struct rmqi_command *c,
				void *room, const void **out, const char **bad) RMQI_MUST_USE;

enum rmqi_direction {
	RMQI_TO_NAMESRV = 1,
	RMQI_TO_BROKER = 2,
	RMQI_TO_CLIENT = 4,
	RMQI_TO_CONTROLLER = 8
};

struct rmqi_request_desc {
	int32_t code;
	const char *name;                        /* "PULL_MESSAGE" */
	unsigned to;                             /* bits of enum rmqi_direction */
	bool is_oneway;                          /* normally sent one-way */
	const struct rmqi_header_desc *request;  /* NULL: no header */
	const struct rmqi_header_desc *response; /* NULL: no header */
	const char *purpose;
};

/* NULL for a code that is not in the table. */
const struct rmqi_request_desc *rmqi_request_find(int32_t code);
/* The whole table, ordered by code. */
const struct rmqi_request_desc *rmqi_request_table(size_t *count);
/* "PULL_MESSAGE", or "REQUEST_<n>" written into buf. */
const char *rmqi_request_name(int32_t code, char *buf, size_t size);
/* "TOPIC_NOT_EXIST", or "RESPONSE_<n>" written into buf. */
const char *rmqi_response_name(int32_t code, char *buf, size_t size);
/* The response codes that have a name, by code; NULL behind the last one. */
const char *rmqi_response_at(size_t index, int32_t *code);

#endif
