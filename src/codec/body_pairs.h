/* SPDX-License-Identifier: Apache-2.0 */
/*
 * body_pairs.h - lists of names and values: tables of statistics (KVTable.java) and settings as lines of
 * name=value (MixAll.properties2String).
 *
 * Decoded lists are ordered by name, byte by byte. The caller owns a list; _deinit is harmless on a zeroed one.
 *
 * Thread: one owner at a time.
 */
#ifndef RMQI_CODEC_BODY_PAIRS_H
#define RMQI_CODEC_BODY_PAIRS_H

#include <stddef.h>

#include <rocketmq/error.h>

#include "base/cursor.h"
#include "base/macros.h"
#include "base/str.h"

enum { RMQI_PAIRS_MAX = 64 * 1024 };

struct rmqi_pair {
	char *name;
	char *value;
};

struct rmqi_pairs {
	struct rmqi_pair *items;
	size_t count;
	size_t room; /* of items */
};

/* Appends copies. RMQ_ERR_TOO_LARGE: there are RMQI_PAIRS_MAX; RMQ_ERR_NO_MEMORY. */
enum rmq_error rmqi_pairs_add(struct rmqi_pairs *p, struct rmqi_str name,
			      struct rmqi_str value) RMQI_MUST_USE;
/* The value of the first one of that name, borrowed; NULL: there is none. */
const char *rmqi_pairs_find(const struct rmqi_pairs *p, const char *name);
void rmqi_pairs_deinit(struct rmqi_pairs *p);

/* {"table":{"name":"value",...}}. A value that is no text is its JSON text; null is left out.
 * RMQ_ERR_PROTOCOL: it is something else. */
enum rmq_error rmqi_pairs_decode_table(struct rmqi_cursor body,
				       struct rmqi_pairs *out) RMQI_MUST_USE;
/* Lines of name=value, as they are written: nothing is escaped. A line without = belongs to the value before
 * it. */
enum rmq_error rmqi_pairs_decode_lines(struct rmqi_cursor body,
				       struct rmqi_pairs *out) RMQI_MUST_USE;
/* What an object holds, however deep, with the names on the way joined by dots: {"a":[{"b":1}]} is "a.0.b"="1".
 * RMQ_ERR_PROTOCOL: it is no object; RMQ_ERR_TOO_LARGE: such a name is over RMQI_PAIRS_NAME_MAX bytes. */
enum { RMQI_PAIRS_NAME_MAX = 4096 };
enum rmq_error rmqi_pairs_decode_flat(struct rmqi_cursor body,
				      struct rmqi_pairs *out) RMQI_MUST_USE;

#endif
