/* SPDX-License-Identifier: Apache-2.0 */
/* How bundles leave: one thread at a time starts what is ready, so that the order stays; and the timer. */
#include "send/autobatch_impl.h"

static _Thread_local const char this_thread; /* its address tells threads apart */

void rmqi_autobatch_seal(struct rmqi_autobatch *ab, struct rmqi_bundle *b)
{
	rmqi_shelf_remove(&ab->open, b);
	rmqi_bundle_seal(b);
	rmqi_list_push(&ab->ready, &b->link);
	ab->sealed++;
}

/* The oldest one first. @locks: mu held */
static void seal_all(struct rmqi_autobatch *ab)
{
	struct rmqi_bundle *b;

	while ((b = rmqi_shelf_oldest(&ab->open)) != NULL)
		rmqi_autobatch_seal(ab, b);
}

/* @locks: mu held */
static void seal_topic(struct rmqi_autobatch *ab, const char *topic)
{
	struct rmqi_bundle *b;

	while ((b = rmqi_shelf_oldest_of(&ab->open, topic)) != NULL)
		rmqi_autobatch_seal(ab, b);
}

void rmqi_autobatch_drain(struct rmqi_autobatch *ab)
{
	struct rmqi_list *node;

	if (ab->drainer)
		return;
	ab->drainer = &this_thread;
	while ((node = rmqi_list_pop(&ab->ready)) != NULL) {
		rmqi_mutex_unlock(&ab->mu);
		rmqi_bundle_start(rmqi_autobatch_by_link(node), ab->sender);
		rmqi_mutex_lock(&ab->mu);
		ab->started++;
		rmqi_cond_broadcast(&ab->drained);
	}
	ab->drainer = NULL;
}

/* Until what was sealed so far has left. Not on the loop, which another thread may hold up. @locks: mu
 * held, given up meanwhile */
static void drain_all(struct rmqi_autobatch *ab)
{
	uint64_t sealed = ab->sealed;

	rmqi_autobatch_drain(ab);
	while (ab->started < sealed && ab->drainer != &this_thread)
		rmqi_cond_wait(&ab->drained, &ab->mu);
}

void rmqi_autobatch_flush_topic(struct rmqi_autobatch *ab, const char *topic)
{
	if (!ab)
		return;
	rmqi_mutex_lock(&ab->mu);
	seal_topic(ab, topic);
	drain_all(ab);
	rmqi_mutex_unlock(&ab->mu);
}

void rmqi_autobatch_flush(struct rmqi_autobatch *ab)
{
	if (!ab)
		return;
	rmqi_mutex_lock(&ab->mu);
	seal_all(ab);
	drain_all(ab);
	rmqi_mutex_unlock(&ab->mu);
}

/* --- The timer ------------------------------------------------------------------------------------------ */

/* The end of the oldest one's time. @locks: mu held @thread: loop */
static void set_timer(struct rmqi_autobatch *ab)
{
	const struct rmqi_bundle *oldest = rmqi_shelf_oldest(&ab->open);

	if (!oldest || !ab->has_timer)
		ab->is_timer_wanted = false;
	else
		rmqi_timer_start(&ab->timer, oldest->opened_us + ab->delay_us);
}

void rmqi_autobatch_on_timer(struct rmqi_timer *t)
{
	struct rmqi_autobatch *ab = RMQI_CONTAINER(t, struct rmqi_autobatch, timer);
	int64_t now = rmqi_autobatch_now_us(ab);
	struct rmqi_bundle *b;

	rmqi_mutex_lock(&ab->mu);
	while ((b = rmqi_shelf_oldest(&ab->open)) != NULL && b->opened_us + ab->delay_us <= now)
		rmqi_autobatch_seal(ab, b);
	set_timer(ab);
	rmqi_autobatch_drain(ab);
	rmqi_mutex_unlock(&ab->mu);
}

static void run_arm(struct rmqi_task *task)
{
	struct rmqi_autobatch *ab = RMQI_CONTAINER(task, struct rmqi_autobatch, task);

	rmqi_mutex_lock(&ab->mu);
	set_timer(ab);
	rmqi_mutex_unlock(&ab->mu);
	rmqi_autobatch_unref(ab);
}

bool rmqi_autobatch_wants_timer(struct rmqi_autobatch *ab)
{
	if (ab->is_timer_wanted)
		return false;
	ab->is_timer_wanted = true;
	atomic_fetch_add(&ab->refs, 1);
	/* The bundle may be gone before the task is posted: the loop must not be. */
	rmqi_sender_stay(ab->sender);
	return true;
}

void rmqi_autobatch_arm(struct rmqi_autobatch *ab)
{
	ab->task.run = run_arm;
	rmqi_loop_post(rmqi_autobatch_loop(ab), &ab->task);
}
