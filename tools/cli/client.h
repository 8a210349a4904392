/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.h - the configuration of a client: of a file (-F), the environment and the options, each of which wins
 * over those before it.
 *
 * Secrets come from a file or the environment only, and are never printed.
 */
#ifndef TOOLS_CLI_CLIENT_H
#define TOOLS_CLI_CLIENT_H

#include <rocketmq/rocketmq.h>

#include "tools/cli/args.h"
#include "tools/cli/text.h"

/* *out is owned. CLI_OK, or what was said to be wrong. */
int client_config(const struct args *a, rmq_config **out);
/* Sets a key that cannot be refused by its value; of one that is, the first complaint: CLI_OK or it. */
int client_set(rmq_config *config, const char *key, const char *value);
/* A secret without its line end, of a file or ("-") of stdin, which a terminal does not echo. `option` is named in what is
 * said to be wrong. To be wiped in any case. */
int client_read_secret(const char *option, const char *path, struct text *out);
/* Prints what its clients tell of their brokers and topics as warnings. */
void client_tell_events(rmq_config *config, const struct args *a);
/* -X list and -X dump: true, it was one, and *status is the exit status. */
bool client_print_keys(const struct args *a, int *status);
/* An admin object of a configuration as above, and its options with --timeout. Both owned. */
struct admin {
	rmq_admin *admin;
	rmq_admin_options *options;
};
int admin_open(const struct args *a, struct admin *out);
void admin_close(struct admin *a);

#endif
