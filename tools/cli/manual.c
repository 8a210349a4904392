/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manual.c - the manual page, doc/rmq-cli.1, of the same tables as the help ("rmq-cli completion man").
 */
#include <string.h>

#include "tools/cli/commands.h"
#include "tools/cli/complain.h"
#include "tools/cli/help.h"
#include "tools/cli/output.h"

/* For roff: a dash that stays one, a backslash, and no request at the start of a line. */
static void add(struct text *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		text_adds(out, "\\&");
	for (; *text; text++) {
		if (*text == '-' || *text == '\\')
			text_addc(out, '\\');
		text_addc(out, *text == '\\' ? 'e' : *text);
	}
}

static void add_line(struct text *out, const char *text)
{
	add(out, text);
	text_addc(out, '\n');
}

static void add_option(struct text *out, const struct option_row *row)
{
	text_adds(out, ".TP\n\\fB");
	if (row->letter)
		text_addf(out, "\\-%c\\fR, \\fB", row->letter);
	text_adds(out, "\\-\\-");
	add(out, row->name);
	text_adds(out, "\\fR");
	if (row->kind == OPTION_OPTIONAL_DURATION)
		text_adds(out, "[=");
	else if (row->argument[0])
		text_addc(out, ' ');
	text_adds(out, "\\fI");
	add(out, row->argument);
	text_adds(out, "\\fR");
	text_adds(out, row->kind == OPTION_OPTIONAL_DURATION ? "]\n" : "\n");
	add_line(out, row->help);
}

static void add_options(struct text *out)
{
	const struct option_row *row;
	enum option_section section = SECTION_COUNT;

	text_adds(out, ".SH OPTIONS\n");
	for (size_t i = 0; (row = option_row(i)); i++) {
		if (row->section != section)
			text_addf(out, ".SS \"%s\"\n", section_title(row->section));
		section = row->section;
		add_option(out, row);
	}
}

static void add_commands(struct text *out)
{
	const struct command *c;

	text_adds(out, ".SH COMMANDS\n");
	for (size_t i = 0; (c = command_at(i)); i++) {
		text_adds(out, ".TP\n\\fB");
		add(out, c->noun);
		text_adds(out, c->verb[0] ? " " : "");
		add(out, c->verb);
		text_adds(out, "\\fR \\fI");
		add(out, c->words);
		text_adds(out, "\\fR\n");
		add_line(out, c->help);
	}
}

static void add_explained(struct text *out, const char *title, const struct explained *e)
{
	text_addf(out, ".SH \"%s\"\n", title);
	for (; e->name; e++) {
		text_adds(out, ".TP\n");
		text_adds(out, "\\fB");
		add(out, e->name);
		text_adds(out, "\\fR\n");
		add_line(out, e->help);
	}
}

int run_manual(const struct args *a)
{
	struct text out = {0};

	(void)a;
	text_adds(&out, ".\\\" SPDX-License-Identifier: Apache-2.0\n"
			".\\\" Made of the tables of tools/cli by make update-docs.\n"
			".TH RMQ\\-CLI 1 \"\" \"rocketmq-c\" \"User Commands\"\n"
			".SH NAME\nrmq\\-cli \\- Apache RocketMQ from a shell\n"
			".SH SYNOPSIS\n"
			".B rmq\\-cli \\-P\n.RI [ options ]\n.RI [ TOPIC ]\n.RI [ FILE ...]\n.br\n"
			".B rmq\\-cli \\-C\n.RI [ options ]\n.RI [ TOPIC ]\n.br\n"
			".B rmq\\-cli \\-G\n.I GROUP\n.RI [ options ]\n.IR TOPIC ...\n.br\n"
			".B rmq\\-cli \\-L\n|\n.B \\-Q\n.RI [ options ]\n.br\n"
			".B rmq\\-cli\n.I NOUN VERB\n.RI [ options ]\n"
			".SH DESCRIPTION\n"
			"Sends messages (\\-P), prints those of a topic (\\-C), is a member of a group (\\-G), "
			"lists what there is (\\-L), tells offsets (\\-Q), and administers.\n"
			"Without a mode, and with a topic (\\-t), it is \\-P when stdin is no terminal, "
			"else \\-C.\n.PP\n"
			"Standard output has data and nothing else; with \\-J it is JSON, an object a line.\n");
	add_options(&out);
	add_commands(&out);
	add_explained(&out, "FORMATS", help_tokens);
	add_explained(&out, "EXIT STATUS", help_statuses);
	add_explained(&out, "ENVIRONMENT", help_variables);
	add_explained(&out, "EXAMPLES", help_examples);
	text_adds(&out, ".SH \"SEE ALSO\"\n.BR rmq\\-mock (1)\n");
	output_take(&out);
	text_free(&out);
	return CLI_OK;
}
