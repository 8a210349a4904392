/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/demo/show.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BAR = 40 };

void show_share(const char *name, uint64_t part, uint64_t whole)
{
	static const char full[BAR + 1] = "########################################";
	int length = whole > 0 ? (int)(part * BAR / whole) : 0;

	printf("  %-18s%-*.*s %8" PRIu64 "\n", name, BAR, length > BAR ? BAR : length, full, part);
}

static int compare_us(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

void show_percentiles(const char *name, int64_t *us, size_t count)
{
	if (count == 0)
		return;
	qsort(us, count, sizeof(*us), compare_us);
	printf("%-12sp50 %" PRId64 " us, p90 %" PRId64 " us, p99 %" PRId64 " us, max %" PRId64
	       " us\n",
	       name, us[count / 2], us[count * 9 / 10], us[count * 99 / 100], us[count - 1]);
}

const char *show_cut(const char *text, size_t len, char *out, size_t size)
{
	size_t n = 0;

	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	for (; n < len && n + 4 < size; n++)
		out[n] = text[n] >= ' ' && text[n] < 127 ? text[n] : '.';
	memcpy(out + n, n < len ? "..." : "", n < len ? 4 : 1);
	return out;
}
