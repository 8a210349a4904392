/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/rmq_mock_ctl.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "codec/json.h"
#include "mock-broker/control/args.h"
#include "mock-broker/control/operation.h"
#include "mock-broker/json_text.h"
#include "mock-broker/rules/fault.h"
#include "tools/rmq_mock_ask.h"
#include "tools/rmq_mock_ctl_help.h"
#include "tools/rmq_mock_show.h"

enum {
	GIVEN_MAX = 64,
	NAME_MAX_LEN = 64,
	ANSWER_MS = 60 * 1000, /* besides what is asked to be waited for */
	TARGET_MAX = 64 * 1024
};

/* What the command line says. */
struct ctl {
	const char *control;
	bool is_json;
	const struct mb_operation *operation;
	struct {
		char name[NAME_MAX_LEN];
		const char *value;
	} given[GIVEN_MAX];
	size_t count;
	const char *text; /* the body as it is; NULL: made of what is given */
};

static int wrong_usage(const char *format, const char *value)
{
	fputs("rmq-mock ctl: ", stderr);
	fprintf(stderr, format, value);
	fputs("\nTry 'rmq-mock ctl --help'.\n", stderr);
	return CTL_USAGE;
}

/* --- The command line ----------------------------------------------------------------------------- */

/* "queue-id" is queueId. */
static void name_of(const char *flag, size_t len, char out[NAME_MAX_LEN])
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < NAME_MAX_LEN - 1; i++) {
		if (flag[i] != '-')
			out[n++] = flag[i];
		else if (i + 1 < len)
			out[n++] = (char)toupper((unsigned char)flag[++i]);
	}
	out[n] = '\0';
}

static const char *value_of(const struct ctl *c, const char *name)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->given[i].name, name) == 0)
			return c->given[i].value;
	return NULL;
}

static bool give(struct ctl *c, const char *name, const char *value)
{
	if (c->count == GIVEN_MAX)
		return false;
	snprintf(c->given[c->count].name, NAME_MAX_LEN, "%s", name);
	c->given[c->count++].value = value;
	return true;
}

static bool is_verb(const struct mb_operation *o, const char *text)
{
	return o->verb[0] && strcmp(o->verb, text) == 0;
}

static const struct mb_operation *find_verb(const char *text)
{
	const struct mb_operation *o;

	for (size_t i = 0; (o = mb_operation_at(i)) != NULL; i++)
		if (is_verb(o, text))
			return o;
	return NULL;
}

static int refuse_verb(const char *text)
{
	const struct mb_operation *o;
	struct rmqi_near near;

	rmqi_near_init(&near, rmqi_str(text));
	for (size_t i = 0; (o = mb_operation_at(i)) != NULL; i++)
		rmqi_near_try(&near, o->verb);
	if (near.name)
		fprintf(stderr, "Did you mean '%s'? ", near.name);
	return wrong_usage("there is no '%s'", text);
}

/* How many of the words are the verb; 0: none, and it is told. Brokers are nodes. */
static int take_verb(struct ctl *c, char **words, int count)
{
	const char *first = strcmp(words[0], "broker") == 0 ? "node" : words[0];
	char two[2 * NAME_MAX_LEN];

	snprintf(two, sizeof(two), "%s %s", first, count > 1 ? words[1] : "");
	c->operation = count > 1 ? find_verb(two) : NULL;
	if (c->operation)
		return 2;
	c->operation = find_verb(first);
	if (c->operation)
		return 1;
	refuse_verb(count > 1 ? two : first);
	return 0;
}

/* A key of a fault rule that is true or false. */
static bool is_fault_switch(const struct ctl *c, const char *name)
{
	const struct mb_fault_row *row = NULL;

	if (c->operation && c->operation->extra == MB_EXTRA_FAULT)
		for (size_t i = 0; (row = mb_fault_at(i)) != NULL && strcmp(row->name, name) != 0;)
			i++;
	return row && row->type.kind == RMQI_SETTING_BOOLEAN;
}

static bool takes_value(const struct ctl *c, const char *name)
{
	const struct mb_param *p = c->operation
					   ? mb_operation_find_param(c->operation, rmqi_str(name))
					   : NULL;

	return p ? p->kind != MB_PARAM_BOOLEAN : !is_fault_switch(c, name);
}

/* "topic=T", as in a filter of C. */
static bool take_selector(struct ctl *c, const char *word)
{
	char name[NAME_MAX_LEN];
	size_t len = strcspn(word, "=");

	if (len >= sizeof(name))
		return false;
	snprintf(name, sizeof(name), "%.*s", (int)len, word);
	return give(c, name, word + len + 1);
}

/* The next required argument that was not given goes by its place. */
static bool take_word(struct ctl *c, const char *word)
{
	const struct mb_param *p;
	size_t at = 0;

	if (c->operation->extra == MB_EXTRA_FAULT && word[0] == '{' && !c->text) {
		c->text = word;
		return true;
	}
	if (c->operation->extra == MB_EXTRA_FILTER && strchr(word, '='))
		return take_selector(c, word);
	do
		p = mb_operation_param(c->operation, &at);
	while (p && (!p->is_required || value_of(c, p->name)));
	return p && give(c, p->name, word);
}

/* A flag, with its value behind '=' or as the next word. The words it is; 0: none, and it is told. */
static int take_flag(struct ctl *c, char **words, int count)
{
	const char *flag = words[0] + 2;
	size_t len = strcspn(flag, "=");
	const char *value = flag[len] == '=' ? flag + len + 1 : NULL;
	char name[NAME_MAX_LEN];
	int used = 1;

	name_of(flag, len, name);
	if (!value && !takes_value(c, name)) {
		value = "true";
	} else if (!value && count > 1) {
		value = words[1];
		used = 2;
	} else if (!value) {
		wrong_usage("%s needs a value", words[0]);
		return 0;
	}
	if (strcmp(name, "control") == 0)
		c->control = value;
	else if (!c->operation)
		return wrong_usage("%s stands before a verb", words[0]), 0;
	else if (!give(c, name, value))
		return wrong_usage("too much is given: %s", words[0]), 0;
	return used;
}

/* -1: go on; else the exit status. */
static int parse(struct ctl *c, int argc, char **argv)
{
	int used;

	for (int i = 0; i < argc; i += used) {
		const char *word = argv[i];

		used = 1;
		if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0) {
			ctl_print_help(c->operation, stdout);
			return EXIT_SUCCESS;
		}
		if (strcmp(word, "-J") == 0 || strcmp(word, "--json") == 0)
			c->is_json = true;
		else if (strncmp(word, "--", 2) == 0)
			used = take_flag(c, argv + i, argc - i);
		else if (!c->operation)
			used = take_verb(c, argv + i, argc - i);
		else if (!take_word(c, word))
			return wrong_usage("unexpected argument: %s", word);
		if (used == 0)
			return CTL_USAGE;
	}
	if (!c->operation)
		return wrong_usage("%s", "a verb is missing");
	return -1;
}

/* -1: all that is required is there. */
static int check(const struct ctl *c)
{
	const struct mb_param *p;
	size_t at = 0;

	while ((p = mb_operation_param(c->operation, &at)) != NULL)
		if (p->is_required && !value_of(c, p->name))
			return wrong_usage("%s is missing", p->name);
	if (!c->control || !c->control[0])
		return wrong_usage("%s", "which cluster? Give --control or set RMQ_MOCK_CONTROL");
	return -1;
}

/* --- The request ---------------------------------------------------------------------------------- */

static void add_escaped(struct rmqi_buf *out, const char *text)
{
	for (; *text; text++) {
		if (isalnum((unsigned char)*text) || strchr("-._~", *text))
			rmqi_buf_add_u8(out, (uint8_t)*text);
		else
			rmqi_buf_addf(out, "%%%02X", (unsigned)(unsigned char)*text);
	}
}

/* Does it stand in the path? */
static bool is_in_path(const struct ctl *c, const char *name)
{
	const struct mb_param *p = mb_operation_find_param(c->operation, rmqi_str(name));

	return p && mb_param_is_in_path(p);
}

static void add_path(const struct ctl *c, struct rmqi_buf *out)
{
	struct rmqi_str rest = rmqi_str(c->operation->path), head, name;
	bool found = true;

	while (found) {
		char text[NAME_MAX_LEN];
		const char *value;

		rest = rmqi_str_cut(rest, "{", &head, &found);
		rmqi_buf_add_str(out, head);
		if (!found)
			break;
		rest = rmqi_str_cut(rest, "}", &name, NULL);
		snprintf(text, sizeof(text), "%.*s", RMQI_STR_ARG(name));
		value = value_of(c, text);
		add_escaped(out, value ? value : "");
	}
}

static void add_query(const struct ctl *c, struct rmqi_buf *out)
{
	char before = '?';

	for (size_t i = 0; i < c->count; i++) {
		if (is_in_path(c, c->given[i].name))
			continue;
		rmqi_buf_add_u8(out, (uint8_t)before);
		add_escaped(out, c->given[i].name);
		rmqi_buf_add_u8(out, '=');
		add_escaped(out, c->given[i].value);
		before = '&';
	}
}

static void add_body(const struct ctl *c, struct rmqi_buf *out)
{
	rmqi_buf_add_u8(out, '{');
	for (size_t i = 0; i < c->count; i++) {
		if (is_in_path(c, c->given[i].name))
			continue;
		mb_json_name_str(out, rmqi_str(c->given[i].name));
		rmqi_json_add_string(out, rmqi_str(c->given[i].value));
	}
	rmqi_buf_add_u8(out, '}');
}

/* --- The answer ----------------------------------------------------------------------------------- */

static int refused(int status, const struct rmqi_json *answer)
{
	const struct rmqi_json *error = rmqi_json_get(answer, "error");

	fprintf(stderr, "rmq-mock ctl: %s\n",
		rmqi_json_str(error, "text", "the control plane refuses, and does not say why"));
	return status == 504 ? CTL_TIMED_OUT : CTL_REFUSED;
}

static int show(const struct ctl *c, int status, struct rmqi_buf *body)
{
	struct rmqi_json *answer = NULL;
	bool has_answer = rmqi_json_parse(rmqi_buf_cursor(body), &answer) == RMQ_OK;
	int result = EXIT_SUCCESS;

	if (status >= 300)
		result = refused(status, answer);
	else if (c->is_json || !has_answer)
		fwrite(rmqi_buf_text(body), 1, body->len, stdout);
	else if (!rmqi_json_bool(answer, "done", false))
		show_json(answer, stdout);
	rmqi_json_free(answer);
	return result;
}

static int run(const struct ctl *c)
{
	bool has_body = strcmp(c->operation->method, "POST") == 0;
	struct rmqi_buf target, text, body;
	const char *timeout = value_of(c, "timeout");
	int64_t wait_ms = 0;
	int status;

	if (timeout && !mb_duration_parse(rmqi_str(timeout), &wait_ms))
		return wrong_usage("--timeout: '%s' is no duration such as 500ms, 10s, 2h", timeout);
	rmqi_buf_init(&target, TARGET_MAX);
	rmqi_buf_init(&text, TARGET_MAX);
	rmqi_buf_init(&body, ASK_ANSWER_MAX);
	add_path(c, &target);
	if (!has_body)
		add_query(c, &target);
	else if (!c->text)
		add_body(c, &text);
	else
		rmqi_buf_add_text(&text, c->text);
	status = ask_http(c->control, c->operation->method, rmqi_buf_text(&target),
			  has_body ? rmqi_buf_text(&text) : NULL, ANSWER_MS + wait_ms, &body);
	if (status < 0) {
		fprintf(stderr, "rmq-mock ctl: %s: %s\n", c->control, rmqi_buf_text(&body));
		status = CTL_UNREACHABLE;
	} else {
		status = show(c, status, &body);
	}
	rmqi_buf_deinit(&target);
	rmqi_buf_deinit(&text);
	rmqi_buf_deinit(&body);
	return status;
}

int ctl_main(int argc, char **argv)
{
	struct ctl c = {.control = getenv("RMQ_MOCK_CONTROL")};
	int status = parse(&c, argc, argv);

	if (status < 0)
		status = check(&c);
	return status < 0 ? run(&c) : status;
}
