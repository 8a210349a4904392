/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gen_reference.h - public headers as pages of items, for gen_reference.c.
 *
 * An item is a comment at the margin with the declarations below it, up to a blank line or the next such
 * comment: what our headers keep together is kept together.
 */
#ifndef DOC_GEN_REFERENCE_H
#define DOC_GEN_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A growing text, NUL-terminated; {0} is empty. Memory is never given back: the program ends soon. */
struct text {
	char *ptr;
	size_t len;
};

/* Ends a macro in the code of an item, as ';' ends what else is declared. */
enum { MACRO_END = '\1' };

void text_add(struct text *t, const char *bytes, size_t len);
void text_add_line(struct text *t, const char *line);

struct item {
	const char *section; /* NULL: in the one before */
	struct text comment; /* lines without their asterisks */
	struct text code;
	int line;
};

struct page {
	const char *path;
	char name[64];       /* "producer.h" */
	struct text comment; /* of the file */
	struct item *items;
	size_t count;
};

/* False: the file cannot be read; errno tells why. */
bool page_read(const char *path, struct page *out);

/* A piece of C text: a comment, a name, a blank or one other byte. */
struct token {
	const char *ptr;
	size_t len;
	enum token_kind { TOKEN_COMMENT, TOKEN_NAME, TOKEN_BLANK, TOKEN_OTHER } kind;
};

/* False at the end. */
bool token_next(const char **rest, struct token *out);
bool token_is(const struct token *t, const char *text);

/* A name that the headers declare. */
struct symbol {
	char name[96];
	const struct page *page;
	const struct item *item;
	bool is_function;
	bool is_opaque; /* a type that is declared only */
	bool is_anchored;
};

/* Finds what the items of a page declare; call it for each page, then symbols_sort. */
void symbols_collect(const struct page *page);
void symbols_sort(void);
/* NULL: no header declares it. */
struct symbol *symbol_find(const char *name, size_t len);
/* NULL behind the last; in the order of names. */
const struct symbol *symbol_at(size_t index);

/* A function as one line, or with its parameters below each other; or what stands between functions. */
struct declaration {
	struct text text;
	bool must_use;
};

/* False at the end of the code of an item. */
bool declaration_next(const char **code, struct declaration *out);

/* What a line of a comment belongs to. */
enum shape { SHAPE_NOTHING, SHAPE_PARAGRAPH, SHAPE_LIST, SHAPE_EXAMPLE };

/* `now` is that of the line before. */
enum shape prose_shape(const char *line, size_t len, enum shape now);
/* What stands behind "name.h - " in the first sentence. */
const char *page_purpose(const struct page *page, size_t *len);

/* A manual page of each, folder/rocketmq_NAME.3, and one line for each of its functions that leads there. False: errno
 * tells why. */
bool man_write(const struct page *pages, size_t count, const char *version, const char *folder);
/* One HTML page of all. */
void html_write(const struct page *pages, size_t count, const char *version, FILE *out);

#endif
