/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger.h - the transactions that this producer has begun and that are not decided: what a broker asks
 * about one of them is not for the check function, which looks where nothing is written yet.
 *
 * Before a broker asks, it stores the half message once more, and asks about the copy
 * (TransactionalMessageServiceImpl.putBackHalfMsgQueue). Whoever then ends the first one leaves the copy
 * open: asked again, "it was committed" delivers it a second time. So the newest copy that
 * was asked about is noted here, and that one is ended.
 *
 * Counted: transactions may outlive their producer.
 *
 * Thread: any (locks inside).
 */
#ifndef RMQI_PRODUCER_LEDGER_H
#define RMQI_PRODUCER_LEDGER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/map.h"
#include "base/thread.h"

struct rmq_producer;

/* A half message at its broker. */
struct rmqi_half_place {
	int64_t table_offset; /* in the queue of half messages (tranStateTableOffset) */
	int64_t log_offset;   /* in the commit log */
	bool was_asked;       /* a broker asked about it: it is the newest copy */
};

struct rmqi_ledger {
	atomic_uint refs;
	uint64_t process; /* where it was made (base/process.h) */
	struct rmqi_mutex mu;
	struct rmq_producer *producer; /* mu; NULL: it was freed */
	struct rmqi_map open;          /* mu; id -> struct rmqi_half_place, the transaction's */
};

/* NULL when memory is out. */
struct rmqi_ledger *rmqi_ledger_new(struct rmq_producer *p);
struct rmqi_ledger *rmqi_ledger_ref(struct rmqi_ledger *l);
/* NULL is harmless. */
void rmqi_ledger_unref(struct rmqi_ledger *l);
/* The producer is gone. NULL is harmless. */
void rmqi_ledger_orphan(struct rmqi_ledger *l);
/* NULL: it is gone. What is returned stands while the caller is within its sender's gate, or has entered that. */
struct rmq_producer *rmqi_ledger_producer(struct rmqi_ledger *l);

/* `place` lives until it is removed. RMQ_ERR_NO_MEMORY. */
enum rmq_error rmqi_ledger_add(struct rmqi_ledger *l, const char *id,
			       struct rmqi_half_place *place) RMQI_MUST_USE;
/* Harmless when it is not there. */
void rmqi_ledger_remove(struct rmqi_ledger *l, const char *id);
/* A broker asks about this copy. True: the transaction is open here, and the copy is noted. */
bool rmqi_ledger_asked(struct rmqi_ledger *l, const char *id, int64_t table_offset,
		       int64_t log_offset);

#endif
