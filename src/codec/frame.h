/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame.h - cuts a byte stream into RocketMQ remoting frames.
 *
 *     length u32 | type u8 | header_len u24 | header | body      (big-endian)
 *
 * `length` counts what follows it (NettyDecoder.java, RemotingCommand.java).
 * Pure: no sockets, no JSON, no clock.
 *
 * Thread: one owner at a time; takes no lock.
 */
#ifndef RMQI_CODEC_FRAME_H
#define RMQI_CODEC_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/macros.h"

enum {
	RMQI_FRAME_MAX = 16 * 1024 * 1024, /* length word included; the Java default */
	RMQI_FRAME_PREFIX = 8              /* length word and header word */
};

enum rmqi_serialization {
	RMQI_JSON = 0,   /* SerializeType.JSON */
	RMQI_BINARY = 1, /* SerializeType.ROCKETMQ */
	RMQI_SERIALIZATIONS
};

struct rmqi_frame {
	enum rmqi_serialization serialization; /* how `header` is written */
	struct rmqi_cursor header;             /* borrowed: valid until the decoder's next call */
	struct rmqi_cursor body;               /* borrowed, may be empty */
};

struct rmqi_frame_decoder {
	struct rmqi_buf input; /* read from the peer, not yet dropped */
	size_t lent;           /* bytes of the frame handed out last; <= input.len */
	size_t room;           /* handed out last */
	size_t ahead;          /* read at least so much at once: less was not all */
	unsigned little; /* times in a row that the input became empty and had not held much */
	bool was_much;   /* it has held much since it was empty */
};

void rmqi_frame_decoder_init(struct rmqi_frame_decoder *d);
void rmqi_frame_decoder_deinit(struct rmqi_frame_decoder *d);
/* Room to read the next bytes of the peer into: at least `want` bytes, and up to 256 KiB at once if the frame
 * under way needs more than that, or if the last room was filled (twice as much as that). Then tell how many
 * came with _fed. Memory that heavy traffic needs (1 MiB at most) is kept until 256 times in a row little came. */
enum rmq_error rmqi_frame_decoder_room(struct rmqi_frame_decoder *d, size_t want, uint8_t **out,
				       size_t *out_len) RMQI_MUST_USE;
void rmqi_frame_decoder_fed(struct rmqi_frame_decoder *d, size_t n);
/* RMQ_OK: *out is the next frame. RMQ_AGAIN: feed more; *out untouched.
 * RMQ_ERR_PROTOCOL: the peer broke the format; the stream is lost, close it. */
enum rmq_error rmqi_frame_decoder_next(struct rmqi_frame_decoder *d,
				       struct rmqi_frame *out) RMQI_MUST_USE;
/* Is an unfinished frame waiting for bytes? */
bool rmqi_frame_decoder_is_partial(const struct rmqi_frame_decoder *d);
/* One whole frame in `bytes` (length word included), nothing behind it. */
enum rmq_error rmqi_frame_parse(struct rmqi_cursor bytes, struct rmqi_frame *out) RMQI_MUST_USE;

#endif
