/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.h - bytes that grow. When memory is out what is added is dropped and is_broken says so, once for all;
 * whoever writes it out asks then.
 *
 * Thread: one owner.
 */
#ifndef TOOLS_CLI_TEXT_H
#define TOOLS_CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* { 0 } is an empty one. */
struct text {
	char *data; /* NULL while nothing was added */
	size_t len;
	size_t size;
	bool is_broken;
};

void text_add(struct text *t, const void *data, size_t len);
void text_adds(struct text *t, const char *s);
void text_addc(struct text *t, char c);
void text_addf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* With a zero byte behind it, which does not count; "" when memory is out. Borrowed, until the next change. */
const char *text_string(struct text *t);
/* Empty, memory kept. */
void text_clear(struct text *t);
/* Drops so many bytes at the front. */
void text_drop(struct text *t, size_t len);
void text_free(struct text *t);

/* What is no text. */
bool is_utf8(const char *data, size_t len);
/* As UTF-8, each byte that is not: U+FFFD. */
void text_add_utf8(struct text *t, const char *data, size_t len);
void text_add_hex(struct text *t, const void *data, size_t len);
void text_add_base64(struct text *t, const void *data, size_t len);
/* Of standard base64 with or without its padding; false: it is none, and nothing counts. */
bool text_add_unbase64(struct text *t, const char *data, size_t len);

#endif
