/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nearest.h - the known name that a misspelt one probably means.
 *
 * By edit distance, upper and lower case alike. A name of which more than a third
 * would have to change is not near; of equals the first wins.
 *
 * Thread: one owner at a time. Takes no memory.
 */
#ifndef RMQI_BASE_NEAREST_H
#define RMQI_BASE_NEAREST_H

#include <stddef.h>

#include "base/str.h"

enum { RMQI_NEAREST_MAX = 64 }; /* a longer name is near to none */

/* For known names that do not stand in one array: _init, _try with each, then look at `name`. */
struct rmqi_near {
	struct rmqi_str wanted; /* borrowed */
	const char *name;       /* the nearest until now, borrowed; NULL: none is near */
	size_t distance;
};

void rmqi_near_init(struct rmqi_near *n, struct rmqi_str wanted);
void rmqi_near_try(struct rmqi_near *n, const char *known);

/* The same for an array; NULL when none is near. */
const char *rmqi_nearest(const char *name, const char *const *known, size_t count);

#endif
