/* SPDX-License-Identifier: Apache-2.0 */
/*
 * template.h - the heads of frames that differ in a few fields: what they share is
 * encoded once, the rest is filled in.
 *
 *     | literal | value | literal | value | ... | literal |
 *
 * It writes what rmqi_command_encode writes for the same header, byte for byte: that is
 * checked when it is made, and what cannot be made so is no template. Where a
 * template does not fit, the caller encodes.
 *
 * Immutable once made; thread: any.
 */
#ifndef RMQI_CODEC_TEMPLATE_H
#define RMQI_CODEC_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "codec/command.h"
#include "codec/template_usual.h"

enum {
	RMQI_TEMPLATE_HOLES = 16,
	RMQI_TEMPLATE_SIZE = 1024,
	RMQI_TEMPLATE_SLACK = RMQI_USUAL_SLACK
};

struct rmqi_template_hole {
	uint16_t literal; /* bytes that stand before it */
	uint16_t offset;  /* of the member in the header struct */
	uint8_t type;     /* enum rmqi_field_type; the last: the opaque */
};

/* {0}: none. */
struct rmqi_template {
	size_t hole_count; /* 0: it fits nothing */
	struct rmqi_template_hole holes[RMQI_TEMPLATE_HOLES];
	size_t text_count;
	uint16_t texts[RMQI_TEMPLATE_HOLES]; /* the offsets of those that are texts */
	enum rmqi_serialization serialization;
	int32_t code;
	int32_t flag;
	uint64_t present; /* the presence bits of a header that fits */
	size_t room;      /* for all but texts */
	struct rmqi_usual usual;
	size_t len; /* of the literals */
	uint8_t literals[RMQI_TEMPLATE_SIZE + RMQI_TEMPLATE_SLACK];
};

/* Fields with a bit in `varying` are filled in, all others have the value that they have in `header`.
 * Which optional ones there are is the same for all. RMQ_ERR_NO_MEMORY; else RMQ_OK, also when none can be
 * made: the texts are too long, a boolean varies, or `header` holds what the marks are made of. */
enum rmq_error rmqi_template_init(struct rmqi_template *t, const struct rmqi_command_meta *meta,
				  const struct rmqi_header_desc *desc, const void *header,
				  uint64_t varying) RMQI_MUST_USE;
/* Has a header of this kind a place for everything in it? Whether what does not vary has the right value
 * is the caller's to know. */
static inline bool rmqi_template_fits(const struct rmqi_template *t,
				      const struct rmqi_command_meta *meta, const void *header)
{
	return t->hole_count > 0 && t->serialization == meta->serialization &&
	       t->code == meta->code && t->flag == meta->flag && meta->remark.len == 0 &&
	       *(const uint64_t *)header == t->present;
}
/* As rmqi_command_encode: appends all but the body. */
enum rmq_error rmqi_template_encode(const struct rmqi_template *t, struct rmqi_buf *out,
				    int32_t opaque, const void *header,
				    size_t body_len) RMQI_MUST_USE;

#endif
