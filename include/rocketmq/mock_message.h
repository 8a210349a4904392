/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mock_message.h - what is stored in a mock cluster: a producer is tested without a consumer.
 *
 *     rmq_mock_messages *l = NULL;
 *
 *     if (rmq_mock_cluster_messages(cluster, "T", &l, &detail) == RMQ_OK)
 *             printf("%zu, the first for %s\n", rmq_mock_messages_count(l),
 *                    rmq_mock_message_property(rmq_mock_messages_at(l, 0), "KEYS"));
 *     rmq_mock_messages_free(l);
 *
 * They are read from the store as they are, of any topic: "%RETRY%GROUP", "%DLQ%GROUP", half messages
 * ("RMQ_SYS_TRANS_HALF_TOPIC"), delayed ones ("SCHEDULE_TOPIC_XXXX"). A stored message knows more than one that a
 * client receives, so it has a type of its own.
 *
 * Thread: as mock.h says. Lists are immutable, may be read by any thread, and outlive the cluster.
 */
#ifndef ROCKETMQ_MOCK_MESSAGE_H
#define ROCKETMQ_MOCK_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include <rocketmq/common.h>
#include <rocketmq/error.h>
#include <rocketmq/mock.h>

RMQ_BEGIN_DECLS

typedef struct rmq_mock_messages rmq_mock_messages;
typedef struct rmq_mock_message rmq_mock_message;

/* Those of all brokers that run and are no slaves: broker by broker, queue by queue, in the order of their offsets. A
 * topic that nobody has is empty. RMQ_ERR_TOO_LARGE: there are more than 1,000,000. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_cluster_messages(rmq_mock_cluster *c,
							      const char *topic,
							      rmq_mock_messages **out,
							      rmq_error_detail **detail);
/* 0 of NULL. */
RMQ_API size_t rmq_mock_messages_count(const rmq_mock_messages *l);
/* Borrowed, as long as the list; NULL past the end. */
RMQ_API const rmq_mock_message *rmq_mock_messages_at(const rmq_mock_messages *l, size_t i);
RMQ_API void rmq_mock_messages_free(rmq_mock_messages *l);

/* Texts are never NULL ("" of NULL, and for what there is not), borrowed, as long as the list. */

/* "broker-a". */
RMQ_API const char *rmq_mock_message_broker(const rmq_mock_message *m);
RMQ_API const char *rmq_mock_message_topic(const rmq_mock_message *m);
RMQ_API int rmq_mock_message_queue_id(const rmq_mock_message *m);
RMQ_API int64_t rmq_mock_message_queue_offset(const rmq_mock_message *m);
/* Where it stands in the broker's commit log. */
RMQ_API int64_t rmq_mock_message_log_offset(const rmq_mock_message *m);
/* Plain, whatever compression it is stored with, and a NUL behind it; *len may be NULL. */
RMQ_API const void *rmq_mock_message_body(const rmq_mock_message *m, size_t *len);
/* "TAGS", "KEYS", "UNIQ_KEY" (the message id), ..., and the user's. NULL: it has none of that name. One with a NUL
 * in its name or value is not shown. */
RMQ_API const char *rmq_mock_message_property(const rmq_mock_message *m, const char *name);
/* The bits of MessageSysFlag.java; how often it was sent back; ms since the epoch. */
RMQ_API int32_t rmq_mock_message_sys_flag(const rmq_mock_message *m);
RMQ_API int rmq_mock_message_reconsume_times(const rmq_mock_message *m);
RMQ_API int64_t rmq_mock_message_born_ms(const rmq_mock_message *m);
RMQ_API int64_t rmq_mock_message_stored_ms(const rmq_mock_message *m);

RMQ_END_DECLS

#endif
