/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/demo/orders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const tags[TAGS] = {"created", "paid", "shipped"};

const char *order_tag(size_t number)
{
	return tags[number % TAGS];
}

bool order_is_for(size_t number, enum group group)
{
	return group == AUDIT || number % TAGS == 1;
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

static size_t count_lines(const char *at, const char *end)
{
	size_t count = 0;

	for (; at < end; count++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		at = newline ? newline + 1 : end;
	}
	return count;
}

static void add_order(struct orders *o, const char *text, size_t len)
{
	size_t number = o->count++;

	o->items[number].text = text;
	o->items[number].len = len;
	for (enum group g = AUDIT; g < GROUPS; g++)
		o->for_group[g] += order_is_for(number, g);
}

int orders_read(struct orders *o, const char *path)
{
	const char *at, *end;
	size_t len;

	memset(o, 0, sizeof(*o));
	o->content = read_all(path, &len);
	if (!o->content)
		return -1;
	at = o->content;
	end = at + len;
	o->items = calloc(count_lines(at, end) + 1, sizeof(*o->items));
	if (!o->items) {
		orders_free(o);
		return -1;
	}
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *next = newline ? newline + 1 : end;

		add_order(o, at, (size_t)(next - at));
		at = next;
	}
	return 0;
}

void orders_free(struct orders *o)
{
	free(o->items);
	free(o->content);
	memset(o, 0, sizeof(*o));
}

size_t order_number(const struct orders *o, const char *key)
{
	char *end;
	unsigned long long number;

	if (strncmp(key, "order-", 6) != 0)
		return SIZE_MAX;
	number = strtoull(key + 6, &end, 10);
	return *end == '\0' && end != key + 6 && number < o->count ? (size_t)number : SIZE_MAX;
}

bool orders_done(struct orders *o, enum group group, size_t number, const void *body, size_t len)
{
	struct order *order = number < o->count ? &o->items[number] : NULL;

	if (!order || !order_is_for(number, group) || order->len != len ||
	    memcmp(order->text, body, len) != 0) {
		atomic_fetch_add(&o->strangers, 1);
		return false;
	}
	if (atomic_fetch_add(&order->done[group], 1) > 0)
		return false;
	atomic_fetch_add(&o->taken[group], 1);
	return true;
}

bool orders_all_done(struct orders *o)
{
	for (enum group g = AUDIT; g < GROUPS; g++)
		if (atomic_load(&o->taken[g]) < o->for_group[g])
			return false;
	return true;
}

size_t orders_missing(const struct orders *o, enum group group)
{
	return o->for_group[group] - atomic_load(&o->taken[group]);
}

size_t orders_repeated(const struct orders *o, enum group group)
{
	size_t repeated = 0;

	for (size_t i = 0; i < o->count; i++)
		repeated += atomic_load(&o->items[i].done[group]) > 1;
	return repeated;
}
