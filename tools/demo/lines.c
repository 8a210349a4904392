/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/demo/lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int lines_add(struct lines *l, const char *text, size_t len)
{
	if (l->count == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 1024;
		struct line *grown = realloc(l->items, cap * sizeof(*grown));

		if (!grown)
			return -1;
		l->items = grown;
		l->cap = cap;
	}
	l->items[l->count].text = text;
	l->items[l->count].len = len;
	l->count++;
	return 0;
}

/* The whole file; NULL with errno. */
static char *read_all(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	char *content = NULL;
	size_t cap = 0, got;

	*len = 0;
	if (!f)
		return NULL;
	do {
		char *grown = realloc(content, cap + 65536);

		if (!grown)
			break;
		content = grown;
		cap += 65536;
		got = fread(content + *len, 1, cap - *len, f);
		*len += got;
	} while (got > 0);
	if (ferror(f) || cap == *len) {
		free(content);
		content = NULL;
	}
	fclose(f);
	return content;
}

int lines_read(struct lines *l, const char *path)
{
	size_t len;
	const char *at, *end;

	memset(l, 0, sizeof(*l));
	l->content = read_all(path, &len);
	if (!l->content)
		return -1;
	at = l->content;
	end = at + len;
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *next = newline ? newline + 1 : end;

		if (lines_add(l, at, (size_t)(next - at)) != 0)
			return -1;
		at = next;
	}
	return 0;
}

void lines_free(struct lines *l)
{
	free(l->items);
	free(l->content);
	memset(l, 0, sizeof(*l));
}

static int compare(const void *left, const void *right)
{
	const struct line *a = left, *b = right;
	int c = memcmp(a->text, b->text, a->len < b->len ? a->len : b->len);

	if (c != 0)
		return c;
	return (a->len > b->len) - (a->len < b->len);
}

const struct line *lines_difference(struct lines *a, struct lines *b, int *missing)
{
	size_t i = 0;

	if (a->count > 0)
		qsort(a->items, a->count, sizeof(*a->items), compare);
	if (b->count > 0)
		qsort(b->items, b->count, sizeof(*b->items), compare);
	while (i < a->count && i < b->count && compare(&a->items[i], &b->items[i]) == 0)
		i++;
	if (i == a->count && i == b->count)
		return NULL;
	*missing = i < a->count && (i == b->count || compare(&a->items[i], &b->items[i]) < 0);
	return *missing ? &a->items[i] : &b->items[i];
}
