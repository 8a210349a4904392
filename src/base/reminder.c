/* SPDX-License-Identifier: Apache-2.0 */
#include "base/reminder.h"

enum { US_PER_S = 1000 * 1000 };

static bool is_known(const struct rmqi_reminder *r, int64_t cause)
{
	for (unsigned i = 0; i < r->cause_count; i++)
		if (r->causes[i] == cause)
			return true;
	return false;
}

static void begin_anew(struct rmqi_reminder *r, int64_t now_us)
{
	*r = (struct rmqi_reminder){.since_us = now_us, .told_us = now_us};
}

/* Another cause is news, but it does not end the patience with the old ones. */
static bool is_news(const struct rmqi_reminder *r, int64_t cause)
{
	return r->gap_us == 0 || (r->cause_count < RMQI_REMINDER_CAUSES && !is_known(r, cause));
}

static void grow_gap(struct rmqi_reminder *r)
{
	int64_t longest = (int64_t)RMQI_REMINDER_MAX_S * US_PER_S;

	if (r->gap_us == 0)
		r->gap_us = (int64_t)RMQI_REMINDER_GAP_S * US_PER_S;
	else
		r->gap_us = 2 * r->gap_us < longest ? 2 * r->gap_us : longest;
}

bool rmqi_reminder_note(struct rmqi_reminder *r, int64_t now_us, int64_t cause,
			struct rmqi_telling *out)
{
	bool news;

	if (r->gap_us == 0 || rmqi_reminder_is_calm(r, now_us))
		begin_anew(r, now_us);
	r->failures++;
	news = is_news(r, cause);
	if (!news && now_us - r->told_us < r->gap_us) {
		r->untold++;
		if (r->state == RMQI_REMINDER_QUIET)
			r->state = RMQI_REMINDER_HELD;
		return false;
	}
	*out = (struct rmqi_telling){
		.is_news = news, .untold = r->untold, .span_s = (now_us - r->told_us) / US_PER_S};
	if (!news || r->gap_us == 0)
		grow_gap(r);
	if (news)
		r->causes[r->cause_count++] = cause;
	r->state = RMQI_REMINDER_TOLD;
	r->told_us = now_us;
	r->untold = 0;
	return true;
}

bool rmqi_reminder_end(struct rmqi_reminder *r, int64_t now_us)
{
	bool was_told = r->state == RMQI_REMINDER_TOLD;

	if (r->state == RMQI_REMINDER_QUIET)
		return false;
	r->state = RMQI_REMINDER_QUIET;
	r->ended_us = now_us;
	return was_told;
}

bool rmqi_reminder_is_calm(const struct rmqi_reminder *r, int64_t now_us)
{
	return r->state == RMQI_REMINDER_QUIET &&
	       now_us - r->ended_us >= (int64_t)RMQI_REMINDER_CALM_S * US_PER_S;
}
