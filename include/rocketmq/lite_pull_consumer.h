/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lite_pull_consumer.h - consumes messages by polling (DefaultLitePullConsumer.java).
 *
 * Queues are pulled in the background; poll returns what has come, the messages of one queue in their order.
 * Which queues: either those of its topics that the group's members share (subscribe), or those that the
 * application names (assign).
 *
 * What is committed:
 *   - With autoCommit (the default), every autoCommitIntervalMillis, and at close: the messages of the lists
 *     that were freed. A list that is still held counts as not done, in whatever thread and however long; so a
 *     crash redelivers and never loses. (In Java a message is done when poll has returned it.)
 *   - Without it, what rmq_lite_pull_consumer_commit says. Beside that: where a group that had no offset
 *     begins, and what an operator has reset.
 * A list that is freed after its queue went to another member, or was sought, changes nothing.
 *
 * Pulling pauses when pullThresholdForAll messages wait for a poll (those of paused queues do not count), or when more than pullThresholdForQueue
 * messages (pullThresholdSizeForQueue bytes, consumeConcurrentlyMaxSpan offsets) of a queue are not done:
 * who keeps lists for long must raise these.
 *
 * In the child of a fork every call of a consumer that the parent made fails with RMQ_ERR_FORKED, and free
 * leaves it as it is.
 *
 * Thread: any, several at once, unless said otherwise. doc/reference/pull.md has the rules.
 */
#ifndef ROCKETMQ_LITE_PULL_CONSUMER_H
#define ROCKETMQ_LITE_PULL_CONSUMER_H

#include <stddef.h>
#include <stdint.h>

#include <rocketmq/common.h>
#include <rocketmq/config.h>
#include <rocketmq/error.h>
#include <rocketmq/messages.h>
#include <rocketmq/queue.h>

RMQ_BEGIN_DECLS

typedef struct rmq_lite_pull_consumer rmq_lite_pull_consumer;

/* What became of a commit. Borrowed during the call, which comes once, on a callback thread. */
typedef void (*rmq_commit_fn)(enum rmq_error error, const rmq_error_detail *detail, void *arg);

/* group as in push_consumer.h. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_lite_pull_consumer_new(const rmq_config *config,
							       const char *group,
							       rmq_lite_pull_consumer **out,
							       rmq_error_detail **detail);
/* Before start, or while running; expression as in push_consumer.h. RMQ_ERR_STATE: queues are assigned. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_lite_pull_consumer_subscribe(rmq_lite_pull_consumer *c,
								     const char *topic,
								     const char *expression,
								     rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_lite_pull_consumer_subscribe_sql(rmq_lite_pull_consumer *c,
									 const char *topic,
									 const char *expression,
									 rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_lite_pull_consumer_unsubscribe(rmq_lite_pull_consumer *c,
								       const char *topic,
								       rmq_error_detail **detail);
/* These queues from now on, and no others; those that stay go on. Before start, or while running. They are
 * not shared, so the group should be the consumer's own. count 0: none. expression: for all of them.
 * RMQ_ERR_STATE: it has subscribed. RMQ_ERR_INVALID_ARGUMENT: one is no queue; nothing was changed. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_lite_pull_consumer_assign(rmq_lite_pull_consumer *c, const struct rmq_queue *queues,
			      size_t count, const char *expression, rmq_error_detail **detail);
/* Is told which queues come and go (queue.h). Before start, RMQ_ERR_STATE after it. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_lite_pull_consumer_set_queues_fn(rmq_lite_pull_consumer *c,
									 rmq_queues_fn fn,
									 void *arg,
									 rmq_error_detail **detail);
/* Shares the queues of what is subscribed instead of allocateMessageQueueStrategy (queue.h). Before start,
 * RMQ_ERR_STATE after it. All members of a group must have the same. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_lite_pull_consumer_set_allocate_fn(rmq_lite_pull_consumer *c, rmq_allocate_fn fn, void *arg,
				       rmq_error_detail **detail);
/* Returns at once; joining goes on in the background. RMQ_ERR_STATE: started before, or the group has a
 * consumer with this client id in this process already. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_lite_pull_consumer_start(rmq_lite_pull_consumer *c,
								 rmq_error_detail **detail);
/* As rmq_push_consumer_wait_ready. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_lite_pull_consumer_wait_ready(rmq_lite_pull_consumer *c,
								      int64_t timeout_ms,
								      rmq_error_detail **detail);
/* Waits for messages: 0.. (0: looks once); -1: 5000. *messages is an owned list of at most pullBatchSize
 * messages of one queue, to be freed when they are done; NULL (which counts 0) when none came in time.
 * RMQ_ERR_STATE: it is not started, or was closed, meanwhile too. RMQ_ERR_NO_MEMORY: nothing was taken. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_lite_pull_consumer_poll(rmq_lite_pull_consumer *c,
								int64_t timeout_ms,
								rmq_messages **messages,
								rmq_error_detail **detail);

/*
 * Where a queue goes on: at this offset, its first message, its end, or the first message stored at this
 * time (ms since 1970) or later (a broker of 4.9 takes the nearest one, which may be earlier). What was fetched of it and not polled is forgotten. It is committed like
 * what is consumed. They ask the broker. RMQ_ERR_NOT_FOUND: the queue is not held.
 * RMQ_ERR_INVALID_ARGUMENT: the offset is not between the queue's first message and its end. Else the
 * errors of a question to a broker.
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_lite_pull_consumer_seek(rmq_lite_pull_consumer *c,
								const struct rmq_queue *queue,
								int64_t offset,
								rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_lite_pull_consumer_seek_to_begin(rmq_lite_pull_consumer *c, const struct rmq_queue *queue,
				     rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_lite_pull_consumer_seek_to_end(rmq_lite_pull_consumer *c, const struct rmq_queue *queue,
				   rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_lite_pull_consumer_seek_to_time(rmq_lite_pull_consumer *c, const struct rmq_queue *queue,
				    int64_t time_ms, rmq_error_detail **detail);

/* Of these queues nothing is pulled nor polled until they are resumed; what was fetched stays, and holds up no
 * other queue. A queue that is lost and comes back is not paused. RMQ_ERR_NOT_FOUND: one is not held; nothing was changed. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_lite_pull_consumer_pause(rmq_lite_pull_consumer *c,
								 const struct rmq_queue *queues,
								 size_t count,
								 rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_lite_pull_consumer_resume(rmq_lite_pull_consumer *c,
								  const struct rmq_queue *queues,
								  size_t count,
								  rmq_error_detail **detail);

/*
 * Commits, and waits for the brokers' answers: 0..; -1: 5000. With autoCommit: now, what is done. Without:
 * everything that poll has returned so far, in whatever thread.
 * What the brokers are known to have is not sent again. RMQ_ERR_TIMEOUT: the offsets may be committed, or
 * not. Else the first broker's error, and the others' queues are committed.
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_lite_pull_consumer_commit(rmq_lite_pull_consumer *c,
								  int64_t timeout_ms,
								  rmq_error_detail **detail);
/* Without autoCommit (else RMQ_ERR_STATE): these offsets of these queues; each is that of the next message
 * to be consumed. Other queues' brokers are not asked, unless another thread commits these. RMQ_ERR_NOT_FOUND: one
 * is not held; nothing was committed. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_lite_pull_consumer_commit_offsets(rmq_lite_pull_consumer *c, const struct rmq_queue *queues,
				      const int64_t *offsets, size_t count, int64_t timeout_ms,
				      rmq_error_detail **detail);
/* The same without waiting: `fn` tells, unless an error is returned. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_lite_pull_consumer_commit_async(rmq_lite_pull_consumer *c,
									rmq_commit_fn fn, void *arg,
									rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_lite_pull_consumer_commit_offsets_async(
	rmq_lite_pull_consumer *c, const struct rmq_queue *queues, const int64_t *offsets,
	size_t count, rmq_commit_fn fn, void *arg, rmq_error_detail **detail);
/* What the group has committed of a queue, as its broker knows it (BROADCASTING: what this member keeps);
 * -1: nothing. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_lite_pull_consumer_committed(rmq_lite_pull_consumer *c,
								     const struct rmq_queue *queue,
								     int64_t *offset,
								     rmq_error_detail **detail);

/* The queues that it holds now; an owned list. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_lite_pull_consumer_assignment(rmq_lite_pull_consumer *c,
								      rmq_queues **queues,
								      rmq_error_detail **detail);
/* The queues of a topic that can be read, whoever holds them; an owned list. Before start, too. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_lite_pull_consumer_queues(rmq_lite_pull_consumer *c,
								  const char *topic,
								  rmq_queues **queues,
								  rmq_error_detail **detail);
RMQ_API size_t rmq_lite_pull_consumer_queue_count(rmq_lite_pull_consumer *c);
/* "ip@instance"; borrowed, as long as the consumer. */
RMQ_API const char *rmq_lite_pull_consumer_client_id(const rmq_lite_pull_consumer *c);

/* Wakes who polls, commits, leaves the group. Returns within timeout_ms (0..; -1: 10000).
 * RMQ_ERR_TIMEOUT: offsets could not be committed, or a callback (queues, commit) has not returned yet; it is
 * closed all the same, and the detail says what.
 * Lists stay valid; their messages come again, to this group. Idempotent. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_lite_pull_consumer_close(rmq_lite_pull_consumer *c,
								 int64_t timeout_ms,
								 rmq_error_detail **detail);
/* Closes if need be. No other call may be under way. Lists may be freed later. */
RMQ_API void rmq_lite_pull_consumer_free(rmq_lite_pull_consumer *c);

RMQ_END_DECLS

#endif
