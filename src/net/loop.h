/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop.h - the one thread that owns sockets, timers and protocol state.
 *
 * In production a loop is a thread that sleeps in its poller until a socket is
 * ready, the next deadline of its timers has come, or a task was posted. A post
 * wakes it only when it sleeps (one eventfd write per idle period). In a
 * simulation a loop is a lane and has no poller.
 *
 * A wake-up does: sockets, tasks, due timers, then what was deferred. Writing
 * to sockets is deferred work, so what one wake-up produced for a connection
 * leaves in one gathered write.
 *
 * What runs on a loop may have another time than its sockets: its inner timers follow env->inner. One inner
 * deadline is served a wake-up, so that what a timer sends to the same loop arrives before the next one fires.
 *
 * Thread: `post` any; all else the loop, unless said otherwise.
 */
#ifndef RMQI_NET_LOOP_H
#define RMQI_NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/executor.h"
#include "base/macros.h"

struct rmqi_loop;
struct rmqi_poller;

/* Starts it. Thread: any. */
enum rmq_error rmqi_loop_new(const struct rmqi_env *env, const char *name,
			     struct rmqi_loop **out) RMQI_MUST_USE;
/* Runs what is posted so far, stops, joins and frees. Everything that lives on the loop must be
 * closed. Thread: any but the loop itself. */
void rmqi_loop_free(struct rmqi_loop *l);

/* Thread: any, these six. */
struct rmqi_executor *rmqi_loop_executor(struct rmqi_loop *l);
void rmqi_loop_post(struct rmqi_loop *l, struct rmqi_task *task);
const struct rmqi_env *rmqi_loop_env(const struct rmqi_loop *l);
struct rmqi_clock *rmqi_loop_clock(const struct rmqi_loop *l);
struct rmqi_clock *rmqi_loop_inner_clock(const struct rmqi_loop *l);
bool rmqi_loop_is_current(const struct rmqi_loop *l);
/* Runs fn(arg) on the loop and waits for it; called on the loop it runs at once. Thread: any. */
void rmqi_loop_call(struct rmqi_loop *l, void (*fn)(void *arg), void *arg);

struct rmqi_timers *rmqi_loop_timers(struct rmqi_loop *l);
struct rmqi_timers *rmqi_loop_inner_timers(struct rmqi_loop *l);
/* Runs the task at the end of this wake-up, once however often it is deferred before it ran
 * (the task knows by task->next == task being unlinked; see loop.c). */
void rmqi_loop_defer(struct rmqi_loop *l, struct rmqi_task *task);
void rmqi_loop_undefer(struct rmqi_loop *l, struct rmqi_task *task);
/* For transports only; NULL in a simulation. */
struct rmqi_poller *rmqi_loop_poller(struct rmqi_loop *l);

#endif
