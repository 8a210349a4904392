/* SPDX-License-Identifier: Apache-2.0 */
/* The reading half of json.h. */
#include "codec/json.h"

#include "codec/json_strict.h"

static enum rmq_error parse_strict(struct rmqi_buf *strict, json_t **out)
{
	/* Names and texts with a NUL inside are refused by jansson: everybody reads them as C
	 * strings. */
	json_error_t why;
	json_t *tree =
		json_loadb((const char *)rmqi_buf_data(strict), strict->len, JSON_DECODE_ANY, &why);

#if JANSSON_VERSION_HEX >= 0x020b00
	if (!tree && json_error_code(&why) == json_error_out_of_memory)
		return RMQ_ERR_NO_MEMORY;
#endif
	if (!tree)
		return RMQ_ERR_PROTOCOL;
	*out = tree;
	return RMQ_OK;
}

enum rmq_error rmqi_json_parse(struct rmqi_cursor text, json_t **out)
{
	struct rmqi_buf strict;
	enum rmq_error err;

	if (text.len > RMQI_JSON_SIZE_MAX)
		return RMQ_ERR_TOO_LARGE;
	rmqi_buf_init(&strict, RMQI_JSON_SIZE_MAX);
	err = rmqi_json_make_strict(text, &strict);
	if (err == RMQ_OK)
		err = parse_strict(&strict, out);
	rmqi_buf_deinit(&strict);
	return err;
}

/* How much a body may grow by references: a small text must not become a huge tree. */
enum { COPIES_MAX = 100000 };

struct resolver {
	json_t *root;    /* borrowed */
	unsigned copies; /* values made so far */
};

static struct rmqi_str text_of(const json_t *string)
{
	return rmqi_str_n(json_string_value(string), json_string_length(string));
}

/* The path of a {"$ref":path}; empty when `value` is something else. */
static struct rmqi_str reference_of(const json_t *value)
{
	const json_t *path = json_is_object(value) ? json_object_get(value, "$ref") : NULL;

	if (!json_is_string(path) || json_object_size(value) != 1)
		return rmqi_str(NULL);
	return text_of(path);
}

static struct rmqi_str behind(struct rmqi_str s, size_t n)
{
	return rmqi_str_n(s.ptr + n, s.len - n);
}

/* Takes ".name" off the path; a backslash makes the next character an ordinary one (JSONPath of
 * fastjson). */
static json_t *step_name(json_t *at, struct rmqi_str *path, struct rmqi_buf *name)
{
	size_t i = 1;

	rmqi_buf_reset(name);
	while (i < path->len && path->ptr[i] != '.' && path->ptr[i] != '[') {
		if (path->ptr[i] == '\\' && i + 1 < path->len)
			i++;
		rmqi_buf_add(name, &path->ptr[i++], 1);
	}
	*path = behind(*path, i);
	return json_object_get(at, rmqi_buf_text(name));
}

/* Takes "[n]" off the path. */
static json_t *step_index(json_t *at, struct rmqi_str *path)
{
	struct rmqi_str number;
	int64_t index;
	bool found;

	*path = rmqi_str_cut(behind(*path, 1), "]", &number, &found);
	if (!found || !rmqi_str_to_i64(number, &index) || index < 0)
		return NULL;
	return json_array_get(at, (size_t)index);
}

/* "$.a.b[0]" from the root; NULL when it leads nowhere. */
static json_t *follow(struct resolver *r, struct rmqi_str path)
{
	json_t *at = r->root;
	struct rmqi_buf name;

	if (path.len == 0 || path.ptr[0] != '$')
		return NULL; /* "@" and ".." point at what is being written: a cycle */
	rmqi_buf_init(&name, path.len);
	path = behind(path, 1);
	while (at && path.len > 0) {
		if (path.ptr[0] == '.')
			at = step_name(at, &path, &name);
		else if (path.ptr[0] == '[')
			at = step_index(at, &path);
		else
			at = NULL;
	}
	rmqi_buf_deinit(&name);
	return at;
}

static enum rmq_error resolve_in(struct resolver *r, json_t *value, unsigned depth);

/* Counts the values of a tree, up to the limit. */
static bool count_values(struct resolver *r, json_t *value, unsigned depth)
{
	const char *name;
	json_t *member;
	size_t i;

	if (++r->copies > COPIES_MAX || depth > RMQI_JSON_DEPTH_MAX)
		return false;
	json_object_foreach(value, name, member) {
		if (!count_values(r, member, depth + 1))
			return false;
	}
	json_array_foreach(value, i, member) {
		if (!count_values(r, member, depth + 1))
			return false;
	}
	return true;
}

/* What stands in the place of `value`: NULL in *made when it is no reference. A reference may lead
 * to another one. */
static enum rmq_error replace(struct resolver *r, json_t *value, unsigned depth, json_t **made)
{
	json_t *target = value;

	*made = NULL;
	for (struct rmqi_str path; (path = reference_of(target)).len > 0;) {
		target = follow(r, path);
		/* Counted also here, as references may lead round in a circle. */
		if (!target || !count_values(r, target, depth))
			return RMQ_ERR_PROTOCOL;
	}
	if (target == value)
		return resolve_in(r, value, depth + 1);
	*made = json_deep_copy(target);
	if (!*made)
		return RMQ_ERR_NO_MEMORY;
	return resolve_in(r, *made, depth + 1);
}

/* References in what is copied are resolved in the copy: one that leads to a value around itself
 * ends at the depth limit. */
static enum rmq_error resolve_in(struct resolver *r, json_t *value, unsigned depth)
{
	enum rmq_error err = RMQ_OK;
	json_t *made;

	if (depth > RMQI_JSON_DEPTH_MAX)
		return RMQ_ERR_PROTOCOL;
	for (size_t i = 0; i < json_array_size(value) && err == RMQ_OK; i++) {
		err = replace(r, json_array_get(value, i), depth, &made);
		if (made && json_array_set_new(value, i, made) != 0)
			err = RMQ_ERR_NO_MEMORY;
	}
	for (void *i = json_object_iter(value); i && err == RMQ_OK;
	     i = json_object_iter_next(value, i)) {
		err = replace(r, json_object_iter_value(i), depth, &made);
		if (made && json_object_iter_set_new(value, i, made) != 0)
			err = RMQ_ERR_NO_MEMORY;
	}
	return err;
}

enum rmq_error rmqi_json_resolve(json_t *root)
{
	struct resolver r = {.root = root};

	if (reference_of(root).len > 0)
		return RMQ_ERR_PROTOCOL;
	return resolve_in(&r, root, 0);
}

int64_t rmqi_json_i64(const json_t *object, const char *name, int64_t otherwise)
{
	const json_t *value = json_object_get(object, name);
	int64_t number;

	if (json_is_integer(value))
		return json_integer_value(value);
	if (json_is_string(value) && rmqi_str_to_i64(text_of(value), &number))
		return number;
	return otherwise;
}

bool rmqi_json_bool(const json_t *object, const char *name, bool otherwise)
{
	const json_t *value = json_object_get(object, name);

	if (json_is_boolean(value))
		return json_is_true(value);
	if (json_is_string(value))
		return rmqi_str_to_bool(text_of(value));
	return otherwise;
}

const char *rmqi_json_str(const json_t *object, const char *name, const char *otherwise)
{
	const json_t *value = json_object_get(object, name);

	return json_is_string(value) ? json_string_value(value) : otherwise;
}
