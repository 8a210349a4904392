/* SPDX-License-Identifier: Apache-2.0 */
#include "producer/send_options.h"

#include <inttypes.h>

#include <rocketmq/send.h>

#include "api/entry_checks.h"
#include "base/mem.h"
#include "codec/names.h"
#include "codec/utf8.h"

rmq_send_options *rmq_send_options_new(void)
{
	struct rmq_send_options *o = rmqi_calloc(1, sizeof(*o));

	if (o)
		o->timeout_ms = -1;
	return o;
}

enum rmq_error rmq_send_options_set_timeout(rmq_send_options *o, int64_t timeout_ms,
					    rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "o", o) && rmqi_entry_has_timeout(&entry, timeout_ms, 1))
		o->timeout_ms = timeout_ms;
	return rmqi_entry_end(&entry);
}

/* Takes back what was chosen before. */
static void set_choice(rmq_send_options *o, struct rmqi_choice choice)
{
	rmqi_wanted_queue_unref(o->choice.queue);
	o->choice = choice;
}

static bool is_legal(struct rmqi_entry *entry, const struct rmq_queue *queue)
{
	if (!queue->topic || !*queue->topic)
		return rmqi_entry_refuse(entry, "%s: queue has no topic", entry->function);
	if (!queue->broker_name || !*queue->broker_name)
		return rmqi_entry_refuse(entry, "%s: queue has no broker_name", entry->function);
	if (queue->queue_id < 0)
		return rmqi_entry_refuse(entry,
					 "%s: queue_id is %" PRId32 ", allowed are numbers from 0",
					 entry->function, queue->queue_id);
	return true;
}

static enum rmq_error choose_queue(rmq_send_options *o, const struct rmq_queue *queue)
{
	struct rmqi_wanted_queue *wanted = rmqi_wanted_queue_new(queue);

	if (!wanted)
		return RMQ_ERR_NO_MEMORY;
	set_choice(o, (struct rmqi_choice){.kind = RMQI_CHOICE_QUEUE, .queue = wanted});
	return RMQ_OK;
}

enum rmq_error rmq_send_options_set_queue(rmq_send_options *o, const struct rmq_queue *queue,
					  rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (!rmqi_entry_has(&entry, "o", o))
		return rmqi_entry_end(&entry);
	if (!queue)
		set_choice(o, (struct rmqi_choice){.kind = RMQI_CHOICE_ANY});
	else if (is_legal(&entry, queue))
		entry.error = choose_queue(o, queue);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_send_options_set_selector(rmq_send_options *o, rmq_queue_selector_fn fn,
					     void *arg, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);
	enum rmqi_choice_kind kind = fn ? RMQI_CHOICE_SELECTOR : RMQI_CHOICE_ANY;

	if (rmqi_entry_has(&entry, "o", o))
		set_choice(o, (struct rmqi_choice){.kind = kind, .fn = fn, .arg = arg});
	return rmqi_entry_end(&entry);
}

static bool is_utf8(struct rmqi_entry *entry, struct rmqi_str key)
{
	size_t good = rmqi_utf8_good(key);

	return good == key.len || rmqi_entry_refuse(entry, "%s: key is no UTF-8 from byte %zu on",
						    entry->function, good);
}

enum rmq_error rmq_send_options_set_sharding_key(rmq_send_options *o, const char *key,
						 rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);
	struct rmqi_str text = key ? rmqi_str(key) : RMQI_STR("");
	enum rmqi_choice_kind kind = key ? RMQI_CHOICE_HASH : RMQI_CHOICE_ANY;

	if (rmqi_entry_has(&entry, "o", o) && is_utf8(&entry, text))
		set_choice(o, (struct rmqi_choice){.kind = kind, .hash = rmqi_java_hash(text)});
	return rmqi_entry_end(&entry);
}

void rmq_send_options_free(rmq_send_options *o)
{
	if (!o)
		return;
	rmqi_wanted_queue_unref(o->choice.queue);
	rmqi_free(o);
}
