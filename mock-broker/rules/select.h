/* SPDX-License-Identifier: Apache-2.0 */
/*
 * select.h - which requests: the selectors of a fault rule, and a filter of recorded requests.
 *
 * Made of texts by key, from the table select.def; all that are given must hold, none
 * given is every request. As one text, "code=SEND_MESSAGE_V2 topic=T* node=broker-a", blanks
 * stand between them and the same key may come again for `field` only.
 *
 * Thread: one owner at a time.
 */
#ifndef MB_RULES_SELECT_H
#define MB_RULES_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/str.h"
#include "mock-broker/rules/subject.h"

enum {
	MB_SELECT_NAMESRVS_MAX = 8,
	MB_SELECT_CODES_MAX = 32,
	MB_SELECT_FIELDS_MAX = 16,
	MB_SELECT_TEXT_MAX = 4096 /* bytes of one value */
};

#define SELECTOR(name, range, help) MB_SELECT_##name,
enum mb_select_key {
#include "mock-broker/rules/select.def"
	MB_SELECT_COUNT
};
#undef SELECTOR

struct mb_select_row {
	const char *name;
	const char *range;
	const char *help;
};

struct mb_select {
	char *text[MB_SELECT_COUNT]; /* owned, as they were given; NULL: any */
	int32_t codes[MB_SELECT_CODES_MAX];
	size_t code_count;
	int32_t namesrv;
	int32_t queue_id;
	struct rmqi_ext fields[MB_SELECT_FIELDS_MAX]; /* name and glob, in text[MB_SELECT_field] */
	size_t field_count;
};

/* Every request. */
void mb_select_init(struct mb_select *s);
void mb_select_deinit(struct mb_select *s);
/* NULL behind the last one. */
const struct mb_select_row *mb_select_at(size_t key);
/* MB_SELECT_COUNT: no selector is called so. */
enum mb_select_key mb_select_find(struct rmqi_str name);
/* "" is any again. RMQ_ERR_CONFIG: it cannot be read, and the detail says why; the former value stays. */
enum rmq_error mb_select_put(struct mb_select *s, enum mb_select_key key, struct rmqi_str value,
			     struct rmq_error_detail *detail) RMQI_MUST_USE;
/* A whole text, into a fresh one. RMQ_ERR_CONFIG also for an unknown key, with the nearest one. */
enum rmq_error mb_select_parse(struct mb_select *s, const char *text,
			       struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Into a fresh one. */
enum rmq_error mb_select_copy(struct mb_select *s, const struct mb_select *from) RMQI_MUST_USE;
bool mb_select_matches(const struct mb_select *s, const struct mb_subject *subject);

#endif
