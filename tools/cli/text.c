/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_SIZE = 256 };

static bool have_room(struct text *t, size_t len)
{
	size_t size = t->size ? t->size : LEAST_SIZE;
	char *data;

	if (t->is_broken || len > SIZE_MAX / 4 || t->len > SIZE_MAX / 4)
		return false;
	if (t->len + len <= t->size)
		return true;
	while (size < t->len + len)
		size *= 2;
	data = realloc(t->data, size);
	if (!data) {
		t->is_broken = true;
		return false;
	}
	t->data = data;
	t->size = size;
	return true;
}

void text_add(struct text *t, const void *data, size_t len)
{
	if (!len || !have_room(t, len))
		return;
	memcpy(t->data + t->len, data, len);
	t->len += len;
}

void text_adds(struct text *t, const char *s)
{
	text_add(t, s, strlen(s));
}

void text_addc(struct text *t, char c)
{
	text_add(t, &c, 1);
}

void text_addf(struct text *t, const char *format, ...)
{
	va_list list;
	int len;

	va_start(list, format);
	len = vsnprintf(NULL, 0, format, list);
	va_end(list);
	if (len < 0 || !have_room(t, (size_t)len + 1))
		return;
	va_start(list, format);
	vsnprintf(t->data + t->len, (size_t)len + 1, format, list);
	va_end(list);
	t->len += (size_t)len;
}

const char *text_string(struct text *t)
{
	if (!have_room(t, 1))
		return "";
	t->data[t->len] = '\0';
	return t->data;
}

void text_clear(struct text *t)
{
	t->len = 0;
}

void text_drop(struct text *t, size_t len)
{
	t->len -= len;
	if (t->len)
		memmove(t->data, t->data + len, t->len);
}

void text_free(struct text *t)
{
	free(t->data);
	*t = (struct text){0};
}
