/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/ack_body.h"

#include <string.h>

#include "base/mem.h"
#include "client/popped.h"
#include "codec/body_pop.h"
#include "codec/receipt.h"
#include "consumer/popping.h"

enum {
	SPAN_MAX = 64 * 1024 * 8, /* offsets in the bits of one check point */
	NEAR_BYTES = 16           /* of bits that need no memory */
};

/* A check point that the body names. */
struct part {
	uint8_t near[NEAR_BYTES];
	size_t room; /* of its bits */
};

/* Of a batch that one pop brought. */
struct rooms {
	struct rmqi_batch_ack acks[RMQI_POP_MAX];
	struct part parts[RMQI_POP_MAX];
};

struct maker {
	const struct rmqi_ack_body *body;
	struct rmqi_batch_acks
		all; /* its texts are borrowed; bits are, too, unless they do not fit in `near` */
	struct part *parts; /* of each */
};

/* --- Check points --------------------------------------------------------------------------------- */

static char *borrowed(const char *text)
{
	return (char *)(uintptr_t)text;
}

static size_t find_part(const struct maker *k, const struct rmqi_receipt *r, const char *topic)
{
	for (size_t i = k->all.count; i-- > 0;) {
		const struct rmqi_batch_ack *a = &k->all.acks[i];

		if (a->start == r->start && a->queue_id == r->queue_id && a->mark == r->mark &&
		    a->pop_ms == r->pop_ms && strcmp(a->topic, topic) == 0)
			return i;
	}
	return k->all.count;
}

/* The place of this check point, a new one behind the others if there is none. */
static size_t get_part(struct maker *k, const struct rmqi_receipt *r, const char *topic)
{
	size_t at = find_part(k, r, topic);
	struct part *p = &k->parts[at];

	if (at < k->all.count)
		return at;
	*p = (struct part){.room = sizeof(p->near)};
	k->all.acks[at] = (struct rmqi_batch_ack){.consumer_group = borrowed(k->body->group),
						  .topic = borrowed(topic),
						  .mark = r->mark,
						  .start = r->start,
						  .queue_id = r->queue_id,
						  .revive_queue = r->revive_queue,
						  .pop_ms = r->pop_ms,
						  .invisible_ms = r->invisible_ms,
						  .bits = p->near};
	k->all.count++;
	return at;
}

/* --- Bits ---------------------------------------------------------------------------------------- */

static enum rmq_error grow(struct rmqi_batch_ack *a, struct part *p, size_t len)
{
	size_t room = len * 2;
	uint8_t *bits = rmqi_calloc(room, 1);

	if (!bits)
		return RMQ_ERR_NO_MEMORY;
	rmqi_memcpy(bits, a->bits, a->bits_len);
	if (a->bits != p->near)
		rmqi_free(a->bits);
	a->bits = bits;
	p->room = room;
	return RMQ_OK;
}

static enum rmq_error set_bit(struct rmqi_batch_ack *a, struct part *p, int64_t offset)
{
	int64_t bit = offset - a->start;
	size_t len = (size_t)bit / 8 + 1;

	if (bit < 0 || bit >= SPAN_MAX)
		return RMQ_ERR_PROTOCOL;
	if (len > p->room && grow(a, p, len) != RMQ_OK)
		return RMQ_ERR_NO_MEMORY;
	a->bits_len = len > a->bits_len ? len : a->bits_len;
	a->bits[bit / 8] |= (uint8_t)(1 << bit % 8);
	return RMQ_OK;
}

/* --- Messages ------------------------------------------------------------------------------------- */

static enum rmq_error add(struct maker *k, const struct rmq_message *m)
{
	const struct rmqi_popped *p = m->popped;
	size_t at;

	if (!p->is_read)
		return RMQ_ERR_INVALID_ARGUMENT;
	at = get_part(k, &p->at, m->topic);
	return set_bit(&k->all.acks[at], &k->parts[at], p->at.offset);
}

static enum rmq_error make(struct maker *k, struct rmqi_buf *out)
{
	enum rmq_error err = RMQ_OK;

	for (size_t i = 0; i < k->body->count && err == RMQ_OK; i++)
		err = add(k, k->body->messages[i]);
	if (err == RMQ_OK)
		err = rmqi_batch_acks_encode(&k->all, out);
	for (size_t i = 0; i < k->all.count; i++)
		if (k->all.acks[i].bits != k->parts[i].near)
			rmqi_free(k->all.acks[i].bits);
	return err;
}

enum rmq_error rmqi_ack_body_encode(const struct rmqi_ack_body *b, struct rmqi_buf *out)
{
	struct maker k = {.body = b, .all.broker_name = borrowed(b->broker_name)};
	struct rooms rooms;
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (b->count <= RMQI_POP_MAX) {
		k.all.acks = rooms.acks;
		k.parts = rooms.parts;
		return make(&k, out);
	}
	k.all.acks = rmqi_calloc(b->count, sizeof(*k.all.acks));
	k.parts = rmqi_calloc(b->count, sizeof(*k.parts));
	if (k.all.acks && k.parts)
		err = make(&k, out);
	rmqi_free(k.all.acks);
	rmqi_free(k.parts);
	return err;
}
