/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/assignment.h"

#include "base/detail.h"
#include "base/mem.h"
#include "codec/body_pop.h"
#include "codec/codes.h"
#include "codec/receipt.h"
#include "consumer/allocate.h"
#include "consumer/mq.h"
#include "consumer/pop.h"
#include "consumer/withdrawal.h"

enum { BODY_MAX = 64 * 1024 };

/* --- The question --------------------------------------------------------------------------------- */

static const char *strategy_of(const struct rmq_config *config)
{
	return rmqi_config_str(config, RMQI_CFG_allocateMessageQueueStrategy);
}

enum rmq_error rmqi_assignment_check(const struct rmq_config *config, bool has_own_strategy,
				     struct rmq_error_detail *detail)
{
	int64_t how = rmqi_config_i64(config, RMQI_CFG_allocateMessageQueueStrategy);

	if (!has_own_strategy && (how == RMQI_ALLOCATE_AVG || how == RMQI_ALLOCATE_AVG_BY_CIRCLE))
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
			       "clientRebalance is false, but brokers share queues by AVG or "
			       "AVG_BY_CIRCLE only, not by %s",
			       has_own_strategy ? "a function of one's own" : strategy_of(config));
}

static enum rmq_error encode(struct rmqi_consumer *c, struct rmqi_sub *sub, struct rmqi_buf *out)
{
	struct rmqi_assignment_query q = {
		.topic = rmqi_strdup(rmqi_sub_topic(sub)),
		.consumer_group = rmqi_strdup(c->group),
		.client_id = rmqi_strdup(rmqi_client_id(c->client)),
		.strategy_name = rmqi_strdup(strategy_of(rmqi_client_config(c->client))),
		.message_model = rmqi_strdup("CLUSTERING")};
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (q.topic && q.consumer_group && q.client_id && q.strategy_name && q.message_model)
		err = rmqi_assignment_query_encode(&q, out);
	rmqi_assignment_query_deinit(&q);
	return err;
}

enum rmq_error rmqi_assignment_ask(struct rmqi_consumer *c, struct rmqi_sub *sub,
				   const char *address)
{
	struct rmqi_outgoing request = {.code = RMQI_REQ_QUERY_ASSIGNMENT};
	struct rmqi_cursor bytes;
	struct rmqi_buf body;
	enum rmq_error err;

	rmqi_buf_init(&body, BODY_MAX);
	err = encode(c, sub, &body);
	bytes = rmqi_buf_cursor(&body);
	request.body = &bytes;
	request.body_count = 1;
	if (err == RMQ_OK)
		rmqi_rpc_call_async(rmqi_client_rpc(c->client), address, &request,
				    rmqi_consumer_deadline(c, c->set.api_timeout_ms), &sub->call);
	rmqi_buf_deinit(&body);
	return err;
}

/* --- The retry topic of pops ------------------------------------------------------------------------ */

/* NULL: there is none of ours. */
static struct rmqi_sub *find_retry(struct rmqi_consumer *c, const struct rmqi_sub *sub)
{
	char topic[RMQI_RETRY_TOPIC_MAX + 1];
	struct rmqi_sub *retry = rmqi_subscriptions_find(
		&c->subs, rmqi_pop_topic(RMQI_POP_RETRY, c->group, rmqi_sub_topic(sub), topic));

	return retry && retry->is_retry ? retry : NULL;
}

/* A broker makes the topic when it needs it: its route may come later. */
static enum rmq_error begin_retry(struct rmqi_consumer *c, const struct rmqi_sub *sub,
				  struct rmqi_sub **out)
{
	char topic[RMQI_RETRY_TOPIC_MAX + 1];
	const char *name = rmqi_pop_topic(RMQI_POP_RETRY, c->group, rmqi_sub_topic(sub), topic);
	struct rmqi_topic_route *known = rmqi_client_cached_route(c->client, name);
	enum rmq_error err;

	err = rmqi_subscriptions_put(&c->subs, name, RMQI_EXPRESSION_TAG, "*",
				     rmqi_clock_wall_ms(c->clock), true, out);
	if (err == RMQ_OK && known)
		rmqi_sub_set_route(*out, known);
	rmqi_topic_route_unref(known);
	if (err == RMQ_OK)
		err = rmqi_client_watch(c->client, name);
	/* It would be taken for one whose route is asked for. */
	if (err != RMQ_OK && *out) {
		rmqi_withdraw_sub(c, *out);
		*out = NULL;
	}
	return err;
}

static enum rmq_error follow_retry(struct rmqi_consumer *c, const struct rmqi_sub *sub,
				   bool is_wanted, struct rmqi_sub **out)
{
	struct rmqi_sub *retry = find_retry(c, sub);
	enum rmq_error err = RMQ_OK;

	if (is_wanted == (retry != NULL))
		return RMQ_OK;
	if (is_wanted)
		err = begin_retry(c, sub, out);
	else
		rmqi_withdraw_sub(c, retry);
	rmqi_client_heartbeat(c->client);
	return err;
}

void rmqi_assignment_end(struct rmqi_consumer *c, const struct rmqi_sub *sub)
{
	struct rmqi_sub *retry = find_retry(c, sub);

	if (retry)
		rmqi_withdraw_sub(c, retry);
}

/* --- What it says ----------------------------------------------------------------------------------- */

static bool is_same(const struct rmqi_mq *mq, const struct rmqi_assignment *a)
{
	return mq->pop.is_it == a->is_pop && rmqi_queue_cmp(&mq->key, &a->queue) == 0;
}

static bool is_assigned(const struct rmqi_assignments *all, const struct rmqi_mq *mq)
{
	for (size_t i = 0; i < all->count; i++)
		if (is_same(mq, &all->items[i]))
			return true;
	return false;
}

static void let_go(struct rmqi_sub *sub, const struct rmqi_assignments *all, struct rmqi_share *out)
{
	RMQI_LIST_EACH(node, &sub->mqs) {
		struct rmqi_mq *mq = RMQI_LIST_ITEM(node, struct rmqi_mq, link);

		if (is_assigned(all, mq))
			continue;
		out->dropped += mq->state < RMQI_MQ_LEAVING ? 1 : 0;
		rmqi_mq_leave(mq);
	}
}

static struct rmqi_mq *find_held(struct rmqi_sub *sub, const struct rmqi_assignment *a)
{
	RMQI_LIST_EACH(node, &sub->mqs) {
		struct rmqi_mq *mq = RMQI_LIST_ITEM(node, struct rmqi_mq, link);

		if (is_same(mq, a))
			return mq;
	}
	return NULL;
}

static enum rmq_error take_up(struct rmqi_consumer *c, struct rmqi_sub *sub,
			      const struct rmqi_assignment *a, struct rmqi_share *out)
{
	struct rmqi_mq *mq = find_held(sub, a);
	enum rmq_error err;

	if (mq)
		return mq->state < RMQI_MQ_LEAVING ? RMQ_OK : RMQ_AGAIN;
	err = rmqi_mq_new(c, sub, &a->queue, &mq);
	if (err != RMQ_OK)
		return err;
	if (a->is_pop)
		rmqi_pop_begin(mq);
	out->added++;
	return RMQ_OK;
}

static enum rmq_error apply(struct rmqi_consumer *c, struct rmqi_sub *sub,
			    const struct rmqi_assignments *all, struct rmqi_assigned *out)
{
	enum rmq_error verdict = RMQ_OK;
	size_t pops = 0;

	let_go(sub, all, &out->share);
	for (size_t i = 0; i < all->count; i++) {
		enum rmq_error err = take_up(c, sub, &all->items[i], &out->share);

		pops += all->items[i].is_pop ? 1 : 0;
		verdict = err != RMQ_OK ? err : verdict;
	}
	out->share.count = all->count;
	out->is_popped = pops > 0;
	/* Who has no queue pulls none of it either. */
	if (!sub->is_retry && all->count > 0 &&
	    follow_retry(c, sub, pops == 0, &out->retry) != RMQ_OK)
		verdict = RMQ_ERR_NO_MEMORY;
	return verdict;
}

/* Of this topic, whatever a broker says. */
static bool is_of(const struct rmqi_assignments *all, const struct rmqi_sub *sub)
{
	for (size_t i = 0; i < all->count; i++)
		if (!rmqi_str_is(rmqi_str(all->items[i].queue.topic), rmqi_sub_topic(sub)))
			return false;
	return true;
}

enum rmq_error rmqi_assignment_take(struct rmqi_consumer *c, struct rmqi_sub *sub,
				    const struct rmqi_command *response, struct rmqi_assigned *out)
{
	struct rmqi_assignments all = {0};
	enum rmq_error err = rmqi_assignments_decode(response->body, &all);

	*out = (struct rmqi_assigned){0};
	if (err == RMQ_OK && !is_of(&all, sub))
		err = RMQ_ERR_PROTOCOL;
	out->is_told = err == RMQ_OK && all.is_told;
	if (out->is_told)
		err = apply(c, sub, &all, out);
	rmqi_assignments_deinit(&all);
	return err;
}
