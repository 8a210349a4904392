/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_filter.c - a server connection whose bytes go through a filter (filter.h).
 *
 * Input is shown between the stream and the decoder, output when it moves from `out`
 * to `sending`: from there on it is only written, in as many pieces as it takes.
 */
#include <assert.h>

#include "net/conn_impl.h"
#include "net/filter.h"

static void on_gap(struct rmqi_timer *t)
{
	rmqi_conn_flush(RMQI_CONTAINER(t, struct rmqi_filter, timer)->conn);
}

void rmqi_conn_drop_filter(struct rmqi_conn *c)
{
	if (c->filter)
		rmqi_timer_deinit(&c->filter->timer);
	c->filter = NULL;
}

/* Nobody would drop a filter that comes now. */
static bool is_torn(struct rmqi_conn *c)
{
	bool is;

	rmqi_mutex_lock(&c->mu);
	is = c->is_torn;
	rmqi_mutex_unlock(&c->mu);
	return is;
}

enum rmq_error rmqi_conn_set_filter(struct rmqi_conn *c, struct rmqi_filter *f)
{
	bool must_post = false;
	enum rmq_error err;

	/* Synchronous callers of a client write and read the socket themselves. */
	assert(c->config.is_server);
	if (c->filter) {
		/* What waits for its next piece goes on without it. */
		rmqi_mutex_lock(&c->mu);
		must_post = rmqi_conn_add_work(c, RMQI_WORK_FLUSH);
		rmqi_mutex_unlock(&c->mu);
	}
	if (must_post)
		rmqi_conn_post_work(c);
	rmqi_conn_drop_filter(c);
	if (!f)
		return RMQ_OK;
	if (is_torn(c))
		return RMQ_ERR_CONNECTION_LOST;
	err = rmqi_timer_init(&f->timer, rmqi_loop_timers(c->config.loop), on_gap);
	if (err != RMQ_OK)
		return err;
	f->conn = c;
	f->shown = 0;
	c->filter = f;
	return RMQ_OK;
}

static size_t piece_of(size_t len, size_t piece)
{
	return piece > 0 && piece < len ? piece : len;
}

size_t rmqi_filter_room(const struct rmqi_filter *f, size_t room)
{
	return piece_of(room, f->input_piece);
}

size_t rmqi_filter_input(struct rmqi_filter *f, uint8_t *bytes, size_t len)
{
	size_t passed = f->input && len > 0 ? f->input(f, f->conn, bytes, len) : len;

	/* A filter makes no bytes. */
	assert(passed <= len);
	return passed;
}

bool rmqi_filter_must_wait(const struct rmqi_filter *f)
{
	return rmqi_timer_is_armed(&f->timer) && !rmqi_conn_is_closing(f->conn);
}

size_t rmqi_filter_output(struct rmqi_filter *f)
{
	struct rmqi_buf *b = &f->conn->sending;
	size_t len = b->len;
	size_t passed = len;

	if (f->shown > 0 || len == 0)
		return 0;
	if (f->output)
		passed = f->output(f, f->conn, b->mem + b->start, len);
	assert(passed <= len);
	if (atomic_load(&f->conn->is_aborted))
		passed = 0;
	rmqi_buf_cut(b, passed);
	f->shown = passed;
	return len - passed;
}

size_t rmqi_filter_piece(const struct rmqi_filter *f, size_t len)
{
	return rmqi_conn_is_closing(f->conn) ? len : piece_of(len, f->output_piece);
}

bool rmqi_filter_wrote(struct rmqi_filter *f, size_t n)
{
	int64_t now = rmqi_clock_us(f->conn->env->clock);

	f->shown -= n;
	if (n == 0 || f->shown == 0 || f->output_piece == 0)
		return false;
	rmqi_timer_start(&f->timer, now + (f->output_gap_us ? f->output_gap_us : RMQI_FILTER_GAP_US));
	return true;
}
