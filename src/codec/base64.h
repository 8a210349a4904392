/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base64.h - bytes as text (java.util.Base64), padded.
 *
 * Reading is as lenient as Java's: padding may be missing.
 *
 * Pure; thread: any.
 */
#ifndef RMQI_CODEC_BASE64_H
#define RMQI_CODEC_BASE64_H

#include <stddef.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/str.h"

enum rmqi_base64_alphabet {
	RMQI_BASE64_BASIC, /* + and / */
	RMQI_BASE64_URL    /* - and _ */
};

/* Appends the text of `bytes` to `out`. */
void rmqi_base64_encode(struct rmqi_buf *out, struct rmqi_cursor bytes,
			enum rmqi_base64_alphabet alphabet);
/* The number of bytes, in out[0..]; 0: not Base64, or maybe more than `size`. An empty text has none. */
size_t rmqi_base64_decode(struct rmqi_str text, enum rmqi_base64_alphabet alphabet, void *out,
			  size_t size);

#endif
