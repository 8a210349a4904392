/* SPDX-License-Identifier: Apache-2.0 */
/* What was read, written again and read again is the same. Also ids and names. */
#include <stdlib.h>

#include "codec/ids.h"
#include "codec/names.h"
#include "codec/properties.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static void check_pairs(struct rmqi_str text)
{
	static const char *const nothing[] = {NULL};
	struct rmqi_str name, value, again_name, again_value, rest;
	struct rmqi_buf b;

	rmqi_buf_init(&b, 1 << 22);
	rmqi_properties_copy_without(&b, text, nothing);
	demand(rmqi_buf_status(&b) == RMQ_OK);
	rest = rmqi_cursor_str(rmqi_buf_cursor(&b));
	while (rmqi_properties_next(&text, &name, &value)) {
		demand(rmqi_properties_next(&rest, &again_name, &again_value));
		demand(rmqi_str_eq(name, again_name) && rmqi_str_eq(value, again_value));
		(void)rmqi_properties_is_reserved(name);
	}
	demand(!rmqi_properties_next(&rest, &again_name, &again_value));
	rmqi_buf_deinit(&b);
}

static void check_id(struct rmqi_str text)
{
	struct rmqi_host host;
	int64_t offset;
	char id[RMQI_ID_SIZE];

	if (rmqi_offset_id_parse(text, &host, &offset))
		demand(rmqi_offset_id(&host, offset, id) == text.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rmqi_str text = rmqi_str_n(data, size), value;
	char problem[600];

	check_pairs(text);
	(void)rmqi_properties_get(text, RMQI_PROP_TAGS, &value);
	check_id(text);
	(void)rmqi_topic_problem(text, problem, sizeof(problem));
	(void)rmqi_group_problem(text, problem, sizeof(problem));
	(void)rmqi_java_hash(text);
	return 0;
}
