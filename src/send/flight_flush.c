/* SPDX-License-Identifier: Apache-2.0 */
/* Epochs: what was accepted before a flush, and who waits for its end. */
#include "base/mem.h"
#include "send/flight_impl.h"

static struct rmqi_epoch *open_epoch(const struct rmqi_flight *f)
{
	return rmqi_flight_epoch(f->epochs.prev);
}

/* The one before; NULL: it is the oldest. */
static struct rmqi_epoch *before(const struct rmqi_flight *f, const struct rmqi_epoch *e)
{
	return e->link.prev == &f->epochs ? NULL : rmqi_flight_epoch(e->link.prev);
}

void rmqi_flight_join_epoch(struct rmqi_flight *f, struct rmqi_place *p)
{
	p->epoch = open_epoch(f);
	p->epoch->count += p->messages;
}

/* A closed epoch is empty: who waits for it waits for the one before it, or no longer. */
static void end_epoch(struct rmqi_flight *f, struct rmqi_epoch *e, struct rmqi_list *woken)
{
	RMQI_LIST_EACH(node, &f->flushing) {
		struct rmqi_flight_waiter *w = rmqi_flight_waiter(node);

		if (w->until != e)
			continue;
		w->until = before(f, e);
		if (w->until)
			continue;
		w->is_done = true;
		w->error = RMQ_OK;
		rmqi_list_remove(&w->link);
		rmqi_list_push(woken, &w->link);
	}
	rmqi_list_remove(&e->link);
	if (e != &f->first)
		rmqi_free(e);
}

void rmqi_flight_quit_epoch(struct rmqi_flight *f, struct rmqi_place *p, struct rmqi_list *woken)
{
	p->epoch->count -= p->messages;
	if (p->epoch->count == 0 && p->epoch != open_epoch(f))
		end_epoch(f, p->epoch, woken);
}

size_t rmqi_flight_count_until(const struct rmqi_flight *f, const struct rmqi_epoch *e)
{
	size_t count = 0;

	for (; e; e = before(f, e))
		count += e->count;
	return count;
}

void rmqi_flight_free_epochs(struct rmqi_flight *f)
{
	RMQI_LIST_EACH(node, &f->epochs) {
		if (rmqi_flight_epoch(node) != &f->first)
			rmqi_free(rmqi_flight_epoch(node));
	}
}

/* Closes the open epoch if there is anything in it; NULL: nothing is under way. *fresh is moved when it is
 * used. @locks: mu held */
static struct rmqi_epoch *close_epoch(struct rmqi_flight *f, struct rmqi_epoch **fresh)
{
	struct rmqi_epoch *open = open_epoch(f);

	if (open->count == 0)
		return before(f, open);
	rmqi_list_push(&f->epochs, &(*fresh)->link);
	*fresh = NULL;
	return open;
}

enum rmq_error rmqi_flight_flush(struct rmqi_flight *f, int64_t deadline_us, size_t *left)
{
	struct rmqi_epoch *fresh = rmqi_calloc(1, sizeof(*fresh));
	bool may_wait = !rmqi_flight_is_inside(f), waits;
	struct rmqi_flight_waiter w;

	if (!fresh)
		return RMQ_ERR_NO_MEMORY;
	rmqi_flight_init_waiter(&w, f);
	rmqi_mutex_lock(&f->mu);
	w.until = close_epoch(f, &fresh);
	waits = w.until && may_wait;
	if (!w.until)
		w.error = RMQ_OK;
	else if (waits)
		rmqi_list_push(&f->flushing, &w.link);
	else
		*left = rmqi_flight_count_until(f, w.until);
	rmqi_mutex_unlock(&f->mu);
	rmqi_free(fresh);
	/* From now on `w` is theirs who leave: done or not, they set its event. */
	if (waits)
		return rmqi_flight_await(f, &w, deadline_us, left);
	rmqi_event_deinit(&w.event);
	return w.error;
}
