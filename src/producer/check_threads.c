/* SPDX-License-Identifier: Apache-2.0 */
/* The threads on which questions of brokers are worked on, one function after the other, and their end. */
#include "base/mem.h"
#include "base/str.h"
#include "client/message.h"
#include "client/namespace.h"
#include "codec/properties.h"
#include "producer/checks_impl.h"

/* The innermost one: in a simulation a function that waits runs others inside. */
static _Thread_local struct rmqi_check_frame *current;

/* --- The question ---------------------------------------------------------------------------- */

static enum rmq_transaction_state ask_user(struct rmqi_checks *cs, const struct rmq_message *m)
{
	enum rmq_transaction_state state = cs->fn(m, cs->arg);

	if (state == RMQ_TRANSACTION_COMMIT || state == RMQ_TRANSACTION_ROLLBACK)
		return state;
	return RMQ_TRANSACTION_UNKNOWN;
}

/* UNIQ_KEY; what has none (another client's) is known by what the broker says, or by its place. */
static const char *id_of(const struct rmqi_check *c, const struct rmq_message *m)
{
	const char *uniq = rmqi_message_property(m, RMQI_PROP_UNIQ_KEY);

	if (uniq)
		return uniq;
	return c->message_id[0] ? c->message_id : rmq_message_offset_id(m);
}

static void work_on_message(struct rmqi_checks *cs, const struct rmqi_check *c,
			    const struct rmq_message *m)
{
	const char *id = id_of(c, m);
	enum rmq_transaction_state state = RMQ_TRANSACTION_UNKNOWN;

	if (!rmqi_ledger_asked(cs->ledger, id, c->table_offset, c->log_offset))
		state = ask_user(cs, m);
	if (!rmqi_checks_enter_client(cs))
		return;
	rmqi_checks_answer(cs, c, m, id, state);
	rmqi_checks_leave_client(cs);
}

static void work_on(struct rmqi_checks *cs, const struct rmqi_check *c)
{
	struct rmqi_message_block *block = NULL;
	enum rmq_error err = rmqi_message_block_new(c->record, c->broker_name, &block);

	if (rmqi_checks_enter_client(cs)) {
		rmqi_namespace_hide(rmqi_client_namespace(cs->client), block);
		rmqi_checks_leave_client(cs);
	}
	if (err == RMQ_OK && block->count == 1) {
		work_on_message(cs, c, &block->messages[0]);
	} else if (rmqi_checks_enter_client(cs)) {
		rmqi_checks_tell(
			cs, RMQI_CHECKS_UNREADABLE, err,
			"%s asks about a transaction whose half message cannot be read (%s)",
			c->address, rmq_error_text(err == RMQ_OK ? RMQ_ERR_CORRUPT : err));
		rmqi_checks_leave_client(cs);
	}
	rmqi_message_block_unref(block);
}

/* --- The threads ----------------------------------------------------------------------------- */

/* @locks: mu held */
static struct rmqi_check *pop(struct rmqi_checks *cs)
{
	struct rmqi_task *task = rmqi_tasks_pop(&cs->queue);
	struct rmqi_check *c = task ? RMQI_CONTAINER(task, struct rmqi_check, task) : NULL;

	if (c) {
		cs->waiting--;
		cs->bytes -= c->size;
	}
	return c;
}

/* Sets what is wanted and has come, once. @locks: mu held, given up meanwhile */
static void tell_ended(struct rmqi_checks *cs)
{
	bool is_quiet = cs->is_quiet_wanted && cs->running <= cs->ending;
	bool is_idle = cs->is_idle_wanted && cs->running == 0;

	if (!is_quiet && !is_idle)
		return;
	cs->is_quiet_wanted &= !is_quiet;
	cs->is_idle_wanted &= !is_idle;
	rmqi_mutex_unlock(&cs->mu);
	if (is_quiet)
		rmqi_event_set(&cs->quiet);
	if (is_idle)
		rmqi_event_set(&cs->idle);
	rmqi_mutex_lock(&cs->mu);
}

/* @locks: mu held, given up meanwhile */
static void run_one(struct rmqi_checks *cs, struct rmqi_check *c)
{
	struct rmqi_check_frame frame = {.outer = current, .owner = cs};

	cs->running++;
	rmqi_mutex_unlock(&cs->mu);
	current = &frame;
	work_on(cs, c);
	current = frame.outer;
	rmqi_free(c);
	rmqi_mutex_lock(&cs->mu);
	cs->running--;
	cs->ending -= frame.is_ending;
	tell_ended(cs);
}

/* @locks: mu held, given up */
static void stand_down(struct rmqi_check_runner *r)
{
	struct rmqi_checks *cs = r->owner;

	r->is_active = false;
	cs->active--;
	rmqi_mutex_unlock(&cs->mu);
	rmqi_checks_unref(cs);
}

void rmqi_checks_run(struct rmqi_task *task)
{
	struct rmqi_check_runner *r = RMQI_CONTAINER(task, struct rmqi_check_runner, task);
	struct rmqi_checks *cs = r->owner;
	struct rmqi_check *c;

	rmqi_mutex_lock(&cs->mu);
	while ((c = pop(cs)) != NULL)
		run_one(cs, c);
	stand_down(r);
}

void rmqi_checks_drop(struct rmqi_task *task)
{
	struct rmqi_check_runner *r = RMQI_CONTAINER(task, struct rmqi_check_runner, task);

	rmqi_mutex_lock(&r->owner->mu);
	stand_down(r);
}

struct rmqi_check_runner *rmqi_checks_activate(struct rmqi_checks *cs)
{
	for (unsigned i = 0; i < cs->runner_count; i++) {
		struct rmqi_check_runner *r = &cs->runners[i];

		if (r->is_active)
			continue;
		r->is_active = true;
		cs->active++;
		(void)atomic_fetch_add(&cs->refs, 1);
		return r;
	}
	return NULL;
}

/* --- The end --------------------------------------------------------------------------------- */

/* Is this function's frame on the stack of the caller? */
static struct rmqi_check_frame *frame_of(const struct rmqi_checks *cs)
{
	for (struct rmqi_check_frame *f = current; f; f = f->outer)
		if (f->owner == cs)
			return f;
	return NULL;
}

/* @locks: mu held, given up meanwhile */
static void drop_waiting(struct rmqi_checks *cs)
{
	size_t dropped = cs->waiting;
	struct rmqi_check *c;

	while ((c = pop(cs)) != NULL)
		rmqi_free(c);
	if (dropped == 0 || cs->is_cut)
		return;
	rmqi_mutex_unlock(&cs->mu);
	RMQI_LOG(rmqi_client_log(cs->client), RMQ_LOG_INFO,
		 "the producer closes: %zu questions about transactions are left to the brokers, "
		 "which ask again",
		 dropped);
	rmqi_mutex_lock(&cs->mu);
}

/* Nothing is taken any more. @locks: mu held, given up meanwhile */
static void begin_close(struct rmqi_checks *cs, struct rmqi_check_frame *own)
{
	cs->is_closed = true;
	if (own && !own->is_ending) {
		own->is_ending = true;
		cs->ending++;
	}
	drop_waiting(cs);
	if (own)
		cs->is_quiet_wanted = true;
	else
		cs->is_idle_wanted = true;
	tell_ended(cs);
}

bool rmqi_checks_close(struct rmqi_checks *cs, int64_t deadline_us)
{
	struct rmqi_check_frame *own = cs ? frame_of(cs) : NULL;
	bool is_over, must_settle;

	if (!cs)
		return true;
	rmqi_mutex_lock(&cs->mu);
	begin_close(cs, own);
	rmqi_mutex_unlock(&cs->mu);
	is_over = rmqi_event_wait(own ? &cs->quiet : &cs->idle, deadline_us);
	rmqi_mutex_lock(&cs->mu);
	cs->is_cut = true;
	must_settle = cs->answering > 0;
	rmqi_mutex_unlock(&cs->mu);
	/* They hand a request over, which takes no time. */
	if (must_settle)
		(void)rmqi_event_wait(&cs->settled, RMQI_FOREVER);
	return is_over;
}
