/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subject.h - a request as rules and filters see it: where it came in, its code, and
 * what its header says of topic, queue, group and client.
 *
 * All of that is found by name in the ext fields, in their short forms, too (b is
 * the topic of a SEND_MESSAGE_V2), and in the body of HEART_BEAT, LOCK_BATCH_MQ, UNLOCK_BATCH_MQ and
 * QUERY_ASSIGNMENT, a JSON object: the client, but of HEART_BEAT the group, of QUERY_ASSIGNMENT the topic.
 * What stands there in lists is not seen: topics and groups of a HEART_BEAT, topics of LOCK_BATCH_MQ,
 * BATCH_ACK_MESSAGE and REGISTER_BROKER. A SEND_BATCH_MESSAGE is one request of one topic.
 *
 * Everything is borrowed. Thread: one owner at a time.
 */
#ifndef MB_RULES_SUBJECT_H
#define MB_RULES_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/str.h"
#include "codec/command.h"

enum { MB_SUBJECT_BODY_MAX = 256 * 1024 }; /* a longer body is not looked into */

struct mb_subject {
	const char *node; /* "broker-a", "broker-a/1"; of a name server "" */
	int32_t namesrv;  /* -1: a broker */
	int32_t code;
	const char *client_id; /* that the connection's heartbeat told; NULL: none */
	const struct rmqi_ext *ext;
	size_t ext_count;
	struct rmqi_cursor body;
};

/* The value of an ext field, by its Java name or by the key as it is written. False: it is not there. */
bool mb_subject_field(const struct mb_subject *s, struct rmqi_str name, struct rmqi_str *out);
/* The same for the first of those names (ends with NULL) that there is. */
bool mb_subject_any(const struct mb_subject *s, const char *const *names, struct rmqi_str *out);

#endif
