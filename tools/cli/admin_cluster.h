/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_cluster.h - what the commands about clusters and -L share.
 */
#ifndef TOOLS_CLI_ADMIN_CLUSTER_H
#define TOOLS_CLI_ADMIN_CLUSTER_H

#include <stdbool.h>

#include <rocketmq/rocketmq.h>

#include "tools/cli/client.h"

/* Of one cluster, NULL: of all. *out is owned. CLI_OK, or it was said. */
int brokers_ask(const char *cluster, struct admin *admin, rmq_brokers **out);
/* A row a broker. The exit status: one that is away is told in its row. */
int brokers_print(const rmq_brokers *brokers, bool is_json);

#endif
