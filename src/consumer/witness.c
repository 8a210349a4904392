/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/witness.h"

#include <string.h>

#include "base/clock.h"
#include "consumer/popping.h"

/* Of two brokers, which knows the group better? One that took us in a moment ago may not have heard of the
 * other members yet, so that we would take their queues, too. */
struct witness {
	const char *address; /* NULL: none */
	int64_t since_us;
	bool is_master;
	bool has_failed; /* the last question */
	bool is_old;     /* brokers are to share the queues, and it cannot */
};

static bool is_better(const struct witness *a, const struct witness *b)
{
	if (!b->address || a->is_old != b->is_old)
		return !b->address || b->is_old;
	if (a->has_failed != b->has_failed)
		return b->has_failed;
	if (a->is_master != b->is_master)
		return a->is_master;
	return a->since_us < b->since_us;
}

static struct witness witness_at(const struct rmqi_consumer *c, const struct rmqi_sub *sub,
				 const struct rmqi_broker_address *a)
{
	return (struct witness){.address = a->address,
				.since_us = rmqi_client_registered_us(c->client, a->address),
				.is_master = a->id == 0,
				.has_failed =
					sub->has_failed && strcmp(a->address, sub->asked) == 0,
				.is_old = c->pops && rmqi_popping_is_unknown(c, a->address, NULL)};
}

static struct witness best_of(const struct rmqi_consumer *c, const struct rmqi_sub *sub)
{
	const struct rmqi_route *route = &sub->route->route;
	struct witness best = {0};

	for (size_t i = 0; i < route->broker_count; i++) {
		for (size_t j = 0; j < route->brokers[i].address_count; j++) {
			struct witness w = witness_at(c, sub, &route->brokers[i].addresses[j]);

			if (w.since_us != RMQI_FOREVER && is_better(&w, &best))
				best = w;
		}
	}
	return best;
}

const char *rmqi_witness_find(const struct rmqi_consumer *c, const struct rmqi_sub *sub)
{
	return best_of(c, sub).address;
}

bool rmqi_witness_is_newer(const struct rmqi_consumer *c, const struct rmqi_sub *sub)
{
	struct witness best = best_of(c, sub);

	return best.address && !best.is_old && strcmp(best.address, sub->asked) != 0 &&
	       rmqi_popping_is_unknown(c, sub->asked, NULL);
}
