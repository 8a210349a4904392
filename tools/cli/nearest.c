/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/nearest.h"

#include <string.h>

enum { LONGEST = 40 };

static size_t least(size_t a, size_t b, size_t c)
{
	size_t both = a < b ? a : b;

	return both < c ? both : c;
}

/* Levenshtein's distance, a row at a time. Longer words than LONGEST are far from everything. */
static size_t distance(const char *a, const char *b)
{
	size_t row[LONGEST + 1], length = strlen(b), above;

	if (strlen(a) > LONGEST || length > LONGEST)
		return LONGEST;
	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		above = row[0];
		row[0] = i;
		for (size_t j = 1; j <= length; j++) {
			size_t left_above = above + (a[i - 1] != b[j - 1]);

			above = row[j];
			row[j] = least(left_above, row[j] + 1, row[j - 1] + 1);
		}
	}
	return row[length];
}

const char *nearest(const char *given, const char *const *words, size_t count)
{
	size_t best = 1 + strlen(given) / 3;
	const char *found = NULL;

	for (size_t i = 0; i < count; i++) {
		size_t far = distance(given, words[i]);

		if (far >= 1 && far <= best && (!found || far < best)) {
			best = far;
			found = words[i];
		}
	}
	return found;
}
