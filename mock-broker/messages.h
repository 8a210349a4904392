/* SPDX-License-Identifier: Apache-2.0 */
/*
 * messages.h - copies of the messages that are stored for a topic (rocketmq/mock_message.h).
 *
 * Owner: the caller. Thread: making one: as mock.h says; all else any.
 */
#ifndef MB_MESSAGES_H
#define MB_MESSAGES_H

#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/macros.h"
#include "codec/message.h"

struct rmq_mock_cluster;

enum { MB_MESSAGES_MAX = 1000000 };

struct rmq_mock_message {
	char *broker; /* owned, as the next two */
	char *topic;
	char *properties; /* a NUL behind each name and each value, one more at the end */
	struct rmqi_buf body;
	int32_t queue_id;
	int32_t sys_flag;
	int32_t reconsume_times;
	int64_t queue_offset;
	int64_t log_offset;
	int64_t born_ms;
	int64_t stored_ms;
};

struct rmq_mock_messages {
	struct rmq_mock_message *at; /* owned */
	size_t count;
	size_t room;
};

enum rmq_error mb_cluster_messages(struct rmq_mock_cluster *c, const char *topic,
				   struct rmq_mock_messages **out,
				   struct rmq_error_detail *detail) RMQI_MUST_USE;
/* NULL is fine. */
void mb_messages_free(struct rmq_mock_messages *l);
/* NULL: there is no such property. */
const char *mb_message_property(const struct rmq_mock_message *m, const char *name);

#endif
