/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message_block.c - a pull answer becomes messages: one copy of its bytes, in
 * which the separators of the properties and the ends of the topics are turned
 * into NULs. Only compressed bodies need memory of their own.
 */
#include <string.h>

#include "base/mem.h"
#include "base/recycler.h"
#include "client/message.h"
#include "client/message_impl.h"
#include "client/popped.h"
#include "codec/names.h"
#include "codec/properties.h"

enum { PLAIN_MAX = 64 * 1024 * 1024 }; /* decompressed bodies of one answer, together */

/* A record begins here, as far as its length can tell. */
static bool is_frame(struct rmqi_cursor c, uint32_t *size)
{
	struct rmqi_cursor peek = c;

	return rmqi_cursor_u32(&peek, size) && *size >= RMQI_MESSAGE_FIXED_V4 && *size <= c.len;
}

/* Only the records' length words are followed. *is_whole: they lead to the end of the answer. */
static size_t count_records(struct rmqi_cursor c, bool *is_whole)
{
	size_t count = 0;
	uint32_t size;

	for (; is_frame(c, &size) && rmqi_cursor_skip(&c, size); count++)
		;
	*is_whole = c.len == 0;
	return count;
}

/* Moves a text to `at` and ends it with NUL; what stands behind an inner NUL is lost. */
static char *put_text(char *at, struct rmqi_str s)
{
	size_t len = strnlen(s.ptr, s.len);

	memmove(at, s.ptr, len);
	at[len] = '\0';
	return at + len + 1;
}

/*
 * "name 1 value 2 ..." becomes "name NUL value NUL ..." in place; pairs that
 * a reader drops (MessageDecoder.string2messageProperties) are squeezed out. Returns the
 * new length. The text is moved one byte to the front, onto the second of its length bytes: that
 * gives room for a missing last separator.
 */
static size_t split_properties(char *text, size_t len)
{
	struct rmqi_str rest = rmqi_str_n(text, len), name, value;
	char *at = text - 1;

	while (rmqi_properties_next(&rest, &name, &value)) {
		at = put_text(at, name);
		at = put_text(at, value);
	}
	return (size_t)(at - (text - 1));
}

/* The bytes are ours to write: `block_bytes` is the copy that the views point into. */
static char *writable(struct rmqi_message_block *b, const void *view)
{
	return (char *)b->bytes + ((const uint8_t *)view - b->bytes);
}

/* Decompresses to the end of b->plain; the place is resolved when all bodies are there. */
static enum rmq_error take_body(struct rmqi_message_block *b, struct rmq_message *m,
				const struct rmqi_stored_message *s)
{
	size_t before = b->plain.len;
	enum rmq_error err;

	if (!(s->sys_flag & RMQI_SYS_COMPRESSED)) {
		m->body = s->body.ptr;
		m->body_len = s->body.len;
		return RMQ_OK;
	}
	err = rmqi_message_plain_body(s, &b->plain);
	if (err != RMQ_OK)
		return err;
	m->body = NULL;
	m->body_len = b->plain.len - before;
	m->sys_flag &= ~RMQI_SYS_COMPRESSED;
	return RMQ_OK;
}

/* The text of the properties lies behind its two length bytes, in the block. */
void rmqi_message_split(const struct rmq_message *m)
{
	struct rmq_message *w = (struct rmq_message *)(uintptr_t)m;
	char *text;

	if (!rmqi_message_begin(&w->is_raw))
		return;
	text = writable(m->block, m->properties);
	w->properties_len = split_properties(text, m->properties_len);
	w->properties = text - 1;
	rmqi_message_end(&w->is_raw);
}

static void take_texts(struct rmqi_message_block *b, struct rmq_message *m,
		       const struct rmqi_stored_message *s)
{
	char *topic = writable(b, s->topic.ptr);

	/* The topic is followed by the two length bytes of the properties, so it has room for its NUL;
	 * the properties then start one byte early, on the second of them. */
	topic[s->topic.len] = '\0';
	m->topic = topic;
	m->queue = (struct rmq_queue){topic, b->broker_name, s->queue_id};
	m->properties = s->properties.len > 0 ? s->properties.ptr : "";
	m->properties_len = s->properties.len;
	atomic_init(&m->is_raw, (unsigned char)(s->properties.len > 0 ? RMQI_RAW : RMQI_DONE));
	/* resetRetryAndNamespace: the user sees the topic that was subscribed. */
	if (rmqi_topic_is_retry(s->topic)) {
		const char *retry = rmqi_message_property(m, RMQI_PROP_RETRY_TOPIC);

		m->topic = retry ? retry : topic;
	}
}

static void note_bad(struct rmqi_message_block *b, int64_t offset, int32_t queue_id,
		     const char *why)
{
	if (b->bad_count < RMQI_BAD_RECORDS)
		b->bad[b->bad_count] = (struct rmqi_bad_record){b->count, offset, queue_id, why};
	b->bad_count++;
}

/* Its fields do not fill its frame. */
static enum rmq_error step_over(struct rmqi_message_block *b, struct rmqi_cursor *c, bool is_whole)
{
	struct rmqi_cursor at = *c, id = *c;
	int64_t offset = -1;
	int32_t queue_id = -1;
	uint32_t size;

	if (!is_whole || !is_frame(*c, &size))
		return RMQ_ERR_CORRUPT;
	if (rmqi_cursor_skip(&id, RMQI_MESSAGE_AT_QUEUE_ID))
		(void)rmqi_cursor_i32(&id, &queue_id);
	if (rmqi_cursor_skip(&at, RMQI_MESSAGE_AT_QUEUE_OFFSET))
		(void)rmqi_cursor_i64(&at, &offset);
	note_bad(b, offset, queue_id, "its fields do not fit within its length");
	return rmqi_cursor_skip(c, size) ? RMQ_OK : RMQ_ERR_CORRUPT;
}

static void fill_message(struct rmqi_message_block *b, struct rmq_message *m,
			 const struct rmqi_stored_message *s, size_t size)
{
	m->flag = s->flag;
	m->sys_flag = s->sys_flag;
	rmqi_message_set_times(m, s->reconsume_times);
	m->queue_offset = s->queue_offset;
	m->physical_offset = s->physical_offset;
	m->born_ms = s->born_timestamp;
	m->store_ms = s->store_timestamp;
	m->born_host = s->born_host;
	m->store_host = s->store_host;
	m->stored_size = size;
	m->block = b;
	m->own = NULL;
	m->popped = NULL;
	m->texts = &b->texts[b->count];
	m->hidden = 0;
	m->kinds = 0;
	m->is_reply = false;
	atomic_init(&m->refs, 0);
	atomic_init(&m->is_told, (unsigned char)RMQI_RAW);
}

/* Why its body cannot be had; NULL: the block ends before it, and it is the next one's. */
static const char *explain_body(const struct rmqi_message_block *b, enum rmq_error err)
{
	switch (err) {
	case RMQ_ERR_CORRUPT:
		return "its body cannot be decompressed";
	case RMQ_ERR_UNSUPPORTED:
		return "its body is compressed in a way that is not known here";
	case RMQ_ERR_TOO_LARGE:
		return b->plain.len == 0 ? "its body is larger than 64 MiB when it is decompressed"
					 : NULL;
	default:
		return NULL;
	}
}

static enum rmq_error take_record(struct rmqi_message_block *b, struct rmqi_cursor *c,
				  bool is_whole)
{
	struct rmq_message *m = &b->messages[b->count];
	struct rmqi_cursor before = *c;
	struct rmqi_stored_message s;
	const char *why = "its body does not match its checksum";
	enum rmq_error err;

	if (rmqi_message_decode(c, &s) != RMQ_OK)
		return step_over(b, c, is_whole);
	fill_message(b, m, &s, before.len - c->len);
	err = rmqi_message_check_crc(&s);
	if (err == RMQ_OK) {
		err = take_body(b, m, &s);
		why = explain_body(b, err);
	}
	if (err != RMQ_OK && !why) {
		*c = before;
		return err;
	}
	b->behind = s.queue_offset + 1;
	if (err != RMQ_OK) {
		note_bad(b, s.queue_offset, s.queue_id, why);
		return RMQ_OK;
	}
	take_texts(b, m, &s);
	b->count++;
	return RMQ_OK;
}

/* b->plain may have moved while it grew: only now the bodies have their place. */
static void place_plain_bodies(struct rmqi_message_block *b)
{
	const uint8_t *at = rmqi_buf_data(&b->plain);

	for (size_t i = 0; i < b->count; i++) {
		if (b->messages[i].body)
			continue;
		b->messages[i].body = at;
		at += b->messages[i].body_len;
	}
}

/* head | messages | bytes | name of the broker | texts, which are chars only. */
static struct rmqi_message_block *alloc_block(struct rmqi_recycler *memory, size_t count,
					      struct rmqi_cursor body, const char *broker_name)
{
	size_t head = sizeof(struct rmqi_message_block) + count * sizeof(struct rmq_message);
	size_t name_size = strlen(broker_name) + 1;
	struct rmqi_message_block *b = rmqi_recycler_get(
		memory, head + body.len + name_size + count * sizeof(struct rmqi_message_texts));

	if (!b)
		return NULL;
	atomic_init(&b->refs, 1);
	b->count = 0;
	b->messages = (struct rmq_message *)(void *)(b + 1);
	b->bytes = (uint8_t *)b + head;
	b->bytes_len = body.len;
	rmqi_memcpy(b->bytes, body.ptr, body.len);
	b->broker_name = (char *)b->bytes + body.len;
	rmqi_memcpy(b->broker_name, broker_name, name_size);
	b->texts = (struct rmqi_message_texts *)(void *)(b->broker_name + name_size);
	b->taken = 0;
	b->behind = -1;
	b->bad_count = 0;
	rmqi_buf_init(&b->plain, PLAIN_MAX);
	b->popped = NULL;
	return b;
}

enum rmq_error rmqi_message_block_new(struct rmqi_cursor body, const char *broker_name,
				      struct rmqi_message_block **out)
{
	return rmqi_message_block_in(NULL, body, broker_name, out);
}

enum rmq_error rmqi_message_block_in(struct rmqi_recycler *memory, struct rmqi_cursor body,
				     const char *broker_name, struct rmqi_message_block **out)
{
	bool is_whole;
	size_t count = count_records(body, &is_whole);
	struct rmqi_message_block *b = alloc_block(memory, count, body, broker_name);
	struct rmqi_cursor c;
	enum rmq_error err = RMQ_OK;

	if (!b)
		return RMQ_ERR_NO_MEMORY;
	c = rmqi_cursor(b->bytes, b->bytes_len);
	while (err == RMQ_OK && c.len > 0)
		err = b->count + b->bad_count < count ? take_record(b, &c, is_whole)
						      : RMQ_ERR_CORRUPT;
	b->taken = b->bytes_len - c.len;
	if (b->plain.len > 0)
		place_plain_bodies(b);
	*out = b;
	return err;
}

void rmqi_message_block_ref(struct rmqi_message_block *b)
{
	atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
}

void rmqi_message_block_unref(struct rmqi_message_block *b)
{
	if (!b || atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) != 1)
		return;
	rmqi_buf_deinit(&b->plain);
	rmqi_popped_set_unref(b->popped);
	rmqi_recycler_put(b);
}

/* --- One message is kept -------------------------------------------------------------------------- */

bool rmqi_message_is_in_block(const struct rmq_message *m)
{
	const struct rmqi_message_block *b = m->block;

	return b && (uintptr_t)m >= (uintptr_t)b->messages &&
	       (uintptr_t)m < (uintptr_t)(b->messages + b->count);
}

struct rmq_message *rmq_message_ref(const struct rmq_message *m)
{
	struct rmq_message *own = (struct rmq_message *)(uintptr_t)m;

	if (!m)
		return NULL;
	if (!rmqi_message_is_in_block(m))
		return rmq_message_dup(m);
	rmqi_message_block_ref(m->block);
	atomic_fetch_add_explicit(&own->refs, 1, memory_order_relaxed);
	return own;
}

void rmqi_message_unref(struct rmq_message *m)
{
	unsigned refs = atomic_load_explicit(&m->refs, memory_order_relaxed);

	while (refs > 0 &&
	       !atomic_compare_exchange_weak_explicit(&m->refs, &refs, refs - 1,
						      memory_order_relaxed, memory_order_relaxed))
		;
	if (refs > 0)
		rmqi_message_block_unref(m->block);
}
