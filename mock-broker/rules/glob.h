/* SPDX-License-Identifier: Apache-2.0 */
/*
 * glob.h - a pattern of names: '*' is any run of bytes, '?' one byte, all else itself.
 *
 * Pure; in no more steps than pattern times text. Thread: any.
 */
#ifndef MB_RULES_GLOB_H
#define MB_RULES_GLOB_H

#include <stdbool.h>

#include "base/str.h"

bool mb_glob_matches(struct rmqi_str pattern, struct rmqi_str text);

#endif
