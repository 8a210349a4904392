/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compress.h - message bodies: zlib (RFC 1950), LZ4 frame, zstd.
 *
 * The type stands in bits 8..10 of sysFlag (CompressionType.java).
 * Decompression never grows past the caller's limit.
 *
 * Contexts are kept for the next message, 16 at most for the whole process, some
 * hundred KiB each. Nothing of ours runs when a thread ends.
 *
 * Thread: any.
 */
#ifndef RMQI_CODEC_COMPRESS_H
#define RMQI_CODEC_COMPRESS_H

#include <stdbool.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/macros.h"

enum rmqi_compression {
	RMQI_ZLIB_OLD = 0, /* clients before 4.9.4 leave the bits 0 */
	RMQI_LZ4 = 1,
	RMQI_ZSTD = 2,
	RMQI_ZLIB = 3
};

bool rmqi_compression_is_built_in(enum rmqi_compression type);
/* Appends to out. RMQ_ERR_UNSUPPORTED: not built in, or an unknown type. `level` as in Java: 1..9
 * for zlib, ignored by LZ4. */
enum rmq_error rmqi_compress(enum rmqi_compression type, int level, struct rmqi_cursor in,
			     struct rmqi_buf *out) RMQI_MUST_USE;
/* Appends to out, whose max is the limit: RMQ_ERR_TOO_LARGE past it, RMQ_ERR_CORRUPT for bad data. */
enum rmq_error rmqi_decompress(int type, struct rmqi_cursor in, struct rmqi_buf *out) RMQI_MUST_USE;

#endif
