/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agreement.h - does a broker keep what we subscribe? A member with other tags for the same topic is
 * refused nothing: the broker filters by the subscription of the largest version, and the others miss
 * messages without a word.
 *
 * So, when the members of the group have not changed for RMQI_AGREE_MS, the broker that told of them is
 * asked for the group's subscriptions (203). Where its tags are not ours that is told (conflict.h), and
 * asked again every RMQI_AGREE_AGAIN_MS until they are. If its version lies ahead of our clock, no later
 * one of ours would count: then ours becomes a larger one, once a change of the members.
 *
 * A broker that does not answer, or forbids the question, tells us nothing. Java does not ask.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_AGREEMENT_H
#define RMQI_CONSUMER_AGREEMENT_H

#include <stdbool.h>

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/macros.h"
#include "consumer/announce.h"
#include "consumer/conflict.h"
#include "net/address.h"
#include "net/conn.h"

struct rmqi_consumer;

enum { RMQI_AGREE_MS = 10 * 1000, RMQI_AGREE_AGAIN_MS = 60 * 1000 };

struct rmqi_agreement {
	struct rmqi_consumer *consumer;
	struct rmqi_announce *announce;
	struct rmqi_conflict *conflict;
	struct rmqi_timer timer; /* the next question */
	struct rmqi_call
		call; /* holds a reference of the consumer's memory: ends before it is freed */
	bool is_asking;
	bool may_outdo; /* the members changed since it was done last */
	char address[RMQI_ADDRESS_MAX];
};

/* `announce` and `conflict` live as long as `a`. */
enum rmq_error rmqi_agreement_init(struct rmqi_agreement *a, struct rmqi_consumer *c,
				   struct rmqi_announce *announce,
				   struct rmqi_conflict *conflict) RMQI_MUST_USE;
void rmqi_agreement_stop(struct rmqi_agreement *a);
/* Harmless after an init that failed. */
void rmqi_agreement_deinit(struct rmqi_agreement *a);

/* The broker at this address told of other members than before. */
void rmqi_agreement_changed(struct rmqi_agreement *a, const char *address);

#endif
