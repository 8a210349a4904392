/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/simple_consumer.h"

#include <inttypes.h>
#include <string.h>

#include <rocketmq/simple_consumer.h>

#include "api/entry_checks.h"
#include "base/guard.h"
#include "codec/lite.h"
#include "consumer/handle.h"
#include "consumer/lite_subscribe.h"

enum { INVISIBLE_MIN_MS = 1000, INVISIBLE_MAX_MS = 12 * 60 * 60 * 1000 };

static bool has_consumer(struct rmqi_entry *entry, const rmq_simple_consumer *c)
{
	return rmqi_entry_has_member(entry, c ? &c->member : NULL);
}

static bool has_max(struct rmqi_entry *entry, int max)
{
	return (max >= 1 && max <= RMQI_POP_MAX) ||
	       rmqi_entry_refuse(entry, "%s: max is %d, allowed is 1..%d", entry->function, max,
				 (int)RMQI_POP_MAX);
}

static bool has_invisible(struct rmqi_entry *entry, int64_t ms)
{
	return ms == -1 || (ms >= INVISIBLE_MIN_MS && ms <= INVISIBLE_MAX_MS) ||
	       rmqi_entry_refuse(entry, "%s: invisible_ms is %" PRId64 ", allowed is -1 or %d..%d",
				 entry->function, ms, (int)INVISIBLE_MIN_MS, (int)INVISIBLE_MAX_MS);
}

/* --- Life ---------------------------------------------------------------------------------------- */

enum rmq_error rmq_simple_consumer_new(const rmq_config *config, const char *group,
				       rmq_simple_consumer **out, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_group(&entry, config, group, out))
		entry.error = rmqi_simple_consumer_new(config, group, out, entry.detail);
	return rmqi_entry_end(&entry);
}

static enum rmq_error subscribe(const char *function, rmq_simple_consumer *c, const char *topic,
				enum rmqi_expression kind, const char *expression,
				rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(function, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has_topic(&entry, topic) &&
	    rmqi_entry_has_expression(&entry, kind, expression, topic))
		entry.error =
			rmqi_simple_consumer_subscribe(c, topic, kind, expression, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_simple_consumer_subscribe(rmq_simple_consumer *c, const char *topic,
					     const char *expression, rmq_error_detail **detail)
{
	return subscribe(__func__, c, topic, RMQI_EXPRESSION_TAG, expression, detail);
}

enum rmq_error rmq_simple_consumer_subscribe_sql(rmq_simple_consumer *c, const char *topic,
						 const char *expression, rmq_error_detail **detail)
{
	return subscribe(__func__, c, topic, RMQI_EXPRESSION_SQL92, expression, detail);
}

enum rmq_error rmq_simple_consumer_unsubscribe(rmq_simple_consumer *c, const char *topic,
					       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has(&entry, "topic", topic))
		entry.error = rmqi_handle_unsubscribe(&c->member, topic, entry.detail);
	return rmqi_entry_end(&entry);
}

static bool has_lite_topic(struct rmqi_entry *entry, const char *lite_topic)
{
	size_t len;

	if (!rmqi_entry_has(entry, "lite_topic", lite_topic))
		return false;
	len = strlen(lite_topic);
	if (len == 0 || len > RMQI_LITE_TOPIC_MAX)
		return rmqi_entry_refuse(entry, "%s: lite_topic has %zu bytes, allowed are 1..%d",
					 entry->function, len, (int)RMQI_LITE_TOPIC_MAX);
	return strspn(lite_topic, RMQI_LITE_TOPIC_LETTERS) == len ||
	       rmqi_entry_refuse(entry,
				 "%s: lite_topic is \"%s\", allowed are letters, digits, - and _",
				 entry->function, lite_topic);
}

enum rmq_error rmq_simple_consumer_subscribe_lite(rmq_simple_consumer *c, const char *parent,
						  const char *lite_topic, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has_topic(&entry, parent) &&
	    has_lite_topic(&entry, lite_topic))
		entry.error =
			rmqi_simple_consumer_subscribe_lite(c, parent, lite_topic, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_simple_consumer_unsubscribe_lite(rmq_simple_consumer *c, const char *parent,
						    const char *lite_topic,
						    rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has_topic(&entry, parent) &&
	    has_lite_topic(&entry, lite_topic))
		entry.error =
			rmqi_simple_consumer_unsubscribe_lite(c, parent, lite_topic, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_simple_consumer_set_orderly(rmq_simple_consumer *c, bool is_orderly,
					       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c))
		entry.error = rmqi_simple_consumer_set_orderly(c, is_orderly, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_simple_consumer_start(rmq_simple_consumer *c, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c))
		entry.error = rmqi_simple_consumer_start(c, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_simple_consumer_wait_ready(rmq_simple_consumer *c, int64_t timeout_ms,
					      rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has_timeout(&entry, timeout_ms, 0))
		entry.error = rmqi_handle_wait_ready(&c->member, timeout_ms, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_simple_consumer_close(rmq_simple_consumer *c, int64_t timeout_ms,
					 rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has_timeout(&entry, timeout_ms, 0))
		entry.error = rmqi_handle_close(&c->member, timeout_ms, entry.detail);
	return rmqi_entry_end(&entry);
}

void rmq_simple_consumer_free(rmq_simple_consumer *c)
{
	if (!c || rmqi_client_is_inherited(c->member.consumer.client))
		return;
	rmqi_guard_enter();
	rmqi_handle_free(&c->member);
	rmqi_guard_leave();
}

const char *rmq_simple_consumer_client_id(const rmq_simple_consumer *c)
{
	return c ? rmqi_client_id(c->member.consumer.client) : "";
}

/* --- Messages ------------------------------------------------------------------------------------ */

enum rmq_error rmq_simple_consumer_receive(rmq_simple_consumer *c, int max, int64_t invisible_ms,
					   int64_t timeout_ms, rmq_messages **messages,
					   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && has_max(&entry, max) &&
	    has_invisible(&entry, invisible_ms) && rmqi_entry_has_timeout(&entry, timeout_ms, 0) &&
	    rmqi_entry_has(&entry, "messages", messages))
		entry.error = rmqi_simple_consumer_receive(c, max, invisible_ms, timeout_ms,
							   messages, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_simple_consumer_receive_async(rmq_simple_consumer *c, int max,
						 int64_t invisible_ms, int64_t timeout_ms,
						 rmq_receive_fn fn, void *arg,
						 rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && has_max(&entry, max) &&
	    has_invisible(&entry, invisible_ms) && rmqi_entry_has_timeout(&entry, timeout_ms, 0) &&
	    rmqi_entry_has(&entry, "fn", fn))
		entry.error = rmqi_simple_consumer_receive_async(c, max, invisible_ms, timeout_ms,
								 fn, arg, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_simple_consumer_ack(rmq_simple_consumer *c, const rmq_message *message,
				       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has(&entry, "message", message))
		entry.error = rmqi_simple_consumer_ack(c, message, entry.detail);
	return rmqi_entry_end(&entry);
}

static bool has_messages(struct rmqi_entry *entry, const rmq_message *const *messages, size_t count)
{
	for (size_t i = 0; messages && i < count; i++)
		if (!messages[i])
			return rmqi_entry_refuse(entry, "%s: messages[%zu] is NULL",
						 entry->function, i);
	return count == 0 || rmqi_entry_has(entry, "messages", messages);
}

enum rmq_error rmq_simple_consumer_ack_batch(rmq_simple_consumer *c,
					     const rmq_message *const *messages, size_t count,
					     enum rmq_error *results, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && has_messages(&entry, messages, count))
		entry.error =
			rmqi_simple_consumer_ack_batch(c, messages, count, results, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_simple_consumer_change_invisible(rmq_simple_consumer *c,
						    const rmq_message *message,
						    int64_t invisible_ms, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has(&entry, "message", message) &&
	    has_invisible(&entry, invisible_ms))
		entry.error = rmqi_simple_consumer_change_invisible(c, message, invisible_ms,
								    entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_simple_consumer_ack_async(rmq_simple_consumer *c, const rmq_message *message,
					     rmq_ack_fn fn, void *arg, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has(&entry, "message", message) &&
	    rmqi_entry_has(&entry, "fn", fn))
		entry.error = rmqi_simple_consumer_ack_async(c, message, fn, arg, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_simple_consumer_ack_batch_async(rmq_simple_consumer *c,
						   const rmq_message *const *messages, size_t count,
						   rmq_ack_batch_fn fn, void *arg,
						   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && has_messages(&entry, messages, count) &&
	    rmqi_entry_has(&entry, "fn", fn))
		entry.error = rmqi_simple_consumer_ack_batch_async(c, messages, count, fn, arg,
								   entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_simple_consumer_change_invisible_async(rmq_simple_consumer *c,
							  const rmq_message *message,
							  int64_t invisible_ms, rmq_ack_fn fn,
							  void *arg, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has(&entry, "message", message) &&
	    has_invisible(&entry, invisible_ms) && rmqi_entry_has(&entry, "fn", fn))
		entry.error = rmqi_simple_consumer_change_invisible_async(c, message, invisible_ms,
									  fn, arg, entry.detail);
	return rmqi_entry_end(&entry);
}
