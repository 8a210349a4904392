/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_group_lag.h - what "group lag" shares with its --watch.
 */
#ifndef TOOLS_CLI_ADMIN_GROUP_LAG_H
#define TOOLS_CLI_ADMIN_GROUP_LAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/rocketmq.h>

#include "tools/cli/args.h"
#include "tools/cli/client.h"

/* "2026-01-31T12:00:00.000Z"; "" for 0 and less. Returns buf. */
const char *lag_time_text(int64_t ms, char *buf, size_t size);
/* As the words and options say. */
enum rmq_error lag_ask(const struct args *a, struct admin *admin, bool with_owners,
		       rmq_group_lag **out, rmq_error_detail **detail);
/* Without a row the group may be unknown: CLI_OK, or it was said. */
int lag_check(const struct args *a, struct admin *admin, const rmq_group_lag *lag);
/* A table, or JSON. The exit status. */
int lag_print(const struct args *a, const rmq_group_lag *lag);
/* Again and again, until it is to stop, or -c is reached. The exit status. */
int lag_watch(const struct args *a, struct admin *admin);
/* A row a group. The exit status. */
int lags_print(const struct args *a, struct admin *admin);

#endif
