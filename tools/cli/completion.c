/* SPDX-License-Identifier: Apache-2.0 */
/*
 * completion.c - completions of bash, zsh and fish, of the tables of options and commands.
 *
 * Nouns are completed where the first word stands, verbs behind them, options behind a dash, the words of a choice
 * and files behind options that want them.
 */
#include <string.h>

#include "tools/cli/commands.h"
#include "tools/cli/complain.h"
#include "tools/cli/options.h"
#include "tools/cli/output.h"

static bool has_argument(const struct option_row *row)
{
	return row->argument[0] && row->kind != OPTION_OPTIONAL_DURATION;
}

static int end(struct text *out)
{
	output_take(out);
	text_free(out);
	return CLI_OK;
}

/* "a b c" of "a|b|c". */
static void add_words(struct text *out, const char *words)
{
	for (; *words; words++)
		text_addc(out, *words == '|' ? ' ' : *words);
}

/* Between single quotes of a shell; fish has an escape for them, the others end and begin anew. */
static void add_quoted(struct text *out, const char *text, const char *quote)
{
	for (; *text; text++) {
		if (*text == '\'')
			text_adds(out, quote);
		else
			text_addc(out, *text);
	}
}

static bool is_new_noun(size_t i)
{
	return i == 0 || strcmp(command_at(i - 1)->noun, command_at(i)->noun) != 0;
}

static void add_nouns(struct text *out)
{
	const struct command *c;

	for (size_t i = 0; (c = command_at(i)); i++)
		if (is_new_noun(i))
			text_addf(out, "%s%s", i ? " " : "", c->noun);
}

static void add_verbs(struct text *out, const char *noun)
{
	const struct command *c;

	for (size_t i = 0; (c = command_at(i)); i++)
		if (strcmp(c->noun, noun) == 0 && c->verb[0])
			text_addf(out, "%s ", c->verb);
}

/* --- bash -------------------------------------------------------------------------------------------- */

/* "--name|-x" of those of a kind, as a pattern of case; nothing when there is none. */
static bool add_pattern(struct text *out, enum option_kind kind)
{
	const struct option_row *row;
	bool is_first = true;

	for (size_t i = 0; (row = option_row(i)); i++) {
		if (row->kind != kind || !has_argument(row))
			continue;
		text_addf(out, "%s--%s", is_first ? "" : "|", row->name);
		if (row->letter)
			text_addf(out, "|-%c", row->letter);
		is_first = false;
	}
	return !is_first;
}

static void add_bash_values(struct text *out)
{
	static const enum option_kind free_kinds[] = {OPTION_TEXT, OPTION_LIST, OPTION_NUMBER,
						      OPTION_DURATION, OPTION_TIME};
	const struct option_row *row;

	for (size_t i = 0; (row = option_row(i)); i++) {
		if (row->kind != OPTION_CHOICE)
			continue;
		text_addf(out, "\t--%s", row->name);
		if (row->letter)
			text_addf(out, "|-%c", row->letter);
		text_adds(out, ") COMPREPLY=($(compgen -W '");
		add_words(out, row->argument);
		text_adds(out, "' -- \"$cur\")); return ;;\n");
	}
	text_addc(out, '\t');
	add_pattern(out, OPTION_FILE);
	text_adds(out, ") COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n");
	for (size_t i = 0; i < sizeof(free_kinds) / sizeof(free_kinds[0]); i++) {
		text_addc(out, '\t');
		add_pattern(out, free_kinds[i]);
		text_adds(out, ") return ;;\n");
	}
}

int run_completion_bash(const struct args *a)
{
	const struct option_row *row;
	const struct command *c;
	struct text out = {0};

	(void)a;
	text_adds(&out, "# bash completion of rmq-cli, made by rmq-cli completion bash\n"
			"_rmq_cli() {\n"
			"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
			"\tCOMPREPLY=()\n\tcase $prev in\n");
	add_bash_values(&out);
	text_adds(&out, "\tesac\n\tif [[ $cur == -* ]]; then\n\t\tCOMPREPLY=($(compgen -W '");
	for (size_t i = 0; (row = option_row(i)); i++)
		if (row->kind != OPTION_SECRET)
			text_addf(&out, "%s--%s", i ? " " : "", row->name);
	text_adds(&out, "' -- \"$cur\"))\n\t\treturn\n\tfi\n"
			"\tif ((COMP_CWORD == 1)); then\n\t\tCOMPREPLY=($(compgen -W '");
	add_nouns(&out);
	text_adds(&out, "' -- \"$cur\"))\n\t\treturn\n\tfi\n"
			"\tif ((COMP_CWORD == 2)); then\n\t\tcase $prev in\n");
	for (size_t i = 0; (c = command_at(i)); i++) {
		if (!is_new_noun(i))
			continue;
		text_addf(&out, "\t\t%s) COMPREPLY=($(compgen -W '", c->noun);
		add_verbs(&out, c->noun);
		text_adds(&out, "' -- \"$cur\")); return ;;\n");
	}
	text_adds(&out, "\t\tesac\n\tfi\n\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n}\n"
			"complete -o filenames -F _rmq_cli rmq-cli\n");
	return end(&out);
}

/* --- zsh --------------------------------------------------------------------------------------------- */

/* What _arguments reads: a colon and brackets would end it. */
static void add_zsh_help(struct text *out, const char *help)
{
	for (; *help; help++) {
		if (strchr("[]:\\", *help))
			text_addc(out, '\\');
		if (*help == '\'')
			text_adds(out, "'\\''");
		else
			text_addc(out, *help);
	}
}

static void add_zsh_value(struct text *out, const struct option_row *row)
{
	if (row->kind == OPTION_OPTIONAL_DURATION)
		text_adds(out, ":: :");
	else if (!has_argument(row))
		return;
	else if (row->kind == OPTION_FILE)
		text_adds(out, ": :_files");
	else if (row->kind == OPTION_CHOICE) {
		text_adds(out, ": :(");
		add_words(out, row->argument);
		text_addc(out, ')');
	} else {
		text_adds(out, ": :");
	}
}

static void add_zsh_option(struct text *out, const struct option_row *row)
{
	bool is_many = row->kind == OPTION_LIST || row->kind == OPTION_REPEATED;
	const char *star = is_many ? "*" : "";
	bool is_optional = row->kind == OPTION_OPTIONAL_DURATION;

	if (row->letter) {
		text_addf(out, "\t\t'%s-%c[", star, row->letter);
		add_zsh_help(out, row->help);
		text_addc(out, ']');
		add_zsh_value(out, row);
		text_adds(out, "' \\\n");
	}
	text_addf(out, "\t\t'%s--%s%s[", star, row->name,
		  is_optional         ? "=-"
		  : has_argument(row) ? "="
				      : "");
	add_zsh_help(out, row->help);
	text_addc(out, ']');
	add_zsh_value(out, row);
	text_adds(out, "' \\\n");
}

int run_completion_zsh(const struct args *a)
{
	const struct option_row *row;
	const struct command *c;
	struct text out = {0};

	(void)a;
	text_adds(&out, "#compdef rmq-cli\n# zsh completion of rmq-cli, made by rmq-cli completion zsh\n"
			"_rmq_cli_word() {\n\tcase $words[2] in\n");
	for (size_t i = 0; (c = command_at(i)); i++) {
		if (!is_new_noun(i))
			continue;
		text_addf(&out, "\t%s) compadd -- ", c->noun);
		add_verbs(&out, c->noun);
		text_adds(&out, ";;\n");
	}
	text_adds(&out, "\t*) _files ;;\n\tesac\n}\n_rmq_cli() {\n\t_arguments -s \\\n");
	for (size_t i = 0; (row = option_row(i)); i++)
		if (row->kind != OPTION_SECRET)
			add_zsh_option(&out, row);
	text_adds(&out, "\t\t'1: :(");
	add_nouns(&out);
	text_adds(&out, ")' \\\n\t\t'2: :_rmq_cli_word' \\\n\t\t'*: :_files'\n}\n"
			"if [ \"$funcstack[1]\" = _rmq_cli ]; then _rmq_cli \"$@\"; else compdef _rmq_cli "
			"rmq-cli; fi\n");
	return end(&out);
}

/* --- fish -------------------------------------------------------------------------------------------- */

static void add_fish_option(struct text *out, const struct option_row *row)
{
	text_adds(out, "complete -c rmq-cli");
	if (row->letter)
		text_addf(out, " -s %c", row->letter);
	text_addf(out, " -l %s", row->name);
	if (row->kind == OPTION_FILE)
		text_adds(out, " -r -F");
	else if (has_argument(row))
		text_adds(out, " -x");
	if (row->kind == OPTION_CHOICE) {
		text_adds(out, " -a '");
		add_words(out, row->argument);
		text_addc(out, '\'');
	}
	text_adds(out, " -d '");
	add_quoted(out, row->help, "\\'");
	text_adds(out, "'\n");
}

int run_completion_fish(const struct args *a)
{
	const struct option_row *row;
	const struct command *c;
	struct text out = {0};

	(void)a;
	text_adds(&out, "# fish completion of rmq-cli, made by rmq-cli completion fish\n");
	for (size_t i = 0; (row = option_row(i)); i++)
		if (row->kind != OPTION_SECRET)
			add_fish_option(&out, row);
	for (size_t i = 0; (c = command_at(i)); i++) {
		if (is_new_noun(i))
			text_addf(&out,
				  "complete -c rmq-cli -n __fish_use_subcommand -f -a %s\n", c->noun);
		if (!c->verb[0])
			continue;
		text_addf(&out, "complete -c rmq-cli -n '__fish_seen_subcommand_from %s' -f -a %s -d '",
			  c->noun, c->verb);
		add_quoted(&out, c->help, "\\'");
		text_adds(&out, "'\n");
	}
	return end(&out);
}
