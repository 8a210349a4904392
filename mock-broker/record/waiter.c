/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/record/waiter.h"

#include "base/clock.h"
#include "mock-broker/record/requests.h"

static void look(struct mb_waiter *w)
{
	if (w->count >= w->at_least)
		rmqi_event_set(&w->enough);
}

static void on_seen(struct mb_record_listener *l, const struct mb_seen *seen)
{
	struct mb_waiter *w = RMQI_CONTAINER(l, struct mb_waiter, listener);

	if (!mb_seen_matches(seen, w->filter))
		return;
	w->count++;
	w->last_us = rmqi_clock_us(w->enough.env->clock);
	look(w);
}

static void on_clear(struct mb_record_listener *l)
{
	RMQI_CONTAINER(l, struct mb_waiter, listener)->count = 0;
}

void mb_waiter_init(struct mb_waiter *w, struct mb_record *r, const struct rmqi_env *env,
		    const struct mb_select *filter)
{
	*w = (struct mb_waiter){.listener = {.on_seen = on_seen, .on_clear = on_clear},
				.record = r,
				.filter = filter,
				.at_least = SIZE_MAX};
	rmqi_list_init(&w->listener.link);
	rmqi_event_init(&w->enough, env);
}

void mb_waiter_deinit(struct mb_waiter *w)
{
	rmqi_event_deinit(&w->enough);
}

void mb_waiter_join(struct mb_waiter *w)
{
	w->count = mb_record_count(w->record, w->filter);
	w->last_us = rmqi_clock_us(w->enough.env->clock);
	mb_record_listen(w->record, &w->listener);
}

void mb_waiter_leave(struct mb_waiter *w)
{
	rmqi_list_remove(&w->listener.link);
}

void mb_waiter_expect(struct mb_waiter *w, size_t at_least)
{
	w->at_least = at_least;
	rmqi_event_reset(&w->enough);
	look(w);
}
