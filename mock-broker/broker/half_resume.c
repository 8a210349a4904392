/* SPDX-License-Identifier: Apache-2.0 */
/*
 * half_resume.c - RESUME_CHECK_HALF_MESSAGE: a message is put among the half messages again, as one that was never asked
 * about (AdminBrokerProcessor.resumeCheckHalfMessage, which MQAdminExt.resumeCheckHalfMessage sends). Meant for what was
 * given up and lies in TRANS_CHECK_MAX_TIME_TOPIC; nobody looks whether it was, or has ended meanwhile.
 *
 * Otherwise than in Java: a compressed body stays as it is. Java stores it unpacked and still called compressed, so
 * that no consumer can read it.
 */
#include "codec/names.h"
#include "codec/properties.h"
#include "mock-broker/broker/handlers.h"
#include "mock-broker/broker/internal.h"

enum { QUEUE = 0 };

static bool read_message(struct mb_broker *b, const struct rmqi_h_resume_check_half_message *h,
			 struct rmqi_stored_message *out)
{
	struct rmqi_host host;
	struct rmqi_cursor record;
	int64_t offset;

	return rmqi_offset_id_parse(h->msgId, &host, &offset) &&
	       mb_store_record_at(b->store, offset, &record) &&
	       rmqi_message_decode(&record, out) == RMQ_OK;
}

/* toMessageExtBrokerInner */
static bool put_back(struct mb_broker *b, struct rmqi_stored_message *m)
{
	static const char *const replaced[] = {MB_PROP_CHECK_TIMES, NULL};
	struct mb_put_result put;

	rmqi_buf_reset(&b->properties);
	rmqi_properties_copy_without(&b->properties, m->properties, replaced);
	rmqi_properties_add(&b->properties, RMQI_STR(MB_PROP_CHECK_TIMES), RMQI_STR("0"));
	m->properties = rmqi_cursor_str(rmqi_buf_cursor(&b->properties));
	m->topic = RMQI_STR(RMQI_TOPIC_HALF);
	m->queue_id = QUEUE;
	mb_store_put(b->store, m, &put);
	return put.status == MB_PUT_OK;
}

static void resume(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	struct rmqi_stored_message m;

	if (!read_message(b, r->header, &m)) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR,
				"Exception was thrown when putting message back to "
				"RMQ_SYS_TRANS_HALF_TOPIC.");
		return;
	}
	if (!put_back(b, &m)) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR,
				"Put message back to RMQ_SYS_TRANS_HALF_TOPIC failed.");
		return;
	}
	mb_half_stored(b);
	mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
}

const struct mb_handler mb_resume_handlers[] = {
	{RMQI_REQ_RESUME_CHECK_HALF_MESSAGE, resume},
	{0, NULL},
};
