/* SPDX-License-Identifier: Apache-2.0 */
#include "send/flight.h"

#include "base/detail.h"
#include "base/mem.h"
#include "client/callbacks.h"
#include "send/flight_impl.h"

static _Thread_local struct rmqi_lent *lent; /* the innermost one of this thread */

/* --- The budget; @locks: mu held --------------------------------------------------------------- */

bool rmqi_flight_fits(const struct rmqi_flight *f, size_t messages, size_t bytes)
{
	const struct rmqi_flight_counts *c = &f->counts;

	/* What is larger than all of it passes alone. */
	if (f->messages_most == 0 || c->messages == 0)
		return true;
	return c->messages + messages <= f->messages_most && c->bytes + bytes <= f->bytes_most;
}

static bool fits(const struct rmqi_flight *f, const struct rmqi_place *p)
{
	return rmqi_flight_fits(f, p->messages, p->bytes);
}

static void take_room(struct rmqi_flight *f, struct rmqi_place *p)
{
	struct rmqi_flight_counts *c = &f->counts;

	p->is_held = true;
	c->messages += p->messages;
	c->bytes += p->bytes;
}

static void hold(struct rmqi_flight *f, struct rmqi_place *p)
{
	struct rmqi_flight_counts *c = &f->counts;

	take_room(f, p);
	if (c->messages > c->messages_peak)
		c->messages_peak = c->messages;
	rmqi_flight_join_epoch(f, p);
}

static void give_up(struct rmqi_flight *f, struct rmqi_place *p)
{
	if (!p->is_held)
		return;
	p->is_held = false;
	f->counts.messages -= p->messages;
	f->counts.bytes -= p->bytes;
}

/* The room of the message that this callback is about, for one that the callback sends. */
static bool take_lent(struct rmqi_flight *f, const struct rmqi_place *p)
{
	struct rmqi_place *mine = lent ? lent->place : NULL;

	if (!mine || mine->flight != f || !mine->is_held)
		return false;
	give_up(f, mine);
	if (fits(f, p))
		return true;
	take_room(f, mine);
	return false;
}

/* Those at the front that fit. */
static void admit(struct rmqi_flight *f, struct rmqi_list *woken)
{
	while (!rmqi_list_is_empty(&f->waiting)) {
		struct rmqi_flight_waiter *w = rmqi_flight_waiter(f->waiting.next);

		if (!fits(f, w->place))
			return;
		hold(f, w->place);
		w->is_done = true;
		w->error = RMQ_OK;
		rmqi_list_remove(&w->link);
		rmqi_list_push(woken, &w->link);
	}
}

/* --- Waking ------------------------------------------------------------------------------------------ */

void rmqi_flight_init_waiter(struct rmqi_flight_waiter *w, struct rmqi_flight *f)
{
	*w = (struct rmqi_flight_waiter){.error = RMQ_ERR_TIMEOUT};
	rmqi_list_init(&w->link);
	rmqi_event_init(&w->event, rmqi_client_env(f->client));
}

/* A waiter is gone as soon as its event is set. @locks: none */
static void wake(struct rmqi_list *woken)
{
	struct rmqi_list *node;

	while ((node = rmqi_list_pop(woken)) != NULL)
		rmqi_event_set(&rmqi_flight_waiter(node)->event);
}

enum rmq_error rmqi_flight_await(struct rmqi_flight *f, struct rmqi_flight_waiter *w,
				 int64_t deadline_us, size_t *left)
{
	bool is_set = rmqi_event_wait(&w->event, deadline_us);
	struct rmqi_list woken;
	bool is_done;

	rmqi_list_init(&woken);
	rmqi_mutex_lock(&f->mu);
	is_done = w->is_done;
	if (!is_done) {
		rmqi_list_remove(&w->link);
		admit(f, &woken); /* a smaller one may have stood behind it */
		if (left)
			*left = rmqi_flight_count_until(f, w->until);
	}
	rmqi_mutex_unlock(&f->mu);
	wake(&woken);
	/* Who has done it is about to set it. */
	if (is_done && !is_set)
		(void)rmqi_event_wait(&w->event, RMQI_FOREVER);
	rmqi_event_deinit(&w->event);
	return w->error;
}

/* --- Entering and leaving -------------------------------------------------------------------------------- */

static enum rmq_error tell_busy(const struct rmqi_flight *f, const char *why,
				const struct rmqi_flight_counts *c, struct rmq_error_detail *detail)
{
	return rmqi_detail_set(detail, RMQ_ERR_BUSY, RMQ_ERROR_RETRIABLE,
			       "not sent: %zu messages of %zu bytes are in flight, allowed are "
			       "%zu of %zu (backPressureForAsyncSendNum, ...Size)%s",
			       c->messages, c->bytes, f->messages_most, f->bytes_most, why);
}

static enum rmq_error wait_for_room(struct rmqi_flight *f, struct rmqi_flight_waiter *w,
				    int64_t deadline_us, struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_flight_await(f, w, deadline_us, NULL);
	struct rmqi_flight_counts c;

	if (err == RMQ_ERR_CANCELLED)
		return rmqi_detail_set(detail, err, RMQ_ERROR_FATAL,
				       "closed while the send waited for room");
	if (err != RMQ_ERR_TIMEOUT)
		return err;
	rmqi_mutex_lock(&f->mu);
	f->counts.refusals++;
	c = f->counts;
	rmqi_mutex_unlock(&f->mu);
	return tell_busy(f, ", and none became free within the time of the send", &c, detail);
}

bool rmqi_flight_is_inside(const struct rmqi_flight *f)
{
	return rmqi_client_in_callback(f->client);
}

/* What is not kept. @locks: mu held */
static struct rmqi_spare *push_spare(struct rmqi_flight *f, struct rmqi_spare *spare)
{
	if (!spare || f->spare_count >= RMQI_SPARE_MOST)
		return spare;
	spare->next = f->spare;
	f->spare = spare;
	f->spare_count++;
	return NULL;
}

/* @locks: mu held */
static void pop_spare(struct rmqi_flight *f, struct rmqi_spare **out)
{
	*out = f->spare;
	if (!f->spare)
		return;
	f->spare = f->spare->next;
	f->spare_count--;
}

/* Without room, as it seemed: it may have come since. */
static enum rmq_error enter_full(struct rmqi_flight *f, struct rmqi_place *out, int64_t deadline_us,
				 struct rmq_error_detail *detail)
{
	bool may_wait = f->may_wait && !rmqi_flight_is_inside(f);
	enum rmq_error err = RMQ_AGAIN;
	struct rmqi_flight_counts c;
	struct rmqi_flight_waiter w;

	if (may_wait && f->full.fn)
		f->full.fn(f->full.arg);
	rmqi_flight_init_waiter(&w, f);
	w.place = out;
	rmqi_mutex_lock(&f->mu);
	if (f->is_closed) {
		err = RMQ_ERR_CANCELLED;
	} else if (rmqi_list_is_empty(&f->waiting) && fits(f, out)) {
		hold(f, out);
		err = RMQ_OK;
	} else if (may_wait) {
		f->counts.waits++;
		rmqi_list_push(&f->waiting, &w.link);
	} else {
		rmqi_flight_want_room(f, out);
		err = RMQ_ERR_BUSY;
	}
	c = f->counts;
	rmqi_mutex_unlock(&f->mu);
	if (err == RMQ_AGAIN)
		return wait_for_room(f, &w, deadline_us, detail);
	rmqi_event_deinit(&w.event);
	if (err == RMQ_ERR_CANCELLED)
		return rmqi_detail_set(detail, err, RMQ_ERROR_FATAL, "closed");
	return err == RMQ_OK
		       ? err
		       : tell_busy(f, f->may_wait ? "; a callback does not wait for room" : "", &c,
				   detail);
}

/* The first look: RMQ_AGAIN: there is no room. */
static enum rmq_error enter_free(struct rmqi_flight *f, struct rmqi_place *out,
				 struct rmqi_spare **spare)
{
	enum rmq_error err = RMQ_AGAIN;

	rmqi_mutex_lock(&f->mu);
	if (f->is_closed) {
		err = RMQ_ERR_CANCELLED;
	} else if ((rmqi_list_is_empty(&f->waiting) && fits(f, out)) || take_lent(f, out)) {
		hold(f, out);
		err = RMQ_OK;
	}
	if (spare)
		pop_spare(f, spare);
	rmqi_mutex_unlock(&f->mu);
	return err;
}

static enum rmq_error enter(struct rmqi_flight *f, int64_t deadline_us, struct rmqi_place *out,
			    struct rmqi_spare **spare, struct rmq_error_detail *detail)
{
	enum rmq_error err = enter_free(f, out, spare);

	if (err == RMQ_AGAIN)
		err = enter_full(f, out, deadline_us, detail);
	else if (err == RMQ_ERR_CANCELLED)
		rmqi_detail_set(detail, err, RMQ_ERROR_FATAL, "closed");
	if (err == RMQ_OK) {
		atomic_fetch_add(&f->refs, 1);
		return RMQ_OK;
	}
	if (spare && *spare)
		(*spare)->free(*spare);
	if (spare)
		*spare = NULL;
	return err;
}

enum rmq_error rmqi_flight_enter(struct rmqi_flight *f, size_t bytes, int64_t deadline_us,
				 struct rmqi_place *out, struct rmqi_spare **spare,
				 struct rmq_error_detail *detail)
{
	*out = (struct rmqi_place){.flight = f, .messages = 1, .bytes = bytes};
	return enter(f, deadline_us, out, spare, detail);
}

enum rmq_error rmqi_flight_enter_many(struct rmqi_flight *f, size_t messages, size_t bytes,
				      int64_t deadline_us, struct rmqi_place *out,
				      struct rmq_error_detail *detail)
{
	*out = (struct rmqi_place){.flight = f, .messages = messages, .bytes = bytes};
	return enter(f, deadline_us, out, NULL, detail);
}

/* @locks: mu held */
static void go(struct rmqi_flight *f, struct rmqi_place *p, struct rmqi_list *woken)
{
	give_up(f, p);
	rmqi_flight_quit_epoch(f, p, woken);
	if (lent && lent->place == p)
		lent->place = NULL;
}

static void leave(struct rmqi_flight *f, struct rmqi_place *const *places, size_t count,
		  struct rmqi_spare *spare)
{
	struct rmqi_list woken;
	bool must_tell;

	rmqi_list_init(&woken);
	rmqi_mutex_lock(&f->mu);
	for (size_t i = 0; i < count; i++)
		go(f, places[i], &woken);
	admit(f, &woken);
	must_tell = rmqi_flight_has_news(f);
	spare = push_spare(f, spare);
	rmqi_mutex_unlock(&f->mu);
	wake(&woken);
	if (spare)
		spare->free(spare);
	if (must_tell)
		rmqi_flight_tell_room(f);
	for (size_t i = 0; i < count; i++)
		rmqi_flight_unref(f);
}

void rmqi_flight_leave(struct rmqi_place *p, struct rmqi_spare *spare)
{
	leave(p->flight, &p, 1, spare);
}

void rmqi_flight_leave_many(struct rmqi_place *const *places, size_t count)
{
	if (count > 0)
		leave(places[0]->flight, places, count, NULL);
}

bool rmqi_flight_is_lent(const struct rmqi_flight *f)
{
	return lent && lent->flight == f;
}

void rmqi_flight_lend(struct rmqi_lent *l, struct rmqi_place *p)
{
	*l = (struct rmqi_lent){.outer = lent, .flight = p->flight, .place = p};
	lent = l;
}

void rmqi_flight_unlend(const struct rmqi_lent *l)
{
	lent = l->outer;
}

/* --- Life ------------------------------------------------------------------------------------------------------ */

static void read_rules(struct rmqi_flight *f, const struct rmq_config *config)
{
	f->may_wait = rmqi_config_i64(config, RMQI_CFG_backPressurePolicy) == 0;
	if (!rmqi_config_bool(config, RMQI_CFG_enableBackpressureForAsyncMode))
		return;
	f->messages_most = (size_t)rmqi_config_i64(config, RMQI_CFG_backPressureForAsyncSendNum);
	f->bytes_most = (size_t)rmqi_config_i64(config, RMQI_CFG_backPressureForAsyncSendSize);
}

enum rmq_error rmqi_flight_new(struct rmqi_client *client, struct rmqi_flight **out)
{
	struct rmqi_flight *f = rmqi_calloc(1, sizeof(*f));

	if (!f)
		return RMQ_ERR_NO_MEMORY;
	atomic_init(&f->refs, 1);
	f->client = client;
	read_rules(f, rmqi_client_config(client));
	rmqi_mutex_init(&f->mu);
	rmqi_list_init(&f->waiting);
	rmqi_list_init(&f->flushing);
	rmqi_list_init(&f->epochs);
	rmqi_list_push(&f->epochs, &f->first.link);
	*out = f;
	return RMQ_OK;
}

void rmqi_flight_unref(struct rmqi_flight *f)
{
	struct rmqi_spare *spare;

	if (!f || atomic_fetch_sub(&f->refs, 1) != 1)
		return;
	while ((spare = f->spare) != NULL) {
		f->spare = spare->next;
		spare->free(spare);
	}
	rmqi_flight_free_epochs(f);
	rmqi_mutex_deinit(&f->mu);
	rmqi_free(f);
}

void rmqi_flight_set_full(struct rmqi_flight *f, struct rmqi_room full)
{
	f->full = full;
}

void rmqi_flight_close(struct rmqi_flight *f)
{
	struct rmqi_list woken, *node;

	rmqi_list_init(&woken);
	rmqi_mutex_lock(&f->mu);
	f->is_closed = true;
	while ((node = rmqi_list_pop(&f->waiting)) != NULL) {
		rmqi_flight_waiter(node)->is_done = true;
		rmqi_flight_waiter(node)->error = RMQ_ERR_CANCELLED;
		rmqi_list_push(&woken, node);
	}
	rmqi_mutex_unlock(&f->mu);
	wake(&woken);
}

struct rmqi_flight_counts rmqi_flight_counts(struct rmqi_flight *f)
{
	struct rmqi_flight_counts c;

	rmqi_mutex_lock(&f->mu);
	c = f->counts;
	rmqi_mutex_unlock(&f->mu);
	return c;
}
