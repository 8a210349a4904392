/* SPDX-License-Identifier: Apache-2.0 */
/* Pools of threads; those of a simulation are in t_sim.c. */
#include <stdatomic.h>

#include "base/executor.h"
#include "base/mem.h"
#include "tests/support/suite.h"

static int64_t soon(void)
{
	return rmqi_clock_deadline(rmqi_clock_real(), 20000);
}

static struct rmqi_pool *pool_new(unsigned threads)
{
	struct rmqi_pool *p;

	ck_assert_int_eq(rmqi_pool_new(rmqi_env_real(), "test-pool", threads, &p), RMQ_OK);
	return p;
}

static void post(struct rmqi_pool *p, struct rmqi_task *task)
{
	rmqi_post(rmqi_pool_executor(p), task);
}

static atomic_int done;

/* Writes when it ran. */
struct job {
	struct rmqi_task task;
	struct rmqi_pool *pool;
	int ran_as; /* 1 = first */
};

static void run_job(struct rmqi_task *task)
{
	struct job *job = RMQI_CONTAINER(task, struct job, task);

	ck_assert(rmqi_pool_is_current(job->pool));
	job->ran_as = atomic_fetch_add(&done, 1) + 1;
}

static void post_jobs(struct rmqi_pool *p, struct job *jobs, int count)
{
	for (int i = 0; i < count; i++) {
		jobs[i] = (struct job){.task.run = run_job, .pool = p};
		post(p, &jobs[i].task);
	}
}

START_TEST(pool__starts_tasks_in_order_of_posting)
{
	struct rmqi_pool *p = pool_new(1);
	struct job jobs[100];

	post_jobs(p, jobs, 100);
	ck_assert(rmqi_pool_close(p, soon(), NULL));
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(jobs[i].ran_as, i + 1);
}
END_TEST

START_TEST(pool__is_current_only_inside)
{
	struct rmqi_pool *p = pool_new(1);
	struct job job;

	ck_assert(!rmqi_pool_is_current(p));
	post_jobs(p, &job, 1);
	ck_assert(rmqi_pool_close(p, soon(), NULL));
	ck_assert_int_eq(job.ran_as, 1);
}
END_TEST

START_TEST(pool__closes_when_nothing_was_posted)
{
	for (unsigned threads = 1; threads <= 8; threads++)
		ck_assert(rmqi_pool_close(pool_new(threads), soon(), NULL));
}
END_TEST

START_TEST(pool__new_cleans_up_when_memory_is_out)
{
	struct rmqi_pool *p = NULL;

	for (uint64_t n = 1; !p; n++) {
		enum rmq_error err;

		rmqi_mem_fail_after(n, 0);
		err = rmqi_pool_new(rmqi_env_real(), "test-pool", 4, &p);
		rmqi_mem_fail_after(0, 0);
		ck_assert(err == RMQ_OK || (err == RMQ_ERR_NO_MEMORY && !p));
		ck_assert_uint_lt(n, 100);
	}
	ck_assert(rmqi_pool_close(p, soon(), NULL));
}
END_TEST

/* One of those that post from many threads. */
struct poster {
	struct rmqi_thread thread;
	struct rmqi_pool *pool;
	struct job jobs[500];
};

static void *post_many(void *arg)
{
	struct poster *poster = arg;

	post_jobs(poster->pool, poster->jobs, (int)RMQI_COUNT(poster->jobs));
	return NULL;
}

START_TEST(pool__runs_each_task_once)
{
	struct rmqi_pool *p = pool_new(4);
	struct poster *posters = rmqi_calloc(4, sizeof(*posters));

	for (int i = 0; i < 4; i++) {
		posters[i].pool = p;
		ck_assert_int_eq(
			rmqi_thread_start(&posters[i].thread, "poster", post_many, &posters[i]),
			RMQ_OK);
	}
	for (int i = 0; i < 4; i++)
		rmqi_thread_join(&posters[i].thread);
	ck_assert(rmqi_pool_close(p, soon(), NULL));
	ck_assert_int_eq(atomic_load(&done), 4 * 500);
	rmqi_free(posters);
}
END_TEST

/* Waits until all tasks of its kind have begun. */
struct meeting {
	struct rmqi_mutex mu;
	struct rmqi_cond all_there;
	int missing; /* mu */
};

struct guest {
	struct rmqi_task task;
	struct meeting *meeting;
	bool has_met;
};

static void meet(struct rmqi_task *task)
{
	struct guest *guest = RMQI_CONTAINER(task, struct guest, task);
	struct meeting *m = guest->meeting;
	bool is_late = false;

	rmqi_mutex_lock(&m->mu);
	m->missing--;
	rmqi_cond_broadcast(&m->all_there);
	while (m->missing > 0 && !is_late)
		is_late = !rmqi_cond_wait_until(&m->all_there, &m->mu, soon());
	guest->has_met = m->missing == 0;
	rmqi_mutex_unlock(&m->mu);
}

START_TEST(pool__runs_as_many_tasks_at_a_time_as_it_has_threads)
{
	struct rmqi_pool *p = pool_new(8);
	struct meeting meeting = {.missing = 8};
	struct guest guests[8];

	rmqi_mutex_init(&meeting.mu);
	rmqi_cond_init(&meeting.all_there);
	for (int i = 0; i < 8; i++) {
		guests[i] = (struct guest){.task.run = meet, .meeting = &meeting};
		post(p, &guests[i].task);
	}
	/* Not by closing, which wakes everyone. */
	rmqi_mutex_lock(&meeting.mu);
	while (meeting.missing > 0)
		ck_assert(rmqi_cond_wait_until(&meeting.all_there, &meeting.mu, soon()));
	rmqi_mutex_unlock(&meeting.mu);

	ck_assert(rmqi_pool_close(p, soon(), NULL));
	for (int i = 0; i < 8; i++)
		ck_assert(guests[i].has_met);
	rmqi_cond_deinit(&meeting.all_there);
	rmqi_mutex_deinit(&meeting.mu);
}
END_TEST

/* A task that posts itself again. */
static void run_again(struct rmqi_task *task)
{
	struct job *job = RMQI_CONTAINER(task, struct job, task);

	atomic_fetch_add(&done, 1);
	if (++job->ran_as < 10)
		post(job->pool, task);
}

START_TEST(pool__close_runs_what_its_tasks_post)
{
	struct rmqi_pool *p = pool_new(2);
	struct job job = {.task.run = run_again, .pool = p};

	post(p, &job.task);
	ck_assert(rmqi_pool_close(p, soon(), NULL));
	ck_assert_int_eq(job.ran_as, 10);
}
END_TEST

/* Occupies a thread until `go`. Its thread's end is told by `gone`. */
struct blocker {
	struct rmqi_task task;
	struct rmqi_event started, go, gone;
};

static pthread_key_t at_exit;

static void tell_gone(void *gone)
{
	rmqi_event_set(gone);
}

static void run_blocker(struct rmqi_task *task)
{
	struct blocker *b = RMQI_CONTAINER(task, struct blocker, task);

	pthread_setspecific(at_exit, &b->gone);
	rmqi_event_set(&b->started);
	ck_assert(rmqi_event_wait(&b->go, soon()));
	atomic_fetch_add(&done, 1);
}

static void blocker_init(struct blocker *b)
{
	b->task.run = run_blocker;
	rmqi_event_init(&b->started, rmqi_env_real());
	rmqi_event_init(&b->go, rmqi_env_real());
	rmqi_event_init(&b->gone, rmqi_env_real());
	pthread_key_create(&at_exit, tell_gone);
}

static void blocker_deinit(struct blocker *b)
{
	rmqi_event_deinit(&b->started);
	rmqi_event_deinit(&b->go);
	rmqi_event_deinit(&b->gone);
}

static int dropped;

static void count_drop(struct rmqi_task *task)
{
	struct job *job = RMQI_CONTAINER(task, struct job, task);

	ck_assert_int_eq(job->ran_as, 0);
	job->ran_as = -1;
	dropped++;
}

START_TEST(pool__close_gives_up_at_the_deadline)
{
	struct rmqi_pool *p = pool_new(1);
	struct blocker b;
	struct job jobs[3];

	blocker_init(&b);
	post(p, &b.task);
	ck_assert(rmqi_event_wait(&b.started, soon()));
	post_jobs(p, jobs, 3);

	ck_assert(!rmqi_pool_close(p, rmqi_clock_us(rmqi_clock_real()) + 1000, count_drop));

	ck_assert_int_eq(dropped, 3);
	ck_assert_int_eq(atomic_load(&done), 0);
	/* The thread that is left over ends by itself, and frees the pool. */
	rmqi_event_set(&b.go);
	ck_assert(rmqi_event_wait(&b.gone, soon()));
	ck_assert_int_eq(atomic_load(&done), 1);
	blocker_deinit(&b);
}
END_TEST

START_TEST(pool__close_may_drop_without_a_function)
{
	struct rmqi_pool *p = pool_new(1);
	struct blocker b;
	struct job job;

	blocker_init(&b);
	post(p, &b.task);
	ck_assert(rmqi_event_wait(&b.started, soon()));
	post_jobs(p, &job, 1);
	ck_assert(!rmqi_pool_close(p, 0, NULL));
	rmqi_event_set(&b.go);
	ck_assert(rmqi_event_wait(&b.gone, soon()));
	ck_assert_int_eq(job.ran_as, 0);
	blocker_deinit(&b);
}
END_TEST

START_TEST(pool__close_waits_for_a_running_task)
{
	struct rmqi_pool *p = pool_new(3);
	struct blocker b;

	blocker_init(&b);
	post(p, &b.task);
	ck_assert(rmqi_event_wait(&b.started, soon()));
	rmqi_event_set(&b.go);
	ck_assert(rmqi_pool_close(p, RMQI_FOREVER, NULL));
	ck_assert_int_eq(atomic_load(&done), 1);
	ck_assert(rmqi_event_is_set(&b.gone));
	blocker_deinit(&b);
}
END_TEST

/* Closes its own pool. */
struct closer {
	struct rmqi_task task;
	struct rmqi_pool *pool;
	struct rmqi_event start, gone;
	int64_t deadline_us;
	bool result;
	int done_at_return;
};

static void run_closer(struct rmqi_task *task)
{
	struct closer *c = RMQI_CONTAINER(task, struct closer, task);

	pthread_setspecific(at_exit, &c->gone);
	ck_assert(rmqi_event_wait(&c->start, soon()));
	c->result = rmqi_pool_close(c->pool, c->deadline_us, count_drop);
	c->done_at_return = atomic_load(&done);
}

static void closer_init(struct closer *c, struct rmqi_pool *p)
{
	*c = (struct closer){.task.run = run_closer, .pool = p, .deadline_us = soon()};
	rmqi_event_init(&c->start, rmqi_env_real());
	rmqi_event_init(&c->gone, rmqi_env_real());
	pthread_key_create(&at_exit, tell_gone);
	post(p, &c->task);
}

static void closer_deinit(struct closer *c)
{
	rmqi_event_deinit(&c->start);
	rmqi_event_deinit(&c->gone);
}

static void close_from_inside(unsigned threads, int posted)
{
	struct rmqi_pool *p = pool_new(threads);
	struct closer c;
	struct job jobs[50];

	atomic_store(&done, 0);
	closer_init(&c, p);
	post_jobs(p, jobs, posted);
	rmqi_event_set(&c.start);

	ck_assert(rmqi_event_wait(&c.gone, soon()));
	ck_assert(c.result);
	ck_assert_int_eq(c.done_at_return, posted);
	closer_deinit(&c);
}

START_TEST(pool__may_be_closed_by_its_only_thread)
{
	close_from_inside(1, 0);
	close_from_inside(1, 50);
	ck_assert_int_eq(dropped, 0);
}
END_TEST

START_TEST(pool__may_be_closed_by_one_of_its_threads)
{
	close_from_inside(4, 0);
	close_from_inside(4, 50);
	ck_assert_int_eq(dropped, 0);
}
END_TEST

START_TEST(pool__close_from_inside_gives_up_at_the_deadline)
{
	struct rmqi_pool *p = pool_new(2);
	struct blocker b;
	struct closer c;
	struct job jobs[3];

	blocker_init(&b);
	post(p, &b.task);
	ck_assert(rmqi_event_wait(&b.started, soon()));
	closer_init(&c, p);
	c.deadline_us = 0;
	post_jobs(p, jobs, 3);
	rmqi_event_set(&c.start);

	ck_assert(rmqi_event_wait(&c.gone, soon()));
	ck_assert(!c.result);
	ck_assert_int_eq(dropped, 3);
	rmqi_event_set(&b.go);
	/* gone: told by the key of whoever ran last; the last thread out frees the pool. */
	ck_assert(rmqi_event_wait(&b.gone, soon()));
	closer_deinit(&c);
	blocker_deinit(&b);
}
END_TEST

START_TEST(pool__close_from_inside_drops_when_no_thread_can_take_over)
{
	struct rmqi_pool *p = pool_new(1);
	struct closer c;
	struct job jobs[3];

	closer_init(&c, p);
	post_jobs(p, jobs, 3);
	rmqi_mem_fail_after(1, 1);
	rmqi_event_set(&c.start);
	ck_assert(rmqi_event_wait(&c.gone, soon()));
	rmqi_mem_fail_after(0, 0);

	ck_assert(!c.result);
	ck_assert_int_eq(dropped, 3);
	closer_deinit(&c);
}
END_TEST

static void run_and_free(struct rmqi_task *task)
{
	rmqi_free(RMQI_CONTAINER(task, struct job, task));
	atomic_fetch_add(&done, 1);
}

START_TEST(pool__task_may_free_itself)
{
	struct rmqi_pool *p = pool_new(2);

	for (int i = 0; i < 100; i++) {
		struct job *job = rmqi_calloc(1, sizeof(*job));

		job->task.run = run_and_free;
		post(p, &job->task);
	}
	ck_assert(rmqi_pool_close(p, soon(), NULL));
	ck_assert_int_eq(atomic_load(&done), 100);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		pool__starts_tasks_in_order_of_posting,
		pool__is_current_only_inside,
		pool__closes_when_nothing_was_posted,
		pool__new_cleans_up_when_memory_is_out,
		pool__runs_each_task_once,
		pool__runs_as_many_tasks_at_a_time_as_it_has_threads,
		pool__close_runs_what_its_tasks_post,
		pool__close_gives_up_at_the_deadline,
		pool__close_may_drop_without_a_function,
		pool__close_waits_for_a_running_task,
		pool__may_be_closed_by_its_only_thread,
		pool__may_be_closed_by_one_of_its_threads,
		pool__close_from_inside_gives_up_at_the_deadline,
		pool__close_from_inside_drops_when_no_thread_can_take_over,
		pool__task_may_free_itself,
	};

	return run_suite("pool", tests, RMQI_COUNT(tests));
}
