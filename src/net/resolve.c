/* SPDX-License-Identifier: Apache-2.0 */
#include "net/resolve.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "net/address.h"

enum { THREADS = 2, CLOSE_WAIT_MS = 100 };

/*
 * Two hold a job: the starter until fn was called or it cancelled, the pool
 * until it has posted the result. The lock keeps the loop alive while the pool
 * posts to it: cancel waits for the lock.
 */
struct rmqi_resolve_job {
	struct rmqi_task work;   /* the pool's */
	struct rmqi_task result; /* the loop's */
	struct rmqi_mutex mu;
	struct rmqi_loop *loop; /* mu; NULL: cancelled */
	bool is_finished;       /* mu; the pool has let go */
	void (*fn)(void *arg, int gai_error, struct addrinfo *list);
	void *arg;
	int gai_error;
	struct addrinfo *list;
	struct rmqi_address address;
};

void rmqi_resolver_init(struct rmqi_resolver *r, const struct rmqi_env *env)
{
	r->env = env;
	r->pool = NULL;
}

static void free_job(struct rmqi_resolve_job *job)
{
	if (job->list)
		freeaddrinfo(job->list);
	rmqi_mutex_deinit(&job->mu);
	rmqi_free(job);
}

static void drop(struct rmqi_task *task)
{
	free_job(RMQI_CONTAINER(task, struct rmqi_resolve_job, work));
}

/* Every job was cancelled before. */
void rmqi_resolver_deinit(struct rmqi_resolver *r)
{
	if (r->pool)
		rmqi_pool_close(r->pool, rmqi_clock_deadline(r->env->clock, CLOSE_WAIT_MS), drop);
	r->pool = NULL;
}

static int lookup(const char *host, uint16_t port, int flags, struct addrinfo **list)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	char service[8];

	hints.ai_flags = flags | AI_NUMERICSERV;
	snprintf(service, sizeof(service), "%u", (unsigned)port);
	return getaddrinfo(host, service, &hints, list);
}

struct addrinfo *rmqi_resolve_numeric(const char *host, uint16_t port)
{
	struct addrinfo *list;

	return lookup(host, port, AI_NUMERICHOST, &list) == 0 ? list : NULL;
}

static void run_work(struct rmqi_task *task)
{
	struct rmqi_resolve_job *job = RMQI_CONTAINER(task, struct rmqi_resolve_job, work);
	bool is_cancelled;

	job->gai_error = lookup(job->address.host, job->address.port, 0, &job->list);
	if (job->gai_error)
		job->list = NULL;
	rmqi_mutex_lock(&job->mu);
	is_cancelled = !job->loop;
	job->is_finished = true;
	if (!is_cancelled)
		rmqi_loop_post(job->loop, &job->result);
	rmqi_mutex_unlock(&job->mu);
	if (is_cancelled)
		free_job(job);
}

static void run_result(struct rmqi_task *task)
{
	struct rmqi_resolve_job *job = RMQI_CONTAINER(task, struct rmqi_resolve_job, result);
	struct addrinfo *list = job->list;

	/* The pool's thread may be about to unlock. */
	rmqi_mutex_lock(&job->mu);
	rmqi_mutex_unlock(&job->mu);
	job->list = NULL;
	if (job->fn)
		job->fn(job->arg, job->gai_error, list);
	else if (list)
		freeaddrinfo(list);
	free_job(job);
}

enum rmq_error rmqi_resolve_start(struct rmqi_resolver *r, struct rmqi_loop *l, const char *host,
				  uint16_t port,
				  void (*fn)(void *arg, int gai_error, struct addrinfo *list),
				  void *arg, struct rmqi_resolve_job **out)
{
	struct rmqi_resolve_job *job;
	enum rmq_error err;

	if (!r->pool) {
		err = rmqi_pool_new(r->env, "rmq-resolve", THREADS, &r->pool);
		if (err != RMQ_OK)
			return err;
	}
	job = rmqi_calloc(1, sizeof(*job));
	if (!job)
		return RMQ_ERR_NO_MEMORY;
	job->work.run = run_work;
	job->result.run = run_result;
	job->loop = l;
	job->fn = fn;
	job->arg = arg;
	job->address.port = port;
	snprintf(job->address.host, sizeof(job->address.host), "%s", host);
	rmqi_mutex_init(&job->mu);
	*out = job;
	rmqi_post(rmqi_pool_executor(r->pool), &job->work);
	return RMQ_OK;
}

void rmqi_resolve_cancel(struct rmqi_resolve_job *job)
{
	rmqi_mutex_lock(&job->mu);
	job->fn = NULL; /* the result may be posted already: then run_result frees */
	job->loop = NULL;
	rmqi_mutex_unlock(&job->mu);
}
