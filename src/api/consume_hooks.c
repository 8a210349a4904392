/* SPDX-License-Identifier: Apache-2.0 */
#include <rocketmq/consume_hooks.h>

#include "base/entry.h"
#include "client/config.h"
#include "client/namespace.h"
#include "consumer/consume_call.h"

static enum rmq_error add_hook(struct rmq_config *config, struct rmqi_consume_hook hook,
			       struct rmqi_entry *entry)
{
	if (config->consume_hook_count >= RMQI_CONSUME_HOOKS_MAX)
		return rmqi_detail_set(entry->detail, RMQ_ERR_TOO_LARGE, RMQ_ERROR_FATAL,
				       "%s: there are %d hooks already", entry->function,
				       RMQI_CONSUME_HOOKS_MAX);
	config->consume_hooks[config->consume_hook_count++] = hook;
	return RMQ_OK;
}

enum rmq_error rmq_config_add_consume_hook(rmq_config *config, rmq_before_consume_fn before,
					   rmq_after_consume_fn after, void *arg,
					   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (!rmqi_entry_has(&entry, "config", config))
		return rmqi_entry_end(&entry);
	if (before || after)
		entry.error =
			add_hook(config, (struct rmqi_consume_hook){before, after, arg}, &entry);
	else
		rmqi_entry_refuse(&entry, "%s: before and after are both NULL", __func__);
	return rmqi_entry_end(&entry);
}

const char *rmq_consume_call_group(const rmq_consume_call *c)
{
	const char *group = c ? c->consumer->group : "";

	return c ? group + rmqi_namespace_hidden(rmqi_client_namespace(c->consumer->client),
						 rmqi_str(group))
		 : group;
}

const char *rmq_consume_call_client_id(const rmq_consume_call *c)
{
	return c ? rmqi_client_id(c->consumer->client) : "";
}

const struct rmq_queue *rmq_consume_call_queue(const rmq_consume_call *c)
{
	return c ? &c->queue : NULL;
}

bool rmq_consume_call_is_orderly(const rmq_consume_call *c)
{
	return c && c->is_orderly;
}

size_t rmq_consume_call_count(const rmq_consume_call *c)
{
	return c ? c->count : 0;
}

const rmq_message *rmq_consume_call_message(const rmq_consume_call *c, size_t at)
{
	return c && at < c->count ? c->messages[at] : NULL;
}

void rmq_consume_call_set_data(rmq_consume_call *c, void *data)
{
	if (c)
		c->data[c->current] = data;
}

void *rmq_consume_call_data(const rmq_consume_call *c)
{
	return c ? c->data[c->current] : NULL;
}

enum rmq_consume_outcome rmq_consume_call_outcome(const rmq_consume_call *c)
{
	return c ? c->outcome : RMQ_OUTCOME_SUCCESS;
}

int rmq_consume_call_status(const rmq_consume_call *c)
{
	return c ? c->status : 0;
}

size_t rmq_consume_call_done(const rmq_consume_call *c)
{
	return c ? c->done : 0;
}

int64_t rmq_consume_call_latency_us(const rmq_consume_call *c)
{
	return c ? c->latency_us : 0;
}
