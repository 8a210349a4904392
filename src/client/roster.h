/* SPDX-License-Identifier: Apache-2.0 */
/*
 * roster.h - the clients of this process that are in a group, so that none is in it twice under one
 * client id (MQClientInstance.registerConsumer, registerProducer: there by the instance that clients of
 * one id share).
 *
 * Two consumers of one group and id take the same share: some queues are consumed twice, others never,
 * and the one that closes first takes the other's registration with it. Of one cluster are clients with
 * a name server in common; those of other simulations are elsewhere. Clients of other processes are
 * found by the list of members (consumer/conflict.h).
 *
 * The list is the only thing of ours that belongs to the process. Its nodes are the clients' own memory,
 * it needs nothing at load or unload, and the child of a fork begins with an empty one.
 *
 * Thread: any.
 */
#ifndef RMQI_CLIENT_ROSTER_H
#define RMQI_CLIENT_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/executor.h"
#include "base/list.h"
#include "base/macros.h"

/* A client. What it points to lives as long as the entry is in the list. */
struct rmqi_roster_entry {
	struct rmqi_list link; /* under the lock of roster.c; alone: not in it */
	uint64_t process;      /* rmqi_process_mark when it joined */
	const struct rmqi_env *env;
	const char *id;
	const char *consumer_group; /* one of them, or none */
	const char *producer_group;
	char *const *namesrvs;
	size_t namesrv_count;
};

void rmqi_roster_entry_init(struct rmqi_roster_entry *e);
/* The members are set. A second time is harmless. RMQ_ERR_STATE, with a sentence: its group has the
 * client id already. */
enum rmq_error rmqi_roster_join(struct rmqi_roster_entry *e,
				struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Is there another one with a producer group, whichever, and the same client id? */
bool rmqi_roster_has_namesake(const struct rmqi_roster_entry *e);
/* Harmless when it is not in it. */
void rmqi_roster_leave(struct rmqi_roster_entry *e);

#endif
