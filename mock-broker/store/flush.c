/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/store/flush.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "mock-broker/store/flush_job.h"

enum {
	QUEUES_INTERVAL_US = 1000 * 1000, /* flushIntervalConsumeQueue */
	LOOK_US = 100 * 1000              /* a disk that is slow no more is seen so soon */
};

static void gather_and_sync(struct mb_flush *f);

void mb_flush_prepare(struct mb_flush *f)
{
	*f = (struct mb_flush){0};
	rmqi_list_init(&f->log_dirty);
	rmqi_list_init(&f->queue_dirty);
}

/* --- The job ---------------------------------------------------------------------- */

/* The log line comes first: whoever waits may look at it. */
static void fail(struct mb_flush *f, const char *path, int cause)
{
	rmqi_timer_stop(&f->timer);
	RMQI_LOG(f->log, RMQ_LOG_ERROR,
		 "sync of %s failed: %s. The disk cannot be trusted: the store accepts no more "
		 "messages. %" PRId64 " bytes of the commit log are safe",
		 path, strerror(cause), f->durable->parts[MB_FLUSHED].upto);
	mb_durable_fail(f->durable);
}

static bool has_dirty(const struct mb_flush *f)
{
	return !rmqi_list_is_empty(&f->log_dirty) || !rmqi_list_is_empty(&f->queue_dirty);
}

/* Moves dirty files into the job. False: memory is out, the rest stays. */
static bool gather(struct mb_flush_job *j, struct rmqi_list *dirty)
{
	while (!rmqi_list_is_empty(dirty)) {
		if (!mb_flush_job_add(j, RMQI_LIST_ITEM(dirty->next, struct mb_file, link)))
			return false;
		rmqi_list_pop(dirty);
	}
	return true;
}

static void gather_queues(struct mb_flush *f)
{
	struct mb_flush_job *j = f->job;
	int64_t now = rmqi_clock_us(f->timers->clock);

	if (now < f->queues_due_us || rmqi_list_is_empty(&f->queue_dirty))
		return;
	if (!gather(j, &f->queue_dirty))
		return;
	f->queues_due_us = now + QUEUES_INTERVAL_US;
	j->checkpoint = f->checkpoint;
	j->checkpoint_ms = *f->last_store_ms;
	j->index_ms = *f->index_ms;
	j->gives_back = f->is_dear && f->is_dear(f->arg);
}

static void go_on(struct mb_flush *f)
{
	f->job->state = MB_FLUSH_IDLE;
	if (f->durable->is_failed)
		return;
	if (mb_durable_is_awaited(f->durable, MB_FLUSHED)) {
		gather_and_sync(f);
		return;
	}
	if (f->quiet && !has_dirty(f))
		f->quiet(f->arg);
	mb_flush_touch(f);
}

static void note_flushed(struct mb_flush_job *j)
{
	for (size_t i = 0; i < j->count; i++) {
		struct mb_range *r = &j->ranges[i];

		if (r->file->flushed < r->to)
			r->file->flushed = r->to;
	}
}

static void report(struct rmqi_task *task)
{
	struct mb_flush_job *j = RMQI_CONTAINER(task, struct mb_flush_job, task);
	struct mb_flush *f;

	if (!mb_flush_job_enter(j))
		return;
	f = j->owner;
	j->state = MB_FLUSH_DONE;
	if (j->error == RMQ_OK) {
		note_flushed(j);
		mb_flush_job_clear(j);
		mb_durable_reached(f->durable, MB_FLUSHED, j->commit_to);
	} else {
		fail(f, j->path, j->cause);
		mb_flush_job_clear(j);
	}
	go_on(f);
}

static void sync_task(struct rmqi_task *task)
{
	mb_flush_job_sync(RMQI_CONTAINER(task, struct mb_flush_job, task), report);
}

/* --- A slow disk ------------------------------------------------------------------- */

static int64_t sync_ms(const struct mb_flush *f)
{
	return f->fs->sync_ms ? f->fs->sync_ms(f->fs) : 0;
}

static void sync_or_wait(struct mb_flush *f)
{
	int64_t now = rmqi_clock_us(f->timers->clock), look = f->begin_us;

	if (now >= f->begin_us || sync_ms(f) != f->sync_ms) {
		mb_flush_job_post(f->job, f->flusher, sync_task);
		return;
	}
	if (f->sync_ms > 0 && look > now + LOOK_US)
		look = now + LOOK_US;
	rmqi_timer_start(&f->delay, look);
}

static void delay_over(struct rmqi_timer *t)
{
	sync_or_wait(RMQI_CONTAINER(t, struct mb_flush, delay));
}

/* The flusher itself never waits: it has jobs of other stores, too, and whoever closes this one waits for it. */
static void begin_sync(struct mb_flush *f)
{
	const struct mb_flush_job *j = f->job;
	int64_t syncs = (int64_t)j->count + (j->checkpoint ? 1 : 0);

	f->sync_ms = sync_ms(f);
	f->begin_us = rmqi_clock_deadline(f->timers->clock, f->delay_ms + syncs * f->sync_ms);
	sync_or_wait(f);
}

static void gather_and_sync(struct mb_flush *f)
{
	struct mb_flush_job *j = f->job;

	j->commit_to = f->commit_log->files.end;
	if (gather(j, &f->log_dirty)) {
		gather_queues(f);
	} else {
		const struct mb_file *left =
			RMQI_LIST_ITEM(f->log_dirty.next, struct mb_file, link);

		j->commit_to = left->base + (int64_t)left->flushed;
	}
	j->state = MB_FLUSH_SYNCING;
	begin_sync(f);
}

static void start_task(struct rmqi_task *task)
{
	struct mb_flush_job *j = RMQI_CONTAINER(task, struct mb_flush_job, task);

	if (mb_flush_job_enter(j))
		gather_and_sync(j->owner);
}

static void timer_fired(struct rmqi_timer *t)
{
	struct mb_flush *f = RMQI_CONTAINER(t, struct mb_flush, timer);

	if (f->job->state == MB_FLUSH_IDLE && has_dirty(f))
		gather_and_sync(f);
}

/* --- From outside ------------------------------------------------------------------ */

enum rmq_error mb_flush_init(struct mb_flush *f)
{
	enum rmq_error err;

	f->job = mb_flush_job_new(f);
	if (!f->job)
		return RMQ_ERR_NO_MEMORY;
	f->job->fs = f->fs;
	f->job->loop = f->loop;
	err = rmqi_timer_init(&f->timer, f->timers, timer_fired);
	return err == RMQ_OK ? rmqi_timer_init(&f->delay, f->timers, delay_over) : err;
}

/* What the job had not finished is dirty again. */
static void take_back(struct mb_flush *f, struct mb_flush_job *j)
{
	for (size_t i = j->count; i > 0; i--) {
		struct mb_file *file = j->ranges[i - 1].file;

		if (rmqi_list_is_empty(&file->link))
			rmqi_list_insert_before(f->log_dirty.next, &file->link);
	}
}

void mb_flush_stop(struct mb_flush *f)
{
	struct mb_flush_job *j = f->job;

	rmqi_timer_deinit(&f->timer);
	rmqi_timer_deinit(&f->delay);
	if (!j)
		return;
	f->job = NULL;
	mb_flush_job_abandon(j);
	if (j->error != RMQ_OK && !f->durable->is_failed)
		fail(f, j->path, j->cause);
	take_back(f, j);
	mb_flush_job_leave(j);
}

void mb_flush_await(struct mb_flush *f)
{
	if (has_dirty(f) && f->job->state == MB_FLUSH_IDLE)
		rmqi_timer_start_ms(&f->timer, f->interval_ms);
}

void mb_flush_hurry(struct mb_flush *f)
{
	if (f->job->state != MB_FLUSH_IDLE)
		return;
	f->job->state = MB_FLUSH_WANTED;
	mb_flush_job_post(f->job, f->loop, start_task);
}

static enum rmq_error sync_list(struct mb_flush *f, struct rmqi_list *dirty)
{
	enum rmq_error err = RMQ_OK;

	while (err == RMQ_OK && !rmqi_list_is_empty(dirty)) {
		struct mb_file *file = RMQI_LIST_ITEM(dirty->next, struct mb_file, link);

		if (file->wrote > file->flushed)
			err = f->fs->sync(f->fs, &file->map, file->flushed,
					  file->wrote - file->flushed);
		if (err != RMQ_OK)
			break;
		file->flushed = file->wrote;
		rmqi_list_remove(&file->link);
	}
	return err;
}

enum rmq_error mb_flush_queues(struct mb_flush *f)
{
	enum rmq_error err = f->durable->is_failed ? RMQ_ERR_IO : sync_list(f, &f->queue_dirty);

	if (err != RMQ_OK && !f->durable->is_failed)
		fail(f, "the queues", errno);
	return err;
}

enum rmq_error mb_flush_now(struct mb_flush *f)
{
	enum rmq_error err;

	/* What failed once is not tried again. */
	if (f->durable->is_failed)
		return RMQ_ERR_IO;
	err = sync_list(f, &f->log_dirty);
	if (err == RMQ_OK)
		err = sync_list(f, &f->queue_dirty);
	if (err == RMQ_OK && *f->last_store_ms > 0)
		err = mb_checkpoint_write(f->checkpoint, *f->last_store_ms, *f->index_ms);
	if (err == RMQ_OK)
		mb_durable_reached(f->durable, MB_FLUSHED, f->commit_log->files.end);
	else
		fail(f, "the store", errno);
	return err;
}
