/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/confirm.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "tools/cli/complain.h"
#include "tools/cli/stop.h"

/* The first byte of the line; 0: none came. */
static char read_answer(void)
{
	char line[64] = "";

	if (!stop_wait_for(STDIN_FILENO, POLLIN, -1))
		return 0;
	return read(STDIN_FILENO, line, sizeof(line)) > 0 ? line[0] : 0;
}

bool confirm_can_ask(void)
{
	return isatty(STDIN_FILENO);
}

bool confirm(const struct args *a, const char *what, int *status)
{
	char answer;

	if (args_has(a, OPTION_yes))
		return true;
	if (!confirm_can_ask()) {
		*status = wrong_usage("%s: --yes is wanted, as nobody can be asked", what);
		return false;
	}
	fprintf(stderr, "%s? [y/N] ", what);
	fflush(stderr);
	answer = read_answer();
	if (answer == 'y' || answer == 'Y')
		return true;
	complain("nothing was done");
	*status = CLI_FAILED;
	return false;
}
