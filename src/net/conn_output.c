/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_output.c - encoding into the queue, and the two writers.
 *
 *     append: any thread --> out --swap--> sending --> socket    (flush: the loop)
 *     gather: answers of a server, while it handles what it has read --swap--> out
 *     direct: head --> sending; head + body pieces ----> socket  (a sync caller)
 *
 * `out` grows under mu; `sending` belongs to who has the writer role. Between two
 * flushes all frames gather in `out` and leave in one write: at the end of the loop's
 * wake-up, or as soon as much has gathered in it. So the peer works
 * on the first frames of a long wake-up while the loop still makes the others.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/mem.h"
#include "codec/template.h"
#include "net/conn_impl.h"

enum {
	DIRECT_PIECES = 7,        /* of a body that a caller writes itself */
	KEEP_MEMORY = 256 * 1024, /* of an empty output buffer */
	/* A write costs what some 40 frames cost, so a hundred or more of them must share it; a peer that waits
	 * for much more than that waits in vain. */
	FLUSH_AT = 32 * 1024,
	/* A server's are larger, and wake who waits for them: of eight answers with 32 short messages each (some 90 KB)
	 * half of them, so that a client which has all eight in flight is woken twice, not three times. */
	SERVER_FLUSH_AT = 40 * 1024
};

size_t rmqi_outgoing_body_len(const struct rmqi_outgoing *o)
{
	size_t len = 0;

	for (size_t i = 0; i < o->body_count; i++)
		len += o->body[i].len;
	return len;
}

/* @locks: mu held */
static enum rmq_error check_room(struct rmqi_conn *c, size_t len)
{
	uint64_t queued = c->queued - c->written;

	/* One frame is always taken, whatever its size. */
	return queued > 0 && queued + len > c->config.output_max ? RMQ_ERR_BUSY : RMQ_OK;
}

/* @locks: mu held */
static void note_queued(struct rmqi_conn *c, size_t len)
{
	c->queued += len;
	if (c->config.is_server && c->queued - c->written > c->config.pause_at)
		atomic_store_explicit(&c->is_output_high, true, memory_order_relaxed);
}

static inline enum rmq_error encode_head(struct rmqi_buf *out, const struct rmqi_command_meta *meta,
				  const struct rmqi_outgoing *o, size_t body_len)
{
	const struct rmqi_template *t = o->templates ? &o->templates[meta->serialization] : NULL;

	if (t && o->extra_count == 0 && rmqi_template_fits(t, meta, o->header) &&
	    rmqi_template_encode(t, out, meta->opaque, o->header, body_len) == RMQ_OK)
		return RMQ_OK;
	return rmqi_command_encode(out, meta, o->desc, o->header, o->extra, o->extra_count,
				   body_len);
}

/* Behind its head; without room for it the head, from `before` on, goes, too. */
static enum rmq_error add_body(struct rmqi_buf *out, const struct rmqi_outgoing *o, size_t body_len,
			       size_t before)
{
	uint8_t *at;
	enum rmq_error err = rmqi_buf_reserve(out, body_len, &at);

	if (err != RMQ_OK) {
		rmqi_buf_cut(out, before);
		return err;
	}
	for (size_t i = 0; i < o->body_count; i++) {
		rmqi_memcpy(at, o->body[i].ptr, o->body[i].len);
		at += o->body[i].len;
	}
	rmqi_buf_commit(out, body_len);
	return RMQ_OK;
}

/* A whole frame, or nothing. Most answers have no body. */
static inline enum rmq_error add_frame(struct rmqi_buf *out, const struct rmqi_command_meta *meta,
				       const struct rmqi_outgoing *o, size_t body_len)
{
	size_t before = out->len;
	enum rmq_error err = encode_head(out, meta, o, body_len);

	return err == RMQ_OK && body_len > 0 ? add_body(out, o, body_len, before) : err;
}

/* --- Answers that a server gathers --- */

/* What was gathered becomes the end of `out`. @thread: loop @locks: mu held */
static enum rmq_error take_gathered(struct rmqi_conn *c)
{
	size_t len = c->gathered.len;
	enum rmq_error err = check_room(c, len);
	uint8_t *at;

	if (err == RMQ_OK && c->out.len == 0) {
		rmqi_buf_swap(&c->out, &c->gathered);
	} else if (err == RMQ_OK) {
		err = rmqi_buf_reserve(&c->out, len, &at);
		if (err == RMQ_OK) {
			rmqi_memcpy(at, rmqi_buf_data(&c->gathered), len);
			rmqi_buf_commit(&c->out, len);
		}
	}
	/* These answers are to others than the caller's: they are not thrown away for it. */
	if (err != RMQ_OK)
		return err;
	note_queued(c, len);
	rmqi_buf_reset(&c->gathered);
	return RMQ_OK;
}

static void hand_over(struct rmqi_conn *c)
{
	bool must_post = false, is_due = false;
	enum rmq_error err;

	if (c->gathered.len == 0)
		return;
	rmqi_mutex_lock(&c->mu);
	err = take_gathered(c);
	if (err == RMQ_OK) {
		must_post = rmqi_conn_add_work(c, RMQI_WORK_FLUSH);
		is_due = rmqi_conn_is_flush_due(c);
	}
	rmqi_mutex_unlock(&c->mu);
	if (err != RMQ_OK)
		rmqi_buf_reset(&c->gathered);
	if (must_post)
		rmqi_conn_post_work(c);
	if (is_due)
		rmqi_conn_flush_early(c);
	if (err == RMQ_ERR_BUSY)
		rmqi_conn_close_why(c, err, "%s does not read its answers", c->address);
	else if (err != RMQ_OK)
		rmqi_conn_close_why(c, err, "no memory for what is to be sent");
}

void rmqi_conn_gather_begin(struct rmqi_conn *c)
{
	c->is_gathering = true;
}

void rmqi_conn_gather_end(struct rmqi_conn *c)
{
	c->is_gathering = false;
	hand_over(c);
}

enum rmq_error rmqi_conn_gather(struct rmqi_conn *c, const struct rmqi_command_meta *meta,
				const struct rmqi_outgoing *o)
{
	enum rmq_error err = add_frame(&c->gathered, meta, o, rmqi_outgoing_body_len(o));

	if (c->gathered.len >= SERVER_FLUSH_AT)
		hand_over(c);
	return err;
}

enum rmq_error rmqi_conn_append(struct rmqi_conn *c, const struct rmqi_command_meta *meta,
				const struct rmqi_outgoing *o)
{
	size_t body_len = rmqi_outgoing_body_len(o), before;
	enum rmq_error err = RMQ_OK;

	/* Frames of the loop stay in their order. */
	if (rmqi_conn_gathers(c) && c->gathered.len > 0)
		err = take_gathered(c);
	if (err == RMQ_OK)
		err = check_room(c, body_len);
	before = c->out.len;
	if (err == RMQ_OK)
		err = add_frame(&c->out, meta, o, body_len);
	if (err == RMQ_OK)
		note_queued(c, c->out.len - before);
	return err;
}

enum rmq_error rmqi_conn_write_raw(struct rmqi_conn *c, const void *bytes, size_t len)
{
	bool must_post = false;
	enum rmq_error err;
	uint8_t *at;

	rmqi_mutex_lock(&c->mu);
	err = rmqi_conn_is_closing(c) ? rmqi_conn_call_error(c) : RMQ_OK;
	if (err == RMQ_OK && rmqi_conn_gathers(c) && c->gathered.len > 0)
		err = take_gathered(c);
	if (err == RMQ_OK)
		err = check_room(c, len);
	if (err == RMQ_OK)
		err = rmqi_buf_reserve(&c->out, len, &at);
	if (err == RMQ_OK) {
		rmqi_memcpy(at, bytes, len);
		rmqi_buf_commit(&c->out, len);
		note_queued(c, len);
		must_post = rmqi_conn_add_work(c, RMQI_WORK_FLUSH);
	}
	rmqi_mutex_unlock(&c->mu);
	if (must_post)
		rmqi_conn_post_work(c);
	return err;
}

/* --- What is taken back ---------------------------------------------------------------------- */

/*
 * `out` is the end of the connection's output: byte i of it stands at queued - out.len + i. A piece that
 * is given up is noted, and left out when `out` becomes what is sent; from then on it
 * counts as written, so that the places of all others stay what they are.
 */
struct piece {
	uint64_t begin;
	uint64_t end;
};

_Static_assert(sizeof(struct piece) == RMQI_PIECE_SIZE, "conn.c gives room for so many");

bool rmqi_conn_take_back(struct rmqi_conn *c, const struct rmqi_call *call)
{
	struct piece p = {call->output_begin, call->output_end};
	uint8_t *at;

	if (p.begin < c->queued - c->out.len)
		return false;
	if (rmqi_buf_reserve(&c->given_up, sizeof(p), &at) != RMQ_OK)
		return false;
	memcpy(at, &p, sizeof(p));
	rmqi_buf_commit(&c->given_up, sizeof(p));
	return true;
}

static int by_begin(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return x->begin < y->begin ? -1 : x->begin > y->begin;
}

static struct rmqi_written *written_of(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct rmqi_written, link);
}

/* What is given up counts as written before what stands in front of it is, so those who wait for that wait for as
 * many bytes more. @locks: mu held */
static void move_places(struct rmqi_conn *c, const struct piece *pieces, size_t count)
{
	uint64_t behind = 0;
	size_t i;

	for (i = 0; i < count; i++)
		behind += pieces[i].end - pieces[i].begin;
	i = 0;
	RMQI_LIST_EACH(node, &c->unwritten) {
		struct rmqi_written *w = written_of(node);

		for (; i < count && pieces[i].begin < w->output_end; i++)
			behind -= pieces[i].end - pieces[i].begin;
		w->output_end += behind;
	}
}

/* @locks: mu held; `sending` is empty */
static enum rmq_error copy_rest(struct rmqi_conn *c, struct piece *pieces, size_t count)
{
	uint64_t start = c->queued - c->out.len, at = start;
	const uint8_t *bytes = rmqi_buf_data(&c->out);

	qsort(pieces, count, sizeof(*pieces), by_begin);
	move_places(c, pieces, count);
	for (size_t i = 0; i < count; i++) {
		rmqi_buf_add(&c->sending, bytes + (at - start), (size_t)(pieces[i].begin - at));
		c->written += pieces[i].end - pieces[i].begin;
		at = pieces[i].end;
	}
	rmqi_buf_add(&c->sending, bytes + (at - start), (size_t)(c->queued - at));
	return rmqi_buf_status(&c->sending);
}

/* `out` becomes `sending`, which is empty. @locks: mu held */
static enum rmq_error take_output(struct rmqi_conn *c)
{
	size_t count = c->given_up.len / sizeof(struct piece);
	struct piece *pieces;
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (count == 0) {
		rmqi_buf_swap(&c->sending, &c->out);
		return RMQ_OK;
	}
	pieces = rmqi_alloc(c->given_up.len);
	rmqi_buf_reset(&c->sending);
	if (pieces) {
		memcpy(pieces, rmqi_buf_data(&c->given_up), c->given_up.len);
		err = copy_rest(c, pieces, count);
	}
	rmqi_free(pieces);
	rmqi_buf_reset(&c->given_up);
	rmqi_buf_reset(&c->out);
	return err;
}

/* --- The loop ------------------------------------------------------------------------------- */

/* False: nothing to write, or somebody else writes and will say so. */
static bool begin_flush(struct rmqi_conn *c, bool *is_idle)
{
	enum rmq_error err = RMQ_OK;
	bool has_bytes = false;

	rmqi_mutex_lock(&c->mu);
	*is_idle = false;
	if (!c->is_writing) {
		if (c->sending.len == 0)
			err = take_output(c);
		if (err != RMQ_OK)
			rmqi_buf_reset(&c->sending);
		has_bytes = c->sending.len > 0;
		c->is_writing = has_bytes;
		*is_idle = !has_bytes;
	}
	rmqi_mutex_unlock(&c->mu);
	if (err != RMQ_OK)
		rmqi_conn_close_why(c, err, "no memory for what is to be sent");
	return has_bytes;
}

/* --- Who waits for what is written --- */

void rmqi_conn_await_written(struct rmqi_conn *c, struct rmqi_written *w)
{
	w->output_end = c->queued;
	rmqi_list_push(&c->unwritten, &w->link);
}

/* @locks: mu held */
static void take_written(struct rmqi_conn *c, struct rmqi_list *out)
{
	while (!rmqi_list_is_empty(&c->unwritten) &&
	       written_of(c->unwritten.next)->output_end <= c->written)
		rmqi_list_push(out, rmqi_list_pop(&c->unwritten));
}

/* @locks: none */
static void tell_written(struct rmqi_list *told, bool is_written)
{
	struct rmqi_list *node;

	while ((node = rmqi_list_pop(told)) != NULL)
		written_of(node)->fn(written_of(node), is_written);
}

void rmqi_conn_fail_unwritten(struct rmqi_conn *c)
{
	struct rmqi_list left;

	rmqi_list_init(&left);
	rmqi_mutex_lock(&c->mu);
	rmqi_list_move_all(&c->unwritten, &left);
	rmqi_mutex_unlock(&c->mu);
	tell_written(&left, false);
}

static void end_flush(struct rmqi_conn *c, size_t n)
{
	struct rmqi_list told;

	rmqi_list_init(&told);
	rmqi_mutex_lock(&c->mu);
	c->is_writing = false;
	c->written += n;
	take_written(c, &told);
	if (c->queued - c->written <= c->config.pause_at / 2)
		atomic_store_explicit(&c->is_output_high, false, memory_order_relaxed);
	rmqi_mutex_unlock(&c->mu);
	tell_written(&told, true);
}

static void want_write(struct rmqi_conn *c, bool wanted)
{
	if (c->wants_write == wanted)
		return;
	c->wants_write = wanted;
	rmqi_conn_want(c);
}

static enum rmq_error write_some(struct rmqi_conn *c, size_t *n)
{
	struct iovec iov;
	union {
		const uint8_t *in;
		void *out;
	} ptr = {.in = rmqi_buf_data(&c->sending)};

	iov.iov_base = ptr.out; /* only read */
	iov.iov_len = c->filter ? rmqi_filter_piece(c->filter, c->sending.len) : c->sending.len;
	if (iov.iov_len == 0)
		return RMQ_OK; /* all was lost in the filter */
	return c->stream->ops->writev(c->stream, &iov, 1, n);
}

static void write_out(struct rmqi_conn *c)
{
	enum rmq_error err = RMQ_OK;
	bool is_idle = false, goes_on = false;
	struct rmqi_filter *f = c->filter;
	size_t n, lost, left = 0;

	/* What was closed while it opened sends nothing: its calls are told so. */
	if (!c->stream || !c->was_open || c->is_held || atomic_load(&c->is_aborted) ||
	    (f && rmqi_filter_must_wait(f)))
		return;
	while (err == RMQ_OK && left == 0 && begin_flush(c, &is_idle)) {
		n = 0;
		lost = f ? rmqi_filter_output(f) : 0;
		err = write_some(c, &n);
		rmqi_buf_drop(&c->sending, n);
		goes_on = f && rmqi_filter_wrote(f, n);
		left = c->sending.len;
		if (left == 0)
			rmqi_buf_trim(&c->sending, KEEP_MEMORY);
		end_flush(c, n + lost);
		if (n)
			rmqi_conn_touch(c);
	}
	if (err != RMQ_OK && err != RMQ_AGAIN) {
		rmqi_conn_close_why(c, err, "cannot write to %s: %s", c->address,
				    c->stream->reason);
		return;
	}
	if (err == RMQ_AGAIN || left > 0)
		want_write(c, !goes_on);
	else if (is_idle)
		want_write(c, false);
}

void rmqi_conn_flush(struct rmqi_conn *c)
{
	write_out(c);
	if (c->is_paused && !atomic_load_explicit(&c->is_output_high, memory_order_relaxed))
		rmqi_conn_resume(c);
}

bool rmqi_conn_is_flush_due(const struct rmqi_conn *c)
{
	size_t enough = c->config.is_server ? SERVER_FLUSH_AT : FLUSH_AT;

	return c->out.len >= enough && !c->is_writing && rmqi_loop_is_current(c->config.loop);
}

/* A paused connection does not go on here: its requests would be handled within the handler of another. A
 * filter is shown what a whole wake-up has to say. */
void rmqi_conn_flush_early(struct rmqi_conn *c)
{
	if (!c->wants_write && !c->filter && !rmqi_conn_is_closing(c))
		write_out(c);
}

/* --- A synchronous caller ---------------------------------------------------------------------- */

enum rmq_error rmqi_conn_begin_direct(struct rmqi_conn *c, const struct rmqi_command_meta *meta,
				      const struct rmqi_outgoing *o)
{
	size_t body_len = rmqi_outgoing_body_len(o);
	enum rmq_error err;

	if (c->fd < 0 || atomic_load(&c->state) != RMQI_CONN_OPEN || c->is_writing ||
	    c->queued != c->written || o->body_count > DIRECT_PIECES)
		return RMQ_AGAIN;
	err = encode_head(&c->sending, meta, o, body_len);
	if (err != RMQ_OK)
		return err;
	c->is_writing = true;
	c->borrowers++;
	note_queued(c, c->sending.len + body_len);
	return RMQ_OK;
}

static ssize_t send_pieces(int fd, struct iovec *iov, size_t count)
{
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = count};
	ssize_t n;

	do
		n = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n;
}

static size_t fill_pieces(const struct rmqi_conn *c, const struct rmqi_outgoing *o,
			  struct iovec *iov)
{
	union {
		const uint8_t *in;
		void *out;
	} ptr = {.in = rmqi_buf_data(&c->sending)};
	size_t count = 1;

	iov[0] = (struct iovec){.iov_base = ptr.out, .iov_len = c->sending.len};
	for (size_t i = 0; i < o->body_count; i++) {
		if (o->body[i].len == 0)
			continue;
		ptr.in = o->body[i].ptr;
		iov[count++] = (struct iovec){.iov_base = ptr.out, .iov_len = o->body[i].len};
	}
	return count;
}

/* What was not taken stays in `sending`; false when it cannot be kept. */
static bool keep_rest(struct rmqi_conn *c, const struct rmqi_outgoing *o, size_t n)
{
	size_t head = n < c->sending.len ? n : c->sending.len;

	rmqi_buf_drop(&c->sending, head);
	n -= head;
	for (size_t i = 0; i < o->body_count; i++) {
		size_t skip = n < o->body[i].len ? n : o->body[i].len;
		size_t rest = o->body[i].len - skip;
		uint8_t *at;

		n -= skip;
		if (rest == 0)
			continue;
		if (rmqi_buf_reserve(&c->sending, rest, &at) != RMQ_OK)
			return false;
		memcpy(at, o->body[i].ptr + skip, rest);
		rmqi_buf_commit(&c->sending, rest);
	}
	return true;
}

void rmqi_conn_write_direct(struct rmqi_conn *c, const struct rmqi_outgoing *o)
{
	struct iovec iov[1 + DIRECT_PIECES];
	ssize_t n = send_pieces(c->fd, iov, fill_pieces(c, o, iov));
	int code = n < 0 ? errno : 0;
	size_t taken = n > 0 ? (size_t)n : 0;
	bool must_post = false, is_kept;
	char text[96];

	is_kept = keep_rest(c, o, taken);
	rmqi_mutex_lock(&c->mu);
	c->is_writing = false;
	c->written += taken;
	if (c->queued != c->written)
		must_post = rmqi_conn_add_work(c, RMQI_WORK_FLUSH);
	must_post |= rmqi_conn_return_fd(c);
	rmqi_mutex_unlock(&c->mu);
	if (must_post)
		rmqi_conn_post_work(c);
	if (!is_kept)
		rmqi_conn_close_why(c, RMQ_ERR_NO_MEMORY, "no memory for the rest of a frame");
	else if (code && code != EAGAIN && code != EWOULDBLOCK)
		rmqi_conn_close_why(c, RMQ_ERR_CONNECTION_LOST, "cannot write to %s: %s",
				    c->address, rmqi_errno_text(code, text, sizeof(text)));
}
