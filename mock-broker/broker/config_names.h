/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_names.h - settings that Apache's broker has and that mean nothing here.
 *
 * Immutable; thread: any.
 */
#ifndef MB_BROKER_CONFIG_NAMES_H
#define MB_BROKER_CONFIG_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* How many there are; *out is the first. */
size_t mb_config_names_ignored(const char *const **out);
bool mb_config_name_is_ignored(struct rmqi_str name);

#endif
