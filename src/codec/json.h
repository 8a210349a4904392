/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - the JSON dialect of fastjson bodies: a reader and a writer.
 *
 * Reading accepts what fastjson writes: unquoted names ({0:"a"}), objects as
 * names ({{"topic":"T"}:{..}}; the name becomes the object's JSON text), single
 * quotes, {"$ref":..} left as is (see rmqi_json_resolve). One pass makes a tree
 * of values that never changes afterwards and needs nothing of the text; it
 * lives in a few blocks of memory and is freed at once. Depth, number of values
 * and size are limited. Writing is compact, members in the order given, and
 * needs no tree.
 *
 * Only bodies and files go through here, never a hot header (codec/scanner.h).
 *
 * Thread: one owner at a time.
 */
#ifndef RMQI_CODEC_JSON_H
#define RMQI_CODEC_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/macros.h"
#include "base/str.h"

enum {
	RMQI_JSON_DEPTH_MAX = 64,
	RMQI_JSON_VALUES_MAX = 4 * 1024 * 1024, /* of one text: 160 MiB of tree */
	RMQI_JSON_SIZE_MAX = 64 * 1024 * 1024   /* a file or body; frames are smaller anyway */
};

enum rmqi_json_kind {
	RMQI_JSON_NULL,
	RMQI_JSON_BOOL,
	RMQI_JSON_INTEGER,
	RMQI_JSON_REAL, /* has a fraction or an exponent, or is over 64 bits; finite */
	RMQI_JSON_TEXT,
	RMQI_JSON_ARRAY,
	RMQI_JSON_OBJECT
};

/* A value. All it points at belongs to its tree. Texts and names are UTF-8 with a NUL behind them
 * and none inside. */
struct rmqi_json {
	struct rmqi_json *next; /* in the array or object around it */
	const char *name;       /* of a member; no two of an object are the same */
	uint32_t name_len;
	uint32_t count; /* bytes of a text, values of an array, members of an object; else 0 */
	enum rmqi_json_kind kind;
	union {
		bool boolean;
		int64_t integer;
		double real;
		const char *text;
		struct rmqi_json *first; /* of an array or object */
	};
};

/* The caller frees the tree. RMQ_ERR_PROTOCOL: not JSON even leniently; RMQ_ERR_TOO_LARGE: over a
 * limit; RMQ_ERR_NO_MEMORY. */
enum rmq_error rmqi_json_parse(struct rmqi_cursor text, struct rmqi_json **out) RMQI_MUST_USE;
/* The root that rmqi_json_parse gave, or NULL. */
void rmqi_json_free(struct rmqi_json *root);
/* Puts what it points at in the place of each {"$ref":"$.a.b[0]"}, which fastjson writes for an
 * object it has written before: values are shared then. RMQ_ERR_PROTOCOL: a path that leads nowhere
 * or into itself, or many more values than the text has: the tree may only be freed then. */
enum rmq_error rmqi_json_resolve(struct rmqi_json *root) RMQI_MUST_USE;

/* Whoever asks may pass NULL as a value: it is of no kind and holds nothing. */
static inline bool rmqi_json_is(const struct rmqi_json *value, enum rmqi_json_kind kind)
{
	return value && value->kind == kind;
}

/* Values of an array, members of an object; else 0. */
static inline size_t rmqi_json_count(const struct rmqi_json *value)
{
	return rmqi_json_is(value, RMQI_JSON_ARRAY) || rmqi_json_is(value, RMQI_JSON_OBJECT)
		       ? value->count
		       : 0;
}

static inline const struct rmqi_json *rmqi_json_first(const struct rmqi_json *value)
{
	return rmqi_json_count(value) ? value->first : NULL;
}

/* Over what stands in an array or object; over nothing for any other value. */
#define RMQI_JSON_EACH(at, value) \
	for (const struct rmqi_json *at = rmqi_json_first(value); at; at = at->next)

static inline struct rmqi_str rmqi_json_name(const struct rmqi_json *member)
{
	return (struct rmqi_str){member->name, member->name_len};
}

/* Empty when it is no text. */
static inline struct rmqi_str rmqi_json_text(const struct rmqi_json *value)
{
	return rmqi_json_is(value, RMQI_JSON_TEXT) ? (struct rmqi_str){value->text, value->count}
						   : (struct rmqi_str){NULL, 0};
}

/* The member of that name; NULL when absent or not an object. Walks over the members. */
const struct rmqi_json *rmqi_json_get(const struct rmqi_json *object, const char *name);
/* Lenient getters: absent, null or of another kind gives the default. Numbers may be text. */
int64_t rmqi_json_i64(const struct rmqi_json *object, const char *name, int64_t otherwise);
bool rmqi_json_bool(const struct rmqi_json *object, const char *name, bool otherwise);
/* Borrowed from the tree; `otherwise` may be NULL. */
const char *rmqi_json_str(const struct rmqi_json *object, const char *name, const char *otherwise);

/* Appends the compact text. */
enum rmq_error rmqi_json_write(const struct rmqi_json *value, struct rmqi_buf *out) RMQI_MUST_USE;
/* The same as an owned text. */
enum rmq_error rmqi_json_dup_text(const struct rmqi_json *value, char **out) RMQI_MUST_USE;
/* fastjson's pretty form: \n, one tab a level, "key":value without a blank. `raw_key_maps`: objects
 * whose keys are all decimal numbers are written on one line with unquoted keys, as
 * files of ConfigManager.persist show maps with Integer keys (doc/reference/json.md). */
enum rmq_error rmqi_json_write_pretty(const struct rmqi_json *value, bool raw_key_maps,
				      struct rmqi_buf *out) RMQI_MUST_USE;
/* Appends a JSON string literal with its quotes. Bytes that are not UTF-8 become U+FFFD. */
void rmqi_json_add_string(struct rmqi_buf *out, struct rmqi_str s);
/* The shortest digits that read back as the same number, always with a fraction, as Java's toString. */
void rmqi_json_add_real(struct rmqi_buf *out, double value);

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
/* Between them the caller writes the name, which is an object, into w->out with another writer: the key of
 * a Java map of objects. */
void rmqi_jw_name_begin(struct rmqi_jw *w);
void rmqi_jw_name_end(struct rmqi_jw *w);
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
void rmqi_jw_member_real(struct rmqi_jw *w, const char *name, double value);
/* A tree. False when it is deeper than RMQI_JSON_DEPTH_MAX. */
bool rmqi_jw_value(struct rmqi_jw *w, const struct rmqi_json *value, bool raw_key_maps);
/* The value that a text holds, laid out anew. RMQ_ERR_INVALID_ARGUMENT: it is no JSON;
 * RMQ_ERR_TOO_LARGE; RMQ_ERR_NO_MEMORY. Nothing is written then. */
enum rmq_error rmqi_jw_parsed(struct rmqi_jw *w, struct rmqi_str json) RMQI_MUST_USE;

#endif
