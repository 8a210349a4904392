/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/consume_orderly.h"

#include <unistd.h>

#include "base/mem.h"
#include "consumer/consume_orderly_impl.h"
#include "consumer/consume_pool.h"

enum { RELEASE_MS = 1000 /* RebalanceImpl.unlockAll */ };

/* --- The table ------------------------------------------------------------------------------------ */

static enum rmq_error start(struct rmqi_sink *sink)
{
	struct rmqi_consume_orderly *s = rmqi_orderly_at(sink);
	enum rmq_error err = rmqi_consume_pool_new(s->consumer, &s->pool);

	if (err == RMQ_OK)
		s->identity = s->pool;
	return err;
}

static void take(struct rmqi_sink *sink, struct rmqi_delivery *d)
{
	struct rmqi_consume_orderly *s = rmqi_orderly_at(sink);
	struct rmqi_lane *lane = &d->mq->lane;
	struct rmqi_task *task = NULL;
	bool waits;

	rmqi_mutex_lock(&s->mu);
	rmqi_list_push(&lane->waiting, &rmqi_delivery_ref(d)->watch);
	if (lane->state == RMQI_LANE_IDLE)
		task = rmqi_lane_make_busy(s, lane);
	waits = s->ready.first != NULL;
	rmqi_mutex_unlock(&s->mu);
	if (task)
		rmqi_post(rmqi_pool_executor(s->pool), task);
	if (waits)
		rmqi_orderly_look_soon(s);
	rmqi_orderly_watch_soon(s);
}

/* The listener still has a message of this queue, from when it was ours before. */
bool rmqi_orderly_is_behind_old(const struct rmqi_consume_orderly *s, const struct rmqi_mq *mq)
{
	RMQI_LIST_EACH(node, &s->old)
		if (rmqi_queue_cmp(&rmqi_lane_mq(rmqi_lane_at(node))->key, &mq->key) == 0)
			return true;
	return false;
}

static bool must_wait(struct rmqi_sink *sink, struct rmqi_mq *mq)
{
	struct rmqi_consume_orderly *s = rmqi_orderly_at(sink);

	if (rmqi_orderly_is_behind_old(s, mq))
		return true;
	if (rmqi_orderly_may_work(s, mq, rmqi_orderly_now(s)))
		return false;
	rmqi_queue_locks_want(&s->locks, mq);
	return true;
}

static bool is_running(struct rmqi_consume_orderly *s, struct rmqi_mq *mq, bool is_leaving)
{
	bool runs;

	rmqi_mutex_lock(&s->mu);
	runs = mq->lane.state == RMQI_LANE_BUSY || mq->lane.state == RMQI_LANE_STOPPED;
	if (is_leaving)
		atomic_store(&mq->lane.is_leaving, true);
	rmqi_mutex_unlock(&s->mu);
	return runs;
}

static bool is_busy(struct rmqi_sink *sink, struct rmqi_mq *mq)
{
	struct rmqi_consume_orderly *s = rmqi_orderly_at(sink);

	return is_running(s, mq, true) || mq->lane.backs > 0 || rmqi_lane_hand_over(s, mq);
}

static bool may_commit(struct rmqi_sink *sink, struct rmqi_mq *mq)
{
	struct rmqi_consume_orderly *s = rmqi_orderly_at(sink);
	const struct rmqi_queue_lock *lock = &mq->lane.lock;

	/* Before it is locked there is an offset only if an operator has set it. */
	return !lock->is_lost &&
	       (!lock->was_granted || rmqi_orderly_may_work(s, mq, rmqi_orderly_now(s)));
}

static void forget_waiting(struct rmqi_consume_orderly *s, struct rmqi_lane *lane)
{
	struct rmqi_list all, *node;

	rmqi_list_init(&all);
	rmqi_mutex_lock(&s->mu);
	rmqi_list_move_all(&lane->waiting, &all);
	rmqi_mutex_unlock(&s->mu);
	while ((node = rmqi_list_pop(&all)) != NULL)
		rmqi_delivery_unref(RMQI_LIST_ITEM(node, struct rmqi_delivery, watch));
}

static void dropped(struct rmqi_sink *sink, struct rmqi_mq *mq)
{
	struct rmqi_consume_orderly *s = rmqi_orderly_at(sink);
	struct rmqi_lane *lane = &mq->lane;

	forget_waiting(s, lane);
	rmqi_list_remove(&lane->link); /* it may be suspended */
	lane->due_us = 0;
	if (is_running(s, mq, true)) {
		rmqi_mq_ref(mq);
		rmqi_list_push(&s->old, &lane->link);
		return;
	}
	rmqi_delivery_unref(lane->current);
	lane->current = NULL;
	rmqi_queue_locks_release(&s->locks, mq);
}

static void awake(struct rmqi_sink *sink)
{
	struct rmqi_consume_orderly *s = rmqi_orderly_at(sink);

	rmqi_send_backs_awake(&s->send_backs);
	rmqi_queue_locks_awake(&s->locks);
}

/* For send_backs. */
static void one_back(struct rmqi_consume_orderly *s, struct rmqi_mq *mq)
{
	if (mq->lane.backs > 0)
		mq->lane.backs--;
	rmqi_lane_go_on(s, mq);
}

static void redeliver(struct rmqi_send_backs *backs, struct rmqi_runner *r, struct rmqi_delivery *d,
		      size_t at)
{
	rmqi_free(r);
	rmqi_delivery_set_state(d, at, RMQI_ITEM_OPEN);
	one_back(RMQI_CONTAINER(backs, struct rmqi_consume_orderly, send_backs), d->mq);
}

static void finished(struct rmqi_send_backs *backs, struct rmqi_delivery *d)
{
	one_back(RMQI_CONTAINER(backs, struct rmqi_consume_orderly, send_backs), d->mq);
}

/* --- Out of turn ------------------------------------------------------------------------------------ */

static void end_once(struct rmqi_task *task)
{
	struct rmqi_once *o = RMQI_CONTAINER(task, struct rmqi_once, task);

	o->done(o);
}

/* The consumer is kept until its loop has the task: it stays until that has run. */
static void tell_once(struct rmqi_once *o)
{
	struct rmqi_consumer *c = rmqi_orderly_at(o->sink)->consumer;

	o->task.run = end_once;
	rmqi_loop_post(c->loop, &o->task);
	rmqi_consumer_unref(c);
}

static void run_once(struct rmqi_task *task)
{
	struct rmqi_once *o = RMQI_CONTAINER(task, struct rmqi_once, task);
	struct rmqi_consume_orderly *s = rmqi_orderly_at(o->sink);
	struct rmq_orderly_context ctx = {.queue = o->message->queue, .suspend_ms = -1};
	int64_t start_us = rmqi_orderly_now(s);

	if (!atomic_load(&s->is_stopping)) {
		o->is_success =
			s->listener(s->handle, &o->message, 1, &ctx, s->arg) == RMQ_ORDERLY_SUCCESS;
		o->was_called = true;
	}
	o->spent_us = rmqi_orderly_now(s) - start_us;
	tell_once(o);
}

static bool once(struct rmqi_sink *sink, struct rmqi_once *o)
{
	struct rmqi_consume_orderly *s = rmqi_orderly_at(sink);

	/* From then on the pool is the closing thread's. */
	if (atomic_load(&s->is_stopping) || !s->pool)
		return false;
	o->sink = sink;
	o->task.run = run_once;
	rmqi_consumer_ref(s->consumer);
	rmqi_post(rmqi_pool_executor(s->pool), &o->task);
	return true;
}

/* --- The end ---------------------------------------------------------------------------------------- */

static bool is_current(struct rmqi_sink *sink)
{
	const struct rmqi_consume_orderly *s = rmqi_orderly_at(sink);

	return s->identity && rmqi_current() == s->identity;
}

static void stop(struct rmqi_sink *sink)
{
	atomic_store(&rmqi_orderly_at(sink)->is_stopping, true);
}

/* A lane that no worker came to. */
static void drop(struct rmqi_task *task)
{
	struct rmqi_mq *mq;
	struct rmqi_consume_orderly *s;

	if (task->run == run_once) {
		tell_once(RMQI_CONTAINER(task, struct rmqi_once, task));
		return;
	}
	mq = rmqi_lane_mq(RMQI_CONTAINER(task, struct rmqi_lane, task));
	s = rmqi_orderly_of(mq);
	rmqi_mutex_lock(&s->mu);
	mq->lane.state = RMQI_LANE_STOPPED;
	mq->lane.stop = RMQI_STOP_GIVEN_UP;
	rmqi_mutex_unlock(&s->mu);
	rmqi_lane_report(s, mq);
	rmqi_lane_let_go(s, mq);
}

static bool end_threads(struct rmqi_consume_orderly *s, int64_t deadline_us)
{
	struct rmqi_pool *pool = s->pool;
	struct rmqi_task *task;
	bool is_done;

	if (!pool)
		return true;
	s->pool = NULL;
	is_done = rmqi_pool_close(pool, deadline_us, drop);
	do {
		rmqi_mutex_lock(&s->mu);
		task = rmqi_lane_take_ready(s);
		rmqi_mutex_unlock(&s->mu);
		if (task)
			drop(task);
	} while (task);
	return is_done;
}

static void await_send_backs(void *arg)
{
	rmqi_send_backs_await(arg);
}

static const char *close_service(struct rmqi_sink *sink, int64_t until_us, int64_t rest_us)
{
	struct rmqi_consume_orderly *s = rmqi_orderly_at(sink);

	s->is_quiet = end_threads(s, until_us);
	rmqi_loop_call(s->consumer->loop, await_send_backs, &s->send_backs);
	(void)rmqi_event_wait(&s->send_backs.quiet, rest_us);
	return s->is_quiet ? NULL
			   : "a listener is still running (its messages are delivered again)";
}

/* With a listener that is waited for no more, its queue may run: nobody else is to have it meanwhile. One
 * that has closed the consumer itself is about to return. */
static bool may_release(struct rmqi_mq *mq)
{
	struct rmqi_consume_orderly *s = rmqi_orderly_of(mq);

	return s->is_quiet || !is_running(s, mq, false);
}

static void close_locks(void *arg)
{
	struct rmqi_consume_orderly *s = arg;

	rmqi_queue_locks_close(&s->locks, may_release);
}

static void release(struct rmqi_sink *sink, int64_t deadline_us)
{
	struct rmqi_consume_orderly *s = rmqi_orderly_at(sink);
	int64_t until = rmqi_consumer_deadline(s->consumer, RELEASE_MS);

	rmqi_loop_call(s->consumer->loop, close_locks, s);
	(void)rmqi_event_wait(&s->locks.quiet, until < deadline_us ? until : deadline_us);
}

/* --- Life --------------------------------------------------------------------------------------------- */

void rmqi_consume_orderly_init(struct rmqi_consume_orderly *s, const struct rmq_config *config,
			       rmq_push_consumer *handle)
{
	/* Simulations are to be the same on every machine. */
	long online = config->env->sim ? 2 : sysconf(_SC_NPROCESSORS_ONLN);
	unsigned cpus = online > 0 ? (unsigned)online : 1;

	s->threads = (unsigned)rmqi_config_i64(config, RMQI_CFG_consumeThreadMax);
	s->quick_max = s->threads < cpus ? s->threads : cpus;
	s->sink = (struct rmqi_sink){
		.chunk = (size_t)rmqi_config_i64(config, RMQI_CFG_consumeMessageBatchMaxSize),
		.runners = 0,
		.threads = s->threads,
		.is_orderly = true,
		.start = start,
		.take = take,
		.must_wait = must_wait,
		.is_busy = is_busy,
		.may_commit = may_commit,
		.dropped = dropped,
		.awake = awake,
		.explain = rmqi_orderly_explain,
		.once = once,
		.stop = stop,
		.close = close_service,
		.release = release,
		.is_current = is_current,
	};
	s->handle = handle;
	rmqi_list_init(&s->suspended);
	rmqi_list_init(&s->old);
	rmqi_mutex_init(&s->mu);
	/* Not known yet: slow is the safe guess. */
	atomic_init(&s->call_us, RMQI_ORDERLY_COST_MAX_US);
	atomic_init(&s->is_stopping, false);
	rmqi_queue_locks_init(&s->locks, config->env);
	s->locks.granted = rmqi_lane_granted;
	s->locks.lost = rmqi_lane_lost;
	rmqi_send_backs_init(&s->send_backs, config->env);
	s->send_backs.redeliver = redeliver;
	s->send_backs.finished = finished;
}

enum rmq_error rmqi_consume_orderly_set_up(struct rmqi_consume_orderly *s, struct rmqi_consumer *c)
{
	enum rmq_error backs = rmqi_send_backs_set_up(&s->send_backs, c);
	enum rmq_error locks = rmqi_queue_locks_set_up(&s->locks, c);
	enum rmq_error own =
		rmqi_timer_init(&s->timer, rmqi_loop_timers(c->loop), rmqi_lane_on_timer);

	s->consumer = c;
	s->has_locks = !c->set.is_broadcasting;
	if (own == RMQ_OK)
		own = rmqi_timer_init(&s->look_timer, rmqi_loop_timers(c->loop),
				      rmqi_orderly_on_look);
	if (own == RMQ_OK)
		own = rmqi_timer_init(&s->watch_timer, rmqi_loop_timers(c->loop),
				      rmqi_orderly_on_watch);
	if (own == RMQ_OK)
		own = locks;
	s->set_up_error = own != RMQ_OK ? own : backs;
	return s->set_up_error;
}

void rmqi_consume_orderly_tear_down(struct rmqi_consume_orderly *s)
{
	struct rmqi_list *node;

	if (!s->consumer)
		return;
	rmqi_send_backs_stop(&s->send_backs);
	rmqi_queue_locks_tear_down(&s->locks);
	rmqi_timer_deinit(&s->timer);
	rmqi_timer_deinit(&s->look_timer);
	rmqi_timer_deinit(&s->watch_timer);
	while ((node = rmqi_list_pop(&s->old)) != NULL)
		rmqi_mq_unref(rmqi_lane_mq(rmqi_lane_at(node)));
}

void rmqi_consume_orderly_deinit(struct rmqi_consume_orderly *s)
{
	rmqi_send_backs_deinit(&s->send_backs);
	rmqi_queue_locks_deinit(&s->locks);
	rmqi_mutex_deinit(&s->mu);
}
