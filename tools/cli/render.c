/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/render.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/cli/complain.h"
#include "tools/cli/message_json.h"
#include "tools/cli/values.h"

/* A piece of a format. */
struct token {
	char kind; /* 0: only the text */
	char *text; /* of 0: the bytes; else what stands in the braces, or NULL */
	size_t len;
};

struct render {
	bool is_json;
	enum body_form form;
	struct token *tokens;
	size_t count;
};

/* --- Making one -------------------------------------------------------------------------------------- */

static bool add_token(struct render *r, char kind, const char *text, size_t len)
{
	struct token *more = realloc(r->tokens, (r->count + 1) * sizeof(*more));
	char *copy = text ? malloc(len + 1) : NULL;

	if (more)
		r->tokens = more;
	if (!more || (text && !copy)) {
		free(copy);
		complain("out of memory");
		return false;
	}
	if (copy) {
		memcpy(copy, text, len);
		copy[len] = '\0';
	}
	r->tokens[r->count++] = (struct token){kind, copy, len};
	return true;
}

/* The text up to the next percent sign, its escapes read. */
static int add_text(struct render *r, const char *text, size_t len)
{
	char *copy = strndup(text, len);
	size_t read;
	int status = CLI_OK;

	if (!copy) {
		complain("out of memory");
		return CLI_FAILED;
	}
	if (!value_escapes(copy, copy, &read))
		status = wrong_usage("-f: an escape is none of \\n \\t \\r \\0 \\\\ \\xNN in '%s'", text);
	else if (!add_token(r, 0, copy, read))
		status = CLI_FAILED;
	free(copy);
	return status;
}

/* "{h:NAME}" behind a percent sign; *at is behind it then. */
static int add_braces(struct render *r, const char **at)
{
	const char *end = strchr(*at, '}');
	char kind = (*at)[1];

	if (!end || !strchr("hTW", kind) || !kind || (*at)[2] != ':' || end == *at + 3)
		return wrong_usage("-f: %%{h:NAME}, %%{T:FORMAT} or %%{W:FORMAT} is wanted, not '%%%s'",
				   *at);
	if (!add_token(r, kind, *at + 3, (size_t)(end - *at - 3)))
		return CLI_FAILED;
	*at = end + 1;
	return CLI_OK;
}

static int add_percent(struct render *r, const char **at)
{
	char kind = **at;

	if (kind == '{')
		return add_braces(r, at);
	if (kind == '%') {
		(*at)++;
		return add_token(r, 0, "%", 1) ? CLI_OK : CLI_FAILED;
	}
	if (!kind || !strchr("sSRxbkghtBpoOiITWra", kind))
		return wrong_usage("-f: there is no %%%.1s", *at);
	(*at)++;
	return add_token(r, kind, NULL, 0) ? CLI_OK : CLI_FAILED;
}

static int add_format(struct render *r, const char *format)
{
	int status = CLI_OK;

	while (status == CLI_OK && *format) {
		size_t len = strcspn(format, "%");

		status = len ? add_text(r, format, len) : CLI_OK;
		format += len;
		if (status == CLI_OK && *format) {
			format++;
			status = add_percent(r, &format);
		}
	}
	return status;
}

/* Without -f: [key and its delimiter], body, delimiter. */
static int add_usual(struct render *r, const struct args *a)
{
	const char *key = args_text(a, OPTION_key_delim), *end = args_text(a, OPTION_delim);
	int status = CLI_OK;

	if (key) {
		status = add_token(r, 'k', NULL, 0) ? CLI_OK : CLI_FAILED;
		if (status == CLI_OK)
			status = add_text(r, key, strlen(key));
	}
	if (status == CLI_OK && !add_token(r, 's', NULL, 0))
		status = CLI_FAILED;
	if (status != CLI_OK)
		return status;
	if (args_has(a, OPTION_null))
		return add_token(r, 0, "", 1) ? CLI_OK : CLI_FAILED;
	return add_text(r, end ? end : "\n", end ? strlen(end) : 1);
}

static int refuse_both(const struct args *a)
{
	if (args_has(a, OPTION_json) && args_has(a, OPTION_format))
		return wrong_usage("-J and -f exclude each other");
	if (args_has(a, OPTION_json_body) && !args_has(a, OPTION_json))
		return wrong_usage("--json-body goes with -J");
	if (args_has(a, OPTION_null) && args_has(a, OPTION_delim))
		return wrong_usage("-Z and -D exclude each other");
	return CLI_OK;
}

int render_new(const struct args *a, struct render **out)
{
	const char *format = args_text(a, OPTION_format);
	struct render *r;
	int status = refuse_both(a);

	if (status != CLI_OK)
		return status;
	r = calloc(1, sizeof(*r));
	if (!r) {
		complain("out of memory");
		return CLI_FAILED;
	}
	r->is_json = args_has(a, OPTION_json);
	if (args_has(a, OPTION_json_body))
		r->form = (enum body_form)args_choice(a, OPTION_json_body);
	if (!r->is_json)
		status = format ? add_format(r, format) : add_usual(r, a);
	if (status == CLI_OK)
		*out = r;
	else
		render_free(r);
	return status;
}

void render_free(struct render *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->count; i++)
		free(r->tokens[i].text);
	free(r->tokens);
	free(r);
}

/* --- Printing ---------------------------------------------------------------------------------------- */

static void add_properties(const rmq_message *m, struct text *out)
{
	const rmq_property *p;

	for (size_t i = 0; (p = rmq_message_property_at(m, i)); i++)
		text_addf(out, "%s%s=%s", i ? "," : "", rmq_property_name(p), rmq_property_value(p));
}

static void add_time(const char *format, int64_t ms, struct text *out)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm parts;
	char shown[256];

	if (!format)
		text_addf(out, "%" PRId64, ms);
	else if (gmtime_r(&seconds, &parts) && strftime(shown, sizeof(shown), format, &parts))
		text_adds(out, shown);
}

static void add_body(char kind, const rmq_message *m, struct text *out)
{
	size_t len;
	const void *body = rmq_message_body(m, &len);
	const unsigned char word[] = {(unsigned char)(len >> 24), (unsigned char)(len >> 16),
				      (unsigned char)(len >> 8), (unsigned char)len};

	if (kind == 's')
		text_add(out, body, len);
	else if (kind == 'S')
		text_addf(out, "%zu", len);
	else if (kind == 'R')
		text_add(out, word, sizeof(word));
	else if (kind == 'x')
		text_add_hex(out, body, len);
	else
		text_add_base64(out, body, len);
}

static void add_part(const struct token *t, const rmq_message *m, struct text *out)
{
	const struct rmq_queue *queue = rmq_message_queue(m);
	const char *property;

	switch (t->kind) {
	case 'k':
		text_adds(out, rmq_message_keys(m));
		break;
	case 'g':
		text_adds(out, rmq_message_tag(m));
		break;
	case 'h':
		property = t->text ? rmq_message_property(m, t->text) : NULL;
		if (property)
			text_adds(out, property);
		else if (!t->text)
			add_properties(m, out);
		break;
	case 't':
		text_adds(out, rmq_message_topic(m));
		break;
	case 'B':
		text_adds(out, queue->broker_name);
		break;
	case 'p':
		text_addf(out, "%d", (int)queue->queue_id);
		break;
	case 'o':
		text_addf(out, "%" PRId64, rmq_message_queue_offset(m));
		break;
	case 'O':
		text_addf(out, "%" PRId64, rmq_message_commit_log_offset(m));
		break;
	case 'i':
		text_adds(out, rmq_message_offset_id(m));
		break;
	case 'I':
		text_adds(out, rmq_message_id(m));
		break;
	case 'T':
		add_time(t->text, rmq_message_born_ms(m), out);
		break;
	case 'W':
		add_time(t->text, rmq_message_store_ms(m), out);
		break;
	case 'r':
		text_addf(out, "%d", (int)rmq_message_reconsume_times(m));
		break;
	case 'a':
		text_adds(out, rmq_message_born_host(m));
		break;
	default:
		add_body(t->kind, m, out);
	}
}

void render_message(const struct render *r, const rmq_message *m, struct text *out)
{
	if (r->is_json) {
		message_json(m, r->form, out);
		text_addc(out, '\n');
		return;
	}
	for (size_t i = 0; i < r->count; i++) {
		if (r->tokens[i].kind)
			add_part(&r->tokens[i], m, out);
		else
			text_add(out, r->tokens[i].text, r->tokens[i].len);
	}
}
