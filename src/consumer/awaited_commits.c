/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/awaited_commits.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "consumer/commit_trouble.h"
#include "consumer/mq.h"
#include "consumer/offset_question.h"
#include "consumer/replica.h"

enum {
	OFFSET_TIMEOUT_MS = 5000, /* RemoteBrokerOffsetStore */
	STALE_MS = 1000,
	LOOK_US = 1000 * 1000 /* between two looks for a master */
};

#define MQ_FORMAT "%s@%s:%d"
#define MQ_ARGS(mq) (mq)->key.topic, (mq)->key.broker_name, (int)(mq)->key.queue_id

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

struct waiter {
	struct rmqi_list link;
	struct rmqi_commit_report *report;
};

static struct rmqi_commit *commit_at(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct rmqi_commit, link);
}

static struct waiter *waiter_at(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct waiter, link);
}

void rmqi_awaited_commits_init(struct rmqi_awaited_commits *w, struct rmqi_consumer *c)
{
	*w = (struct rmqi_awaited_commits){.consumer = c};
	rmqi_list_init(&w->under_way);
	rmqi_list_init(&w->ended);
	rmqi_list_init(&w->gone);
}

/* --- Its end ---------------------------------------------------------------------------------- */

static void one_less(struct rmqi_commit_report *r)
{
	if (--r->left == 0)
		rmqi_commit_settled(r);
}

/* The next offer of its queue says it. A new connection for it would be a sign of life, and each sign of life is
 * an offer: without a pause. */
static bool may_wait(const struct rmqi_commit *a)
{
	return rmqi_list_is_empty(&a->waiters) && !a->done && a->mq->state != RMQI_MQ_DROPPED;
}

static void proceed(struct rmqi_commit *a);
static void send_out(struct rmqi_commit *a);
static void end(struct rmqi_commit *a, bool is_silent);
static void fail(struct rmqi_commit *a, enum rmq_error error, const struct rmqi_command *response,
		 const char *why);

/* A broker that was silent twice is not asked for each of its queues, 5 s each. At the end, all are sent. */
static bool is_hopeless(const struct rmqi_commit *before, const struct rmqi_commit *a)
{
	return before->is_second && !a->is_behind && a->mq->consumer->is_active;
}

/* `before` has ended. */
static void follow(const struct rmqi_commit *before, struct rmqi_commit *a)
{
	if (!before->is_silent) {
		proceed(a);
		return;
	}
	a->is_second = true;
	if (may_wait(a))
		end(a, true);
	else if (is_hopeless(before, a))
		fail(a, RMQ_ERR_TIMEOUT, NULL, rmq_error_text(RMQ_ERR_TIMEOUT));
	else
		proceed(a);
}

static void finish(struct rmqi_commit *a)
{
	struct rmqi_list *node;

	while ((node = rmqi_list_pop(&a->waiters)) != NULL) {
		one_less(waiter_at(node)->report);
		rmqi_free(waiter_at(node));
	}
	if (a->done)
		a->done(a->mq);
	while ((node = rmqi_list_pop(&a->others)) != NULL)
		follow(a, commit_at(node));
	rmqi_mq_unref(a->mq);
	rmqi_free(a);
}

/* `is_silent`: the broker has not answered. What ends behind it ends one after the other, however many they are:
 * not one within the other. */
static void end(struct rmqi_commit *a, bool is_silent)
{
	struct rmqi_awaited_commits *w = a->all;
	struct rmqi_list *node;

	rmqi_list_remove(&a->link);
	a->is_under_way = false;
	a->is_silent = is_silent;
	if (a->mq->told.last == a) {
		a->mq->told.last = NULL;
		rmqi_list_remove(&a->mq->told.gone);
	}
	rmqi_list_push(&w->ended, &a->link);
	if (w->is_ending)
		return;
	w->is_ending = true;
	while ((node = rmqi_list_pop(&w->ended)) != NULL)
		finish(commit_at(node));
	w->is_ending = false;
}

static void fail(struct rmqi_commit *a, enum rmq_error error, const struct rmqi_command *response,
		 const char *why)
{
	a->mq->consumer->counts.failed_commits++;
	/* It is told again with the next commit. */
	if (a->mq->told.sent == a->offset)
		a->mq->told.sent = -1;
	RMQI_LIST_EACH(node, &a->waiters)
		rmqi_commit_note(waiter_at(node)->report, a->mq, error, why);
	if (rmqi_list_is_empty(&a->waiters) && a->mq->consumer->is_active)
		rmqi_commit_complain(a->mq, a->address, a->offset, error, response);
	end(a, !response);
}

static void succeed(struct rmqi_commit *a)
{
	RMQI_LIST_EACH(node, &a->waiters)
		waiter_at(node)->report->unconfirmed--;
	end(a, false);
}

static void on_committed(struct rmqi_call *call, enum rmq_error error,
			 const struct rmqi_command *response)
{
	struct rmqi_commit *a = RMQI_CONTAINER(call, struct rmqi_commit, call);
	struct rmqi_mq *mq = a->mq;
	char name[64];

	if (error != RMQ_OK) {
		fail(a, error, NULL, rmq_error_text(error));
	} else if (rmqi_client_refusal(response) == RMQ_ERR_DENIED) {
		fail(a, RMQ_ERR_DENIED, response, rmq_error_text(RMQ_ERR_DENIED));
	} else if (response->code != RMQI_RESP_SUCCESS) {
		fail(a, RMQ_ERR_BROKER, response,
		     rmqi_response_name(response->code, name, sizeof(name)));
	} else {
		mq->told.confirmed = a->offset;
		mq->told.is_stored = true;
		/* It is as far as we are: what it says from now on holds, also where that is less. */
		if (a->is_to_master)
			mq->told.floor = -1;
		rmqi_commit_works(mq);
		succeed(a);
	}
}

/* --- On its way ------------------------------------------------------------------------------- */

/* Commits go to the master; without one any replica takes them. NULL: no address is known. */
static const char *find_address(const struct rmqi_mq *mq, int64_t *id)
{
	if (!mq->sub || !mq->sub->route)
		return NULL;
	return rmqi_topic_route_address(mq->sub->route, mq->key.broker_name, 0, false, id);
}

static const char *address_of(const struct rmqi_mq *mq)
{
	return find_address(mq, NULL);
}

/* A slave takes it, and its master knows nothing of it: it is told as soon as it is there again. */
static void look_for_master(struct rmqi_awaited_commits *w)
{
	int64_t now = rmqi_clock_us(w->consumer->clock);

	if (now < w->looked_us + LOOK_US)
		return;
	w->looked_us = now;
	rmqi_client_refresh_routes(w->consumer->client);
}

/* Has the broker of this queue an offset of the group and topic? */
static bool is_known(const struct rmqi_mq *of)
{
	if (of->told.is_stored || !of->sub)
		return of->told.is_stored;
	RMQI_LIST_EACH(at, &of->sub->mqs) {
		const struct rmqi_mq *mq = RMQI_LIST_ITEM(at, struct rmqi_mq, link);

		if (mq->told.is_stored && strcmp(mq->key.broker_name, of->key.broker_name) == 0)
			return true;
	}
	return false;
}

static void call_broker(struct rmqi_commit *a)
{
	struct rmqi_consumer *c = a->all->consumer;
	struct rmqi_mq *mq = a->mq;
	struct rmqi_h_update_consumer_offset h = {.consumerGroup = rmqi_str(c->group),
						  .topic = rmqi_str(mq->key.topic),
						  .queueId = mq->key.queue_id,
						  .commitOffset = a->offset};
	struct rmqi_outgoing request = {.code = RMQI_REQ_UPDATE_CONSUMER_OFFSET,
					.desc = &rmqi_desc_update_consumer_offset,
					.header = &h};

	c->counts.commits++;
	if (mq->told.sent != a->offset)
		mq->told.offers = 1;
	mq->told.sent = a->offset;
	mq->told.is_unsure = !is_known(mq);
	a->is_under_way = true;
	rmqi_list_push(&a->all->under_way, &a->link);
	RMQI_SET(&h, update_consumer_offset, bname, rmqi_str(mq->key.broker_name));
	a->call = (struct rmqi_call){.fn = on_committed};
	rmqi_rpc_call_async(rmqi_client_rpc(c->client), a->address, &request,
			    rmqi_consumer_deadline(c, OFFSET_TIMEOUT_MS), &a->call);
	if (!a->is_to_master)
		look_for_master(a->all);
}

/* Its mq tells where it stands; one that was given up has left it here. */
static void look_again(struct rmqi_commit *a)
{
	int64_t id = 0;
	const char *address = find_address(a->mq, &id);

	if (a->mq->state == RMQI_MQ_DROPPED)
		return;
	a->offset = rmqi_mq_commit_offset(a->mq);
	a->is_to_master = address && rmqi_replica_is_master(a->mq, id, address);
	snprintf(a->address, sizeof(a->address), "%s", address ? address : "");
}

static bool is_stale(const struct rmqi_commit *a)
{
	return a->mq->state == RMQI_MQ_DROPPED &&
	       rmqi_clock_us(a->all->consumer->clock) > a->since_us + STALE_MS * INT64_C(1000);
}

/* The group may be further there than the slave knew: it is not taken back. */
static void on_floor(struct rmqi_call *call, enum rmq_error error,
		     const struct rmqi_command *response)
{
	struct rmqi_commit *a = RMQI_CONTAINER(call, struct rmqi_commit, call);
	char name[64];

	if (error != RMQ_OK) {
		fail(a, error, NULL, rmq_error_text(error));
	} else if (!rmqi_offset_answer(response, &a->mq->told.floor)) {
		fail(a, RMQ_ERR_BROKER, response,
		     rmqi_response_name(response->code, name, sizeof(name)));
	} else {
		a->mq->told.is_of_slave = false;
		a->is_under_way = false;
		rmqi_list_remove(&a->link);
		send_out(a);
	}
}

static void ask_floor(struct rmqi_commit *a)
{
	a->is_under_way = true;
	rmqi_list_push(&a->all->under_way, &a->link);
	a->call = (struct rmqi_call){.fn = on_floor};
	rmqi_offset_ask(a->mq, a->address, &a->call);
}

/* The master is further. */
static void leave_ahead(struct rmqi_commit *a)
{
	rmqi_commit_works(a->mq);
	succeed(a);
}

static void send_out(struct rmqi_commit *a)
{
	look_again(a);
	if (a->offset < 0 || (a->is_behind && a->offset == a->mq->told.confirmed))
		succeed(a);
	else if (is_stale(a))
		fail(a, RMQ_ERR_TIMEOUT, NULL, rmq_error_text(RMQ_ERR_TIMEOUT));
	else if (!a->address[0])
		fail(a, RMQ_ERR_NO_BROKER, NULL, rmq_error_text(RMQ_ERR_NO_BROKER));
	else if (a->is_to_master && a->mq->told.is_of_slave)
		ask_floor(a);
	else if (a->is_to_master && a->offset < a->mq->told.floor)
		leave_ahead(a);
	else
		call_broker(a);
}

/* --- Whose turn it is -------------------------------------------------------------------------- */

/* Under way, of the same topic and broker. NULL: none. */
static struct rmqi_commit *leader_of(struct rmqi_awaited_commits *w, const struct rmqi_mq *mq)
{
	RMQI_LIST_EACH(node, &w->under_way) {
		struct rmqi_commit *leader = commit_at(node);

		if (strcmp(leader->mq->key.broker_name, mq->key.broker_name) == 0 &&
		    strcmp(leader->mq->key.topic, mq->key.topic) == 0)
			return leader;
	}
	return NULL;
}

static void proceed(struct rmqi_commit *a)
{
	struct rmqi_commit *leader = is_known(a->mq) ? NULL : leader_of(a->all, a->mq);

	if (leader)
		rmqi_list_push(&leader->others, &a->link);
	else
		send_out(a);
}

/* The last one of an earlier mq of the same queue. NULL: none. */
static struct rmqi_commit *last_of_gone(const struct rmqi_awaited_commits *w,
					const struct rmqi_mq *mq)
{
	RMQI_LIST_EACH(node, &w->gone) {
		struct rmqi_mq *old = RMQI_LIST_ITEM(node, struct rmqi_mq, told.gone);

		if (old->key.queue_id == mq->key.queue_id &&
		    rmqi_queue_cmp(&old->key, &mq->key) == 0)
			return old->told.last;
	}
	return NULL;
}

bool rmqi_awaited_commits_has(const struct rmqi_awaited_commits *w, const struct rmqi_mq *mq)
{
	return last_of_gone(w, mq) != NULL;
}

/* NULL: memory is out. */
static struct rmqi_commit *commit_new(struct rmqi_awaited_commits *w, struct rmqi_mq *mq)
{
	struct rmqi_commit *a = rmqi_calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	*a = (struct rmqi_commit){
		.all = w, .mq = rmqi_mq_ref(mq), .since_us = rmqi_clock_us(w->consumer->clock)};
	rmqi_list_init(&a->link);
	rmqi_list_init(&a->others);
	rmqi_list_init(&a->waiters);
	look_again(a);
	return a;
}

static void go(struct rmqi_commit *a)
{
	struct rmqi_mq *mq = a->mq;
	struct rmqi_commit *before = mq->told.last ? mq->told.last : last_of_gone(a->all, mq);

	mq->told.last = a;
	if (!before) {
		proceed(a);
		return;
	}
	a->is_behind = true;
	rmqi_list_push(&before->others, &a->link);
}

/* The last one, if its turn has not come yet: it says whatever may be said then. NULL: there is none. */
static struct rmqi_commit *standing_of(const struct rmqi_mq *mq)
{
	return mq->told.last && !mq->told.last->is_under_way ? mq->told.last : NULL;
}

/* --- For the store ----------------------------------------------------------------------------- */

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
	a = address_of(mq) ? commit_new(w, mq) : NULL;
	if (!a)
		return false;
	go(a);
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

	if (offset < 0 || (!mq->told.last && offset == mq->told.confirmed) || !address_of(mq))
		return false;
	a = standing && !standing->done ? standing : commit_new(w, mq);
	if (!a)
		return false;
	a->done = done;
	if (a != standing)
		go(a);
	return true;
}

/* A queue has one that stands at most: whoever comes meanwhile waits for that. False: memory is out. */
static bool wait_for(struct rmqi_awaited_commits *w, struct rmqi_commit_report *r,
		     struct rmqi_mq *mq)
{
	struct waiter *waiter = rmqi_alloc(sizeof(*waiter));
	struct rmqi_commit *standing = standing_of(mq), *a = standing;

	if (waiter && !a)
		a = commit_new(w, mq);
	if (!a || !waiter) {
		rmqi_free(waiter);
		return false;
	}
	a->offset = rmqi_mq_commit_offset(mq);
	waiter->report = r;
	r->left++;
	rmqi_list_push(&a->waiters, &waiter->link);
	if (!standing)
		go(a);
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
	one_less(report);
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
	       waiter_at(standing->waiters.prev)->report == r;
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
			struct rmqi_list *other = rmqi_list_pop(&commit_at(node)->others);

			if (other)
				send_out(commit_at(other));
			has_sent |= other != NULL;
		}
	}
}
