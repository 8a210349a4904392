/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/store/pages.h"

enum {
	FAST_US = 1000 * 1000, /* a step that took less is one of a log that is written fast */
	PIECE = 256 * 1024     /* between two looks whether it is to end */
};

void mb_pages_init(struct mb_pages *p, struct rmqi_clock *clock)
{
	*p = (struct mb_pages){.clock = clock};
	atomic_init(&p->is_over, false);
	atomic_init(&p->is_stopped, false);
}

static void *make_ready(void *arg)
{
	struct mb_pages *p = arg;
	const struct mb_fs *fs = p->file->fs;

	for (size_t at = p->from; at < p->to && !atomic_load(&p->is_stopped); at += PIECE)
		fs->make_ready(fs, &p->file->map, at, p->to - at < PIECE ? p->to - at : PIECE);
	atomic_store(&p->is_over, true);
	return NULL;
}

static void begin(struct mb_pages *p, struct mb_file *f, size_t from)
{
	p->from = from;
	p->to = f->reserved;
	p->file = f;
	atomic_store(&p->is_over, false);
	/* Without a thread the loop has the pages made, as ever. */
	if (rmqi_thread_start(&p->thread, "rmq-mock-pages", make_ready, p) != RMQ_OK)
		p->file = NULL;
	else
		mb_file_ref(f);
}

/* Of a thread that is over, or was told to be. */
static void end(struct mb_pages *p)
{
	if (!p->file)
		return;
	rmqi_thread_join(&p->thread);
	mb_file_unref(p->file);
	p->file = NULL;
}

/* Blocks were had: has it been long since the last time? */
static bool is_fast_now(struct mb_pages *p)
{
	int64_t now = rmqi_clock_us(p->clock);
	bool is_fast = p->has_stepped && now - p->step_us < FAST_US;

	p->has_stepped = true;
	p->step_us = now;
	return is_fast;
}

void mb_pages_step(struct mb_pages *p, struct mb_file *f, size_t from)
{
	bool is_fast;

	if (!p->clock || !f->fs->make_ready)
		return;
	is_fast = is_fast_now(p);
	if (p->file && !atomic_load(&p->is_over))
		return;
	end(p);
	if (is_fast && from < f->reserved)
		begin(p, f, from);
}

void mb_pages_stop(struct mb_pages *p)
{
	atomic_store(&p->is_stopped, true);
	end(p);
}
