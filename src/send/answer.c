/* SPDX-License-Identifier: Apache-2.0 */
#include "send/answer.h"

#include <string.h>

#define IS_KEY(e, name) (memcmp((e)->key.ptr, name, sizeof(name) - 1) == 0)

#define TAKE_TEXT(e, h, member)                                                 \
	do {                                                                    \
		if (IS_KEY(e, #member))                                         \
			RMQI_SET(h, send_message_response, member, (e)->value); \
	} while (0)

/* A field that the broker always sends, and whose name has a length of its own but for one. False: a
 * number that cannot be read. */
static inline bool take(const struct rmqi_ext *e, struct rmqi_h_send_message_response *h)
{
	int64_t number;

	switch (e->key.len) {
	case sizeof("msgId") - 1:
		TAKE_TEXT(e, h, msgId);
		break;
	case sizeof("queueId") - 1:
		if (!IS_KEY(e, "queueId"))
			break;
		if (!rmqi_str_to_i32(e->value, &h->queueId))
			return false;
		h->has |= RMQI_BIT_send_message_response_queueId;
		break;
	case sizeof("TRACE_ON") - 1:
		if (IS_KEY(e, "TRACE_ON"))
			RMQI_SET(h, send_message_response, TRACE_ON, rmqi_str_to_bool(e->value));
		break;
	case sizeof("MSG_REGION") - 1:
		TAKE_TEXT(e, h, MSG_REGION);
		break;
	case sizeof("queueOffset") - 1:
		TAKE_TEXT(e, h, batchUniqId);
		if (!IS_KEY(e, "queueOffset"))
			break;
		if (!rmqi_str_to_i64(e->value, &number))
			return false;
		RMQI_SET(h, send_message_response, queueOffset, number);
		break;
	case sizeof("recallHandle") - 1:
		TAKE_TEXT(e, h, recallHandle);
		break;
	case sizeof("transactionId") - 1:
		TAKE_TEXT(e, h, transactionId);
		break;
	default:
		break;
	}
	return true;
}

enum rmq_error rmqi_send_answer_read(const struct rmqi_command *c,
				     struct rmqi_h_send_message_response *out, const char **bad)
{
	const struct rmqi_header_desc *desc = &rmqi_desc_send_message_response;
	struct rmqi_h_send_message_response h = {0};
	bool is_good = true;

	for (size_t i = 0; i < c->ext_count && is_good; i++)
		is_good = take(&c->ext[i], &h);
	/* What is wrong with it is the general reader's to say. */
	if (!is_good || (desc->required & ~h.has))
		return rmqi_header_decode(desc, c, out, bad);
	*out = h;
	return RMQ_OK;
}
