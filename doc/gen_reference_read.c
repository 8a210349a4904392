/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gen_reference_read.c - reads headers into pages, items and symbols.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "doc/gen_reference.h"

static void *grow(void *ptr, size_t size)
{
	void *p = realloc(ptr, size);

	if (!p)
		abort();
	return p;
}

void text_add(struct text *t, const char *bytes, size_t len)
{
	t->ptr = grow(t->ptr, t->len + len + 1);
	memcpy(t->ptr + t->len, bytes, len);
	t->len += len;
	t->ptr[t->len] = '\0';
}

void text_add_line(struct text *t, const char *line)
{
	text_add(t, line, strlen(line));
	text_add(t, "\n", 1);
}

/* --- Tokens -------------------------------------------------------------------------------- */

bool token_next(const char **rest, struct token *out)
{
	const char *p = *rest;
	size_t len = 1;

	if (!*p)
		return false;
	out->kind = TOKEN_OTHER;
	if (p[0] == '/' && p[1] == '*') {
		const char *end = strstr(p + 2, "*/");

		out->kind = TOKEN_COMMENT;
		len = end ? (size_t)(end + 2 - p) : strlen(p);
	} else if (isalpha((unsigned char)*p) || *p == '_') {
		out->kind = TOKEN_NAME;
		while (isalnum((unsigned char)p[len]) || p[len] == '_')
			len++;
	} else if (isspace((unsigned char)*p)) {
		out->kind = TOKEN_BLANK;
		while (isspace((unsigned char)p[len]))
			len++;
	}
	out->ptr = p;
	out->len = len;
	*rest = p + len;
	return true;
}

bool token_is(const struct token *t, const char *text)
{
	return strlen(text) == t->len && memcmp(t->ptr, text, t->len) == 0;
}

/* --- Items --------------------------------------------------------------------------------- */

struct reader {
	struct page *page;
	const char *section;
	struct text comment; /* read, and no code below it yet */
	struct text code;
	bool is_macro; /* within one */
	int line;
	int code_line;
};

static void end_item(struct reader *r)
{
	struct page *p = r->page;

	if (r->code.len > 0) {
		p->items = grow(p->items, (p->count + 1) * sizeof(*p->items));
		p->items[p->count++] = (struct item){r->section, r->comment, r->code, r->code_line};
		r->section = NULL;
	}
	r->comment = (struct text){0};
	r->code = (struct text){0};
}

/* Is the code read so far whole declarations? */
static bool is_complete(const char *code)
{
	struct token t;
	int depth = 0;
	char last = ';';

	while (token_next(&code, &t)) {
		if (t.kind == TOKEN_COMMENT && (t.len < 4 || t.ptr[t.len - 1] != '/'))
			return false;
		if (t.kind == TOKEN_COMMENT || t.kind == TOKEN_BLANK)
			continue;
		last = *t.ptr;
		depth += last == '{' || last == '(';
		depth -= last == '}' || last == ')';
	}
	return depth == 0 && (last == ';' || last == MACRO_END);
}

/* The line of a comment without what makes it one. */
static void add_comment_line(struct text *t, const char *line)
{
	char copy[512];
	size_t len;

	if (strncmp(line, "/*", 2) == 0)
		line += 2;
	else if (strncmp(line, " *", 2) == 0 && strncmp(line, " */", 3) != 0)
		line += 2;
	if (*line == ' ')
		line++;
	snprintf(copy, sizeof(copy), "%s", line);
	len = strlen(copy);
	if (len >= 2 && strcmp(copy + len - 2, "*/") == 0)
		len -= 2;
	while (len > 0 && copy[len - 1] == ' ')
		len--;
	copy[len] = '\0';
	if (len > 0 || t->len > 0)
		text_add_line(t, copy);
}

static void take_comment(struct reader *r, struct text comment)
{
	size_t dashes = comment.ptr ? strspn(comment.ptr, "-") : 0;

	if (!comment.ptr || strstr(comment.ptr, "SPDX-License-Identifier"))
		return;
	end_item(r);
	if (dashes >= 3) {
		char *end = strstr(comment.ptr + dashes, " --");

		if (end)
			*end = '\0';
		r->section = comment.ptr + dashes + 1;
	} else if (r->page->comment.len == 0 && r->page->count == 0) {
		r->page->comment = comment;
	} else {
		r->comment = comment;
	}
}

/* Macros that are for callers: ours, with a value. */
static bool is_constant(const char *line)
{
	return strncmp(line, "#define RMQ_VERSION", 19) == 0;
}

static void take_code(struct reader *r, const char *line)
{
	if (r->code.len == 0 || is_complete(r->code.ptr)) {
		if (!*line) {
			end_item(r);
			return;
		}
		if ((*line == '#' && !is_constant(line)) || strstr(line, "_DECLS"))
			return;
	}
	if (r->code.len == 0)
		r->code_line = r->line;
	text_add_line(&r->code, line);
	r->is_macro = r->is_macro || is_constant(line);
	if (r->is_macro && line[strlen(line) - 1] != '\\') {
		text_add(&r->code, (char[]){MACRO_END}, 1);
		r->is_macro = false;
	}
}

bool page_read(const char *path, struct page *out)
{
	FILE *f = fopen(path, "r");
	struct reader r = {.page = out};
	struct text comment = {0};
	bool in_comment = false;
	char line[512];

	if (!f)
		return false;
	*out = (struct page){.path = path};
	snprintf(out->name, sizeof(out->name), "%s",
		 strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		r.line++;
		if (!in_comment && strncmp(line, "/*", 2) == 0 &&
		    (r.code.len == 0 || is_complete(r.code.ptr))) {
			in_comment = true;
			comment = (struct text){0};
		}
		if (in_comment) {
			add_comment_line(&comment, line);
			in_comment = !strstr(line, "*/");
			if (!in_comment)
				take_comment(&r, comment);
		} else {
			take_code(&r, line);
		}
	}
	end_item(&r);
	fclose(f);
	return true;
}

/* --- Symbols ------------------------------------------------------------------------------- */

static struct symbol *symbols;
static size_t symbol_count;

static void add_symbol(const struct page *page, const struct item *item, const struct token *t,
		       bool is_function, bool is_opaque)
{
	struct symbol *s = symbol_find(t->ptr, t->len);

	/* An enum and the function that returns it may have one name: it stands for both. */
	if (s) {
		s->is_function |= is_function;
		return;
	}
	symbols = grow(symbols, (symbol_count + 1) * sizeof(*symbols));
	s = &symbols[symbol_count++];
	*s = (struct symbol){.page = page, .item = item};
	snprintf(s->name, sizeof(s->name), "%.*s", (int)t->len, t->ptr);
	s->is_function = is_function;
	s->is_opaque = is_opaque;
}

static bool is_ours(const struct token *t)
{
	return t->kind == TOKEN_NAME && t->len > 4 &&
	       (strncmp(t->ptr, "rmq_", 4) == 0 || strncmp(t->ptr, "RMQ_", 4) == 0);
}

/* One declaration: `first` is its first word. Returns what stands behind it. */
static const char *collect_one(const struct page *page, const struct item *item, const char *code,
			       const struct token *first)
{
	bool is_typedef = token_is(first, "typedef"), is_enum = token_is(first, "enum");
	bool is_body = false, is_named = false;
	struct token t, name = {0};
	int depth = 0;

	while (token_next(&code, &t) && !(depth == 0 && (*t.ptr == ';' || *t.ptr == MACRO_END))) {
		if (*t.ptr == '{') {
			is_body = true;
			depth++;
		} else if (*t.ptr == '}') {
			depth--;
		} else if (is_ours(&t) && depth == 1 && is_enum && *t.ptr == 'R') {
			add_symbol(page, item, &t, false, false);
		} else if (is_ours(&t) && depth == 0 && !is_named &&
			   !token_is(&t, "RMQ_MUST_USE")) {
			name = t;
			/* The name of a function stands before a "(", that of a callback behind "(*". */
			is_named = *code == '(' || t.ptr[-1] == '*';
			is_named = is_named && !(is_typedef && *code == '(');
		}
	}
	if (name.ptr)
		add_symbol(page, item, &name, token_is(first, "RMQ_API"),
			   is_typedef && !is_body && !is_named);
	return code;
}

void symbols_collect(const struct page *page)
{
	for (size_t i = 0; i < page->count; i++) {
		const char *code = page->items[i].code.ptr;
		struct token t;

		while (token_next(&code, &t))
			if (t.kind == TOKEN_NAME)
				code = collect_one(page, &page->items[i], code, &t);
	}
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct symbol *)a)->name, ((const struct symbol *)b)->name);
}

void symbols_sort(void)
{
	qsort(symbols, symbol_count, sizeof(*symbols), compare);
}

struct symbol *symbol_find(const char *name, size_t len)
{
	for (size_t i = 0; i < symbol_count; i++)
		if (strlen(symbols[i].name) == len && memcmp(symbols[i].name, name, len) == 0)
			return &symbols[i];
	return NULL;
}

const struct symbol *symbol_at(size_t index)
{
	return index < symbol_count ? &symbols[index] : NULL;
}
