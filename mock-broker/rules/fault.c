/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/rules/fault.h"

#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "codec/schema.h"

enum { CHANCE_DIGITS = 9, REMARK_MAX = 1024 };

static const struct mb_fault_row rows[] = {
#define N(name, low, high, otherwise, unit, help) \
	{#name, {RMQI_SETTING_INTEGER, low, high, NULL}, #low ".." #high, otherwise, unit, help},
#define B(name, help) \
	{#name, {RMQI_SETTING_BOOLEAN, 0, 1, NULL}, "true|false", "false", "", help},
#define S(name, range, help) {#name, {RMQI_SETTING_STRING, 0, 0, NULL}, range, "", "", help},
#define E(name, choices, otherwise, help) \
	{#name, {RMQI_SETTING_ENUM, 0, 0, choices}, choices, otherwise, "", help},
#include "mock-broker/rules/fault.def"
#undef N
#undef B
#undef S
#undef E
};

_Static_assert(RMQI_COUNT(rows) == MB_FAULT_COUNT, "one row a key");

const struct mb_fault_row *mb_fault_at(size_t key)
{
	return key < RMQI_COUNT(rows) ? &rows[key] : NULL;
}

static size_t find(struct rmqi_str name)
{
	size_t i = 0;

	while (i < MB_FAULT_COUNT && !rmqi_str_is(name, rows[i].name))
		i++;
	return i;
}

static int64_t default_of(size_t key)
{
	int64_t number = key == MB_FAULT_probability ? MB_CHANCE_SURE : 0;

	if (rows[key].otherwise[0])
		(void)rmqi_setting_parse(&rows[key].type, rmqi_str(rows[key].otherwise), &number);
	return number;
}

struct rmq_mock_fault *mb_fault_new(void)
{
	struct rmq_mock_fault *f = rmqi_calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	mb_select_init(&f->select);
	for (size_t i = 0; i < MB_FAULT_COUNT; i++)
		f->number[i] = default_of(i);
	return f;
}

void mb_fault_free(struct rmq_mock_fault *f)
{
	if (!f)
		return;
	mb_select_deinit(&f->select);
	for (size_t i = 0; i < MB_FAULT_COUNT; i++)
		rmqi_free(f->text[i]);
	rmqi_free(f);
}

static bool copy_texts(struct rmq_mock_fault *copy, const struct rmq_mock_fault *f)
{
	for (size_t i = 0; i < MB_FAULT_COUNT; i++) {
		copy->text[i] = f->text[i] ? rmqi_strdup(f->text[i]) : NULL;
		copy->number[i] = f->number[i];
		if (f->text[i] && !copy->text[i])
			return false;
	}
	return mb_select_copy(&copy->select, &f->select) == RMQ_OK;
}

struct rmq_mock_fault *mb_fault_copy(const struct rmq_mock_fault *f)
{
	struct rmq_mock_fault *copy = mb_fault_new();

	if (!copy || !copy_texts(copy, f)) {
		mb_fault_free(copy);
		return NULL;
	}
	copy->predicate = f->predicate;
	copy->predicate_arg = f->predicate_arg;
	copy->handler = f->handler;
	copy->handler_arg = f->handler_arg;
	return copy;
}

/* --- Values ------------------------------------------------------------------------------------ */

/* "0.25" in parts of MB_CHANCE_SURE; nothing of the locale. */
static bool parse_chance(struct rmqi_str text, int64_t *out)
{
	struct rmqi_str whole, part;
	int64_t value = 0;
	bool has_part;

	part = rmqi_str_cut(text, ".", &whole, &has_part);
	if (whole.len != 1 || part.len > CHANCE_DIGITS || (has_part && !part.len))
		return false;
	for (size_t i = 0; i <= CHANCE_DIGITS; i++) {
		char digit = i == 0 ? whole.ptr[0] : i <= part.len ? part.ptr[i - 1] : '0';

		if (digit < '0' || digit > '9')
			return false;
		value = value * 10 + (digit - '0');
	}
	*out = value;
	return value <= MB_CHANCE_SURE;
}

static bool parse_reply(struct rmqi_str text, int64_t *out)
{
	const char *name;
	int32_t code;

	if (rmqi_str_to_i32(text, &code)) {
		*out = code;
		return true;
	}
	for (size_t i = 0; (name = rmqi_response_at(i, &code)) != NULL; i++) {
		if (rmqi_str_is(text, name)) {
			*out = code;
			return true;
		}
	}
	return false;
}

static enum rmq_error unknown_reply(struct rmqi_str text, struct rmq_error_detail *detail)
{
	struct rmqi_near near;
	const char *name;
	int32_t code;

	rmqi_near_init(&near, text);
	for (size_t i = 0; (name = rmqi_response_at(i, &code)) != NULL; i++)
		rmqi_near_try(&near, name);
	return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
			       "reply: there is no response code \"%.*s\"%s%s%s",
			       RMQI_STR_ARG(text), near.name ? "; did you mean \"" : "",
			       near.name ? near.name : "", near.name ? "\"?" : "");
}

static enum rmq_error read_value(size_t key, struct rmqi_str text, int64_t *out,
				 struct rmq_error_detail *detail)
{
	if (key == MB_FAULT_reply)
		return parse_reply(text, out) ? RMQ_OK : unknown_reply(text, detail);
	if (key == MB_FAULT_probability && !parse_chance(text, out))
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "probability: \"%.*s\" is not a number in 0..1 of at most "
				       "%d decimals",
				       RMQI_STR_ARG(text), CHANCE_DIGITS);
	if (key == MB_FAULT_remark && text.len > REMARK_MAX)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "remark: %zu bytes; allowed are %d", text.len, REMARK_MAX);
	if (key == MB_FAULT_probability || rmqi_setting_parse(&rows[key].type, text, out))
		return RMQ_OK;
	return rmqi_setting_refuse(&rows[key].type, rows[key].name, text, detail);
}

static enum rmq_error put(struct rmq_mock_fault *f, size_t key, struct rmqi_str value,
			  struct rmq_error_detail *detail)
{
	int64_t number = default_of(key);
	char *copy = NULL;
	enum rmq_error err = value.len ? read_value(key, value, &number, detail) : RMQ_OK;

	if (err != RMQ_OK)
		return err;
	if (value.len) {
		copy = rmqi_str_dup(value);
		if (!copy)
			return RMQ_ERR_NO_MEMORY;
	}
	rmqi_free(f->text[key]);
	f->text[key] = copy;
	f->number[key] = number;
	return RMQ_OK;
}

static enum rmq_error unknown(const char *key, struct rmq_error_detail *detail)
{
	const char *names[MB_SELECT_COUNT + MB_FAULT_COUNT];
	size_t count = 0;

	for (size_t i = 0; i < MB_SELECT_COUNT; i++)
		names[count++] = mb_select_at(i)->name;
	for (size_t i = 0; i < MB_FAULT_COUNT; i++)
		names[count++] = rows[i].name;
	return rmqi_setting_unknown("key of a fault", key, names, count, detail);
}

static enum rmq_error set(struct rmq_mock_fault *f, struct rmqi_str key, struct rmqi_str value,
			  struct rmq_error_detail *detail)
{
	enum mb_select_key selector = mb_select_find(key);
	size_t own = find(key);
	char shown[RMQI_NEAREST_MAX];

	if (selector != MB_SELECT_COUNT)
		return mb_select_put(&f->select, selector, value, detail);
	if (own != MB_FAULT_COUNT)
		return put(f, own, value, detail);
	key.len = key.len < sizeof(shown) ? key.len : sizeof(shown) - 1;
	rmqi_memcpy(shown, key.ptr, key.len);
	shown[key.len] = 0;
	return unknown(shown, detail);
}

enum rmq_error mb_fault_set(struct rmq_mock_fault *f, const char *key, const char *value,
			    struct rmq_error_detail *detail)
{
	return set(f, rmqi_str(key), rmqi_str(value), detail);
}

const char *mb_fault_get(const struct rmq_mock_fault *f, const char *key)
{
	enum mb_select_key selector = mb_select_find(rmqi_str(key));
	size_t own = find(rmqi_str(key));

	if (selector != MB_SELECT_COUNT)
		return f->select.text[selector] ? f->select.text[selector] : "";
	if (own == MB_FAULT_COUNT)
		return NULL;
	return f->text[own] ? f->text[own] : rows[own].otherwise;
}

/* --- What it means as a whole -------------------------------------------------------------------- */

bool mb_fault_shapes(const struct rmq_mock_fault *f)
{
	static const enum mb_fault_key keys[] = {
		MB_FAULT_delay,	    MB_FAULT_jitter, MB_FAULT_truncate, MB_FAULT_slice,
		MB_FAULT_corrupt,   MB_FAULT_opaque, MB_FAULT_duplicate, MB_FAULT_reorder,
	};

	for (size_t i = 0; i < RMQI_COUNT(keys); i++) {
		if (mb_fault_has(f, keys[i]) &&
		    (rows[keys[i]].type.kind != RMQI_SETTING_BOOLEAN || f->number[keys[i]]))
			return true;
	}
	return false;
}

/* What it does beside changing how the answer leaves. */
static bool has_deed(const struct rmq_mock_fault *f)
{
	return mb_fault_has(f, MB_FAULT_reply) || f->number[MB_FAULT_drop] ||
	       mb_fault_has(f, MB_FAULT_close) || mb_fault_has(f, MB_FAULT_requestDelay) ||
	       f->handler;
}

enum mb_stage mb_fault_stage(const struct rmq_mock_fault *f)
{
	bool is_of_answer = mb_fault_shapes(f) && !mb_fault_has(f, MB_FAULT_reply) && !f->handler;

	if (mb_fault_has(f, MB_FAULT_stage))
		return (enum mb_stage)f->number[MB_FAULT_stage];
	return is_of_answer ? MB_STAGE_RESPONSE : MB_STAGE_RECEIVED;
}

/* The request itself comes later, and nothing else happens to it. */
static const char *problem_of_request_delay(const struct rmq_mock_fault *f, enum mb_stage stage)
{
	if (!mb_fault_has(f, MB_FAULT_requestDelay))
		return NULL;
	if (mb_fault_shapes(f) || mb_fault_has(f, MB_FAULT_reply) || f->number[MB_FAULT_drop] ||
	    mb_fault_has(f, MB_FAULT_close) || f->handler)
		return "requestDelay goes with no other key that lets something happen";
	return stage > MB_STAGE_APPLY ? "a request waits at its stage receive or apply" : NULL;
}

static const char *contradiction(const struct rmq_mock_fault *f)
{
	enum mb_stage stage = mb_fault_stage(f);
	bool shapes = mb_fault_shapes(f);
	bool answers = mb_fault_has(f, MB_FAULT_reply) || f->handler;

	if (f->number[MB_FAULT_observe] && (has_deed(f) || shapes))
		return "observe only counts: it goes with no key that lets something happen";
	if (f->number[MB_FAULT_observe])
		return mb_fault_has(f, MB_FAULT_stage) && stage != MB_STAGE_RECEIVED
			       ? "observe counts what is received: it has no other stage"
			       : NULL;
	if (!has_deed(f) && !shapes)
		return "nothing would happen: say reply, drop, close, delay, ... or observe";
	if (f->number[MB_FAULT_drop] && (answers || shapes || mb_fault_has(f, MB_FAULT_close)))
		return "drop leaves no answer: it goes with no other key that lets something happen";
	if (mb_fault_has(f, MB_FAULT_reply) && f->handler)
		return "reply and a handler both make the answer";
	if (mb_fault_has(f, MB_FAULT_remark) && !mb_fault_has(f, MB_FAULT_reply))
		return "remark is of the answer that reply makes";
	if (mb_fault_has(f, MB_FAULT_sliceGap) && !mb_fault_has(f, MB_FAULT_slice))
		return "sliceGap is between the pieces that slice makes";
	if (f->handler && stage > MB_STAGE_APPLY)
		return "a handler needs the request: its stage is receive or apply";
	if (shapes && !answers && stage != MB_STAGE_RESPONSE)
		return "how the handler's answer leaves is a matter of stage response";
	if (f->number[MB_FAULT_reorder] &&
	    (mb_fault_has(f, MB_FAULT_close) || mb_fault_has(f, MB_FAULT_truncate)))
		return "behind an answer that closes the connection there is no other";
	return problem_of_request_delay(f, stage);
}

enum rmq_error mb_fault_check(const struct rmq_mock_fault *f, struct rmq_error_detail *detail)
{
	const char *problem = contradiction(f);

	if (!problem)
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL, "%s", problem);
}
