/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/writer.h"

#include <inttypes.h>
#include <string.h>

void writer_init(struct writer *w, struct text *out)
{
	*w = (struct writer){out, true};
}

/* The length of what needs no escape. */
static size_t plain(const char *data, size_t len)
{
	size_t at = 0;

	while (at < len && (unsigned char)data[at] >= ' ' && data[at] != '"' && data[at] != '\\' &&
	       data[at] != 127)
		at++;
	return at;
}

static void add_escape(struct text *out, unsigned char c)
{
	switch (c) {
	case '"':
	case '\\':
		text_addc(out, '\\');
		text_addc(out, (char)c);
		break;
	case '\n':
		text_adds(out, "\\n");
		break;
	case '\r':
		text_adds(out, "\\r");
		break;
	case '\t':
		text_adds(out, "\\t");
		break;
	default:
		text_addf(out, "\\u%04x", c);
	}
}

static void add_string(struct text *out, const char *data, size_t len)
{
	text_addc(out, '"');
	while (len) {
		size_t run = plain(data, len);

		text_add_utf8(out, data, run);
		data += run;
		len -= run;
		if (!len)
			break;
		add_escape(out, (unsigned char)*data);
		data++;
		len--;
	}
	text_addc(out, '"');
}

static void begin(struct writer *w, const char *name)
{
	if (!w->is_first)
		text_addc(w->out, ',');
	w->is_first = false;
	if (!name)
		return;
	add_string(w->out, name, strlen(name));
	text_addc(w->out, ':');
}

static void open_with(struct writer *w, const char *name, char c)
{
	begin(w, name);
	text_addc(w->out, c);
	w->is_first = true;
}

static void close_with(struct writer *w, char c)
{
	text_addc(w->out, c);
	w->is_first = false;
}

void writer_object(struct writer *w, const char *name)
{
	open_with(w, name, '{');
}

void writer_list(struct writer *w, const char *name)
{
	open_with(w, name, '[');
}

void writer_end_object(struct writer *w)
{
	close_with(w, '}');
}

void writer_end_list(struct writer *w)
{
	close_with(w, ']');
}

void writer_text(struct writer *w, const char *name, const char *value)
{
	writer_bytes(w, name, value, strlen(value));
}

void writer_bytes(struct writer *w, const char *name, const char *value, size_t len)
{
	begin(w, name);
	add_string(w->out, value, len);
}

void writer_base64(struct writer *w, const char *name, const void *value, size_t len)
{
	begin(w, name);
	text_addc(w->out, '"');
	text_add_base64(w->out, value, len);
	text_addc(w->out, '"');
}

void writer_raw(struct writer *w, const char *name, const char *json, size_t len)
{
	bool is_string = false;

	begin(w, name);
	for (size_t i = 0; i < len; i++) {
		if (!is_string && strchr(" \t\r\n", json[i]))
			continue;
		if (is_string && json[i] == '\\')
			text_addc(w->out, json[i++]);
		else if (json[i] == '"')
			is_string = !is_string;
		text_addc(w->out, json[i]);
	}
}

void writer_number(struct writer *w, const char *name, int64_t value)
{
	begin(w, name);
	text_addf(w->out, "%" PRId64, value);
}

void writer_bool(struct writer *w, const char *name, bool value)
{
	begin(w, name);
	text_adds(w->out, value ? "true" : "false");
}

void writer_null(struct writer *w, const char *name)
{
	begin(w, name);
	text_adds(w->out, "null");
}
