/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gen_reference.c - the API reference: public headers as one HTML page, or as manual pages.
 *
 *     doc/gen_reference VERSION HEADER... > index.html
 *     doc/gen_reference --man FOLDER VERSION HEADER...
 *
 * Tells on stderr what has no comment.
 */
#include "doc/gen_reference.h"

#include <errno.h>
#include <string.h>

enum { PAGES_MAX = 64 };

/* What X_free and X_count do, and that NULL is fine, is said once for all in common.h. */
static bool is_plain(const char *name)
{
	const char *verb = strrchr(name, '_');

	return verb && (strcmp(verb, "_free") == 0 || strcmp(verb, "_count") == 0);
}

/* What of an item wants a sentence: not an opaque type, which speaks through its functions. */
static const struct symbol *first_symbol(const struct item *item)
{
	const struct symbol *s;

	for (size_t i = 0; (s = symbol_at(i)); i++)
		if (s->item == item && !s->is_opaque && !is_plain(s->name))
			return s;
	return NULL;
}

/* A comment at a member is one, too. */
static void tell_undocumented(const struct page *page)
{
	for (size_t i = 0; i < page->count; i++) {
		const struct item *item = &page->items[i];
		const struct symbol *s = first_symbol(item);

		if (s && item->comment.len == 0 && !strstr(item->code.ptr, "/*"))
			fprintf(stderr, "%s:%d: %s has no comment\n", page->path, item->line,
				s->name);
	}
	if (page->comment.len == 0)
		fprintf(stderr, "%s:1: the header does not say what it is\n", page->path);
}

static struct page pages[PAGES_MAX];

static bool read_all(char **paths, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!page_read(paths[i], &pages[i])) {
			fprintf(stderr, "gen_reference: %s: %s\n", paths[i], strerror(errno));
			return false;
		}
	}
	for (size_t i = 0; i < count; i++)
		symbols_collect(&pages[i]);
	symbols_sort();
	for (size_t i = 0; i < count; i++)
		tell_undocumented(&pages[i]);
	return true;
}

int main(int argc, char **argv)
{
	bool is_man = argc > 1 && strcmp(argv[1], "--man") == 0;
	int first = is_man ? 4 : 2;
	size_t count = argc > first ? (size_t)(argc - first) : 0;

	if (count == 0 || count > PAGES_MAX) {
		fprintf(stderr, "usage: gen_reference [--man FOLDER] VERSION HEADER...\n");
		return 2;
	}
	if (!read_all(argv + first, count))
		return 2;
	if (!is_man) {
		html_write(pages, count, argv[1], stdout);
	} else if (!man_write(pages, count, argv[3], argv[2])) {
		fprintf(stderr, "gen_reference: %s: %s\n", argv[2], strerror(errno));
		return 1;
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
