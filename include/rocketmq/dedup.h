/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dedup.h - which messages were worked on already: a bounded window of keys that a listener asks before it
 * works. No Java twin.
 *
 * A message may come twice: a broker stored it twice, a consumer ended before its commit, a listener took too
 * long. So every message needs a key that is the same each time: one of the application's
 * (rmq_message_keys), or rmq_message_id, which differs when the application itself sent the message again.
 *
 *	rmq_dedup_begin -> RMQ_DEDUP_NEW          work; then rmq_dedup_done, or rmq_dedup_forget if it failed
 *	                   RMQ_DEDUP_SEEN         nothing to do: success
 *	                   RMQ_DEDUP_IN_PROGRESS  somebody is at it: reconsume later
 *
 * It is a window of this process and of this memory: it does not know what other members of the group did, it
 * is empty after a restart, and of more keys than its capacity the oldest are gone. It spares work that is done
 * twice now and then. Where twice is wrong, the key belongs to the work, into the same transaction
 * (examples/idempotent.c); the window in front of it spares the database most of the questions.
 * doc/reference/dedup.md has a listener, and what goes wrong with and without it.
 *
 * Keys are compared as a whole: two keys are never taken for one. Every call takes the same short time, however
 * many keys there are (rmq_dedup_count: and a longer one when the time of many is over). No call but
 * rmq_dedup_new allocates, for keys of up to 47 bytes; a longer one has memory of its own, which its place keeps for
 * the next long one.
 *
 * Thread: any, callbacks included. In the child of a fork rmq_dedup_begin of one that the parent made
 * fails with RMQ_ERR_FORKED, and the others do nothing; one that the child makes works.
 */
#ifndef ROCKETMQ_DEDUP_H
#define ROCKETMQ_DEDUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/common.h>
#include <rocketmq/error.h>

RMQ_BEGIN_DECLS

typedef struct rmq_dedup rmq_dedup;

enum rmq_dedup_verdict {
	RMQ_DEDUP_NEW = 0,        /* the caller has it now: done or forget must follow */
	RMQ_DEDUP_SEEN = 1,       /* it is done */
	RMQ_DEDUP_IN_PROGRESS = 2 /* somebody has it, maybe the caller: twice in one batch */
};

/*
 * capacity: how many keys it holds, 1..10,000,000. It takes about 100 bytes for each, as they come into use, and
 * 4 to 8 for each at once. ttl_ms: for how long a key counts as seen after it was done, 1..31,536,000,000 (a
 * year), of real time; 0: until its place is needed. RMQ_ERR_INVALID_ARGUMENT, RMQ_ERR_NO_MEMORY.
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_dedup_new(size_t capacity, int64_t ttl_ms, rmq_dedup **out,
						  rmq_error_detail **detail);
/* Nobody may be in a call of it. NULL is harmless. */
RMQ_API void rmq_dedup_free(rmq_dedup *d);

/*
 * May the caller work on this key, of 1..32,767 bytes? One caller is told RMQ_DEDUP_NEW, until he is done or
 * gave up; a key in progress is never dropped, and has no time limit. Without a free place the key leaves that
 * was done first.
 *   RMQ_ERR_BUSY              all keys are in progress: retriable. The capacity is less than what is
 *                             worked on at the same time, or some are neither done nor forgotten
 *   RMQ_ERR_INVALID_ARGUMENT  something is NULL; the key is empty, as that of a message without keys, or too long
 *   RMQ_ERR_NO_MEMORY         for a long key
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_dedup_begin(rmq_dedup *d, const char *key,
						    enum rmq_dedup_verdict *verdict,
						    rmq_error_detail **detail);
/* The work on a key in progress is done: from now on it is seen. False, and nothing changes: it is not in
 * progress, or something is NULL. */
RMQ_API bool rmq_dedup_done(rmq_dedup *d, const char *key);
/* The work failed: the next who asks has it. Also of a key that is done, to have it worked on again. False:
 * it is not known, or something is NULL. */
RMQ_API bool rmq_dedup_forget(rmq_dedup *d, const char *key);
/* Keys in progress and keys that are seen. 0 of NULL. */
RMQ_API size_t rmq_dedup_count(rmq_dedup *d);

RMQ_END_DECLS

#endif
