/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/allocate.h"

#include <assert.h>

static struct rmqi_share avg(size_t queues, size_t members, size_t self)
{
	size_t mod = queues % members;
	size_t size = queues <= members ? 1 : queues / members + (self < mod ? 1 : 0);
	size_t first = self < mod ? self * size : self * size + mod;
	size_t left = first < queues ? queues - first : 0;

	return (struct rmqi_share){.first = first, .count = size < left ? size : left, .step = 1};
}

static struct rmqi_share circle(size_t queues, size_t members, size_t self)
{
	size_t count = self < queues ? (queues - self - 1) / members + 1 : 0;

	return (struct rmqi_share){.first = self, .count = count, .step = members};
}

struct rmqi_share rmqi_allocate(enum rmqi_allocation how, size_t queues, size_t members,
				size_t self)
{
	/* The caller has found itself in the list of members. */
	assert(self < members);
	switch (how) {
	case RMQI_ALLOCATE_AVG:
		return avg(queues, members, self);
	case RMQI_ALLOCATE_AVG_BY_CIRCLE:
		return circle(queues, members, self);
	}
	return (struct rmqi_share){0};
}

bool rmqi_share_has(const struct rmqi_share *s, size_t at)
{
	return s->count > 0 && at >= s->first && (at - s->first) % s->step == 0 &&
	       (at - s->first) / s->step < s->count;
}
