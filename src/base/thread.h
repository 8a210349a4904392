/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thread.h - pthread wrappers: init cannot fail silently, conditions wait on
 * the monotonic clock, threads have names.
 *
 * Signals. A thread of ours blocks what is sent to the process, so that the
 * application's threads get it. It never blocks what a thread does to itself
 * (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS): such a signal would kill the
 * process past its handler. A thread that runs the user's code has the mask that
 * the user's own thread had, for what he starts there inherits it.
 */
#ifndef RMQI_BASE_THREAD_H
#define RMQI_BASE_THREAD_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"

struct rmqi_mutex {
	pthread_mutex_t m;
};

struct rmqi_cond {
	pthread_cond_t c;
};

struct rmqi_thread {
	pthread_t id;
	bool is_started;
};

void rmqi_mutex_init(struct rmqi_mutex *m);
void rmqi_mutex_deinit(struct rmqi_mutex *m);
void rmqi_mutex_lock(struct rmqi_mutex *m);
bool rmqi_mutex_trylock(struct rmqi_mutex *m);
void rmqi_mutex_unlock(struct rmqi_mutex *m);

void rmqi_cond_init(struct rmqi_cond *c);
void rmqi_cond_deinit(struct rmqi_cond *c);
void rmqi_cond_wait(struct rmqi_cond *c, struct rmqi_mutex *m);
/* Deadline in real monotonic µs (rmqi_clock_us of the real clock). False when it passed. */
bool rmqi_cond_wait_until(struct rmqi_cond *c, struct rmqi_mutex *m, int64_t deadline_us);
void rmqi_cond_signal(struct rmqi_cond *c);
void rmqi_cond_broadcast(struct rmqi_cond *c);

/* `name` is cut to 15 characters. RMQ_ERR_SYSTEM when no thread can be had. */
enum rmq_error rmqi_thread_start(struct rmqi_thread *t, const char *name, void *(*run)(void *),
				 void *arg) RMQI_MUST_USE;
/* The same, for the user's code: with the mask `signals`, but for what is never blocked. */
enum rmq_error rmqi_thread_start_for_user(struct rmqi_thread *t, const char *name,
					  const sigset_t *signals, void *(*run)(void *),
					  void *arg) RMQI_MUST_USE;
/* The mask of the calling thread. */
void rmqi_thread_signals(sigset_t *out);
/* Harmless when it was not started. */
void rmqi_thread_join(struct rmqi_thread *t);

#endif
