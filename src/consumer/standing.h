/* SPDX-License-Identifier: Apache-2.0 */
/*
 * standing.h - how far a subscription has come (enum rmqi_standing), in words, and what it waits for.
 *
 * Thread: loop, but for the text.
 */
#ifndef RMQI_CONSUMER_STANDING_H
#define RMQI_CONSUMER_STANDING_H

#include <stdbool.h>
#include <stddef.h>

#include "client/complaint.h"
#include "consumer/rebalance.h"

/* "no broker has registered group G": a part of a sentence. Thread: any. */
const char *rmqi_standing_text(enum rmqi_standing standing, const char *topic, const char *group,
			       char *buf, size_t size);
/* The last failure of what it waits for: a broker, members, queues. False: none is known. */
bool rmqi_standing_trouble(struct rmqi_client *c, enum rmqi_standing standing, const char *topic,
			   struct rmqi_client_trouble *out);

#endif
