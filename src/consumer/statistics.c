/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/statistics.h"

#include "base/detail.h"
#include "client/statistics.h"
#include "consumer/mq.h"
#include "consumer/queue_locks.h"
#include "consumer/standstill.h"

/* A topic, or all of them. */
struct sums {
	struct rmqi_stats_sum now;
	int64_t bytes, failed_pulls, sent_back, dead_lettered, again, given_up, corrections;
	int64_t queues, lag, cached, cached_bytes;
	int64_t stalled[RMQI_STALL_COUNT];
	struct rmqi_histogram_view pulled_us, consumed_us;
};

/* --- Queues ---------------------------------------------------------------------------------------------- */

/* Everything before it is done; -1: not known yet. */
static int64_t position_of(struct rmqi_mq *mq)
{
	int64_t lowest;

	if (!rmqi_process_queue_lowest(&mq->pending, &lowest) || lowest > mq->next_offset)
		lowest = mq->next_offset;
	return lowest;
}

/* -1: not known. */
static int64_t lag_of(struct rmqi_mq *mq)
{
	int64_t position = position_of(mq);
	uint64_t bytes;

	if (mq->pop.is_it)
		return mq->pop.rest < 0 ? -1
					: mq->pop.rest + (int64_t)rmqi_process_queue_load(
								 &mq->pending, &bytes);
	if (position < 0 || mq->max_offset < 0)
		return -1;
	return mq->max_offset > position ? mq->max_offset - position : 0;
}

static enum rmqi_stall explain(struct rmqi_mq *mq, int64_t *for_ms, char why[RMQI_STALL_WHY])
{
	int64_t since_us = rmqi_standstill_since(mq);

	*for_ms = 0;
	why[0] = '\0';
	if (since_us < 0)
		return RMQI_STALL_NONE;
	*for_ms = (rmqi_clock_us(mq->consumer->clock) - since_us) / 1000;
	return rmqi_standstill_explain(mq, why);
}

static void write_queue(struct rmqi_jw *w, struct rmqi_mq *mq)
{
	int64_t now = rmqi_clock_boot_us(mq->consumer->clock), for_ms;
	char why[RMQI_STALL_WHY];
	enum rmqi_stall cause = explain(mq, &for_ms, why);
	uint64_t bytes;
	size_t load = rmqi_process_queue_load(&mq->pending, &bytes);

	rmqi_jw_open(w, '{');
	rmqi_jw_member_str(w, "topic", mq->key.topic);
	rmqi_jw_member_str(w, "broker", mq->key.broker_name);
	rmqi_jw_member_i64(w, "queue", mq->key.queue_id);
	rmqi_jw_member_i64(w, "position", position_of(mq));
	rmqi_jw_member_i64(w, "next", mq->next_offset);
	rmqi_jw_member_i64(w, "end", mq->max_offset);
	rmqi_jw_member_i64(w, "lag", lag_of(mq));
	rmqi_jw_member_i64(w, "commit", rmqi_mq_commit_offset(mq));
	rmqi_jw_member_i64(w, "cachedMessages", (int64_t)load);
	rmqi_jw_member_i64(w, "cachedBytes", (int64_t)bytes);
	rmqi_jw_member_bool(w, "locked", rmqi_queue_lock_is_valid(&mq->lane.lock, now));
	rmqi_jw_member_i64(w, "stalledMs", for_ms);
	rmqi_jw_member_str(w, "stalledBy", rmqi_stall_name(cause));
	rmqi_jw_member_str(w, "why", why);
	rmqi_jw_close(w, '}');
}

static void write_queues(struct rmqi_consumer *c, struct rmqi_jw *w)
{
	rmqi_jw_name(w, "queues");
	rmqi_jw_open(w, '[');
	RMQI_LIST_EACH(node, &c->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		RMQI_LIST_EACH(at, &sub->mqs)
			write_queue(w, RMQI_LIST_ITEM(at, struct rmqi_mq, link));
	}
	rmqi_jw_close(w, ']');
}

/* --- Topics ---------------------------------------------------------------------------------------------- */

static void add_queue(struct rmqi_mq *mq, struct sums *s)
{
	int64_t lag = lag_of(mq), for_ms;
	char why[RMQI_STALL_WHY];
	uint64_t bytes;

	s->queues++;
	s->lag += lag > 0 ? lag : 0;
	s->cached += (int64_t)rmqi_process_queue_load(&mq->pending, &bytes);
	s->cached_bytes += (int64_t)bytes;
	s->stalled[explain(mq, &for_ms, why)]++;
	/* Of deliveries that are not done as a whole. */
	s->now.done += (int64_t)rmqi_process_queue_done(&mq->pending);
}

static void add_subscriptions(struct rmqi_consumer *c, const struct rmqi_stats *stats,
			      struct sums *s)
{
	RMQI_LIST_EACH(node, &c->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		if (sub->stats != stats)
			continue;
		s->stalled[sub->watch.cause]++;
		RMQI_LIST_EACH(at, &sub->mqs)
			add_queue(RMQI_LIST_ITEM(at, struct rmqi_mq, link), s);
	}
}

static void read_stats(const struct rmqi_stats *stats, struct sums *s)
{
	*s = (struct sums){.now = stats->now,
			   .bytes = stats->bytes,
			   .failed_pulls = stats->failed_pulls,
			   .sent_back = stats->sent_back,
			   .dead_lettered = stats->dead_lettered,
			   .again = stats->again,
			   .given_up = stats->given_up,
			   .corrections = stats->corrections};
	if (!stats->times)
		return;
	rmqi_histogram_read(&stats->times->pulled_us, &s->pulled_us);
	rmqi_histogram_read(&stats->times->consumed_us, &s->consumed_us);
}

static void sum_up(const struct sums *from, struct sums *to)
{
	to->now.pulls += from->now.pulls;
	to->now.pulled += from->now.pulled;
	to->now.done += from->now.done;
	to->now.failed += from->now.failed;
	to->now.failures += from->now.failures;
	to->bytes += from->bytes;
	to->failed_pulls += from->failed_pulls;
	to->sent_back += from->sent_back;
	to->dead_lettered += from->dead_lettered;
	to->again += from->again;
	to->given_up += from->given_up;
	to->corrections += from->corrections;
	to->queues += from->queues;
	to->lag += from->lag;
	to->cached += from->cached;
	to->cached_bytes += from->cached_bytes;
	for (size_t i = 0; i < RMQI_STALL_COUNT; i++)
		to->stalled[i] += from->stalled[i];
	rmqi_histogram_merge(&from->pulled_us, &to->pulled_us);
	rmqi_histogram_merge(&from->consumed_us, &to->consumed_us);
}

/* Those that are not 0. */
static void write_stalled(struct rmqi_jw *w, const struct sums *s)
{
	rmqi_jw_name(w, "stalled");
	rmqi_jw_open(w, '{');
	for (int i = RMQI_STALL_NONE + 1; i < RMQI_STALL_COUNT; i++)
		if (s->stalled[i] > 0)
			rmqi_jw_member_i64(w, rmqi_stall_name((enum rmqi_stall)i), s->stalled[i]);
	rmqi_jw_close(w, '}');
}

static void write_sums(struct rmqi_jw *w, const struct sums *s)
{
	rmqi_jw_member_i64(w, "queues", s->queues);
	rmqi_jw_member_i64(w, "lag", s->lag);
	rmqi_jw_member_i64(w, "cachedMessages", s->cached);
	rmqi_jw_member_i64(w, "cachedBytes", s->cached_bytes);
	write_stalled(w, s);
	rmqi_jw_member_i64(w, "pulls", s->now.pulls);
	rmqi_jw_member_i64(w, "failedPulls", s->failed_pulls);
	rmqi_jw_member_i64(w, "pulled", s->now.pulled);
	rmqi_jw_member_i64(w, "pulledBytes", s->bytes);
	rmqi_jw_member_i64(w, "consumed", s->now.done - s->now.failures);
	rmqi_jw_member_i64(w, "failed", s->now.failed);
	rmqi_jw_member_i64(w, "sentBack", s->sent_back);
	rmqi_jw_member_i64(w, "deadLettered", s->dead_lettered);
	rmqi_jw_member_i64(w, "again", s->again);
	rmqi_jw_member_i64(w, "givenUp", s->given_up);
	rmqi_jw_member_i64(w, "corrections", s->corrections);
	rmqi_statistics_histogram(w, "pullUs", &s->pulled_us);
	rmqi_statistics_histogram(w, "consumeUs", &s->consumed_us);
}

/* Of the last minute, as operators see them (running_info.h). */
static void write_rates(struct rmqi_jw *w, struct rmqi_stats *stats, int64_t now_us)
{
	struct rmqi_consume_status rates;

	rmqi_stats_read(stats, now_us, &rates);
	rmqi_jw_member_real(w, "pullTps", rates.pull_tps);
	rmqi_jw_member_real(w, "consumeOkTps", rates.consume_ok_tps);
	rmqi_jw_member_real(w, "consumeFailedTps", rates.consume_failed_tps);
}

static void write_topic(struct rmqi_consumer *c, struct rmqi_jw *w, struct rmqi_stats *stats,
			struct sums *total)
{
	struct sums s;

	read_stats(stats, &s);
	add_subscriptions(c, stats, &s);
	rmqi_jw_open(w, '{');
	rmqi_jw_member_str(w, "name", stats->topic);
	write_sums(w, &s);
	write_rates(w, stats, rmqi_clock_us(c->clock));
	rmqi_jw_close(w, '}');
	sum_up(&s, total);
}

static void write_topics(struct rmqi_consumer *c, struct rmqi_jw *w, struct sums *total)
{
	rmqi_jw_name(w, "topics");
	rmqi_jw_open(w, '[');
	RMQI_LIST_EACH(node, &c->subs.stats.list)
		write_topic(c, w, RMQI_LIST_ITEM(node, struct rmqi_stats, link), total);
	rmqi_jw_close(w, ']');
}

/* --- All of it --------------------------------------------------------------------------------------------- */

static void write_member(const struct rmqi_consumer_counts *n, struct rmqi_jw *w)
{
	rmqi_jw_name(w, "member");
	rmqi_jw_open(w, '{');
	rmqi_jw_member_i64(w, "rebalances", n->rebalances);
	rmqi_jw_member_i64(w, "queuesGained", n->queues_gained);
	rmqi_jw_member_i64(w, "queuesLost", n->queues_lost);
	rmqi_jw_member_i64(w, "commits", n->commits);
	rmqi_jw_member_i64(w, "failedCommits", n->failed_commits);
	rmqi_jw_member_i64(w, "locksGranted", n->locks_granted);
	rmqi_jw_member_i64(w, "locksRefused", n->locks_refused);
	rmqi_jw_member_i64(w, "locksLost", n->locks_lost);
	rmqi_jw_member_i64(w, "stalls", n->stalls);
	rmqi_jw_close(w, '}');
}

struct write_call {
	struct rmqi_consumer *consumer;
	struct rmqi_jw *w;
};

static void write_all(void *arg)
{
	struct write_call *call = arg;
	struct rmqi_consumer *c = call->consumer;
	struct rmqi_jw *w = call->w;
	struct sums total = {0};

	if (c->kind->locate)
		c->kind->locate(c);
	rmqi_statistics_head(c->client, c->kind->name, c->group, w);
	write_topics(c, w, &total);
	write_queues(c, w);
	rmqi_jw_name(w, "total");
	rmqi_jw_open(w, '{');
	write_sums(w, &total);
	rmqi_jw_close(w, '}');
	write_member(&c->counts, w);
	if (c->kind->describe)
		c->kind->describe(c, w);
}

enum rmq_error rmqi_consumer_statistics(struct rmqi_member *m, char **json,
					struct rmq_error_detail *detail)
{
	struct rmqi_buf out;
	struct rmqi_jw w = {.out = &out};
	struct write_call call = {&m->consumer, &w};
	enum rmq_error err = rmqi_client_check_caller(m->consumer.client, detail);

	if (err != RMQ_OK)
		return err;
	rmqi_buf_init(&out, RMQI_STATISTICS_MAX);
	rmqi_loop_call(m->consumer.loop, write_all, &call);
	err = rmqi_statistics_end(&w, json);
	if (err == RMQ_OK)
		return RMQ_OK;
	return rmqi_detail_set(detail, err, 0, "the statistics: %s", rmq_error_text(err));
}
