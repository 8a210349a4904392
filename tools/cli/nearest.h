/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nearest.h - which word was probably meant. Pure; thread: any.
 */
#ifndef TOOLS_CLI_NEAREST_H
#define TOOLS_CLI_NEAREST_H

#include <stddef.h>

/* The word with the fewest changes of letters from `given`; NULL: none is near (a third of its letters). */
const char *nearest(const char *given, const char *const *words, size_t count);

#endif
