/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - the JSON dialect of fastjson bodies, on top of jansson.
 *
 * Reading accepts what fastjson writes: unquoted names ({0:"a"}), objects as
 * names ({{"topic":"T"}:{..}}; the name becomes the object's JSON text), single
 * quotes, {"$ref":..} left as is (see rmqi_json_resolve). The text is first made
 * strict, then parsed by jansson with depth and size limits. Writing is compact,
 * members in the order given.
 *
 * Only bodies and files go through here, never a hot header.
 */
#ifndef RMQI_CODEC_JSON_H
#define RMQI_CODEC_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/macros.h"
#include "base/str.h"

enum {
	RMQI_JSON_DEPTH_MAX = 64,
	RMQI_JSON_SIZE_MAX = 64 * 1024 * 1024 /* a file or body; frames are smaller anyway */
};

/* A new reference. RMQ_ERR_PROTOCOL: not JSON even leniently; RMQ_ERR_TOO_LARGE: over a limit. */
enum rmq_error rmqi_json_parse(struct rmqi_cursor text, json_t **out) RMQI_MUST_USE;
/* Puts a copy of what it points at in the place of each {"$ref":"$.a.b[0]"}, which fastjson writes
 * for an object it has written before. RMQ_ERR_PROTOCOL: a path that leads nowhere or into itself.
 * The tree may be changed in part on failure. */
enum rmq_error rmqi_json_resolve(json_t *root) RMQI_MUST_USE;
/* Appends the compact text. */
enum rmq_error rmqi_json_write(const json_t *value, struct rmqi_buf *out) RMQI_MUST_USE;
/* fastjson's pretty form: \n, one tab a level, "key":value without a blank. `raw_key_maps`: objects
 * whose keys are all decimal numbers are written on one line with unquoted keys, as
 * files of ConfigManager.persist show maps with Integer keys (doc/reference/json.md). */
enum rmq_error rmqi_json_write_pretty(const json_t *value, bool raw_key_maps,
				      struct rmqi_buf *out) RMQI_MUST_USE;
/* Lenient getters: absent, null or of another kind gives the default. Numbers may be text. */
int64_t rmqi_json_i64(const json_t *object, const char *name, int64_t otherwise);
bool rmqi_json_bool(const json_t *object, const char *name, bool otherwise);
/* Borrowed from the tree; `otherwise` may be NULL. */
const char *rmqi_json_str(const json_t *object, const char *name, const char *otherwise);
/* Appends a JSON string literal with its quotes. Bytes that are not UTF-8 become U+FFFD. */
void rmqi_json_add_string(struct rmqi_buf *out, struct rmqi_str s);

/*
 * A writer of text in order: no tree. Commas, line ends and tabs come by
 * themselves; failures are kept in the buffer (rmqi_buf_status).
 *
 *     rmqi_jw_open(w, '{'); rmqi_jw_name(w, "a"); rmqi_jw_i64(w, 1); rmqi_jw_close(w, '}');
 */
struct rmqi_jw {
	struct rmqi_buf *out;
	bool is_pretty;   /* fastjson's PrettyFormat */
	bool is_ascii;    /* everything else as \uXXXX: fastjson's BrowserCompatible */
	unsigned depth;   /* of the brackets that are open */
	bool has_members; /* something stands behind the bracket opened last */
};

void rmqi_jw_open(struct rmqi_jw *w, char bracket);
void rmqi_jw_close(struct rmqi_jw *w, char bracket);
void rmqi_jw_name(struct rmqi_jw *w, const char *name);
/* Any text, quoted as needed. */
void rmqi_jw_name_str(struct rmqi_jw *w, struct rmqi_str name);
/* An unquoted number as a name, on the same line: the key of an Integer-keyed Java map. */
void rmqi_jw_name_i64(struct rmqi_jw *w, int64_t name);
/* Values; in an array each brings its own comma. */
void rmqi_jw_str(struct rmqi_jw *w, struct rmqi_str value);
void rmqi_jw_i64(struct rmqi_jw *w, int64_t value);
void rmqi_jw_bool(struct rmqi_jw *w, bool value);
/* Name and value; a NULL text writes nothing at all, as fastjson leaves out what is null. */
void rmqi_jw_member_str(struct rmqi_jw *w, const char *name, const char *value);
void rmqi_jw_member_i64(struct rmqi_jw *w, const char *name, int64_t value);
void rmqi_jw_member_bool(struct rmqi_jw *w, const char *name, bool value);
/* A tree. False when it is deeper than RMQI_JSON_DEPTH_MAX. */
bool rmqi_jw_value(struct rmqi_jw *w, const json_t *value, bool raw_key_maps);

#endif
