/* SPDX-License-Identifier: Apache-2.0 */
/* What was read leniently and written is strict JSON, and reads as the same tree. Another parser has
 * the last word where there is one. */
#include <stdlib.h>

#include "config.h"
#ifdef HAVE_JANSSON
#include <jansson.h>
#endif

#include "codec/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static bool same_value(const struct rmqi_json *a, const struct rmqi_json *b);

static bool same_items(const struct rmqi_json *a, const struct rmqi_json *b)
{
	const struct rmqi_json *other = rmqi_json_first(b);

	RMQI_JSON_EACH(at, a) {
		if (!other || !rmqi_str_eq(rmqi_json_name(at), rmqi_json_name(other)) ||
		    !same_value(at, other))
			return false;
		other = other->next;
	}
	return !other;
}

static bool same_value(const struct rmqi_json *a, const struct rmqi_json *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case RMQI_JSON_NULL:
		return true;
	case RMQI_JSON_BOOL:
		return a->boolean == b->boolean;
	case RMQI_JSON_INTEGER:
		return a->integer == b->integer;
	case RMQI_JSON_REAL:
		return a->real >= b->real && a->real <= b->real;
	case RMQI_JSON_TEXT:
		return rmqi_str_eq(rmqi_json_text(a), rmqi_json_text(b));
	case RMQI_JSON_ARRAY:
	case RMQI_JSON_OBJECT:
		return same_items(a, b);
	}
	return false;
}

static void check_strict(struct rmqi_cursor text)
{
#ifdef HAVE_JANSSON
	json_t *strict = json_loadb((const char *)text.ptr, text.len, JSON_DECODE_ANY, NULL);

	demand(strict != NULL);
	json_decref(strict);
#else
	(void)text;
#endif
}

static void check_same(const struct rmqi_json *tree, struct rmqi_cursor text)
{
	struct rmqi_json *again;

	demand(rmqi_json_parse(text, &again) == RMQ_OK && same_value(again, tree));
	rmqi_json_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rmqi_json *tree;
	struct rmqi_buf b;

	if (rmqi_json_parse(rmqi_cursor(data, size), &tree) != RMQ_OK)
		return 0;
	rmqi_buf_init(&b, RMQI_JSON_SIZE_MAX);
	demand(rmqi_json_write(tree, &b) == RMQ_OK);
	check_strict(rmqi_buf_cursor(&b));
	check_same(tree, rmqi_buf_cursor(&b));
	rmqi_buf_reset(&b);
	demand(rmqi_json_write_pretty(tree, true, &b) == RMQ_OK);
	check_same(tree, rmqi_buf_cursor(&b));
	if (rmqi_json_resolve(tree) == RMQ_OK) {
		rmqi_buf_reset(&b);
		(void)!rmqi_json_write(tree, &b);
	}
	rmqi_json_free(tree);
	rmqi_buf_deinit(&b);
	return 0;
}
