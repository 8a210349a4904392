/* SPDX-License-Identifier: Apache-2.0 */
/*
 * awaited_commits_impl.h - the inside of awaited_commits.h: one commit (awaited_commits_course.c), and what the store
 * and those who wait want of it (awaited_commits.c).
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_AWAITED_COMMITS_IMPL_H
#define RMQI_CONSUMER_AWAITED_COMMITS_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/macros.h"
#include "consumer/awaited_commits.h"
#include "net/address.h"
#include "net/conn.h"

struct rmqi_commit {
	struct rmqi_call call;
	struct rmqi_awaited_commits *all;
	struct rmqi_mq *mq; /* a reference */
	char address[RMQI_ADDRESS_MAX];
	bool is_to_master; /* that is the master's */
	int64_t offset; /* that it tells; standing: that was known last, -1: nothing may be told */
	int64_t since_us; /* when it was made */
	bool is_under_way;
	bool is_behind; /* it stood behind one of its own queue */
	bool is_silent; /* ended: without an answer */
	bool is_second; /* it stood behind one of those */
	/* Under way: in all->under_way; standing: in `others` of one; ended: in all->ended. */
	struct rmqi_list link;
	struct rmqi_list others; /* that go when this one has ended */
	/* Who waits, or nobody. */
	struct rmqi_list waiters; /* the newest is the last */
	void (*done)(struct rmqi_mq *mq);
};

struct rmqi_commit_waiter {
	struct rmqi_list link;
	struct rmqi_commit_report *report;
};

static inline struct rmqi_commit *rmqi_commit_at(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct rmqi_commit, link);
}

static inline struct rmqi_commit_waiter *rmqi_commit_waiter_at(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct rmqi_commit_waiter, link);
}

static inline void rmqi_commit_one_less(struct rmqi_commit_report *r)
{
	if (--r->left == 0)
		rmqi_commit_settled(r);
}

/* Is a broker known that it can be told? */
bool rmqi_commit_has_address(const struct rmqi_mq *mq);
/* What may be told of the queue now; rmqi_commit_go makes it go. NULL: memory is out. */
struct rmqi_commit *rmqi_commit_new(struct rmqi_awaited_commits *w, struct rmqi_mq *mq);
/* Behind the last one of its queue, or behind another first one of its topic at that broker, or at once. It may have
 * ended when this returns. */
void rmqi_commit_go(struct rmqi_commit *a);
/* At once, whatever it stood behind. */
void rmqi_commit_send_out(struct rmqi_commit *a);
/* The last one of an earlier mq of the same queue. NULL: none. */
struct rmqi_commit *rmqi_commit_last_of_gone(const struct rmqi_awaited_commits *w,
					     const struct rmqi_mq *mq);

#endif
