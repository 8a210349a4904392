/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolve.c
 *
 *     QUEUED --(a thread takes it)--> RUNNING --> ENDED --(the loop has told all)--> freed
 *        |                               |
 *        +--(nobody waits any more)------+--> freed
 *
 * The loop holds the lookups until deinit, each thread until it ends; the last one frees them. A thread
 * posts to the loop only for a job that is not cancelled, under the lock that a cancel waits for: so
 * the loop lives.
 */
#include "net/resolve.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/list.h"
#include "base/mem.h"
#include "base/thread.h"
#include "net/address.h"

enum { CLOSE_WAIT_MS = 100 };

enum state { QUEUED, RUNNING, ENDED };

struct lookup {
	struct rmqi_list link; /* of the list that its state names */
	enum state state;
	struct rmqi_list jobs; /* who waits */
	char host[sizeof(((struct rmqi_address *)0)->host)];
	int gai_error;
	struct addrinfo *found; /* owned */
};

struct rmqi_resolve_job {
	struct rmqi_list link; /* of its lookup */
	struct rmqi_lookups *owner;
	struct lookup *lookup;
	uint16_t port;
	void (*fn)(void *arg, int gai_error, struct rmqi_endpoints *found);
	void *arg;
};

enum worker_state { IDLE, BUSY, OVER /* to be joined */ };

struct worker {
	struct rmqi_thread thread;
	enum worker_state state; /* mu */
	struct rmqi_lookups *owner;
	struct lookup *first; /* what it was made for */
};

struct rmqi_lookups {
	struct rmqi_task tell; /* the loop's */
	struct rmqi_mutex mu;
	/* mu, all below */
	struct rmqi_cond less; /* a thread has ended */
	unsigned refs;
	struct rmqi_loop *loop;
	bool is_told; /* `tell` is posted */
	struct rmqi_list queued, running, ended;
	unsigned busy; /* workers */
	struct worker workers[RMQI_RESOLVE_THREADS];
};

/* --- Addresses -------------------------------------------------------------------------------- */

static int look_up(const char *host, int flags, struct addrinfo **found)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};

	hints.ai_flags = flags;
	return getaddrinfo(host, NULL, &hints, found);
}

static bool copy_endpoint(const struct addrinfo *ai, uint16_t port, struct rmqi_endpoint *out)
{
	if (ai->ai_addrlen > sizeof(out->at))
		return false;
	out->len = ai->ai_addrlen;
	memcpy(&out->at, ai->ai_addr, ai->ai_addrlen);
	if (ai->ai_family == AF_INET)
		out->at.v4.sin_port = htons(port);
	else if (ai->ai_family == AF_INET6)
		out->at.v6.sin6_port = htons(port);
	else
		return false;
	return true;
}

/* 0, or why there is none. */
static int copy_found(const struct addrinfo *found, uint16_t port, struct rmqi_endpoints **out)
{
	struct rmqi_endpoints *e;
	size_t count = 0;

	for (const struct addrinfo *ai = found; ai; ai = ai->ai_next)
		count++;
	e = rmqi_calloc(1, sizeof(*e) + count * sizeof(e->list[0]));
	if (!e)
		return EAI_MEMORY;
	for (const struct addrinfo *ai = found; ai; ai = ai->ai_next)
		e->count += copy_endpoint(ai, port, &e->list[e->count]);
	if (e->count == 0) {
		rmqi_free(e);
		return EAI_NONAME;
	}
	*out = e;
	return 0;
}

struct rmqi_endpoints *rmqi_resolve_numeric(const char *host, uint16_t port)
{
	struct rmqi_endpoints *e = NULL;
	struct addrinfo *found;

	if (look_up(host, AI_NUMERICHOST, &found) != 0)
		return NULL;
	if (copy_found(found, port, &e) != 0)
		e = NULL;
	freeaddrinfo(found);
	return e;
}

/* --- Life --------------------------------------------------------------------------------------- */

static void free_lookup(struct lookup *u)
{
	rmqi_list_remove(&u->link);
	if (u->found)
		freeaddrinfo(u->found);
	rmqi_free(u);
}

/* @locks: mu held; unlocks */
static void unref(struct rmqi_lookups *s)
{
	bool is_last = --s->refs == 0;

	rmqi_mutex_unlock(&s->mu);
	if (!is_last)
		return;
	rmqi_cond_deinit(&s->less);
	rmqi_mutex_deinit(&s->mu);
	rmqi_free(s);
}

static void tell(struct rmqi_task *task);

static struct rmqi_lookups *new_lookups(struct rmqi_loop *l)
{
	struct rmqi_lookups *s = rmqi_calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->tell.run = tell;
	s->refs = 1;
	s->loop = l;
	rmqi_mutex_init(&s->mu);
	rmqi_cond_init(&s->less);
	rmqi_list_init(&s->queued);
	rmqi_list_init(&s->running);
	rmqi_list_init(&s->ended);
	for (size_t i = 0; i < RMQI_RESOLVE_THREADS; i++)
		s->workers[i].owner = s;
	return s;
}

void rmqi_resolver_init(struct rmqi_resolver *r, const struct rmqi_env *env)
{
	r->env = env;
	r->lookups = NULL;
}

/* A thread that still runs is left alone; one that is over does not take the lock any more. */
static void part_from(struct worker *k)
{
	if (k->state == BUSY)
		pthread_detach(k->thread.id);
	else if (k->state == OVER)
		rmqi_thread_join(&k->thread);
}

void rmqi_resolver_deinit(struct rmqi_resolver *r)
{
	struct rmqi_lookups *s = r->lookups;
	struct rmqi_list *node;
	int64_t deadline;

	r->lookups = NULL;
	if (!s)
		return;
	deadline = rmqi_clock_deadline(r->env->clock, CLOSE_WAIT_MS);
	rmqi_mutex_lock(&s->mu);
	s->loop = NULL;
	while ((node = rmqi_list_pop(&s->queued)))
		free_lookup(RMQI_LIST_ITEM(node, struct lookup, link));
	while (s->busy > 0 && rmqi_cond_wait_until(&s->less, &s->mu, deadline))
		;
	for (size_t i = 0; i < RMQI_RESOLVE_THREADS; i++)
		part_from(&s->workers[i]);
	unref(s);
}

/* --- The threads ----------------------------------------------------------------------------------- */

static void move(struct lookup *u, enum state state, struct rmqi_list *to)
{
	rmqi_list_remove(&u->link);
	u->state = state;
	rmqi_list_push(to, &u->link);
}

/* NULL: none that anybody waits for. @locks: mu held */
static struct lookup *next_queued(struct rmqi_lookups *s)
{
	struct lookup *u;

	if (rmqi_list_is_empty(&s->queued))
		return NULL;
	u = RMQI_LIST_ITEM(s->queued.next, struct lookup, link);
	move(u, RUNNING, &s->running);
	return u;
}

/* @locks: mu held */
static void end_lookup(struct rmqi_lookups *s, struct lookup *u)
{
	if (rmqi_list_is_empty(&u->jobs)) {
		free_lookup(u);
		return;
	}
	move(u, ENDED, &s->ended);
	if (!s->is_told)
		rmqi_loop_post(s->loop, &s->tell);
	s->is_told = true;
}

static void *work(void *arg)
{
	struct worker *k = arg;
	struct rmqi_lookups *s = k->owner;
	struct lookup *u = k->first;

	while (u) {
		int error = look_up(u->host, 0, &u->found);

		rmqi_mutex_lock(&s->mu);
		u->gai_error = error;
		if (error)
			u->found = NULL;
		end_lookup(s, u);
		u = next_queued(s);
		if (u)
			rmqi_mutex_unlock(&s->mu);
	}
	k->state = OVER;
	s->busy--;
	rmqi_cond_signal(&s->less);
	unref(s);
	return NULL;
}

/* @locks: mu held */
static struct worker *free_worker(struct rmqi_lookups *s)
{
	for (size_t i = 0; i < RMQI_RESOLVE_THREADS; i++)
		if (s->workers[i].state != BUSY)
			return &s->workers[i];
	return NULL;
}

/* Gives the first of the queue a thread, if one may be made. @locks: mu held */
static enum rmq_error need_worker(struct rmqi_lookups *s)
{
	struct worker *k = free_worker(s);
	enum rmq_error err;

	if (!k)
		return RMQ_OK; /* it waits */
	if (k->state == OVER)
		rmqi_thread_join(&k->thread); /* is over: takes no time, and no lock */
	k->state = BUSY;
	k->first = next_queued(s);
	s->busy++;
	s->refs++;
	err = rmqi_thread_start(&k->thread, "rmq-resolve", work, k);
	if (err == RMQ_OK)
		return RMQ_OK;
	s->refs--;
	s->busy--;
	k->state = IDLE;
	move(k->first, QUEUED, &s->queued);
	return s->busy > 0 ? RMQ_OK : err; /* one that runs will take it */
}

/* --- Jobs -------------------------------------------------------------------------------------------- */

static struct lookup *find_in(struct rmqi_list *list, const char *host)
{
	RMQI_LIST_EACH(node, list) {
		struct lookup *u = RMQI_LIST_ITEM(node, struct lookup, link);

		if (strcmp(u->host, host) == 0)
			return u;
	}
	return NULL;
}

/* @locks: mu held. NULL when memory is out. */
static struct lookup *need_lookup(struct rmqi_lookups *s, const char *host, bool *is_new)
{
	struct lookup *u = find_in(&s->running, host);

	if (!u)
		u = find_in(&s->queued, host);
	*is_new = !u;
	if (u)
		return u;
	u = rmqi_calloc(1, sizeof(*u));
	if (!u)
		return NULL;
	snprintf(u->host, sizeof(u->host), "%s", host);
	rmqi_list_init(&u->jobs);
	rmqi_list_push(&s->queued, &u->link);
	return u;
}

/* @locks: mu held */
static void drop_job(struct rmqi_resolve_job *job)
{
	struct lookup *u = job->lookup;

	rmqi_list_remove(&job->link);
	rmqi_free(job);
	/* One that runs is its thread's. */
	if (rmqi_list_is_empty(&u->jobs) && u->state != RUNNING)
		free_lookup(u);
}

/* @locks: mu held */
static enum rmq_error add_job(struct rmqi_lookups *s, const char *host,
			      struct rmqi_resolve_job *job)
{
	enum rmq_error err = RMQ_OK;
	bool is_new;

	job->owner = s;
	job->lookup = need_lookup(s, host, &is_new);
	if (!job->lookup) {
		rmqi_free(job);
		return RMQ_ERR_NO_MEMORY;
	}
	rmqi_list_push(&job->lookup->jobs, &job->link);
	if (is_new)
		err = need_worker(s);
	if (err != RMQ_OK)
		drop_job(job);
	return err;
}

enum rmq_error
rmqi_resolve_start(struct rmqi_resolver *r, struct rmqi_loop *l, const char *host, uint16_t port,
		   void (*fn)(void *arg, int gai_error, struct rmqi_endpoints *found), void *arg,
		   struct rmqi_resolve_job **out)
{
	struct rmqi_resolve_job *job = rmqi_calloc(1, sizeof(*job));
	enum rmq_error err;

	if (job && !r->lookups)
		r->lookups = new_lookups(l);
	if (!job || !r->lookups) {
		rmqi_free(job);
		return RMQ_ERR_NO_MEMORY;
	}
	job->port = port;
	job->fn = fn;
	job->arg = arg;
	rmqi_mutex_lock(&r->lookups->mu);
	err = add_job(r->lookups, host, job);
	rmqi_mutex_unlock(&r->lookups->mu);
	if (err == RMQ_OK)
		*out = job;
	return err;
}

void rmqi_resolve_cancel(struct rmqi_resolve_job *job)
{
	struct rmqi_lookups *s = job->owner;

	rmqi_mutex_lock(&s->mu);
	drop_job(job);
	rmqi_mutex_unlock(&s->mu);
}

unsigned rmqi_resolve_ahead(const struct rmqi_resolve_job *job)
{
	struct rmqi_lookups *s = job->owner;
	unsigned ahead;

	rmqi_mutex_lock(&s->mu);
	ahead = job->lookup->state == QUEUED ? s->busy : 0;
	rmqi_mutex_unlock(&s->mu);
	return ahead;
}

/* Takes the next job that can be told out of its lookup. False: there is none. */
static bool take_result(struct rmqi_lookups *s, struct rmqi_resolve_job *out, int *error,
			struct rmqi_endpoints **found)
{
	struct rmqi_resolve_job *job;
	struct lookup *u;

	if (rmqi_list_is_empty(&s->ended))
		return false;
	u = RMQI_LIST_ITEM(s->ended.next, struct lookup, link);
	job = RMQI_LIST_ITEM(u->jobs.next, struct rmqi_resolve_job, link);
	*out = *job;
	*error = u->gai_error;
	*found = NULL;
	if (*error == 0)
		*error = copy_found(u->found, job->port, found);
	drop_job(job);
	return true;
}

/* One at a time: a job that is told may cancel another one. */
static void tell(struct rmqi_task *task)
{
	struct rmqi_lookups *s = RMQI_CONTAINER(task, struct rmqi_lookups, tell);
	struct rmqi_endpoints *found;
	struct rmqi_resolve_job job;
	bool is_any;
	int error;

	do {
		rmqi_mutex_lock(&s->mu);
		is_any = take_result(s, &job, &error, &found);
		s->is_told = is_any;
		rmqi_mutex_unlock(&s->mu);
		if (is_any)
			job.fn(job.arg, error, found);
	} while (is_any);
}
