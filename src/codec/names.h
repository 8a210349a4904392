/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - legal topics and groups, reserved names, derived names.
 * Validators.java, TopicValidator.java, MixAll.java.
 */
#ifndef RMQI_CODEC_NAMES_H
#define RMQI_CODEC_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"

#define RMQI_RETRY_PREFIX "%RETRY%"
#define RMQI_DLQ_PREFIX "%DLQ%"
#define RMQI_DEFAULT_TOPIC "TBW102"
#define RMQI_TOPIC_SCHEDULE "SCHEDULE_TOPIC_XXXX"
#define RMQI_TOPIC_HALF "RMQ_SYS_TRANS_HALF_TOPIC"
#define RMQI_TOPIC_OP_HALF "RMQ_SYS_TRANS_OP_HALF_TOPIC"

enum {
	RMQI_TOPIC_MAX = 127,       /* characters */
	RMQI_RETRY_TOPIC_MAX = 255, /* %RETRY% and %DLQ% topics */
	RMQI_GROUP_MAX = 120,
	RMQI_LABEL_MAX = 512, /* bytes */
	RMQI_PROBLEM_SIZE = 704 /* room for any problem: the limit stands at its end */
};

/* NULL when legal, else the reason in RocketMQ's words, written into buf. */
const char *rmqi_topic_problem(struct rmqi_str topic, char *buf, size_t size);
const char *rmqi_group_problem(struct rmqi_str group, char *buf, size_t size);
/* What a peer calls itself and its places: client ids, names of brokers, clusters and zones, addresses. Java takes
 * any text; here it is 1..RMQI_LABEL_MAX bytes without control characters, as it stands in logs, lists and answers of
 * others. `what` begins the reason. */
const char *rmqi_label_problem(struct rmqi_str label, const char *what, char *buf, size_t size);
bool rmqi_topic_is_retry(struct rmqi_str topic);
bool rmqi_topic_is_dlq(struct rmqi_str topic);
/* The fixed set or the prefix rmq_sys_ (TopicValidator.isSystemTopic without cluster names). */
bool rmqi_topic_is_system(struct rmqi_str topic);
/* Topics a client must not send to (TopicValidator.isNotAllowedSendTopic). */
bool rmqi_topic_is_send_forbidden(struct rmqi_str topic);
/* Java's String.hashCode over UTF-16 units of the UTF-8 text. */
int32_t rmqi_java_hash(struct rmqi_str text);
/* That of a text which begins with one whose hash is `before`. */
int32_t rmqi_java_hash_on(int32_t before, struct rmqi_str text);

#endif
