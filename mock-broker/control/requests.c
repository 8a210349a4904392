/* SPDX-License-Identifier: Apache-2.0 */
/* requests.c - what came to the nodes, and what can be asked here. */
#include "mock-broker/control/handlers.h"
#include "mock-broker/json_text.h"

static void write_counts(void *arg)
{
	struct mb_ask *a = arg;
	const struct mb_counters *counters = &a->cluster->counters;
	uint64_t code;
	void *count;
	char name[64];

	for (size_t at = 0; rmqi_imap_next(&counters->by_code, &at, &code, &count);) {
		mb_json_comma(a->out);
		rmqi_buf_add_u8(a->out, '{');
		mb_json_text(a->out, "code",
			     rmqi_request_name((int32_t)code, name, sizeof(name)));
		mb_json_i64(a->out, "number", (int32_t)code);
		mb_json_i64(a->out, "count", (int64_t)*(uint64_t *)count);
		rmqi_buf_add_u8(a->out, '}');
	}
}

enum rmq_error mb_control_counts(struct mb_ask *a)
{
	rmqi_buf_add_u8(a->out, '[');
	rmqi_loop_call(a->cluster->loop, write_counts, a);
	rmqi_buf_add_u8(a->out, ']');
	return RMQ_OK;
}

static void write_params(struct mb_ask *a, const struct mb_operation *o)
{
	const struct mb_param *p;
	size_t at = 0;

	mb_json_name(a->out, "arguments");
	rmqi_buf_add_u8(a->out, '[');
	while ((p = mb_operation_param(o, &at)) != NULL) {
		mb_json_comma(a->out);
		rmqi_buf_add_u8(a->out, '{');
		mb_json_text(a->out, "name", p->name);
		mb_json_text(a->out, "type", mb_param_kind_name(p->kind));
		mb_json_bool(a->out, "required", p->is_required);
		mb_json_text(a->out, "help", p->help);
		rmqi_buf_add_u8(a->out, '}');
	}
	rmqi_buf_add_u8(a->out, ']');
}

enum rmq_error mb_control_operations(struct mb_ask *a)
{
	const struct mb_operation *o;

	rmqi_buf_add_u8(a->out, '[');
	for (size_t i = 0; (o = mb_operation_at(i)) != NULL; i++) {
		mb_json_comma(a->out);
		rmqi_buf_add_u8(a->out, '{');
		mb_json_text(a->out, "method", o->method);
		mb_json_text(a->out, "path", o->path);
		mb_json_text(a->out, "help", o->help);
		write_params(a, o);
		rmqi_buf_add_u8(a->out, '}');
	}
	rmqi_buf_add_u8(a->out, ']');
	return RMQ_OK;
}
