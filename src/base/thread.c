/* SPDX-License-Identifier: Apache-2.0 */
#include "base/thread.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

enum { NAME_SIZE = 16 }; /* Linux: 15 characters and a NUL */

/*
 * With default attributes none of these calls can fail on Linux, save for a bug
 * of ours (unlocking what is not held, using what was destroyed). To go on
 * without the lock would be worse than to stop.
 */
static void must(int rc)
{
	if (rc != 0)
		abort();
}

void rmqi_mutex_init(struct rmqi_mutex *m)
{
	must(pthread_mutex_init(&m->m, NULL));
}

void rmqi_mutex_deinit(struct rmqi_mutex *m)
{
	must(pthread_mutex_destroy(&m->m));
}

void rmqi_mutex_lock(struct rmqi_mutex *m)
{
	must(pthread_mutex_lock(&m->m));
}

bool rmqi_mutex_trylock(struct rmqi_mutex *m)
{
	int rc = pthread_mutex_trylock(&m->m);

	if (rc != EBUSY)
		must(rc);
	return rc == 0;
}

void rmqi_mutex_unlock(struct rmqi_mutex *m)
{
	must(pthread_mutex_unlock(&m->m));
}

void rmqi_cond_init(struct rmqi_cond *c)
{
	pthread_condattr_t attr;

	must(pthread_condattr_init(&attr));
	must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC));
	must(pthread_cond_init(&c->c, &attr));
	must(pthread_condattr_destroy(&attr));
}

void rmqi_cond_deinit(struct rmqi_cond *c)
{
	must(pthread_cond_destroy(&c->c));
}

void rmqi_cond_wait(struct rmqi_cond *c, struct rmqi_mutex *m)
{
	must(pthread_cond_wait(&c->c, &m->m));
}

bool rmqi_cond_wait_until(struct rmqi_cond *c, struct rmqi_mutex *m, int64_t deadline_us)
{
	struct timespec at;
	int rc;

	if (deadline_us == INT64_MAX) { /* RMQI_FOREVER */
		rmqi_cond_wait(c, m);
		return true;
	}
	if (deadline_us < 0)
		deadline_us = 0;
	at.tv_sec = (time_t)(deadline_us / 1000000);
	at.tv_nsec = (long)(deadline_us % 1000000) * 1000;
	rc = pthread_cond_timedwait(&c->c, &m->m, &at);
	if (rc != ETIMEDOUT)
		must(rc);
	return rc == 0;
}

void rmqi_cond_signal(struct rmqi_cond *c)
{
	must(pthread_cond_signal(&c->c));
}

void rmqi_cond_broadcast(struct rmqi_cond *c)
{
	must(pthread_cond_broadcast(&c->c));
}

/* Travels to the new thread, which frees it: the starter must not touch a thread that may have
 * detached itself and ended. */
struct launch {
	void *(*run)(void *);
	void *arg;
	sigset_t signals;
	char name[NAME_SIZE];
};

static void *launch_run(void *arg)
{
	struct launch launch = *(struct launch *)arg;

	rmqi_free(arg);
	pthread_setname_np(pthread_self(), launch.name);
	must(pthread_sigmask(SIG_SETMASK, &launch.signals, NULL));
	return launch.run(launch.arg);
}

/* What a thread does to itself. */
static void unblock_own(sigset_t *signals)
{
	static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};

	for (size_t i = 0; i < RMQI_COUNT(own); i++)
		sigdelset(signals, own[i]);
}

void rmqi_thread_signals(sigset_t *out)
{
	must(pthread_sigmask(SIG_SETMASK, NULL, out));
}

/* It begins with the mask of a thread of ours and takes its own itself: the starter's must not become
 * wider than it is, not even for a moment. */
static int create_masked(pthread_t *id, struct launch *launch)
{
	sigset_t ours, before;
	int rc;

	sigfillset(&ours);
	unblock_own(&ours);
	must(pthread_sigmask(SIG_SETMASK, &ours, &before));
	rc = pthread_create(id, NULL, launch_run, launch);
	must(pthread_sigmask(SIG_SETMASK, &before, NULL));
	return rc;
}

enum rmq_error rmqi_thread_start_for_user(struct rmqi_thread *t, const char *name,
					  const sigset_t *signals, void *(*run)(void *), void *arg)
{
	struct launch *launch = rmqi_calloc(1, sizeof(*launch));

	t->is_started = false;
	if (!launch)
		return RMQ_ERR_NO_MEMORY;
	launch->run = run;
	launch->arg = arg;
	launch->signals = *signals;
	unblock_own(&launch->signals);
	rmqi_memcpy(launch->name, name, strnlen(name, NAME_SIZE - 1));
	if (create_masked(&t->id, launch) != 0) {
		rmqi_free(launch);
		return RMQ_ERR_SYSTEM;
	}
	t->is_started = true;
	return RMQ_OK;
}

enum rmq_error rmqi_thread_start(struct rmqi_thread *t, const char *name, void *(*run)(void *),
				 void *arg)
{
	sigset_t all;

	sigfillset(&all);
	return rmqi_thread_start_for_user(t, name, &all, run, arg);
}

void rmqi_thread_join(struct rmqi_thread *t)
{
	if (!t->is_started)
		return;
	/* A thread that joins itself would wait for ever. */
	assert(!pthread_equal(t->id, pthread_self()));
	must(pthread_join(t->id, NULL));
	t->is_started = false;
}
