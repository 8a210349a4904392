/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_msg.h - what the commands about messages share.
 */
#ifndef TOOLS_CLI_ADMIN_MSG_H
#define TOOLS_CLI_ADMIN_MSG_H

#include <rocketmq/rocketmq.h>

#include "tools/cli/client.h"

/* By -c, --from, --to and -p; *out is owned. CLI_OK, or what was said to be wrong. */
int message_query_take(const struct args *a, rmq_message_query **out);
/* Warns of each broker that gave no answer; the exit status that it means. */
int unanswered_tell(const rmq_unanswered *u);
/* The one message of an offset id, or with -t of a unique id. *out is owned, with one message at least; CLI_OK, or it was
 * said. */
int message_find(const struct args *a, struct admin *admin, const char *id,
		 rmq_found_messages **out);

#endif
