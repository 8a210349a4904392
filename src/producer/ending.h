/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ending.h - a commit or rollback on its way, from the moment on that nobody else may end the transaction
 * (EndTransactionProcessor.java at the other side). transaction_end.c has its two drivers, one that waits and one that
 * does not.
 *
 *     begin --> attempt: address, fill, answered | failed --> goes_on? --> ... --> conclude
 *
 * Again as long as it is certain that it was not done.
 *
 * Thread: one at a time.
 */
#ifndef RMQI_PRODUCER_ENDING_H
#define RMQI_PRODUCER_ENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "client/route.h"
#include "net/conn.h"
#include "producer/end_transaction.h"
#include "producer/transaction.h"

struct rmqi_ending {
	struct rmq_transaction *t;
	struct rmq_producer *p;
	enum rmq_transaction_state state;
	enum rmqi_transaction_life before;
	struct rmqi_half half;
	int64_t deadline_us;
	int64_t made; /* attempts */
	bool maybe_done;
	bool is_final;                   /* another attempt would be answered the same */
	struct rmq_error_detail *detail; /* borrowed; may be NULL */
};

/* COMMIT or ROLLBACK. RMQ_OK: the producer's sender was entered, and the transaction is ENDING; _conclude must follow, and
 * the leave of the sender. */
enum rmq_error rmqi_ending_begin(struct rmqi_ending *e, struct rmq_transaction *t,
				 enum rmq_transaction_state state,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* The master of the broker that stored the half message, where it is now; borrowed of the route. NULL: it has none, and
 * the detail says so with RMQ_ERR_NO_BROKER. */
const char *rmqi_ending_address(struct rmqi_ending *e, const struct rmqi_topic_route *route);
/* The request. `out` points into `h`, which points into `e`. */
void rmqi_ending_fill(struct rmqi_ending *e, struct rmqi_h_end_transaction *h,
		      struct rmqi_outgoing *out);
/* What the attempt came to: RMQ_OK, or the error with its sentence. */
enum rmq_error rmqi_ending_answered(struct rmqi_ending *e, const char *address,
				    const struct rmqi_command *answer) RMQI_MUST_USE;
/* The same without an answer; the detail's sentence says why. */
enum rmq_error rmqi_ending_failed(struct rmqi_ending *e, const char *address, enum rmq_error error,
				  enum rmq_phase phase) RMQI_MUST_USE;
/* After each attempt. True: another one at this time, unless the producer closes. */
bool rmqi_ending_goes_on(struct rmqi_ending *e, enum rmq_error error, int64_t *until_us);
/* ENDING --> anything else. */
void rmqi_ending_conclude(struct rmqi_ending *e, enum rmq_error error);

#endif
