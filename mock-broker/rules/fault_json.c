/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault_json.c - a fault as a JSON object of its keys.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "codec/json.h"
#include "mock-broker/rules/fault.h"

enum { JSON_MAX = 64 * 1024 };

/* With as many decimals as probability takes. */
static void add_real(struct rmqi_buf *out, double value)
{
	int64_t parts = value >= 0 && value <= 1 ? (int64_t)(value * MB_CHANCE_SURE + 0.5) : -1;

	if (parts >= 0)
		rmqi_buf_addf(out, "%" PRId64 ".%09" PRId64, parts / MB_CHANCE_SURE,
			      parts % MB_CHANCE_SURE);
	else
		rmqi_json_add_real(out, value);
}

/* False: there is no text for such a value. */
static bool add_text(struct rmqi_buf *out, const struct rmqi_json *value)
{
	switch (value->kind) {
	case RMQI_JSON_BOOL:
		rmqi_buf_add_text(out, value->boolean ? "true" : "false");
		return true;
	case RMQI_JSON_INTEGER:
		rmqi_buf_add_dec(out, value->integer);
		return true;
	case RMQI_JSON_REAL:
		add_real(out, value->real);
		return true;
	case RMQI_JSON_TEXT:
		rmqi_buf_add_str(out, rmqi_json_text(value));
		return true;
	default:
		return false;
	}
}

static char separator(const struct rmqi_json *member)
{
	if (rmqi_str_is(rmqi_json_name(member), "code"))
		return ',';
	return rmqi_str_is(rmqi_json_name(member), "field") ? '\n' : 0;
}

/* Values of an array stand behind each other, as the key wants them. */
static bool add_value(struct rmqi_buf *out, const struct rmqi_json *member)
{
	if (!rmqi_json_is(member, RMQI_JSON_ARRAY))
		return add_text(out, member);
	if (!separator(member))
		return false;
	RMQI_JSON_EACH(at, member) {
		if (out->len)
			rmqi_buf_add_u8(out, (uint64_t)separator(member));
		if (!add_text(out, at))
			return false;
	}
	return true;
}

static enum rmq_error take(struct rmq_mock_fault *f, const struct rmqi_json *member,
			   struct rmq_error_detail *detail)
{
	struct rmqi_buf text;
	enum rmq_error err;

	rmqi_buf_init(&text, JSON_MAX);
	if (!add_value(&text, member))
		err = rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				      "%.*s: neither text, number nor boolean",
				      RMQI_STR_ARG(rmqi_json_name(member)));
	else
		err = rmqi_buf_status(&text);
	if (err == RMQ_OK)
		err = mb_fault_set(f, member->name, rmqi_buf_text(&text), detail);
	rmqi_buf_deinit(&text);
	return err;
}

static enum rmq_error take_all(struct rmq_mock_fault *f, const struct rmqi_json *root,
			       struct rmq_error_detail *detail)
{
	enum rmq_error err = RMQ_OK;

	if (!rmqi_json_is(root, RMQI_JSON_OBJECT))
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "a fault is a JSON object");
	RMQI_JSON_EACH(member, root) {
		if (err == RMQ_OK && !rmqi_json_is(member, RMQI_JSON_NULL))
			err = take(f, member, detail);
	}
	return err;
}

static enum rmq_error read_json(struct rmqi_cursor text, struct rmqi_json **root,
				struct rmq_error_detail *detail)
{
	enum rmq_error err = text.len > JSON_MAX ? RMQ_ERR_TOO_LARGE : rmqi_json_parse(text, root);

	if (err == RMQ_ERR_TOO_LARGE)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "a fault of more than %d bytes", JSON_MAX);
	if (err == RMQ_ERR_PROTOCOL)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "a fault is a JSON object; this is no JSON");
	return err;
}

enum rmq_error mb_fault_parse(struct rmqi_cursor json, struct rmq_mock_fault **out,
			      struct rmq_error_detail *detail)
{
	struct rmqi_json *root = NULL;
	struct rmq_mock_fault *f;
	enum rmq_error err = read_json(json, &root, detail);

	if (err != RMQ_OK)
		return err;
	f = mb_fault_new();
	err = f ? take_all(f, root, detail) : RMQ_ERR_NO_MEMORY;
	rmqi_json_free(root);
	if (err != RMQ_OK) {
		mb_fault_free(f);
		return err;
	}
	*out = f;
	return RMQ_OK;
}

static void write_value(struct rmqi_jw *w, const struct rmq_mock_fault *f, size_t key)
{
	const struct mb_fault_row *row = mb_fault_at(key);

	if (row->type.kind == RMQI_SETTING_INTEGER)
		rmqi_jw_member_i64(w, row->name, f->number[key]);
	else if (row->type.kind == RMQI_SETTING_BOOLEAN)
		rmqi_jw_member_bool(w, row->name, f->number[key] != 0);
	else
		rmqi_jw_member_str(w, row->name, f->text[key]);
}

void mb_fault_write(const struct rmq_mock_fault *f, struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out};

	rmqi_jw_open(&w, '{');
	for (size_t i = 0; i < MB_SELECT_COUNT; i++)
		rmqi_jw_member_str(&w, mb_select_at(i)->name, f->select.text[i]);
	for (size_t i = 0; i < MB_FAULT_COUNT; i++) {
		if (f->text[i])
			write_value(&w, f, i);
	}
	rmqi_jw_close(&w, '}');
}
