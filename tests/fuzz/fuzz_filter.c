/* SPDX-License-Identifier: Apache-2.0 */
/* An SQL92 expression, and behind the first NUL the properties of a message: a refusal has a cause, and an
 * answer is the same each time, whatever was looked at in between. */
#include <stdlib.h>
#include <string.h>

#include "mock-broker/filter/expression.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rmqi_str text = rmqi_str_n(data, size), properties;
	struct mb_expression *e;
	struct rmqi_buf why;
	const char *nul = size > 0 ? memchr(data, 0, size) : NULL;

	if (nul)
		text.len = (size_t)(nul - text.ptr);
	properties = rmqi_str_n(text.ptr + text.len, size - text.len);
	if (nul)
		properties = rmqi_str_n(properties.ptr + 1, properties.len - 1);
	rmqi_buf_init(&why, 8192);
	if (mb_expression_new(text, &e, &why) == RMQ_OK) {
		bool matches = mb_expression_matches(e, properties);

		(void)mb_expression_matches(e, text);
		demand(mb_expression_matches(e, properties) == matches);
		mb_expression_unref(e);
	} else {
		demand(why.error != RMQ_OK || rmqi_buf_cursor(&why).len > 0);
	}
	rmqi_buf_deinit(&why);
	return 0;
}
