/* SPDX-License-Identifier: Apache-2.0 */
#include "net/trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "codec/schema.h"

enum { FIELDS_SIZE = 640, VALUE_MAX = 128, NAME_SIZE = 48, CODE_BITS = 20 };

/* What a request is about. Nothing here may be a secret. */
static const char *const told[] = {"topic",    "group",       "consumerGroup", "producerGroup",
				   "clientID", "queueId",     "queueOffset",   "commitOffset",
				   "offset",   "originTopic", "delayLevel"};

static bool is_told(const char *key)
{
	for (size_t i = 0; i < RMQI_COUNT(told); i++)
		if (strcmp(told[i], key) == 0)
			return true;
	return false;
}

static void add(char *out, const char *key, struct rmqi_str value)
{
	size_t len = strlen(out);
	int shown = value.len < VALUE_MAX ? (int)value.len : VALUE_MAX;

	snprintf(out + len, FIELDS_SIZE - len, " %s=%.*s", key, shown, shown ? value.ptr : "");
}

static void add_number(char *out, const char *key, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	add(out, key, rmqi_str(text));
}

static void add_member(char *out, const struct rmqi_field *f, const void *header)
{
	const char *at = (const char *)header + f->offset;
	struct rmqi_str text;
	int64_t wide;
	int32_t narrow;

	if (f->type == RMQI_F_STR) {
		memcpy(&text, at, sizeof(text));
		add(out, f->key, text);
	} else if (f->type == RMQI_F_I64) {
		memcpy(&wide, at, sizeof(wide));
		add_number(out, f->key, wide);
	} else if (f->type == RMQI_F_I32) {
		memcpy(&narrow, at, sizeof(narrow));
		add_number(out, f->key, narrow);
	}
}

static void outgoing_fields(const struct rmqi_outgoing *request, char *out)
{
	const struct rmqi_header_desc *d = request->desc;

	out[0] = '\0';
	for (size_t i = 0; d && i < d->field_count; i++)
		if (d->fields[i].is_required && is_told(d->fields[i].key))
			add_member(out, &d->fields[i], request->header);
}

static void incoming_fields(const struct rmqi_command *request, char *out)
{
	const struct rmqi_request_desc *r = rmqi_request_find(request->code);
	const struct rmqi_header_desc *d = r ? r->request : NULL;

	out[0] = '\0';
	for (size_t i = 0; d && i < d->field_count; i++) {
		struct rmqi_str wire = rmqi_field_wire(&d->fields[i]);

		if (!is_told(d->fields[i].key))
			continue;
		for (size_t k = 0; k < request->ext_count; k++)
			if (rmqi_str_eq(request->ext[k].key, wire))
				add(out, d->fields[i].key, request->ext[k].value);
	}
}

static int64_t ms_since(const struct rmqi_conn *c, int64_t began_us)
{
	return (rmqi_clock_us(c->env->clock) - began_us) / 1000;
}

void rmqi_trace_sent(const struct rmqi_conn *c, const struct rmqi_outgoing *request, int32_t opaque,
		     int32_t flag)
{
	char fields[FIELDS_SIZE], name[NAME_SIZE];

	outgoing_fields(request, fields);
	RMQI_LOG(c->config.log, RMQ_LOG_DEBUG, "-> %s %s #%d%s%s", c->address,
		 rmqi_request_name(request->code, name, sizeof(name)), (int)opaque,
		 flag & RMQI_FLAG_ONEWAY ? " (one-way)" : "", fields);
}

void rmqi_trace_answered(const struct rmqi_conn *c, const struct rmqi_call *call, int32_t code)
{
	char name[NAME_SIZE], answer[NAME_SIZE];

	RMQI_LOG(c->config.log, RMQ_LOG_DEBUG, "<- %s %s #%d: %s in %" PRId64 " ms", c->address,
		 rmqi_request_name(call->code, name, sizeof(name)), (int)call->opaque,
		 rmqi_response_name(code, answer, sizeof(answer)), ms_since(c, call->start_us));
}

void rmqi_trace_failed(const struct rmqi_conn *c, const struct rmqi_call *call,
		       enum rmq_error error)
{
	char name[NAME_SIZE];

	RMQI_LOG(c->config.log, RMQ_LOG_DEBUG, "<- %s %s #%d: no answer, %s after %" PRId64 " ms",
		 c->address, rmqi_request_name(call->code, name, sizeof(name)), (int)call->opaque,
		 rmq_error_text(error), ms_since(c, call->start_us));
}

/* Code and time in one word, which is no NULL: what imap.c keeps. */
static void *pack(int32_t code, int64_t us)
{
	uint64_t word = (uint64_t)us << CODE_BITS | ((uint32_t)code & ((1u << CODE_BITS) - 1));

	return (void *)(uintptr_t)(word ? word : 1);
}

void rmqi_trace_received(struct rmqi_conn *c, const struct rmqi_command *request)
{
	char fields[FIELDS_SIZE], name[NAME_SIZE];
	bool is_oneway = rmqi_command_is_oneway(request);

	incoming_fields(request, fields);
	RMQI_LOG(c->config.log, RMQ_LOG_DEBUG, "<- %s %s #%d%s%s", c->address,
		 rmqi_request_name(request->code, name, sizeof(name)), (int)request->opaque,
		 is_oneway ? " (one-way)" : "", fields);
	if (is_oneway)
		return;
	rmqi_mutex_lock(&c->mu);
	/* Without memory the answer is told without its time. */
	if (c->traced.count < RMQI_CONN_PENDING_MAX)
		(void)!rmqi_imap_set(&c->traced, (uint32_t)request->opaque,
				     pack(request->code, rmqi_clock_us(c->env->clock)));
	rmqi_mutex_unlock(&c->mu);
}

void rmqi_trace_replied(struct rmqi_conn *c, int32_t opaque, int32_t code)
{
	char name[NAME_SIZE], buf[NAME_SIZE];
	const char *answer = rmqi_response_name(code, buf, sizeof(buf));
	uint64_t word;
	int64_t now = rmqi_clock_us(c->env->clock);

	rmqi_mutex_lock(&c->mu);
	word = (uint64_t)(uintptr_t)rmqi_imap_remove(&c->traced, (uint32_t)opaque);
	rmqi_mutex_unlock(&c->mu);
	if (!word)
		RMQI_LOG(c->config.log, RMQ_LOG_DEBUG, "-> %s #%d: %s", c->address, (int)opaque,
			 answer);
	else
		RMQI_LOG(c->config.log, RMQ_LOG_DEBUG, "-> %s %s #%d: %s in %" PRId64 " ms",
			 c->address,
			 rmqi_request_name((int32_t)(word & ((1u << CODE_BITS) - 1)), name,
					   sizeof(name)),
			 (int)opaque, answer, (now - (int64_t)(word >> CODE_BITS)) / 1000);
}
