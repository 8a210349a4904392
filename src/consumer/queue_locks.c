/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/queue_locks.h"

#include <stdio.h>

#include "base/planted.h"
#include "consumer/queue_locks_impl.h"

enum {
	SUBJECT_SIZE = 640,
	PATIENCE_MS = 5000 /* for another member that has not let go yet: usual for so long */
};

bool rmqi_queue_lock_is_valid(const struct rmqi_queue_lock *lock, int64_t now_us)
{
	return now_us < atomic_load_explicit(&lock->until_us, memory_order_acquire) ||
	       RMQI_PLANTED(LOCK_NOT_AWAITED);
}

/* --- When -------------------------------------------------------------------------------------- */

bool rmqi_lock_is_behind(const struct rmqi_queue_lock *lock)
{
	return lock->state == RMQI_LOCK_WANTED && lock->before;
}

void rmqi_locks_schedule(struct rmqi_queue_locks *l)
{
	int64_t next = INT64_MAX;

	if (l->is_closing)
		return;
	RMQI_LIST_EACH(node, &l->all) {
		struct rmqi_queue_lock *lock = rmqi_lock_at(node);

		if (!lock->is_asking && lock->due_us < next && !rmqi_lock_is_behind(lock))
			next = lock->due_us;
	}
	if (next == INT64_MAX)
		rmqi_timer_stop(&l->timer);
	else
		rmqi_timer_start(&l->timer, next);
}

static void ask_at(struct rmqi_queue_locks *l, struct rmqi_queue_lock *lock, int64_t at_us)
{
	lock->due_us = at_us;
	if (!lock->is_asking && (!rmqi_timer_is_armed(&l->timer) || at_us < l->timer.node.key))
		rmqi_timer_start(&l->timer, at_us);
}

static void ask_later(struct rmqi_queue_locks *l, struct rmqi_queue_lock *lock)
{
	lock->pause_ms = lock->pause_ms > 0 ? 2 * lock->pause_ms : RMQI_LOCK_PAUSE_MIN_MS;
	if (lock->pause_ms > RMQI_LOCK_PAUSE_MAX_MS)
		lock->pause_ms = RMQI_LOCK_PAUSE_MAX_MS;
	lock->due_us = rmqi_locks_now(l) + lock->pause_ms * 1000;
}

/* --- Complaints ---------------------------------------------------------------------------------- */

static const char *subject_of(struct rmqi_queue_lock *lock, char *buf)
{
	const struct rmqi_queue *key = &rmqi_lock_mq(lock)->key;

	snprintf(buf, SUBJECT_SIZE, "%s@%s", key->topic, key->broker_name);
	return buf;
}

static void complain(struct rmqi_queue_locks *l, struct rmqi_queue_lock *lock,
		     struct rmqi_failure *f)
{
	char subject[SUBJECT_SIZE];

	f->kind = RMQI_TROUBLE_LOCK;
	f->subject = subject_of(lock, subject);
	f->topic = rmqi_lock_mq(lock)->key.topic;
	rmqi_client_complain(l->consumer->client, f, &lock->is_complained);
}

static void settle(struct rmqi_queue_locks *l, struct rmqi_queue_lock *lock)
{
	char subject[SUBJECT_SIZE];

	if (lock->is_complained)
		rmqi_client_settle(l->consumer->client, RMQI_TROUBLE_LOCK,
				   subject_of(lock, subject), &lock->is_complained);
}

static void withdraw(struct rmqi_queue_locks *l, struct rmqi_queue_lock *lock)
{
	char subject[SUBJECT_SIZE];

	if (lock->is_complained)
		rmqi_client_withdraw(l->consumer->client, RMQI_TROUBLE_LOCK,
				     subject_of(lock, subject), &lock->is_complained);
}

/* --- States -------------------------------------------------------------------------------------- */

static void move(struct rmqi_queue_locks *l, struct rmqi_queue_lock *lock, enum rmqi_lock_state to)
{
	/* Those that are released stand in front: few, and looked for. */
	if (to == RMQI_LOCK_RELEASING) {
		rmqi_list_remove(&lock->link);
		rmqi_list_insert_before(l->all.next, &lock->link);
	}
	if (to != RMQI_LOCK_HELD)
		atomic_store(&lock->until_us, 0);
	lock->state = to;
}

/* The old lock of this queue that was given back last, if the broker has not heard it yet. */
static void find_before(struct rmqi_queue_locks *l, struct rmqi_queue_lock *lock)
{
	const struct rmqi_queue *key = &rmqi_lock_mq(lock)->key;

	RMQI_LIST_EACH(node, &l->all) {
		struct rmqi_queue_lock *old = rmqi_lock_at(node);
		const struct rmqi_queue *of = &rmqi_lock_mq(old)->key;

		if (old->state != RMQI_LOCK_RELEASING)
			return;
		if (of->queue_id != key->queue_id || rmqi_queue_cmp(of, key) != 0)
			continue;
		lock->before = old;
		old->behind = lock;
		return;
	}
}

/* It is gone: who stood behind it stands behind what it stood behind. */
static void leave_row(struct rmqi_queue_lock *lock)
{
	if (lock->behind)
		lock->behind->before = lock->before;
	if (lock->before)
		lock->before->behind = lock->behind;
	lock->before = lock->behind = NULL;
}

void rmqi_lock_forget(struct rmqi_queue_locks *l, struct rmqi_queue_lock *lock)
{
	struct rmqi_sub *sub = lock->sub;

	if (lock->state == RMQI_LOCK_NONE)
		return;
	withdraw(l, lock);
	move(l, lock, RMQI_LOCK_NONE);
	leave_row(lock);
	rmqi_list_remove(&lock->link);
	lock->sub = NULL;
	rmqi_sub_unref(sub);
	rmqi_mq_unref(rmqi_lock_mq(lock));
}

/* When a broker has forgotten the last grant for certain. */
static int64_t end_of(struct rmqi_queue_lock *lock)
{
	return lock->granted_us + RMQI_LOCK_BROKER_MS * INT64_C(1000);
}

/* The answer may have been lost. */
static bool may_be_ours(struct rmqi_queue_locks *l, struct rmqi_queue_lock *lock)
{
	return lock->was_asked &&
	       rmqi_locks_boot(l) < lock->asked_us + RMQI_LOCK_BROKER_MS * INT64_C(1000);
}

void rmqi_lock_granted(struct rmqi_queue_locks *l, struct rmqi_queue_lock *lock, int64_t sent_us)
{
	/* So long ago that the broker may have given it to another one in between. */
	lock->is_lost |= lock->was_granted && rmqi_locks_boot(l) >= end_of(lock);
	l->consumer->counts.locks_granted++;
	settle(l, lock);
	lock->pause_ms = 0;
	lock->was_granted = true;
	lock->granted_us = sent_us;
	lock->due_us = rmqi_locks_now(l) - (rmqi_locks_boot(l) - sent_us) +
		       RMQI_LOCK_RENEW_MS * INT64_C(1000);
	if (lock->state == RMQI_LOCK_RELEASING) {
		lock->due_us = rmqi_locks_now(l); /* it was asked for before */
		return;
	}
	move(l, lock, RMQI_LOCK_HELD);
	if (lock->is_lost) {
		l->lost(l, rmqi_lock_mq(lock));
		return;
	}
	atomic_store_explicit(&lock->until_us, sent_us + RMQI_LOCK_TRUST_MS * INT64_C(1000),
			      memory_order_release);
	l->granted(l, rmqi_lock_mq(lock));
}

void rmqi_lock_refused(struct rmqi_queue_locks *l, struct rmqi_queue_lock *lock,
		       const char *address)
{
	struct rmqi_failure f = {
		.address = address,
		.code = -1,
		.why = RMQI_STR("another member of the group holds the lock of a queue")};
	bool was_ours = lock->was_granted;

	l->consumer->counts.locks_refused++;
	if (lock->state == RMQI_LOCK_RELEASING) {
		rmqi_lock_forget(l, lock);
		return;
	}
	move(l, lock, RMQI_LOCK_WANTED);
	lock->is_lost |= was_ours;
	lock->was_granted = lock->was_asked = false;
	if (was_ours)
		lock->wanted_us = rmqi_locks_now(l);
	ask_later(l, lock);
	if (rmqi_locks_now(l) - lock->wanted_us >= PATIENCE_MS * 1000)
		complain(l, lock, &f);
	if (lock->is_lost)
		l->lost(l, rmqi_lock_mq(lock));
}

void rmqi_lock_failed(struct rmqi_queue_locks *l, struct rmqi_queue_lock *lock,
		      struct rmqi_failure *f)
{
	if (lock->state == RMQI_LOCK_RELEASING && (l->is_closing || !may_be_ours(l, lock))) {
		rmqi_lock_forget(l, lock);
		return;
	}
	ask_later(l, lock);
	if (lock->state != RMQI_LOCK_RELEASING && !l->is_closing)
		complain(l, lock, f);
}

static void on_timer(struct rmqi_timer *t)
{
	rmqi_locks_ask(RMQI_CONTAINER(t, struct rmqi_queue_locks, timer));
}

/* --- For the sink ------------------------------------------------------------------------------------ */

void rmqi_queue_locks_want(struct rmqi_queue_locks *l, struct rmqi_mq *mq)
{
	struct rmqi_queue_lock *lock = &mq->lane.lock;

	if (l->is_closing || lock->state == RMQI_LOCK_RELEASING)
		return;
	if (lock->state == RMQI_LOCK_NONE) {
		lock->sub = rmqi_sub_ref(mq->sub);
		lock->wanted_us = rmqi_locks_now(l);
		rmqi_mq_ref(mq);
		find_before(l, lock);
		rmqi_list_push(&l->all, &lock->link);
		move(l, lock, RMQI_LOCK_WANTED);
		ask_at(l, lock, rmqi_locks_now(l));
	} else if (lock->state == RMQI_LOCK_HELD && !lock->is_asking && lock->pause_ms == 0) {
		ask_at(l, lock, rmqi_locks_now(l));
	}
}

void rmqi_queue_locks_release(struct rmqi_queue_locks *l, struct rmqi_mq *mq)
{
	struct rmqi_queue_lock *lock = &mq->lane.lock;

	if (lock->state == RMQI_LOCK_NONE || lock->state == RMQI_LOCK_RELEASING)
		return;
	withdraw(l, lock);
	if (l->is_closing || !may_be_ours(l, lock) || RMQI_PLANTED(LOCK_NOT_RELEASED)) {
		rmqi_lock_forget(l, lock);
		return;
	}
	move(l, lock, RMQI_LOCK_RELEASING);
	lock->pause_ms = 0;
	ask_at(l, lock, rmqi_locks_now(l));
}

void rmqi_queue_locks_awake(struct rmqi_queue_locks *l)
{
	if (l->is_closing)
		return;
	RMQI_LIST_EACH(node, &l->all)
		if (rmqi_lock_at(node)->pause_ms > 0)
			ask_at(l, rmqi_lock_at(node), rmqi_locks_now(l));
}

void rmqi_queue_locks_close(struct rmqi_queue_locks *l, bool (*may_release)(struct rmqi_mq *mq))
{
	RMQI_LIST_EACH(node, &l->all) {
		struct rmqi_queue_lock *lock = rmqi_lock_at(node);

		/* One that waits to be told again is told now: there is no later. */
		if (lock->state == RMQI_LOCK_RELEASING)
			lock->due_us = rmqi_locks_now(l);
		else if (may_release(rmqi_lock_mq(lock)))
			rmqi_queue_locks_release(l, rmqi_lock_mq(lock));
	}
	l->is_closing = true;
	l->is_awaited = true;
	rmqi_locks_ask(l);
	rmqi_timer_stop(&l->timer);
	if (l->under_way == 0)
		rmqi_event_set(&l->quiet);
}

/* --- Life ---------------------------------------------------------------------------------------------- */

void rmqi_queue_locks_init(struct rmqi_queue_locks *l, const struct rmqi_env *env)
{
	rmqi_list_init(&l->all);
	rmqi_event_init(&l->quiet, env);
}

enum rmq_error rmqi_queue_locks_set_up(struct rmqi_queue_locks *l, struct rmqi_consumer *c)
{
	l->consumer = c;
	return rmqi_timer_init(&l->timer, rmqi_loop_timers(c->loop), on_timer);
}

void rmqi_queue_locks_tear_down(struct rmqi_queue_locks *l)
{
	rmqi_timer_deinit(&l->timer);
	while (!rmqi_list_is_empty(&l->all))
		rmqi_lock_forget(l, rmqi_lock_at(l->all.next));
}

void rmqi_queue_locks_deinit(struct rmqi_queue_locks *l)
{
	rmqi_event_deinit(&l->quiet);
}
