/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/rebalance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/namespace.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "consumer/approval.h"
#include "consumer/assignment.h"
#include "consumer/mq.h"
#include "consumer/rebalance_impl.h"
#include "consumer/share.h"
#include "consumer/witness.h"

enum {
	GAP_US = 100 * 1000, /* between two questions: a group that forms sends a notice a member */
	GAP_PER_MEMBER_US = 2000,
	FEW_QUEUES = 256 /* of a topic: they need no memory */
};

static struct rmqi_mq *mq_of(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct rmqi_mq, link);
}

/* --- Applying a share --------------------------------------------------------------------- */

void rmqi_rebalance_continue(struct rmqi_sub *sub)
{
	RMQI_LIST_EACH(node, &sub->mqs)
		rmqi_mq_continue(mq_of(node));
}

void rmqi_rebalance_hold(struct rmqi_rebalance *r, struct rmqi_sub *sub, enum rmq_error verdict)
{
	sub->is_shared = verdict == RMQ_OK;
	if (sub->is_shared)
		rmqi_event_set(&r->moved);
	else
		rmqi_rebalance_sub_soon(r, sub, RMQI_REBALANCE_RETRY_MS);
}

/* `mine` as in share.h. */
static void apply(struct rmqi_rebalance *r, struct rmqi_sub *sub, uint8_t *mine, size_t members)
{
	struct rmqi_consumer *c = r->consumer;
	struct rmqi_share share;

	rmqi_rebalance_hold(r, sub, rmqi_share_apply(c, sub, mine, &share));
	if (share.dropped + share.added > 0) {
		RMQI_LOG(c->log, RMQ_LOG_INFO,
			 "group %s, topic %s: %zu of %zu queues (%zu new, %zu given up), %zu "
			 "members",
			 c->group, rmqi_sub_topic(sub), share.count, sub->route->subscribe_count,
			 share.added, share.dropped, members);
		rmqi_announce_changed(&r->announce);
	}
	rmqi_rebalance_continue(sub);
}

/* --- The members --------------------------------------------------------------------------- */

static size_t count_id(char *const *ids, size_t count, const char *id)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += strcmp(ids[i], id) == 0 ? 1 : 0;
	return n;
}

/* Of the sorted ids; never 0. */
static uint64_t hash_of(char *const *ids, size_t count)
{
	uint64_t hash = count;

	for (size_t i = 0; i < count; i++)
		hash = hash * 31 + rmqi_str_hash(rmqi_str(ids[i]));
	return hash | 1;
}

/* Also who gets no queue may have said something else than we. */
static void note_members(struct rmqi_rebalance *r, struct rmqi_sub *sub, uint64_t who)
{
	if (sub->members != who) {
		rmqi_announce_changed(&r->announce);
		rmqi_agreement_changed(&r->agreement, sub->asked);
	}
	sub->members = who;
}

void rmqi_rebalance_complain(struct rmqi_rebalance *r, struct rmqi_sub *sub, enum rmq_error error,
			     const struct rmqi_command *response, const char *why)
{
	struct rmqi_failure f = {.kind = RMQI_TROUBLE_MEMBERS,
				 .subject = rmqi_sub_topic(sub),
				 .topic = rmqi_sub_topic(sub),
				 .address = sub->asked,
				 .error = error,
				 .code = -1,
				 .why = rmqi_str(why)};

	if (response && response->code != RMQI_RESP_SUCCESS) {
		f.code = response->code;
		f.why = response->remark;
	}
	rmqi_client_complain(r->consumer->client, &f, &sub->is_complained);
}

/* The first list without us is common: we have just joined. */
static void tell_uncounted(struct rmqi_rebalance *r, struct rmqi_sub *sub,
			   const struct rmqi_command *response, size_t count)
{
	bool was_uncounted = sub->is_uncounted;
	char why[96];

	snprintf(why, sizeof(why), "this client is not among the %zu members", count);
	sub->is_uncounted = true;
	if (was_uncounted)
		rmqi_rebalance_complain(r, sub, RMQ_OK, response, why);
	else
		RMQI_LOG(r->consumer->log, RMQ_LOG_INFO, "group %s, topic %s: %s of %s yet",
			 r->consumer->group, rmqi_sub_topic(sub), why, sub->asked);
}

/* What the strategy says. When it cannot say anything, what is held stays. */
static void take_share(struct rmqi_rebalance *r, struct rmqi_sub *sub, enum rmq_error error,
		       const char *why, uint8_t *mine, size_t members)
{
	struct rmqi_failure f = {.kind = RMQI_TROUBLE_SHARE,
				 .subject = rmqi_sub_topic(sub),
				 .topic = rmqi_sub_topic(sub),
				 .error = error == RMQ_ERR_CONFIG ? RMQ_OK : error,
				 .code = -1,
				 .why = rmqi_str(why)};

	if (error != RMQ_OK) {
		rmqi_client_complain(r->consumer->client, &f, &sub->is_odd);
		if (error == RMQ_ERR_NO_MEMORY)
			rmqi_rebalance_sub_soon(r, sub, RMQI_REBALANCE_RETRY_MS);
		return;
	}
	rmqi_client_settle(r->consumer->client, RMQI_TROUBLE_SHARE, rmqi_sub_topic(sub),
			   &sub->is_odd);
	apply(r, sub, mine, members);
}

static void ask(struct rmqi_rebalance *r, struct rmqi_sub *sub);

static void on_own_share(struct rmqi_own_share *s)
{
	struct rmqi_sub *sub = s->sub;
	struct rmqi_rebalance *r = sub->rebalance;

	sub->is_asking = false;
	if (sub->is_removed || !r->consumer->is_active || !sub->route)
		return;
	/* With another route it is asked for already. */
	if (s->route == sub->route)
		take_share(r, sub, s->error, s->why, s->mine, s->member_count);
	if (sub->ask_again)
		ask(r, sub);
}

static void share_by_user(struct rmqi_rebalance *r, struct rmqi_sub *sub, size_t count, size_t self)
{
	char **ids = rmqi_known_members_copy(&r->known);
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (ids)
		err = rmqi_own_share_ask(&r->own, r->consumer, sub, ids, count, self, on_own_share);
	if (err == RMQ_OK)
		sub->is_asking = true;
	else
		take_share(r, sub, err, "no memory", NULL, count);
}

static void share_by_config(struct rmqi_rebalance *r, struct rmqi_sub *sub, char *const *ids,
			    size_t count, size_t self)
{
	struct rmqi_contest contest = {
		.queues = sub->route->subscribe,
		.queue_count = sub->route->subscribe_count,
		.hidden = rmqi_namespace_hidden(rmqi_client_namespace(r->consumer->client),
						rmqi_str(rmqi_sub_topic(sub))),
		.is_retry = sub->is_retry,
		.members = ids,
		.member_count = count,
		.self = self};
	char why[RMQI_ALLOCATE_WHY] = "no memory";
	uint8_t few[FEW_QUEUES] = {0};
	bool is_small = contest.queue_count < FEW_QUEUES;
	uint8_t *mine = is_small ? few : rmqi_calloc(contest.queue_count + 1, 1);
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (mine)
		err = rmqi_allocate(&r->strategy, &contest, mine, why);
	take_share(r, sub, err, why, mine, count);
	if (!is_small)
		rmqi_free(mine);
}

static size_t find_id(char *const *ids, size_t count, const char *id)
{
	size_t i = 0;

	while (i < count && strcmp(ids[i], id) != 0)
		i++;
	return i;
}

static void share_out(struct rmqi_rebalance *r, struct rmqi_sub *sub, char *const *ids,
		      size_t count, size_t self)
{
	r->consumer->counts.rebalances++;
	note_members(r, sub, hash_of(ids, count));
	sub->member_count = count;
	sub->is_uncounted = false;
	rmqi_client_settle(r->consumer->client, RMQI_TROUBLE_MEMBERS, rmqi_sub_topic(sub),
			   &sub->is_complained);
	if (r->own.fn && sub->route->subscribe_count > 0) {
		share_by_user(r, sub, count, self);
		return;
	}
	share_by_config(r, sub, ids, count, self);
}

static void take_members(struct rmqi_rebalance *r, struct rmqi_sub *sub, char *const *ids,
			 size_t count, const struct rmqi_command *response)
{
	const char *own = rmqi_client_id(r->consumer->client);
	size_t self, twins = count_id(ids, count, own);

	if (twins > 1)
		rmqi_conflict_twin(&r->conflict, sub->asked, twins);
	self = find_id(ids, count, own);
	if (self < count) {
		share_out(r, sub, ids, count, self);
		return;
	}
	tell_uncounted(r, sub, response, count);
	rmqi_announce_unknown(&r->announce);
	rmqi_rebalance_sub_soon(r, sub, RMQI_REBALANCE_RETRY_MS);
}

/* --- The question ------------------------------------------------------------------------------ */

static void take_answer(struct rmqi_rebalance *r, struct rmqi_sub *sub, enum rmq_error error,
			const struct rmqi_command *response)
{
	struct rmqi_consumer *c = r->consumer;
	char *const *ids = NULL;
	char why[RMQI_TROUBLE_SIZE];
	size_t count = 0;

	if (error == RMQ_OK && response->code == RMQI_RESP_SUCCESS)
		error = rmqi_known_members_read(&r->known, response->body, &ids, &count);
	else if (error == RMQ_OK && rmqi_client_refusal(response) == RMQ_ERR_DENIED)
		error = RMQ_ERR_DENIED;
	else if (error == RMQ_OK && response->code == RMQI_RESP_SYSTEM_ERROR)
		count = 0; /* "no consumer for this group": nobody is registered there, nor are we */
	else if (error == RMQ_OK)
		error = RMQ_ERR_BROKER;
	sub->has_failed = error != RMQ_OK;
	if (error == RMQ_OK) {
		take_members(r, sub, ids, count, response);
	} else {
		rmqi_rebalance_complain(
			r, sub, error, response,
			response ? "" : rmqi_call_explain(&sub->call, error, why, sizeof(why)));
		rmqi_client_refresh_routes(c->client);
		rmqi_rebalance_sub_soon(r, sub, RMQI_REBALANCE_RETRY_MS);
	}
}

static void on_answer(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct rmqi_sub *sub = RMQI_CONTAINER(call, struct rmqi_sub, call);
	struct rmqi_rebalance *r = sub->rebalance;

	sub->is_asking = false;
	if (!sub->is_removed && r->consumer->is_active && sub->route) {
		if (r->consumer->pops)
			rmqi_rebalance_take_assignment(r, sub, error, response);
		else
			take_answer(r, sub, error, response);
		if (sub->ask_again)
			ask(r, sub);
	}
	rmqi_sub_unref(sub);
}

/* A route without brokers (routes.c, withdraw_route): there is nobody to ask, and nothing to hold. */
static void give_up_all(struct rmqi_rebalance *r, struct rmqi_sub *sub)
{
	uint8_t none = 0;

	if (sub->route && sub->route->subscribe_count == 0)
		apply(r, sub, &none, 0);
}

/* A refusal stays until somebody does something about it: the period is enough. */
static void on_approval(struct rmqi_sub *sub)
{
	rmqi_event_set(&sub->rebalance->moved);
	if (sub->approval.state == RMQI_APPROVAL_GIVEN)
		rmqi_rebalance_continue(sub);
	else if (sub->approval.state == RMQI_APPROVAL_NEEDED)
		rmqi_rebalance_sub_soon(sub->rebalance, sub, RMQI_REBALANCE_RETRY_MS);
}

/* BROADCASTING: all of them are ours, whoever else is there. */
static void take_all(struct rmqi_rebalance *r, struct rmqi_sub *sub)
{
	size_t count = sub->route ? sub->route->subscribe_count : 0;
	uint8_t *mine;

	if (!sub->route)
		return;
	mine = rmqi_calloc(count + 1, 1);
	if (!mine) {
		rmqi_rebalance_sub_soon(r, sub, RMQI_REBALANCE_RETRY_MS);
		return;
	}
	memset(mine, 1, count);
	apply(r, sub, mine, 1);
	rmqi_free(mine);
}

/* A group of n that starts tells each of its n members n times: however large it is, its members ask a
 * broker no more than some 500 times a second. */
static int64_t gap_us(const struct rmqi_sub *sub)
{
	int64_t gap = (int64_t)sub->member_count * GAP_PER_MEMBER_US;

	return gap > GAP_US ? gap : GAP_US;
}

/* The share is what the user has assigned: nobody is asked. */
static void keep_assigned(struct rmqi_rebalance *r, struct rmqi_sub *sub)
{
	if (!sub->route)
		return;
	sub->is_shared = true;
	rmqi_event_set(&r->moved);
	rmqi_rebalance_continue(sub);
}

/* There are no queues to hold: whoever is in the group may have messages of all. */
static void place(struct rmqi_rebalance *r, struct rmqi_sub *sub)
{
	if (!sub->route)
		return;
	r->consumer->kind->placed(r->consumer, sub);
	sub->is_shared = true;
	rmqi_event_set(&r->moved);
}

static void ask_broker(struct rmqi_rebalance *r, struct rmqi_sub *sub, const char *address)
{
	struct rmqi_consumer *c = r->consumer;

	sub->ask_again = false;
	sub->is_asking = true;
	sub->earliest_us = rmqi_clock_us(c->clock) + gap_us(sub);
	sub->call = (struct rmqi_call){.fn = on_answer};
	snprintf(sub->asked, sizeof(sub->asked), "%s", address);
	rmqi_sub_ref(sub);
	if (!c->pops)
		rmqi_members_ask(&r->members, c, sub, address);
	else if (rmqi_assignment_ask(c, sub, address) != RMQ_OK)
		on_answer(&sub->call, RMQ_ERR_NO_MEMORY, NULL);
}

static void ask(struct rmqi_rebalance *r, struct rmqi_sub *sub)
{
	struct rmqi_consumer *c = r->consumer;
	const char *address = sub->route ? rmqi_witness_find(c, sub) : NULL;

	sub->rebalance = r;
	if (c->is_assigned) {
		keep_assigned(r, sub);
		return;
	}
	if (address)
		rmqi_approval_ask(c, sub, address, on_approval);
	if (c->kind->placed) {
		place(r, sub);
		return;
	}
	if (c->set.is_broadcasting) {
		take_all(r, sub);
		return;
	}
	if (!address) {
		give_up_all(r, sub);
		return;
	}
	if (sub->is_asking) {
		sub->ask_again = true;
		return;
	}
	ask_broker(r, sub, address);
}

/* --- When ------------------------------------------------------------------------------------ */

/* By chance up to a quarter less: members that started together do not go on asking together. */
static int64_t period_us(struct rmqi_rebalance *r)
{
	int64_t us = r->consumer->set.rebalance_ms * 1000;

	return us - (int64_t)rmqi_rand_below(&r->rand, (uint64_t)us / 4);
}

/* What is due soon asks with the others: so one request does for all of them. */
static bool is_due(const struct rmqi_sub *sub, int64_t now, int64_t period)
{
	return sub->due_us <= now || (sub->due_us <= now + period / 4 && sub->earliest_us <= now);
}

static void on_timer(struct rmqi_timer *t)
{
	struct rmqi_rebalance *r = RMQI_CONTAINER(t, struct rmqi_rebalance, timer);
	struct rmqi_consumer *c = r->consumer;
	int64_t now = rmqi_clock_us(c->clock);
	int64_t period = period_us(r), next = now + period;

	if (!c->is_active)
		return;
	rmqi_members_begin_round(&r->members);
	RMQI_LIST_EACH(node, &c->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		if (is_due(sub, now, period)) {
			sub->due_us = now + period;
			ask(r, sub);
		}
		if (sub->due_us < next)
			next = sub->due_us;
	}
	rmqi_members_end_round(&r->members);
	rmqi_timer_start(&r->timer, next);
}

enum rmq_error rmqi_rebalance_init(struct rmqi_rebalance *r, struct rmqi_consumer *c)
{
	const struct rmq_config *config = rmqi_client_config(c->client);

	r->consumer = c;
	rmqi_members_init(&r->members);
	rmqi_known_members_init(&r->known);
	r->strategy = (struct rmqi_strategy){
		.how = (enum rmqi_allocation)rmqi_config_i64(config,
							     RMQI_CFG_allocateMessageQueueStrategy),
		.queues = rmqi_config_str(config, RMQI_CFG_allocateQueues),
		.rooms = rmqi_config_str(config, RMQI_CFG_allocateMachineRooms)};
	rmqi_rand_init(&r->rand, rmqi_str_hash(rmqi_str(rmqi_client_id(c->client))));
	return rmqi_timer_init(&r->timer, rmqi_loop_timers(c->loop), on_timer);
}

void rmqi_rebalance_sub_soon(struct rmqi_rebalance *r, struct rmqi_sub *sub, int64_t delay_ms)
{
	struct rmqi_consumer *c = r->consumer;
	int64_t due = rmqi_consumer_deadline(c, delay_ms);

	if (due < sub->earliest_us)
		due = sub->earliest_us;
	if (due < sub->due_us)
		sub->due_us = due;
	/* Before that no broker counts us in. */
	if (!c->is_active || !r->is_registered)
		return;
	if (!rmqi_timer_is_armed(&r->timer) || sub->due_us < r->timer.node.key)
		rmqi_timer_start(&r->timer, sub->due_us);
}

void rmqi_rebalance_soon(struct rmqi_rebalance *r, int64_t delay_ms)
{
	RMQI_LIST_EACH(node, &r->consumer->subs.list)
		rmqi_rebalance_sub_soon(r, RMQI_LIST_ITEM(node, struct rmqi_sub, link), delay_ms);
}

void rmqi_rebalance_registered(struct rmqi_rebalance *r)
{
	r->is_registered = true;
	rmqi_rebalance_soon(r, 0);
}

enum rmqi_standing rmqi_rebalance_standing(const struct rmqi_rebalance *r,
					   const struct rmqi_sub *sub)
{
	if (sub->approval.state == RMQI_APPROVAL_REFUSED)
		return RMQI_STANDING_REFUSED;
	if (!sub->route)
		return RMQI_STANDING_NO_ROUTE;
	if (!r->is_registered)
		return RMQI_STANDING_UNREGISTERED;
	if (!sub->is_shared)
		return sub->members == 0 || sub->is_uncounted ? RMQI_STANDING_UNCOUNTED
							      : RMQI_STANDING_UNSHARED;
	if (sub->approval.state == RMQI_APPROVAL_NEEDED)
		return RMQI_STANDING_UNAPPROVED;
	RMQI_LIST_EACH(node, &sub->mqs)
		if (!rmqi_mq_is_served(mq_of(node)))
			return RMQI_STANDING_STUCK;
	return RMQI_STANDING_SHARED;
}
