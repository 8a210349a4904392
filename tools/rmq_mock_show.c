/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/rmq_mock_show.h"

#include <stdbool.h>
#include <string.h>

#include "base/macros.h"

enum {
	COLUMNS_MAX = 32,
	CELL_MAX = 4096,
	WIDTH_MAX = 48 /* of a column; a longer cell pushes what follows */
};

/* Names of members, in the order in which they are seen first. */
struct columns {
	const char *names[COLUMNS_MAX];
	int widths[COLUMNS_MAX];
	size_t count;
};

/* What a cell says: a list of objects is only counted. */
static void add_cell(struct rmqi_buf *out, const struct rmqi_json *value, bool is_inner)
{
	if (rmqi_json_is(value, RMQI_JSON_TEXT)) {
		rmqi_buf_add_str(out, rmqi_json_text(value));
	} else if (rmqi_json_is(value, RMQI_JSON_ARRAY) &&
		   (is_inner || rmqi_json_count(rmqi_json_first(value)) > 0)) {
		rmqi_buf_addf(out, "%zu", rmqi_json_count(value));
	} else if (rmqi_json_is(value, RMQI_JSON_ARRAY) || rmqi_json_is(value, RMQI_JSON_OBJECT)) {
		RMQI_JSON_EACH(at, value)
		{
			if (at != rmqi_json_first(value))
				rmqi_buf_add_u8(out, ' ');
			if (at->name)
				rmqi_buf_addf(out, "%s=", at->name);
			add_cell(out, at, true);
		}
	} else if (value && value->kind != RMQI_JSON_NULL) {
		(void)!rmqi_json_write(value, out);
	}
}

/* Without what a terminal would obey. Borrowed until the next call. */
static const char *cell(const struct rmqi_json *value)
{
	static char text[CELL_MAX];
	struct rmqi_buf buf;
	size_t len;

	rmqi_buf_init(&buf, 64 * 1024);
	add_cell(&buf, value, false);
	len = buf.len < sizeof(text) - 1 ? buf.len : sizeof(text) - 1;
	if (len)
		memcpy(text, rmqi_buf_data(&buf), len);
	text[len] = '\0';
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 127)
			text[i] = '.';
	rmqi_buf_deinit(&buf);
	return text;
}

static void add_columns(struct columns *c, const struct rmqi_json *row)
{
	RMQI_JSON_EACH(at, row)
	{
		size_t i = 0;

		while (i < c->count && strcmp(c->names[i], at->name) != 0)
			i++;
		if (i == c->count && i < COLUMNS_MAX) {
			c->names[i] = at->name;
			c->widths[i] = (int)at->name_len;
			c->count++;
		}
	}
}

static void measure(struct columns *c, const struct rmqi_json *row)
{
	for (size_t i = 0; i < c->count; i++) {
		int width = (int)strlen(cell(rmqi_json_get(row, c->names[i])));

		if (width > c->widths[i])
			c->widths[i] = width < WIDTH_MAX ? width : WIDTH_MAX;
	}
}

static void print_cell(const struct columns *c, size_t i, const char *text, FILE *out)
{
	if (i + 1 < c->count)
		fprintf(out, "%-*s  ", c->widths[i], text);
	else
		fprintf(out, "%s\n", text);
}

static void show_rows(const struct rmqi_json *list, FILE *out)
{
	struct columns c = {.count = 0};

	RMQI_JSON_EACH(row, list)
	add_columns(&c, row);
	RMQI_JSON_EACH(row, list)
	measure(&c, row);
	for (size_t i = 0; i < c.count; i++)
		print_cell(&c, i, c.names[i], out);
	RMQI_JSON_EACH(row, list)
	{
		for (size_t i = 0; i < c.count; i++)
			print_cell(&c, i, cell(rmqi_json_get(row, c.names[i])), out);
	}
}

static void show_members(const struct rmqi_json *object, FILE *out)
{
	int width = 0;

	RMQI_JSON_EACH(at, object)
	if ((int)at->name_len > width)
		width = (int)at->name_len;
	RMQI_JSON_EACH(at, object)
	fprintf(out, "%-*s  %s\n", width, at->name, cell(at));
}

void show_json(const struct rmqi_json *value, FILE *out)
{
	if (rmqi_json_is(value, RMQI_JSON_ARRAY) &&
	    rmqi_json_is(rmqi_json_first(value), RMQI_JSON_OBJECT))
		show_rows(value, out);
	else if (rmqi_json_is(value, RMQI_JSON_OBJECT))
		show_members(value, out);
	else if (!rmqi_json_is(value, RMQI_JSON_ARRAY) || rmqi_json_count(value) > 0)
		fprintf(out, "%s\n", cell(value));
}
