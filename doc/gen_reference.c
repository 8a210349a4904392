/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gen_reference.c - the API reference: public headers as one HTML page.
 *
 *     doc/gen_reference VERSION HEADER... > index.html
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

int main(int argc, char **argv)
{
	static struct page pages[PAGES_MAX];
	size_t count = 0;

	if (argc < 3 || argc - 2 > PAGES_MAX) {
		fprintf(stderr, "usage: gen_reference VERSION HEADER...\n");
		return 2;
	}
	for (int i = 2; i < argc; i++) {
		if (!page_read(argv[i], &pages[count++])) {
			fprintf(stderr, "gen_reference: %s: %s\n", argv[i], strerror(errno));
			return 2;
		}
	}
	for (size_t i = 0; i < count; i++)
		symbols_collect(&pages[i]);
	symbols_sort();
	for (size_t i = 0; i < count; i++)
		tell_undocumented(&pages[i]);
	html_write(pages, count, argv[1], stdout);
	return fflush(stdout) == 0 ? 0 : 1;
}
