/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allocate.h - how the queues of a topic are shared among the members of a group.
 *
 * Every member sorts queues and ids the same way and takes its own share; nobody is asked.
 *
 *     8 queues, 3 members     AVG  012 345 67      AVG_BY_CIRCLE  036 147 25
 *
 *     AVG                    AllocateMessageQueueAveragely
 *     AVG_BY_CIRCLE          AllocateMessageQueueAveragelyByCircle
 *     CONSISTENT_HASH        AllocateMessageQueueConsistentHash (allocate_ring.c)
 *     CONFIG                 AllocateMessageQueueByConfig (allocate_list.c)
 *     MACHINE_ROOM           AllocateMessageQueueByMachineRoom (allocate_rooms.c)
 *     MACHINE_ROOM_NEARBY    AllocateMachineRoomNearby, each room by AVG (allocate_rooms.c)
 *
 * doc/reference/rebalance.md has the rules. Pure; thread: any.
 */
#ifndef RMQI_CONSUMER_ALLOCATE_H
#define RMQI_CONSUMER_ALLOCATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "codec/body.h"

/* In the order of allocateMessageQueueStrategy in config.def. */
enum rmqi_allocation {
	RMQI_ALLOCATE_AVG,
	RMQI_ALLOCATE_AVG_BY_CIRCLE,
	RMQI_ALLOCATE_CONSISTENT_HASH,
	RMQI_ALLOCATE_CONFIG,
	RMQI_ALLOCATE_MACHINE_ROOM,
	RMQI_ALLOCATE_MACHINE_ROOM_NEARBY
};

/* Immutable; the texts are borrowed. */
struct rmqi_strategy {
	enum rmqi_allocation how;
	const char *queues; /* CONFIG: allocateQueues; NULL: none */
	const char *rooms;  /* MACHINE_ROOM: allocateMachineRooms; NULL: none */
};

/* What is shared among whom. Borrowed during a call. */
struct rmqi_contest {
	const struct rmqi_queue *queues; /* of one topic, ordered as rmqi_queue_cmp */
	size_t queue_count;
	size_t hidden;        /* bytes of the topic that users do not see (client/namespace.h) */
	bool is_retry;        /* the topic is %RETRY%<group> */
	char *const *members; /* client ids, sorted; one twice are two members of that name */
	size_t member_count;
	size_t self; /* below member_count: who asks */
};

enum { RMQI_ALLOCATE_WHY = 192 };

/* Marks the share in `mine`, a byte for each queue, all 0 before. Neither queues nor members: marks nothing.
 * RMQ_ERR_CONFIG: the strategy cannot say, and `why` tells the cause; RMQ_ERR_NO_MEMORY. */
enum rmq_error rmqi_allocate(const struct rmqi_strategy *s, const struct rmqi_contest *c,
			     uint8_t *mine, char why[RMQI_ALLOCATE_WHY]) RMQI_MUST_USE;

/* allocateQueues as it must be: "topic@broker:id" or "topic@broker:first-last", separated by ";". NULL: it is. */
const char *rmqi_allocate_list_problem(const char *queues);

/* --- Of the files that share it ------------------------------------------------------------------ */

/* The i-th of `count` things goes to member `self` of `members`: a run of them from *first on. */
void rmqi_allocate_run(size_t count, size_t members, size_t self, size_t *first, size_t *size);
enum rmq_error rmqi_allocate_by_ring(const struct rmqi_contest *c, uint8_t *mine) RMQI_MUST_USE;
void rmqi_allocate_by_list(const char *queues, const struct rmqi_contest *c, uint8_t *mine);
enum rmq_error rmqi_allocate_by_rooms(const char *rooms, const struct rmqi_contest *c,
				      uint8_t *mine) RMQI_MUST_USE;
enum rmq_error rmqi_allocate_nearby(const struct rmqi_contest *c, uint8_t *mine,
				    char why[RMQI_ALLOCATE_WHY]) RMQI_MUST_USE;

#endif
