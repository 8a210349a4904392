/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats.h - how a consumer and its topics fare: for operators (ConsumerStatsManager.java) and for the
 * statistics of a consumer (statistics.h).
 *
 * Of a topic: sums since the consumer was made, and what they were every 10 s and every 10 minutes: a rate is the
 * difference to the oldest of seven. They are kept when the offsets are (persistConsumerOffsetInterval), so with a
 * period longer than 10 s the minute is longer, too. A topic that is subscribed again goes on with its numbers. At
 * most RMQI_STATS_TOPICS have their own; those beyond share one without a name.
 *
 * What a call of the listener took is told by the thread that made it, with no lock: once for all the quick calls of
 * a delivery (they share their average), once for each slow one.
 *
 * Thread: loop, but for rmqi_stats_consumed.
 */
#ifndef RMQI_CONSUMER_STATS_H
#define RMQI_CONSUMER_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"
#include "base/list.h"
#include "base/macros.h"
#include "codec/body.h"

enum { RMQI_STATS_KEPT = 7, RMQI_STATS_TOPICS = 512 };

struct rmqi_stats_sum {
	int64_t at_us;
	int64_t pulls;   /* that brought messages */
	int64_t pull_us; /* how long they took, what the broker held them included */
	int64_t pulled;  /* messages */
	int64_t done;
	int64_t failed;   /* by the listener: sent back, tried once more here, or dropped */
	int64_t failures; /* of those done: so they ended. The others were consumed */
	int64_t calls;    /* of the listener; a poll buffer: lists that were freed */
	int64_t spent_us; /* in them; a poll buffer: from a poll to the free of its list */
};

struct rmqi_stats_past {
	struct rmqi_stats_sum kept[RMQI_STATS_KEPT];
	size_t count; /* ever */
};

/* Made when the first message comes. */
struct rmqi_stats_times {
	struct rmqi_histogram pulled_us;
	struct rmqi_histogram consumed_us; /* any */
};

struct rmqi_stats {
	struct rmqi_list link;
	char *topic; /* owned; "": those beyond the bound */
	struct rmqi_stats_times *times;
	struct rmqi_stats_sum now; /* calls and spent_us: as of the last keep */
	struct rmqi_stats_past minute;
	struct rmqi_stats_past hour;

	int64_t bytes;         /* of `now.pulled`, as they are stored */
	int64_t failed_pulls;  /* refused, or without an answer */
	int64_t sent_back;     /* messages that a broker has taken back */
	int64_t dead_lettered; /* among them: for the last time */
	int64_t again;         /* failed messages that were tried once more here */
	int64_t given_up;      /* messages that nobody gets any more: RMQ_EVENT_GIVEN_UP */
	int64_t corrections;   /* it went on elsewhere than where it stopped (correction.h) */
};

struct rmqi_stats_table {
	struct rmqi_list list;
	size_t count;
	struct rmqi_stats *other; /* NULL: none needed yet */
};

/* Of the whole consumer. */
struct rmqi_consumer_counts {
	int64_t rebalances;    /* members were told, and queues shared out */
	int64_t queues_gained; /* without %RETRY%, as the next */
	int64_t queues_lost;
	int64_t commits; /* that were sent to a broker, or put down; what became of them does not count */
	int64_t failed_commits;
	int64_t locks_granted; /* renewed ones, too */
	int64_t locks_refused;
	int64_t locks_lost;
	int64_t stalls; /* watchdog.h */
	/* Of popped messages (acking.h). */
	int64_t acks;
	int64_t failed_acks;
	int64_t changes; /* of the invisible time */
	int64_t failed_changes;
};

void rmqi_stats_table_init(struct rmqi_stats_table *t);
void rmqi_stats_table_deinit(struct rmqi_stats_table *t);
/* NULL when memory is out. They live as long as the table. */
struct rmqi_stats *rmqi_stats_obtain(struct rmqi_stats_table *t, const char *topic);

void rmqi_stats_pulled(struct rmqi_stats *s, int64_t now_us, int64_t took_us, size_t messages,
		       size_t bytes);
/* So many calls took so long together. Thread: any that has a message of the topic. */
void rmqi_stats_consumed(struct rmqi_stats *s, int64_t took_us, int64_t calls);
/* Keeps the sums if it is time. */
void rmqi_stats_keep(struct rmqi_stats *s, int64_t now_us);
/* All but the topic. */
void rmqi_stats_read(struct rmqi_stats *s, int64_t now_us, struct rmqi_consume_status *out);

#endif
