/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command.h - the header of a frame, in both serializations, without a tree.
 *
 * Decoding scans the header once and leaves slices: numbers as values, the ext
 * fields as an array of (key, value) texts that point into the frame, or into
 * the command's own scratch where an escape had to be undone. A command is
 * reused for the next frame: no allocation in the steady state.
 *
 * Encoding writes straight into a buffer from a typed header struct and its
 * schema (schema.h). See RemotingCommand.java, RocketMQSerializable.java.
 *
 * Accepted from peers, as fastjson does: unknown members, null members, numbers as
 * text, unquoted names, names in other case, ext values as number or bool
 * (doc/protocol.md).
 *
 * Thread: one owner at a time.
 */
#ifndef RMQI_CODEC_COMMAND_H
#define RMQI_CODEC_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/str.h"
#include "codec/frame.h"
#include "codec/schema_gen.h"

enum {
	RMQI_EXT_MAX = 96,               /* ext fields of one header; more are refused */
	RMQI_FLAG_RESPONSE = 1,          /* RemotingCommand.RPC_TYPE */
	RMQI_FLAG_ONEWAY = 2,            /* RemotingCommand.RPC_ONEWAY */
	RMQI_LANGUAGE_CPP = 1,           /* LanguageCode.CPP: there is no code for C */
	RMQI_VERSION = 479,              /* MQVersion.V5_3_3: what we claim to be */
	RMQI_VERSION_STANDARD_JSON = 401 /* V4_9_4: reads route JSON with quoted keys */
};

struct rmqi_ext {
	struct rmqi_str key;
	struct rmqi_str value;
};

/* The header of a SEND_MESSAGE_V2, which is read while its fields are cut out. For schema.c: it is what
 * rmqi_header_decode would make of ext[]. */
struct rmqi_letters {
	bool is_read; /* false: it has to be read from ext[] */
	uint64_t unreadable;
	struct rmqi_h_send_message header;
};

struct rmqi_command {
	int32_t code;
	int32_t language; /* -1: unknown text */
	int32_t version;
	int32_t opaque;
	int32_t flag;
	enum rmqi_serialization serialization;
	struct rmqi_str remark; /* empty when absent */
	bool has_ext;           /* extFields was present (maybe empty) */
	size_t ext_count;
	struct rmqi_ext ext[RMQI_EXT_MAX];
	struct rmqi_letters letters;
	struct rmqi_cursor body; /* the frame's, borrowed */
	struct rmqi_buf scratch; /* owned; unescaped texts */
};

void rmqi_command_init(struct rmqi_command *c);
void rmqi_command_deinit(struct rmqi_command *c);
/* Fills `c` from a frame; every slice is valid as long as the frame's bytes and until the next
 * decode into `c`. RMQ_ERR_PROTOCOL: not a header; close the connection (NettyDecoder.decode). */
enum rmq_error rmqi_command_decode(struct rmqi_command *c,
				   const struct rmqi_frame *f) RMQI_MUST_USE;
static inline bool rmqi_command_is_response(const struct rmqi_command *c)
{
	return (c->flag & RMQI_FLAG_RESPONSE) != 0;
}
static inline bool rmqi_command_is_oneway(const struct rmqi_command *c)
{
	return (c->flag & RMQI_FLAG_ONEWAY) != 0;
}
/* The value of an ext field (case-sensitive); false when absent. */
bool rmqi_command_ext(const struct rmqi_command *c, const char *key, struct rmqi_str *out);

/* What stands in every header beside the ext fields. Zero-initialise, then set. */
struct rmqi_command_meta {
	enum rmqi_serialization serialization;
	int32_t code;
	int32_t language; /* as written; RMQI_LANGUAGE_CPP */
	int32_t version;  /* RMQI_VERSION */
	int32_t opaque;
	int32_t flag;
	struct rmqi_str remark; /* empty: not written */
};

struct rmqi_header_desc; /* schema.h */

/*
 * Appends length word, header word and header to `out`; the caller appends
 * (or sends behind it) exactly body_len bytes of body. `desc` and `header` give
 * the typed fields (both NULL: none), `extra` further ext fields (may be NULL).
 * extFields is written (even empty) when desc is not NULL or extra_count > 0.
 * RMQ_ERR_TOO_LARGE when the frame would pass RMQI_FRAME_MAX; `out` is then unchanged.
 */
enum rmq_error rmqi_command_encode(struct rmqi_buf *out, const struct rmqi_command_meta *meta,
				   const struct rmqi_header_desc *desc, const void *header,
				   const struct rmqi_ext *extra, size_t extra_count,
				   size_t body_len) RMQI_MUST_USE;

#endif
