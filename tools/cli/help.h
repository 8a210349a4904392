/* SPDX-License-Identifier: Apache-2.0 */
/*
 * help.h - what the tables of options and commands say, for people. On stdout (output.h).
 */
#ifndef TOOLS_CLI_HELP_H
#define TOOLS_CLI_HELP_H

#include "tools/cli/options.h"
#include "tools/cli/text.h"

/* A screen of 24 lines and 80 columns. */
void help_essential(void);
/* All of it. */
void help_all(void);

/* A token of a format (render.h), an exit status, a variable of the environment, ... */
struct explained {
	const char *name, *help;
};
/* Each ends with a NULL name. */
extern const struct explained help_tokens[];
extern const struct explained help_statuses[];
extern const struct explained help_variables[];
extern const struct explained help_examples[];

#endif
