/* SPDX-License-Identifier: Apache-2.0 */
/* receiver_out.c - messages that a simple consumer has handed out, and that are not acknowledged. */
#include "client/popped.h"
#include "consumer/receiver.h"

static size_t count_open(const struct rmqi_receiver *r, struct rmqi_popped_set *s, int64_t *left_us)
{
	int64_t now = s->open > 0 ? rmqi_clock_boot_us(r->consumer->clock) : 0;
	size_t open = 0;

	for (size_t i = 0; s->open > 0 && i < s->count; i++) {
		const struct rmqi_popped *p = rmqi_popped_at(s, i);

		if (!p->is_open || p->expires_us <= now)
			continue;
		open++;
		if (p->expires_us - now > *left_us)
			*left_us = p->expires_us - now;
	}
	return open;
}

static struct rmqi_popped_set *set_of(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct rmqi_popped_set, link);
}

size_t rmqi_receiver_open(struct rmqi_receiver *r, int64_t *left_us)
{
	size_t open = 0;

	RMQI_LIST_EACH(node, &r->sets)
		open += count_open(r, set_of(node), left_us);
	return open;
}

static void forget(struct rmqi_popped_set *s)
{
	s->popper = NULL;
	rmqi_list_remove(&s->link);
	rmqi_popped_set_unref(s);
}

/* Two that are looked at for each one that comes keep the list as long as what is out. */
void rmqi_receiver_keep(struct rmqi_receiver *r, struct rmqi_popped_set *s)
{
	int64_t left_us = 0;

	for (size_t i = 0; i < 2 && !rmqi_list_is_empty(&r->sets); i++) {
		struct rmqi_popped_set *old = set_of(rmqi_list_pop(&r->sets));

		rmqi_list_push(&r->sets, &old->link);
		if (count_open(r, old, &left_us) == 0)
			forget(old);
	}
	rmqi_list_push(&r->sets, &rmqi_popped_set_ref(s)->link);
}

void rmqi_receiver_forget_all(struct rmqi_receiver *r)
{
	while (!rmqi_list_is_empty(&r->sets))
		forget(set_of(r->sets.next));
}
