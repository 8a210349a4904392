/* SPDX-License-Identifier: Apache-2.0 */
#include <rocketmq/flow.h>

#include "api/entry_checks.h"
#include "producer/producer.h"
#include "send/undelivered.h"

static struct rmqi_flight_counts counts(const rmq_producer *p)
{
	if (!p || rmqi_client_is_inherited(p->client))
		return (struct rmqi_flight_counts){0};
	return rmqi_flight_counts(p->sender.flight);
}

size_t rmq_producer_in_flight(const rmq_producer *p)
{
	return counts(p).messages;
}

size_t rmq_producer_in_flight_bytes(const rmq_producer *p)
{
	return counts(p).bytes;
}

enum rmq_error rmq_producer_set_room_fn(rmq_producer *p, rmq_room_fn fn, void *arg,
					rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_producer(&entry, p))
		entry.error = rmqi_producer_set_room(p, (struct rmqi_room){fn, arg}, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_producer_flush(rmq_producer *p, int64_t timeout_ms, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_producer(&entry, p) && rmqi_entry_has_timeout(&entry, timeout_ms, 0))
		entry.error = rmqi_producer_flush(p, timeout_ms, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_producer_undelivered(rmq_producer *p, rmq_undelivered **out,
					rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_producer(&entry, p) && rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_losses_copy(&p->sender.losses, out);
	return rmqi_entry_end(&entry);
}

size_t rmq_undelivered_count(const rmq_undelivered *u)
{
	return u ? u->count : 0;
}

const rmq_undelivered_message *rmq_undelivered_at(const rmq_undelivered *u, size_t i)
{
	return u && i < u->count ? u->messages[i] : NULL;
}

size_t rmq_undelivered_omitted(const rmq_undelivered *u)
{
	return u ? u->omitted : 0;
}

void rmq_undelivered_free(rmq_undelivered *u)
{
	rmqi_undelivered_free(u);
}

const char *rmq_undelivered_message_id(const rmq_undelivered_message *m)
{
	return m ? m->id : "";
}

const char *rmq_undelivered_message_topic(const rmq_undelivered_message *m)
{
	return m ? m->topic : "";
}

const char *rmq_undelivered_message_keys(const rmq_undelivered_message *m)
{
	return m ? m->keys : "";
}

enum rmq_error rmq_undelivered_message_error(const rmq_undelivered_message *m)
{
	return m ? m->error : RMQ_OK;
}

bool rmq_undelivered_message_is_maybe_stored(const rmq_undelivered_message *m)
{
	return m && m->is_maybe_stored;
}
