/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/awaited_commits.h"

#include "base/mem.h"
#include "consumer/awaited_commits_impl.h"
#include "consumer/commit_trouble.h"
#include "consumer/mq.h"

#define MQ_FORMAT "%s@%s:%d"
#define MQ_ARGS(mq) (mq)->key.topic, (mq)->key.broker_name, (int)(mq)->key.queue_id

void rmqi_awaited_commits_init(struct rmqi_awaited_commits *w, struct rmqi_consumer *c)
{
	*w = (struct rmqi_awaited_commits){.consumer = c};
	rmqi_list_init(&w->under_way);
	rmqi_list_init(&w->ended);
	rmqi_list_init(&w->gone);
}

/* The last one, if its turn has not come yet: it says whatever may be said then. NULL: there is none. */
static struct rmqi_commit *standing_of(const struct rmqi_mq *mq)
{
	return mq->told.last && !mq->told.last->is_under_way ? mq->told.last : NULL;
}

/* --- For the store ----------------------------------------------------------------------------- */

bool rmqi_awaited_commits_has(const struct rmqi_awaited_commits *w, const struct rmqi_mq *mq)
{
	return rmqi_commit_last_of_gone(w, mq) != NULL;
}

/* Does the last one say this, or whatever may be said when its turn comes? */
static bool is_said(const struct rmqi_mq *mq, int64_t offset)
{
	return standing_of(mq) || (mq->told.last && mq->told.last->offset == offset);
}

bool rmqi_awaited_commits_tell(struct rmqi_awaited_commits *w, struct rmqi_mq *mq)
{
	struct rmqi_commit *a;

	if (is_said(mq, rmqi_mq_commit_offset(mq)))
		return true;
	a = rmqi_commit_has_address(mq) ? rmqi_commit_new(w, mq) : NULL;
	if (!a)
		return false;
	rmqi_commit_go(a);
	return true;
}

/* At the end of its time with us. */
static bool is_news(const struct rmqi_mq *mq, int64_t offset)
{
	const struct rmqi_commit *last = mq->told.last;

	if (offset < 0)
		return false;
	if (last)
		return offset != last->offset;
	return offset != mq->told.confirmed || mq->told.is_unsure;
}

void rmqi_awaited_commits_give_up(struct rmqi_awaited_commits *w, struct rmqi_mq *mq)
{
	int64_t offset = rmqi_mq_commit_offset(mq);
	struct rmqi_commit *standing = standing_of(mq);

	if (standing) {
		/* Nothing may be told of one that begins elsewhere: who has committed before waits for that. */
		if (offset >= 0 || rmqi_list_is_empty(&standing->waiters))
			standing->offset = offset;
		standing->since_us = rmqi_clock_us(w->consumer->clock);
	} else if (is_news(mq, offset) && !rmqi_awaited_commits_tell(w, mq)) {
		RMQI_LOG(mq->consumer->log, RMQ_LOG_WARN,
			 "group %s: " MQ_FORMAT
			 " was given up, and that it is done up to %lld could "
			 "not be told",
			 mq->consumer->group, MQ_ARGS(mq), (long long)offset);
	}
	/* Two that were given up one behind the other: the newer one is found first. */
	if (mq->told.last)
		rmqi_list_insert_before(w->gone.next, &mq->told.gone);
}

bool rmqi_awaited_commits_one(struct rmqi_awaited_commits *w, struct rmqi_mq *mq,
			      void (*done)(struct rmqi_mq *mq))
{
	int64_t offset = rmqi_mq_commit_offset(mq);
	struct rmqi_commit *standing = standing_of(mq), *a;

	if (offset < 0 || (!mq->told.last && offset == mq->told.confirmed) || !rmqi_commit_has_address(mq))
		return false;
	a = standing && !standing->done ? standing : rmqi_commit_new(w, mq);
	if (!a)
		return false;
	a->done = done;
	if (a != standing)
		rmqi_commit_go(a);
	return true;
}

/* A queue has one that stands at most: whoever comes meanwhile waits for that. False: memory is out. */
static bool wait_for(struct rmqi_awaited_commits *w, struct rmqi_commit_report *r,
		     struct rmqi_mq *mq)
{
	struct rmqi_commit_waiter *waiter = rmqi_alloc(sizeof(*waiter));
	struct rmqi_commit *standing = standing_of(mq), *a = standing;

	if (waiter && !a)
		a = rmqi_commit_new(w, mq);
	if (!a || !waiter) {
		rmqi_free(waiter);
		return false;
	}
	a->offset = rmqi_mq_commit_offset(mq);
	waiter->report = r;
	r->left++;
	rmqi_list_push(&a->waiters, &waiter->link);
	if (!standing)
		rmqi_commit_go(a);
	return true;
}

static void add(struct rmqi_awaited_commits *w, struct rmqi_commit_report *r, struct rmqi_mq *mq)
{
	r->unconfirmed++;
	if (!wait_for(w, r, mq))
		rmqi_commit_note(r, mq, RMQ_ERR_NO_MEMORY, rmq_error_text(RMQ_ERR_NO_MEMORY));
}

/* At the end all of them. Before, what is known to be there is not told again. */
static bool is_wanted(const struct rmqi_mq *mq, bool is_of_named, int64_t offset)
{
	if (offset < 0 || (is_of_named && !mq->told.is_named))
		return false;
	return !mq->consumer->is_active || offset != mq->told.confirmed || offset != mq->told.sent;
}

void rmqi_awaited_commits_all(struct rmqi_awaited_commits *w, struct rmqi_commit_report *report)
{
	report->left++; /* ours, so that it is not over before all are sent */
	RMQI_LIST_EACH(node, &w->consumer->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		RMQI_LIST_EACH(at, &sub->mqs) {
			struct rmqi_mq *mq = RMQI_LIST_ITEM(at, struct rmqi_mq, link);

			if (is_wanted(mq, report->is_of_named, rmqi_mq_commit_offset(mq)))
				add(w, report, mq);
			mq->told.is_named = false;
		}
	}
	rmqi_commit_one_less(report);
}

static void forget_names(struct rmqi_awaited_commits *w)
{
	RMQI_LIST_EACH(node, &w->consumer->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		RMQI_LIST_EACH(at, &sub->mqs)
			RMQI_LIST_ITEM(at, struct rmqi_mq, link)->told.is_named = false;
	}
}

/* Does this report, the newest one, wait for it to be told what may be told at its turn? */
static bool is_awaited_by(const struct rmqi_mq *mq, const struct rmqi_commit_report *r)
{
	const struct rmqi_commit *standing = standing_of(mq);

	return standing && !rmqi_list_is_empty(&standing->waiters) &&
	       rmqi_commit_waiter_at(standing->waiters.prev)->report == r;
}

bool rmqi_awaited_commits_share(struct rmqi_awaited_commits *w, const struct rmqi_commit_report *r,
				bool is_of_named)
{
	unsigned count = 0;

	RMQI_LIST_EACH(node, &w->consumer->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		RMQI_LIST_EACH(at, &sub->mqs) {
			struct rmqi_mq *mq = RMQI_LIST_ITEM(at, struct rmqi_mq, link);
			int64_t offset = rmqi_mq_commit_offset(mq);

			if (!is_wanted(mq, is_of_named, offset))
				continue;
			if (!is_awaited_by(mq, r))
				return false;
			standing_of(mq)->offset = offset;
			count++;
		}
	}
	if (count != r->left || r->failed > 0)
		return false;
	forget_names(w);
	return true;
}

/* A broker does not answer. What stands behind that answer would never be sent; so it is, and read by a broker
 * that goes on after we have left. */
void rmqi_awaited_commits_rest(struct rmqi_awaited_commits *w)
{
	bool has_sent = true;

	while (has_sent) {
		has_sent = false;
		RMQI_LIST_EACH(node, &w->under_way) {
			struct rmqi_list *other = rmqi_list_pop(&rmqi_commit_at(node)->others);

			if (other)
				rmqi_commit_send_out(rmqi_commit_at(other));
			has_sent |= other != NULL;
		}
	}
}
