/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/rules/glob.h"

/* Only the last '*' is ever tried again: what an earlier one could take, this one can, too. */
bool mb_glob_matches(struct rmqi_str pattern, struct rmqi_str text)
{
	size_t p = 0, t = 0;
	size_t star = pattern.len, taken = 0;

	while (t < text.len) {
		if (p < pattern.len && pattern.ptr[p] == '*') {
			star = p++;
			taken = t;
		} else if (p < pattern.len && (pattern.ptr[p] == '?' || pattern.ptr[p] == text.ptr[t])) {
			p++;
			t++;
		} else if (star < pattern.len) {
			p = star + 1;
			t = ++taken;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.ptr[p] == '*')
		p++;
	return p == pattern.len;
}
