/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue.h - the name of one queue (MessageQueue.java), and a list of them.
 *
 * The one struct of the API that a caller may hold by value: it is frozen. A
 * queue has these three parts and will never have a fourth.
 *
 * Functions hand out `const struct rmq_queue *`: never NULL, borrowed with its
 * texts as long as the object it was asked of. Of nothing, NULL or a message
 * that was never stored, it is { "", "", -1 }.
 */
#ifndef ROCKETMQ_QUEUE_H
#define ROCKETMQ_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include <rocketmq/common.h>

RMQ_BEGIN_DECLS

struct rmq_queue {
	const char *topic;
	const char *broker_name;
	int32_t queue_id; /* from 0; -1: no queue */
};

/* Queues of one topic, by broker name and then by id, as Java's clients have them. Immutable; thread: any. */
typedef struct rmq_queues rmq_queues;

RMQ_API size_t rmq_queues_count(const rmq_queues *q);
/* NULL past the end. Borrowed, as long as `q`. */
RMQ_API const struct rmq_queue *rmq_queues_at(const rmq_queues *q, size_t i);
/* Of an owned list (rmq_producer_queues); a selector's list is borrowed. */
RMQ_API void rmq_queues_free(rmq_queues *q);

/*
 * The queues of a topic that a consumer holds have changed (MessageQueueListener.java): `held` are those it
 * has now, `assigned` came to it, `revoked` left it; one of the last two may be empty. It is the place to load what
 * belongs to a queue, and to save it.
 *
 * A queue that is assigned is neither read nor handed to a listener before this function has returned. So
 * it may take its time; its queues wait for it, and others do not. A queue is revoked
 *   - when another member is to have it, or the topic was unsubscribed: what was done of it is committed, and nothing
 *     is handed out any more. The brokers know no handing over: its next owner may have begun already,
 *     and a concurrent listener may still be at messages of it, which then come to both
 *   - when the consumer is closed: after the last call of its listener, before its last commit and before the others
 *     are told that it leaves, if that can be within the time of the close.
 * Every queue that was assigned is revoked at last: when the close was called within this function, or had no time
 * left, that may come after the close has returned, and in a free. So `arg`, and that of the log function,
 * must live until this function was told of it, or for good. %RETRY% topics are not told.
 *
 * Called on a callback thread of the client, one call after the other, in order, never on the loop, never under
 * a lock. It may call every function of its consumer, close included, but free. Everything is borrowed during the
 * call.
 */
typedef void (*rmq_queues_fn)(const char *topic, const rmq_queues *held, const rmq_queues *assigned,
			      const rmq_queues *revoked, void *arg);

/*
 * A strategy of one's own (AllocateMessageQueueStrategy.java): which of `queues`, all those of a topic, are this
 * member's. Writes their places in the list (0 .. rmq_queues_count - 1), each once, to `chosen`, which has room for
 * all, and returns how many these are. `members` are the client ids of the group, sorted; members[self] is this one.
 *
 * Every member is asked with the same lists; what they answer together should give each queue to one of them: a queue
 * that nobody takes is not read, one that two take is read twice. It is asked for %RETRY%group, too. An answer
 * that is none (a place that is not there, a place twice, too many) is told by an event and in the log,
 * and what is held stays.
 *
 * Called on a callback thread of the client, for several topics at the same time, never on the loop, never under a
 * lock. It may call every function of its consumer but free. Everything is borrowed during the call.
 */
typedef size_t (*rmq_allocate_fn)(const rmq_queues *queues, const char *const *members,
				  size_t member_count, size_t self, size_t *chosen, void *arg);

RMQ_END_DECLS

#endif
