/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/rules/shot.h"

#include "base/clock.h"
#include "base/mem.h"
#include "codec/frame.h"
#include "mock-broker/reply_frame.h"
#include "mock-broker/rules/spoil.h"
#include "mock-broker/ticket.h"

enum {
	HOLD_MS = 100, /* without a delay: how long an answer waits for the next one */
	LOOK_MS = 1    /* how often it is looked whether all has left before a reset */
};

struct shot {
	struct rmqi_list link;
	struct rmqi_timer timer;
	struct mb_shots *shots;
	struct rmqi_conn *conn; /* a ref */
	struct rmqi_buf bytes;
	size_t slice; /* 0: whole */
	int64_t gap_ms;
	enum mb_fault_close how;
	bool closes;
	bool is_cut;  /* nothing may follow the bytes */
	bool is_held; /* waits for the next answer */
	bool has_left;
};

static void shot_free(struct shot *s)
{
	rmqi_list_remove(&s->link);
	rmqi_timer_deinit(&s->timer);
	rmqi_buf_deinit(&s->bytes);
	rmqi_conn_unref(s->conn);
	rmqi_free(s);
}

/* What has left only looks from now on. True: it is done. */
static bool finish(struct shot *s)
{
	bool must_wait = s->how == MB_CLOSE_RST || s->slice;

	if (!s->closes || s->how == MB_CLOSE_HALF_OPEN || !rmqi_conn_is_open(s->conn))
		return true;
	if (must_wait && rmqi_conn_output_len(s->conn) > 0) {
		rmqi_timer_start_ms(&s->timer, LOOK_MS);
		return false;
	}
	mb_shots_close(s->shots, s->conn, s->how);
	return true;
}

static void leave(struct shot *s)
{
	struct rmqi_cursor bytes = rmqi_buf_cursor(&s->bytes);
	size_t end = rmqi_conn_output_len(s->conn) + bytes.len;
	struct mb_wires *wires = &s->shots->wires;

	s->has_left = true;
	s->is_held = false;
	if (s->slice)
		mb_wires_slice(wires, s->conn, end, s->slice, s->gap_ms);
	if (s->is_cut || (s->closes && s->how == MB_CLOSE_HALF_OPEN))
		mb_wires_silence(wires, s->conn, end);
	/* A failure means that the connection is lost, and the request with it. */
	if (bytes.len)
		(void)!rmqi_conn_write_raw(s->conn, bytes.ptr, bytes.len);
	rmqi_conn_unanswered(s->conn); /* until now it has counted for in_flight_max */
}

static void on_due(struct rmqi_timer *t)
{
	struct shot *s = RMQI_CONTAINER(t, struct shot, timer);

	if (!s->has_left)
		leave(s);
	if (finish(s))
		shot_free(s);
}

/* --- Making one -------------------------------------------------------------------------------- */

static bool repeat(struct rmqi_buf *bytes)
{
	size_t len = bytes->len;
	uint8_t *copy = rmqi_buf_extend(bytes, len);

	if (copy)
		rmqi_memcpy(copy, rmqi_buf_data(bytes), len);
	return copy != NULL;
}

static int32_t opaque_of(const struct mb_ticket *t, const struct rmq_mock_fault *f)
{
	return (int32_t)((uint32_t)t->opaque + (uint32_t)f->number[MB_FAULT_opaque]);
}

void mb_shots_tell(struct mb_ticket *t, const struct rmq_mock_fault *f)
{
	t->sent_answers = f->number[MB_FAULT_duplicate] ? 2 : 1;
	t->sent_opaque = opaque_of(t, f);
}

static bool encode(struct shot *s, const struct mb_passage *p, const struct rmq_mock_fault *f)
{
	const struct mb_ticket *t = p->ticket;
	int32_t opaque = opaque_of(t, f);
	size_t most = (size_t)f->number[MB_FAULT_truncate];

	if (mb_reply_frame(&s->bytes, t->conn, opaque, t->serialization, p->response) != RMQ_OK)
		return false;
	if (mb_fault_has(f, MB_FAULT_corrupt) &&
	    !mb_spoil(&s->bytes, (enum mb_fault_corrupt)f->number[MB_FAULT_corrupt]))
		return false;
	if (f->number[MB_FAULT_duplicate] && !repeat(&s->bytes))
		return false;
	if (mb_fault_has(f, MB_FAULT_truncate) && most < s->bytes.len)
		rmqi_buf_cut(&s->bytes, most);
	return true;
}

static bool has_held(const struct mb_shots *shots, const struct rmqi_conn *c)
{
	RMQI_LIST_EACH(node, &shots->shots)
	{
		const struct shot *s = RMQI_LIST_ITEM(node, struct shot, link);

		if (s->conn == c && s->is_held)
			return true;
	}
	return false;
}

static void plan(struct shot *s, const struct rmq_mock_fault *f)
{
	s->slice = (size_t)f->number[MB_FAULT_slice];
	s->gap_ms = f->number[MB_FAULT_sliceGap];
	s->how = (enum mb_fault_close)f->number[MB_FAULT_close];
	s->is_cut = mb_fault_has(f, MB_FAULT_truncate);
	s->closes = s->is_cut || mb_fault_has(f, MB_FAULT_close);
	/* The next one goes first, even if it is meant, too. */
	s->is_held = f->number[MB_FAULT_reorder] && !has_held(s->shots, s->conn);
}

/* An answer that waits for the next one leaves without it in the end. */
static int64_t delay_of(const struct shot *s, const struct rmq_mock_fault *f, int64_t delay_ms)
{
	if (f->number[MB_FAULT_reorder] && !s->is_held)
		return 0;
	return s->is_held && delay_ms == 0 ? HOLD_MS : delay_ms;
}

bool mb_shots_fire(struct mb_shots *shots, struct mb_passage *p, const struct rmq_mock_fault *f,
		   int64_t delay_ms)
{
	struct shot *s = rmqi_calloc(1, sizeof(*s));

	if (!s)
		return false;
	rmqi_list_init(&s->link);
	rmqi_buf_init(&s->bytes, 2 * RMQI_FRAME_MAX);
	s->shots = shots;
	s->conn = rmqi_conn_ref(p->ticket->conn);
	plan(s, f);
	if (!encode(s, p, f) ||
	    rmqi_timer_init(&s->timer, rmqi_loop_timers(shots->loop), on_due) != RMQ_OK) {
		shot_free(s);
		return false;
	}
	rmqi_list_push(&shots->shots, &s->link);
	p->is_kept = true;
	p->delay_ms = delay_of(s, f, delay_ms);
	if (p->delay_ms > 0)
		rmqi_timer_start_ms(&s->timer, p->delay_ms);
	else
		on_due(&s->timer);
	return true;
}

/* --- All of them --------------------------------------------------------------------------------- */

void mb_shots_close(struct mb_shots *s, struct rmqi_conn *c, enum mb_fault_close how)
{
	if (how == MB_CLOSE_FIN)
		rmqi_conn_close(c, RMQ_OK);
	else if (how == MB_CLOSE_RST)
		rmqi_conn_abort(c);
	else
		mb_wires_silence(&s->wires, c, rmqi_conn_output_len(c));
}

/* It has not been written yet: a timer fires behind what runs now. */
void mb_shots_passed(struct mb_shots *s, const struct rmqi_conn *c)
{
	RMQI_LIST_EACH(node, &s->shots)
	{
		struct shot *shot = RMQI_LIST_ITEM(node, struct shot, link);

		if (shot->conn == c && shot->is_held)
			rmqi_timer_start_ms(&shot->timer, 0);
	}
}

bool mb_shots_are_idle(const struct mb_shots *s)
{
	return rmqi_list_is_empty(&s->shots) && rmqi_list_is_empty(&s->wires.wires);
}

void mb_shots_forget(struct mb_shots *s, const struct rmqi_conn *c)
{
	RMQI_LIST_EACH(node, &s->shots)
	{
		struct shot *shot = RMQI_LIST_ITEM(node, struct shot, link);

		if (shot->conn == c)
			shot_free(shot);
	}
	mb_wires_forget(&s->wires, c);
}

void mb_shots_init(struct mb_shots *s, struct rmqi_loop *loop)
{
	s->loop = loop;
	rmqi_list_init(&s->shots);
	mb_wires_init(&s->wires);
}

void mb_shots_deinit(struct mb_shots *s)
{
	RMQI_LIST_EACH(node, &s->shots)
		shot_free(RMQI_LIST_ITEM(node, struct shot, link));
	mb_wires_deinit(&s->wires);
}
