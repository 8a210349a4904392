/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/conformance/sink_kind.h"

static const struct sink_kind *const kinds[] = {
	&sink_push, &sink_orderly, &sink_lite_pull, &sink_pop, &sink_push_pop,
};

const struct sink_kind *sink_kind_at(size_t i)
{
	return i < sizeof(kinds) / sizeof(kinds[0]) ? kinds[i] : NULL;
}
