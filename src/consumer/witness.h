/* SPDX-License-Identifier: Apache-2.0 */
/*
 * witness.h - which broker of a topic is asked about its group.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_WITNESS_H
#define RMQI_CONSUMER_WITNESS_H

#include <stdbool.h>

#include "consumer/consumer.h"

/* Address of the broker that has known us for longest, a master if there is one, and not the one that did not answer
 * last (sub->has_failed); NULL: none knows us. Java asks a random one. The subscription has a route. */
/* Where brokers share the queues (c->pops), one that is known to be too old is asked if all are: they say so. */
const char *rmqi_witness_find(const struct rmqi_consumer *c, const struct rmqi_sub *sub);
/* The one that was asked is too old for that (sub->asked): is there another one that is not? */
bool rmqi_witness_is_newer(const struct rmqi_consumer *c, const struct rmqi_sub *sub);

#endif
