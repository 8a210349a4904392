/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confirm.h - what cannot be undone is asked about first.
 */
#ifndef TOOLS_CLI_CONFIRM_H
#define TOOLS_CLI_CONFIRM_H

#include <stdbool.h>

#include "tools/cli/args.h"

/* "what? [y/N]" on a terminal; --yes answers it, and is needed where nobody can be asked. False: no, and it was
 * said; *status is the exit status. */
bool confirm(const struct args *a, const char *what, int *status);

/* Somebody sits there. */
bool confirm_can_ask(void);

#endif
