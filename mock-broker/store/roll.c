/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/store/roll.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/thread.h"

enum { PATH_SIZE = 4096 };

/* One task that goes to the flusher and comes back. A store that is closed abandons it: whoever runs the task next
 * frees it. */
struct mb_roll_job {
	struct rmqi_task task;
	struct mb_roll *owner;
	struct rmqi_executor *loop;
	const struct mb_fs *fs;
	size_t size;
	int64_t base;
	struct mb_file *file; /* NULL: it could not be made */
	struct rmqi_mutex mu;
	struct rmqi_cond ended;
	bool is_posted;    /* mu */
	bool is_running;   /* mu: on the flusher */
	bool is_abandoned; /* mu */
	char path[PATH_SIZE];
};

void mb_roll_init(struct mb_roll *r, struct mb_files *files, struct rmqi_executor *loop,
		  struct rmqi_executor *flusher)
{
	*r = (struct mb_roll){.files = files, .loop = loop, .flusher = flusher};
}

static void job_free(struct mb_roll_job *j)
{
	if (j->file)
		mb_file_unref(j->file);
	rmqi_cond_deinit(&j->ended);
	rmqi_mutex_deinit(&j->mu);
	rmqi_free(j);
}

static struct mb_roll_job *job_new(struct mb_roll *r, int64_t base)
{
	struct mb_roll_job *j = rmqi_calloc(1, sizeof(*j));
	int n;

	if (!j)
		return NULL;
	n = snprintf(j->path, sizeof(j->path), "%s/%020" PRId64, r->files->dir, base);
	if (n <= 0 || (size_t)n >= sizeof(j->path)) {
		rmqi_free(j);
		return NULL;
	}
	j->owner = r;
	j->loop = r->loop;
	j->fs = r->files->fs;
	j->size = r->files->file_size;
	j->base = base;
	rmqi_mutex_init(&j->mu);
	rmqi_cond_init(&j->ended);
	return j;
}

static void post(struct mb_roll_job *j, struct rmqi_executor *where,
		 void (*fn)(struct rmqi_task *task))
{
	j->task.run = fn;
	rmqi_post(where, &j->task);
}

/* --- On the loop ------------------------------------------------------------------------------ */

/* The next one is asked for when half of the file that holds `end`, or will hold it, is used. */
static int64_t next_at(const struct mb_files *l)
{
	int64_t size = (int64_t)l->file_size;
	int64_t at = l->end - l->end % size + size / 2;

	/* It is there already. */
	return mb_files_find(l, at - size / 2 + size) ? at + size : at;
}

static void report(struct rmqi_task *task)
{
	struct mb_roll_job *j = RMQI_CONTAINER(task, struct mb_roll_job, task);
	struct mb_roll *r;

	rmqi_mutex_lock(&j->mu);
	/* The flusher has posted it and is about to let go. */
	while (j->is_running)
		rmqi_cond_wait(&j->ended, &j->mu);
	r = j->is_abandoned ? NULL : j->owner;
	rmqi_mutex_unlock(&j->mu);
	if (r) {
		r->job = NULL;
		if (j->file && mb_files_adopt(r->files, j->file))
			j->file = NULL;
		/* Once a file, whatever came of it. */
		r->at = j->base + (int64_t)j->size / 2;
	}
	job_free(j);
}

/* --- On the flusher --------------------------------------------------------------------------- */

/* No blocks: where the libc has to get them by reading and writing back a byte of each, it would undo what the
 * loop writes at the same time when it could not wait and made the file itself. */
static void make(struct mb_roll_job *j)
{
	struct mb_file *f;

	if (mb_file_open(j->fs, j->path, j->base, j->size, &f) == RMQ_OK)
		j->file = f;
}

static void make_task(struct rmqi_task *task)
{
	struct mb_roll_job *j = RMQI_CONTAINER(task, struct mb_roll_job, task);
	bool is_wanted;

	rmqi_mutex_lock(&j->mu);
	is_wanted = !j->is_abandoned;
	j->is_posted = false;
	j->is_running = is_wanted;
	rmqi_mutex_unlock(&j->mu);
	if (!is_wanted) {
		job_free(j);
		return;
	}
	make(j);
	/* is_running stays until the task is posted: a closer that waits for it may then take the loop down. */
	rmqi_mutex_lock(&j->mu);
	is_wanted = !j->is_abandoned;
	j->is_posted = is_wanted;
	rmqi_mutex_unlock(&j->mu);
	if (is_wanted)
		post(j, j->loop, report);
	rmqi_mutex_lock(&j->mu);
	j->is_running = false;
	rmqi_cond_broadcast(&j->ended);
	rmqi_mutex_unlock(&j->mu);
}

/* --- From outside ------------------------------------------------------------------------------- */

void mb_roll_begin(struct mb_roll *r)
{
	int64_t size = (int64_t)r->files->file_size;
	int64_t at = next_at(r->files);

	if (r->files->end < at) {
		r->at = at;
		return;
	}
	r->at = at + size;
	r->job = job_new(r, r->files->end - r->files->end % size + size);
	if (!r->job)
		return;
	r->job->is_posted = true;
	post(r->job, r->flusher, make_task);
}

void mb_roll_stop(struct mb_roll *r)
{
	struct mb_roll_job *j = r->job;
	bool is_posted;

	r->job = NULL;
	if (!j)
		return;
	rmqi_mutex_lock(&j->mu);
	j->is_abandoned = true;
	while (j->is_running)
		rmqi_cond_wait(&j->ended, &j->mu);
	is_posted = j->is_posted;
	rmqi_mutex_unlock(&j->mu);
	/* After the unlock a posted job may be gone. */
	if (!is_posted)
		job_free(j);
}
