/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reminder.h - how often a trouble that lasts is told: at once, then with gaps
 * that grow, and once more when it is over. What is not told is counted.
 *
 *     QUIET --note, due--> TOLD --end, told--> QUIET
 *       |                    ^
 *       +--note, too soon--> HELD --end, silently--> QUIET
 *
 * A cause that was not told before is due at once, up to RMQI_REMINDER_CAUSES of them. A trouble that
 * comes back goes on where it was, so that one which comes and goes is told no more often
 * than one that stays; after a quiet minute it is a new one.
 *
 * Zeroed memory is a fresh reminder. Thread: one owner at a time.
 */
#ifndef RMQI_BASE_REMINDER_H
#define RMQI_BASE_REMINDER_H

#include <stdbool.h>
#include <stdint.h>

enum {
	RMQI_REMINDER_CAUSES = 4,
	RMQI_REMINDER_GAP_S = 10,  /* the first; doubled each time */
	RMQI_REMINDER_MAX_S = 600, /* the longest */
	RMQI_REMINDER_CALM_S = 60
};

enum rmqi_reminder_state { RMQI_REMINDER_QUIET, RMQI_REMINDER_TOLD, RMQI_REMINDER_HELD };

struct rmqi_reminder {
	enum rmqi_reminder_state state;
	int64_t since_us; /* when it began */
	int64_t told_us;
	int64_t ended_us;
	int64_t gap_us;    /* 0: never told */
	uint64_t untold;   /* notes since it was told */
	uint64_t failures; /* notes since it began */
	unsigned cause_count;
	int64_t causes[RMQI_REMINDER_CAUSES];
};

/* What is to be told now. */
struct rmqi_telling {
	bool is_news;    /* the first time, or another cause */
	uint64_t untold; /* notes since the last telling, but for this one */
	int64_t span_s;  /* since the last telling, or the beginning */
};

/* The trouble has shown itself, by this cause (any number that tells causes apart). True: tell it. */
bool rmqi_reminder_note(struct rmqi_reminder *r, int64_t now_us, int64_t cause,
			struct rmqi_telling *out);
/* It has ended. True: tell it, since it was told; failures and since_us say how long it was. */
bool rmqi_reminder_end(struct rmqi_reminder *r, int64_t now_us);
/* May it be forgotten? */
bool rmqi_reminder_is_calm(const struct rmqi_reminder *r, int64_t now_us);

#endif
