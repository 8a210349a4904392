/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gen_reference_man.c - writes pages as manual pages, for man(7).
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "doc/gen_reference.h"

enum { PATH_SIZE = 4096 };

/* "push_consumer.h" is the page rocketmq_push_consumer; "rocketmq.h", the first one to read, is rocketmq. */
static void name_of(const struct page *page, char *out, size_t size)
{
	int len = (int)strcspn(page->name, ".");

	if (strncmp(page->name, "rocketmq.", 9) == 0)
		snprintf(out, size, "rocketmq");
	else
		snprintf(out, size, "rocketmq_%.*s", len, page->name);
}

static FILE *open_page(const char *folder, const char *name)
{
	char path[PATH_SIZE];
	int len = snprintf(path, sizeof(path), "%s/%s.3", folder, name);

	if (len < 0 || (size_t)len >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	return fopen(path, "w");
}

static bool close_page(FILE *out)
{
	bool is_good = !ferror(out);

	return fclose(out) == 0 && is_good;
}

/* --- Text ------------------------------------------------------------------------------------ */

/* A line may not begin with what would be a request. */
static void put(FILE *out, const char *bytes, size_t len)
{
	if (len > 0 && (*bytes == '.' || *bytes == '\''))
		fputs("\\&", out);
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\\')
			fputs("\\e", out);
		else if (bytes[i] == '-')
			fputs("\\-", out);
		else if (bytes[i] == '\'')
			fputs("\\(aq", out);
		else if (bytes[i] != MACRO_END)
			putc(bytes[i], out);
	}
}

static void put_lines(FILE *out, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		put(out, text, len);
		putc('\n', out);
		text += len + (text[len] == '\n');
	}
}

static void change_shape(FILE *out, enum shape from, enum shape to)
{
	if (from == to)
		return;
	if (from == SHAPE_EXAMPLE)
		fputs(".fi\n.RE\n", out);
	if (to == SHAPE_PARAGRAPH)
		fputs(".PP\n", out);
	else if (to == SHAPE_EXAMPLE)
		fputs(".PP\n.RS 2\n.nf\n", out);
}

static void put_line(FILE *out, const char *line, size_t len, enum shape shape)
{
	size_t skip = strspn(line, " \t");

	if (shape == SHAPE_EXAMPLE) {
		put(out, line, len);
	} else if (shape == SHAPE_LIST && strncmp(line + skip, "- ", 2) == 0) {
		fputs(".IP \\(bu 2\n", out);
		put(out, line + skip + 2, len - skip - 2);
	} else if (len > skip) {
		put(out, line + skip, len - skip);
	}
	if (shape != SHAPE_NOTHING)
		putc('\n', out);
}

static void put_prose(FILE *out, const char *text)
{
	enum shape now = SHAPE_NOTHING;

	while (text && *text) {
		size_t len = strcspn(text, "\n");
		enum shape next = prose_shape(text, len, now);

		change_shape(out, now, next);
		now = next;
		put_line(out, text, len, now);
		text += len + (text[len] == '\n');
	}
	change_shape(out, now, SHAPE_NOTHING);
}

/* --- A page ------------------------------------------------------------------------------------ */

static void put_declarations(FILE *out, const struct item *item)
{
	const char *code = item->code.ptr;
	struct declaration d;

	fputs(".PP\n.nf\n.ft B\n", out);
	while (declaration_next(&code, &d))
		if (d.text.ptr)
			put_lines(out, d.text.ptr);
	fputs(".ft R\n.fi\n", out);
}

static void put_section(FILE *out, const char *section)
{
	fputs(".SS ", out);
	put(out, section, strlen(section));
	putc('\n', out);
}

static void put_head(FILE *out, const struct page *page, const char *name, const char *version)
{
	size_t len;
	const char *text = page_purpose(page, &len);

	fprintf(out, ".TH %s 3 \"\" \"rocketmq\\-c %s\" \"rocketmq\\-c\"\n.nh\n.ad l\n.SH NAME\n%s \\- ", name, version,
		name);
	for (size_t i = 0; i < len; i++) {
		char c = text[i] == '\n' ? ' ' : text[i];

		put(out, &c, 1);
	}
	fprintf(out, "\n.SH SYNOPSIS\n.nf\n.B #include <rocketmq/%s>\n.fi\n.SH DESCRIPTION\n", page->name);
}

static void put_page(FILE *out, const struct page *page, const char *name, const char *version)
{
	const char *dash = page->comment.ptr ? strstr(page->comment.ptr, " - ") : NULL;
	const char *rest = dash ? strstr(dash, "\n\n") : page->comment.ptr;

	put_head(out, page, name, version);
	put_prose(out, rest);
	for (size_t i = 0; i < page->count; i++) {
		const struct item *item = &page->items[i];

		if (item->section)
			put_section(out, item->section);
		put_declarations(out, item);
		put_prose(out, item->comment.ptr);
	}
	fputs(".SH SEE ALSO\n.BR rocketmq (3),\n.BR rmq\\-mock (1),\n.BR rmq\\-cli (1)\n", out);
}

/* A function is found by its name. */
static bool write_links(const struct page *page, const char *name, const char *folder)
{
	const struct symbol *s;

	for (size_t i = 0; (s = symbol_at(i)); i++) {
		FILE *out;

		if (s->page != page || !s->is_function)
			continue;
		out = open_page(folder, s->name);
		if (!out)
			return false;
		fprintf(out, ".so man3/%s.3\n", name);
		if (!close_page(out))
			return false;
	}
	return true;
}

bool man_write(const struct page *pages, size_t count, const char *version, const char *folder)
{
	for (size_t i = 0; i < count; i++) {
		char name[96];
		FILE *out;

		name_of(&pages[i], name, sizeof(name));
		out = open_page(folder, name);
		if (!out)
			return false;
		put_page(out, &pages[i], name, version);
		if (!close_page(out) || !write_links(&pages[i], name, folder))
			return false;
	}
	return true;
}
