/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value.h - what an expression computes with: Java's null, Boolean, Integer, Long, Double and String, and
 * how two of them compare (ComparisonExpression.__compare).
 *
 * Properties are strings. One that stands beside a number is read as a number of the same class, and one
 * that cannot be read so is a failure, which Java throws: "3.5" is no Integer, "" no number at all.
 *
 * Pure; thread: any.
 */
#ifndef MB_FILTER_VALUE_H
#define MB_FILTER_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* A number of more characters is none, as a Double. */
enum { MB_NUMBER_MAX = 1024 };

enum mb_value_kind {
	MB_VALUE_NULL, /* unknown */
	MB_VALUE_BOOLEAN,
	MB_VALUE_INTEGER,
	MB_VALUE_LONG,
	MB_VALUE_DOUBLE,
	MB_VALUE_STRING
};

struct mb_value {
	enum mb_value_kind kind;
	union {
		bool boolean;
		int64_t integer; /* of INTEGER and LONG */
		double real;
		struct rmqi_str text; /* borrowed */
	};
};

static inline struct mb_value mb_value_null(void)
{
	return (struct mb_value){.kind = MB_VALUE_NULL};
}

static inline struct mb_value mb_value_boolean(bool b)
{
	return (struct mb_value){.kind = MB_VALUE_BOOLEAN, .boolean = b};
}

static inline bool mb_value_is_number(const struct mb_value *v)
{
	return v->kind == MB_VALUE_INTEGER || v->kind == MB_VALUE_LONG ||
	       v->kind == MB_VALUE_DOUBLE;
}

/* Double.valueOf, Integer.valueOf, Long.valueOf. False: NumberFormatException. */
bool mb_value_read_double(struct rmqi_str text, double *out);
bool mb_value_read_integer(struct rmqi_str text, int64_t *out);
bool mb_value_read_long(struct rmqi_str text, int64_t *out);

enum mb_order {
	MB_LESS = -1, /* also of two that cannot be compared at all */
	MB_SAME = 0,
	MB_MORE = 1
};

/* Two values that are not null. False: Java throws. */
bool mb_value_compare(struct mb_value l, struct mb_value r, enum mb_order *out);
/* Double.valueOf of both, which are strings. False: Java throws. */
bool mb_value_compare_as_doubles(struct rmqi_str l, struct rmqi_str r, enum mb_order *out);

/* String.valueOf */
void mb_value_add(struct rmqi_buf *out, const struct mb_value *v);

#endif
