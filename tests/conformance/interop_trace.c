/* SPDX-License-Identifier: Apache-2.0 */
/* interop_trace.c - read-trace: the records of a trace topic, a line each, by our own reader. */
#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "base/str.h"
#include "codec/trace_record.h"
#include "tests/conformance/interop.h"

/* Fields as they are, with bars between, as the Java driver prints what its decoder made of them. */
static void say_record(const struct rmqi_trace_fields *record)
{
	flockfile(stdout);
	printf("TRACE ");
	for (size_t i = 0; i < record->count; i++)
		printf("%s%.*s", i > 0 ? "|" : "", RMQI_STR_ARG(record->field[i]));
	putchar('\n');
	funlockfile(stdout);
}

static enum rmq_consume_status on_records(rmq_push_consumer *c, const rmq_message *const *messages,
					  size_t count, rmq_consume_context *context, void *arg)
{
	struct rmqi_trace_fields record;
	struct rmqi_cursor cursor;
	const void *body;
	size_t len;
	long came = 0;

	(void)c;
	(void)context;
	(void)arg;
	for (size_t i = 0; i < count; i++) {
		body = rmq_message_body(messages[i], &len);
		cursor = rmqi_cursor(body, len);
		for (; rmqi_trace_next(&cursor, &record); came++)
			say_record(&record);
	}
	interop_came(came);
	return RMQ_CONSUME_SUCCESS;
}

int interop_read_trace(void)
{
	if (strcmp(interop_options.verb, "read-trace") != 0)
		return 2;
	return interop_consume(on_records, NULL);
}
