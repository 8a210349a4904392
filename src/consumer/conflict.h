/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conflict.h - another member of the group is not what it should be: it is told once, as a log line and
 * as RMQ_EVENT_CONFLICT, and RMQ_EVENT_OVER when nothing of it was seen for a while.
 *
 *     SUBSCRIPTION   A broker that has served a queue on this connection, or has just been told of the
 *                    subscription, does not know it: a member that subscribes other topics has taken it
 *                    away with its heartbeat. Twice within RMQI_CONFLICT_PAIR_MS; once may be chance.
 *                    Or it keeps other tags for a topic than ours (agreement.h).
 *     CLIENT_ID      The list of members holds our client id twice: another process has the same one, and
 *                    both take the same share. After a connection was lost that may be our own ghost,
 *                    which a broker forgets after 120 s: until RMQI_GHOST_MS after the last registration
 *                    nothing is told.
 *
 * Java has no such thing. Thread: loop.
 */
#ifndef RMQI_CONSUMER_CONFLICT_H
#define RMQI_CONSUMER_CONFLICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/macros.h"

struct rmqi_consumer;
struct rmqi_mq;

enum { RMQI_CONFLICT_PAIR_MS = 120 * 1000, RMQI_GHOST_MS = 125 * 1000 };

enum rmqi_conflict_kind {
	RMQI_CONFLICT_SUBSCRIPTION,
	RMQI_CONFLICT_CLIENT_ID,
	RMQI_CONFLICT_KINDS
};

struct rmqi_conflict {
	struct rmqi_consumer *consumer;
	struct rmqi_timer timer; /* armed while something is told: is it over? */
	int64_t registered_us;   /* last registration with any broker */
	struct {
		bool is_told;
		int64_t seen_us; /* last sign of it; 0: never */
	} of[RMQI_CONFLICT_KINDS];
};

enum rmq_error rmqi_conflict_init(struct rmqi_conflict *f, struct rmqi_consumer *c) RMQI_MUST_USE;
void rmqi_conflict_stop(struct rmqi_conflict *f);
/* Harmless after an init that failed. */
void rmqi_conflict_deinit(struct rmqi_conflict *f);

/* A broker has taken us in on a new connection. */
void rmqi_conflict_registered(struct rmqi_conflict *f);
/* A pull was refused as not subscribed, though the broker must have known the subscription. */
void rmqi_conflict_forgotten(struct rmqi_conflict *f, const struct rmqi_mq *mq);
/* The broker keeps `theirs` for this topic, and not `ours`. */
void rmqi_conflict_other_tags(struct rmqi_conflict *f, const char *address, const char *topic,
			      const char *theirs, const char *ours);
/* The list of members that this broker gave has our id `count` times, more than once. */
void rmqi_conflict_twin(struct rmqi_conflict *f, const char *address, size_t count);

#endif
