/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/rmq_mock_ctl_help.h"

#include <string.h>

#include "mock-broker/rules/fault.h"
#include "tools/rmq_mock_help.h"

enum { LEFT_MAX = 160 };

/* "  topic create TOPIC" */
static void print_verb(const struct mb_operation *o, FILE *out)
{
	char left[LEFT_MAX], flag[FLAG_MAX];
	const struct mb_param *p;
	size_t at = 0;
	int len = snprintf(left, sizeof(left), "  %s", o->verb);

	while ((p = mb_operation_param(o, &at)) != NULL && len < LEFT_MAX - FLAG_MAX) {
		flag_of_name(p->name, flag);
		if (p->is_required)
			len += snprintf(left + len, LEFT_MAX - (size_t)len, " <%s>", flag);
	}
	if (o->extra == MB_EXTRA_FAULT)
		snprintf(left + len, LEFT_MAX - (size_t)len, " --KEY VALUE...");
	print_item(left, o->help, "", out);
}

static void print_param(const struct mb_param *p, FILE *out)
{
	char left[LEFT_MAX], flag[FLAG_MAX];

	flag_of_name(p->name, flag);
	if (p->is_required)
		snprintf(left, sizeof(left), "  <%s>", flag);
	else
		snprintf(left, sizeof(left), "  --%s%s%s", flag,
			 p->kind == MB_PARAM_BOOLEAN ? "" : " ",
			 p->kind == MB_PARAM_BOOLEAN ? "" : mb_param_kind_name(p->kind));
	print_item(left, p->help, "", out);
}

static void print_selectors(FILE *out)
{
	char left[LEFT_MAX], flag[FLAG_MAX];
	const struct mb_select_row *selector;

	for (size_t i = 0; (selector = mb_select_at(i)) != NULL; i++) {
		flag_of_name(selector->name, flag);
		snprintf(left, sizeof(left), "  --%s %s", flag, selector->range);
		print_item(left, selector->help, "", out);
	}
}

/* What a fault rule may say. */
static void print_keys(FILE *out)
{
	char left[LEFT_MAX], flag[FLAG_MAX];
	const struct mb_fault_row *row;

	fputs("\nA rule as JSON, or by its keys:\n", out);
	print_selectors(out);
	for (size_t i = 0; (row = mb_fault_at(i)) != NULL; i++) {
		bool is_switch = row->type.kind == RMQI_SETTING_BOOLEAN;

		flag_of_name(row->name, flag);
		snprintf(left, sizeof(left), "  --%s%s%s", flag, is_switch ? "" : " ",
			 is_switch ? "" : row->range);
		print_item(left, row->help, "", out);
	}
}

static void print_all(FILE *out)
{
	const struct mb_operation *o;

	fputs("rmq-mock ctl - asks and changes a cluster that runs with --control\n\nusage:\n"
	      "  rmq-mock ctl [options] VERB [arguments]\n"
	      "  rmq-mock ctl [VERB] --help\n\nverbs:\n",
	      out);
	for (size_t i = 0; (o = mb_operation_at(i)) != NULL; i++)
		if (o->verb[0])
			print_verb(o, out);
	fputs("\nA broker is a node: 'broker stop broker-a' is 'node stop broker-a'.\n\noptions:\n", out);
	print_item("  --control HOST:PORT", "Where its control plane is. Default: RMQ_MOCK_CONTROL of the "
					     "environment, which 'rmq-mock exec' sets.",
		   "", out);
	print_item("  -J, --json", "Print the answer as it came, as JSON.", "", out);
	fputs("\nExit status: 0, 1 when the cluster refuses, 2 for wrong usage, 3 when it cannot be\n"
	      "reached, 4 when what was waited for did not come in time.\n",
	      out);
}

void ctl_print_help(const struct mb_operation *o, FILE *out)
{
	const struct mb_param *p;
	size_t at = 0;

	if (!o) {
		print_all(out);
		return;
	}
	fputs("usage: rmq-mock ctl [options]\n", out);
	print_verb(o, out);
	fprintf(out, "\nOver HTTP: %s %s\n", o->method, o->path);
	while ((p = mb_operation_param(o, &at)) != NULL)
		print_param(p, out);
	if (o->extra == MB_EXTRA_FAULT)
		print_keys(out);
	if (o->extra == MB_EXTRA_FILTER) {
		fputs("\nOf which requests, as flags or as KEY=VALUE:\n", out);
		print_selectors(out);
	}
}
