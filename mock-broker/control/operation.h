/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operation.h - the table operations.def, and the operation that a request means.
 *
 * Immutable. Thread: any.
 */
#ifndef MB_CONTROL_OPERATION_H
#define MB_CONTROL_OPERATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"
#include "base/str.h"

enum mb_operation_id {
#define R(id, method, path, verb, extra, help) MB_OPERATION_##id,
#define P(id, name, kind, is_required, help)
#include "mock-broker/control/operations.def"
#undef R
#undef P
	MB_OPERATION_COUNT
};

/* What may be given besides the arguments of the table. */
enum mb_extra {
	MB_EXTRA_NONE,
	MB_EXTRA_FAULT, /* a fault rule: its keys as flags, the whole body over HTTP */
	MB_EXTRA_FILTER /* selectors of requests */
};

enum mb_param_kind { MB_PARAM_TEXT, MB_PARAM_INTEGER, MB_PARAM_DURATION, MB_PARAM_BOOLEAN };

struct mb_param {
	enum mb_operation_id of;
	const char *name;
	enum mb_param_kind kind;
	bool is_required;
	const char *help;
};

struct mb_operation {
	const char *id;
	const char *method;
	const char *path;
	const char *verb;
	enum mb_extra extra;
	const char *help;
};

/* In the order of enum mb_operation_id; NULL behind the last one. */
const struct mb_operation *mb_operation_at(size_t index);
enum mb_operation_id mb_operation_id(const struct mb_operation *o);
/* Arguments of an operation: from *at = 0 on; NULL behind the last one. */
const struct mb_param *mb_operation_param(const struct mb_operation *o, size_t *at);
/* NULL: it has none of this name. */
const struct mb_param *mb_operation_find_param(const struct mb_operation *o, struct rmqi_str name);
/* Does the argument stand in the path? */
bool mb_param_is_in_path(const struct mb_param *p);
/* "text", "integer", "duration", "boolean". */
const char *mb_param_kind_name(enum mb_param_kind kind);

/* Is it the path of the operation? On the way fn (may be NULL) is called with name and text of each {name}, as
 * they came, %XX and all. */
bool mb_operation_matches(const struct mb_operation *o, struct rmqi_str path,
			  void (*fn)(void *arg, struct rmqi_str name, struct rmqi_str value),
			  void *arg);

#endif
