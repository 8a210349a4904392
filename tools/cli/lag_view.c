/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/lag_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/lag_line.h"

enum { NUMBER_WIDTH = 10, RATE_WIDTH = 7, TIME_WIDTH = 8, QUEUE_WIDTH = 4, BAR_MAX = 60, BAR_MIN = 5 };

/* Green: it shrinks; red: it grows; yellow: it stands. */
static const char *colour_of(int64_t behind, const struct lag_rates *r)
{
	if (lag_is_steady(r))
		return "33";
	if (behind <= 0 || (r->is_known && r->out > r->in))
		return "32";
	return r->is_known && r->in > r->out ? "31" : "33";
}

/* --- A row -------------------------------------------------------------------------------------------------- */

/* What has room beside the lag. */
struct columns {
	int broker, bar, owner;
	bool has_rates, has_age;
};

static struct columns columns_for(const struct lag_view *v)
{
	struct columns c = {.broker = 16};
	int used;

	c.has_rates = v->size.columns >= 70;
	c.has_age = v->size.columns >= 96;
	c.owner = v->size.columns >= 132 && v->owners ? 32 : 0;
	used = 2 + c.broker + 1 + QUEUE_WIDTH + 1 + NUMBER_WIDTH + 2;
	used += c.has_rates ? 2 * (RATE_WIDTH + 1) + TIME_WIDTH + 1 : 0;
	used += (c.has_age ? TIME_WIDTH + 1 : 0) + (c.owner ? c.owner + 1 : 0);
	c.bar = v->size.columns - used;
	c.bar = c.bar > BAR_MAX ? BAR_MAX : c.bar < BAR_MIN ? BAR_MIN : c.bar;
	return c;
}

static const char *age_text(const struct lag_view *v, const rmq_queue_lag *q, char *buf, size_t size)
{
	struct lag_rates one = {0, 1, true};
	int64_t at = rmq_queue_lag_stored_at(q), age = v->clock_ms - at;

	if (at <= 0)
		snprintf(buf, size, "-");
	else if (age < 1000)
		snprintf(buf, size, "0s");
	else
		lag_catch_up_text(age / 1000, &one, buf, size);
	return buf;
}

static const char *owner_of(const struct lag_view *v, const rmq_queue_lag *row)
{
	const struct rmq_queue *x = rmq_queue_lag_queue(row);
	const rmq_queue_lag *q;

	for (size_t i = 0; (q = rmq_group_lag_at(v->owners, i)); i++) {
		const struct rmq_queue *y = rmq_queue_lag_queue(q);

		if (x->queue_id == y->queue_id && strcmp(x->topic, y->topic) == 0 &&
		    strcmp(x->broker_name, y->broker_name) == 0)
			return rmq_queue_lag_owner(q);
	}
	return "";
}

static void add_rates(struct line *l, int64_t behind, const struct lag_rates *r)
{
	char buf[32];

	line_add(l, " ", 0, false);
	line_add(l, lag_rate_text(r, r->in, buf, sizeof(buf)), RATE_WIDTH, true);
	line_add(l, " ", 0, false);
	line_add(l, lag_rate_text(r, r->out, buf, sizeof(buf)), RATE_WIDTH, true);
	line_add(l, " ", 0, false);
	line_add(l, lag_catch_up_text(behind, r, buf, sizeof(buf)), TIME_WIDTH, true);
}

static void draw_answer(struct line *l, const struct columns *c, const rmq_queue_lag *q, size_t index,
			int64_t most)
{
	struct lag_rates r = lag_rates_of(l->view, q, index);
	int64_t behind = rmq_queue_lag_behind(q);
	char buf[32];

	snprintf(buf, sizeof(buf), "%d", (int)rmq_queue_lag_queue(q)->queue_id);
	line_add(l, buf, QUEUE_WIDTH, true);
	line_add(l, " ", 0, false);
	snprintf(buf, sizeof(buf), "%" PRId64, behind);
	line_add(l, buf, NUMBER_WIDTH, true);
	line_add(l, "  ", 0, false);
	line_colour(l, colour_of(behind, &r));
	line_bar(l, behind, most, c->bar);
	line_colour(l, "0");
	if (c->has_rates)
		add_rates(l, behind, &r);
	if (c->has_age) {
		line_add(l, " ", 0, false);
		line_add(l, age_text(l->view, q, buf, sizeof(buf)), TIME_WIDTH, true);
	}
	if (c->owner) {
		line_add(l, " ", 0, false);
		line_add(l, owner_of(l->view, q), c->owner, false);
	}
}

static void draw_row(const struct lag_view *v, const struct columns *c, size_t index, int64_t most,
		     struct text *out)
{
	const rmq_queue_lag *q = rmq_group_lag_at(lag_now(v), index);
	const rmq_error_detail *detail = rmq_queue_lag_detail(q);
	struct line l;

	line_begin(&l, v, out);
	line_add(&l, "  ", 0, false);
	line_add(&l, rmq_queue_lag_queue(q)->broker_name, c->broker, false);
	line_add(&l, " ", 0, false);
	if (rmq_queue_lag_error(q) == RMQ_OK) {
		draw_answer(&l, c, q, index, most);
	} else {
		line_colour(&l, "31");
		line_add(&l, detail ? rmq_error_detail_message(detail) : rmq_error_text(rmq_queue_lag_error(q)), 0,
		    false);
		line_colour(&l, "0");
	}
	line_end(&l);
}

/* --- Which rows have room ------------------------------------------------------------------------------------- */

struct choice {
	size_t index;
	int64_t weight;
};

static int compare(const void *a, const void *b)
{
	const struct choice *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight < y->weight ? 1 : -1;
	return x->index > y->index ? 1 : x->index < y->index ? -1 : 0;
}

/* Is a row of its topic shown already, so that the topic's own line stands? */
static bool has_title(const struct lag_view *v, const bool *is_shown, size_t index)
{
	const char *topic = rmq_queue_lag_queue(rmq_group_lag_at(lag_now(v), index))->topic;

	for (size_t i = 0; i < rmq_group_lag_count(lag_now(v)); i++)
		if (is_shown[i] &&
		    strcmp(rmq_queue_lag_queue(rmq_group_lag_at(lag_now(v), i))->topic, topic) == 0)
			return true;
	return false;
}

/* Those that are furthest behind, and brokers that gave no answer, as far as there are lines. NULL: memory is out. */
static bool *choose(const struct lag_view *v, int lines)
{
	size_t count = rmq_group_lag_count(lag_now(v));
	struct choice *choices = calloc(count + 1, sizeof(*choices));
	bool *is_shown = calloc(count + 1, sizeof(*is_shown));

	for (size_t i = 0; choices && i < count; i++) {
		const rmq_queue_lag *q = rmq_group_lag_at(lag_now(v), i);

		choices[i].index = i;
		choices[i].weight = rmq_queue_lag_error(q) == RMQ_OK ? rmq_queue_lag_behind(q) : INT64_MAX;
	}
	if (choices && count)
		qsort(choices, count, sizeof(*choices), compare);
	for (size_t i = 0; choices && is_shown && i < count && lines > 0; i++) {
		int wanted = has_title(v, is_shown, choices[i].index) ? 1 : 2;

		if (wanted > lines)
			break;
		lines -= wanted;
		is_shown[choices[i].index] = true;
	}
	free(choices);
	return is_shown;
}

static int64_t most_behind(const struct lag_view *v)
{
	const rmq_queue_lag *q;
	int64_t most = 0;

	for (size_t i = 0; (q = rmq_group_lag_at(lag_now(v), i)); i++)
		if (rmq_queue_lag_behind(q) > most)
			most = rmq_queue_lag_behind(q);
	return most;
}

static void draw_topic(const struct lag_view *v, const char *topic, struct text *out)
{
	const rmq_topic_lag *t;
	struct line l;
	char sum[64];

	line_begin(&l, v, out);
	line_strong(&l, topic[0] ? topic : "(no answer)");
	for (size_t i = 0; (t = rmq_group_lag_topic_at(lag_now(v), i)); i++) {
		if (strcmp(rmq_topic_lag_topic(t), topic) != 0)
			continue;
		snprintf(sum, sizeof(sum), "  %" PRId64, rmq_topic_lag_total(t));
		line_add(&l, sum, 0, false);
	}
	line_end(&l);
}

static void draw_rest(const struct lag_view *v, const bool *is_shown, struct text *out)
{
	const rmq_queue_lag *q;
	int64_t count = 0, behind = 0;
	struct line l;
	char text[128];

	for (size_t i = 0; (q = rmq_group_lag_at(lag_now(v), i)); i++) {
		if (is_shown[i])
			continue;
		count++;
		behind += rmq_queue_lag_behind(q) > 0 ? rmq_queue_lag_behind(q) : 0;
	}
	if (!count)
		return;
	line_begin(&l, v, out);
	snprintf(text, sizeof(text), "and %" PRId64 " more, %" PRId64 " behind", count, behind);
	line_add(&l, text, 0, false);
	line_end(&l);
}

/* --- The whole -------------------------------------------------------------------------------------------------- */

static void add_outlook(struct line *l, int64_t total, const struct lag_rates *r)
{
	double left = lag_catch_up(total, r);
	char line[64], text[32];

	if (total <= 0) {
		line_add(l, "caught up", 0, false);
	} else if (r->is_known) {
		snprintf(line, sizeof(line), "caught up in %s",
			 lag_catch_up_text(total, r, text, sizeof(text)));
		line_colour(l, colour_of(total, r));
		line_add(l, left >= 0 ? line : lag_is_steady(r) ? "keeping pace" : "not catching up", 0, false);
		line_colour(l, "0");
	}
}

static void draw_head(const struct lag_view *v, struct text *out)
{
	struct lag_rates r = lag_rates_total(v);
	int64_t total = rmq_group_lag_total(lag_now(v));
	char line[256], in[32], rate[32];
	struct line l;

	line_begin(&l, v, out);
	line_strong(&l, v->group);
	snprintf(line, sizeof(line), "  %" PRId64 " behind  in %s/s  out %s/s  ", total,
		 lag_rate_text(&r, r.in, in, sizeof(in)), lag_rate_text(&r, r.out, rate, sizeof(rate)));
	line_add(&l, line, 0, false);
	add_outlook(&l, total, &r);
	line_end(&l);
}

static void draw_about(const struct lag_view *v, struct text *out)
{
	int day = (int)(v->clock_ms / 1000 % 86400);
	char line[256], members[48] = "";
	struct line l;

	if (v->members >= 0)
		snprintf(members, sizeof(members), "%" PRId64 " member%s, ", v->members,
			 v->members == 1 ? "" : "s");
	line_begin(&l, v, out);
	snprintf(line, sizeof(line),
		 "%s%" PRId64 " in flight, %02d:%02d:%02dZ, every %gs, rates of %.0fs. q: end", members,
		 rmq_group_lag_in_flight(lag_now(v)), day / 3600, day / 60 % 60, day % 60,
		 (double)v->period_ms / 1000, (double)lag_span(v) / 1000);
	line_add(&l, line, 0, false);
	line_end(&l);
	line_begin(&l, v, out);
	line_colour(&l, "31");
	line_add(&l, v->problem, 0, false);
	line_colour(&l, "0");
	line_end(&l);
}

static void draw_titles(const struct lag_view *v, const struct columns *c, struct text *out)
{
	struct line l;

	line_begin(&l, v, out);
	line_add(&l, "  ", 0, false);
	line_add(&l, "BROKER", c->broker + 1, false);
	line_add(&l, "QUEUE", QUEUE_WIDTH + 1, false);
	line_add(&l, "LAG", NUMBER_WIDTH, true);
	line_add(&l, "", 2 + c->bar, false);
	if (c->has_rates) {
		line_add(&l, "IN/S", RATE_WIDTH + 1, true);
		line_add(&l, "OUT/S", RATE_WIDTH + 1, true);
		line_add(&l, "LEFT", TIME_WIDTH + 1, true);
	}
	if (c->has_age)
		line_add(&l, "LAST", TIME_WIDTH + 1, true);
	if (c->owner)
		line_add(&l, " OWNER", 0, false);
	line_end(&l);
}

static void draw_rows(const struct lag_view *v, const struct columns *c, struct text *out)
{
	/* Head, about, problem and titles; what is left out; the line that the last line end begins. */
	enum { OTHER_LINES = 6 };
	bool *is_shown = choose(v, v->size.rows - OTHER_LINES);
	int64_t most = most_behind(v);
	const char *topic = NULL;
	const rmq_queue_lag *q;

	if (!is_shown) {
		out->is_broken = true;
		return;
	}
	for (size_t i = 0; (q = rmq_group_lag_at(lag_now(v), i)); i++) {
		if (!is_shown[i])
			continue;
		if (!topic || strcmp(topic, rmq_queue_lag_queue(q)->topic) != 0)
			draw_topic(v, rmq_queue_lag_queue(q)->topic, out);
		topic = rmq_queue_lag_queue(q)->topic;
		draw_row(v, c, i, most, out);
	}
	draw_rest(v, is_shown, out);
	free(is_shown);
}

void lag_view_draw(const struct lag_view *v, struct text *out)
{
	struct columns c = columns_for(v);

	text_adds(out, "\033[H");
	draw_head(v, out);
	if (v->size.rows > 3)
		draw_about(v, out);
	if (v->size.rows > 6) {
		draw_titles(v, &c, out);
		draw_rows(v, &c, out);
	}
	text_adds(out, "\033[J");
}
