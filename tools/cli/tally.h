/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tally.h - what was done so far, and a thread that tells it: --progress on a terminal, --stats as JSON lines.
 *
 * Thread: any.
 */
#ifndef TOOLS_CLI_TALLY_H
#define TOOLS_CLI_TALLY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "tools/cli/args.h"

struct tally {
	_Atomic uint64_t messages;
	_Atomic uint64_t bytes;
	_Atomic uint64_t failed;
};

/* Statistics of a client: an owned text (rmq_statistics_free), or NULL. */
typedef char *(*stats_fn)(void *client);

/* One a process. Starts the thread if the options want one. stats NULL: there are none. */
void tally_start(const struct args *a, struct tally *t, const char *verb, stats_fn stats, void *client);
/* Ends the thread: a last line of each. With -v a summary: "rmq-cli: verb N messages, M bytes in T s". Before the client
 * is freed. */
void tally_end(void);
/* CLI_OK; CLI_TOO_FEW, and it is said: fewer messages than --require, or than -c when the time was over. */
int tally_judge(const struct args *a, uint64_t got);

#endif
