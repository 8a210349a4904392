/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rmq_mock_help.h - the commands of rmq-mock, and the help that the table of options makes.
 */
#ifndef TOOLS_RMQ_MOCK_HELP_H
#define TOOLS_RMQ_MOCK_HELP_H

#include <stdbool.h>
#include <stdio.h>

#include "mock-broker/options.h"

enum { FLAG_MAX = 64 };

struct command {
	const char *name;
	enum mb_where where;
	const char *purpose;
	bool is_exec; /* runs a command; its options are those of another one */
};

/* NULL: there is none of this name. */
const struct command *find_command(const char *name);
/* The flag of an option without its dashes: its key in kebab case. */
void flag_of(const struct rmq_mock_option *row, char out[FLAG_MAX]);
void flag_of_name(const char *name, char out[FLAG_MAX]);
/* A line of a help, `left` being what stands in front of it, and `values` behind it; "" for none. */
void print_item(const char *left, const char *help, const char *values, FILE *out);
/* Of the commands in `where`, a set of enum mb_where. */
void print_help(unsigned where, FILE *out);
/* "--NAME belongs to 'rmq-mock x', ". False, and nothing printed: no command has this flag, or
 * `without` has it. */
bool print_owners(const char *name, unsigned without, FILE *out);

#endif
