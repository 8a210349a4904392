/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/busy.h"

#include "mock-broker/ticket.h"

enum { SEND_LIMIT_MS = 200, PULL_LIMIT_MS = 5000 /* BrokerConfig: waitTimeMillsIn...Queue */ };

static bool is_send(int32_t code)
{
	return code == RMQI_REQ_SEND_MESSAGE || code == RMQI_REQ_SEND_MESSAGE_V2 ||
	       code == RMQI_REQ_SEND_BATCH_MESSAGE || code == RMQI_REQ_CONSUMER_SEND_MSG_BACK;
}

static bool is_pull(int32_t code)
{
	return code == RMQI_REQ_PULL_MESSAGE || code == RMQI_REQ_LITE_PULL_MESSAGE;
}

static bool is_meant(enum mb_busy_kind kind, int32_t code)
{
	switch (kind) {
	case MB_BUSY_OVERLOAD:
		return true;
	case MB_BUSY_TIMEOUT_CLEAN:
		return is_send(code) || is_pull(code);
	case MB_BUSY_REJECT:
	case MB_BUSY_PCBUSY_CLEAN:
		return is_send(code);
	default:
		return false;
	}
}

static void answer(enum mb_busy_kind kind, const struct mb_ticket *t)
{
	int waited_ms = (is_pull(t->code) ? PULL_LIMIT_MS : SEND_LIMIT_MS) + 1;

	if (kind == MB_BUSY_OVERLOAD || kind == MB_BUSY_REJECT)
		mb_answer_error(t, RMQI_RESP_SYSTEM_BUSY,
				"[%s]system busy, start flow control for a while",
				kind == MB_BUSY_OVERLOAD ? "OVERLOAD" : "REJECTREQUEST");
	else
		mb_answer_error(t, RMQI_RESP_SYSTEM_BUSY,
				"[%s]broker busy, start flow control for a while, period in queue: "
				"%dms, size of queue: 1",
				kind == MB_BUSY_PCBUSY_CLEAN ? "PCBUSY_CLEAN_QUEUE"
							    : "TIMEOUT_CLEAN_QUEUE",
				waited_ms);
}

bool mb_busy_refuses(struct mb_busy *b, const struct mb_ticket *t, int64_t now_us)
{
	enum mb_busy_kind kind = b->kind;

	if (kind == MB_BUSY_NOT || !is_meant(kind, t->code))
		return false;
	if (now_us >= b->until_us || b->left == 0) {
		b->kind = MB_BUSY_NOT;
		return false;
	}
	if (b->left != UINT64_MAX)
		b->left--;
	answer(kind, t);
	return true;
}
