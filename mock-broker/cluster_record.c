/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster_record.c - the record of a cluster (record/record.h): made, given to its nodes, read, waited
 * for.
 */
#include <inttypes.h>

#include "base/detail.h"
#include "base/mem.h"
#include "mock-broker/cluster_state.h"
#include "mock-broker/record/requests.h"
#include "mock-broker/record/sequence.h"
#include "mock-broker/record/waiter.h"

enum rmq_error mb_cluster_make_record(struct rmq_mock_cluster *c,
				      const struct mb_cluster_options *o)
{
	const struct mb_record_limits limits = {
		.requests = o->record, .bytes = o->record_bytes, .body = o->record_body};

	c->record = rmqi_alloc(sizeof(*c->record));
	if (!c->record)
		return RMQ_ERR_NO_MEMORY;
	mb_record_init(c->record, mb_cluster_clock(c), &limits);
	return RMQ_OK;
}

void mb_cluster_free_record(struct rmq_mock_cluster *c)
{
	if (c->record)
		mb_record_deinit(c->record);
	rmqi_free(c->record);
	c->record = NULL;
}

struct mb_observer *mb_cluster_observer(struct rmq_mock_cluster *c, struct mb_slot *s,
					int32_t namesrv)
{
	if (!c->record)
		return NULL;
	mb_witness_init(&s->witness, c->record, s->label, namesrv);
	return &s->witness.observer;
}

/* --- Reading it -------------------------------------------------------------------------------- */

/* What is asked on the loop. */
struct query {
	struct mb_record *record;
	struct mb_select filter;
	struct rmq_mock_requests *list;
	size_t count;
	enum rmq_error error;
};

/* The filter must be deinitialised if this is RMQ_OK. */
static enum rmq_error begin(struct rmq_mock_cluster *c, const char *filter, struct query *q,
			    struct rmq_error_detail *detail)
{
	enum rmq_error err = mb_cluster_check_caller(c, detail);

	if (err != RMQ_OK)
		return err;
	if (!c->record)
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "nothing is recorded: the cluster was made without the "
				       "option \"record\"");
	*q = (struct query){.record = c->record};
	mb_select_init(&q->filter);
	err = mb_select_parse(&q->filter, filter ? filter : "", detail);
	if (err != RMQ_OK)
		mb_select_deinit(&q->filter);
	return err;
}

static void list_on_loop(void *arg)
{
	struct query *q = arg;

	q->error = mb_requests_new(q->record, &q->filter, &q->list);
}

enum rmq_error mb_cluster_requests(struct rmq_mock_cluster *c, const char *filter,
				   struct rmq_mock_requests **out, struct rmq_error_detail *detail)
{
	struct query q;
	enum rmq_error err = begin(c, filter, &q, detail);

	if (err != RMQ_OK)
		return err;
	rmqi_loop_call(c->loop, list_on_loop, &q);
	mb_select_deinit(&q.filter);
	if (q.error == RMQ_OK)
		*out = q.list;
	return q.error;
}

static void count_on_loop(void *arg)
{
	struct query *q = arg;

	q->count = mb_record_count(q->record, &q->filter);
}

enum rmq_error mb_cluster_count_requests(struct rmq_mock_cluster *c, const char *filter,
					 size_t *out, struct rmq_error_detail *detail)
{
	struct query q;
	enum rmq_error err = begin(c, filter, &q, detail);

	if (err != RMQ_OK)
		return err;
	rmqi_loop_call(c->loop, count_on_loop, &q);
	mb_select_deinit(&q.filter);
	*out = q.count;
	return RMQ_OK;
}

static void clear_on_loop(void *arg)
{
	mb_record_clear(arg);
}

enum rmq_error mb_cluster_clear_requests(struct rmq_mock_cluster *c,
					 struct rmq_error_detail *detail)
{
	struct query q;
	enum rmq_error err = begin(c, NULL, &q, detail);

	if (err != RMQ_OK)
		return err;
	rmqi_loop_call(c->loop, clear_on_loop, c->record);
	mb_select_deinit(&q.filter);
	return RMQ_OK;
}

/* --- Waiting ------------------------------------------------------------------------------------- */

/* A waiter that is told what to expect, on the loop. */
struct wait {
	struct rmqi_loop *loop;
	struct mb_waiter waiter;
	size_t expected;
	size_t count;    /* by then */
	int64_t last_us; /* by then */
};

static void join_on_loop(void *arg)
{
	mb_waiter_join(&((struct wait *)arg)->waiter);
}

static void leave_on_loop(void *arg)
{
	struct wait *w = arg;

	mb_waiter_leave(&w->waiter);
	w->count = w->waiter.count;
	w->last_us = w->waiter.last_us;
}

static void wait_begin(struct rmq_mock_cluster *c, struct wait *w, const struct query *q)
{
	w->loop = c->loop;
	mb_waiter_init(&w->waiter, q->record, c->env, &q->filter);
	rmqi_loop_call(w->loop, join_on_loop, w);
}

static void wait_end(struct wait *w)
{
	rmqi_loop_call(w->loop, leave_on_loop, w);
	mb_waiter_deinit(&w->waiter);
}

static void expect_on_loop(void *arg)
{
	struct wait *w = arg;

	mb_waiter_expect(&w->waiter, w->expected);
}

enum rmq_error mb_cluster_wait_requests(struct rmq_mock_cluster *c, const char *filter,
					size_t at_least, int64_t max_ms,
					struct rmq_error_detail *detail)
{
	struct wait w = {.expected = at_least};
	struct query q;
	enum rmq_error err = begin(c, filter, &q, detail);
	bool is_enough;

	if (err != RMQ_OK)
		return err;
	wait_begin(c, &w, &q);
	rmqi_loop_call(w.loop, expect_on_loop, &w);
	is_enough = rmqi_event_wait(&w.waiter.enough, rmqi_clock_deadline(c->env->clock, max_ms));
	wait_end(&w);
	mb_select_deinit(&q.filter);
	if (is_enough || w.count >= at_least)
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_TIMEOUT, RMQ_ERROR_RETRIABLE,
			       "%zu of %zu requests \"%s\" came within %" PRId64 " ms", w.count,
			       at_least, filter ? filter : "", max_ms);
}

/* The next one. */
static void expect_more_on_loop(void *arg)
{
	struct wait *w = arg;

	w->count = w->waiter.count;
	w->last_us = w->waiter.last_us;
	mb_waiter_expect(&w->waiter, w->count + 1);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* True: there was a time of quiet_us before the deadline. */
static bool is_quiet(struct wait *w, int64_t quiet_us, int64_t deadline_us)
{
	struct rmqi_clock *clock = rmqi_loop_clock(w->loop);

	do {
		rmqi_loop_call(w->loop, expect_more_on_loop, w);
	} while (rmqi_event_wait(&w->waiter.enough, earlier(w->last_us + quiet_us, deadline_us)) &&
		 rmqi_clock_us(clock) < deadline_us);
	rmqi_loop_call(w->loop, expect_more_on_loop, w);
	return rmqi_clock_us(clock) - w->last_us >= quiet_us;
}

enum rmq_error mb_cluster_wait_quiet(struct rmq_mock_cluster *c, const char *filter,
				     int64_t quiet_ms, int64_t max_ms,
				     struct rmq_error_detail *detail)
{
	struct wait w = {0};
	struct query q;
	enum rmq_error err = begin(c, filter, &q, detail);
	bool was_quiet;

	if (err != RMQ_OK)
		return err;
	wait_begin(c, &w, &q);
	was_quiet = is_quiet(&w, quiet_ms * 1000, rmqi_clock_deadline(c->env->clock, max_ms));
	wait_end(&w);
	mb_select_deinit(&q.filter);
	if (was_quiet)
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_TIMEOUT, RMQ_ERROR_RETRIABLE,
			       "requests \"%s\" never paused for %" PRId64 " ms within %" PRId64
			       " ms; there are %zu",
			       filter ? filter : "", quiet_ms, max_ms, w.count);
}

enum rmq_error mb_cluster_expect_sequence(struct rmq_mock_cluster *c, const char *filter,
					  const char *text, struct rmq_error_detail *detail)
{
	struct rmq_mock_requests *l = NULL;
	struct mb_sequence *s = NULL;
	enum rmq_error err = mb_sequence_new(text, &s, detail);

	if (err == RMQ_OK)
		err = mb_cluster_requests(c, filter, &l, detail);
	if (err == RMQ_OK)
		err = mb_sequence_check(s, l, detail);
	mb_requests_free(l);
	mb_sequence_free(s);
	return err;
}
