/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writer.h - writes JSON (RFC 8259) into a text: always valid, whatever bytes it is given. What is no UTF-8
 * becomes U+FFFD. Members of an object have names; those of a list have NULL.
 *
 * Thread: one owner.
 */
#ifndef TOOLS_CLI_WRITER_H
#define TOOLS_CLI_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/cli/text.h"

struct writer {
	struct text *out;
	bool is_first; /* nothing stands before the next value in its object or list */
};

void writer_init(struct writer *w, struct text *out);
void writer_object(struct writer *w, const char *name); /* { */
void writer_list(struct writer *w, const char *name);   /* [ */
void writer_end_object(struct writer *w);
void writer_end_list(struct writer *w);
void writer_text(struct writer *w, const char *name, const char *value);
void writer_bytes(struct writer *w, const char *name, const char *value, size_t len);
void writer_base64(struct writer *w, const char *name, const void *value, size_t len);
/* `json` is valid JSON; blanks between its parts are left out. */
void writer_raw(struct writer *w, const char *name, const char *json, size_t len);
void writer_number(struct writer *w, const char *name, int64_t value);
void writer_bool(struct writer *w, const char *name, bool value);
void writer_null(struct writer *w, const char *name);

#endif
