/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/rate.h"

#include "consumer/mq.h"
#include "consumer/pops.h"

#define NS_PER_US INT64_C(1000)
#define NS_PER_S INT64_C(1000000000)
#define LATE_MAX (NS_PER_S / 10) /* of a timer: so much is made up for */

static int64_t now_ns(const struct rmqi_rate *r)
{
	return rmqi_clock_us(r->consumer->clock) * NS_PER_US;
}

static struct rmqi_delivery *first_of(struct rmqi_rate *r)
{
	return RMQI_LIST_ITEM(r->waiting.next, struct rmqi_delivery, watch);
}

static void spend(struct rmqi_rate *r, int64_t now, size_t messages)
{
	if (r->per_second == 0)
		return;
	if (r->free_ns < now - LATE_MAX)
		r->free_ns = now - LATE_MAX;
	r->free_ns += (int64_t)messages * NS_PER_S / r->per_second;
}

/* Nobody waited: what was not used is gone. */
static void let_go_unused(struct rmqi_rate *r)
{
	int64_t now = now_ns(r);

	if (r->free_ns < now)
		r->free_ns = now;
}

/* What was popped and has waited too long costs nothing: no listener gets it. */
static size_t cost_of(const struct rmqi_delivery *d)
{
	if (d->mq->pop.is_it && rmqi_pops_is_over(d->mq->consumer, d->items[0]))
		return 0;
	return d->count;
}

/* Its queue may be another member's by now. */
static void hand_on(struct rmqi_rate *r, struct rmqi_delivery *d, int64_t now)
{
	struct rmqi_sink *sink = r->consumer->sink;
	struct rmqi_mq *mq = d->mq;

	rmqi_list_remove(&d->watch);
	mq->timed--;
	if (mq->state < RMQI_MQ_LEAVING) {
		spend(r, now, cost_of(d));
		sink->take(sink, d);
	}
	if (mq->state == RMQI_MQ_PAUSED)
		rmqi_mq_continue(mq);
	rmqi_delivery_unref(d);
}

static void go_on(struct rmqi_rate *r)
{
	const struct rmqi_consumer *c = r->consumer;

	while (!rmqi_list_is_empty(&r->waiting) && c->is_active && !c->is_suspended) {
		int64_t now = now_ns(r);

		if (r->per_second > 0 && r->free_ns > now) {
			rmqi_timer_start(&r->timer, (r->free_ns + NS_PER_US - 1) / NS_PER_US);
			return;
		}
		hand_on(r, first_of(r), now);
	}
}

static void on_timer(struct rmqi_timer *t)
{
	go_on(RMQI_CONTAINER(t, struct rmqi_rate, timer));
}

void rmqi_rate_take(struct rmqi_rate *r, struct rmqi_delivery *d)
{
	if (r->per_second == 0 && rmqi_list_is_empty(&r->waiting)) {
		r->consumer->sink->take(r->consumer->sink, d);
		return;
	}
	if (rmqi_list_is_empty(&r->waiting))
		let_go_unused(r);
	rmqi_list_push(&r->waiting, &rmqi_delivery_ref(d)->watch);
	d->mq->timed++;
	go_on(r);
}

void rmqi_rate_resumed(struct rmqi_rate *r)
{
	let_go_unused(r);
	go_on(r);
}

/* What was handed on too early stays so many messages, whatever the limit is. */
static int64_t convert(int64_t rest_ns, int64_t from, int64_t to)
{
	return rest_ns > 0 && to > 0 ? rest_ns * from / to : 0;
}

static void apply(struct rmqi_rate *r, int64_t per_second)
{
	int64_t most = per_second / 10;

	r->per_second = per_second;
	if (per_second == 0 || most > INT32_MAX)
		most = INT32_MAX;
	r->consumer->fetch_most = most > 0 ? (int32_t)most : 1;
}

void rmqi_rate_set(struct rmqi_rate *r, int64_t per_second)
{
	int64_t now = now_ns(r);

	if (per_second == r->per_second)
		return;
	r->free_ns = now + convert(r->free_ns - now, r->per_second, per_second);
	apply(r, per_second);
	go_on(r);
}

enum rmq_error rmqi_rate_set_up(struct rmqi_rate *r, struct rmqi_consumer *c)
{
	enum rmq_error err = rmqi_timer_init(&r->timer, rmqi_loop_timers(c->loop), on_timer);

	rmqi_list_init(&r->waiting);
	r->consumer = c;
	if (err == RMQ_OK)
		apply(r, c->set.rate_limit);
	return err;
}

void rmqi_rate_tear_down(struct rmqi_rate *r)
{
	struct rmqi_list *node;

	if (!r->consumer)
		return;
	rmqi_timer_deinit(&r->timer);
	while ((node = rmqi_list_pop(&r->waiting)) != NULL)
		rmqi_delivery_unref(RMQI_LIST_ITEM(node, struct rmqi_delivery, watch));
}
