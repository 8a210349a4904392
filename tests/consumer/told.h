/* SPDX-License-Identifier: Apache-2.0 */
/* told.h - what a consumer (rig.h) tells of standstills: their events, in turn. One rig a process. */
#ifndef TESTS_CONSUMER_TOLD_H
#define TESTS_CONSUMER_TOLD_H

#include <rocketmq/event.h>

#include "tests/consumer/rig.h"

enum { S = 1000, MINUTE = 60 * S, TOLD_MAX = 64 };

extern struct told {
	enum rmq_event_kind kind;
	int64_t at_ms;
	char topic[64];
	char text[512];
} told[TOLD_MAX];
extern size_t told_count;

/* A rig whose group has committed 0 everywhere; nothing is told yet. */
struct rig *begin_told(int queues, const char *settings);
/* Number `at` of what was told is a standstill with this text, or its end (NULL). */
void expect_told(struct rig *r, size_t at, const char *text);
/* The end of number `at` was told behind it, with these words. */
void expect_over(const struct rig *r, size_t at, const char *words);
/* All that was told to stand still was told to be over. */
void expect_all_over(const struct rig *r);
/* It was told when so long had gone by, and not much later. */
void expect_time(size_t at, int64_t since_ms, int64_t limit_ms);

#endif
