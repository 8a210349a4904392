/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lag_view.h - how far a group is behind, as a picture: a bar a queue, with rates. Text in, text out.
 *
 * Pure; thread: any.
 */
#ifndef TOOLS_CLI_LAG_VIEW_H
#define TOOLS_CLI_LAG_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/rocketmq.h>

#include "tools/cli/terminal.h"
#include "tools/cli/text.h"

/* What was found at a time. */
struct lag_sample {
	rmq_group_lag *lag;
	int64_t ticks; /* ms */
};

/* Messages a second, over a time. */
struct lag_rates {
	double in, out;
	bool is_known;
};

struct lag_view {
	const char *group;
	const struct lag_sample *samples; /* the oldest first; the last one is shown, the others are for rates */
	size_t count;                     /* 1.. */
	const rmq_group_lag *owners;      /* some time ago, with owners; or NULL */
	int64_t period_ms;
	int64_t clock_ms;    /* of day */
	int64_t members;     /* -1: unknown */
	const char *problem; /* why it is not newer; "": it is new */
	struct terminal_size size;
	bool has_colour, is_utf8;
};

/* What is shown. */
const rmq_group_lag *lag_now(const struct lag_view *v);
/* Over so long are rates taken. */
int64_t lag_span(const struct lag_view *v);
/* Of a row of it. */
struct lag_rates lag_rates_of(const struct lag_view *v, const rmq_queue_lag *row, size_t index);
/* Of all queues. */
struct lag_rates lag_rates_total(const struct lag_view *v);
/* As much goes as comes, within what steps of commits blur. */
bool lag_is_steady(const struct lag_rates *r);
/* Seconds until nothing is left, at these rates; -1: never, or nobody can say. */
double lag_catch_up(int64_t behind, const struct lag_rates *r);

/* A whole screen, no wider and no higher than v->size, from the left upper corner on. */
void lag_view_draw(const struct lag_view *v, struct text *out);
/* "0.5", "12.3k": of a rate. "12s", "3m05s", "never", "steady", "-": of a time to catch up. Return buf. */
const char *lag_rate_text(const struct lag_rates *r, double rate, char *buf, size_t size);
const char *lag_catch_up_text(int64_t behind, const struct lag_rates *r, char *buf, size_t size);

#endif
