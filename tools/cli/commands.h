/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commands.h - the table of sub-commands (commands.def), and their functions.
 *
 * Constant; thread: any.
 */
#ifndef TOOLS_CLI_COMMANDS_H
#define TOOLS_CLI_COMMANDS_H

#include <stddef.h>

#include "tools/cli/args.h"

struct command {
	const char *noun;
	const char *verb;
	int (*run)(const struct args *a);
	enum place place;
	const char *words;
	size_t least, most;
	const char *help;
};

/* NULL past the end. */
const struct command *command_at(size_t index);
/* Takes the noun and the verb off the words of `a`, sets its place, and finds the command. -1; else the exit
 * status: there is none, and it was said. */
int command_find(struct args *a, const struct command **out);

int run_acl_users(const struct args *a);
int run_acl_add_user(const struct args *a);
int run_acl_set_user(const struct args *a);
int run_acl_rm_user(const struct args *a);
int run_acl_policies(const struct args *a);
int run_acl_set_policy(const struct args *a);
int run_acl_rm_policy(const struct args *a);
int run_acl_accounts(const struct args *a);
int run_acl_set_account(const struct args *a);
int run_acl_rm_account(const struct args *a);
int run_acl_white(const struct args *a);
int run_bench_produce(const struct args *a);
int run_bench_consume(const struct args *a);
int run_bench_latency(const struct args *a);
int run_broker_ls(const struct args *a);
int run_broker_stats(const struct args *a);
int run_broker_config(const struct args *a);
int run_broker_wipe(const struct args *a);
int run_broker_add(const struct args *a);
int run_broker_namesrv(const struct args *a);
int run_msg_id(const struct args *a);
int run_msg_uniq(const struct args *a);
int run_msg_key(const struct args *a);
int run_msg_at(const struct args *a);
int run_msg_range(const struct args *a);
int run_msg_who(const struct args *a);
int run_msg_trace(const struct args *a);
int run_msg_consume(const struct args *a);
int run_topic_create(const struct args *a);
int run_topic_alter(const struct args *a);
int run_topic_config(const struct args *a);
int run_topic_ls(const struct args *a);
int run_topic_rm(const struct args *a);
int run_topic_show(const struct args *a);
int run_group_ls(const struct args *a);
int run_group_show(const struct args *a);
int run_group_lag(const struct args *a);
int run_group_create(const struct args *a);
int run_group_alter(const struct args *a);
int run_group_rm(const struct args *a);
int run_group_reset(const struct args *a);
int run_group_clone(const struct args *a);
int run_cluster_ls(const struct args *a);
int run_cluster_show(const struct args *a);
int run_completion_bash(const struct args *a);
int run_completion_zsh(const struct args *a);
int run_completion_fish(const struct args *a);
int run_manual(const struct args *a);

#endif
