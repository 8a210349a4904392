/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/late.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "codec/frame.h"
#include "mock-broker/reply_frame.h"

struct answer {
	struct rmqi_list link;
	struct rmqi_timer timer;
	struct rmqi_conn *conn; /* a ref */
	struct rmqi_buf frame;
};

static void answer_free(struct answer *a)
{
	rmqi_list_remove(&a->link);
	rmqi_timer_deinit(&a->timer);
	rmqi_buf_deinit(&a->frame);
	rmqi_conn_unref(a->conn);
	rmqi_free(a);
}

static void on_due(struct rmqi_timer *t)
{
	struct answer *a = RMQI_CONTAINER(t, struct answer, timer);
	struct rmqi_cursor bytes = rmqi_buf_cursor(&a->frame);

	/* A failure means that the connection is lost, and the request with it. */
	(void)!rmqi_conn_write_raw(a->conn, bytes.ptr, bytes.len);
	rmqi_conn_unanswered(a->conn);
	answer_free(a);
}

bool mb_late_reply(struct mb_late *l, struct rmqi_conn *c, int32_t opaque,
		   enum rmqi_serialization serialization, const struct rmqi_outgoing *response,
		   int64_t delay_ms)
{
	struct answer *a = rmqi_calloc(1, sizeof(*a));

	if (!a)
		return false;
	rmqi_list_init(&a->link);
	rmqi_buf_init(&a->frame, RMQI_FRAME_MAX);
	a->conn = rmqi_conn_ref(c);
	if (mb_reply_frame(&a->frame, c, opaque, serialization, response) != RMQ_OK ||
	    rmqi_timer_init(&a->timer, rmqi_loop_timers(l->loop), on_due) != RMQ_OK) {
		answer_free(a);
		return false;
	}
	rmqi_list_push(&l->answers, &a->link);
	rmqi_timer_start_ms(&a->timer, delay_ms);
	return true;
}

void mb_late_init(struct mb_late *l, struct rmqi_loop *loop)
{
	l->loop = loop;
	rmqi_list_init(&l->answers);
}

void mb_late_deinit(struct mb_late *l)
{
	RMQI_LIST_EACH(node, &l->answers)
		answer_free(RMQI_LIST_ITEM(node, struct answer, link));
}
