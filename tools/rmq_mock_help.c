/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/rmq_mock_help.h"

#include <string.h>

enum { TEXT_COLUMN = 31, LINE_WIDTH = 80 };

static const struct command commands[] = {
	{"cluster", MB_CLUSTER, "name servers and brokers in one process", false},
	{"exec", MB_CLUSTER, "the same as long as a command runs", true},
	{"namesrv", MB_NAMESRV, "one name server", false},
	{"broker", MB_BROKER, "one broker, by its own settings", false},
};

const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < RMQI_COUNT(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

void flag_of_name(const char *name, char out[FLAG_MAX])
{
	size_t len = 0;

	for (const char *c = name; *c && len < FLAG_MAX - 2; c++) {
		bool is_upper = *c >= 'A' && *c <= 'Z';

		if (is_upper)
			out[len++] = '-';
		out[len++] = (char)(is_upper ? *c - 'A' + 'a' : *c);
	}
	out[len] = '\0';
}

void flag_of(const struct rmq_mock_option *row, char out[FLAG_MAX])
{
	flag_of_name(row->name, out);
}

/* The words of `text` behind `column`; the column behind the last one. */
static int print_words(const char *text, int column, FILE *out)
{
	while (*text) {
		int len = (int)strcspn(text, " ");

		if (column + 1 + len > LINE_WIDTH) {
			fprintf(out, "\n%*s", TEXT_COLUMN, "");
			column = TEXT_COLUMN;
		}
		column += fprintf(out, " %.*s", len, text);
		text += len;
		text += strspn(text, " ");
	}
	return column;
}

void print_item(const char *left, const char *help, const char *values, FILE *out)
{
	int column = fprintf(out, "%-*s", TEXT_COLUMN, left);

	/* One that is too long has a line of its own. */
	if (column > TEXT_COLUMN)
		fprintf(out, "\n%*s", TEXT_COLUMN, "");
	print_words(values, print_words(help, TEXT_COLUMN, out), out);
	fputc('\n', out);
}

static void print_option(const struct rmq_mock_option *row, FILE *out)
{
	char flag[FLAG_MAX], left[2 * FLAG_MAX], values[128] = "";

	flag_of(row, flag);
	snprintf(left, sizeof(left), "  %c%c%c --%s%s%s", row->letter ? '-' : ' ',
		 row->letter ? row->letter : ' ', row->letter ? ',' : ' ', flag,
		 row->argument ? " " : "", row->argument ? row->argument : "");
	if (row->type.kind == RMQI_SETTING_INTEGER && !row->otherwise[0])
		snprintf(values, sizeof(values), "(%s)", row->range);
	else if (row->type.kind == RMQI_SETTING_INTEGER)
		snprintf(values, sizeof(values), "(%s, default %s)", row->range, row->otherwise);
	else if (row->type.kind == RMQI_SETTING_STRING && row->otherwise[0])
		snprintf(values, sizeof(values), "(default %s)", row->otherwise);
	print_item(left, row->help, values, out);
}

/* Those that every command has, or the others. */
static void print_options(unsigned where, bool is_common, FILE *out)
{
	for (size_t i = 0; i < MB_OPTION_COUNT; i++) {
		const struct rmq_mock_option *row = mb_option_at(i);
		bool has_all = (row->where & MB_SERVERS) == MB_SERVERS;

		if ((row->where & where) && has_all == is_common)
			print_option(row, out);
	}
}

void print_help(unsigned where, FILE *out)
{
	fputs("rmq-mock - Apache RocketMQ name server and broker for tests\n\nusage:\n", out);
	for (size_t i = 0; i < RMQI_COUNT(commands); i++)
		if (commands[i].where & where)
			fprintf(out, "  rmq-mock %-7s [options]%s   %s\n", commands[i].name,
				commands[i].is_exec ? " [--] CMD..." : "", commands[i].purpose);
	if (where & MB_CLUSTER)
		fputs("  rmq-mock ctl     VERB...               asks and changes a cluster that runs\n", out);
	fputs("  rmq-mock [COMMAND] --help | --version\n", out);
	for (size_t i = 0; i < RMQI_COUNT(commands); i++) {
		if (!(commands[i].where & where) || commands[i].is_exec)
			continue;
		fprintf(out, "\n%s%s:\n", commands[i].name,
			commands[i].where == MB_CLUSTER ? ", exec" : "");
		print_options(commands[i].where, false, out);
	}
	fputs("\nall:\n", out);
	print_options(where, true, out);
	print_item("  -v", "Log to stderr; twice: every request.", "", out);
	fputs("\nWhen it is ready, the first line on stdout is NAMESRV_ADDR=host:port[;host:port]\n"
	      "(broker: BROKER_ADDR=host:port); RMQ_MOCK_CONTROL=http://host:port and\n"
	      "METRICS_ADDR=host:port follow if there are such places. SIGTERM and SIGINT end it cleanly, a second signal at once. SIGHUP opens the\n"
	      "log file anew and takes brokerIP1 and advertisedPort from the broker's file. Exit\n"
	      "status: 0 after a clean end, 1 when it cannot start, 2 for wrong usage.\n"
	      "\nexec starts a cluster, runs CMD with NAMESRV_ADDR and RMQ_MOCK_CONTROL in its\n"
	      "environment, passes signals on, ends the cluster with the command and has the exit\n"
	      "status of the command: 128 and the number of the signal that ended it, 127 when there\n"
	      "is none, 126 when it cannot run.\n",
	      out);
}

bool print_owners(const char *name, unsigned without, FILE *out)
{
	for (size_t i = 0; i < MB_OPTION_COUNT; i++) {
		const struct rmq_mock_option *row = mb_option_at(i);
		char flag[FLAG_MAX];

		flag_of(row, flag);
		if (strcmp(flag, name) != 0 || !(row->where & MB_SERVERS) || (row->where & without))
			continue;
		fprintf(out, "--%s belongs to", name);
		for (size_t j = 0; j < RMQI_COUNT(commands); j++)
			if ((commands[j].where & row->where) && !commands[j].is_exec)
				fprintf(out, " 'rmq-mock %s',", commands[j].name);
		fputc(' ', out);
		return true;
	}
	return false;
}
