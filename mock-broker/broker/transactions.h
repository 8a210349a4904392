/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transactions.h - half messages: where they wait, how they end, and how producers are asked
 * (TransactionalMessageBridge, EndTransactionProcessor, TransactionalMessageServiceImpl, TransactionalOpBatchService,
 * AbstractTransactionalMessageCheckListener; doc/reference/transactions.md).
 *
 *     send with TRAN_MSG --> RMQ_SYS_TRANS_HALF_TOPIC --37: commit--> the queue it was meant for
 *                               ^      |          \                (and on rollback, too)
 *                               |      | a round   `-------------> offsets of what has ended, some together,
 *                               |      v                           in RMQ_SYS_TRANS_OP_HALF_TOPIC
 *                               +-- copied, then asked about (39); after too many questions
 *                                   to TRANS_CHECK_MAX_TIME_TOPIC
 *
 * Java looks every transactionCheckInterval, here only while the half topic holds something that no round has passed.
 * How far rounds have come are the offsets of group CID_RMQ_SYS_TRANS, so a broker that is started again goes
 * on there.
 *
 * Otherwise than in Java: what was ended within its immunity time (CHECK_IMMUNITY_TIME_IN_SECONDS) is known by the
 * copy that a round made meanwhile; Java forgets the offset it looks for there, and asks. What waits to be noted
 * is written at a stop.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_TRANSACTIONS_H
#define MB_BROKER_TRANSACTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/macros.h"
#include "base/map.h"
#include "codec/message.h"

#define MB_TOPIC_CHECK_MAX "TRANS_CHECK_MAX_TIME_TOPIC"
#define MB_GROUP_TRANSACTIONS "CID_RMQ_SYS_TRANS"
#define MB_PROP_TRANSACTION_ID "__transactionId__"
#define MB_PROP_CHECK_TIMES "TRANSACTION_CHECK_TIMES"
#define MB_PROP_IMMUNITY "CHECK_IMMUNITY_TIME_IN_SECONDS"
#define MB_PROP_PREPARED_OFFSET "TRAN_PREPARED_QUEUE_OFFSET"

struct mb_broker;
struct mb_get_result;

/* A round of questions under way (transaction_check.c). */
struct mb_check_round {
	bool is_running;
	int64_t forced_to;      /* half messages before it are asked about whatever their age; 0: none */
	int64_t start_ms;       /* wall clock: what is stored later belongs to the next one */
	int64_t half_at;        /* the next half message */
	int64_t op_from;        /* the first note that is still needed */
	int64_t op_at;          /* the next note to be read */
	struct rmqi_imap ended; /* offset of a half message that has ended -> its note's + 1 */
	struct rmqi_imap
		op_left; /* offset of a note -> half messages of it that are still to come */
};

struct mb_transactions {
	struct rmqi_buf ops;     /* offsets that are not noted yet: "12,13," */
	struct rmqi_timer write; /* armed while there are some */
	struct rmqi_timer check; /* the next round, or its next step */
	struct mb_check_round round;
	bool is_round_ordered; /* the next one is one of orders.h */
	struct rmqi_imap
		immune; /* first offsets of half messages that ended in their immunity time */
	struct mb_get_result *got;
	unsigned next_channel; /* whose turn it is to be asked */
};

/* broker->transactions is zeroed before. */
enum rmq_error mb_transactions_init(struct mb_broker *b) RMQI_MUST_USE;
/* The store and the offsets are there. */
void mb_transactions_start(struct mb_broker *b);
void mb_transactions_stop(struct mb_broker *b);
/* Notes what is not noted yet. */
void mb_transactions_save(struct mb_broker *b);
void mb_transactions_deinit(struct mb_transactions *t);

/* Turns the message into a half message. `properties` is the buffer that m->properties points into. */
void mb_half_make(struct rmqi_stored_message *m, struct rmqi_buf *properties,
		  struct rmqi_str uniq_key);
/* A half message was stored: it will be asked about. */
void mb_half_stored(struct mb_broker *b);
/* The half message at this offset of its queue has ended. */
void mb_half_ended(struct mb_broker *b, const struct rmqi_stored_message *half);
/* One note, now, for all ends that wait for theirs. Lost, their half messages are asked about once more. */
void mb_half_note_ends(struct mb_broker *b);
/* How long it is not asked about: its own time, never less than transactionTimeOut. False: it has none. */
bool mb_half_immunity(const struct mb_broker *b, const struct rmqi_stored_message *half,
		      int64_t *ms);
/* How old it is. The sender says when it was born, which may be any number; so the difference wraps around, as Java's
 * does: negative then, and asked about at once. */
int64_t mb_half_age_ms(const struct mb_broker *b, const struct rmqi_stored_message *half);
/* Where it is meant to go. False: nowhere that a message may go to. */
bool mb_half_destination(const struct rmqi_stored_message *half, struct rmqi_str *topic,
			 int32_t *queue_id);
/* transaction_check.c: a step of a round; of broker->transactions.check. */
void mb_transactions_check(struct rmqi_timer *t);

#endif
