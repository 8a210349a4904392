/* SPDX-License-Identifier: Apache-2.0 */
/*
 * topics.h - what the commands about topics share.
 */
#ifndef TOOLS_CLI_TOPICS_H
#define TOOLS_CLI_TOPICS_H

#include <stdbool.h>

#include <rocketmq/rocketmq.h>

#include "tools/cli/args.h"

/* --queues and its like are within their limits: CLI_OK, or it was said. */
int topic_settings_check(const struct args *a);
/* What the options say; the rest stays. */
enum rmq_error topic_settings_take(const struct args *a, rmq_topic_settings *s,
				   rmq_error_detail **detail);
/* All of them, or those of users. The exit status. */
int topics_print(const struct args *a, const rmq_topics *topics, bool has_all);
const char *topic_kind_name(enum rmq_topic_kind kind);
/* -L without a topic: brokers and all topics, or one object with name servers, clusters and topics. */
int list_everything(const struct args *a);

#endif
