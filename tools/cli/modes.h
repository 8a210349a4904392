/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modes.h - what the modes do: each returns the exit status, save that of an interruption. stop_init was called;
 * stdout is flushed by whoever called.
 */
#ifndef TOOLS_CLI_MODES_H
#define TOOLS_CLI_MODES_H

#include "tools/cli/args.h"

int run_produce(const struct args *a);
int run_consume(const struct args *a);
int run_member(const struct args *a);
int run_list(const struct args *a);
int run_query(const struct args *a);

#endif
