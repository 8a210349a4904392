/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_gen.h - what schema.h makes of schema.def. Include schema.h instead.
 *
 * For HEADER(pull_message, ...) with a FIELD(..., topic, ...):
 *
 *     struct rmqi_h_pull_message { uint64_t has; ...; struct rmqi_str topic; ... };
 *     RMQI_BIT_pull_message_topic          its bit in `has`
 *     RMQI_FIELDS_pull_message             the number of fields
 *     rmqi_desc_pull_message               the descriptor
 *
 * rmqi_desc_send_message_v2 describes struct rmqi_h_send_message with the
 * one-letter keys. For REQUEST(11, PULL_MESSAGE, ...): RMQI_REQ_PULL_MESSAGE = 11.
 */
#ifndef RMQI_CODEC_SCHEMA_GEN_H
#define RMQI_CODEC_SCHEMA_GEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct rmqi_header_desc;

#define RMQI_TYPE_STR struct rmqi_str
#define RMQI_TYPE_I32 int32_t
#define RMQI_TYPE_I64 int64_t
#define RMQI_TYPE_BOOL bool
#define RMQI_TYPE_F64 double

/* The structs. */
#define HEADER(h, java_name) \
	struct rmqi_h_##h {  \
		uint64_t has;
#define FIELD(h, type, is_required, member, key, short_key) RMQI_TYPE_##type member;
#define END(h) \
	}      \
	;
#include "codec/schema.def"

#undef RMQI_TYPE_STR
#undef RMQI_TYPE_I32
#undef RMQI_TYPE_I64
#undef RMQI_TYPE_BOOL
#undef RMQI_TYPE_F64

/* The position of each field, and their number. */
#define HEADER(h, java_name) enum {
#define FIELD(h, type, is_required, member, key, short_key) RMQI_AT_##h##_##member,
#define END(h)          \
	RMQI_FIELDS_##h \
	}               \
	;
#include "codec/schema.def"

/* The presence bits. */
#define HEADER(h, java_name) enum {
#define FIELD(h, type, is_required, member, key, short_key) \
	RMQI_BIT_##h##_##member = 1 << RMQI_AT_##h##_##member,
#define END(h)                \
	RMQI_BIT_NONE_##h = 0 \
	}                     \
	;
#include "codec/schema.def"

/* The descriptors. */
#define HEADER(h, java_name) extern const struct rmqi_header_desc rmqi_desc_##h;
#define FIELD(h, type, is_required, member, key, short_key)
#define END(h)
#define LETTERS(v, h, java_name) extern const struct rmqi_header_desc rmqi_desc_##v;
#define LETTER(h, type, is_required, member, key, short_key)
#define END_LETTERS(v, h, java_name)
#include "codec/schema.def"

/* The request codes. */
#define REQUEST(code, name, to, is_oneway, request, response, purpose) RMQI_REQ_##name = code,
enum rmqi_request_code {
#include "codec/schema.def"
};

#endif
