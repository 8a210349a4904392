/* SPDX-License-Identifier: Apache-2.0 */
/* awaited_commits_course.c - one commit: whose turn it is, its way to the broker, its end. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "consumer/awaited_commits_impl.h"
#include "consumer/commit_trouble.h"
#include "consumer/mq.h"
#include "consumer/offset_question.h"
#include "consumer/replica.h"

enum {
	OFFSET_TIMEOUT_MS = 5000, /* RemoteBrokerOffsetStore */
	STALE_MS = 1000,
	LOOK_US = 1000 * 1000 /* between two looks for a master */
};

/* --- Its end ---------------------------------------------------------------------------------- */

/* The next offer of its queue says it. A new connection for it would be a sign of life, and each sign of life is
 * an offer: without a pause. */
static bool may_wait(const struct rmqi_commit *a)
{
	return rmqi_list_is_empty(&a->waiters) && !a->done && a->mq->state != RMQI_MQ_DROPPED;
}

static void proceed(struct rmqi_commit *a);
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
		rmqi_commit_one_less(rmqi_commit_waiter_at(node)->report);
		rmqi_free(rmqi_commit_waiter_at(node));
	}
	if (a->done)
		a->done(a->mq);
	while ((node = rmqi_list_pop(&a->others)) != NULL)
		follow(a, rmqi_commit_at(node));
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
		finish(rmqi_commit_at(node));
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
		rmqi_commit_note(rmqi_commit_waiter_at(node)->report, a->mq, error, why);
	if (rmqi_list_is_empty(&a->waiters) && a->mq->consumer->is_active)
		rmqi_commit_complain(a->mq, a->address, a->offset, error, response);
	end(a, !response);
}

static void succeed(struct rmqi_commit *a)
{
	RMQI_LIST_EACH(node, &a->waiters)
		rmqi_commit_waiter_at(node)->report->unconfirmed--;
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

bool rmqi_commit_has_address(const struct rmqi_mq *mq)
{
	return find_address(mq, NULL) != NULL;
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
		rmqi_commit_send_out(a);
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

void rmqi_commit_send_out(struct rmqi_commit *a)
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
		struct rmqi_commit *leader = rmqi_commit_at(node);

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
		rmqi_commit_send_out(a);
}

struct rmqi_commit *rmqi_commit_last_of_gone(const struct rmqi_awaited_commits *w,
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

struct rmqi_commit *rmqi_commit_new(struct rmqi_awaited_commits *w, struct rmqi_mq *mq)
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

void rmqi_commit_go(struct rmqi_commit *a)
{
	struct rmqi_mq *mq = a->mq;
	struct rmqi_commit *before = mq->told.last ? mq->told.last : rmqi_commit_last_of_gone(a->all, mq);

	mq->told.last = a;
	if (!before) {
		proceed(a);
		return;
	}
	a->is_behind = true;
	rmqi_list_push(&before->others, &a->link);
}

