/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message_consumers.h - what groups did with a message (DefaultMQAdminExtImpl.messageTrackDetail), and what one
 * does with it now (consumeMessageDirectly).
 *
 * Thread: any, but not the loop.
 */
#ifndef RMQI_ADMIN_MESSAGE_CONSUMERS_H
#define RMQI_ADMIN_MESSAGE_CONSUMERS_H

#include <rocketmq/admin_message.h>

#include "admin/admin.h"
#include "codec/body_direct.h"

struct rmq_message_consumer {
	char *group; /* owned */
	enum rmq_track track;
	int64_t offset;
	enum rmq_error error;
	struct rmq_error_detail *detail; /* owned; NULL: memory was out for it */
	/* Of the connections: what the track follows from. */
	bool is_online;
	bool is_active; /* CONSUME_ACTIVELY: it pulls */
	bool is_broadcast;
	bool is_filtered; /* it subscribes to other tags */
};

struct rmq_message_consumers {
	size_t count;
	struct rmq_message_consumer rows[];
};

struct rmq_direct_result {
	struct rmqi_direct_result result;
};

/* `m` was stored. */
enum rmq_error rmqi_admin_message_consumers(struct rmq_admin *a, const struct rmq_message *m,
					    const struct rmq_admin_options *options,
					    struct rmq_message_consumers **out,
					    struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_message_consumers_free(struct rmq_message_consumers *l);
enum rmq_error rmqi_admin_consume_directly(struct rmq_admin *a, const struct rmq_message *m,
					   const char *group, const char *client_id,
					   const struct rmq_admin_options *options,
					   struct rmq_direct_result **out,
					   struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
