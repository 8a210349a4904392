/* SPDX-License-Identifier: Apache-2.0 */
#include "producer/end_transaction.h"

#include "codec/message.h"

const char *rmqi_transaction_state_text(enum rmq_transaction_state state)
{
	switch (state) {
	case RMQ_TRANSACTION_COMMIT:
		return "commit";
	case RMQ_TRANSACTION_ROLLBACK:
		return "rollback";
	case RMQ_TRANSACTION_UNKNOWN:
		break;
	}
	return "unknown";
}

static int32_t wire_state(enum rmq_transaction_state state)
{
	switch (state) {
	case RMQ_TRANSACTION_COMMIT:
		return RMQI_SYS_COMMIT;
	case RMQ_TRANSACTION_ROLLBACK:
		return RMQI_SYS_ROLLBACK;
	case RMQ_TRANSACTION_UNKNOWN:
		break;
	}
	return 0;
}

void rmqi_end_transaction_fill(const struct rmqi_half *half, enum rmq_transaction_state state,
			       struct rmqi_h_end_transaction *h, struct rmqi_outgoing *out)
{
	*h = (struct rmqi_h_end_transaction){.producerGroup = half->group,
					     .tranStateTableOffset = half->place.table_offset,
					     .commitLogOffset = half->place.log_offset,
					     .commitOrRollback = wire_state(state),
					     .msgId = half->message_id};
	if (half->topic.len)
		RMQI_SET(h, end_transaction, topic, half->topic);
	RMQI_SET(h, end_transaction, fromTransactionCheck, half->place.was_asked);
	if (half->transaction_id.len)
		RMQI_SET(h, end_transaction, transactionId, half->transaction_id);
	if (half->broker_name.len)
		RMQI_SET(h, end_transaction, bname, half->broker_name);
	*out = (struct rmqi_outgoing){
		.code = RMQI_REQ_END_TRANSACTION, .desc = &rmqi_desc_end_transaction, .header = h};
}
