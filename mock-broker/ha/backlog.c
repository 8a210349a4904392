/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/ha/backlog.h"

#include "base/clock.h"
#include "base/mem.h"
#include "mock-broker/store/big_endian.h"

struct chunk {
	struct rmqi_list link;
	int64_t us; /* when it came */
	size_t len, taken;
	uint8_t bytes[MB_BACKLOG_CHUNK];
};

static struct chunk *first(const struct mb_backlog *b)
{
	return rmqi_list_is_empty(&b->chunks) ? NULL
					      : RMQI_LIST_ITEM(b->chunks.next, struct chunk, link);
}

static struct chunk *last(const struct mb_backlog *b)
{
	return RMQI_LIST_ITEM(b->chunks.prev, struct chunk, link);
}

static void drop(struct chunk *c)
{
	rmqi_list_remove(&c->link);
	rmqi_free(c);
}

void mb_backlog_init(struct mb_backlog *b)
{
	*b = (struct mb_backlog){0};
	rmqi_list_init(&b->chunks);
}

void mb_backlog_clear(struct mb_backlog *b)
{
	RMQI_LIST_EACH(node, &b->chunks)
		drop(RMQI_LIST_ITEM(node, struct chunk, link));
	b->len = 0;
}

void mb_backlog_begin(struct mb_backlog *b, const uint8_t *head, size_t head_len, size_t body_left,
		      int64_t end)
{
	rmqi_memcpy(b->head, head, head_len);
	b->head_len = head_len;
	b->body_left = body_left;
	b->end = end;
}

uint8_t *mb_backlog_room(struct mb_backlog *b)
{
	struct chunk *c = rmqi_alloc(sizeof(*c));

	if (!c)
		return NULL;
	c->len = c->taken = 0;
	rmqi_list_push(&b->chunks, &c->link);
	return c->bytes;
}

/* --- Frames ---------------------------------------------------------------------------------------- */

/* A size that makes no sense is found by who takes the frame. */
static void begin_frame(struct mb_backlog *b)
{
	int32_t size = (int32_t)mb_get_u32(b->head + sizeof(int64_t));

	b->head_len = 0;
	b->body_left = size > 0 ? (size_t)size : 0;
	b->end = mb_get_i64(b->head);
}

static size_t follow_head(struct mb_backlog *b, const uint8_t *bytes, size_t len)
{
	size_t n = sizeof(b->head) - b->head_len;

	if (n > len)
		n = len;
	rmqi_memcpy(b->head + b->head_len, bytes, n);
	b->head_len += n;
	if (b->head_len == sizeof(b->head))
		begin_frame(b);
	return n;
}

static size_t follow_body(struct mb_backlog *b, size_t len)
{
	size_t n = b->body_left < len ? b->body_left : len;

	b->body_left -= n;
	if (b->end <= INT64_MAX - (int64_t)n)
		b->end += (int64_t)n;
	return n;
}

void mb_backlog_came(struct mb_backlog *b, size_t len, int64_t now_us)
{
	struct chunk *c = last(b);

	if (len == 0) {
		drop(c);
		return;
	}
	c->us = now_us;
	c->len = len;
	b->len += len;
	for (size_t at = 0; at < len;)
		at += b->body_left ? follow_body(b, len - at)
				   : follow_head(b, c->bytes + at, len - at);
}

/* --- Taking ---------------------------------------------------------------------------------------- */

size_t mb_backlog_take(struct mb_backlog *b, uint8_t *to, size_t room, int64_t until_us)
{
	struct chunk *c = first(b);
	size_t n;

	if (!c || c->us > until_us)
		return 0;
	n = c->len - c->taken < room ? c->len - c->taken : room;
	rmqi_memcpy(to, c->bytes + c->taken, n);
	c->taken += n;
	b->len -= n;
	if (c->taken == c->len)
		drop(c);
	return n;
}

int64_t mb_backlog_first_us(const struct mb_backlog *b)
{
	const struct chunk *c = first(b);

	return c ? c->us : RMQI_FOREVER;
}
