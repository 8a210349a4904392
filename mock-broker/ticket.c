/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/ticket.h"

#include <stdarg.h>
#include <stdio.h>

#include "mock-broker/observer.h"

static void tell(const struct mb_ticket *t, enum mb_end end, const struct rmqi_outgoing *response,
		 int64_t delay_ms)
{
	struct mb_observer *o = t->door->observer;

	if (o && t->seen)
		o->on_end(o, t, end, response, delay_ms);
}

static void send(const struct mb_ticket *t, const struct rmqi_outgoing *response)
{
	enum rmq_error err;

	if (t->is_oneway) {
		tell(t, MB_END_ONEWAY, response, 0);
		return;
	}
	err = rmqi_conn_reply(t->conn, t->opaque, t->serialization, response);
	/* Any other failure: the connection is lost, and the request with it. */
	if (err == RMQ_ERR_TOO_LARGE && response->body_count) {
		mb_answer_failure(t, err);
		return;
	}
	if (err != RMQ_OK)
		rmqi_conn_unanswered(t->conn);
	tell(t, err == RMQ_OK ? MB_END_ANSWERED : MB_END_LOST, response, 0);
}

void mb_answer_nothing(const struct mb_ticket *t)
{
	tell(t, MB_END_DROPPED, NULL, 0);
	if (!t->is_oneway)
		rmqi_conn_unanswered(t->conn);
}

/* The hook let nothing through. */
static void end_response(const struct mb_passage *p)
{
	if (p->is_kept)
		tell(p->ticket, MB_END_ANSWERED, p->response, p->delay_ms);
	else
		mb_answer_nothing(p->ticket);
}

/* The two stages of an answer. `t` is a copy: the handler's is not touched. */
static void send_through(struct mb_faults *f, struct mb_ticket t, struct rmqi_outgoing response)
{
	struct mb_passage p = {.ticket = &t, .response = &response};

	response.templates = NULL; /* a fault may change what they take for granted */
	if (t.stage == MB_STAGE_APPLY) {
		p.stage = t.stage = MB_STAGE_APPLIED;
		if (!f->on_stage(f, &p)) {
			mb_answer_nothing(&t);
			return;
		}
	}
	if (t.is_oneway) {
		tell(&t, MB_END_ONEWAY, &response, 0);
		return;
	}
	p.stage = t.stage = MB_STAGE_RESPONSE;
	if (!f->on_stage(f, &p)) {
		end_response(&p);
		return;
	}
	/* What cannot be kept leaves now. */
	if (p.delay_ms > 0 &&
	    mb_late_reply(&t.door->late, t.conn, t.opaque, t.serialization, &response, p.delay_ms))
		tell(&t, MB_END_ANSWERED, &response, p.delay_ms);
	else
		send(&t, &response);
}

void mb_answer(const struct mb_ticket *t, const struct rmqi_outgoing *response)
{
	struct mb_faults *f = t->door->faults;

	if (mb_faults_are_on(f) && t->stage != MB_STAGE_RESPONSE)
		send_through(f, *t, *response);
	else
		send(t, response);
}

void mb_answer_code(const struct mb_ticket *t, int32_t code)
{
	struct rmqi_outgoing response = {.code = code};

	mb_answer(t, &response);
}

void mb_answer_error(const struct mb_ticket *t, int32_t code, const char *format, ...)
{
	struct rmqi_outgoing response = {.code = code};
	char remark[MB_REMARK_MAX];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(remark, sizeof(remark), format, args);
	va_end(args);
	if (len > 0)
		response.remark = rmqi_str(remark);
	mb_answer(t, &response);
}

void mb_answer_header(const struct mb_ticket *t, const struct rmqi_header_desc *desc,
		      const void *header)
{
	struct rmqi_outgoing response = {.desc = desc, .header = header};

	mb_answer(t, &response);
}

void mb_answer_body(const struct mb_ticket *t, const struct rmqi_buf *body)
{
	struct rmqi_cursor piece = rmqi_buf_cursor(body);
	struct rmqi_outgoing response = {.body = &piece, .body_count = 1};
	enum rmq_error err = rmqi_buf_status(body);

	if (err == RMQ_OK)
		mb_answer(t, &response);
	else
		mb_answer_failure(t, err);
}

void mb_answer_failure(const struct mb_ticket *t, enum rmq_error error)
{
	mb_answer_error(t, RMQI_RESP_SYSTEM_ERROR, "%s", rmq_error_text(error));
}
