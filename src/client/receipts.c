/* SPDX-License-Identifier: Apache-2.0 */
#include "client/receipts.h"

#include <stdio.h>
#include <string.h>

#include "client/popped.h"
#include "codec/names.h"
#include "codec/properties.h"

enum { NUMBERS_MAX = 128 }; /* of a receipt without the name of its broker */

/* Of the message before: those behind it in the same queue differ by their offset only. */
struct maker {
	const struct rmqi_receipts_with *with;
	struct rmqi_receipt last;
	bool has_last;
	char front[RMQI_RECEIPT_MAX]; /* all but the offset */
	size_t front_len;
};

enum { OFFSET_MAX = 21 }; /* characters, with the NUL */

static void write_front(struct maker *m)
{
	size_t len = rmqi_receipt_write(&m->last, m->front, sizeof(m->front));

	while (len > 0 && m->front[len - 1] != ' ')
		len--;
	m->front_len = len;
}

/* Offsets are not below 0. */
static void write_offset(int64_t offset, char *out)
{
	char digits[OFFSET_MAX];
	size_t count = 0;

	do
		digits[count++] = (char)('0' + offset % 10);
	while ((offset /= 10) > 0);
	while (count > 0)
		*out++ = digits[--count];
	*out = '\0';
}

static bool is_retry(const struct rmq_message *m)
{
	return m->queue.topic[0] == RMQI_RETRY_PREFIX[0] &&
	       strncmp(m->queue.topic, RMQI_RETRY_PREFIX, strlen(RMQI_RETRY_PREFIX)) == 0;
}

static enum rmqi_pop_mark mark_of(const struct rmq_message *m)
{
	return is_retry(m) ? rmqi_pop_mark_of(rmqi_str(m->queue.topic)) : RMQI_POP_NORMAL;
}

/* Without a start the first message of the queue in the answer is it (MQClientAPIImpl.processPopResponse). */
static void make_receipt(struct maker *m, const struct rmq_message *message, struct rmqi_popped *p)
{
	enum rmqi_pop_mark mark = mark_of(message);
	struct rmqi_receipt *r = &m->last;

	if (!m->has_last || r->mark != mark || r->queue_id != message->queue.queue_id) {
		*r = (struct rmqi_receipt){.pop_ms = m->with->pop_ms,
					   .invisible_ms = m->with->invisible_ms,
					   .revive_queue = m->with->revive_queue,
					   .mark = mark,
					   .broker_name = rmqi_str(m->with->broker_name),
					   .queue_id = message->queue.queue_id};
		if (!rmqi_pop_start(m->with->starts, mark, r->queue_id, &r->start))
			r->start = message->queue_offset;
		m->has_last = true;
		r->offset = 0;
		write_front(m);
	}
	p->receipt[0] = '\0';
	if (m->front_len == 0 || m->front_len + OFFSET_MAX > p->set->receipt_size ||
	    message->queue_offset < 0)
		return;
	memcpy(p->receipt, m->front, m->front_len);
	write_offset(message->queue_offset, p->receipt + m->front_len);
	r->offset = message->queue_offset;
	rmqi_popped_note(p, r);
}

static void take_receipt(const char *own, struct rmqi_popped *p)
{
	struct rmqi_receipt r;

	snprintf(p->receipt, p->set->receipt_size, "%s", own);
	if (rmqi_receipt_read(rmqi_str(p->receipt), &r))
		rmqi_popped_note(p, &r);
}

static void take_times(const struct rmqi_receipts_with *with, struct rmq_message *m)
{
	int32_t times;

	if (with->times.len == 0)
		return;
	times = rmqi_pop_times(with->times, mark_of(m), m->queue.queue_id, m->queue_offset);
	if (times > 0)
		m->reconsume_times = times;
}

/* %RETRY%<group>_<topic> is seen as <topic>; most brokers have done so already. */
void rmqi_receipts_show_topic(const char *group_name, struct rmq_message *m)
{
	struct rmqi_str stored = rmqi_str(m->queue.topic);
	size_t prefix = strlen(RMQI_RETRY_PREFIX), group = strlen(group_name);

	if (rmqi_topic_is_retry(stored) && stored.len > prefix + group + 1 &&
	    rmqi_str_has_prefix(rmqi_str_n(stored.ptr + prefix, stored.len - prefix), group_name) &&
	    strchr("_+", stored.ptr[prefix + group]))
		m->topic = stored.ptr + prefix + group + 1;
}

/* False: it has no such property, for its name stands nowhere. memmem goes byte by byte. */
static bool may_have_own(const struct rmq_message *m)
{
	const size_t len = strlen(RMQI_PROP_POP_CK);
	const char *at = m->properties, *end = at + m->properties_len;

	if (atomic_load_explicit(&m->is_raw, memory_order_acquire) != RMQI_RAW)
		return true;
	while ((at = memchr(at, RMQI_PROP_POP_CK[0], (size_t)(end - at))) != NULL) {
		if ((size_t)(end - at) >= len && memcmp(at, RMQI_PROP_POP_CK, len) == 0)
			return true;
		at++;
	}
	return false;
}

/* The receipt that the broker gave it; NULL: none. Most have none: then the properties are left as they came. */
static const char *own_receipt(const struct rmq_message *m)
{
	return may_have_own(m) ? rmqi_message_property(m, RMQI_PROP_POP_CK) : NULL;
}

/* Bytes of the largest own receipt; 0: there is none. */
static size_t largest_own(const struct rmqi_message_block *b)
{
	size_t largest = 0;

	for (size_t i = 0; i < b->count; i++) {
		const char *own = own_receipt(&b->messages[i]);

		if (own && strlen(own) + 1 > largest)
			largest = strlen(own) + 1;
	}
	return largest;
}

enum rmq_error rmqi_receipts_give(struct rmqi_message_block *block,
				  const struct rmqi_receipts_with *with)
{
	size_t largest = largest_own(block), made = NUMBERS_MAX + strlen(with->broker_name);
	struct rmqi_popped_set *s =
		rmqi_popped_set_new(block->count, largest > made ? largest : made);
	struct maker maker = {.with = with};

	if (!s)
		return RMQ_ERR_NO_MEMORY;
	for (size_t i = 0; i < block->count; i++) {
		struct rmq_message *m = &block->messages[i];
		struct rmqi_popped *p = rmqi_popped_at(s, i);
		const char *own = largest > 0 ? own_receipt(m) : NULL;

		*p = (struct rmqi_popped){
			.set = s, .expires_us = with->expires_us, .is_open = true};
		if (own)
			take_receipt(own, p);
		else
			make_receipt(&maker, m, p);
		take_times(with, m);
		if (is_retry(m))
			rmqi_receipts_show_topic(with->group, m);
		m->popped = p;
	}
	block->popped = s;
	return RMQ_OK;
}
