/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/complain.h"
#include "tools/cli/output.h"
#include "tools/cli/writer.h"

struct table {
	const struct column *columns;
	size_t count;
	struct text cells; /* each with a zero byte behind it; an empty one is none */
	size_t cell_count;
};

struct table *table_new(const struct column *columns, size_t count)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->columns = columns;
	t->count = count;
	return t;
}

void table_text(struct table *t, const char *text)
{
	text_add(&t->cells, text, strlen(text) + 1);
	t->cell_count++;
}

void table_number(struct table *t, int64_t number)
{
	text_addf(&t->cells, "%" PRId64, number);
	text_addc(&t->cells, '\0');
	t->cell_count++;
}

void table_none(struct table *t)
{
	table_text(t, "");
}

/* --- For people --------------------------------------------------------------------------------------- */

/* Characters, not bytes. */
static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xC0) != 0x80;
	return width;
}

static void measure(const struct table *t, size_t widths[TABLE_COLUMNS_MAX])
{
	const char *cell = t->cells.data;

	for (size_t i = 0; i < t->count; i++)
		widths[i] = width_of(t->columns[i].title);
	for (size_t i = 0; i < t->cell_count; i++) {
		size_t width = cell[0] ? width_of(cell) : 1;

		if (width > widths[i % t->count])
			widths[i % t->count] = width;
		cell += strlen(cell) + 1;
	}
}

static void add_cell(struct text *out, const char *cell, size_t width, bool is_right, bool is_last)
{
	size_t blanks = width - width_of(cell);

	if (is_right)
		text_addf(out, "%*s", (int)blanks, "");
	/* A control character of a name would move the columns. */
	for (const char *c = cell; *c; c++)
		text_addc(out, (unsigned char)*c < ' ' || *c == 127 ? '?' : *c);
	if (!is_last)
		text_addf(out, "%*s", (int)(is_right ? 0 : blanks) + 2, "");
	else
		text_addc(out, '\n');
}

static void add_table(const struct table *t, struct text *out)
{
	size_t widths[TABLE_COLUMNS_MAX];
	const char *cell = t->cells.data;

	measure(t, widths);
	for (size_t i = 0; i < t->count; i++)
		add_cell(out, t->columns[i].title, widths[i], t->columns[i].is_number,
			 i + 1 == t->count);
	for (size_t i = 0; i < t->cell_count; i++) {
		size_t column = i % t->count;

		add_cell(out, cell[0] ? cell : "-", widths[column], t->columns[column].is_number,
			 column + 1 == t->count);
		cell += strlen(cell) + 1;
	}
}

/* --- For programs ------------------------------------------------------------------------------------- */

static void add_member(struct writer *w, const struct column *column, const char *cell)
{
	if (!cell[0])
		writer_null(w, column->member);
	else if (column->is_number)
		writer_raw(w, column->member, cell, strlen(cell));
	else
		writer_text(w, column->member, cell);
}

static void add_json(const struct table *t, struct text *out)
{
	const char *cell = t->cells.data;
	struct writer w;

	for (size_t i = 0; i < t->cell_count; i++) {
		if (i % t->count == 0) {
			writer_init(&w, out);
			writer_object(&w, NULL);
		}
		add_member(&w, &t->columns[i % t->count], cell);
		cell += strlen(cell) + 1;
		if ((i + 1) % t->count == 0) {
			writer_end_object(&w);
			text_addc(out, '\n');
		}
	}
}

int table_end(struct table *t, bool is_json)
{
	struct text out = {0};
	bool is_broken = t->cells.is_broken;

	if (is_broken)
		complain("out of memory");
	else if (is_json)
		add_json(t, &out);
	else
		add_table(t, &out);
	output_take(&out);
	text_free(&out);
	text_free(&t->cells);
	free(t);
	return is_broken ? CLI_FAILED : CLI_OK;
}
