/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_reader.c - who reads the input of a connection: the loop, nobody for now, or
 * one synchronous caller. All changes of `reader` are here, one function an arrow.
 *
 *                (1)                     (2)
 *      LOOP <----------> VACANT <-----------------> CALLER <---+
 *      ^  |      (4)                     (3)        |  ^  |    | (6)
 *      |  |                                         |  |  |    |
 *      |  +----------------- (7) -------------------|--+  +----+
 *      +-------------------- (5) -------------------+
 *
 *     (1) the loop has read an answer for a synchronous call, no asynchronous
 *         call is pending, nothing is queued, no frame is unfinished: it drops
 *         its read event and starts the quiet timer. If followers wait, one of
 *         them becomes CALLER at once (3).
 *     (2) the caller has its answer (or its time is up), nobody else waits.
 *     (3) a synchronous call; its caller polls and reads the socket.
 *     (4) an asynchronous call was made, or no synchronous one for the time of the
 *         quiet timer, or the loop's event, if it is still added, says that
 *         something came.
 *     (5) the caller leaves, and asynchronous calls are pending, or a frame is
 *         unfinished, or the connection broke or closes.
 *     (6) the caller leaves, and hands on to another synchronous caller that waits.
 *     (7) a synchronous call while the loop only watches, and watches for nobody:
 *         the caller polls beside it. The loop, woken by the same bytes, sees that
 *         the role is taken and drops its event (and starts the quiet timer); if it
 *         is never fast enough to see it, some answers later it is told.
 *
 * The role is what counts, the event follows: in LOOP it is added, or a WATCH is on
 * its way to the loop; in VACANT it is added or the quiet timer runs, so that the
 * end of the stream is always seen; in CALLER it does not matter. The loop's events
 * never change but on the loop, and `loop_is_reading` says when the loop is in the
 * middle of using the input.
 *
 * A server connection, TLS and inproc have no descriptor that a caller may read (fd
 * is -1) or no synchronous callers: they stay in LOOP.
 */
#include <assert.h>

#include "net/conn_impl.h"

enum {
	QUIET_MS = 5,  /* without a synchronous call: the loop reads again */
	BESIDE_MAX = 4 /* answers that callers read beside the loop's event */
};

/* --- The arrows; @locks: mu held ------------------------------------------------------------- */

static void move(struct rmqi_conn *c, enum rmqi_conn_reader from, enum rmqi_conn_reader to)
{
	/* An arrow begins where the role is. */
	assert(c->reader == from);
	c->reader = to;
}

static void become_caller(struct rmqi_conn *c, struct rmqi_sync_call *w)
{
	c->borrowers++;
	w->is_reader = true;
}

/* (1) */
static void loop_steps_back(struct rmqi_conn *c)
{
	move(c, RMQI_READER_LOOP, RMQI_READER_VACANT);
	c->loop_wants_read = false;
	c->quiet_seen = c->sync_count;
}

/* (2) */
static void caller_leaves(struct rmqi_conn *c)
{
	move(c, RMQI_READER_CALLER, RMQI_READER_VACANT);
}

/* (3) */
static void caller_enters(struct rmqi_conn *c, struct rmqi_sync_call *w)
{
	move(c, RMQI_READER_VACANT, RMQI_READER_CALLER);
	become_caller(c, w);
}

/* (4) */
static void loop_returns(struct rmqi_conn *c)
{
	move(c, RMQI_READER_VACANT, RMQI_READER_LOOP);
}

/* (5) */
static void caller_yields(struct rmqi_conn *c)
{
	move(c, RMQI_READER_CALLER, RMQI_READER_LOOP);
	c->loop_wants_read = false;
}

/* (6) */
static void caller_hands_on(struct rmqi_conn *c, struct rmqi_sync_call *w)
{
	move(c, RMQI_READER_CALLER, RMQI_READER_CALLER);
	become_caller(c, w);
	rmqi_cond_signal(&w->cond);
}

/* (7) */
static void caller_cuts_in(struct rmqi_conn *c, struct rmqi_sync_call *w)
{
	/* Two would use the input. */
	assert(!c->loop_is_reading);
	move(c, RMQI_READER_LOOP, RMQI_READER_CALLER);
	become_caller(c, w);
}

/* --- Callers ----------------------------------------------------------------------------------- */

/* NULL: none waits. @locks: mu held */
static struct rmqi_sync_call *pop_follower(struct rmqi_conn *c)
{
	struct rmqi_list *node = rmqi_list_pop(&c->followers);

	return node ? RMQI_LIST_ITEM(node, struct rmqi_sync_call, call.link) : NULL;
}

/* Does the loop have nothing to read for? @locks: mu held */
static bool is_for_callers(const struct rmqi_conn *c)
{
	return c->async_count == 0 && c->partial_since_us == 0;
}

bool rmqi_reader_take(struct rmqi_conn *c, struct rmqi_sync_call *self)
{
	if (self->is_reader)
		return true; /* handed on to */
	if (!self->is_pending || c->fd < 0 || atomic_load(&c->state) != RMQI_CONN_OPEN)
		return false;
	if (c->reader == RMQI_READER_VACANT)
		caller_enters(c, self);
	else if (c->reader == RMQI_READER_LOOP && !c->loop_is_reading && is_for_callers(c))
		caller_cuts_in(c, self);
	else
		return false;
	rmqi_list_remove(&self->call.link);
	return true;
}

/* Work for the loop. @locks: mu held */
static unsigned give_back(struct rmqi_conn *c)
{
	struct rmqi_sync_call *next;

	if (atomic_load(&c->state) != RMQI_CONN_OPEN || c->loop_wants_read || !is_for_callers(c)) {
		caller_yields(c);
		return RMQI_WORK_WATCH;
	}
	next = pop_follower(c);
	if (next)
		caller_hands_on(c, next);
	else
		caller_leaves(c);
	/* A poller looks again when it wakes. If the caller was faster each time, the loop never saw
	 * the bytes that it was woken for: it must be told to drop its event. */
	return c->is_watched && ++c->beside >= BESIDE_MAX ? RMQI_WORK_WATCH : 0;
}

void rmqi_reader_leave(struct rmqi_conn *c, struct rmqi_sync_call *self)
{
	bool must_post = false;
	unsigned work;

	rmqi_mutex_lock(&c->mu);
	self->is_reader = false;
	work = give_back(c);
	if (work)
		must_post = rmqi_conn_add_work(c, work);
	must_post |= rmqi_conn_return_fd(c);
	rmqi_mutex_unlock(&c->mu);
	if (must_post)
		rmqi_conn_post_work(c);
}

/* --- The loop ------------------------------------------------------------------------------------ */

unsigned rmqi_reader_call_loop(struct rmqi_conn *c)
{
	if (c->reader == RMQI_READER_CALLER)
		c->loop_wants_read = true;
	if (c->reader != RMQI_READER_VACANT)
		return 0;
	loop_returns(c);
	return RMQI_WORK_WATCH;
}

bool rmqi_reader_begin(struct rmqi_conn *c)
{
	if (c->reader == RMQI_READER_CALLER)
		return false;
	if (c->reader == RMQI_READER_VACANT)
		loop_returns(c);
	c->loop_is_reading = true;
	return true;
}

void rmqi_reader_end(struct rmqi_conn *c)
{
	c->loop_is_reading = false;
}

void rmqi_reader_step_back(struct rmqi_conn *c)
{
	struct rmqi_sync_call *follower;
	bool has_stepped;

	rmqi_mutex_lock(&c->mu);
	has_stepped = atomic_load(&c->state) == RMQI_CONN_OPEN && c->fd >= 0 &&
		      c->reader == RMQI_READER_LOOP && c->queued == c->written && is_for_callers(c);
	if (has_stepped) {
		loop_steps_back(c);
		follower = pop_follower(c);
		if (follower) {
			caller_enters(c, follower);
			rmqi_cond_signal(&follower->cond);
		}
	}
	rmqi_mutex_unlock(&c->mu);
	if (has_stepped)
		rmqi_reader_watch(c);
}

bool rmqi_reader_was_beaten(struct rmqi_conn *c)
{
	bool was_beaten;

	rmqi_mutex_lock(&c->mu);
	was_beaten = c->sync_count != c->quiet_seen;
	rmqi_mutex_unlock(&c->mu);
	return was_beaten;
}

void rmqi_reader_watch(struct rmqi_conn *c)
{
	bool is_loop, wants_read, has_much;

	if (rmqi_conn_is_closing(c) || !c->stream)
		return;
	rmqi_mutex_lock(&c->mu);
	is_loop = c->reader == RMQI_READER_LOOP;
	wants_read = is_loop && !c->is_paused;
	has_much = is_loop && rmqi_conn_has_much(c);
	c->is_watched = wants_read;
	c->beside = 0;
	rmqi_mutex_unlock(&c->mu);
	if (is_loop)
		rmqi_timer_stop(&c->quiet_timer);
	else if (!rmqi_timer_is_armed(&c->quiet_timer))
		rmqi_timer_start_ms(&c->quiet_timer, QUIET_MS);
	/* What callers have read. */
	if (has_much)
		rmqi_conn_guard_memory(c);
	if (wants_read == c->wants_read)
		return;
	c->wants_read = wants_read;
	rmqi_conn_want(c);
}

void rmqi_reader_on_quiet(struct rmqi_timer *t)
{
	struct rmqi_conn *c = RMQI_CONTAINER(t, struct rmqi_conn, quiet_timer);
	bool is_loop;

	rmqi_mutex_lock(&c->mu);
	if (c->reader == RMQI_READER_VACANT && c->quiet_seen == c->sync_count)
		loop_returns(c);
	c->quiet_seen = c->sync_count;
	is_loop = c->reader == RMQI_READER_LOOP;
	rmqi_mutex_unlock(&c->mu);
	if (is_loop)
		rmqi_reader_watch(c);
	else
		rmqi_timer_start_ms(&c->quiet_timer, QUIET_MS);
}
