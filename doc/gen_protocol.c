/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gen_protocol.c - writes doc/protocol.md anew.
 *
 *     doc/gen_protocol doc/protocol.md > new
 *
 * Copies the page and puts the tables of src/codec/schema.def between its two
 * marker lines. `make update-docs` runs it; a test compares.
 */
#include <stdio.h>
#include <string.h>

#include "codec/schema.h"

#define BEGIN_MARK "<!-- begin generated: schema.def -->\n"
#define END_MARK "<!-- end generated -->\n"

enum { LINE_MAX_SIZE = 4096 };

#define HEADER(h, java_name) &rmqi_desc_##h,
#define FIELD(h, type, is_required, member, key, short_key)
#define END(h)
#define LETTERS(v, h, java_name) &rmqi_desc_##v,
#define LETTER(h, type, is_required, member, key, short_key)
#define END_LETTERS(v, h, java_name)
static const struct rmqi_header_desc *const headers[] = {
#include "codec/schema.def"
};

static const char *type_name(enum rmqi_field_type type)
{
	switch (type) {
	case RMQI_F_STR:
		return "S";
	case RMQI_F_I32:
		return "i32";
	case RMQI_F_I64:
		return "i64";
	case RMQI_F_BOOL:
		return "bool";
	case RMQI_F_F64:
		return "f64";
	}
	return "";
}

static void print_direction(unsigned to)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = {{RMQI_TO_NAMESRV, "name server"},
		     {RMQI_TO_BROKER, "broker"},
		     {RMQI_TO_CLIENT, "client"},
		     {RMQI_TO_CONTROLLER, "controller"}};
	const char *separator = "";

	for (size_t i = 0; i < RMQI_COUNT(names); i++) {
		if (!(to & names[i].bit))
			continue;
		printf("%s%s", separator, names[i].name);
		separator = ", ";
	}
}

static void print_header_name(const struct rmqi_header_desc *desc)
{
	if (desc)
		printf("`%s`", desc->java_name);
}

static void print_request(const struct rmqi_request_desc *r)
{
	printf("| %d | %s | ", (int)r->code, r->name);
	print_direction(r->to);
	printf("%s | ", r->is_oneway ? ", one-way" : "");
	print_header_name(r->request);
	printf(" | ");
	print_header_name(r->response);
	printf(" | %s |\n", r->purpose);
}

static void print_requests(void)
{
	size_t count;
	const struct rmqi_request_desc *table = rmqi_request_table(&count);

	printf("### Requests\n\n"
	       "%zu codes. One-way: so sent as a rule. A request without header class is sent "
	       "without `extFields`.\n\n"
	       "| code | name | to | request header | response header | purpose |\n"
	       "|---:|---|---|---|---|---|\n",
	       count);
	for (size_t i = 0; i < count; i++)
		print_request(&table[i]);
}

static void print_fields(const struct rmqi_header_desc *desc)
{
	if (!desc->field_count) {
		printf("no keys");
		return;
	}
	for (size_t i = 0; i < desc->field_count; i++) {
		const struct rmqi_field *f = &desc->fields[i];
		struct rmqi_str key = rmqi_field_wire(f);

		printf("%s`%.*s` %s%s", i ? " · " : "", RMQI_STR_ARG(key), type_name(f->type),
		       f->is_required ? " R" : "");
		if (desc->short_keys)
			printf(" (%s)", f->key);
	}
}

static void print_headers(void)
{
	printf("\n### Headers\n\n"
	       "Keys of `extFields` with the type of their text: S text, i32 and i64 decimal "
	       "numbers, bool `true` or `false`; R required.\n\n"
	       "| header | keys |\n"
	       "|---|---|\n");
	for (size_t i = 0; i < RMQI_COUNT(headers); i++) {
		printf("| `%s` | ", headers[i]->java_name);
		print_fields(headers[i]);
		printf(" |\n");
	}
}

/* Copies up to and with the line `mark`, or drops it all if `out` is NULL. False: no such line. */
static int copy_to_mark(FILE *in, FILE *out, const char *mark)
{
	char line[LINE_MAX_SIZE];

	while (fgets(line, sizeof(line), in)) {
		int is_mark = strcmp(line, mark) == 0;

		if (out)
			fputs(line, out);
		if (is_mark)
			return 1;
	}
	return 0;
}

static int generate(FILE *page)
{
	char line[LINE_MAX_SIZE];

	if (!copy_to_mark(page, stdout, BEGIN_MARK))
		return 0;
	print_requests();
	print_headers();
	if (!copy_to_mark(page, NULL, END_MARK))
		return 0;
	fputs(END_MARK, stdout);
	while (fgets(line, sizeof(line), page))
		fputs(line, stdout);
	return 1;
}

int main(int argc, char **argv)
{
	FILE *page = argc == 2 ? fopen(argv[1], "r") : NULL;
	int is_done;

	if (!page) {
		fprintf(stderr, "usage: gen_protocol doc/protocol.md\n");
		return 2;
	}
	is_done = generate(page);
	fclose(page);
	if (!is_done)
		fprintf(stderr, "gen_protocol: no marker lines in %s\n", argv[1]);
	return is_done ? 0 : 1;
}
