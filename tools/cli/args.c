/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/args.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/complain.h"
#include "tools/cli/nearest.h"
#include "tools/cli/values.h"

enum { LONG_ONLY = 256 }; /* the first id that is no letter */

/* The table as getopt_long wants it. */
struct table {
	struct option longs[OPTION_COUNT + 1];
	char letters[3 * OPTION_COUNT + 2];
};

static int argument_of(const struct option_row *row)
{
	switch (row->kind) {
	case OPTION_FLAG:
	case OPTION_REPEATED:
		return no_argument;
	case OPTION_OPTIONAL_DURATION:
		return optional_argument;
	default:
		return required_argument;
	}
}

static void make_table(struct table *t)
{
	const struct option_row *row;
	size_t len = 0;

	memset(t, 0, sizeof(*t));
	t->letters[len++] = ':'; /* we say ourselves what is wrong */
	for (int i = 0; (row = option_row((size_t)i)); i++) {
		t->longs[i] = (struct option){row->name, argument_of(row), NULL, LONG_ONLY + i};
		if (!row->letter)
			continue;
		t->letters[len++] = (char)row->letter;
		if (argument_of(row) == required_argument)
			t->letters[len++] = ':';
	}
}

static int id_of(int got)
{
	const struct option_row *row;

	if (got >= LONG_ONLY)
		return got - LONG_ONLY;
	for (int i = 0; (row = option_row((size_t)i)); i++)
		if (row->letter == got)
			return i;
	return -1;
}

/* --- What is wrong with it ------------------------------------------------------------------------ */

static int refuse_unknown(const char *given, int letter)
{
	const char *names[OPTION_COUNT];
	const char *near;
	char name[64];

	if (letter && letter < LONG_ONLY)
		return wrong_usage("there is no option -%c", letter);
	given += strspn(given, "-");
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(given, "="), given);
	for (size_t i = 0; i < OPTION_COUNT; i++)
		names[i] = option_row(i)->name;
	near = nearest(name, names, OPTION_COUNT);
	if (letter)
		return wrong_usage("--%s takes no argument", name);
	if (near)
		return wrong_usage("there is no option --%s; did you mean --%s?", name, near);
	return wrong_usage("there is no option --%s, or it is short for several", name);
}

static int refuse_value(const struct option_row *row, const char *value)
{
	switch (row->kind) {
	case OPTION_NUMBER:
		return wrong_usage("--%s: a number is wanted, not '%s'", row->name, value);
	case OPTION_DURATION:
	case OPTION_OPTIONAL_DURATION:
		return wrong_usage("--%s: a time such as 200ms, 5s or 2h is wanted, not '%s'",
				   row->name, value);
	case OPTION_TIME:
		return wrong_usage("--%s: ms since 1970, 2026-01-31T12:00:00Z, or +15m is wanted, "
				   "not '%s'",
				   row->name, value);
	case OPTION_CHOICE:
		return wrong_usage("--%s: %s is wanted, not '%s'", row->name, row->argument, value);
	default:
		return wrong_usage("--%s: it is empty", row->name);
	}
}

static bool is_fit(const struct option_row *row, const char *value)
{
	int64_t unused;

	switch (row->kind) {
	case OPTION_NUMBER:
		return value_number(value, 0, INT64_MAX, &unused);
	case OPTION_DURATION:
		return value_duration(value, &unused);
	case OPTION_OPTIONAL_DURATION:
		return !value || value_duration(value, &unused);
	case OPTION_TIME:
		return value_time(value, value_now(), &unused);
	case OPTION_CHOICE:
		return value_choice(value, row->argument) >= 0;
	case OPTION_TEXT:
	case OPTION_LIST:
	case OPTION_FILE:
		return value[0] != '\0';
	default:
		return true;
	}
}

/* -1, or the exit status. */
static int take(struct args *a, int id, char *value)
{
	const struct option_row *row = option_row((size_t)id);

	if (row->kind == OPTION_SECRET) {
		explicit_bzero(value, strlen(value));
		return wrong_usage("--%s is refused: other users see the arguments of a process. "
				   "Use --sk-file or RMQ_SECRET_KEY",
				   row->name);
	}
	if (!is_fit(row, value))
		return refuse_value(row, value);
	a->given[a->count++] = (struct given){(enum option_id)id, value};
	return -1;
}

int args_parse(struct args *a, int argc, char **argv)
{
	struct table t;
	int status = -1, got;

	memset(a, 0, sizeof(*a));
	/* A cluster of letters is at most as long as its argument. */
	for (int i = 0; i < argc; i++)
		a->count += strlen(argv[i]) + 1;
	a->given = calloc(a->count + 1, sizeof(*a->given));
	a->count = 0;
	if (!a->given) {
		complain("out of memory");
		return CLI_FAILED;
	}
	make_table(&t);
	opterr = 0;
	while (status < 0 && (got = getopt_long(argc, argv, t.letters, t.longs, NULL)) != -1) {
		if (got == ':')
			status = wrong_usage("%s: an argument is wanted", argv[optind - 1]);
		else if (got == '?')
			status = refuse_unknown(argv[optind - 1], optopt);
		else
			status = take(a, id_of(got), optarg);
	}
	a->words = argv + optind;
	a->word_count = (size_t)(argc - optind);
	return status;
}

int args_check_place(const struct args *a)
{
	for (size_t i = 0; i < a->count; i++) {
		const struct option_row *row = option_row(a->given[i].id);
		char places[128] = "";
		size_t len = 0;

		if (row->places & a->place)
			continue;
		for (unsigned place = 1; place < PLACE_ALL; place <<= 1)
			if (row->places & place)
				len += (size_t)snprintf(places + len, sizeof(places) - len, "%s%s",
							len ? ", " : "",
							place_name((enum place)place));
		return wrong_usage("--%s belongs to %s, not to %s", row->name, places,
				   place_name((enum place)a->place));
	}
	return -1;
}

void args_free(struct args *a)
{
	free(a->given);
	a->given = NULL;
}

/* --- What was given ------------------------------------------------------------------------------- */

size_t args_times(const struct args *a, enum option_id id)
{
	size_t times = 0;

	for (size_t i = 0; i < a->count; i++)
		times += a->given[i].id == id;
	return times;
}

bool args_has(const struct args *a, enum option_id id)
{
	return args_times(a, id) > 0;
}

const char *args_text(const struct args *a, enum option_id id)
{
	for (size_t i = a->count; i > 0; i--)
		if (a->given[i - 1].id == id)
			return a->given[i - 1].value;
	return NULL;
}

const char *args_next(const struct args *a, enum option_id id, size_t *at)
{
	while (*at < a->count) {
		const struct given *g = &a->given[(*at)++];

		if (g->id == id)
			return g->value;
	}
	return NULL;
}

int64_t args_number(const struct args *a, enum option_id id, int64_t otherwise)
{
	const char *text = args_text(a, id);
	int64_t number = otherwise;

	if (text)
		(void)value_number(text, 0, INT64_MAX, &number);
	return number;
}

int64_t args_duration(const struct args *a, enum option_id id, int64_t otherwise)
{
	const char *text = args_text(a, id);
	int64_t ms = otherwise;

	if (text)
		(void)value_duration(text, &ms);
	return ms;
}

int64_t args_time(const struct args *a, enum option_id id, int64_t otherwise)
{
	const char *text = args_text(a, id);
	int64_t ms = otherwise;

	if (text)
		(void)value_time(text, value_now(), &ms);
	return ms;
}

int args_choice(const struct args *a, enum option_id id)
{
	const char *text = args_text(a, id);

	return text ? value_choice(text, option_row(id)->argument) : -1;
}

bool args_within(const struct args *a, enum option_id id, int64_t min, int64_t max)
{
	int64_t number = args_number(a, id, min);

	if (number >= min && number <= max)
		return true;
	wrong_usage("--%s: %lld .. %lld is wanted, not %lld", option_row(id)->name, (long long)min,
		    (long long)max, (long long)number);
	return false;
}
