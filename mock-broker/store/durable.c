/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/store/durable.h"

static struct mb_put_wait *first_of(const struct mb_durable *d, enum mb_part part)
{
	const struct rmqi_list *waits = &d->parts[part].waits;

	return rmqi_list_is_empty(waits)
		       ? NULL
		       : RMQI_LIST_ITEM(waits->next, struct mb_put_wait, parts[part].link);
}

static void arm(struct mb_durable *d, enum mb_part part)
{
	const struct mb_put_wait *first = first_of(d, part);

	rmqi_timer_start(&d->parts[part].timer,
			 first ? first->parts[part].deadline_us : RMQI_FOREVER);
}

/* How a part ended that was not in time. */
static enum mb_put_status late(enum mb_part part)
{
	return part == MB_FLUSHED ? MB_PUT_FLUSH_DISK_TIMEOUT : MB_PUT_FLUSH_SLAVE_TIMEOUT;
}

/* A part is over. True: it was the last one. */
static bool end_part(struct mb_put_wait *w, enum mb_part part, enum mb_put_status status)
{
	rmqi_list_remove(&w->parts[part].link);
	w->open &= ~(1u << part);
	if (status != MB_PUT_OK && (part == MB_REPLICATED || w->status == MB_PUT_OK))
		w->status = status;
	return w->open == 0;
}

/* Those of the list are in no other one: each may wait anew, or be freed. */
static void call_back(struct rmqi_list *over)
{
	struct rmqi_list *node;

	while ((node = rmqi_list_pop(over)) != NULL) {
		struct mb_put_wait *w =
			RMQI_LIST_ITEM(node, struct mb_put_wait, parts[MB_FLUSHED].link);

		w->done(w, w->status);
	}
}

/* Ends the part for all that wait up to `upto`, or whose time is up by `now_us`. */
static void end_some(struct mb_durable *d, enum mb_part part, int64_t upto, int64_t now_us)
{
	struct rmqi_list over;

	rmqi_list_init(&over);
	RMQI_LIST_EACH(node, &d->parts[part].waits) {
		struct mb_put_wait *w = RMQI_LIST_ITEM(node, struct mb_put_wait, parts[part].link);
		bool is_safe = w->upto <= upto;

		if (!is_safe && w->parts[part].deadline_us > now_us)
			continue;
		if (end_part(w, part, is_safe ? MB_PUT_OK : late(part)))
			rmqi_list_push(&over, &w->parts[MB_FLUSHED].link);
	}
	arm(d, part);
	call_back(&over);
}

static void flush_timer_fired(struct rmqi_timer *t)
{
	struct mb_durable *d = RMQI_CONTAINER(t, struct mb_durable, parts[MB_FLUSHED].timer);

	end_some(d, MB_FLUSHED, d->parts[MB_FLUSHED].upto, rmqi_clock_us(t->timers->clock));
}

static void slave_timer_fired(struct rmqi_timer *t)
{
	struct mb_durable *d = RMQI_CONTAINER(t, struct mb_durable, parts[MB_REPLICATED].timer);

	end_some(d, MB_REPLICATED, d->parts[MB_REPLICATED].upto, rmqi_clock_us(t->timers->clock));
}

enum rmq_error mb_durable_init(struct mb_durable *d, struct rmqi_timers *timers,
			       int64_t flush_timeout_ms, int64_t slave_timeout_ms)
{
	enum rmq_error err;

	*d = (struct mb_durable){
		.parts = {{.timeout_ms = flush_timeout_ms}, {.timeout_ms = slave_timeout_ms}}};
	for (enum mb_part part = 0; part < MB_PARTS; part++)
		rmqi_list_init(&d->parts[part].waits);
	err = rmqi_timer_init(&d->parts[MB_FLUSHED].timer, timers, flush_timer_fired);
	if (err == RMQ_OK)
		err = rmqi_timer_init(&d->parts[MB_REPLICATED].timer, timers, slave_timer_fired);
	return err;
}

void mb_durable_deinit(struct mb_durable *d)
{
	for (enum mb_part part = 0; part < MB_PARTS; part++) {
		if (d->parts[part].timer.timers)
			while (rmqi_list_pop(&d->parts[part].waits))
				;
		rmqi_timer_deinit(&d->parts[part].timer);
	}
}

bool mb_durable_has_to_wait(const struct mb_durable *d, unsigned parts)
{
	return (parts & MB_WAIT_FLUSHED) != 0 ||
	       ((parts & MB_WAIT_REPLICATED) != 0 && d->slaves != MB_SLAVES_NONE);
}

/* The part is over in its beginning, with *status. */
static bool is_over(const struct mb_durable *d, enum mb_part part, const struct mb_put_wait *w,
		    enum mb_put_status *status)
{
	*status = MB_PUT_OK;
	if (part == MB_REPLICATED && d->slaves == MB_SLAVES_LOST)
		*status = MB_PUT_SLAVE_NOT_AVAILABLE;
	return *status != MB_PUT_OK || w->upto <= d->parts[part].upto ||
	       (part == MB_REPLICATED && d->slaves == MB_SLAVES_NONE);
}

static void begin_part(struct mb_durable *d, enum mb_part part, struct mb_put_wait *w)
{
	struct mb_durable_part *p = &d->parts[part];
	enum mb_put_status status;

	if (is_over(d, part, w, &status)) {
		end_part(w, part, status);
		return;
	}
	w->parts[part].deadline_us = rmqi_clock_deadline(p->timer.timers->clock, p->timeout_ms);
	rmqi_list_push(&p->waits, &w->parts[part].link);
	if (first_of(d, part) == w)
		arm(d, part);
}

void mb_durable_wait(struct mb_durable *d, unsigned parts, int64_t upto, struct mb_put_wait *w)
{
	w->upto = upto;
	w->open = parts;
	w->status = MB_PUT_OK;
	for (enum mb_part part = 0; part < MB_PARTS; part++)
		rmqi_list_init(&w->parts[part].link);
	if (d->is_failed && (parts & MB_WAIT_FLUSHED)) {
		w->done(w, MB_PUT_SERVICE_NOT_AVAILABLE);
		return;
	}
	for (enum mb_part part = 0; part < MB_PARTS; part++) {
		if (parts & (1u << part))
			begin_part(d, part, w);
	}
	if (w->open == 0)
		w->done(w, w->status);
}

bool mb_durable_is_awaited(const struct mb_durable *d, enum mb_part part)
{
	return !rmqi_list_is_empty(&d->parts[part].waits);
}

void mb_durable_reached(struct mb_durable *d, enum mb_part part, int64_t upto)
{
	d->parts[part].upto = upto;
	if (mb_durable_is_awaited(d, part))
		end_some(d, part, upto, INT64_MIN);
}

void mb_durable_set_slaves(struct mb_durable *d, enum mb_slaves slaves)
{
	d->slaves = slaves;
}

void mb_durable_fail(struct mb_durable *d)
{
	struct rmqi_list over;

	rmqi_list_init(&over);
	d->is_failed = true;
	if (!mb_durable_is_awaited(d, MB_FLUSHED))
		return;
	RMQI_LIST_EACH(node, &d->parts[MB_FLUSHED].waits) {
		struct mb_put_wait *w =
			RMQI_LIST_ITEM(node, struct mb_put_wait, parts[MB_FLUSHED].link);

		for (enum mb_part part = 0; part < MB_PARTS; part++)
			rmqi_list_remove(&w->parts[part].link);
		w->open = 0;
		w->status = MB_PUT_SERVICE_NOT_AVAILABLE;
		rmqi_list_push(&over, &w->parts[MB_FLUSHED].link);
	}
	for (enum mb_part part = 0; part < MB_PARTS; part++)
		arm(d, part);
	call_back(&over);
}

void mb_durable_end(struct mb_durable *d)
{
	for (enum mb_part part = 0; part < MB_PARTS; part++) {
		if (mb_durable_is_awaited(d, part))
			end_some(d, part, d->parts[part].upto, INT64_MAX);
	}
}
