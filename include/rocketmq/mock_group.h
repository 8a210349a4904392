/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mock_group.h - what groups have at a mock cluster: members, committed offsets, locks of queues, transactions nobody
 * has decided, messages that were popped and are not acknowledged. No client is needed to see it.
 *
 *     rmq_mock_groups *l = NULL;
 *
 *     if (rmq_mock_cluster_groups(cluster, &l, &detail) == RMQ_OK && rmq_mock_groups_count(l) > 0)
 *             printf("%s is %lld behind\n", rmq_mock_groups_at(l, 0)->name,
 *                    (long long)rmq_mock_groups_at(l, 0)->lag);
 *     rmq_mock_groups_free(l);
 *
 * Each list is a snapshot of all brokers that run and are no slaves, broker by broker. It is the caller's; what it
 * hands out is borrowed, as long as the list. Texts are never NULL ("" for what there is not). Structs may get more
 * members at their ends: they are read, never made or copied by size. RMQ_ERR_TOO_LARGE: there are more than
 * 1,000,000 entries.
 *
 * Thread: as mock.h says. Lists are immutable, may be read by any thread, and outlive the cluster.
 */
#ifndef ROCKETMQ_MOCK_GROUP_H
#define ROCKETMQ_MOCK_GROUP_H

#include <stddef.h>
#include <stdint.h>

#include <rocketmq/common.h>
#include <rocketmq/error.h>
#include <rocketmq/mock.h>

RMQ_BEGIN_DECLS

/* --- Groups of consumers ----------------------------------------------------------------------------- */

/* How far a group has committed in one queue. */
struct rmq_mock_group_queue {
	const char *topic;
	int queue_id;
	int64_t committed;
	int64_t max_offset; /* of the next message that is stored there */
	int64_t lag;        /* messages between the two, never negative */
};

/* A group that has members at a broker, or has committed something there. */
struct rmq_mock_group {
	const char *name;
	const char *broker;        /* "broker-a" */
	const char *consume_type;  /* "CONSUME_PASSIVELY", ..., of its last heart-beat; "" without members */
	const char *message_model; /* "CLUSTERING", "BROADCASTING" */
	const char *const *members; /* client ids; member_count of them */
	size_t member_count;
	const struct rmq_mock_group_queue *queues; /* queue_count of them, those of a topic side by side */
	size_t queue_count;
	int64_t lag; /* of all its queues at this broker */
};

typedef struct rmq_mock_groups rmq_mock_groups;

/* A list of all groups, to be freed. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_cluster_groups(rmq_mock_cluster *c,
							    rmq_mock_groups **out,
							    rmq_error_detail **detail);
/* 0 of NULL, as all counts here. */
RMQ_API size_t rmq_mock_groups_count(const rmq_mock_groups *l);
/* NULL past the end, as all _at here. */
RMQ_API const struct rmq_mock_group *rmq_mock_groups_at(const rmq_mock_groups *l, size_t i);
RMQ_API void rmq_mock_groups_free(rmq_mock_groups *l);

/* --- Locks ------------------------------------------------------------------------------------------- */

/* A queue that a client has locked to consume in order (RebalanceLockManager.java), and that has not expired. */
struct rmq_mock_lock {
	const char *broker;
	const char *group;
	const char *topic;
	int queue_id;
	const char *client_id; /* who holds it */
	int64_t left_ms;       /* until it expires, unless it is renewed */
};

typedef struct rmq_mock_locks rmq_mock_locks;

/* A list of all locks of queues that have not expired, to be freed. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_cluster_locks(rmq_mock_cluster *c,
							   rmq_mock_locks **out,
							   rmq_error_detail **detail);
RMQ_API size_t rmq_mock_locks_count(const rmq_mock_locks *l);
RMQ_API const struct rmq_mock_lock *rmq_mock_locks_at(const rmq_mock_locks *l, size_t i);
RMQ_API void rmq_mock_locks_free(rmq_mock_locks *l);

/* --- Transactions ------------------------------------------------------------------------------------ */

/* A half message that was neither committed nor rolled back, and that the broker has not given up. */
struct rmq_mock_transaction {
	const char *broker;
	const char *producer_group;
	const char *id;    /* UNIQ_KEY, the message id of the producer */
	const char *topic; /* where it goes if it is committed */
	int queue_id;
	int64_t half_offset; /* in queue 0 of RMQ_SYS_TRANS_HALF_TOPIC; each question makes a copy of it behind */
	int64_t log_offset;
	int checks;      /* how often the producer was asked */
	int64_t born_ms; /* ms since the epoch */
};

typedef struct rmq_mock_transactions rmq_mock_transactions;

/* A list of all half messages that were neither committed nor rolled back, to be freed. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_cluster_transactions(rmq_mock_cluster *c,
								  rmq_mock_transactions **out,
								  rmq_error_detail **detail);
RMQ_API size_t rmq_mock_transactions_count(const rmq_mock_transactions *l);
RMQ_API const struct rmq_mock_transaction *
rmq_mock_transactions_at(const rmq_mock_transactions *l, size_t i);
RMQ_API void rmq_mock_transactions_free(rmq_mock_transactions *l);

/* --- Popped messages ----------------------------------------------------------------------------------- */

/* A message that a member popped (POP_MESSAGE) and has not acknowledged: it is invisible until its time is over.
 * Those of a group that pops in order are among them. */
struct rmq_mock_pop {
	const char *broker;
	const char *group;
	const char *topic; /* where it lies: a pop retry topic for what came again */
	int queue_id;
	int64_t queue_offset;
	int64_t popped_ms;  /* ms since the epoch */
	int64_t visible_ms; /* when it comes again */
};

typedef struct rmq_mock_pops rmq_mock_pops;

/* A list of all messages that are out, to be freed. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_cluster_pops(rmq_mock_cluster *c,
							  rmq_mock_pops **out,
							  rmq_error_detail **detail);
RMQ_API size_t rmq_mock_pops_count(const rmq_mock_pops *l);
RMQ_API const struct rmq_mock_pop *rmq_mock_pops_at(const rmq_mock_pops *l, size_t i);
RMQ_API void rmq_mock_pops_free(rmq_mock_pops *l);

RMQ_END_DECLS

#endif
