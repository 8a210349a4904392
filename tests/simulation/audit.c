/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/audit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FNV_OFFSET UINT64_C(14695981039346656037)
#define FNV_PRIME UINT64_C(1099511628211)

void audit_begin(struct audit *a)
{
	memset(a, 0, sizeof(*a));
	a->hash = FNV_OFFSET;
	for (size_t i = 0; i < AUDIT_QUEUES; i++)
		a->last_offset[i] = -1;
}

void audit_note(struct audit *a, uint64_t what, uint64_t value)
{
	a->hash = (a->hash ^ what) * FNV_PRIME;
	a->hash = (a->hash ^ value) * FNV_PRIME;
}

void audit_note_bytes(struct audit *a, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < len; i++)
		a->hash = (a->hash ^ at[i]) * FNV_PRIME;
}

void audit_fail(struct audit *a, const char *format, ...)
{
	va_list args;

	if (a->problem[0])
		return;
	va_start(args, format);
	vsnprintf(a->problem, sizeof(a->problem), format, args);
	va_end(args);
}

bool audit_send(struct audit *a, size_t *number)
{
	if (a->sent == AUDIT_MESSAGES)
		return false;
	*number = a->sent++;
	return true;
}

void audit_complete(struct audit *a, size_t number, bool is_acked)
{
	audit_note(a, 's', number * 2 + is_acked);
	if (++a->messages[number].completions > 1)
		audit_fail(a, "message %zu completed twice", number);
	a->messages[number].is_acked = is_acked;
	a->acked += is_acked;
}

bool audit_number(struct audit *a, const void *body, size_t len, size_t *number)
{
	char text[16] = "";

	if (len >= sizeof(text)) {
		audit_fail(a, "a body of %zu bytes, which nobody has sent", len);
		return false;
	}
	memcpy(text, body, len);
	*number = (size_t)strtoul(text, NULL, 10);
	if (*number >= a->sent)
		audit_fail(a, "message %zu, which nobody has sent", *number);
	return *number < a->sent;
}

void audit_see(struct audit *a, int group, size_t number, int64_t now_ms)
{
	struct audit_message *m = &a->messages[number];

	audit_note(a, (uint64_t)group, number);
	a->deliveries++;
	m->seen[group]++;
	if (m->fate == AUDIT_ROLLED_BACK || m->fate == AUDIT_UNDECIDED)
		audit_fail(a, "message %zu came to group %d, %s", number, group,
			   m->fate == AUDIT_UNDECIDED ? "before its transaction was decided"
						      : "though it was rolled back");
	if (now_ms < m->due_ms)
		audit_fail(a, "message %zu came to group %d %lld ms before its time", number, group,
			   (long long)(m->due_ms - now_ms));
}

void audit_order(struct audit *a, size_t queue, int64_t offset)
{
	int64_t last = a->last_offset[queue];

	if (offset > last + 1)
		audit_fail(a, "queue %zu: offset %lld came right behind %lld", queue,
			   (long long)offset, (long long)last);
	else if (offset <= last && a->is_strict)
		audit_fail(a, "queue %zu: offset %lld came again, behind %lld", queue,
			   (long long)offset, (long long)last);
	if (offset > last)
		a->last_offset[queue] = offset;
}

static bool has_seen(const struct audit *a, size_t number, int group)
{
	const struct audit_message *m = &a->messages[number];

	return m->seen[group] > 0 || a->is_exempt[group] || (m->not_wanted & 1u << group) ||
	       (group == 0 && m->is_dead);
}

bool audit_is_complete(const struct audit *a, int *group, size_t *missing)
{
	for (size_t i = 0; i < a->sent; i++) {
		for (int g = 0; g < AUDIT_GROUPS; g++) {
			if (!a->messages[i].is_acked || has_seen(a, i, g))
				continue;
			*group = g;
			*missing = i;
			return false;
		}
	}
	return true;
}

bool audit_is_kept(const struct audit *a, size_t *missing)
{
	for (size_t i = 0; i < a->sent; i++) {
		const struct audit_message *m = &a->messages[i];

		if (!m->is_acked || m->is_stored || m->not_wanted == ~0u)
			continue;
		*missing = i;
		return false;
	}
	return true;
}
