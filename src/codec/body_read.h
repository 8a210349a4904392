/* SPDX-License-Identifier: Apache-2.0 */
/*
 * body_read.h - reads the members of a JSON body the way fastjson fills a bean.
 *
 * Private to the body_*.c files. A failure is kept in *err and not overwritten,
 * so that a run of reads is checked once. An absent member and a null one give
 * the default. Names match in any case when none matches exactly.
 */
#ifndef RMQI_CODEC_BODY_READ_H
#define RMQI_CODEC_BODY_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/macros.h"
#include "base/str.h"
#include "codec/json.h"

/* Parses an object and resolves its references. The caller frees it. */
enum rmq_error rmqi_body_parse(struct rmqi_cursor body, struct rmqi_json **out) RMQI_MUST_USE;

/* NULL when absent. A member that is null is returned. */
const struct rmqi_json *rmqi_member(const struct rmqi_json *object, const char *name);
/* Owned copy; NULL when absent. A number is turned into text. */
char *rmqi_member_text(const struct rmqi_json *object, const char *name, enum rmq_error *err);
/* The same; a copy of `otherwise` when absent. */
char *rmqi_member_text_or(const struct rmqi_json *object, const char *name, const char *otherwise,
			  enum rmq_error *err);
/* The same, but absence is an error. */
char *rmqi_member_text_required(const struct rmqi_json *object, const char *name,
				enum rmq_error *err);
/* RMQ_ERR_PROTOCOL when it is neither a number nor the text of one, or over the range. */
int32_t rmqi_member_i32(const struct rmqi_json *object, const char *name, int32_t otherwise,
			enum rmq_error *err);
int64_t rmqi_member_i64(const struct rmqi_json *object, const char *name, int64_t otherwise,
			enum rmq_error *err);
bool rmqi_member_bool(const struct rmqi_json *object, const char *name, bool otherwise);
/* NULL when absent; RMQ_ERR_PROTOCOL when it is something else. `kind` is that of an
 * array or an object. */
const struct rmqi_json *rmqi_member_of_kind(const struct rmqi_json *object, const char *name,
					    enum rmqi_json_kind kind, enum rmq_error *err);
/* Owned copy of a text that must be one. */
char *rmqi_text_of(const struct rmqi_json *value, enum rmq_error *err);
/* Zeroed array, NULL for a count of 0. */
void *rmqi_body_array(size_t count, size_t size, enum rmq_error *err);

/* RMQ_OK when everything was appended, else cuts `out` back to `start`. */
enum rmq_error rmqi_body_settle(struct rmqi_buf *out, size_t start) RMQI_MUST_USE;

#endif
