/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf.h - the settings of a node under Apache's names, as in its .conf file.
 *
 * A table says which key is which member of a struct, with type, range and default;
 * another one which keys Apache knows that mean nothing here, and why. Those are
 * accepted; a key that stands in neither is refused with the nearest name.
 *
 *     static const struct mb_conf conf = {"broker", keys, RMQI_COUNT(keys), inert, RMQI_COUNT(inert)};
 *     mb_conf_init(&conf, &settings) -> mb_conf_parse -> mb_conf_deinit
 *
 * The members are char * (owned), int64_t (numbers and choices) and bool.
 *
 * Thread: one owner at a time; tables are immutable.
 */
#ifndef MB_CONF_H
#define MB_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/macros.h"
#include "base/str.h"

enum mb_conf_kind {
	MB_CONF_TEXT,
	MB_CONF_SECRET, /* a text that is not shown */
	MB_CONF_NUMBER,
	MB_CONF_BOOLEAN,
	MB_CONF_CHOICE
};

struct mb_conf_key {
	const char *name;
	enum mb_conf_kind kind;
	size_t offset;         /* of the member */
	const char *otherwise; /* the default */
	int64_t min, max;      /* of a number */
	const char *choices;   /* of a choice: "A|B", its value is the position */
};

struct mb_conf_inert {
	const char *name;
	const char *why;
	const char *otherwise; /* Apache's default, for who asks for all settings; NULL: not told */
};

struct mb_conf {
	const char *what;               /* "broker", for messages */
	const struct mb_conf_key *keys; /* sorted by name */
	size_t key_count;
	const struct mb_conf_inert *inert; /* sorted by name */
	size_t inert_count;
	/* Refuses a text that its key cannot have; may be NULL. */
	bool (*allows)(const struct mb_conf_key *key, struct rmqi_str value);
	/* Makes what follows from a key that was set; may be NULL. */
	enum rmq_error (*changed)(void *settings, const struct mb_conf_key *key,
				  struct rmq_error_detail *detail);
};

/* All defaults, over whatever stood there. */
enum rmq_error mb_conf_init(const struct mb_conf *conf, void *settings) RMQI_MUST_USE;
void mb_conf_deinit(const struct mb_conf *conf, void *settings);
/* NULL: no key of this name. */
const struct mb_conf_key *mb_conf_find(const struct mb_conf *conf, struct rmqi_str name);
/* Why a setting that Apache has means nothing here; NULL: it is none of those. */
const char *mb_conf_why_inert(const struct mb_conf *conf, struct rmqi_str name);
/* RMQ_ERR_CONFIG: unknown key, or a value that is not of its type or range; the sentence is in
 * `detail` (may be NULL). */
enum rmq_error mb_conf_set(const struct mb_conf *conf, void *settings, struct rmqi_str key,
			   struct rmqi_str value, struct rmq_error_detail *detail) RMQI_MUST_USE;
/* The value alone, without what follows from it. */
enum rmq_error mb_conf_put(void *settings, const struct mb_conf_key *key, struct rmqi_str value,
			   struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Lines "key=value"; empty ones and those that start with '#' or '!' are skipped. `origin` (a file
 * name) is for messages. */
enum rmq_error mb_conf_parse(const struct mb_conf *conf, void *settings, struct rmqi_str text,
			     const char *origin, struct rmq_error_detail *detail) RMQI_MUST_USE;
/* The next line of that form; the rest of the text is returned. False in *found: the line is no
 * key=value; `key` is then the line. Both empty: a line to skip. */
struct rmqi_str mb_conf_line(struct rmqi_str text, struct rmqi_str *key, struct rmqi_str *value,
			     bool *found, bool *more);
/* Logs each setting of the text that has no effect, with the reason. */
void mb_conf_tell_inert(const struct mb_conf *conf, struct rmqi_str text,
			const struct rmqi_log *log);
/* Appends the value of one key as text. */
void mb_conf_write_value(const struct mb_conf_key *key, const void *settings, struct rmqi_buf *out);
/* Appends "key=value\n" for every key, sorted; secrets without their value. */
void mb_conf_write(const struct mb_conf *conf, const void *settings, struct rmqi_buf *out);
/* The same, with the settings that have no effect at Apache's defaults. */
void mb_conf_write_all(const struct mb_conf *conf, const void *settings, struct rmqi_buf *out);
/* Is it one of "a;b;c", or is the list "*"? */
bool mb_conf_list_has(struct rmqi_str list, struct rmqi_str name);

#endif
