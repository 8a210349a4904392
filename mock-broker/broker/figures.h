/* SPDX-License-Identifier: Apache-2.0 */
/*
 * figures.h - how many messages came and went lately, for operators
 * (StoreStatsService, BrokerStatsManager, BrokerStats). Counted where it happens into a few slots of time;
 * no timer runs for it.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_FIGURES_H
#define MB_BROKER_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/str.h"

struct mb_broker;
struct mb_topic;

enum { MB_WINDOW_SLOTS_MAX = 24, MB_WINDOWS = 3 };

/* The newest slots of one length; a slot is a number since the epoch. */
struct mb_window {
	int64_t newest;
	size_t at; /* the place that was added to last */
	uint64_t counts[MB_WINDOW_SLOTS_MAX];
};

/* TopicMessageType, as a send says it by its properties (BrokerMetricsManager.getMessageType). */
enum mb_message_type {
	MB_TYPE_NORMAL,
	MB_TYPE_FIFO,
	MB_TYPE_DELAY,
	MB_TYPE_TRANSACTION,
	MB_MESSAGE_TYPES
};

enum { MB_SIZE_BOUNDS = 6 };
extern const int64_t mb_size_bounds[MB_SIZE_BOUNDS]; /* bytes of a record, ascending */

/* What was sent to a topic, of each type: rocketmq_message_size. A batch is one send, of the mean of its records. */
struct mb_sizes {
	struct {
		uint64_t messages;
		uint64_t sends[MB_SIZE_BOUNDS + 1]; /* up to each bound, and above */
		uint64_t bytes;                     /* of these sizes */
	} of[MB_MESSAGE_TYPES];
};

/* Three windows, as far back as their scale says (figures.c). */
struct mb_figure {
	int64_t at_s;     /* when it was last added to */
	uint64_t pending; /* of that second; not in the windows yet, nor in the next */
	uint64_t settled; /* since the start */
	struct mb_window windows[MB_WINDOWS];
	struct mb_sizes *sizes; /* owned; of a topic that something was sent to */
};

/* What there was in all at midnight. */
struct mb_mornings {
	int64_t day; /* since the epoch; UTC */
	uint64_t today;
	uint64_t yesterday;
};

struct mb_figures {
	struct mb_figure put, asked, found, missed, transferred; /* 10 s, 60 s, 600 s */
	struct rmqi_map topics; /* topic -> struct mb_figure, put */
	struct rmqi_map groups; /* topic@group -> the same, got */
	struct mb_mornings puts, gets;
	int64_t second, second_ms; /* of the last put, and when it began */
};

void mb_figures_init(struct mb_broker *b);
void mb_figures_deinit(struct mb_figures *f);
/* Before b->put_count and b->get_count move. `at_ms`: when it was stored. `count` 0: a pull that found
 * nothing. */
void mb_figures_put(struct mb_broker *b, struct rmqi_str topic, uint64_t count, int64_t at_ms);
/* The same for a topic that knows its figure from the second time on. */
void mb_figures_put_to(struct mb_broker *b, struct mb_topic *topic, uint64_t count, int64_t at_ms);
/* Behind it: of what type, and how many bytes in all. */
void mb_figures_sized(const struct mb_topic *topic, enum mb_message_type type, uint64_t count,
		      uint64_t bytes);
void mb_figures_got(struct mb_broker *b, struct rmqi_str topic, struct rmqi_str group,
		    uint64_t count);
/* "10s 60s 600s" a second; `unknown` stands for a window that is longer than the broker's life. */
void mb_figure_write(const struct mb_broker *b, struct mb_figure *f, const char *name,
		     const char *unknown, struct rmqi_buf *out);
/* Since the broker started. */
static inline uint64_t mb_figure_total(const struct mb_figure *f)
{
	return f->settled + f->pending;
}

/* Midnight may have passed since the last message. */
const struct mb_mornings *mb_figures_puts(struct mb_broker *b);
const struct mb_mornings *mb_figures_gets(struct mb_broker *b);
/* A second, over the last minute (BrokerStatsManager.tpsTopicPutNums, tpsGroupGetNums). */
double mb_figures_topic_tps(const struct mb_broker *b, struct rmqi_str topic);
double mb_figures_group_tps(const struct mb_broker *b, struct rmqi_str topic,
			    struct rmqi_str group);
/* Body of VIEW_BROKER_STATS_DATA: the last minute, hour and day. False: there is no such figure. */
bool mb_figures_view(const struct mb_broker *b, struct rmqi_str name, struct rmqi_str key,
		     struct rmqi_buf *out);

#endif
