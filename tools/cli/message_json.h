/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message_json.h - a message as a JSON object, and back. Both directions know the same members:
 *
 *     {"topic":"T", "broker":"broker-a", "queue":0, "offset":7, "physicalOffset":1234,
 *      "msgId":"(offset id)", "uniqId":"...", "tag":"A", "keys":["k"], "properties":{"a":"b"},
 *      "bornTs":ms, "storeTs":ms, "bornHost":"h:p", "storeHost":"h:p", "reconsumeTimes":0, "sysFlag":0, "flag":0,
 *      "body":"...", "bodyEncoding":"utf8"}
 *
 * bodyEncoding: utf8: the body is a string; base64: it is the base64 of one; json: any JSON value, whose text is the
 * body. Read are topic, queue with broker, tag, keys (a list, or a text of keys with blanks between), properties, body,
 * bodyEncoding, flag, delayLevel, delayMs, deliverAtMs, priority, liteTopic and shardKey; what a broker tells of a
 * stored message and properties that the system sets are passed over, so that what -J printed can be sent again.
 * Another member is an error: it would mean nothing.
 *
 * Pure; thread: any.
 */
#ifndef TOOLS_CLI_MESSAGE_JSON_H
#define TOOLS_CLI_MESSAGE_JSON_H

#include <rocketmq/message.h>

#include "tools/cli/text.h"

/* In the order of --json-body. */
enum body_form { BODY_AUTO, BODY_STRING, BODY_BASE64, BODY_JSON };

/* Adds the object, without a line end. */
void message_json(const rmq_message *m, enum body_form form, struct text *out);

/* What a line said: a message, and where it is to go. */
struct json_message {
	rmq_message *message; /* owned */
	char *broker;         /* owned; NULL: any */
	int queue;            /* -1: any */
	char *shard_key;      /* owned; NULL: none */
};

/* False, and a sentence in *why, which is empty before. `topic`: when the line names none; NULL: it must. */
bool message_from_json(const char *line, size_t len, const char *topic, struct json_message *out,
		       struct text *why);
void json_message_deinit(struct json_message *m);

#endif
