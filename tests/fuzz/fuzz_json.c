/* SPDX-License-Identifier: Apache-2.0 */
/* What was read leniently and written is strict JSON, and reads as the same tree. */
#include <stdlib.h>

#include "codec/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static void check_same(const json_t *tree, struct rmqi_cursor text)
{
	json_t *strict, *again;

	strict = json_loadb((const char *)text.ptr, text.len, JSON_DECODE_ANY, NULL);
	demand(strict && json_equal(strict, tree));
	demand(rmqi_json_parse(text, &again) == RMQ_OK && json_equal(again, tree));
	json_decref(strict);
	json_decref(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rmqi_buf b;
	json_t *tree, *again;

	if (rmqi_json_parse(rmqi_cursor(data, size), &tree) != RMQ_OK)
		return 0;
	rmqi_buf_init(&b, RMQI_JSON_SIZE_MAX);
	demand(rmqi_json_write(tree, &b) == RMQ_OK);
	check_same(tree, rmqi_buf_cursor(&b));
	rmqi_buf_reset(&b);
	demand(rmqi_json_write_pretty(tree, true, &b) == RMQ_OK);
	demand(rmqi_json_parse(rmqi_buf_cursor(&b), &again) == RMQ_OK && json_equal(again, tree));
	json_decref(again);
	(void)!rmqi_json_resolve(tree);
	json_decref(tree);
	rmqi_buf_deinit(&b);
	return 0;
}
