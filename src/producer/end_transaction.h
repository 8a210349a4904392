/* SPDX-License-Identifier: Apache-2.0 */
/*
 * end_transaction.h - the request that commits or rolls back a half message, or says that nobody knows
 * (DefaultMQProducerImpl.endTransaction, checkTransactionState; request 37).
 *
 * Pure; thread: any.
 */
#ifndef RMQI_PRODUCER_END_TRANSACTION_H
#define RMQI_PRODUCER_END_TRANSACTION_H

#include <rocketmq/transaction.h>

#include "base/str.h"
#include "codec/schema.h"
#include "net/conn.h"
#include "producer/ledger.h"

/* What is ended. Texts are borrowed. */
struct rmqi_half {
	struct rmqi_str topic; /* empty: not said, as before 5.3 */
	struct rmqi_str group;
	struct rmqi_str message_id; /* UNIQ_KEY */
	struct rmqi_str transaction_id;
	struct rmqi_str broker_name; /* empty: not said */
	struct rmqi_half_place place;
};

/* "commit", "rollback", "unknown" */
const char *rmqi_transaction_state_text(enum rmq_transaction_state state);
/* `out` points into `h`, which points into `half`. */
void rmqi_end_transaction_fill(const struct rmqi_half *half, enum rmq_transaction_state state,
			       struct rmqi_h_end_transaction *h, struct rmqi_outgoing *out);

#endif
