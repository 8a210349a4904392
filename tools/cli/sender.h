/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sender.h - sends messages as the options say: asynchronously, so many in flight; in batches; one-way; in
 * transactions. Counts what was stored and what failed, tells each failure (the first ones) on stderr, and with
 * -J each result on stdout.
 *
 *     {"record":1,"status":"SEND_OK","msgId":"(unique id)","offsetMsgId":"...","topic":"T","broker":"b","queue":0,
 *      "offset":7}                           recallHandle and transactionId where there are such
 *     {"record":2,"error":"(sentence)","code":"no route","maybeStored":false}
 *
 * Thread: one owner; callbacks of the client come on others.
 */
#ifndef TOOLS_CLI_SENDER_H
#define TOOLS_CLI_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/rocketmq.h>

#include "tools/cli/args.h"

struct sender;

/* Where one message goes; broker NULL: any; queue -1: any. */
struct target {
	const char *broker;
	int queue;
	const char *shard_key; /* NULL: none */
};

/* *out is owned. The configuration stays the caller's. CLI_OK, or what was said to be wrong. */
int sender_new(const struct args *a, rmq_config *config, const struct target *usual,
	       struct sender **out);
/* Takes the message over. NULL: the usual target. `record` is its number in what is said. Waits for room. */
void sender_send(struct sender *s, rmq_message *m, const struct target *target, uint64_t record);
/* A record of which no message could be made. */
void sender_refuse(struct sender *s, uint64_t record, const char *why);
/* Sends what a batch has gathered. */
void sender_flush(struct sender *s);
/* Too many failed, and none was stored. */
bool sender_is_hopeless(struct sender *s);
/* Waits for all, closes, sums up. The exit status, but for an interruption. */
int sender_end(struct sender *s);
void sender_free(struct sender *s);

#endif
