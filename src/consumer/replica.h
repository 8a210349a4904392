/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replica.h - master or slave: which one a queue asks, and which one it has asked (doc/reference/failover.md).
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_REPLICA_H
#define RMQI_CONSUMER_REPLICA_H

#include <stdbool.h>
#include <stdint.h>

struct rmqi_mq;

/* The master's address; NULL: the route has none. */
const char *rmqi_replica_master(const struct rmqi_mq *mq);
/* Is there one that takes our heartbeats, as far as is known? */
bool rmqi_replica_has_master(const struct rmqi_mq *mq);
/* The broker id to be asked, where `wanted` was suggested: a slave takes the place of a master that is away. (Java
 * waits until no name server believes in it any more, which is two minutes after a host has died without a word.) */
int64_t rmqi_replica_choose(const struct rmqi_mq *mq, int64_t wanted);
/* Is this the master, by the id that its route gives it (client/route.h)? One that may be a slave that acts is not,
 * unless it was seen as the master of a topic that may be written. */
bool rmqi_replica_is_master(const struct rmqi_mq *mq, int64_t id, const char *address);
/* Was the master asked last? */
bool rmqi_replica_was_master(const struct rmqi_mq *mq);

#endif
