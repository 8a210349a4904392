/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send.h - what goes with a send (producer.h): its options, and its result.
 *
 * Thread: options have one owner while they are set, and may then serve many sends at once; a result is
 * immutable.
 */
#ifndef ROCKETMQ_SEND_H
#define ROCKETMQ_SEND_H

#include <stddef.h>
#include <stdint.h>

#include <rocketmq/common.h>
#include <rocketmq/error.h>
#include <rocketmq/message.h>
#include <rocketmq/queue.h>

RMQ_BEGIN_DECLS

typedef struct rmq_send_options rmq_send_options;
typedef struct rmq_send_result rmq_send_result;
typedef struct rmq_send_results rmq_send_results;

/*
 * SendStatus.java. All of them are stored on the master; only RMQ_SEND_OK has all that was asked. Who does not look at
 * it is told otherwise: a WARN line in the log, and RMQ_EVENT_WEAKLY_STORED; errorWhenNotStoreOK makes anything
 * but RMQ_SEND_OK an error, RMQ_ERR_WEAKLY_STORED.
 */
enum rmq_send_status {
	RMQ_SEND_OK = 0,
	RMQ_SEND_FLUSH_DISK_TIMEOUT = 1,
	RMQ_SEND_FLUSH_SLAVE_TIMEOUT = 2,
	RMQ_SEND_SLAVE_NOT_AVAILABLE = 3
};

/* "SEND_OK", "FLUSH_DISK_TIMEOUT" ...: Java's name. Static; "unknown" for a value of a later release. */
RMQ_API const char *rmq_send_status_text(enum rmq_send_status status);

/* --- Options ----------------------------------------------------------------------------------- */

/* All defaults. NULL when memory is out. One object may serve many sends, on several threads at once,
 * while nobody sets or frees it. */
RMQ_API rmq_send_options *rmq_send_options_new(void);
/* 1.. ms: the budget of the whole call with its retries, more than a day counts as a day; -1, the
 * default: sendMsgTimeout. RMQ_ERR_INVALID_ARGUMENT: NULL, or another number. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_send_options_set_timeout(rmq_send_options *o, int64_t timeout_ms, rmq_error_detail **detail);
RMQ_API void rmq_send_options_free(rmq_send_options *o);

/*
 * Where a message goes. Without one of these three: to the queues in turn, another broker after a failure.
 * With one: to that queue, further attempts included (Java makes none of synchronous sends to a queue;
 * retryTimesWhenSendFailed 0 does the same here). The last one set counts; NULL (fn NULL) takes it back.
 * The set of queues changes when a broker joins, leaves or gets other queues: then equal keys may go elsewhere.
 */

/* This queue. Copied. A send fails with RMQ_ERR_INVALID_ARGUMENT when its message has another topic, and with
 * RMQ_ERR_NO_BROKER when the topic has no such queue. RMQ_ERR_INVALID_ARGUMENT: a name is NULL or "", or an
 * id below 0. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_send_options_set_queue(rmq_send_options *o,
							       const struct rmq_queue *queue,
							       rmq_error_detail **detail);

/*
 * Chooses one of the queues that can be written (MessageQueueSelector.java): its index, below the count, which
 * is 1 or more. What is not below it is no choice: the send fails with RMQ_ERR_INVALID_ARGUMENT. Asked once a send,
 * and again when the broker says that the queue is gone. `queues` and `message` are borrowed during the call; of a batch
 * it is the first message.
 *
 * On the caller's thread; of an asynchronous send whose route is not known yet, or is fetched anew, on a callback thread:
 * `arg` must live until the send has ended. Never under a lock: it may send itself.
 */
typedef size_t (*rmq_queue_selector_fn)(const rmq_queues *queues, const rmq_message *message,
					void *arg);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_send_options_set_selector(rmq_send_options *o,
								  rmq_queue_selector_fn fn,
								  void *arg,
								  rmq_error_detail **detail);

/* Equal keys go to one queue, in C and in Java: |hash % count|, with Java's String.hashCode
 * (SelectMessageQueueByHash.java). RMQ_ERR_INVALID_ARGUMENT: it is no UTF-8. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_send_options_set_sharding_key(rmq_send_options *o, const char *key, rmq_error_detail **detail);

/* Selectors, for options or to be called by one's own. */

/* arg: a text (const char *), as rmq_send_options_set_sharding_key has it. */
RMQ_API size_t rmq_select_queue_by_hash(const rmq_queues *queues, const rmq_message *message,
					void *arg);
/* Any of them, each as often as the others (SelectMessageQueueByRandom.java). arg is not used. */
RMQ_API size_t rmq_select_queue_by_random(const rmq_queues *queues, const rmq_message *message,
					  void *arg);
/* The next in turn of the topic; unlike a plain send, an attempt that fails goes to it again. arg is not used. */
RMQ_API size_t rmq_select_queue_by_round_robin(const rmq_queues *queues, const rmq_message *message,
					       void *arg);
/* In turn among the queues of one broker, whose name arg is (const char *); no choice when it has none
 * (what Java's SelectMessageQueueByMachineRoom leaves open). */
RMQ_API size_t rmq_select_queue_by_broker(const rmq_queues *queues, const rmq_message *message,
					  void *arg);

/* --- The end of an asynchronous send -------------------------------------------------------------- */

/*
 * Called once for each message that was accepted, on a callback thread of the client, never under a lock.
 * `result` is NULL on an error, `detail` NULL on success (and when memory is out); both are borrowed
 * during the call. May call anything but the _free of its producer.
 */
typedef void (*rmq_send_fn)(enum rmq_error error, const rmq_send_result *result,
			    const rmq_error_detail *detail, void *arg);

/* The same for a batch: once, with a result for each of its messages. */
typedef void (*rmq_send_batch_fn)(enum rmq_error error, const rmq_send_results *results,
				  const rmq_error_detail *detail, void *arg);

/* --- Result ------------------------------------------------------------------------------------ */

/* How safely it is stored. */
RMQ_API enum rmq_send_status rmq_send_result_status(const rmq_send_result *r);
/* Texts are borrowed, as long as `r`; never NULL. */
RMQ_API const char *rmq_send_result_message_id(const rmq_send_result *r); /* UNIQ_KEY */
RMQ_API const char *rmq_send_result_offset_message_id(const rmq_send_result *r);
/* Where it is stored. */
RMQ_API const struct rmq_queue *rmq_send_result_queue(const rmq_send_result *r);
RMQ_API int64_t rmq_send_result_queue_offset(const rmq_send_result *r);
RMQ_API const char *rmq_send_result_transaction_id(const rmq_send_result *r); /* "" if none */
RMQ_API const char *rmq_send_result_region_id(const rmq_send_result *r);
/* What rmq_producer_recall takes to cancel a timed message; "" of another one, and from brokers before
 * 5.3.2. */
RMQ_API const char *rmq_send_result_recall_handle(const rmq_send_result *r);
RMQ_API void rmq_send_result_free(rmq_send_result *r);

/* Of a batch: a result for each message, in the order in which they were given. */
RMQ_API size_t rmq_send_results_count(const rmq_send_results *r); /* 0 of NULL */
/* NULL past the end. Borrowed, as long as `r`: not to be freed. */
RMQ_API const rmq_send_result *rmq_send_results_at(const rmq_send_results *r, size_t index);
RMQ_API void rmq_send_results_free(rmq_send_results *r);

RMQ_END_DECLS

#endif
