/* SPDX-License-Identifier: Apache-2.0 */
/*
 * args.h - the command line, looked at as far as one can without a cluster.
 *
 * The options are read by getopt_long, so they may stand behind the words, be shortened as long as it is clear,
 * and "--" ends them. Each argument is checked by its kind, each option against the mode or command.
 *
 * Thread: one owner; read-only once it is parsed.
 */
#ifndef TOOLS_CLI_ARGS_H
#define TOOLS_CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/cli/options.h"

struct given {
	enum option_id id;
	const char *value; /* of argv; NULL: none */
};

struct args {
	struct given *given; /* in their order */
	size_t count;
	char **words; /* of argv: what is no option */
	size_t word_count;
	unsigned place; /* enum place; 0: neither a mode nor a command was named */
};

/* -1: parsed; else the exit status: it has been said why. */
int args_parse(struct args *a, int argc, char **argv);
/* Refuses options that a->place does not take. -1, or the exit status. */
int args_check_place(const struct args *a);
void args_free(struct args *a);

bool args_has(const struct args *a, enum option_id id);
size_t args_times(const struct args *a, enum option_id id);
/* The last one; NULL: not given, or without a value. */
const char *args_text(const struct args *a, enum option_id id);
/* Each one in turn, *at is 0 first; NULL: no more. */
const char *args_next(const struct args *a, enum option_id id, size_t *at);
/* Of NUMBER, and of a duration or time in ms; `otherwise` when it is not given. */
int64_t args_number(const struct args *a, enum option_id id, int64_t otherwise);
int64_t args_duration(const struct args *a, enum option_id id, int64_t otherwise);
int64_t args_time(const struct args *a, enum option_id id, int64_t otherwise);
/* The place of the word in the row's argument; -1: not given. */
int args_choice(const struct args *a, enum option_id id);
/* False, and said: NUMBER id is given and not within the limits. */
bool args_within(const struct args *a, enum option_id id, int64_t min, int64_t max);

#endif
