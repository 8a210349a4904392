/* SPDX-License-Identifier: Apache-2.0 */
#include "base/setting.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/detail.h"
#include "base/nearest.h"

const char *rmqi_setting_type_name(const struct rmqi_setting_type *type)
{
	switch (type->kind) {
	case RMQI_SETTING_STRING:
		return "string";
	case RMQI_SETTING_SECRET:
		return "secret";
	case RMQI_SETTING_INTEGER:
		return "integer";
	case RMQI_SETTING_BOOLEAN:
		return "boolean";
	case RMQI_SETTING_ENUM:
		return "enum";
	}
	return "";
}

/* The index of `value` among "A|B|C", -1 if it is none of them. */
static int64_t choice_index(const char *choices, struct rmqi_str value)
{
	struct rmqi_str rest = rmqi_str(choices), head;
	bool more = true;

	for (int64_t i = 0; more; i++) {
		rest = rmqi_str_cut(rest, "|", &head, &more);
		if (rmqi_str_eq(head, value))
			return i;
	}
	return -1;
}

static bool parse_bool(struct rmqi_str s, int64_t *out)
{
	bool is_true = rmqi_str_is(s, "true") || rmqi_str_is(s, "1");

	if (!is_true && !rmqi_str_is(s, "false") && !rmqi_str_is(s, "0"))
		return false;
	*out = is_true;
	return true;
}

bool rmqi_setting_parse(const struct rmqi_setting_type *type, struct rmqi_str value,
			int64_t *number)
{
	int64_t n = 0;
	bool is_right = true;

	switch (type->kind) {
	case RMQI_SETTING_STRING:
	case RMQI_SETTING_SECRET:
		break;
	case RMQI_SETTING_INTEGER:
		is_right = rmqi_str_to_i64(value, &n) && n >= type->low && n <= type->high;
		break;
	case RMQI_SETTING_BOOLEAN:
		is_right = parse_bool(value, &n);
		break;
	case RMQI_SETTING_ENUM:
		n = choice_index(type->choices, value);
		is_right = n >= 0;
		break;
	}
	if (is_right)
		*number = n;
	return is_right;
}

enum rmq_error rmqi_setting_refuse(const struct rmqi_setting_type *type, const char *name,
				   struct rmqi_str value, struct rmq_error_detail *detail)
{
	char what[128] = "allowed here";

	switch (type->kind) {
	case RMQI_SETTING_STRING:
	case RMQI_SETTING_SECRET:
		break;
	case RMQI_SETTING_INTEGER:
		snprintf(what, sizeof(what), "an integer in %" PRId64 "..%" PRId64, type->low,
			 type->high);
		break;
	case RMQI_SETTING_BOOLEAN:
		snprintf(what, sizeof(what), "true or false");
		break;
	case RMQI_SETTING_ENUM:
		snprintf(what, sizeof(what), "one of %s", type->choices);
		break;
	}
	return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL, "%s: \"%.*s\" is not %s",
			       name, RMQI_STR_ARG(value), what);
}

enum rmq_error rmqi_setting_unknown(const char *kind, const char *name, const char *const *known,
				    size_t count, struct rmq_error_detail *detail)
{
	const char *near = rmqi_nearest(name, known, count);

	return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL, "unknown %s \"%s\"%s%s%s",
			       kind, name, near ? "; did you mean \"" : "", near ? near : "",
			       near ? "\"?" : "");
}
