/* SPDX-License-Identifier: Apache-2.0 */
/*
 * end_transaction.c - END_TRANSACTION: a half message is committed or rolled back
 * (EndTransactionProcessor.java). Nobody looks whether it has ended before: a second commit
 * stores the message a second time.
 */
#include "base/planted.h"
#include "codec/names.h"
#include "codec/properties.h"
#include "mock-broker/broker/handlers.h"
#include "mock-broker/broker/internal.h"

/* rejectCommitOrRollback: who has asked for time and is late waits for the question. */
static bool is_too_late(const struct mb_broker *b, const struct rmqi_h_end_transaction *h,
			const struct rmqi_stored_message *half)
{
	int64_t ms;

	return !h->fromTransactionCheck && mb_half_immunity(b, half, &ms) &&
	       mb_half_age_ms(b, half) > ms;
}

/* checkPrepareMessage. False: answered. */
static bool check(struct mb_request *r, const struct rmqi_h_end_transaction *h,
		  const struct rmqi_stored_message *half)
{
	struct rmqi_str group;
	const char *trouble = NULL;

	if (!rmqi_properties_get(half->properties, RMQI_PROP_PGROUP, &group))
		trouble = "java.lang.NullPointerException, "; /* and a stack trace */
	else if (!rmqi_str_eq(group, h->producerGroup))
		trouble = "The producer group wrong";
	else if (half->queue_offset != h->tranStateTableOffset)
		trouble = "The transaction state table offset wrong";
	else if (half->physical_offset != h->commitLogOffset)
		trouble = "The commit log offset wrong";
	if (trouble)
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR, "%s", trouble);
	return !trouble;
}

/* sendFinalMessage. False: it is not stored, and answered. */
static bool answer_put(struct mb_broker *b, struct mb_request *r, enum mb_put_status status)
{
	switch (status) {
	case MB_PUT_OK:
	case MB_PUT_FLUSH_DISK_TIMEOUT:
	case MB_PUT_FLUSH_SLAVE_TIMEOUT:
	case MB_PUT_SLAVE_NOT_AVAILABLE:
		return true;
	case MB_PUT_CREATE_MAPPED_FILE_FAILED:
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR, "Create mapped file failed.");
		break;
	case MB_PUT_MESSAGE_ILLEGAL:
	case MB_PUT_PROPERTIES_SIZE_EXCEEDED:
		mb_answer_error(&r->ticket, RMQI_RESP_MESSAGE_ILLEGAL,
				"The message is illegal, maybe msg body or properties length not "
				"matched. msg body length limit %lldB, msg properties length limit "
				"32KB.",
				(long long)b->config->max_message_size);
		break;
	case MB_PUT_SERVICE_NOT_AVAILABLE:
		mb_answer_error(&r->ticket, RMQI_RESP_SERVICE_NOT_AVAILABLE,
				"Service not available now.");
		break;
	case MB_PUT_UNKNOWN_ERROR:
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR, "UNKNOWN_ERROR");
		break;
	}
	return false;
}

/* The properties stay as they are, so that REAL_TOPIC and the others go with the message, as in Java. */
static bool deliver(struct mb_broker *b, struct mb_request *r,
		    const struct rmqi_stored_message *half)
{
	struct rmqi_stored_message m = *half;
	struct mb_put_result put = {.status = MB_PUT_MESSAGE_ILLEGAL};

	m.sys_flag = (m.sys_flag & ~RMQI_SYS_TRANSACTION_MASK) | RMQI_SYS_COMMIT;
	m.prepared_transaction_offset = half->physical_offset;
	if (mb_half_destination(half, &m.topic, &m.queue_id))
		mb_store_put(b->store, &m, &put);
	if (!answer_put(b, r, put.status))
		return false;
	mb_figures_put(b, m.topic, put.count, put.store_timestamp);
	b->put_count += put.count;
	b->put_bytes += put.size;
	return true;
}

static void end_transaction(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_end_transaction *h = r->header;
	struct rmqi_stored_message half;
	struct rmqi_cursor record;

	if (mb_ha_is_slave(&b->ha)) {
		mb_answer_code(&r->ticket, RMQI_RESP_SLAVE_NOT_AVAILABLE);
		return;
	}
	/* "Unknown" is never answered, whoever waits. */
	if (h->commitOrRollback != RMQI_SYS_COMMIT && h->commitOrRollback != RMQI_SYS_ROLLBACK) {
		mb_answer_nothing(&r->ticket);
		return;
	}
	if (!mb_store_record_at(b->store, h->commitLogOffset, &record) ||
	    rmqi_message_decode(&record, &half) != RMQ_OK) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR,
				"Find prepared transaction message failed");
		return;
	}
	if (is_too_late(b, h, &half)) {
		mb_answer_code(&r->ticket, RMQI_RESP_ILLEGAL_OPERATION);
		return;
	}
	if (!check(r, h, &half))
		return;
	if ((h->commitOrRollback == RMQI_SYS_COMMIT || RMQI_PLANTED(ROLLED_BACK_IS_DELIVERED)) &&
	    !deliver(b, r, &half))
		return;
	mb_half_ended(b, &half);
	mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
}

const struct mb_handler mb_half_handlers[] = {
	{RMQI_REQ_END_TRANSACTION, end_transaction},
	{0, NULL},
};
