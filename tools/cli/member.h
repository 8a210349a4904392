/* SPDX-License-Identifier: Apache-2.0 */
/*
 * member.h - the mode -G: a member of a group, that pushes (member_push.c) or pops (member_pop.c).
 *
 * A message is done when it was written to stdout: what was not is delivered again.
 */
#ifndef TOOLS_CLI_MEMBER_H
#define TOOLS_CLI_MEMBER_H

#include <rocketmq/rocketmq.h>

#include "tools/cli/args.h"
#include "tools/cli/render.h"
#include "tools/cli/tally.h"

/* In the order of --ack. */
enum member_ack { ACK_SUCCESS, ACK_LATER, ACK_NEVER };

struct member {
	const struct args *args;
	const char *group;
	const char *const *topics;
	size_t topic_count;
	struct render *render;
	struct tally tally;
	uint64_t limit; /* messages; 0: none */
	enum member_ack ack;
};

/* Writes it out, and counts it. False: it was not written. Thread: one at a time. */
bool member_print(struct member *m, const rmq_message *message);
bool member_has_enough(const struct member *m);
/* Waits until a client has joined, 10 s at most: `wait` is its wait_ready. CLI_OK: it has, or it is to stop, or goes
 * on trying. */
typedef enum rmq_error (*member_wait_fn)(void *client, int64_t timeout_ms, rmq_error_detail **detail);
int member_wait(const struct member *m, member_wait_fn wait, void *client);

/* The exit status, but for an interruption. */
int member_push(struct member *m, rmq_config *config);
int member_pop(struct member *m, rmq_config *config);

#endif
