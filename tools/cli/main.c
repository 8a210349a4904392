/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - rmq-cli: sends, prints, looks and repairs from a shell. By the public headers only.
 *
 * A mode (-P, -C, -G, -L, -Q) or a sub-command (commands.def). With a topic and neither of them: -P when stdin is
 * no terminal, else -C, as kcat has it.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rocketmq/version.h>

#include "tools/cli/args.h"
#include "tools/cli/client.h"
#include "tools/cli/commands.h"
#include "tools/cli/complain.h"
#include "tools/cli/help.h"
#include "tools/cli/modes.h"
#include "tools/cli/output.h"
#include "tools/cli/stop.h"

typedef int (*run_fn)(const struct args *a);

static const struct {
	enum option_id id;
	enum place place;
	run_fn run;
} modes[] = {
	{OPTION_produce, PLACE_PRODUCE, run_produce}, {OPTION_consume, PLACE_CONSUME, run_consume},
	{OPTION_group, PLACE_MEMBER, run_member},     {OPTION_list, PLACE_LIST, run_list},
	{OPTION_query, PLACE_QUERY, run_query},
};

enum { MODE_COUNT = sizeof(modes) / sizeof(modes[0]) };

/* -1, and *run and a->place; else the exit status. NULL: no mode is named. */
static int find_mode(struct args *a, run_fn *run)
{
	for (size_t i = 0; i < MODE_COUNT; i++) {
		if (!args_has(a, modes[i].id))
			continue;
		if (a->place)
			return wrong_usage("%s and %s exclude each other",
					   place_name((enum place)a->place),
					   place_name(modes[i].place));
		a->place = modes[i].place;
		*run = modes[i].run;
	}
	return -1;
}

/* As find_mode, of a command line that names none. */
static int find_other(struct args *a, run_fn *run)
{
	const struct command *command;
	int status;

	if (args_has(a, OPTION_topic) && !a->word_count) {
		bool is_terminal = isatty(STDIN_FILENO);

		a->place = is_terminal ? PLACE_CONSUME : PLACE_PRODUCE;
		*run = is_terminal ? run_consume : run_produce;
		return -1;
	}
	if (!a->word_count)
		return wrong_usage("a mode (-P -C -G -L -Q) or a command is wanted");
	status = command_find(a, &command);
	if (status < 0)
		*run = command->run;
	return status;
}

static int find(struct args *a, run_fn *run)
{
	int status = find_mode(a, run);

	if (status < 0 && !*run)
		status = find_other(a, run);
	return status < 0 ? args_check_place(a) : status;
}

/* What needs neither a mode nor a cluster. True, and *status. */
static bool answer(const struct args *a, int *status)
{
	*status = CLI_OK;
	if (args_has(a, OPTION_help))
		help_essential();
	else if (args_has(a, OPTION_help_all))
		help_all();
	else if (args_has(a, OPTION_version))
		output_add("rmq-cli " RMQ_VERSION_STRING "\n",
			   sizeof("rmq-cli " RMQ_VERSION_STRING "\n") - 1);
	else
		return client_print_keys(a, status);
	return true;
}

static int run(struct args *a)
{
	run_fn chosen = NULL;
	int status;

	if (answer(a, &status))
		return status;
	status = find(a, &chosen);
	if (status >= 0)
		return status;
	if (a->place & (PLACE_PRODUCE | PLACE_CONSUME | PLACE_MEMBER))
		stop_after(args_duration(a, OPTION_timeout, -1));
	status = chosen(a);
	return stop_by_signal() ? CLI_INTERRUPTED : status;
}

int main(int argc, char **argv)
{
	struct args a;
	int status;

	if (!stop_init()) {
		complain("no descriptor is left");
		return CLI_FAILED;
	}
	status = args_parse(&a, argc, argv);
	if (status < 0) {
		if (args_has(&a, OPTION_quiet))
			warn_never();
		status = run(&a);
	}
	args_free(&a);
	return output_end(status);
}
