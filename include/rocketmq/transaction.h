/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transaction.h - a message that consumers see if, and only if, a local transaction was committed
 * (TransactionMQProducer.java).
 *
 *     rmq_producer_begin --> local transaction --> rmq_transaction_commit, or _rollback     (or _async, each)
 *                                                        (or this process dies)
 *                            the broker asks --> rmq_transaction_check_fn --> commit, rollback, unknown
 *
 * Begin stores a half message, which no consumer sees. What was begun and is not ended, the broker asks
 * about, in turns of transactionCheckInterval (30 s; 60 s before 5.0) from transactionTimeOut (6 s) on, up
 * to transactionCheckMax times (15); then it gives the message up (topic TRANS_CHECK_MAX_TIME_TOPIC). It
 * asks any one producer of the group, in any process: so every producer of such a group needs the check
 * function, and the function looks where all of them can see it, in the database that the local
 * transaction wrote. The property CHECK_IMMUNITY_TIME_IN_SECONDS of a message (set it with
 * rmq_message_set_property) puts off the first question.
 *
 * A committed message may be delivered twice: a broker that fails between storing it and noting that its
 * transaction has ended asks again. Consumers tell by its id, as with every message.
 *
 * doc/reference/transactions.md has the rules beside Java's.
 *
 * Thread: any, callbacks and listeners included. A transaction may be ended on another thread than that
 * which began it.
 */
#ifndef ROCKETMQ_TRANSACTION_H
#define ROCKETMQ_TRANSACTION_H

#include <rocketmq/common.h>
#include <rocketmq/error.h>
#include <rocketmq/message.h>
#include <rocketmq/producer.h>
#include <rocketmq/send.h>

RMQ_BEGIN_DECLS

typedef struct rmq_transaction rmq_transaction;

/* LocalTransactionState.java */
enum rmq_transaction_state {
	RMQ_TRANSACTION_UNKNOWN =
		0, /* not decided yet, or nobody can tell now: the broker asks again */
	RMQ_TRANSACTION_COMMIT = 1,
	RMQ_TRANSACTION_ROLLBACK = 2
};

/*
 * What became of the local transaction of this half message (TransactionListener.checkLocalTransaction)?
 * `m` is borrowed during the call; its id (rmq_message_id) is that of rmq_transaction_id. Answer
 * RMQ_TRANSACTION_ROLLBACK only when it is certain that it never was and never will be committed:
 * transactions that this process has begun and neither ended nor freed are not asked about, those of
 * another process may still be under way.
 * Called on a thread of its own kind (checkThreadPoolMaxSize of them), never under a lock. It may block,
 * and may call anything but the _free of its producer.
 */
typedef enum rmq_transaction_state (*rmq_transaction_check_fn)(const rmq_message *m, void *arg);

/* Before start, RMQ_ERR_STATE after it. fn is not NULL. A second call replaces the first. RMQ_ERR_CONFIG:
 * checkThreadPoolMinSize is above checkThreadPoolMaxSize. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_producer_set_check_fn(rmq_producer *p,
							      rmq_transaction_check_fn fn,
							      void *arg, rmq_error_detail **detail);
/*
 * Before start, or while running: the producer announces itself to the brokers of this topic, so that they
 * can ask it. Sends do that by themselves from the first one to a topic on; a producer that has not sent
 * yet, since it was started again or only answers for others, is asked nothing without this. Kept until it
 * is closed. A topic that does not exist is looked for again.
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_producer_add_topic(rmq_producer *p, const char *topic,
							   rmq_error_detail **detail);

/*
 * Stores the half message and waits; options as for rmq_producer_send. RMQ_OK: *transaction is owned, and
 * the half message is stored as safely as the broker promises (RMQ_SEND_OK): now do what is to be done,
 * and commit or roll back. Otherwise nothing was begun: do nothing.
 *
 * Errors: those of rmq_producer_send, and
 *   RMQ_ERR_STATE             there is no check function (rmq_producer_set_check_fn), or not started
 *   RMQ_ERR_INVALID_ARGUMENT  the message has a delay level or is timed: a broker would lose it
 *   RMQ_ERR_BROKER with 10, 11 or 12 as its broker code: the half message is stored, but flush or
 *                             replication were late or missing: it was rolled back, as Java does, and
 *                             the sentence tells whether that worked
 *   with RMQ_ERROR_MAYBE_STORED: there may be a half message; the broker asks about its id
 *                             (rmq_error_detail_message_id), which no local transaction knows: roll it
 *                             back. It is not sent a second time then, other than by rmq_producer_send:
 *                             there is never more than one half message of an id.
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_producer_begin(rmq_producer *p, const rmq_message *m,
						       const rmq_send_options *options,
						       rmq_transaction **transaction,
						       rmq_error_detail **detail);

/*
 * Told of the end of a begin, on a callback thread of the client, never under a lock. RMQ_OK: `transaction` is owned by
 * this function: end it, here (with the asynchronous calls, best) or later on any thread, and free it. Otherwise it is
 * NULL, and the errors are those of rmq_producer_begin. `detail` is borrowed during the call; NULL on success, and when
 * memory is out. May call anything but the _free of its producer.
 */
typedef void (*rmq_begin_fn)(enum rmq_error error, rmq_transaction *transaction,
			     const rmq_error_detail *detail, void *arg);

/*
 * Stores the half message and does not wait; `fn` is called once. The message counts in the budget of asynchronous
 * sends, for which it waits or is refused as rmq_producer_send_async (backPressurePolicy); all of `m` and `options` that
 * is needed is copied before it returns. A half message with a status other than RMQ_SEND_OK is rolled back before fn is
 * told; it is out of the budget then, and rmq_producer_flush does not wait for that. Without RMQ_OK fn is not called:
 * RMQ_ERR_INVALID_ARGUMENT, RMQ_ERR_TOO_LARGE, RMQ_ERR_STATE, RMQ_ERR_BUSY, RMQ_ERR_CANCELLED (closed while it waited
 * for room), RMQ_ERR_NO_MEMORY, RMQ_ERR_SYSTEM (no thread for callbacks), what a hook refused it with.
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_producer_begin_async(rmq_producer *p, const rmq_message *m,
							     const rmq_send_options *options,
							     rmq_begin_fn fn, void *arg,
							     rmq_error_detail **detail);

/*
 * Ends it, and waits for the broker's answer (sendMsgTimeout at most, attempts that reached no broker
 * included). RMQ_OK: the broker has done it. Otherwise the detail says what is known:
 *   it was not done           refused (RMQ_ERR_BROKER, RMQ_ERR_DENIED), or no broker was reached: call
 *                             again, or leave it to the broker, who asks
 *   RMQ_ERROR_MAYBE_STORED    of a commit without an answer: it may have been done. If it was not, the
 *                             broker asks. A second commit, which might store the message a second time,
 *                             is refused with RMQ_ERR_STATE
 *   RMQ_ERR_STATE             it has ended before, another thread ends it now, or the producer is closed
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_transaction_commit(rmq_transaction *t,
							   rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_transaction_rollback(rmq_transaction *t,
							     rmq_error_detail **detail);

/* Told of the end of an asynchronous commit or rollback, with the errors of the waiting one; thread and detail as in
 * rmq_begin_fn. */
typedef void (*rmq_transaction_end_fn)(enum rmq_error error, const rmq_error_detail *detail,
				       void *arg);
/*
 * The same without waiting: `fn` is called once, when the broker has answered or sendMsgTimeout is over. `t` may be freed
 * at once: the end goes on, and the check function is not asked before it is over. Without RMQ_OK fn is not called:
 * RMQ_ERR_STATE as above, RMQ_ERR_NO_MEMORY, RMQ_ERR_SYSTEM (no thread for callbacks).
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_transaction_commit_async(rmq_transaction *t,
								 rmq_transaction_end_fn fn,
								 void *arg,
								 rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_transaction_rollback_async(rmq_transaction *t,
								   rmq_transaction_end_fn fn,
								   void *arg,
								   rmq_error_detail **detail);

/* Of the half message: "", or a result of which every getter gives its "none", for NULL. Borrowed, as long
 * as `t`. The id is that of the message (UNIQ_KEY): write it down with the local transaction. The result
 * tells the queue that the message will be in; queue_offset and offset_message_id are those of the half
 * message. */
RMQ_API const char *rmq_transaction_id(const rmq_transaction *t);
RMQ_API const rmq_send_result *rmq_transaction_result(const rmq_transaction *t);
/* Of one that was not ended: from now on the broker asks the check function. The producer may be freed
 * before it. No waiting call may be under way. NULL is harmless. */
RMQ_API void rmq_transaction_free(rmq_transaction *t);

RMQ_END_DECLS

#endif
