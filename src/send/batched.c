/* SPDX-License-Identifier: Apache-2.0 */
#include "send/batched.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "codec/names.h"
#include "codec/properties.h"

/* A record: total u32, magic u32, crc u32, flag u32, length u32 and body, length u16 and properties. */
enum { FIXED = 22, NAME_END = 1, PAIR_END = 2, ENDS = 2 };

/* --- What stands in the way ------------------------------------------------------------------------ */

/* Brokers look for these among the properties of the batch, and so overlook those of its messages. A delay
 * of a message that was received late is an old one, which is not sent again (request.c). */
static const struct obstacle {
	const char *property, *text;
	bool is_delay;
} obstacles[] = {
	{RMQI_PROP_DELAY, "a delay level", true},    {"TIMER_DELAY_SEC", "a delivery time", true},
	{"TIMER_DELAY_MS", "a delivery time", true}, {"TIMER_DELIVER_MS", "a delivery time", true},
	{"_SYS_MSG_PRIORITY_", "a priority", false}, {"__LITE_TOPIC", "a lite topic", false},
};

static const struct obstacle *find_obstacle(const char *name)
{
	/* Most properties are the user's. */
	if (name[0] != 'D' && name[0] != 'T' && name[0] != '_')
		return NULL;
	for (size_t i = 0; i < RMQI_COUNT(obstacles); i++)
		if (strcmp(obstacles[i].property, name) == 0)
			return &obstacles[i];
	return NULL;
}

struct found {
	const struct obstacle *delay, *other;
	bool was_late;
};

static void read_pair(struct rmqi_batched *member, const char *name, const char *value,
		      struct found *found)
{
	const struct obstacle *o = find_obstacle(name);

	if (o && o->is_delay)
		found->delay = o;
	else if (o)
		found->other = o;
	else if (strcmp(name, RMQI_PROP_REAL_TOPIC) == 0)
		found->was_late = true;
	else if (strcmp(name, RMQI_PROP_WAIT) == 0) {
		member->has_wait = true;
		member->waits = rmqi_str_to_bool(rmqi_str(value));
	}
}

void rmqi_batched_read(struct rmqi_batched *member, const struct rmq_message *m,
		       const struct rmqi_send_extra *extra)
{
	const char *at, *end;
	struct found found = {0};

	rmqi_message_ready(m);
	at = m->properties;
	end = at + m->properties_len;
	member->message = m;
	member->extra = extra;
	member->obstacle = NULL;
	member->waits = true;
	member->has_wait = false;
	member->queue = NULL;
	member->route = NULL;
	rmqi_buf_init(&member->text, RMQI_PROPERTIES_MAX);
	while (at < end) {
		const char *value = at + strlen(at) + 1;

		read_pair(member, at, value, &found);
		at = value + strlen(value) + 1;
	}
	if (rmqi_topic_is_retry(rmqi_str(m->topic)))
		member->obstacle = "a retry topic";
	else if (m->is_reply)
		member->obstacle = "somebody to reply to";
	else if (found.other)
		member->obstacle = found.other->text;
	else if (found.delay && !found.was_late)
		member->obstacle = found.delay->text;
}

bool rmqi_batched_choose(struct rmqi_batched *b, struct rmqi_client *client,
			 struct rmqi_choice *choice)
{
	struct rmqi_picker picker;

	if (!choice || choice->kind == RMQI_CHOICE_ANY)
		return true;
	b->route = rmqi_client_cached_route(client, b->message->topic);
	if (!b->route || rmqi_choice_check(choice, b->message->topic, NULL) != RMQ_OK)
		return false;
	picker = rmqi_choice_picker(choice);
	b->queue =
		picker.pick(picker.arg, b->route, NULL, rmqi_clock_us(rmqi_client_clock(client)));
	/* It goes alone, and fails there with the words of a single send. */
	choice->chose_none = !b->queue;
	return b->queue != NULL;
}

/* --- Its sizes -------------------------------------------------------------------------------------- */

static size_t pair_size(const char *name, size_t value_len)
{
	return strlen(name) + value_len + ENDS;
}

static size_t extra_size(const struct rmqi_send_extra *extra)
{
	const char *const *pair = extra ? extra->properties : NULL;
	size_t size = 0;

	for (; pair && *pair; pair += 2)
		size += pair_size(pair[0], strlen(pair[1]));
	return size;
}

/* A pair of C strings is as long as a pair on the wire. */
static size_t plain_size(const struct rmqi_batched *member)
{
	size_t wait = member->has_wait ? 0 : pair_size(RMQI_PROP_WAIT, sizeof("true") - 1);

	return member->message->properties_len + pair_size(RMQI_PROP_UNIQ_KEY, member->id_len) +
	       wait + extra_size(member->extra);
}

/* Was it stored before? Then some of its properties are not sent again. */
static bool is_received(const struct rmq_message *m)
{
	return m->queue.queue_id >= 0;
}

enum rmq_error rmqi_batched_make(struct rmqi_batched *member, struct rmqi_uniq *uniq)
{
	const struct rmq_message *m = member->message;
	enum rmq_error err;

	member->id_len = rmqi_uniq_next(uniq, member->id);
	if (is_received(m)) {
		rmqi_send_properties_write(m, member->extra, member->id, &member->text);
		err = rmqi_buf_status(&member->text);
		if (err != RMQ_OK)
			return err;
		member->properties_len = member->text.len;
	} else {
		member->properties_len = plain_size(member);
	}
	member->size = FIXED + m->body_len + member->properties_len;
	return member->properties_len > RMQI_PROPERTIES_MAX ? RMQ_ERR_TOO_LARGE : RMQ_OK;
}

void rmqi_batched_deinit(struct rmqi_batched *member)
{
	rmqi_buf_deinit(&member->text);
	rmqi_topic_route_unref(member->route);
	member->route = NULL;
}

/* --- Its record --------------------------------------------------------------------------------------- */

static uint8_t *put_number(uint8_t *at, uint64_t value, size_t bytes)
{
	for (size_t i = bytes; i-- > 0; value >>= 8)
		at[i] = (uint8_t)value;
	return at + bytes;
}

static uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t len)
{
	rmqi_memcpy(at, bytes, len);
	return at + len;
}

static uint8_t *put_pair(uint8_t *at, const char *name, const char *value, size_t value_len)
{
	at = put_bytes(at, name, strlen(name));
	*at++ = NAME_END;
	at = put_bytes(at, value, value_len);
	*at++ = PAIR_END;
	return at;
}

/* All at once; then the NULs, which end names and values in turn, become what ends them on the wire. */
static uint8_t *put_own(uint8_t *at, const struct rmq_message *m)
{
	uint8_t *end = put_bytes(at, m->properties, m->properties_len), *nul;
	uint8_t mark = NAME_END;

	for (; at < end && (nul = memchr(at, 0, (size_t)(end - at))) != NULL; at = nul + 1) {
		*nul = mark;
		mark = mark == NAME_END ? PAIR_END : NAME_END;
	}
	return end;
}

/* As rmqi_send_properties_write. */
static uint8_t *put_plain(uint8_t *at, const struct rmqi_batched *member, uint8_t **id_at)
{
	const char *const *pair = member->extra ? member->extra->properties : NULL;

	at = put_own(at, member->message);
	*id_at = at + sizeof(RMQI_PROP_UNIQ_KEY);
	at = put_pair(at, RMQI_PROP_UNIQ_KEY, member->id, member->id_len);
	if (!member->has_wait)
		at = put_pair(at, RMQI_PROP_WAIT, "true", sizeof("true") - 1);
	for (; pair && *pair; pair += 2)
		at = put_pair(at, pair[0], pair[1], strlen(pair[1]));
	return at;
}

/* The last UNIQ_KEY is ours: an older one was dropped. */
static uint8_t *put_text(uint8_t *at, const struct rmqi_batched *member, uint8_t **id_at)
{
	struct rmqi_str text = rmqi_cursor_str(rmqi_buf_cursor(&member->text)), id = {0};

	(void)rmqi_properties_get(text, RMQI_PROP_UNIQ_KEY, &id);
	*id_at = at + (id.ptr - text.ptr);
	return put_bytes(at, text.ptr, text.len);
}

size_t rmqi_batched_put(const struct rmqi_batched *member, uint8_t *at)
{
	const struct rmq_message *m = member->message;
	uint8_t *start = at, *id_at;

	at = put_number(at, member->size, 4);           /* total */
	at = put_number(at, 0, 8);                      /* magic, crc */
	at = put_number(at, (uint32_t)m->flag, 4);      /* flag */
	at = put_number(at, m->body_len, 4);            /* body */
	at = put_bytes(at, m->body, m->body_len);       /* ... */
	at = put_number(at, member->properties_len, 2); /* properties */
	at = is_received(m) ? put_text(at, member, &id_at) : put_plain(at, member, &id_at);
	/* What was measured is what was written. */
	assert((size_t)(at - start) == member->size);
	return (size_t)(id_at - start);
}
