/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allocate.h - how the queues of a topic are shared among the members of a group.
 *
 * Every member sorts queues and ids the same way and takes its own share; nobody
 * is asked. A share is described, not listed: `count` queues from `first` on,
 * each `step` further.
 *
 *     8 queues, 3 members     AVG  012 345 67      AVG_BY_CIRCLE  036 147 25
 *
 * AllocateMessageQueueAveragely.java, AllocateMessageQueueAveragelyByCircle.java.
 * Pure; thread: any.
 */
#ifndef RMQI_CONSUMER_ALLOCATE_H
#define RMQI_CONSUMER_ALLOCATE_H

#include <stdbool.h>
#include <stddef.h>

/* In the order of allocateMessageQueueStrategy in config.def. */
enum rmqi_allocation { RMQI_ALLOCATE_AVG, RMQI_ALLOCATE_AVG_BY_CIRCLE };

struct rmqi_share {
	size_t first;
	size_t count; /* 0: nothing for this member */
	size_t step;
};

/* The share of member `self`; 0 <= self < members. */
struct rmqi_share rmqi_allocate(enum rmqi_allocation how, size_t queues, size_t members,
				size_t self);
/* Is queue `at` in the share? */
bool rmqi_share_has(const struct rmqi_share *s, size_t at);

#endif
