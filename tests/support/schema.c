/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/schema.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "codec/json.h"
#include "tests/support/tree.h"

struct check {
	const struct rmqi_json *root; /* of the schema */
	char *problem;
	char place[128];
};

static bool matches(struct check *c, const struct rmqi_json *schema, const struct rmqi_json *value);

static bool wrong(struct check *c, const char *format, ...) RMQI_PRINTF(2, 3);
static bool wrong(struct check *c, const char *format, ...)
{
	char why[100];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	snprintf(c->problem, SCHEMA_PROBLEM_SIZE, "%s: %s", c->place, why);
	return false;
}

static bool is_known(const char *word)
{
	static const char *const known[] = {"$schema",
					    "$defs",
					    "title",
					    "type",
					    "enum",
					    "minimum",
					    "maximum",
					    "minItems",
					    "maxItems",
					    "items",
					    "required",
					    "properties",
					    "additionalProperties"};

	for (size_t i = 0; i < RMQI_COUNT(known); i++)
		if (strcmp(word, known[i]) == 0)
			return true;
	return false;
}

static const struct rmqi_json *resolve(struct check *c, const struct rmqi_json *schema)
{
	const char *ref = rmqi_json_str(schema, "$ref", NULL);
	const char *name = ref && strncmp(ref, "#/$defs/", 8) == 0 ? ref + 8 : NULL;

	return name ? rmqi_json_get(rmqi_json_get(c->root, "$defs"), name) : schema;
}

static bool has_type(const struct rmqi_json *value, const char *type)
{
	static const struct {
		const char *name;
		enum rmqi_json_kind kind;
	} types[] = {{"object", RMQI_JSON_OBJECT}, {"array", RMQI_JSON_ARRAY},
		     {"string", RMQI_JSON_TEXT},   {"integer", RMQI_JSON_INTEGER},
		     {"number", RMQI_JSON_REAL},   {"boolean", RMQI_JSON_BOOL}};

	for (size_t i = 0; i < RMQI_COUNT(types); i++)
		if (strcmp(type, types[i].name) == 0)
			return rmqi_json_is(value, types[i].kind);
	return false;
}

static bool fits_enum(struct check *c, const struct rmqi_json *choices,
		      const struct rmqi_json *value)
{
	RMQI_JSON_EACH(choice, choices)
		if (rmqi_str_eq(rmqi_json_text(choice), rmqi_json_text(value)))
			return true;
	return wrong(c, "not one of the enum");
}

static bool fits_numbers(struct check *c, const struct rmqi_json *schema,
			 const struct rmqi_json *value)
{
	int64_t n = rmqi_json_is(value, RMQI_JSON_INTEGER) ? value->integer : 0;
	int64_t count = (int64_t)rmqi_json_count(value);

	if (n < rmqi_json_i64(schema, "minimum", INT64_MIN) ||
	    n > rmqi_json_i64(schema, "maximum", INT64_MAX))
		return wrong(c, "%lld is out of range", (long long)n);
	if (count < rmqi_json_i64(schema, "minItems", 0) ||
	    count > rmqi_json_i64(schema, "maxItems", INT64_MAX))
		return wrong(c, "%lld items", (long long)count);
	return true;
}

static bool is_allowed(const struct rmqi_json *additional)
{
	return !rmqi_json_is(additional, RMQI_JSON_BOOL) || additional->boolean;
}

static bool fits_member(struct check *c, const struct rmqi_json *schema,
			const struct rmqi_json *member)
{
	const struct rmqi_json *one =
		rmqi_json_get(rmqi_json_get(schema, "properties"), member->name);
	const struct rmqi_json *rest = rmqi_json_get(schema, "additionalProperties");
	size_t len = strlen(c->place);
	bool fits;

	snprintf(c->place + len, sizeof(c->place) - len, ".%s", member->name);
	if (one)
		fits = matches(c, one, member);
	else if (rmqi_json_is(rest, RMQI_JSON_OBJECT))
		fits = matches(c, rest, member);
	else
		fits = is_allowed(rest) || wrong(c, "not in the schema");
	c->place[len] = '\0';
	return fits;
}

static bool fits_object(struct check *c, const struct rmqi_json *schema,
			const struct rmqi_json *value)
{
	RMQI_JSON_EACH(name, rmqi_json_get(schema, "required"))
		if (!rmqi_json_get(value, name->text))
			return wrong(c, "%s is missing", name->text);
	RMQI_JSON_EACH(member, value)
		if (!fits_member(c, schema, member))
			return false;
	return true;
}

static bool fits_items(struct check *c, const struct rmqi_json *schema,
		       const struct rmqi_json *value)
{
	RMQI_JSON_EACH(item, value)
		if (!matches(c, rmqi_json_get(schema, "items"), item))
			return false;
	return true;
}

static bool matches(struct check *c, const struct rmqi_json *schema, const struct rmqi_json *value)
{
	schema = resolve(c, schema);
	if (!schema)
		return wrong(c, "a reference of the schema leads nowhere");
	RMQI_JSON_EACH(word, schema)
		if (!is_known(word->name))
			return wrong(c, "the schema has the word %s", word->name);
	if (!has_type(value, rmqi_json_str(schema, "type", "")))
		return wrong(c, "not of type %s", rmqi_json_str(schema, "type", "(none)"));
	if (rmqi_json_get(schema, "enum") && !fits_enum(c, rmqi_json_get(schema, "enum"), value))
		return false;
	if (!fits_numbers(c, schema, value))
		return false;
	return rmqi_json_is(value, RMQI_JSON_OBJECT)  ? fits_object(c, schema, value)
	       : rmqi_json_is(value, RMQI_JSON_ARRAY) ? fits_items(c, schema, value)
						      : true;
}

static struct rmqi_json *read_file(const char *name)
{
	struct rmqi_json *root = NULL;
	static char text[64 * 1024];
	char path[600];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", tree_sources(), name);
	f = fopen(path, "r");
	if (!f)
		return NULL;
	len = fread(text, 1, sizeof(text), f);
	fclose(f);
	return rmqi_json_parse(rmqi_cursor(text, len), &root) == RMQ_OK ? root : NULL;
}

const char *schema_problem(const char *file, const char *json, char problem[SCHEMA_PROBLEM_SIZE])
{
	struct check c = {.problem = problem, .place = "$"};
	struct rmqi_json *schema = read_file(file), *value = NULL;

	*problem = '\0';
	c.root = schema;
	if (!schema)
		wrong(&c, "%s cannot be read", file);
	else if (rmqi_json_parse(rmqi_cursor(json, strlen(json)), &value) != RMQ_OK)
		wrong(&c, "no JSON");
	else
		(void)matches(&c, schema, value);
	rmqi_json_free(value);
	rmqi_json_free(schema);
	return problem;
}
