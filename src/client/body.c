/* SPDX-License-Identifier: Apache-2.0 */
#include "client/body.h"

#include "base/mem.h"

static struct rmqi_body *make(size_t room, size_t len)
{
	struct rmqi_body *b = room > SIZE_MAX - sizeof(*b) ? NULL : rmqi_alloc(sizeof(*b) + room);

	if (!b)
		return NULL;
	*b = (struct rmqi_body){.len = len};
	atomic_init(&b->refs, 1);
	return b;
}

struct rmqi_body *rmqi_body_copy(const void *bytes, size_t len)
{
	struct rmqi_body *b = make(len, len);

	if (!b)
		return NULL;
	rmqi_memcpy(b + 1, bytes, len);
	b->bytes = (const uint8_t *)(b + 1);
	return b;
}

struct rmqi_body *rmqi_body_wrap(const void *bytes, size_t len, rmq_body_free_fn free, void *arg)
{
	struct rmqi_body *b = make(0, len);

	if (!b)
		return NULL;
	b->bytes = bytes;
	b->free = free;
	b->arg = arg;
	return b;
}

struct rmqi_body *rmqi_body_ref(struct rmqi_body *b)
{
	if (b)
		(void)atomic_fetch_add(&b->refs, 1);
	return b;
}

void rmqi_body_unref(struct rmqi_body *b)
{
	union {
		const uint8_t *in;
		void *out;
	} bytes; /* it was given as one that may be changed */

	if (!b || atomic_fetch_sub(&b->refs, 1) != 1)
		return;
	bytes.in = b->bytes;
	if (b->free)
		b->free(bytes.out, b->len, b->arg);
	rmqi_free(b);
}
