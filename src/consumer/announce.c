/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/announce.h"

#include "consumer/consumer.h"

enum {
	SETTLE_MS = 50,  /* the lists of all topics tell of the same change */
	CALM_PERIODS = 4 /* so many of the largest gap without trouble: the next one is news */
};

static int64_t now_us(const struct rmqi_announce *a)
{
	return rmqi_clock_us(a->consumer->clock);
}

static void renew(struct rmqi_announce *a)
{
	struct rmqi_consumer *c = a->consumer;

	a->renewed_us = now_us(a);
	rmqi_subscriptions_renew(&c->subs, rmqi_clock_wall_ms(c->clock));
	rmqi_client_heartbeat(c->client);
}

static void on_timer(struct rmqi_timer *t)
{
	struct rmqi_announce *a = RMQI_CONTAINER(t, struct rmqi_announce, timer);

	if (a->consumer->is_active)
		renew(a);
}

enum rmq_error rmqi_announce_init(struct rmqi_announce *a, struct rmqi_consumer *c)
{
	*a = (struct rmqi_announce){.consumer = c, .beat_us = INT64_MIN / 2};
	return rmqi_timer_init(&a->timer, rmqi_loop_timers(c->loop), on_timer);
}

void rmqi_announce_stop(struct rmqi_announce *a)
{
	rmqi_timer_stop(&a->timer);
}

void rmqi_announce_deinit(struct rmqi_announce *a)
{
	rmqi_timer_deinit(&a->timer);
}

void rmqi_announce_start(struct rmqi_announce *a)
{
	struct rmqi_consumer *c = a->consumer;

	a->renewed_us = now_us(a);
	rmqi_subscriptions_renew(&c->subs, rmqi_clock_wall_ms(c->clock));
}

void rmqi_announce_changed(struct rmqi_announce *a)
{
	int64_t first = a->renewed_us + RMQI_RENEW_MS * 1000;
	int64_t due = now_us(a) + SETTLE_MS * 1000;

	if (!rmqi_timer_is_armed(&a->timer))
		rmqi_timer_start(&a->timer, due > first ? due : first);
}

void rmqi_announce_unknown(struct rmqi_announce *a)
{
	int64_t period = rmqi_config_i64(rmqi_client_config(a->consumer->client),
					 RMQI_CFG_heartbeatBrokerInterval) *
			 1000;
	int64_t floor = RMQI_UNKNOWN_GAP_MS * 1000, most = period > floor ? period : floor;
	int64_t now = now_us(a);

	if (now - a->unknown_us > CALM_PERIODS * most)
		a->gap_us = 0;
	a->unknown_us = now;
	if (now - a->beat_us < a->gap_us)
		return;
	a->gap_us = a->gap_us > 0 ? 2 * a->gap_us : floor;
	if (a->gap_us > most)
		a->gap_us = most;
	a->beat_us = now;
	rmqi_client_heartbeat(a->consumer->client);
}

void rmqi_announce_beaten(struct rmqi_announce *a)
{
	a->beat_us = now_us(a);
}
