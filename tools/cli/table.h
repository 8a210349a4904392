/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - rows of texts for people, in columns as wide as they need, or the same as JSON, an object a row.
 *
 * Columns of numbers stand at the right, and are numbers in JSON; "-" is null there.
 *
 * Thread: one owner.
 */
#ifndef TOOLS_CLI_TABLE_H
#define TOOLS_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TABLE_COLUMNS_MAX = 16 };

struct column {
	const char *title;  /* of the table: "BROKER" */
	const char *member; /* of JSON: "broker" */
	bool is_number;
};

struct table;

/* Owned; the columns are borrowed. NULL: memory is out. */
struct table *table_new(const struct column *columns, size_t count);
/* The next cell, from left to right, row after row. Copied. */
void table_text(struct table *t, const char *text);
void table_number(struct table *t, int64_t number);
void table_none(struct table *t);
/* Prints it, and frees it. The exit status. */
int table_end(struct table *t, bool is_json);

#endif
