/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <rocketmq/hooks.h>

#include "base/entry.h"
#include "client/config.h"
#include "client/message.h"
#include "send/result.h"
#include "send/send_hooks.h"

static enum rmq_error add_hook(struct rmq_config *config, struct rmqi_send_hook hook,
			       struct rmqi_entry *entry)
{
	if (config->send_hook_count >= RMQI_SEND_HOOKS_MAX)
		return rmqi_detail_set(entry->detail, RMQ_ERR_TOO_LARGE, RMQ_ERROR_FATAL,
				       "%s: there are %d hooks already", entry->function,
				       RMQI_SEND_HOOKS_MAX);
	config->send_hooks[config->send_hook_count++] = hook;
	return RMQ_OK;
}

enum rmq_error rmq_config_add_send_hook(rmq_config *config, rmq_before_send_fn before,
					rmq_after_send_fn after, void *arg,
					rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (!rmqi_entry_has(&entry, "config", config))
		return rmqi_entry_end(&entry);
	if (before || after)
		entry.error = add_hook(config, (struct rmqi_send_hook){before, after, arg}, &entry);
	else
		rmqi_entry_refuse(&entry, "%s: before and after are both NULL", __func__);
	return rmqi_entry_end(&entry);
}

const rmq_message *rmq_send_context_message(const rmq_send_context *c)
{
	return c ? c->message : NULL;
}

static enum rmq_error check_before(const struct rmq_send_context *c, const char *function,
				   rmq_error_detail **detail)
{
	if (!c)
		return rmqi_detail_null(detail, function, "c");
	if (c->is_over)
		return rmqi_detail_argument(detail, "%s: the send is over; only before it is sent",
					    function);
	return RMQ_OK;
}

static enum rmq_error put(struct rmq_send_context *c, const char *name, const char *value,
			  const char *function, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(function, detail);

	entry.error = rmqi_send_context_put(c, name, value);
	if (entry.error == RMQ_ERR_TOO_LARGE)
		(void)rmqi_detail_set(entry.detail, entry.error, 0,
				      "%s: hooks have added %d properties", function,
				      RMQI_HOOK_PROPERTIES);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_send_context_set_property(rmq_send_context *c, const char *name,
					     const char *value, rmq_error_detail **detail)
{
	enum rmq_error err = check_before(c, __func__, detail);

	if (err == RMQ_OK)
		err = rmqi_message_check_property(name, value, __func__, detail);
	return err == RMQ_OK ? put(c, name, value, __func__, detail) : err;
}

static enum rmq_error check_trace(const char *traceparent, const char *tracestate,
				  const char *function, rmq_error_detail **detail)
{
	const char *problem = traceparent ? rmqi_traceparent_problem(traceparent) : NULL;

	if (!traceparent)
		return rmqi_detail_null(detail, function, "traceparent");
	if (problem)
		return rmqi_detail_argument(detail, "%s: traceparent \"%.80s\" %s", function,
					    traceparent, problem);
	if (!tracestate || !tracestate[0])
		return RMQ_OK;
	return rmqi_message_check_property("tracestate", tracestate, function, detail);
}

enum rmq_error rmq_send_context_set_trace(rmq_send_context *c, const char *traceparent,
					  const char *tracestate, rmq_error_detail **detail)
{
	enum rmq_error err = check_before(c, __func__, detail);

	if (err == RMQ_OK)
		err = check_trace(traceparent, tracestate, __func__, detail);
	if (err == RMQ_OK)
		err = put(c, "traceparent", traceparent, __func__, detail);
	if (err == RMQ_OK && tracestate && tracestate[0])
		err = put(c, "tracestate", tracestate, __func__, detail);
	return err;
}

void rmq_send_context_set_reason(rmq_send_context *c, const char *reason)
{
	if (c && reason && !c->is_over)
		snprintf(c->reason, sizeof(c->reason), "%s", reason);
}

void rmq_send_context_set_data(rmq_send_context *c, void *data)
{
	if (c)
		c->data[c->current] = data;
}

void *rmq_send_context_data(const rmq_send_context *c)
{
	return c ? c->data[c->current] : NULL;
}

enum rmq_send_mode rmq_send_context_mode(const rmq_send_context *c)
{
	return c ? c->mode : RMQ_SEND_SYNC;
}

const char *rmq_send_context_group(const rmq_send_context *c)
{
	return c ? rmqi_hook_set_group(c->hooks) : "";
}

const char *rmq_send_context_client_id(const rmq_send_context *c)
{
	return c ? rmqi_hook_set_client_id(c->hooks) : "";
}

const char *rmq_send_context_topic(const rmq_send_context *c)
{
	return c ? c->topic : "";
}

enum rmq_error rmq_send_context_error(const rmq_send_context *c)
{
	return c ? c->error : RMQ_OK;
}

const rmq_send_result *rmq_send_context_result(const rmq_send_context *c)
{
	return c ? c->result : NULL;
}

const rmq_error_detail *rmq_send_context_detail(const rmq_send_context *c)
{
	return c ? c->detail : NULL;
}

const char *rmq_send_context_message_id(const rmq_send_context *c)
{
	if (!c || !c->is_over)
		return "";
	return c->result ? c->result->message_id : rmq_error_detail_message_id(c->detail);
}

int64_t rmq_send_context_latency_us(const rmq_send_context *c)
{
	return c ? c->latency_us : 0;
}

enum rmq_error rmq_message_set_trace(rmq_message *m, const char *traceparent,
				     const char *tracestate, rmq_error_detail **detail)
{
	enum rmq_error err = check_trace(traceparent, tracestate, __func__, detail);

	if (err == RMQ_OK)
		err = rmq_message_set_property(m, "traceparent", traceparent, detail);
	if (err == RMQ_OK && tracestate && tracestate[0])
		err = rmq_message_set_property(m, "tracestate", tracestate, detail);
	return err;
}
