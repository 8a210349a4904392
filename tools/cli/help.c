/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/help.h"

#include <stdio.h>
#include <string.h>

#include "tools/cli/commands.h"
#include "tools/cli/output.h"

enum { TEXT_COLUMN = 28, LINE_WIDTH = 79 };

const struct explained help_tokens[] = {
	{"%s %S %R", "the body; its length; the same as 4 bytes, the highest first"},
	{"%x %b", "the body as hexadecimal digits; as base64"},
	{"%k %g", "keys; tag"},
	{"%h %{h:NAME}", "all properties, a=b,c=d; the value of one"},
	{"%t %B %p", "topic; broker; number of the queue"},
	{"%o %O", "offset in the queue; in the commit log"},
	{"%i %I", "offset id; unique id"},
	{"%T %{T:FORMAT}", "when it was born: ms since 1970; as strftime has it, UTC"},
	{"%W %{W:FORMAT}", "when it was stored"},
	{"%r %a", "how often it was delivered again; where it was born"},
	{"%% \\n \\t \\r \\0 \\xNN", "a percent sign; bytes"},
	{NULL, NULL},
};

const struct explained help_statuses[] = {
	{"0", "done"},
	{"1", "failed"},
	{"2", "wrong usage, or no name server was given"},
	{"3", "some of the messages were not sent; stderr tells how many. When none was: what the first failure says"},
	{"4", "fewer messages came than --require, or than -c before the time was over"},
	{"5", "access denied"},
	{"6", "no name server or no broker could be reached"},
	{"130", "ended by SIGINT or SIGTERM: what was read is sent, what was printed is committed, the group is left. A "
		"second signal ends it at once"},
	{NULL, NULL},
};

const struct explained help_variables[] = {
	{"NAMESRV_ADDR", "name servers, when -n does not say them"},
	{"RMQ_ACCESS_KEY", "the account, when --ak does not say it"},
	{"RMQ_SECRET_KEY", "its secret, when --sk-file does not say where it is"},
	{"RMQ_SECURITY_TOKEN", "the token of temporary keys"},
	{"RMQ_CLI_CONFIG", "the file of keys that is read without -F"},
	{NULL, NULL},
};

const struct explained help_examples[] = {
	{"seq 10 | rmq-cli -P -t orders -T paid", "send ten messages with a tag"},
	{"rmq-cli -C -t orders -o -5 -e", "print the last five of each queue"},
	{"rmq-cli -C -t orders -o s@-15m -J | jq .body", "follow, from a quarter of an hour ago on"},
	{"rmq-cli -C -t a -e -J | rmq-cli -P -t b --json-in", "copy a topic, keys and properties included"},
	{"rmq-cli -G billing -t orders -c 1", "take one message as a member of the group"},
	{"rmq-cli group lag billing --watch", "see how far it is behind, and when it will have caught up"},
	{"rmq-cli group reset billing -t orders --to -1h --dry-run", "see what going back an hour would mean"},
	{NULL, NULL},
};

static bool is_end(const char *c)
{
	return c[0] == '.' && (c[1] == '\0' || c[1] == ' ');
}

/* The words of `text` from TEXT_COLUMN on; the first line has come to `column`. */
static void add_words(struct text *out, const char *text, int column)
{
	while (*text) {
		int len = (int)strcspn(text, " ");

		if (column + 1 + len > LINE_WIDTH && column > TEXT_COLUMN) {
			text_addf(out, "\n%*s", TEXT_COLUMN, "");
			column = TEXT_COLUMN;
		}
		text_addf(out, " %.*s", len, text);
		column += len + 1;
		text += len;
		text += strspn(text, " ");
	}
	text_addc(out, '\n');
}

static void add_left(struct text *out, const char *left)
{
	text_addf(out, "%-*s", TEXT_COLUMN, left);
	/* One that is too long has a line of its own. */
	if (strlen(left) > TEXT_COLUMN)
		text_addf(out, "\n%*s", TEXT_COLUMN, "");
}

static void add_row(struct text *out, const struct option_row *row, bool is_short)
{
	char left[128], help[128];
	const char *between = row->kind == OPTION_OPTIONAL_DURATION ? "[=" : row->argument[0] ? " " : "";
	size_t len = 0;

	snprintf(left, sizeof(left), "  %c%c%c --%s%s%s%s", row->letter ? '-' : ' ',
		 row->letter ? row->letter : ' ', row->letter ? ',' : ' ', row->name, between,
		 row->argument, between[0] == '[' ? "]" : "");
	add_left(out, left);
	if (!is_short) {
		add_words(out, row->help, TEXT_COLUMN);
		return;
	}
	while (row->help[len] && !is_end(row->help + len))
		len++;
	snprintf(help, sizeof(help), "%.*s", (int)len, row->help);
	add_words(out, help, TEXT_COLUMN);
}

static void add_usage(struct text *out)
{
	text_adds(out, "rmq-cli - Apache RocketMQ from a shell\n"
		       "  rmq-cli -P|-C|-L|-Q|-G GROUP [options] [TOPIC] [FILE...]\n"
		       "  rmq-cli NOUN VERB   NOUN:");
}

static void add_nouns(struct text *out)
{
	const struct command *c;
	const char *last = "";

	for (size_t i = 0; (c = command_at(i)); i++) {
		if (strcmp(last, c->noun) != 0)
			text_addf(out, " %s", c->noun);
		last = c->noun;
	}
	text_addc(out, '\n');
}

static void print(struct text *out)
{
	output_take(out);
	text_free(out);
}

void help_essential(void)
{
	const struct option_row *row;
	struct text out = {0};

	add_usage(&out);
	add_nouns(&out);
	for (size_t i = 0; (row = option_row(i)); i++)
		if (row->is_essential)
			add_row(&out, row, true);
	print(&out);
}

static void add_explained(struct text *out, const char *title, const struct explained *e)
{
	text_addf(out, "\n%s\n", title);
	for (; e->name; e++) {
		char left[128];

		snprintf(left, sizeof(left), "  %s", e->name);
		add_left(out, left);
		add_words(out, e->help, TEXT_COLUMN);
	}
}

static void add_commands(struct text *out)
{
	const struct command *c;

	text_adds(out, "\nCommands\n");
	for (size_t i = 0; (c = command_at(i)); i++) {
		char left[128];

		snprintf(left, sizeof(left), "  %s %s %s", c->noun, c->verb, c->words);
		add_left(out, left);
		add_words(out, c->help, TEXT_COLUMN);
	}
}

void help_all(void)
{
	const struct option_row *row;
	struct text out = {0};
	enum option_section section = SECTION_COUNT;

	add_usage(&out);
	add_nouns(&out);
	for (size_t i = 0; (row = option_row(i)); i++) {
		if (row->section != section)
			text_addf(&out, "\n%s\n", section_title(row->section));
		section = row->section;
		add_row(&out, row, false);
	}
	add_commands(&out);
	add_explained(&out, "Formats (-f)", help_tokens);
	add_explained(&out, "Exit status", help_statuses);
	add_explained(&out, "Environment", help_variables);
	add_explained(&out, "Examples", help_examples);
	print(&out);
}
