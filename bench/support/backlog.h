/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backlog.h - a topic that is full of numbered messages (scene.h), and the audit of who reads it: each message
 * once, at the offset at which it was stored.
 */
#ifndef BENCH_BACKLOG_H
#define BENCH_BACKLOG_H

#include <stddef.h>

#include <rocketmq/message.h>

/* Makes the topic and stores `each` messages in each of its SCENE_QUEUES queues. */
void backlog_fill(const char *topic, size_t each);
/* Nothing has come yet. */
void backlog_begin(void);
/* A message has come; not a second time. Thread: any. */
void backlog_take(const rmq_message *m);
/* How many came. Thread: any. */
size_t backlog_taken(void);
void backlog_forget(void);

#endif
