/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/control/args.h"

#include "base/detail.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "codec/json.h"

enum {
	TEXT_MAX = 64 * 1024, /* of one argument */
	ARGS_MAX = 64
};

void mb_args_init(struct mb_args *a)
{
	rmqi_map_init(&a->by_name);
	rmqi_buf_init(&a->filter, TEXT_MAX);
}

void mb_args_deinit(struct mb_args *a)
{
	rmqi_map_deinit(&a->by_name, rmqi_free);
	rmqi_buf_deinit(&a->filter);
}

/* --- One of them ---------------------------------------------------------------------------------- */

bool mb_duration_parse(struct rmqi_str text, int64_t *ms)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = {{"", 1}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
	struct rmqi_str digits = text, unit;
	int64_t n;

	while (digits.len > 0 && (digits.ptr[digits.len - 1] < '0' || digits.ptr[digits.len - 1] > '9'))
		digits.len--;
	unit = rmqi_str_n(text.ptr + digits.len, text.len - digits.len);
	if (!rmqi_str_to_i64(digits, &n) || n < 0)
		return false;
	for (size_t i = 0; i < RMQI_COUNT(units); i++) {
		if (!rmqi_str_is(unit, units[i].unit))
			continue;
		if (n > INT64_MAX / units[i].ms)
			return false;
		*ms = n * units[i].ms;
		return true;
	}
	return false;
}

static bool parse_boolean(struct rmqi_str text, int64_t *out)
{
	*out = rmqi_str_is(text, "true") || rmqi_str_is(text, "1");
	return *out || rmqi_str_is(text, "false") || rmqi_str_is(text, "0");
}

static bool parse_number(enum mb_param_kind kind, struct rmqi_str text, int64_t *out)
{
	if (kind == MB_PARAM_INTEGER)
		return rmqi_str_to_i64(text, out);
	if (kind == MB_PARAM_DURATION)
		return mb_duration_parse(text, out);
	*out = 0;
	return kind == MB_PARAM_TEXT || parse_boolean(text, out);
}

static enum rmq_error refuse_unknown(const struct mb_operation *o, struct rmqi_str name,
				     struct rmq_error_detail *detail)
{
	const struct mb_param *p;
	struct rmqi_near near;
	size_t at = 0;

	rmqi_near_init(&near, name);
	while ((p = mb_operation_param(o, &at)) != NULL)
		rmqi_near_try(&near, p->name);
	if (near.name)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "unknown argument \"%.*s\"; did you mean \"%s\"?",
				       RMQI_STR_ARG(name), near.name);
	return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
			       "unknown argument \"%.*s\" of %s %s", RMQI_STR_ARG(name), o->method,
			       o->path);
}

static enum rmq_error add(struct mb_args *a, const struct mb_param *p, struct rmqi_str value,
			  struct rmq_error_detail *detail)
{
	enum rmq_error err;
	int64_t number;
	char *copy;

	if (!parse_number(p->kind, value, &number))
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "%s: \"%.*s\" is no %s", p->name, RMQI_STR_ARG(value),
				       mb_param_kind_name(p->kind));
	if (rmqi_map_get(&a->by_name, rmqi_str(p->name)))
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "%s is given twice", p->name);
	copy = rmqi_str_dup(value);
	if (!copy)
		return RMQ_ERR_NO_MEMORY;
	err = rmqi_map_set(&a->by_name, rmqi_str(p->name), copy, NULL);
	if (err != RMQ_OK)
		rmqi_free(copy);
	return err;
}

/* --- Where they stand ----------------------------------------------------------------------------- */

struct reading {
	struct mb_args *a;
	const struct mb_operation *o;
	struct rmq_error_detail *detail;
	enum rmq_error error; /* the first one */
	size_t count;
};

/* Blanks stand between selectors: one within would be read as the next. */
static enum rmq_error add_selector(struct reading *r, struct rmqi_str name, struct rmqi_str value)
{
	for (size_t i = 0; i < value.len; i++)
		if ((unsigned char)value.ptr[i] <= ' ')
			return rmqi_detail_set(r->detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
					       "%.*s: a selector has no blanks",
					       RMQI_STR_ARG(name));
	rmqi_buf_addf(&r->a->filter, "%s%.*s=%.*s", r->a->filter.len ? " " : "",
		      RMQI_STR_ARG(name), RMQI_STR_ARG(value));
	return rmqi_buf_status(&r->a->filter);
}

static void take(struct reading *r, struct rmqi_str name, struct rmqi_str value)
{
	const struct mb_param *p = mb_operation_find_param(r->o, name);

	if (r->error != RMQ_OK)
		return;
	if (++r->count > ARGS_MAX)
		r->error = rmqi_detail_set(r->detail, RMQ_ERR_TOO_LARGE, RMQ_ERROR_FATAL,
					   "more than %d arguments", ARGS_MAX);
	else if (p)
		r->error = add(r->a, p, value, r->detail);
	else if (r->o->extra == MB_EXTRA_FILTER)
		r->error = add_selector(r, name, value);
	else
		r->error = refuse_unknown(r->o, name, r->detail);
}

/* The same of texts with %XX. */
static void take_escaped(struct reading *r, struct rmqi_str name, struct rmqi_str value,
			 bool is_query)
{
	struct rmqi_buf text;
	size_t name_len = 0;
	bool is_good;

	rmqi_buf_init(&text, TEXT_MAX);
	is_good = mb_http_unescape(name, is_query, &text);
	name_len = text.len;
	is_good = is_good && mb_http_unescape(value, is_query, &text);
	if (rmqi_buf_status(&text) != RMQ_OK)
		r->error = rmqi_buf_status(&text);
	else if (!is_good)
		r->error = rmqi_detail_set(r->detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
					   "\"%.*s\": a %% needs two digits behind it",
					   RMQI_STR_ARG(value));
	else
		take(r, rmqi_str_n(rmqi_buf_data(&text), name_len),
		     rmqi_str_n(rmqi_buf_data(&text) + name_len, text.len - name_len));
	rmqi_buf_deinit(&text);
}

static void take_segment(void *arg, struct rmqi_str name, struct rmqi_str value)
{
	take_escaped(arg, name, value, false);
}

static void take_query(struct reading *r, struct rmqi_str query)
{
	while (query.len > 0 && r->error == RMQ_OK) {
		struct rmqi_str item, name, value;

		query = rmqi_str_cut(query, "&", &item, NULL);
		value = rmqi_str_cut(item, "=", &name, NULL);
		if (item.len > 0)
			take_escaped(r, name, value, true);
	}
}

static void take_member(struct reading *r, const struct rmqi_json *member)
{
	struct rmqi_str value = rmqi_json_text(member);
	struct rmqi_buf text;

	if (member->kind == RMQI_JSON_TEXT) {
		take(r, rmqi_json_name(member), value);
		return;
	}
	rmqi_buf_init(&text, TEXT_MAX);
	if (member->kind == RMQI_JSON_ARRAY || member->kind == RMQI_JSON_OBJECT)
		r->error = rmqi_detail_set(r->detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
					   "%s is neither text nor number", member->name);
	else if (member->kind != RMQI_JSON_NULL)
		r->error = rmqi_json_write(member, &text);
	if (r->error == RMQ_OK && text.len > 0)
		take(r, rmqi_json_name(member),
		     rmqi_str_n(rmqi_buf_data(&text), text.len));
	rmqi_buf_deinit(&text);
}

static void take_body(struct reading *r, struct rmqi_cursor body)
{
	struct rmqi_json *root = NULL;
	enum rmq_error err = rmqi_json_parse(body, &root);

	if (err == RMQ_ERR_NO_MEMORY)
		r->error = err;
	else if (err != RMQ_OK || !rmqi_json_is(root, RMQI_JSON_OBJECT))
		r->error = rmqi_detail_set(r->detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
					   "the body is no JSON object");
	RMQI_JSON_EACH(member, root)
	{
		if (r->error == RMQ_OK)
			take_member(r, member);
	}
	rmqi_json_free(root);
}

static enum rmq_error check_required(const struct reading *r)
{
	const struct mb_param *p;
	size_t at = 0;

	while ((p = mb_operation_param(r->o, &at)) != NULL) {
		if (p->is_required && !mb_args_text(r->a, p->name))
			return rmqi_detail_set(r->detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
					       "%s %s needs \"%s\"", r->o->method, r->o->path,
					       p->name);
	}
	return rmqi_buf_status(&r->a->filter);
}

enum rmq_error mb_args_read(struct mb_args *a, const struct mb_operation *o,
			    const struct mb_http_request *r, struct rmq_error_detail *detail)
{
	struct reading reading = {.a = a, .o = o, .detail = detail};

	mb_operation_matches(o, r->path, take_segment, &reading);
	take_query(&reading, r->query);
	if (reading.error == RMQ_OK && o->extra != MB_EXTRA_FAULT && r->body_len > 0)
		take_body(&reading, r->body);
	return reading.error == RMQ_OK ? check_required(&reading) : reading.error;
}

/* --- What they are -------------------------------------------------------------------------------- */

const char *mb_args_text(const struct mb_args *a, const char *name)
{
	return rmqi_map_get(&a->by_name, rmqi_str(name));
}

int64_t mb_args_number(const struct mb_args *a, const char *name, int64_t otherwise)
{
	const char *text = mb_args_text(a, name);
	int64_t n;

	/* Each was looked at when it came: only one of these kinds can be meant. */
	if (text && (mb_duration_parse(rmqi_str(text), &n) || rmqi_str_to_i64(rmqi_str(text), &n) ||
		     parse_boolean(rmqi_str(text), &n)))
		return n;
	return otherwise;
}

enum rmq_error mb_args_within(const struct mb_args *a, const char *name, int64_t least,
			      int64_t most, int64_t *number, struct rmq_error_detail *detail)
{
	int64_t n = mb_args_number(a, name, *number);

	if (mb_args_text(a, name) && (n < least || n > most))
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "%s: %lld is not in %lld..%lld", name, (long long)n,
				       (long long)least, (long long)most);
	*number = n;
	return RMQ_OK;
}
