/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/rebalance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sim.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "consumer/allocate.h"
#include "consumer/mq.h"

enum {
	GAP_US = 100 * 1000, /* between two runs: a group that forms sends a notice per member */
	RETRY_MS = 1000      /* RebalanceService: when something was not balanced */
};

static struct rmqi_mq *mq_of(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct rmqi_mq, link);
}

/* --- Applying a share --------------------------------------------------------------------- */

/* Where the queue stands in the route; `count` when it is not there. */
static size_t find_queue(const struct rmqi_topic_route *route, const struct rmqi_queue *key)
{
	size_t low = 0, high = route->subscribe_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int cmp = rmqi_queue_cmp(&route->subscribe[mid], key);

		if (cmp == 0)
			return mid;
		if (cmp < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return route->subscribe_count;
}

static struct rmqi_mq *find_held(const struct rmqi_sub *sub, const struct rmqi_queue *key)
{
	RMQI_LIST_EACH(node, &sub->mqs) {
		if (rmqi_queue_cmp(&mq_of(node)->key, key) == 0)
			return mq_of(node);
	}
	return NULL;
}

static size_t drop_others(struct rmqi_sub *sub, const struct rmqi_share *share)
{
	size_t dropped = 0;

	RMQI_LIST_EACH(node, &sub->mqs) {
		size_t at = find_queue(sub->route, &mq_of(node)->key);

		if (at < sub->route->subscribe_count && rmqi_share_has(share, at))
			continue;
		dropped += mq_of(node)->state < RMQI_MQ_LEAVING ? 1 : 0;
		rmqi_mq_leave(mq_of(node));
	}
	return dropped;
}

/* All new ones stand in the list before the first pulls. RMQ_AGAIN: one that is ours again is still
 * on its way out. */
static enum rmq_error add_new(struct rmqi_consumer *c, struct rmqi_sub *sub,
			      const struct rmqi_share *share, size_t *added)
{
	enum rmq_error verdict = RMQ_OK;

	for (size_t i = 0; i < share->count; i++) {
		const struct rmqi_queue *key =
			&sub->route->subscribe[share->first + i * share->step];
		struct rmqi_mq *mq = find_held(sub, key);
		enum rmq_error err;

		if (mq && mq->state == RMQI_MQ_LEAVING)
			verdict = RMQ_AGAIN;
		if (mq)
			continue;
		err = rmqi_mq_new(c, sub, key, &mq);
		if (err != RMQ_OK)
			return err;
		(*added)++;
	}
	return verdict;
}

static void apply(struct rmqi_rebalance *r, struct rmqi_sub *sub, const struct rmqi_share *share,
		  size_t members)
{
	struct rmqi_consumer *c = r->consumer;
	size_t dropped = drop_others(sub, share), added = 0;

	sub->is_shared = add_new(c, sub, share, &added) == RMQ_OK;
	if (!sub->is_shared)
		rmqi_rebalance_soon(r, RETRY_MS);
	if (dropped + added > 0)
		RMQI_LOG(c->log, RMQ_LOG_INFO,
			 "group %s, topic %s: %zu of %zu queues (%zu new, %zu given up), %zu "
			 "members",
			 c->group, rmqi_sub_topic(sub), share->count, sub->route->subscribe_count,
			 added, dropped, members);
	RMQI_LIST_EACH(node, &sub->mqs)
		rmqi_mq_continue(mq_of(node));
}

/* --- The members --------------------------------------------------------------------------- */

static int cmp_ids(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void share_out(struct rmqi_rebalance *r, struct rmqi_sub *sub, char **ids, size_t count)
{
	struct rmqi_consumer *c = r->consumer;
	const char *own = rmqi_client_id(c->client);
	struct rmqi_share share = {.step = 1};

	if (count > 0)
		qsort(ids, count, sizeof(*ids), cmp_ids);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(ids[i], own) != 0)
			continue;
		if (sub->route->subscribe_count > 0)
			share = rmqi_allocate(c->set.allocation, sub->route->subscribe_count, count,
					      i);
		apply(r, sub, &share, count);
		return;
	}
	RMQI_LOG(c->log, RMQ_LOG_INFO,
		 "group %s, topic %s: %s does not count us among the %zu members yet", c->group,
		 rmqi_sub_topic(sub), sub->asked, count);
	rmqi_client_heartbeat(c->client);
	rmqi_rebalance_soon(r, RETRY_MS);
}

static void take_answer(struct rmqi_rebalance *r, struct rmqi_sub *sub, enum rmq_error error,
			const struct rmqi_command *response)
{
	struct rmqi_consumer *c = r->consumer;
	char **ids = NULL;
	size_t count = 0;

	if (error == RMQ_OK && response->code == RMQI_RESP_SUCCESS)
		error = rmqi_consumer_list_decode(response->body, &ids, &count);
	else if (error == RMQ_OK && response->code == RMQI_RESP_SYSTEM_ERROR)
		count = 0; /* "no consumer for this group": nobody is registered there, nor are we */
	else if (error == RMQ_OK)
		error = RMQ_ERR_BROKER;
	if (error == RMQ_OK) {
		share_out(r, sub, ids, count);
	} else {
		RMQI_LOG(c->log, RMQ_LOG_WARN, "group %s, topic %s: no list of members from %s: %s",
			 c->group, rmqi_sub_topic(sub), sub->asked, rmq_error_text(error));
		rmqi_client_refresh_routes(c->client);
		rmqi_rebalance_soon(r, RETRY_MS);
	}
	if (ids)
		rmqi_strings_free(ids, count);
}

static void ask(struct rmqi_rebalance *r, struct rmqi_sub *sub);

static void on_members(struct rmqi_call *call, enum rmq_error error,
		       const struct rmqi_command *response)
{
	struct rmqi_sub *sub = RMQI_CONTAINER(call, struct rmqi_sub, call);
	struct rmqi_rebalance *r = sub->rebalance;

	sub->is_asking = false;
	if (!sub->is_removed && r->consumer->is_active && sub->route) {
		take_answer(r, sub, error, response);
		if (sub->ask_again)
			ask(r, sub);
	}
	rmqi_sub_unref(sub);
}

/* A random broker of the topic: its master, else any replica (findBrokerAddrByTopic). */
static const char *random_address(struct rmqi_rebalance *r, const struct rmqi_route *route)
{
	size_t start, count = route->broker_count;

	if (count == 0)
		return NULL;
	start = (size_t)rmqi_rand_below(r->rand, count);
	for (size_t i = 0; i < count; i++) {
		const struct rmqi_broker_data *b = &route->brokers[(start + i) % count];

		if (b->address_count == 0)
			continue;
		if (b->addresses[0].id == 0)
			return b->addresses[0].address;
		return b->addresses[rmqi_rand_below(r->rand, b->address_count)].address;
	}
	return NULL;
}

static void ask(struct rmqi_rebalance *r, struct rmqi_sub *sub)
{
	struct rmqi_consumer *c = r->consumer;
	struct rmqi_h_get_consumer_list_by_group h = {.consumerGroup = rmqi_str(c->group)};
	struct rmqi_outgoing request = {.code = RMQI_REQ_GET_CONSUMER_LIST_BY_GROUP,
					.desc = &rmqi_desc_get_consumer_list_by_group,
					.header = &h};
	const char *address = sub->route ? random_address(r, &sub->route->route) : NULL;

	if (!address)
		return;
	if (sub->is_asking) {
		sub->ask_again = true;
		return;
	}
	sub->ask_again = false;
	sub->is_asking = true;
	sub->rebalance = r;
	sub->call = (struct rmqi_call){.fn = on_members};
	snprintf(sub->asked, sizeof(sub->asked), "%s", address);
	rmqi_sub_ref(sub);
	rmqi_rpc_call_async(rmqi_client_rpc(c->client), address, &request,
			    rmqi_consumer_deadline(c, c->set.api_timeout_ms), &sub->call);
}

/* --- When ------------------------------------------------------------------------------------ */

static void on_timer(struct rmqi_timer *t)
{
	struct rmqi_rebalance *r = RMQI_CONTAINER(t, struct rmqi_rebalance, timer);
	struct rmqi_consumer *c = r->consumer;

	if (!c->is_active)
		return;
	r->ran_us = rmqi_clock_us(c->clock);
	rmqi_timer_start_ms(&r->timer, c->set.rebalance_ms);
	/* Before that no broker counts us in. */
	if (!r->is_registered)
		return;
	RMQI_LIST_EACH(node, &c->subs.list)
		ask(r, RMQI_LIST_ITEM(node, struct rmqi_sub, link));
}

enum rmq_error rmqi_rebalance_init(struct rmqi_rebalance *r, struct rmqi_consumer *c)
{
	const struct rmqi_env *env = rmqi_client_env(c->client);

	r->rand = env->sim ? rmqi_sim_rand(env->sim) : &r->own_rand;
	if (!env->sim)
		rmqi_rand_init_system(&r->own_rand);
	r->consumer = c;
	r->ran_us = INT64_MIN / 2;
	return rmqi_timer_init(&r->timer, rmqi_loop_timers(c->loop), on_timer);
}

void rmqi_rebalance_soon(struct rmqi_rebalance *r, int64_t delay_ms)
{
	struct rmqi_consumer *c = r->consumer;
	int64_t due = rmqi_consumer_deadline(c, delay_ms);

	if (!c->is_active)
		return;
	if (due < r->ran_us + GAP_US)
		due = r->ran_us + GAP_US;
	if (!rmqi_timer_is_armed(&r->timer) || due < r->timer.node.key)
		rmqi_timer_start(&r->timer, due);
}

void rmqi_rebalance_registered(struct rmqi_rebalance *r)
{
	r->is_registered = true;
	rmqi_rebalance_soon(r, 0);
}

enum rmqi_standing rmqi_rebalance_standing(const struct rmqi_rebalance *r,
					   const struct rmqi_sub *sub)
{
	if (!sub->route)
		return RMQI_STANDING_NO_ROUTE;
	if (!r->is_registered)
		return RMQI_STANDING_UNREGISTERED;
	return sub->is_shared ? RMQI_STANDING_SHARED : RMQI_STANDING_UNCOUNTED;
}
