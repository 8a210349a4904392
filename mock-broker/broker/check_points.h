/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_points.h - what was popped and is not acknowledged yet (PopCheckPoint.java), in memory.
 *
 *     line (topic, group) ---< pop queue ---< check point: up to 32 messages of one pop
 *
 * A check point is found by its queue, the offset at which it starts and the time of its pop: what a receipt
 * says (codec/receipt.h). It is in a heap by the time when it is over, and in a list of its revive queue
 * (revive.h). Nothing here takes longer because more is in flight.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_CHECK_POINTS_H
#define MB_BROKER_CHECK_POINTS_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/heap.h"
#include "base/list.h"
#include "base/macros.h"
#include "base/map.h"
#include "base/str.h"
#include "mock-broker/broker/hold.h"

struct mb_pop_order;

enum { MB_POP_MAX = 32 };        /* messages of one pop */
enum { MB_POP_ALL_QUEUES = -1 }; /* the queue id of who pops from all of them */

/* What waits for messages of a pop queue (pop_wait.h). */
enum mb_pop_wait { MB_WAIT_POP, MB_WAIT_NOTIFICATION, MB_POP_WAITS };

struct mb_pop_line {
	char *topic; /* a retry topic has a line of its own; owned, as group */
	char *group;
	struct rmqi_imap queues;   /* queue_id + 1 -> struct mb_pop_queue */
	struct rmqi_list of_topic; /* struct mb_pop_topic.lines */
};

struct mb_pop_queue {
	struct mb_pop_line *line;
	int32_t queue_id;        /* MB_POP_ALL_QUEUES: only to wait in */
	struct rmqi_imap points; /* start -> the first struct mb_check_point that starts there */
	struct mb_hold_list waiting[MB_POP_WAITS];
	struct mb_pop_order *order; /* NULL: never popped in order (pop_order.h) */
	/* Its order keeps nothing back any more; NULL: who waits for the line is woken. */
	void (*unblocked)(struct mb_pop_queue *q);
};

struct mb_check_point {
	struct rmqi_heap_node due;   /* key: wall ms when it is over */
	struct rmqi_list of_log;     /* struct mb_revive_log.live */
	struct mb_check_point *next; /* starts at the same offset; or the next spare one */
	struct mb_pop_queue *queue;
	int64_t start; /* offset from which the pop read */
	int64_t pop_ms;
	int64_t invisible_ms;
	int64_t log_offset; /* of its record in the revive log */
	int32_t log_queue;
	int32_t revivals; /* that failed */
	uint32_t done;    /* bit i: message i is acknowledged */
	uint32_t count;
	bool is_suspended; /* that it comes again is no try of it: `suspend`, since 5.5 */
	int32_t steps[MB_POP_MAX]; /* message i has offset start + steps[i] */
};

struct mb_check_points {
	struct rmqi_map lines;  /* "topic@group" -> struct mb_pop_line */
	struct rmqi_map topics; /* topic -> struct mb_pop_topic */
	struct rmqi_heap due;   /* struct mb_check_point */
	struct mb_check_point *spare;
	uint64_t sequence;
};

/* The lines of one topic. */
struct mb_pop_topic {
	struct rmqi_list lines; /* struct mb_pop_line.of_topic */
};

void mb_check_points_init(struct mb_check_points *c);
/* Nothing waits any more. */
void mb_check_points_deinit(struct mb_check_points *c);

/* NULL: there is none. */
struct mb_pop_queue *mb_pop_queue_find(const struct mb_check_points *c, struct rmqi_str topic,
				       struct rmqi_str group, int32_t queue_id);
/* Makes it. NULL: memory is out. */
struct mb_pop_queue *mb_pop_queue_get(struct mb_check_points *c, struct rmqi_str topic,
				      struct rmqi_str group, int32_t queue_id);
/* Nothing of it is out. As long as something waits in one of its queues, it stays. */
void mb_pop_line_remove(struct mb_check_points *c, struct mb_pop_line *line);
struct mb_pop_queue *mb_pop_line_queue(const struct mb_pop_line *line, int32_t queue_id);

/* An empty one, in no table. NULL: memory is out. */
struct mb_check_point *mb_check_point_new(struct mb_check_points *c);
/* Its queue, start, pop_ms, invisible_ms, count and steps are set. A failure leaves it as it was. */
enum rmq_error mb_check_point_add(struct mb_check_points *c,
				  struct mb_check_point *p) RMQI_MUST_USE;
/* Out of all tables, and kept for the next one. Also for one that was never added. */
void mb_check_point_free(struct mb_check_points *c, struct mb_check_point *p);
/* NULL: it is over, or never was. */
struct mb_check_point *mb_check_point_find(const struct mb_pop_queue *q, int64_t start,
					   int64_t pop_ms);
/* The bit of the message at this offset; 0: not one of its. */
uint32_t mb_check_point_bit(const struct mb_check_point *p, int64_t offset);

/* The offset of the first of these messages; `bits` is not 0. */
static inline int64_t mb_check_point_first(const struct mb_check_point *p, uint32_t bits)
{
	return p->start + p->steps[__builtin_ctz(bits)];
}

static inline uint32_t mb_check_point_all(const struct mb_check_point *p)
{
	return p->count >= 32 ? UINT32_MAX : (UINT32_C(1) << p->count) - 1;
}

static inline bool mb_check_point_is_done(const struct mb_check_point *p)
{
	return (p->done & mb_check_point_all(p)) == mb_check_point_all(p);
}

#endif
