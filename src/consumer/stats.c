/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/stats.h"

#include <string.h>

#include "base/mem.h"

#define SECOND_US INT64_C(1000000)
#define MINUTE_STEP_US (10 * SECOND_US)

/* --- The table ------------------------------------------------------------------------------------- */

void rmqi_stats_table_init(struct rmqi_stats_table *t)
{
	*t = (struct rmqi_stats_table){0};
	rmqi_list_init(&t->list);
}

void rmqi_stats_table_deinit(struct rmqi_stats_table *t)
{
	struct rmqi_list *node;

	while ((node = rmqi_list_pop(&t->list)) != NULL) {
		struct rmqi_stats *s = RMQI_LIST_ITEM(node, struct rmqi_stats, link);

		rmqi_free(s->topic);
		rmqi_free(s->times);
		rmqi_free(s);
	}
}

static struct rmqi_stats *add(struct rmqi_stats_table *t, const char *topic)
{
	struct rmqi_stats *s = rmqi_calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->topic = rmqi_strdup(topic);
	if (!s->topic) {
		rmqi_free(s);
		return NULL;
	}
	rmqi_list_init(&s->link);
	rmqi_list_push(&t->list, &s->link);
	t->count++;
	return s;
}

struct rmqi_stats *rmqi_stats_obtain(struct rmqi_stats_table *t, const char *topic)
{
	RMQI_LIST_EACH(node, &t->list) {
		struct rmqi_stats *s = RMQI_LIST_ITEM(node, struct rmqi_stats, link);

		if (strcmp(s->topic, topic) == 0)
			return s;
	}
	if (t->count < RMQI_STATS_TOPICS)
		return add(t, topic);
	if (!t->other)
		t->other = add(t, "");
	return t->other;
}

/* --- Counting -------------------------------------------------------------------------------------- */

/* Without memory they are not told, but the sums are. */
static void make_times(struct rmqi_stats *s)
{
	if (!s->times)
		s->times = rmqi_calloc(1, sizeof(*s->times));
}

void rmqi_stats_pulled(struct rmqi_stats *s, int64_t now_us, int64_t took_us, size_t messages,
		       size_t bytes)
{
	/* The first rate begins with the first message. */
	if (s->minute.count == 0)
		rmqi_stats_keep(s, now_us - took_us);
	make_times(s);
	if (s->times)
		rmqi_histogram_add_alone(&s->times->pulled_us, took_us);
	s->now.pulls++;
	s->now.pull_us += took_us;
	s->now.pulled += (int64_t)messages;
	s->bytes += (int64_t)bytes;
}

void rmqi_stats_consumed(struct rmqi_stats *s, int64_t took_us, int64_t calls)
{
	if (s->times && calls > 0)
		rmqi_histogram_add_many(&s->times->consumed_us, took_us, (uint64_t)calls);
}

/* --- The past -------------------------------------------------------------------------------------- */

static void read_calls(struct rmqi_stats *s)
{
	if (!s->times)
		return;
	s->now.calls = (int64_t)rmqi_histogram_count(&s->times->consumed_us);
	s->now.spent_us = (int64_t)rmqi_histogram_sum(&s->times->consumed_us);
}

static bool is_due(const struct rmqi_stats_past *p, int64_t now_us, int64_t period_us)
{
	return p->count == 0 ||
	       now_us - p->kept[(p->count - 1) % RMQI_STATS_KEPT].at_us >= period_us;
}

static void keep(struct rmqi_stats_past *p, const struct rmqi_stats_sum *now, int64_t period_us)
{
	if (is_due(p, now->at_us, period_us))
		p->kept[p->count++ % RMQI_STATS_KEPT] = *now;
}

void rmqi_stats_keep(struct rmqi_stats *s, int64_t now_us)
{
	if (!is_due(&s->minute, now_us, MINUTE_STEP_US))
		return;
	read_calls(s);
	s->now.at_us = now_us;
	keep(&s->minute, &s->now, MINUTE_STEP_US);
	keep(&s->hour, &s->now, 60 * MINUTE_STEP_US);
}

static const struct rmqi_stats_sum *oldest(const struct rmqi_stats_past *p)
{
	static const struct rmqi_stats_sum none;

	if (p->count == 0)
		return &none;
	return &p->kept[p->count < RMQI_STATS_KEPT ? 0 : p->count % RMQI_STATS_KEPT];
}

static double per(int64_t sum, int64_t count)
{
	return count > 0 && sum > 0 ? (double)sum / (double)count : 0;
}

static double call_ms(const struct rmqi_stats *s, const struct rmqi_stats_sum *then)
{
	return per(s->now.spent_us - then->spent_us, s->now.calls - then->calls) / 1000;
}

/* ConsumerStatsManager.getConsumeRT: of the hour when there was no call in the minute. */
static double consume_ms(const struct rmqi_stats *s)
{
	double ms = call_ms(s, oldest(&s->minute));

	return ms > 0 ? ms : call_ms(s, oldest(&s->hour));
}

void rmqi_stats_read(struct rmqi_stats *s, int64_t now_us, struct rmqi_consume_status *out)
{
	const struct rmqi_stats_sum *then = oldest(&s->minute);
	int64_t took_us = s->minute.count > 0 ? now_us - then->at_us : 0;
	int64_t done = s->now.done - then->done, failures = s->now.failures - then->failures;

	read_calls(s);
	*out = (struct rmqi_consume_status){
		.pull_rt_ms =
			per(s->now.pull_us - then->pull_us, s->now.pulls - then->pulls) / 1000,
		.pull_tps = per((s->now.pulled - then->pulled) * SECOND_US, took_us),
		.consume_rt_ms = consume_ms(s),
		.consume_ok_tps = per((done - failures) * SECOND_US, took_us),
		.consume_failed_tps = per((s->now.failed - then->failed) * SECOND_US, took_us),
		.consume_failed_count = s->now.failed - oldest(&s->hour)->failed,
	};
}
