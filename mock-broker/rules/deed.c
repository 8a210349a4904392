/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/rules/deed.h"

#include "mock-broker/ticket.h"

/* Before the handler nobody else says that there will be no answer. */
static enum mb_deed end(struct mb_passage *p)
{
	if (p->stage <= MB_STAGE_APPLY)
		mb_answer_nothing(p->ticket);
	return MB_DEED_END;
}

static enum mb_deed reply(const struct rmq_mock_fault *f, struct mb_passage *p)
{
	struct rmqi_outgoing response = {
		.code = (int32_t)f->number[MB_FAULT_reply],
		.remark = rmqi_str(f->text[MB_FAULT_remark]),
	};

	if (p->response) {
		*p->response = response;
		return MB_DEED_GO_ON;
	}
	mb_answer(p->ticket, &response);
	return MB_DEED_END;
}

enum mb_deed mb_deed_do(struct mb_shots *shots, const struct rmq_mock_fault *f,
			struct mb_passage *p)
{
	if (mb_fault_has(f, MB_FAULT_reply))
		return reply(f, p);
	if (f->number[MB_FAULT_drop])
		return end(p);
	if (mb_fault_has(f, MB_FAULT_close) && !mb_fault_shapes(f)) {
		mb_shots_close(shots, p->ticket->conn, (enum mb_fault_close)f->number[MB_FAULT_close]);
		return end(p);
	}
	return MB_DEED_GO_ON;
}

enum mb_deed mb_deed_handle(const struct rmq_mock_fault *f, struct mb_passage *p,
			    const struct rmq_mock_incoming *in)
{
	struct rmqi_ext fields[MB_REPLY_FIELDS_MAX];
	struct rmqi_outgoing response;
	struct rmq_mock_reply made;
	struct rmqi_cursor piece;
	bool is_taken;

	mb_reply_init(&made);
	is_taken = f->handler(f->handler_arg, in, &made);
	if (is_taken) {
		mb_reply_show(&made, &response, fields, &piece);
		mb_answer(p->ticket, &response);
	}
	mb_reply_deinit(&made);
	return is_taken ? MB_DEED_END : MB_DEED_NONE;
}
