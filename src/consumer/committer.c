/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/committer.h"

#include <stdio.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/callbacks.h"

/* --- Rounds ---------------------------------------------------------------------------------------- */

struct rmqi_commit_round {
	struct rmqi_commit_report report;
	struct rmqi_committer *committer;
	struct rmqi_list jobs; /* that still wait */
};

static void on_settled(struct rmqi_commit_report *r)
{
	struct rmqi_commit_round *round = RMQI_CONTAINER(r, struct rmqi_commit_round, report);
	struct rmqi_list *node;

	if (round->committer->last == round)
		round->committer->last = NULL;
	while ((node = rmqi_list_pop(&round->jobs)) != NULL) {
		struct rmqi_commit_job *job = RMQI_LIST_ITEM(node, struct rmqi_commit_job, link);

		job->done(job, r);
	}
	rmqi_free(round);
}

static void fail(struct rmqi_commit_job *j, enum rmq_error error)
{
	struct rmqi_commit_report r = {.failed = 1, .error = error};

	snprintf(r.failure, sizeof(r.failure), "%s", rmq_error_text(error));
	j->done(j, &r);
}

void rmqi_committer_init(struct rmqi_committer *k, struct rmqi_consumer *c)
{
	*k = (struct rmqi_committer){.consumer = c};
}

/* NULL: there is none. */
static struct rmqi_commit_round *round_to_share(struct rmqi_committer *k)
{
	struct rmqi_offset_store *store = k->consumer->store;

	if (!k->last || !store->may_share ||
	    !store->may_share(store, &k->last->report, !k->is_of_all))
		return NULL;
	return k->last;
}

static void begin_round(struct rmqi_committer *k, struct rmqi_commit_round *round)
{
	struct rmqi_offset_store *store = k->consumer->store;

	round->committer = k;
	round->report =
		(struct rmqi_commit_report){.on_settled = on_settled, .is_of_named = !k->is_of_all};
	k->last = round;
	store->commit_last(store, &round->report);
}

void rmqi_committer_add(struct rmqi_committer *k, struct rmqi_commit_job *j)
{
	struct rmqi_commit_round *shared, *round;

	rmqi_list_init(&j->link);
	if (!k->consumer->is_active) {
		j->done(j, NULL);
		return;
	}
	shared = round_to_share(k);
	round = shared ? shared : rmqi_calloc(1, sizeof(*round));
	if (!round) {
		fail(j, RMQ_ERR_NO_MEMORY);
		return;
	}
	if (!shared)
		rmqi_list_init(&round->jobs);
	rmqi_list_push(&round->jobs, &j->link);
	if (!shared)
		begin_round(k, round);
	k->is_of_all = false;
}

enum rmq_error rmqi_commit_verdict(const struct rmqi_commit_report *r,
				   struct rmq_error_detail *detail)
{
	if (!r)
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "the consumer was closed");
	if (r->failed == 0)
		return RMQ_OK;
	return rmqi_detail_set(detail, r->error, RMQ_ERROR_RETRIABLE,
			       "offsets of %u queues were not committed: %s", r->failed,
			       r->failure);
}

/* --- Somebody waits -------------------------------------------------------------------------------- */

struct awaited {
	struct rmqi_commit_job job;
	struct rmqi_committer *committer;
	rmqi_commit_before_fn before;
	void *arg;
	struct rmq_error_detail *detail;
	enum rmq_error error;
	bool is_done; /* loop */
	struct rmqi_event ended;
};

static void on_awaited(struct rmqi_commit_job *j, const struct rmqi_commit_report *report)
{
	struct awaited *a = RMQI_CONTAINER(j, struct awaited, job);

	a->error = rmqi_commit_verdict(report, a->detail);
	a->is_done = true;
	rmqi_event_set(&a->ended);
}

static void add_awaited(void *arg)
{
	struct awaited *a = arg;

	a->committer->is_of_all |= !a->before;
	a->error = a->before ? a->before(a->arg, a->detail) : RMQ_OK;
	if (a->error == RMQ_OK) {
		rmqi_committer_add(a->committer, &a->job);
		return;
	}
	a->is_done = true;
	rmqi_event_set(&a->ended);
}

/* It is waited for no longer; the round goes on without it. */
static void give_up(void *arg)
{
	struct awaited *a = arg;

	if (a->is_done)
		return;
	rmqi_list_remove(&a->job.link);
	a->error = rmqi_detail_set(a->detail, RMQ_ERR_TIMEOUT, RMQ_ERROR_RETRIABLE,
				   "no answer to the commit in time: the offsets may be committed, "
				   "or may not");
}

enum rmq_error rmqi_committer_run(struct rmqi_committer *k, rmqi_commit_before_fn before, void *arg,
				  int64_t deadline_us, struct rmq_error_detail *detail)
{
	struct awaited a = {.job.done = on_awaited,
			    .committer = k,
			    .before = before,
			    .arg = arg,
			    .detail = detail};

	rmqi_event_init(&a.ended, rmqi_client_env(k->consumer->client));
	rmqi_loop_call(k->consumer->loop, add_awaited, &a);
	if (!rmqi_event_wait(&a.ended, deadline_us))
		rmqi_loop_call(k->consumer->loop, give_up, &a);
	rmqi_event_deinit(&a.ended);
	return a.error;
}

/* --- Nobody waits ---------------------------------------------------------------------------------- */

struct begun {
	struct rmqi_commit_job job;
	struct rmqi_committer *committer;
	struct rmqi_task task;
	rmqi_committed_fn fn;
	void *arg;
	enum rmq_error error;
	struct rmq_error_detail *detail; /* owned; NULL: memory was out for it */
};

static void call_back(struct rmqi_task *task)
{
	struct begun *b = RMQI_CONTAINER(task, struct begun, task);

	b->fn(b->error, b->detail, b->arg);
	rmq_error_detail_free(b->detail);
	rmqi_free(b);
}

static void on_begun(struct rmqi_commit_job *j, const struct rmqi_commit_report *report)
{
	struct begun *b = RMQI_CONTAINER(j, struct begun, job);

	b->detail = rmqi_detail_new();
	b->error = rmqi_commit_verdict(report, b->detail);
	b->task.run = call_back;
	rmqi_client_callback(b->committer->consumer->client, &b->task);
}

struct begin_call {
	struct begun *begun;
	rmqi_commit_before_fn before;
	void *arg;
	struct rmq_error_detail *detail;
	enum rmq_error error;
};

static void add_begun(void *arg)
{
	struct begin_call *c = arg;
	struct rmqi_committer *k = c->begun->committer;

	k->is_of_all |= !c->before;
	c->error = c->before ? c->before(c->arg, c->detail) : RMQ_OK;
	if (c->error == RMQ_OK && !k->consumer->is_active)
		c->error = rmqi_commit_verdict(NULL, c->detail);
	if (c->error == RMQ_OK)
		rmqi_committer_add(k, &c->begun->job);
}

enum rmq_error rmqi_committer_begin(struct rmqi_committer *k, rmqi_commit_before_fn before,
				    void *before_arg, rmqi_committed_fn fn, void *arg,
				    struct rmq_error_detail *detail)
{
	struct begun *b = rmqi_calloc(1, sizeof(*b));
	struct begin_call call = {
		.begun = b, .before = before, .arg = before_arg, .detail = detail};

	call.error = b ? rmqi_client_need_callbacks(k->consumer->client) : RMQ_ERR_NO_MEMORY;
	if (call.error != RMQ_OK) {
		rmqi_free(b);
		return rmqi_detail_set(detail, call.error, 0, "no memory, or no callback thread");
	}
	*b = (struct begun){.job.done = on_begun, .committer = k, .fn = fn, .arg = arg};
	rmqi_loop_call(k->consumer->loop, add_begun, &call);
	if (call.error != RMQ_OK)
		rmqi_free(b);
	return call.error;
}
