/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/store/flush_job.h"

#include <errno.h>

#include "base/mem.h"
#include "base/planted.h"

enum { RANGES_MIN = 8 };

struct mb_flush_job *mb_flush_job_new(struct mb_flush *owner)
{
	struct mb_flush_job *j = rmqi_calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	/* The first ones are had from the start: a flush must not depend on memory. */
	j->ranges = rmqi_calloc(RANGES_MIN, sizeof(*j->ranges));
	if (!j->ranges) {
		rmqi_free(j);
		return NULL;
	}
	j->cap = RANGES_MIN;
	j->owner = owner;
	rmqi_mutex_init(&j->mu);
	rmqi_cond_init(&j->ended);
	return j;
}

static void job_free(struct mb_flush_job *j)
{
	rmqi_cond_deinit(&j->ended);
	rmqi_mutex_deinit(&j->mu);
	rmqi_free(j->ranges);
	rmqi_free(j);
}

static bool grow(struct mb_flush_job *j)
{
	struct mb_range *grown = rmqi_realloc(j->ranges, j->cap * 2 * sizeof(*grown));

	if (!grown)
		return false;
	j->ranges = grown;
	j->cap *= 2;
	return true;
}

bool mb_flush_job_add(struct mb_flush_job *j, struct mb_file *file)
{
	if (j->count == j->cap && !grow(j))
		return false;
	mb_file_ref(file);
	j->ranges[j->count++] = (struct mb_range){file, file->flushed, file->wrote};
	return true;
}

void mb_flush_job_clear(struct mb_flush_job *j)
{
	for (size_t i = 0; i < j->count; i++)
		mb_file_unref(j->ranges[i].file);
	j->count = 0;
	j->checkpoint = NULL;
	j->gives_back = false;
	j->path = NULL;
}

void mb_flush_job_post(struct mb_flush_job *j, struct rmqi_executor *where,
		       void (*fn)(struct rmqi_task *task))
{
	rmqi_mutex_lock(&j->mu);
	j->is_posted = true;
	rmqi_mutex_unlock(&j->mu);
	j->task.run = fn;
	rmqi_post(where, &j->task);
}

/* @locks: mu held. */
static bool take(struct mb_flush_job *j)
{
	j->is_posted = false;
	return !j->is_abandoned;
}

bool mb_flush_job_enter(struct mb_flush_job *j)
{
	bool is_wanted;

	rmqi_mutex_lock(&j->mu);
	is_wanted = take(j);
	rmqi_mutex_unlock(&j->mu);
	if (!is_wanted)
		job_free(j);
	return is_wanted;
}

static enum rmq_error sync_ranges(struct mb_flush_job *j)
{
	enum rmq_error err = RMQ_OK;

	for (size_t i = 0; i < j->count && err == RMQ_OK; i++) {
		struct mb_range *r = &j->ranges[i];

		j->path = r->file->path;
		if (r->to > r->from)
			err = j->fs->sync(j->fs, &r->file->map, r->from, r->to - r->from);
	}
	return err;
}

static void give_back(const struct mb_flush_job *j)
{
	for (size_t i = 0; j->fs->give_back && i < j->count; i++)
		j->fs->give_back(j->fs, &j->ranges[i].file->map);
}

static void sync_all(struct mb_flush_job *j)
{
	j->error = sync_ranges(j);
	if (j->error == RMQ_OK && j->gives_back)
		give_back(j);
	if (j->error == RMQ_OK && j->checkpoint) {
		j->path = "checkpoint";
		j->error = mb_checkpoint_write(j->checkpoint, j->checkpoint_ms, j->index_ms);
	}
	if (RMQI_PLANTED(SYNC_COUNTS_ANYWAY))
		j->error = RMQ_OK;
	j->cause = j->error == RMQ_OK ? 0 : errno;
}

void mb_flush_job_sync(struct mb_flush_job *j, void (*report)(struct rmqi_task *task))
{
	bool is_wanted;

	rmqi_mutex_lock(&j->mu);
	is_wanted = take(j);
	j->is_running = is_wanted;
	rmqi_mutex_unlock(&j->mu);
	if (!is_wanted) {
		job_free(j);
		return;
	}
	sync_all(j);

	/* is_running stays until the task is posted: a closer that waits for it may then take the loop
	 * down. The loop does not free the job before it, either. */
	rmqi_mutex_lock(&j->mu);
	is_wanted = !j->is_abandoned;
	j->is_posted = is_wanted;
	rmqi_mutex_unlock(&j->mu);
	if (is_wanted) {
		j->task.run = report;
		rmqi_post(j->loop, &j->task);
	}
	rmqi_mutex_lock(&j->mu);
	j->is_running = false;
	rmqi_cond_broadcast(&j->ended);
	rmqi_mutex_unlock(&j->mu);
}

void mb_flush_job_abandon(struct mb_flush_job *j)
{
	rmqi_mutex_lock(&j->mu);
	j->is_abandoned = true;
	while (j->is_running)
		rmqi_cond_wait(&j->ended, &j->mu);
	rmqi_mutex_unlock(&j->mu);
}

void mb_flush_job_leave(struct mb_flush_job *j)
{
	bool is_posted;

	mb_flush_job_clear(j);
	rmqi_mutex_lock(&j->mu);
	is_posted = j->is_posted;
	j->owner = NULL;
	rmqi_mutex_unlock(&j->mu);
	/* After the unlock a posted job may be gone. */
	if (!is_posted)
		job_free(j);
}
