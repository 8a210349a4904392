/* SPDX-License-Identifier: Apache-2.0 */
/* lag_rates.c - the figures of lag_view.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/cli/lag_view.h"

static bool is_same(const rmq_queue_lag *a, const rmq_queue_lag *b)
{
	const struct rmq_queue *x = rmq_queue_lag_queue(a), *y = rmq_queue_lag_queue(b);

	return x->queue_id == y->queue_id && strcmp(x->topic, y->topic) == 0 &&
	       strcmp(x->broker_name, y->broker_name) == 0;
}

/* The same queue before: mostly at the same place. */
static const rmq_queue_lag *find(const rmq_group_lag *list, const rmq_queue_lag *row, size_t index)
{
	const rmq_queue_lag *q = rmq_group_lag_at(list, index);

	if (q && is_same(q, row))
		return q;
	for (size_t i = 0; (q = rmq_group_lag_at(list, i)); i++)
		if (is_same(q, row))
			return q;
	return NULL;
}

const rmq_group_lag *lag_now(const struct lag_view *v)
{
	return v->samples[v->count - 1].lag;
}

int64_t lag_span(const struct lag_view *v)
{
	return v->samples[v->count - 1].ticks - v->samples[0].ticks;
}

/* Offsets only go back when somebody sets them so: that is no rate. */
static double per_second(int64_t now, int64_t then, int64_t span_ms)
{
	return now > then && span_ms > 0 ? (double)(now - then) * 1000 / (double)span_ms : 0;
}

/* A time, and how far it was then. */
struct mark {
	int64_t ticks, offset;
};

static struct mark mark_of(const struct lag_sample *s, const rmq_queue_lag *q)
{
	return (struct mark){s->ticks, rmq_queue_lag_consumer_offset(q)};
}

/*
 * Members commit every few seconds: the offset goes in steps. From the first step to the last one it is exact;
 * without two of them, or when the next one is overdue, over all of the time.
 */
static double consumed(const struct lag_view *v, const rmq_queue_lag *row, size_t index)
{
	struct mark before = mark_of(&v->samples[0], find(v->samples[0].lag, row, index));
	struct mark first = before, last = before, now = {v->samples[v->count - 1].ticks,
							  rmq_queue_lag_consumer_offset(row)};
	bool has_step = false;
	int64_t offset = before.offset;

	for (size_t i = 1; i < v->count; i++) {
		const rmq_queue_lag *q = find(v->samples[i].lag, row, index);

		if (!q || rmq_queue_lag_error(q) != RMQ_OK || rmq_queue_lag_consumer_offset(q) == offset)
			continue;
		last = mark_of(&v->samples[i], q);
		offset = last.offset;
		if (!has_step)
			first = last;
		has_step = true;
	}
	if (last.ticks > first.ticks && now.ticks - last.ticks <= last.ticks - first.ticks)
		return per_second(last.offset, first.offset, last.ticks - first.ticks);
	return per_second(now.offset, before.offset, now.ticks - before.ticks);
}

struct lag_rates lag_rates_of(const struct lag_view *v, const rmq_queue_lag *row, size_t index)
{
	const rmq_queue_lag *old = lag_span(v) > 0 ? find(v->samples[0].lag, row, index) : NULL;
	struct lag_rates r = {0, 0, false};

	if (!old || rmq_queue_lag_error(row) != RMQ_OK || rmq_queue_lag_error(old) != RMQ_OK)
		return r;
	r.in = per_second(rmq_queue_lag_broker_offset(row), rmq_queue_lag_broker_offset(old),
			  lag_span(v));
	r.out = consumed(v, row, index);
	r.is_known = true;
	return r;
}

struct lag_rates lag_rates_total(const struct lag_view *v)
{
	struct lag_rates sum = {0, 0, false};
	const rmq_queue_lag *q;

	for (size_t i = 0; (q = rmq_group_lag_at(lag_now(v), i)); i++) {
		struct lag_rates r = lag_rates_of(v, q, i);

		sum.in += r.in;
		sum.out += r.out;
		sum.is_known = sum.is_known || r.is_known;
	}
	return sum;
}

bool lag_is_steady(const struct lag_rates *r)
{
	double difference = r->in > r->out ? r->in - r->out : r->out - r->in;

	return r->is_known && r->in > 0 && difference <= r->in * 0.05;
}

double lag_catch_up(int64_t behind, const struct lag_rates *r)
{
	if (behind <= 0)
		return 0;
	if (lag_is_steady(r))
		return -1;
	return r->is_known && r->out > r->in ? (double)behind / (r->out - r->in) : -1;
}

const char *lag_rate_text(const struct lag_rates *r, double rate, char *buf, size_t size)
{
	if (!r->is_known)
		snprintf(buf, size, "-");
	else if (rate < 100)
		snprintf(buf, size, "%.1f", rate);
	else if (rate < 10000)
		snprintf(buf, size, "%.0f", rate);
	else if (rate < 1e6)
		snprintf(buf, size, "%.1fk", rate / 1e3);
	else
		snprintf(buf, size, "%.1fM", rate / 1e6);
	return buf;
}

const char *lag_catch_up_text(int64_t behind, const struct lag_rates *r, char *buf, size_t size)
{
	double left = lag_catch_up(behind, r);
	int64_t seconds = left < 1e9 ? (int64_t)(left + 0.5) : 1000000000;

	if (behind <= 0 || !r->is_known)
		snprintf(buf, size, "-");
	else if (left < 0)
		snprintf(buf, size, lag_is_steady(r) ? "steady" : "never");
	else if (seconds < 60)
		snprintf(buf, size, "%" PRId64 "s", seconds);
	else if (seconds < 3600)
		snprintf(buf, size, "%" PRId64 "m%02" PRId64 "s", seconds / 60, seconds % 60);
	else if (seconds < 86400)
		snprintf(buf, size, "%" PRId64 "h%02" PRId64 "m", seconds / 3600, seconds % 3600 / 60);
	else
		snprintf(buf, size, "%" PRId64 "d", seconds / 86400);
	return buf;
}
