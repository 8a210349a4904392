/* SPDX-License-Identifier: Apache-2.0 */
#include "base/nearest.h"

#include <ctype.h>
#include <stdint.h>

static size_t least(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Levenshtein, one row at a time. Both lengths are at most RMQI_NEAREST_MAX. */
static size_t distance(struct rmqi_str a, struct rmqi_str b)
{
	size_t row[RMQI_NEAREST_MAX + 1];

	for (size_t j = 0; j <= b.len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			int same = tolower((unsigned char)a.ptr[i - 1]) ==
				   tolower((unsigned char)b.ptr[j - 1]);
			size_t here = least(row[j] + 1, row[j - 1] + 1, diagonal + (same ? 0 : 1));

			diagonal = row[j];
			row[j] = here;
		}
	}
	return row[b.len];
}

void rmqi_near_init(struct rmqi_near *n, struct rmqi_str wanted)
{
	n->wanted = wanted;
	n->name = NULL;
	n->distance = SIZE_MAX;
}

void rmqi_near_try(struct rmqi_near *n, const char *known)
{
	struct rmqi_str name = rmqi_str(known);
	size_t longer = name.len > n->wanted.len ? name.len : n->wanted.len;
	size_t d;

	if (longer > RMQI_NEAREST_MAX)
		return;
	d = distance(n->wanted, name);
	if (d < n->distance && d * 3 <= longer) {
		n->distance = d;
		n->name = known;
	}
}

const char *rmqi_nearest(const char *name, const char *const *known, size_t count)
{
	struct rmqi_near n;

	rmqi_near_init(&n, rmqi_str(name));
	for (size_t i = 0; i < count; i++)
		rmqi_near_try(&n, known[i]);
	return n.name;
}
