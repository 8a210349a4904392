/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_fields.h - the ext fields of a request that a fake has kept.
 *
 * They are not from the allocator of the library: tests make that one fail.
 */
#ifndef TESTS_SUPPORT_FAKE_FIELDS_H
#define TESTS_SUPPORT_FAKE_FIELDS_H

#include <stddef.h>

#include "codec/command.h"

struct fake_fields {
	char *text; /* key NUL value NUL ...; NULL: nothing kept yet */
	size_t len;
};

/* Instead of those that were kept before. */
void fake_fields_keep(struct fake_fields *f, const struct rmqi_command *request);
void fake_fields_deinit(struct fake_fields *f);
/* "" when there is no such field. Borrowed. */
const char *fake_fields_get(const struct fake_fields *f, const char *key);

#endif
