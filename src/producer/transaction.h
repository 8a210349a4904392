/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transaction.h - the inside of rmq_transaction: a half message, and its end.
 *
 *     OPEN --end--> ENDING --answer 0--> COMMITTED, ROLLED_BACK
 *       ^             |
 *       |             +--no answer-----> MAYBE_COMMITTED, MAYBE_ROLLED_BACK --rollback--> ENDING
 *       +--not done---+
 *
 * A broker does not look whether a half message was ended before (EndTransactionProcessor): a second
 * commit stores the message a second time. So one that may have been done is not repeated, a
 * rollback may be. While it is OPEN or ENDING, and while it is begun, it stands in the ledger.
 *
 * Thread: any.
 */
#ifndef RMQI_PRODUCER_TRANSACTION_H
#define RMQI_PRODUCER_TRANSACTION_H

#include <stdatomic.h>

#include <rocketmq/transaction.h>

#include "base/macros.h"
#include "codec/ids.h"
#include "producer/ledger.h"
#include "send/gate.h"
#include "send/result.h"

enum rmqi_transaction_life {
	RMQI_TRANSACTION_OPEN,
	RMQI_TRANSACTION_ENDING,
	RMQI_TRANSACTION_COMMITTED,
	RMQI_TRANSACTION_ROLLED_BACK,
	RMQI_TRANSACTION_MAYBE_COMMITTED,
	RMQI_TRANSACTION_MAYBE_ROLLED_BACK
};

/* Counted: the user's, and one for each asynchronous end. */
struct rmq_transaction {
	atomic_uint refs;
	struct rmqi_ledger *ledger; /* a reference */
	struct rmqi_gate *gate;     /* a reference; its producer stands while one is inside */
	char id[RMQI_ID_SIZE];      /* UNIQ_KEY; immutable from begin on, as the next two */
	char *topic;                /* owned, as the next two */
	char *tags, *keys;          /* for the trace; NULL: off */
	struct rmq_send_result *result;
	enum rmqi_transaction_life life; /* ledger->mu */
	struct rmqi_half_place place;    /* ledger->mu */
};

/* `options` may be NULL. */
enum rmq_error rmqi_transaction_begin(struct rmq_producer *p, const struct rmq_message *m,
				      const struct rmq_send_options *options,
				      struct rmq_transaction **out,
				      struct rmq_error_detail *detail) RMQI_MUST_USE;
/* RMQ_OK: fn is called once, on a callback thread, never from within this function; else it is not. Not on the loop. */
enum rmq_error rmqi_transaction_begin_async(struct rmq_producer *p, const struct rmq_message *m,
					    const struct rmq_send_options *options, rmq_begin_fn fn,
					    void *arg,
					    struct rmq_error_detail *detail) RMQI_MUST_USE;
/* COMMIT or ROLLBACK (transaction_end.c). Not on the loop. */
enum rmq_error rmqi_transaction_end(struct rmq_transaction *t, enum rmq_transaction_state state,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;
/* The same without waiting; fn as in begin_async. `t` may be freed at once. */
enum rmq_error rmqi_transaction_end_async(struct rmq_transaction *t,
					  enum rmq_transaction_state state,
					  rmq_transaction_end_fn fn, void *arg,
					  struct rmq_error_detail *detail) RMQI_MUST_USE;
struct rmq_transaction *rmqi_transaction_ref(struct rmq_transaction *t);
/* A reference; with the last one it is no longer in the ledger. NULL is harmless. */
void rmqi_transaction_free(struct rmq_transaction *t);

#endif
