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
/* All topics of the cluster, or those of users. The exit status. */
int list_topics(const struct args *a, bool has_all);

#endif
