/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault.h - what a fault says: rmq_mock_fault of <rocketmq/mock_fault.h>, made of texts by key.
 *
 * Thread: one owner at a time; the table is immutable.
 */
#ifndef MB_RULES_FAULT_H
#define MB_RULES_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>
#include <rocketmq/mock_fault.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/setting.h"
#include "mock-broker/faults.h"
#include "mock-broker/rules/select.h"

#define N(name, low, high, otherwise, unit, help) MB_FAULT_##name,
#define B(name, help) MB_FAULT_##name,
#define S(name, range, help) MB_FAULT_##name,
#define E(name, choices, otherwise, help) MB_FAULT_##name,
enum mb_fault_key {
#include "mock-broker/rules/fault.def"
	MB_FAULT_COUNT
};
#undef N
#undef B
#undef S
#undef E

enum { MB_CHANCE_SURE = 1000000000 }; /* a probability of 1 */

/* In the order of fault.def. */
enum mb_fault_close { MB_CLOSE_FIN, MB_CLOSE_RST, MB_CLOSE_HALF_OPEN };
enum mb_fault_corrupt {
	MB_CORRUPT_LENGTH,
	MB_CORRUPT_HEADER_LENGTH,
	MB_CORRUPT_HEADER,
	MB_CORRUPT_CRC,
	MB_CORRUPT_MAGIC,
	MB_CORRUPT_BODY
};

struct mb_fault_row {
	const char *name;
	struct rmqi_setting_type type;
	const char *range;
	const char *otherwise; /* "" for none */
	const char *unit;
	const char *help;
};

struct rmq_mock_fault {
	struct mb_select select;
	char *text[MB_FAULT_COUNT]; /* owned, as they were given; NULL: the default */
	int64_t number[MB_FAULT_COUNT];
	rmq_mock_predicate_fn predicate; /* NULL: none */
	void *predicate_arg;
	rmq_mock_handler_fn handler; /* NULL: none */
	void *handler_arg;
};

/* NULL behind the last one. */
const struct mb_fault_row *mb_fault_at(size_t key);

struct rmq_mock_fault *mb_fault_new(void);
void mb_fault_free(struct rmq_mock_fault *f);
/* NULL when memory is out. */
struct rmq_mock_fault *mb_fault_copy(const struct rmq_mock_fault *f);
/* A selector or a key of fault.def; "" is the default again. RMQ_ERR_CONFIG: unknown, with the nearest
 * one, or not of its type or range. */
enum rmq_error mb_fault_set(struct rmq_mock_fault *f, const char *key, const char *value,
			    struct rmq_error_detail *detail) RMQI_MUST_USE;
/* The text, "" when there is neither value nor default; NULL: no such key. */
const char *mb_fault_get(const struct rmq_mock_fault *f, const char *key);
/* An object of keys. Numbers and booleans may be texts; `code` and `field` may be arrays. */
enum rmq_error mb_fault_parse(struct rmqi_cursor json, struct rmq_mock_fault **out,
			      struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Appends that object; a predicate and a handler are not in it. */
void mb_fault_write(const struct rmq_mock_fault *f, struct rmqi_buf *out);

/* RMQ_ERR_CONFIG: what it says does not go together. */
enum rmq_error mb_fault_check(const struct rmq_mock_fault *f,
			      struct rmq_error_detail *detail) RMQI_MUST_USE;

static inline bool mb_fault_has(const struct rmq_mock_fault *f, enum mb_fault_key key)
{
	return f->text[key] != NULL;
}

/* Does it say something of how the answer leaves? */
bool mb_fault_shapes(const struct rmq_mock_fault *f);
enum mb_stage mb_fault_stage(const struct rmq_mock_fault *f);

#endif
