/* SPDX-License-Identifier: Apache-2.0 */
#include "producer/producer.h"

#include <rocketmq/producer.h>

#include "api/entry_checks.h"
#include "producer/named.h"
#include "producer/recall.h"
#include "producer/settings.h"

enum rmq_error rmq_producer_new(const rmq_config *config, const char *group, rmq_producer **out,
				rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "config", config) && rmqi_entry_has(&entry, "group", group) &&
	    rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_producer_new(config, group, out, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_producer_start(rmq_producer *p, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_producer(&entry, p))
		entry.error = rmqi_producer_start(p, entry.detail);
	return rmqi_entry_end(&entry);
}

static enum rmq_error send(rmq_producer *p, const rmq_message *m, const rmq_send_options *options,
			   rmq_send_result **result, struct rmq_error_detail *d)
{
	struct rmqi_named n;
	enum rmq_error err = rmqi_named_begin(&n, p, m, d);

	if (err != RMQ_OK)
		return err;
	err = rmqi_producer_send(p, n.message, options, result, d);
	rmqi_named_end(&n);
	return err;
}

enum rmq_error rmq_producer_send(rmq_producer *p, const rmq_message *m,
				 const rmq_send_options *options, rmq_send_result **result,
				 rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_producer(&entry, p) && rmqi_entry_has(&entry, "m", m))
		entry.error = send(p, m, options, result, entry.detail);
	return rmqi_entry_end(&entry);
}

static enum rmq_error send_async(rmq_producer *p, const rmq_message *m,
				 const rmq_send_options *options, rmq_send_fn fn, void *arg,
				 struct rmq_error_detail *d)
{
	struct rmqi_named n;
	enum rmq_error err = rmqi_named_begin(&n, p, m, d);

	if (err != RMQ_OK)
		return err;
	err = rmqi_producer_send_async(p, n.message, options, fn, arg, d);
	rmqi_named_end(&n);
	return err;
}

enum rmq_error rmq_producer_send_async(rmq_producer *p, const rmq_message *m,
				       const rmq_send_options *options, rmq_send_fn fn, void *arg,
				       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_producer(&entry, p) && rmqi_entry_has(&entry, "m", m) &&
	    rmqi_entry_has(&entry, "fn", fn))
		entry.error = send_async(p, m, options, fn, arg, entry.detail);
	return rmqi_entry_end(&entry);
}

static enum rmq_error send_oneway(rmq_producer *p, const rmq_message *m,
				  const rmq_send_options *options, struct rmq_error_detail *d)
{
	struct rmqi_named n;
	enum rmq_error err = rmqi_named_begin(&n, p, m, d);

	if (err != RMQ_OK)
		return err;
	err = rmqi_producer_send_oneway(p, n.message, options, d);
	rmqi_named_end(&n);
	return err;
}

enum rmq_error rmq_producer_send_oneway(rmq_producer *p, const rmq_message *m,
					const rmq_send_options *options, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_producer(&entry, p) && rmqi_entry_has(&entry, "m", m))
		entry.error = send_oneway(p, m, options, entry.detail);
	return rmqi_entry_end(&entry);
}

static bool has_messages(struct rmqi_entry *entry, rmq_message *const *messages, size_t count)
{
	if (!rmqi_entry_has(entry, "messages", messages))
		return false;
	if (count == 0)
		return rmqi_entry_refuse(entry, "%s: count is 0, allowed are 1 and more",
					 entry->function);
	for (size_t i = 0; i < count; i++)
		if (!messages[i])
			return rmqi_entry_refuse(entry, "%s: messages[%zu] of %zu is NULL",
						 entry->function, i, count);
	return true;
}

static enum rmq_error send_batch(rmq_producer *p, rmq_message *const *messages, size_t count,
				 const rmq_send_options *options, rmq_send_results **results,
				 struct rmq_error_detail *d)
{
	struct rmqi_named_list l;
	enum rmq_error err = rmqi_named_list_begin(&l, p, messages, count, d);

	if (err != RMQ_OK)
		return err;
	err = rmqi_producer_send_batch(p, l.messages, count, options, results, d);
	rmqi_named_list_end(&l);
	return err;
}

enum rmq_error rmq_producer_send_batch(rmq_producer *p, rmq_message *const *messages, size_t count,
				       const rmq_send_options *options, rmq_send_results **results,
				       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_producer(&entry, p) && has_messages(&entry, messages, count))
		entry.error = send_batch(p, messages, count, options, results, entry.detail);
	return rmqi_entry_end(&entry);
}

static enum rmq_error send_batch_async(rmq_producer *p, rmq_message *const *messages, size_t count,
				       const rmq_send_options *options, rmq_send_batch_fn fn,
				       void *arg, struct rmq_error_detail *d)
{
	struct rmqi_named_list l;
	enum rmq_error err = rmqi_named_list_begin(&l, p, messages, count, d);

	if (err != RMQ_OK)
		return err;
	err = rmqi_producer_send_batch_async(p, l.messages, count, options, fn, arg, d);
	rmqi_named_list_end(&l);
	return err;
}

enum rmq_error rmq_producer_send_batch_async(rmq_producer *p, rmq_message *const *messages,
					     size_t count, const rmq_send_options *options,
					     rmq_send_batch_fn fn, void *arg,
					     rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_producer(&entry, p) && has_messages(&entry, messages, count) &&
	    rmqi_entry_has(&entry, "fn", fn))
		entry.error = send_batch_async(p, messages, count, options, fn, arg, entry.detail);
	return rmqi_entry_end(&entry);
}

static enum rmq_error queues_of(rmq_producer *p, const char *topic, rmq_queues **queues,
				struct rmq_error_detail *d)
{
	char name[RMQI_NAMED_MAX];
	enum rmq_error err = rmqi_named_topic(p, topic, name, d);

	return err == RMQ_OK ? rmqi_producer_queues(p, name, queues, d) : err;
}

enum rmq_error rmq_producer_queues(rmq_producer *p, const char *topic, rmq_queues **queues,
				   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_producer(&entry, p) && rmqi_entry_has_topic(&entry, topic) &&
	    rmqi_entry_has(&entry, "queues", queues))
		entry.error = queues_of(p, topic, queues, entry.detail);
	return rmqi_entry_end(&entry);
}

static enum rmq_error recall(rmq_producer *p, const char *topic, const char *handle,
			     struct rmq_error_detail *d)
{
	char name[RMQI_NAMED_MAX];
	enum rmq_error err = rmqi_named_topic(p, topic, name, d);

	return err == RMQ_OK ? rmqi_producer_recall(p, name, handle, d) : err;
}

enum rmq_error rmq_producer_recall(rmq_producer *p, const char *topic, const char *handle,
				   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_producer(&entry, p) && rmqi_entry_has(&entry, "topic", topic) &&
	    rmqi_entry_has(&entry, "handle", handle))
		entry.error = recall(p, topic, handle, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_producer_set(rmq_producer *p, const char *key, const char *value,
				rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_producer(&entry, p) && rmqi_entry_has(&entry, "key", key) &&
	    rmqi_entry_has(&entry, "value", value))
		entry.error = rmqi_producer_set(p, key, value, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_producer_close(rmq_producer *p, int64_t timeout_ms, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_producer(&entry, p) && rmqi_entry_has_timeout(&entry, timeout_ms, 0))
		entry.error = rmqi_producer_close(p, timeout_ms, entry.detail);
	return rmqi_entry_end(&entry);
}

void rmq_producer_free(rmq_producer *p)
{
	if (!p || rmqi_client_is_inherited(p->client))
		return;
	rmqi_guard_enter();
	rmqi_producer_free(p);
	rmqi_guard_leave();
}

const char *rmq_producer_client_id(const rmq_producer *p)
{
	return p ? rmqi_client_id(p->client) : "";
}
