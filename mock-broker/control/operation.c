/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/control/operation.h"

static const struct mb_operation operations[] = {
#define R(id, method, path, verb, extra, help) \
	{#id, #method, path, verb, MB_EXTRA_##extra, help},
#define P(id, name, kind, is_required, help)
#include "mock-broker/control/operations.def"
#undef R
#undef P
};

static const struct mb_param params[] = {
#define R(id, method, path, verb, extra, help)
#define P(id, name, kind, is_required, help) \
	{MB_OPERATION_##id, #name, MB_PARAM_##kind, is_required, help},
#include "mock-broker/control/operations.def"
#undef R
#undef P
};

const struct mb_operation *mb_operation_at(size_t index)
{
	return index < RMQI_COUNT(operations) ? &operations[index] : NULL;
}

enum mb_operation_id mb_operation_id(const struct mb_operation *o)
{
	return (enum mb_operation_id)(o - operations);
}

const struct mb_param *mb_operation_param(const struct mb_operation *o, size_t *at)
{
	enum mb_operation_id id = mb_operation_id(o);

	while (*at < RMQI_COUNT(params)) {
		const struct mb_param *p = &params[(*at)++];

		if (p->of == id)
			return p;
	}
	return NULL;
}

const struct mb_param *mb_operation_find_param(const struct mb_operation *o, struct rmqi_str name)
{
	const struct mb_param *p;
	size_t at = 0;

	do
		p = mb_operation_param(o, &at);
	while (p && !rmqi_str_is(name, p->name));
	return p;
}

bool mb_param_is_in_path(const struct mb_param *p)
{
	struct rmqi_str rest = rmqi_str(operations[p->of].path), head, name;
	bool found = true, is_it = false;

	while (found && !is_it) {
		rest = rmqi_str_cut(rest, "{", &head, &found);
		rest = rmqi_str_cut(rest, "}", &name, NULL);
		is_it = found && rmqi_str_is(name, p->name);
	}
	return is_it;
}

const char *mb_param_kind_name(enum mb_param_kind kind)
{
	static const char *const names[] = {"text", "integer", "duration", "boolean"};

	return names[kind];
}

bool mb_operation_matches(const struct mb_operation *o, struct rmqi_str path,
			  void (*fn)(void *arg, struct rmqi_str name, struct rmqi_str value),
			  void *arg)
{
	struct rmqi_str pattern = rmqi_str(o->path), want, got;
	bool has_want = true, has_got = true;

	while (has_want && has_got) {
		pattern = rmqi_str_cut(pattern, "/", &want, &has_want);
		path = rmqi_str_cut(path, "/", &got, &has_got);
		if (!rmqi_str_has_prefix(want, "{")) {
			if (!rmqi_str_eq(want, got))
				return false;
		} else if (got.len == 0) {
			return false;
		} else if (fn) {
			fn(arg, rmqi_str_n(want.ptr + 1, want.len - 2), got);
		}
	}
	return has_want == has_got;
}
