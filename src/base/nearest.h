/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nearest.h - the known name that a misspelt one probably means.
 */
#ifndef RMQI_BASE_NEAREST_H
#define RMQI_BASE_NEAREST_H

#include <stddef.h>

/* By edit distance, upper and lower case alike; NULL when none is near (more than a third of the
 * letters differ). Ties: the first. */
const char *rmqi_nearest(const char *name, const char *const *known, size_t count);

#endif
