/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/allocate.h"

#include <assert.h>
#include <stdio.h>

void rmqi_allocate_run(size_t count, size_t members, size_t self, size_t *first, size_t *size)
{
	size_t mod = count % members;
	size_t most = count <= members ? 1 : count / members + (self < mod ? 1 : 0);
	size_t at = self < mod ? self * most : self * most + mod;
	size_t left = at < count ? count - at : 0;

	*first = at;
	*size = most < left ? most : left;
}

static void avg(const struct rmqi_contest *c, uint8_t *mine)
{
	size_t first, size;

	rmqi_allocate_run(c->queue_count, c->member_count, c->self, &first, &size);
	for (size_t i = 0; i < size; i++)
		mine[first + i] = 1;
}

static void circle(const struct rmqi_contest *c, uint8_t *mine)
{
	for (size_t i = c->self; i < c->queue_count; i += c->member_count)
		mine[i] = 1;
}

enum rmq_error rmqi_allocate(const struct rmqi_strategy *s, const struct rmqi_contest *c,
			     uint8_t *mine, char why[RMQI_ALLOCATE_WHY])
{
	snprintf(why, RMQI_ALLOCATE_WHY, "no memory");
	if (c->queue_count == 0 || c->member_count == 0)
		return RMQ_OK;
	/* The caller has found itself in the list of members. */
	assert(c->self < c->member_count);
	switch (s->how) {
	case RMQI_ALLOCATE_AVG:
		avg(c, mine);
		return RMQ_OK;
	case RMQI_ALLOCATE_AVG_BY_CIRCLE:
		circle(c, mine);
		return RMQ_OK;
	case RMQI_ALLOCATE_CONSISTENT_HASH:
		return rmqi_allocate_by_ring(c, mine);
	case RMQI_ALLOCATE_CONFIG:
		/* Nobody would list it, and what failed would never come again. */
		if (c->is_retry)
			avg(c, mine);
		else
			rmqi_allocate_by_list(s->queues, c, mine);
		return RMQ_OK;
	case RMQI_ALLOCATE_MACHINE_ROOM:
		return rmqi_allocate_by_rooms(s->rooms, c, mine);
	case RMQI_ALLOCATE_MACHINE_ROOM_NEARBY:
		return rmqi_allocate_nearby(c, mine, why);
	}
	return RMQ_OK;
}
