/* SPDX-License-Identifier: Apache-2.0 */
#include "client/popped.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

struct rmqi_popped *rmqi_popped_at(struct rmqi_popped_set *s, size_t i)
{
	return (struct rmqi_popped *)(void *)((char *)(s + 1) + i * s->stride);
}

struct rmqi_popped_set *rmqi_popped_set_new(size_t count, size_t receipt_size)
{
	size_t align = sizeof(int64_t);
	size_t stride = (sizeof(struct rmqi_popped) + receipt_size + align - 1) / align * align;
	struct rmqi_popped_set *s = rmqi_alloc(sizeof(*s) + count * stride);

	if (!s)
		return NULL;
	*s = (struct rmqi_popped_set){
		.open = count, .count = count, .receipt_size = receipt_size, .stride = stride};
	atomic_init(&s->refs, 1);
	rmqi_list_init(&s->link);
	return s;
}

/* --- Life ------------------------------------------------------------------------------------- */

struct rmqi_popped_set *rmqi_popped_set_ref(struct rmqi_popped_set *s)
{
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

void rmqi_popped_set_unref(struct rmqi_popped_set *s)
{
	if (s && atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) == 1)
		rmqi_free(s);
}

void rmqi_popped_done(struct rmqi_popped *p)
{
	p->set->open -= p->is_open ? 1 : 0;
	p->is_open = false;
}

bool rmqi_popped_renew(struct rmqi_popped *p, const struct rmqi_receipt *r, int64_t expires_us)
{
	char text[RMQI_RECEIPT_MAX];

	if (rmqi_receipt_write(r, text, sizeof(text)) == 0 || strlen(text) >= p->set->receipt_size)
		return false;
	snprintf(p->receipt, p->set->receipt_size, "%s", text);
	rmqi_popped_note(p, r);
	p->expires_us = expires_us;
	return true;
}
