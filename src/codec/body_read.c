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

enum rmq_error rmqi_body_parse(struct rmqi_cursor body, json_t **out)
{
	json_t *root;
	enum rmq_error err = rmqi_json_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	if (!json_is_object(root))
		err = RMQ_ERR_PROTOCOL;
	else if (may_have_references(body))
		err = rmqi_json_resolve(root);
	if (err != RMQ_OK) {
		json_decref(root);
		return err;
	}
	*out = root;
	return RMQ_OK;
}

const json_t *rmqi_member(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	union {
		const json_t *in;
		json_t *out;
	} cast = {object}; /* jansson iterates over non-const objects only */
	const char *at;
	json_t *member;

	if (value)
		return value;
	json_object_foreach(cast.out, at, member) {
		if (strcasecmp(at, name) == 0)
			return member;
	}
	return NULL;
}

/* Absent and null are the same to whoever wants a value. */
static const json_t *present(const json_t *object, const char *name)
{
	const json_t *value = rmqi_member(object, name);

	return json_is_null(value) ? NULL : value;
}

char *rmqi_text_of(const json_t *value, enum rmq_error *err)
{
	char digits[24];
	const char *text = json_string_value(value);
	char *copy;

	if (*err != RMQ_OK)
		return NULL;
	if (json_is_integer(value)) {
		(void)snprintf(digits, sizeof(digits), "%" PRId64,
			       (int64_t)json_integer_value(value));
		text = digits;
	}
	if (!text) {
		fail(err, RMQ_ERR_PROTOCOL);
		return NULL;
	}
	copy = rmqi_strdup(text);
	if (!copy)
		fail(err, RMQ_ERR_NO_MEMORY);
	return copy;
}

char *rmqi_member_text(const json_t *object, const char *name, enum rmq_error *err)
{
	const json_t *value = present(object, name);

	return value ? rmqi_text_of(value, err) : NULL;
}

char *rmqi_member_text_or(const json_t *object, const char *name, const char *otherwise,
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

char *rmqi_member_text_required(const json_t *object, const char *name, enum rmq_error *err)
{
	return rmqi_text_of(present(object, name), err);
}

static bool is_whole(double v)
{
	/* 2^63 is the first double that does not fit. */
	return v >= -9223372036854775808.0 && v < 9223372036854775808.0;
}

int64_t rmqi_member_i64(const json_t *object, const char *name, int64_t otherwise,
			enum rmq_error *err)
{
	const json_t *value = present(object, name);
	int64_t number;

	if (!value)
		return otherwise;
	if (json_is_integer(value))
		return json_integer_value(value);
	if (json_is_real(value) && is_whole(json_real_value(value)))
		return (int64_t)json_real_value(value); /* Java: BigDecimal.longValue() */
	if (json_is_string(value) && rmqi_str_to_i64(rmqi_str(json_string_value(value)), &number))
		return number;
	fail(err, RMQ_ERR_PROTOCOL);
	return otherwise;
}

int32_t rmqi_member_i32(const json_t *object, const char *name, int32_t otherwise,
			enum rmq_error *err)
{
	int64_t value = rmqi_member_i64(object, name, otherwise, err);

	if (value < INT32_MIN || value > INT32_MAX) {
		fail(err, RMQ_ERR_PROTOCOL);
		return otherwise;
	}
	return (int32_t)value;
}

bool rmqi_member_bool(const json_t *object, const char *name, bool otherwise)
{
	const json_t *value = present(object, name);

	/* TypeUtils.castToBoolean */
	if (json_is_boolean(value))
		return json_is_true(value);
	if (json_is_integer(value))
		return json_integer_value(value) == 1;
	if (json_is_string(value))
		return rmqi_str_to_bool(rmqi_str(json_string_value(value))) ||
		       strcmp(json_string_value(value), "1") == 0;
	return otherwise;
}

const json_t *rmqi_member_of_type(const json_t *object, const char *name, json_type type,
				  enum rmq_error *err)
{
	const json_t *value = present(object, name);

	if (value && json_typeof(value) != type) {
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
