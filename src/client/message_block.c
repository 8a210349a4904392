/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message_block.c - a pull answer becomes messages: one copy of its bytes, in
 * which the separators of the properties and the ends of the topics are turned
 * into NULs. Only compressed bodies need memory of their own.
 */
#include <string.h>

#include "base/mem.h"
#include "client/message.h"
#include "codec/names.h"
#include "codec/properties.h"

enum { PLAIN_MAX = 64 * 1024 * 1024 }; /* decompressed bodies of one answer, together */

static size_t count_messages(struct rmqi_cursor c)
{
	size_t count = 0;
	uint32_t size;
	struct rmqi_cursor peek = c;

	/* The real check is the decoder's; here only the records' length words are followed. */
	while (rmqi_cursor_u32(&peek, &size) && size >= RMQI_MESSAGE_FIXED_V4 - 1 &&
	       rmqi_cursor_skip(&c, size)) {
		count++;
		peek = c;
	}
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

static void take_texts(struct rmqi_message_block *b, struct rmq_message *m,
		       const struct rmqi_stored_message *s, const char *broker_name)
{
	char *topic = writable(b, s->topic.ptr);
	const char *retry;

	/* The topic is followed by the two length bytes of the properties, so it has room for its NUL;
	 * the properties then start one byte early, on the second of them. */
	topic[s->topic.len] = '\0';
	m->topic = topic;
	m->queue = (struct rmq_queue){topic, broker_name, s->queue_id};
	m->properties = "";
	if (s->properties.len > 0) {
		char *text = writable(b, s->properties.ptr);

		m->properties_len = split_properties(text, s->properties.len);
		m->properties = text - 1;
	}
	retry = rmqi_message_property(m, RMQI_PROP_RETRY_TOPIC);
	/* resetRetryAndNamespace: the user sees the topic that was subscribed. */
	if (retry && rmqi_topic_is_retry(s->topic))
		m->topic = retry;
}

static enum rmq_error take_message(struct rmqi_message_block *b, struct rmqi_cursor *c,
				   const char *broker_name)
{
	struct rmq_message *m = &b->messages[b->count];
	struct rmqi_stored_message s;
	size_t before = c->len;
	enum rmq_error err = rmqi_message_decode(c, &s);

	if (err == RMQ_OK)
		err = rmqi_message_check_crc(&s);
	if (err != RMQ_OK)
		return err;
	m->flag = s.flag;
	m->sys_flag = s.sys_flag;
	m->reconsume_times = s.reconsume_times;
	m->queue_offset = s.queue_offset;
	m->physical_offset = s.physical_offset;
	m->born_ms = s.born_timestamp;
	m->store_ms = s.store_timestamp;
	m->born_host = s.born_host;
	m->store_host = s.store_host;
	m->stored_size = before - c->len;
	m->block = b;
	err = take_body(b, m, &s);
	if (err != RMQ_OK)
		return err;
	take_texts(b, m, &s, broker_name);
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

enum rmq_error rmqi_message_block_new(struct rmqi_cursor body, const char *broker_name,
				      struct rmqi_message_block **out)
{
	size_t count = count_messages(body);
	size_t head = sizeof(struct rmqi_message_block) + count * sizeof(struct rmq_message);
	struct rmqi_message_block *b = rmqi_alloc(head + body.len);
	struct rmqi_cursor c;
	enum rmq_error err = RMQ_OK;

	if (!b)
		return RMQ_ERR_NO_MEMORY;
	memset(b, 0, head);
	atomic_init(&b->refs, 1);
	b->messages = (struct rmq_message *)(void *)(b + 1);
	b->bytes = (uint8_t *)b + head;
	b->bytes_len = body.len;
	rmqi_memcpy(b->bytes, body.ptr, body.len);
	rmqi_buf_init(&b->plain, PLAIN_MAX);
	c = rmqi_cursor(b->bytes, b->bytes_len);
	while (err == RMQ_OK && c.len > 0)
		err = b->count < count ? take_message(b, &c, broker_name) : RMQ_ERR_CORRUPT;
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
	rmqi_free(b);
}
