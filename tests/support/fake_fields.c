/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fake_fields.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static char *add_text(char *at, struct rmqi_str s)
{
	rmqi_memcpy(at, s.ptr, s.len);
	return at + s.len + 1;
}

void fake_fields_keep(struct fake_fields *f, const struct rmqi_command *request)
{
	size_t len = 0;
	char *at;

	for (size_t i = 0; i < request->ext_count; i++)
		len += request->ext[i].key.len + request->ext[i].value.len + 2;
	free(f->text);
	f->text = at = calloc(1, len + 1);
	assert(at);
	for (size_t i = 0; i < request->ext_count; i++)
		at = add_text(add_text(at, request->ext[i].key), request->ext[i].value);
	f->len = len;
}

void fake_fields_deinit(struct fake_fields *f)
{
	free(f->text);
	*f = (struct fake_fields){0};
}

const char *fake_fields_get(const struct fake_fields *f, const char *key)
{
	for (size_t at = 0; at < f->len;) {
		const char *name = f->text + at, *value = name + strlen(name) + 1;

		if (strcmp(name, key) == 0)
			return value;
		at = (size_t)(value - f->text) + strlen(value) + 1;
	}
	return "";
}
