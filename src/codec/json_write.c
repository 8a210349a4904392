/* SPDX-License-Identifier: Apache-2.0 */
/* The writing half of json.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/json.h"
#include "codec/utf8.h"

/* Upper-case digits, as fastjson's IOUtils.DIGITS. */
static void add_escape(struct rmqi_buf *out, uint32_t unit)
{
	static const char digits[] = "0123456789ABCDEF";
	char text[6] = {'\\', 'u'};

	for (int i = 0; i < 4; i++)
		text[2 + i] = digits[unit >> (4 * (3 - i)) & 15];
	rmqi_buf_add(out, text, sizeof(text));
}

/* The letter of a short escape, 0 when there is none. */
static char short_escape(uint32_t code)
{
	switch (code) {
	case '"':
		return '"';
	case '\\':
		return '\\';
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return 0;
	}
}

static bool is_plain(uint32_t code, bool is_ascii)
{
	if (code < 0x20 || code == 0x7F || code == '"' || code == '\\' || code == RMQI_UTF8_BAD)
		return false;
	return code < 0x80 || !is_ascii;
}

static void add_special(struct rmqi_buf *out, uint32_t code)
{
	char letter = short_escape(code);

	if (letter) {
		rmqi_buf_add_u8(out, '\\');
		rmqi_buf_add_u8(out, (uint8_t)letter);
	} else if (code == RMQI_UTF8_BAD) {
		add_escape(out, 0xFFFD);
	} else if (code < 0x10000) {
		add_escape(out, code);
	} else {
		add_escape(out, 0xD800 + ((code - 0x10000) >> 10));
		add_escape(out, 0xDC00 + ((code - 0x10000) & 0x3FF));
	}
}

static void add_string(struct rmqi_buf *out, struct rmqi_str s, bool is_ascii)
{
	size_t at = 0, plain = 0; /* from `plain` to `at`: not yet written, no escape needed */

	rmqi_buf_add_u8(out, '"');
	while (at < s.len) {
		uint32_t code;
		size_t len = rmqi_utf8_at(s, at, &code);

		if (!is_plain(code, is_ascii)) {
			rmqi_buf_add(out, s.ptr + plain, at - plain);
			add_special(out, code);
			plain = at + len;
		}
		at += len;
	}
	if (at > plain)
		rmqi_buf_add(out, s.ptr + plain, at - plain);
	rmqi_buf_add_u8(out, '"');
}

void rmqi_json_add_string(struct rmqi_buf *out, struct rmqi_str s)
{
	add_string(out, s, false);
}

static void new_line(struct rmqi_jw *w)
{
	if (!w->is_pretty)
		return;
	rmqi_buf_add_u8(w->out, '\n');
	for (unsigned i = 0; i < w->depth; i++)
		rmqi_buf_add_u8(w->out, '\t');
}

static bool is_behind(const struct rmqi_jw *w, char c)
{
	return w->out->len > 0 && rmqi_buf_data(w->out)[w->out->len - 1] == (uint8_t)c;
}

static void comma(struct rmqi_jw *w)
{
	if (w->has_members)
		rmqi_buf_add_u8(w->out, ',');
	w->has_members = true;
}

/* A value behind a name stands there; one in an array begins with comma and line. Outside of all
 * brackets there is nothing to write. No value ends with ':' (text ends with a quote). */
static void begin_value(struct rmqi_jw *w)
{
	if (w->depth == 0 || is_behind(w, ':'))
		return;
	comma(w);
	new_line(w);
}

void rmqi_jw_open(struct rmqi_jw *w, char bracket)
{
	begin_value(w);
	rmqi_buf_add_u8(w->out, (uint8_t)bracket);
	w->depth++;
	w->has_members = false;
}

void rmqi_jw_close(struct rmqi_jw *w, char bracket)
{
	w->depth--;
	if (w->has_members)
		new_line(w);
	rmqi_buf_add_u8(w->out, (uint8_t)bracket);
	w->has_members = true; /* of the bracket around it */
}

void rmqi_jw_name_str(struct rmqi_jw *w, struct rmqi_str name)
{
	comma(w);
	new_line(w);
	add_string(w->out, name, w->is_ascii);
	rmqi_buf_add_u8(w->out, ':');
}

void rmqi_jw_name(struct rmqi_jw *w, const char *name)
{
	rmqi_jw_name_str(w, rmqi_str(name));
}

void rmqi_jw_name_begin(struct rmqi_jw *w)
{
	comma(w);
	new_line(w);
}

void rmqi_jw_name_end(struct rmqi_jw *w)
{
	rmqi_buf_add_u8(w->out, ':');
}

void rmqi_jw_name_i64(struct rmqi_jw *w, int64_t name)
{
	comma(w);
	rmqi_buf_add_dec(w->out, name);
	rmqi_buf_add_u8(w->out, ':');
}

void rmqi_jw_str(struct rmqi_jw *w, struct rmqi_str value)
{
	begin_value(w);
	add_string(w->out, value, w->is_ascii);
}

void rmqi_jw_i64(struct rmqi_jw *w, int64_t value)
{
	begin_value(w);
	rmqi_buf_add_dec(w->out, value);
}

static void add_literal(struct rmqi_jw *w, const char *text)
{
	begin_value(w);
	rmqi_buf_add_text(w->out, text);
}

void rmqi_jw_bool(struct rmqi_jw *w, bool value)
{
	add_literal(w, value ? "true" : "false");
}

void rmqi_jw_member_str(struct rmqi_jw *w, const char *name, const char *value)
{
	if (!value)
		return;
	rmqi_jw_name(w, name);
	rmqi_jw_str(w, rmqi_str(value));
}

void rmqi_jw_member_i64(struct rmqi_jw *w, const char *name, int64_t value)
{
	rmqi_jw_name(w, name);
	rmqi_jw_i64(w, value);
}

void rmqi_jw_member_bool(struct rmqi_jw *w, const char *name, bool value)
{
	rmqi_jw_name(w, name);
	rmqi_jw_bool(w, value);
}

void rmqi_json_add_real(struct rmqi_buf *out, double value)
{
	char text[40];
	size_t at;

	for (int digits = 15; digits <= 17; digits++) {
		(void)snprintf(text, sizeof(text) - 2, "%.*g", digits, value);
		/* No value can be lost to 17 digits, so the loop ends with the right text. */
		if (strtod(text, NULL) >= value && strtod(text, NULL) <= value)
			break;
	}
	at = strspn(text, "0123456789e+-");
	if (text[at] != '\0')
		text[at] = '.'; /* the process may have a locale with another one */
	rmqi_buf_add_text(out, text);
	if (!strpbrk(text, ".e"))
		rmqi_buf_add_text(out, ".0");
}

static void add_real(struct rmqi_jw *w, double value)
{
	begin_value(w);
	rmqi_json_add_real(w->out, value);
}

void rmqi_jw_member_real(struct rmqi_jw *w, const char *name, double value)
{
	rmqi_jw_name(w, name);
	add_real(w, value);
}

/* A decimal number as Integer.toString or Long.toString writes it. */
static bool is_decimal(struct rmqi_str s, int64_t *out)
{
	size_t first = s.len > 0 && s.ptr[0] == '-' ? 1 : 0;

	if (s.len == first || s.ptr[0] == '+')
		return false;
	if (s.ptr[first] == '0' && s.len > 1)
		return false;
	return rmqi_str_to_i64(s, out);
}

static bool has_only_decimal_names(const struct rmqi_json *object)
{
	int64_t number;

	RMQI_JSON_EACH(member, object) {
		if (!is_decimal(rmqi_json_name(member), &number))
			return false;
	}
	return true;
}

static bool add_object(struct rmqi_jw *w, const struct rmqi_json *object, bool raw_key_maps)
{
	bool is_raw = raw_key_maps && has_only_decimal_names(object);
	int64_t number;

	rmqi_jw_open(w, '{');
	RMQI_JSON_EACH(member, object) {
		if (is_raw && is_decimal(rmqi_json_name(member), &number))
			rmqi_jw_name_i64(w, number);
		else
			rmqi_jw_name_str(w, rmqi_json_name(member));
		if (!rmqi_jw_value(w, member, raw_key_maps))
			return false;
	}
	rmqi_jw_close(w, '}');
	return true;
}

static bool add_array(struct rmqi_jw *w, const struct rmqi_json *array, bool raw_key_maps)
{
	rmqi_jw_open(w, '[');
	RMQI_JSON_EACH(value, array) {
		if (!rmqi_jw_value(w, value, raw_key_maps))
			return false;
	}
	rmqi_jw_close(w, ']');
	return true;
}

bool rmqi_jw_value(struct rmqi_jw *w, const struct rmqi_json *value, bool raw_key_maps)
{
	if (w->depth > RMQI_JSON_DEPTH_MAX)
		return false;
	switch (value->kind) {
	case RMQI_JSON_OBJECT:
		return add_object(w, value, raw_key_maps);
	case RMQI_JSON_ARRAY:
		return add_array(w, value, raw_key_maps);
	case RMQI_JSON_TEXT:
		rmqi_jw_str(w, rmqi_json_text(value));
		break;
	case RMQI_JSON_INTEGER:
		rmqi_jw_i64(w, value->integer);
		break;
	case RMQI_JSON_REAL:
		add_real(w, value->real);
		break;
	case RMQI_JSON_BOOL:
		rmqi_jw_bool(w, value->boolean);
		break;
	case RMQI_JSON_NULL:
		add_literal(w, "null");
		break;
	}
	return true;
}

enum rmq_error rmqi_jw_parsed(struct rmqi_jw *w, struct rmqi_str json)
{
	struct rmqi_json *tree;
	struct rmqi_jw before = *w;
	size_t start = w->out->len;
	enum rmq_error err = rmqi_json_parse(rmqi_cursor(json.ptr, json.len), &tree);

	if (err != RMQ_OK)
		return err == RMQ_ERR_PROTOCOL ? RMQ_ERR_INVALID_ARGUMENT : err;
	if (!rmqi_jw_value(w, tree, false)) {
		rmqi_buf_cut(w->out, start);
		*w = before;
		err = RMQ_ERR_TOO_LARGE;
	}
	rmqi_json_free(tree);
	return err;
}

static enum rmq_error write_tree(struct rmqi_jw w, const struct rmqi_json *value, bool raw_key_maps)
{
	size_t start = w.out->len;
	enum rmq_error err = RMQ_ERR_TOO_LARGE;

	if (rmqi_jw_value(&w, value, raw_key_maps))
		err = rmqi_buf_status(w.out);
	if (err != RMQ_OK)
		rmqi_buf_cut(w.out, start);
	return err;
}

enum rmq_error rmqi_json_write(const struct rmqi_json *value, struct rmqi_buf *out)
{
	return write_tree((struct rmqi_jw){.out = out}, value, false);
}

enum rmq_error rmqi_json_dup_text(const struct rmqi_json *value, char **out)
{
	struct rmqi_buf text;
	enum rmq_error err;
	char *copy = NULL;

	rmqi_buf_init(&text, RMQI_JSON_SIZE_MAX);
	err = rmqi_json_write(value, &text);
	if (err == RMQ_OK) {
		copy = rmqi_str_dup(rmqi_cursor_str(rmqi_buf_cursor(&text)));
		err = copy ? RMQ_OK : RMQ_ERR_NO_MEMORY;
	}
	rmqi_buf_deinit(&text);
	if (err == RMQ_OK)
		*out = copy;
	return err;
}

enum rmq_error rmqi_json_write_pretty(const struct rmqi_json *value, bool raw_key_maps,
				      struct rmqi_buf *out)
{
	return write_tree((struct rmqi_jw){.out = out, .is_pretty = true}, value, raw_key_maps);
}
