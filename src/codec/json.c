/* SPDX-License-Identifier: Apache-2.0 */
/* Of json.h what looks at a tree: getters and references. The reader is json_read.c. */
#include "codec/json.h"

#include <string.h>

static const struct rmqi_json *find(const struct rmqi_json *object, struct rmqi_str name)
{
	if (!rmqi_json_is(object, RMQI_JSON_OBJECT))
		return NULL;
	RMQI_JSON_EACH(member, object) {
		if (rmqi_str_eq(rmqi_json_name(member), name))
			return member;
	}
	return NULL;
}

const struct rmqi_json *rmqi_json_get(const struct rmqi_json *object, const char *name)
{
	return find(object, rmqi_str(name));
}

enum {
	HOPS_MAX = 16,      /* of a reference to a reference; fastjson writes none */
	COPIES_MAX = 100000 /* a small text must not become a huge tree to who reads it */
};

struct resolver {
	struct rmqi_json *root; /* borrowed */
	size_t values_max;      /* those of the text, and what may come on top of them */
	size_t values;          /* seen so far, shared ones each time */
};

/* The path of a {"$ref":path}; empty when `value` is something else. */
static struct rmqi_str reference_of(const struct rmqi_json *value)
{
	if (!rmqi_json_is(value, RMQI_JSON_OBJECT) || value->count != 1)
		return rmqi_str(NULL);
	return rmqi_json_text(rmqi_json_get(value, "$ref"));
}

static struct rmqi_str behind(struct rmqi_str s, size_t n)
{
	return rmqi_str_n(s.ptr + n, s.len - n);
}

/* Takes ".name" off the path; a backslash makes the next character an ordinary one (JSONPath of
 * fastjson). */
static const struct rmqi_json *step_name(const struct rmqi_json *at, struct rmqi_str *path,
					 struct rmqi_buf *name)
{
	size_t i = 1;

	rmqi_buf_reset(name);
	while (i < path->len && path->ptr[i] != '.' && path->ptr[i] != '[') {
		if (path->ptr[i] == '\\' && i + 1 < path->len)
			i++;
		rmqi_buf_add(name, &path->ptr[i++], 1);
	}
	*path = behind(*path, i);
	return find(at, rmqi_cursor_str(rmqi_buf_cursor(name)));
}

/* Takes "[n]" off the path. */
static const struct rmqi_json *step_index(const struct rmqi_json *at, struct rmqi_str *path)
{
	struct rmqi_str number;
	int64_t index;
	bool found;

	*path = rmqi_str_cut(behind(*path, 1), "]", &number, &found);
	if (!found || !rmqi_str_to_i64(number, &index) || index < 0 ||
	    !rmqi_json_is(at, RMQI_JSON_ARRAY))
		return NULL;
	for (at = rmqi_json_first(at); at && index > 0; index--)
		at = at->next;
	return at;
}

static enum rmq_error follow_steps(const struct rmqi_json *at, struct rmqi_str path,
				   struct rmqi_buf *name, const struct rmqi_json **out)
{
	while (at && path.len > 0) {
		if (path.ptr[0] == '.')
			at = step_name(at, &path, name);
		else if (path.ptr[0] == '[')
			at = step_index(at, &path);
		else
			at = NULL;
	}
	if (rmqi_buf_status(name) != RMQ_OK)
		return rmqi_buf_status(name);
	if (!at)
		return RMQ_ERR_PROTOCOL;
	*out = at;
	return RMQ_OK;
}

/* "$.a.b[0]" from the root. RMQ_ERR_PROTOCOL: it leads nowhere. */
static enum rmq_error follow(const struct rmqi_json *root, struct rmqi_str path,
			     const struct rmqi_json **out)
{
	struct rmqi_buf name;
	enum rmq_error err;

	if (path.len == 0 || path.ptr[0] != '$')
		return RMQ_ERR_PROTOCOL; /* "@" and ".." point at what is being written: a cycle */
	rmqi_buf_init(&name, path.len);
	err = follow_steps(root, behind(path, 1), &name, out);
	rmqi_buf_deinit(&name);
	return err;
}

/* Makes a reference share what it leads to; it keeps its own name and place. */
static enum rmq_error share(const struct rmqi_json *root, struct rmqi_json *value)
{
	const struct rmqi_json *target = value;
	struct rmqi_json shared;
	unsigned hops = 0;

	for (struct rmqi_str path; (path = reference_of(target)).len > 0;) {
		enum rmq_error err = follow(root, path, &target);

		if (err != RMQ_OK)
			return err;
		if (++hops > HOPS_MAX)
			return RMQ_ERR_PROTOCOL;
	}
	shared = *target;
	shared.next = value->next;
	shared.name = value->name;
	shared.name_len = value->name_len;
	*value = shared;
	return RMQ_OK;
}

/* What is shared is walked at its own place: only values of the text are looked at, each once. */
static enum rmq_error share_in(struct resolver *r, struct rmqi_json *value)
{
	enum rmq_error err = RMQ_OK;

	r->values_max++;
	if (reference_of(value).len > 0)
		return share(r->root, value);
	if (rmqi_json_count(value) == 0)
		return RMQ_OK;
	for (struct rmqi_json *at = value->first; at && err == RMQ_OK; at = at->next)
		err = share_in(r, at);
	return err;
}

/* A value that shares itself ends at the depth limit. */
static bool is_bounded(struct resolver *r, const struct rmqi_json *value, unsigned depth)
{
	if (++r->values > r->values_max || depth > RMQI_JSON_DEPTH_MAX)
		return false;
	RMQI_JSON_EACH(at, value) {
		if (!is_bounded(r, at, depth + 1))
			return false;
	}
	return true;
}

enum rmq_error rmqi_json_resolve(struct rmqi_json *root)
{
	struct resolver r = {.root = root, .values_max = COPIES_MAX};
	enum rmq_error err;

	if (reference_of(root).len > 0)
		return RMQ_ERR_PROTOCOL;
	err = share_in(&r, root);
	if (err == RMQ_OK && !is_bounded(&r, root, 0))
		err = RMQ_ERR_PROTOCOL;
	return err;
}

int64_t rmqi_json_i64(const struct rmqi_json *object, const char *name, int64_t otherwise)
{
	const struct rmqi_json *value = rmqi_json_get(object, name);
	int64_t number;

	if (rmqi_json_is(value, RMQI_JSON_INTEGER))
		return value->integer;
	if (rmqi_json_is(value, RMQI_JSON_TEXT) && rmqi_str_to_i64(rmqi_json_text(value), &number))
		return number;
	return otherwise;
}

bool rmqi_json_bool(const struct rmqi_json *object, const char *name, bool otherwise)
{
	const struct rmqi_json *value = rmqi_json_get(object, name);

	if (rmqi_json_is(value, RMQI_JSON_BOOL))
		return value->boolean;
	if (rmqi_json_is(value, RMQI_JSON_TEXT))
		return rmqi_str_to_bool(rmqi_json_text(value));
	return otherwise;
}

const char *rmqi_json_str(const struct rmqi_json *object, const char *name, const char *otherwise)
{
	const struct rmqi_json *value = rmqi_json_get(object, name);

	return rmqi_json_is(value, RMQI_JSON_TEXT) ? value->text : otherwise;
}
