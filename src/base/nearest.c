/* SPDX-License-Identifier: Apache-2.0 */
#include "base/nearest.h"

#include <ctype.h>
#include <string.h>

enum { LONGEST = 64 };

static size_t least(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Levenshtein, one row at a time. Both lengths are at most LONGEST. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t row[LONGEST + 1];

	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			int same = tolower((unsigned char)a[i - 1]) ==
				   tolower((unsigned char)b[j - 1]);
			size_t here = least(row[j] + 1, row[j - 1] + 1, diagonal + (same ? 0 : 1));

			diagonal = row[j];
			row[j] = here;
		}
	}
	return row[b_len];
}

const char *rmqi_nearest(const char *name, const char *const *known, size_t count)
{
	size_t len = strlen(name), best = LONGEST + 1;
	const char *nearest = NULL;

	if (len == 0 || len > LONGEST)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t known_len = strlen(known[i]);
		size_t d;

		if (known_len > LONGEST)
			continue;
		d = distance(name, len, known[i], known_len);
		if (d < best && d * 3 <= (len > known_len ? len : known_len)) {
			best = d;
			nearest = known[i];
		}
	}
	return nearest;
}
