/* SPDX-License-Identifier: Apache-2.0 */
#include "producer/statistics.h"

#include "base/detail.h"
#include "client/statistics.h"

static void write_trace(struct rmqi_trace *t, struct rmqi_jw *w)
{
	struct rmqi_trace_counts counts;

	rmqi_trace_count(t, &counts);
	rmqi_jw_name(w, "trace");
	rmqi_jw_open(w, '{');
	rmqi_jw_member_i64(w, "recorded", (int64_t)counts.recorded);
	rmqi_jw_member_i64(w, "waiting", (int64_t)counts.waiting);
	rmqi_jw_member_i64(w, "stored", (int64_t)counts.stored);
	rmqi_jw_member_i64(w, "failed", (int64_t)counts.failed);
	rmqi_jw_member_i64(w, "dropped", (int64_t)counts.dropped);
	rmqi_jw_close(w, '}');
}

#define LOAD(place) atomic_load_explicit(&(place), memory_order_relaxed)

/* Ends before beginnings, so that what is in flight is never negative but for what ended meanwhile. */
static void write_requests(const struct rmqi_request_counts *c, struct rmqi_jw *w)
{
	struct rmqi_histogram_view replied_us = {0};
	uint64_t replied = atomic_load_explicit(&c->replied, memory_order_acquire);
	uint64_t unanswered = atomic_load_explicit(&c->unanswered, memory_order_acquire);
	uint64_t failed = atomic_load_explicit(&c->failed, memory_order_acquire);
	uint64_t cancelled = atomic_load_explicit(&c->cancelled, memory_order_acquire);
	uint64_t ended = replied + unanswered + failed + cancelled, began = LOAD(c->begun);

	rmqi_histogram_read(&c->replied_us, &replied_us);
	rmqi_jw_name(w, "requests");
	rmqi_jw_open(w, '{');
	rmqi_jw_member_i64(w, "began", (int64_t)began);
	rmqi_jw_member_i64(w, "inFlight", began > ended ? (int64_t)(began - ended) : 0);
	rmqi_jw_member_i64(w, "replied", (int64_t)replied);
	rmqi_jw_member_i64(w, "unanswered", (int64_t)unanswered);
	rmqi_jw_member_i64(w, "failed", (int64_t)failed);
	rmqi_jw_member_i64(w, "cancelled", (int64_t)cancelled);
	rmqi_jw_member_i64(w, "lateReplies", (int64_t)LOAD(c->late));
	rmqi_jw_member_i64(w, "unknownReplies", (int64_t)LOAD(c->unknown));
	rmqi_statistics_latency(w, &replied_us);
	rmqi_jw_close(w, '}');
}

enum rmq_error rmqi_producer_statistics(struct rmq_producer *p, char **json,
					struct rmq_error_detail *detail)
{
	struct rmqi_buf out;
	struct rmqi_jw w = {.out = &out};
	enum rmq_error err = rmqi_client_check_caller(p->client, detail);

	if (err != RMQ_OK)
		return err;
	rmqi_buf_init(&out, RMQI_STATISTICS_MAX);
	rmqi_statistics_begin(p->client, "producer", p->group, &w);
	write_requests(&p->requests.counts, &w);
	if (p->trace)
		write_trace(p->trace, &w);
	err = rmqi_statistics_end(&w, json);
	if (err == RMQ_OK)
		return RMQ_OK;
	return rmqi_detail_set(detail, err, 0, "the statistics: %s", rmq_error_text(err));
}
