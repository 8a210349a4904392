/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assign.h - the queues of a member are said by the user, and not shared out in the group
 * (DefaultLitePullConsumerImpl.assign).
 *
 * Nothing is subscribed then: brokers are told the expression with each pull. They do count the member in
 * its group, so members that subscribe in the same group would leave a share to it.
 *
 * Thread: any, but not the loop.
 */
#ifndef RMQI_CONSUMER_ASSIGN_H
#define RMQI_CONSUMER_ASSIGN_H

#include <stdbool.h>
#include <stddef.h>

#include <rocketmq/queue.h>

#include "base/macros.h"
#include "consumer/member.h"

/* It holds these queues from now on, and no others; their topics are names at brokers. Those that stay go
 * on. RMQ_ERR_STATE: it has subscribed. RMQ_ERR_INVALID_ARGUMENT: the expression. RMQ_ERR_NO_MEMORY: some
 * may be missing. */
enum rmq_error rmqi_member_assign(struct rmqi_member *m, const struct rmq_queue *queues,
				  size_t count, const char *expression,
				  struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Has the user assigned, so that nothing can be subscribed? */
bool rmqi_member_is_assigned(struct rmqi_member *m);
/* The queues that it holds, assigned or shared, as an owned list. RMQ_ERR_NO_MEMORY, and those of
 * rmqi_client_check_caller. */
enum rmq_error rmqi_member_assignment(struct rmqi_member *m, struct rmq_queues **out,
				      struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Its queue, NULL: not held. Thread: loop. */
struct rmqi_mq *rmqi_member_queue(struct rmqi_member *m, const struct rmq_queue *queue);

#endif
