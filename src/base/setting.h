/* SPDX-License-Identifier: Apache-2.0 */
/*
 * setting.h - the text of a setting as a value of its type, for tables of settings.
 *
 * Pure. Thread: any.
 */
#ifndef RMQI_BASE_SETTING_H
#define RMQI_BASE_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/str.h"

enum rmqi_setting_kind {
	RMQI_SETTING_STRING,
	RMQI_SETTING_SECRET, /* a string that is not shown */
	RMQI_SETTING_INTEGER,
	RMQI_SETTING_BOOLEAN, /* true, false, 1, 0 */
	RMQI_SETTING_ENUM
};

struct rmqi_setting_type {
	enum rmqi_setting_kind kind;
	int64_t low; /* of an integer, both included */
	int64_t high;
	const char *choices; /* of an enum: "A|B|C" */
};

/* "string", "secret", "integer", "boolean", "enum". */
const char *rmqi_setting_type_name(const struct rmqi_setting_type *type);
/* False: not a value of this type; *number untouched. Else *number is the integer, 0 or 1, or the
 * place of the choice; 0 for strings. */
bool rmqi_setting_parse(const struct rmqi_setting_type *type, struct rmqi_str value,
			int64_t *number);
/* RMQ_ERR_CONFIG, and why the value is not of the type: `brokers: "99" is not an integer in 1..26`. */
enum rmq_error rmqi_setting_refuse(const struct rmqi_setting_type *type, const char *name,
				   struct rmqi_str value, struct rmq_error_detail *detail);
/* RMQ_ERR_CONFIG: `unknown KIND "brokrs"; did you mean "brokers"?` */
enum rmq_error rmqi_setting_unknown(const char *kind, const char *name, const char *const *known,
				    size_t count, struct rmq_error_detail *detail);

#endif
