/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_group.h - what the commands about groups share.
 */
#ifndef TOOLS_CLI_ADMIN_GROUP_H
#define TOOLS_CLI_ADMIN_GROUP_H

#include "tools/cli/args.h"
#include "tools/cli/client.h"

/* CLI_OK: a broker of --cluster knows the group. Else it was said why not. */
int group_check(const struct args *a, struct admin *admin, const char *group);

#endif
