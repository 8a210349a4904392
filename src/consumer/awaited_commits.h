/* SPDX-License-Identifier: Apache-2.0 */
/*
 * awaited_commits.h - offsets that brokers are told. Every answer is awaited, also where nobody waits for it.
 *
 * One commit of a queue is under way at a time: a broker serves requests with several threads, in any order,
 * and one that is served behind a later one takes the group back. What is to be told meanwhile stands
 * behind it, and says when its turn comes what may be said then: one for all that wait for it, so that a queue
 * has two commits at most, however often a user commits. (A hand-over that finds the place taken makes one more.)
 *
 *     (made) --> standing --the one before it has ended--> under way --answered, or not--> ended
 *        +---- nothing of this queue is under way -----------^
 *
 * A broker that has no offset of a group and topic yet loses one of two that come at once
 * (ConsumerOffsetManager.commitOffset puts a new map for each: 4.x and 5.x). So one queue of each topic and
 * broker leads, and whatever else is to be told of them stands behind it. Where the broker is known to have
 * one, all go at once. That it answered 0 says nothing: of a young queue without an offset it does so, too.
 *
 * A lost answer (5 s, or the connection has gone): the offset counts as not told, and who stood behind it goes.
 * If that one gets none either, the other queues that stand behind it fail with it.
 * Should the broker serve it after all, and last: what was told is told again (remote_offsets.c, is_due).
 *
 * A queue that began where a slave said (its master was away) may stand before what the master knows, as slaves
 * are behind. When the master is there again it is asked first, and told nothing that is lower, until
 * we are as far, or a broker has moved us (correction.h).
 *
 * What a queue that is given up says last waits for its turn a second at most: then its next owner may be
 * further, and a group must not go back.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_AWAITED_COMMITS_H
#define RMQI_CONSUMER_AWAITED_COMMITS_H

#include <stdbool.h>

#include "base/list.h"
#include "consumer/consumer.h"

struct rmqi_awaited_commits {
	struct rmqi_consumer *consumer;
	struct rmqi_list under_way; /* sent, and not answered; others may stand behind each */
	struct rmqi_list gone;      /* mqs that were given up, and have one that has not ended */
	struct rmqi_list
		ended;     /* whoever waits is not told yet, nor has gone who stood behind them */
	bool is_ending;    /* these are worked off */
	int64_t looked_us; /* for a master, as slaves take commits */
};

void rmqi_awaited_commits_init(struct rmqi_awaited_commits *w, struct rmqi_consumer *c);
/* What may be told of it, if that is not on its way already. False: no memory, or no way to the broker. */
bool rmqi_awaited_commits_tell(struct rmqi_awaited_commits *w, struct rmqi_mq *mq);
/* Is one of another mq of the same queue not ended? */
bool rmqi_awaited_commits_has(const struct rmqi_awaited_commits *w, const struct rmqi_mq *mq);
/* As rmqi_offset_store.give_up, commit_surely, commit_last, may_share and commit_rest. */
void rmqi_awaited_commits_give_up(struct rmqi_awaited_commits *w, struct rmqi_mq *mq);
bool rmqi_awaited_commits_one(struct rmqi_awaited_commits *w, struct rmqi_mq *mq,
			      void (*done)(struct rmqi_mq *mq));
void rmqi_awaited_commits_all(struct rmqi_awaited_commits *w, struct rmqi_commit_report *report);
bool rmqi_awaited_commits_share(struct rmqi_awaited_commits *w, const struct rmqi_commit_report *r,
				bool is_of_named);
void rmqi_awaited_commits_rest(struct rmqi_awaited_commits *w);

#endif
