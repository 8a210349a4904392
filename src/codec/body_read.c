/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/body_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "codec/json.h"

static void fail(enum rmq_error *err, enum rmq_error code)
{
	if (*err == RMQ_OK)
		*err = code;
}

/* Most bodies have no reference; "\u0024ref" nobody writes. */
static bool may_have_references(struct rmqi_cursor body)
{
	static const char name[] = "$ref";

	return body.len > 0 && memmem(body.ptr, body.len, name, sizeof(name) - 1) != NULL;
}

enum rmq_error rmqi_body_parse(struct rmqi_cursor body, struct rmqi_json **out)
{
	struct rmqi_json *root;
	enum rmq_error err = rmqi_json_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	if (!rmqi_json_is(root, RMQI_JSON_OBJECT))
		err = RMQ_ERR_PROTOCOL;
	else if (may_have_references(body))
		err = rmqi_json_resolve(root);
	if (err != RMQ_OK) {
		rmqi_json_free(root);
		return err;
	}
	*out = root;
	return RMQ_OK;
}

const struct rmqi_json *rmqi_member(const struct rmqi_json *object, const char *name)
{
	const struct rmqi_json *value = rmqi_json_get(object, name);

	if (value || !rmqi_json_is(object, RMQI_JSON_OBJECT))
		return value;
	RMQI_JSON_EACH(member, object) {
		if (strcasecmp(member->name, name) == 0)
			return member;
	}
	return NULL;
}

/* Absent and null are the same to whoever wants a value. */
static const struct rmqi_json *present(const struct rmqi_json *object, const char *name)
{
	const struct rmqi_json *value = rmqi_member(object, name);

	return rmqi_json_is(value, RMQI_JSON_NULL) ? NULL : value;
}

char *rmqi_text_of(const struct rmqi_json *value, enum rmq_error *err)
{
	char digits[24];
	struct rmqi_str text = rmqi_json_text(value);
	char *copy;

	if (*err != RMQ_OK)
		return NULL;
	if (rmqi_json_is(value, RMQI_JSON_INTEGER)) {
		(void)snprintf(digits, sizeof(digits), "%" PRId64, value->integer);
		text = rmqi_str(digits);
	}
	if (!text.ptr) {
		fail(err, RMQ_ERR_PROTOCOL);
		return NULL;
	}
	copy = rmqi_str_dup(text);
	if (!copy)
		fail(err, RMQ_ERR_NO_MEMORY);
	return copy;
}

char *rmqi_member_text(const struct rmqi_json *object, const char *name, enum rmq_error *err)
{
	const struct rmqi_json *value = present(object, name);

	return value ? rmqi_text_of(value, err) : NULL;
}

char *rmqi_member_text_or(const struct rmqi_json *object, const char *name, const char *otherwise,
			  enum rmq_error *err)
{
	char *text = rmqi_member_text(object, name, err);

	if (text || *err != RMQ_OK)
		return text;
	text = rmqi_strdup(otherwise);
	if (!text)
		fail(err, RMQ_ERR_NO_MEMORY);
	return text;
}

char *rmqi_member_text_required(const struct rmqi_json *object, const char *name,
				enum rmq_error *err)
{
	return rmqi_text_of(present(object, name), err);
}

static bool is_whole(double v)
{
	/* 2^63 is the first double that does not fit. */
	return v >= -9223372036854775808.0 && v < 9223372036854775808.0;
}

int64_t rmqi_member_i64(const struct rmqi_json *object, const char *name, int64_t otherwise,
			enum rmq_error *err)
{
	const struct rmqi_json *value = present(object, name);
	int64_t number;

	if (!value)
		return otherwise;
	if (value->kind == RMQI_JSON_INTEGER)
		return value->integer;
	if (value->kind == RMQI_JSON_REAL && is_whole(value->real))
		return (int64_t)value->real; /* Java: BigDecimal.longValue() */
	if (value->kind == RMQI_JSON_TEXT && rmqi_str_to_i64(rmqi_json_text(value), &number))
		return number;
	fail(err, RMQ_ERR_PROTOCOL);
	return otherwise;
}

int32_t rmqi_member_i32(const struct rmqi_json *object, const char *name, int32_t otherwise,
			enum rmq_error *err)
{
	int64_t value = rmqi_member_i64(object, name, otherwise, err);

	if (value < INT32_MIN || value > INT32_MAX) {
		fail(err, RMQ_ERR_PROTOCOL);
		return otherwise;
	}
	return (int32_t)value;
}

bool rmqi_member_bool(const struct rmqi_json *object, const char *name, bool otherwise)
{
	const struct rmqi_json *value = present(object, name);

	/* TypeUtils.castToBoolean */
	if (rmqi_json_is(value, RMQI_JSON_BOOL))
		return value->boolean;
	if (rmqi_json_is(value, RMQI_JSON_INTEGER))
		return value->integer == 1;
	if (rmqi_json_is(value, RMQI_JSON_TEXT))
		return rmqi_str_to_bool(rmqi_json_text(value)) ||
		       rmqi_str_is(rmqi_json_text(value), "1");
	return otherwise;
}

const struct rmqi_json *rmqi_member_of_kind(const struct rmqi_json *object, const char *name,
					    enum rmqi_json_kind kind, enum rmq_error *err)
{
	const struct rmqi_json *value = present(object, name);

	if (value && value->kind != kind) {
		fail(err, RMQ_ERR_PROTOCOL);
		return NULL;
	}
	return value;
}

void *rmqi_body_array(size_t count, size_t size, enum rmq_error *err)
{
	void *array;

	if (count == 0 || *err != RMQ_OK)
		return NULL;
	array = rmqi_calloc(count, size);
	if (!array)
		fail(err, RMQ_ERR_NO_MEMORY);
	return array;
}

enum rmq_error rmqi_body_settle(struct rmqi_buf *out, size_t start)
{
	enum rmq_error err = rmqi_buf_status(out);

	if (err != RMQ_OK)
		rmqi_buf_cut(out, start);
	return err;
}
