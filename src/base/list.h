/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list.h - an intrusive doubly linked list with a sentinel.
 *
 * A node that is in no list points at itself: removing it again is harmless.
 */
#ifndef RMQI_BASE_LIST_H
#define RMQI_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

struct rmqi_list {
	struct rmqi_list *next;
	struct rmqi_list *prev;
};

static inline void rmqi_list_init(struct rmqi_list *node)
{
	node->next = node;
	node->prev = node;
}

static inline bool rmqi_list_is_empty(const struct rmqi_list *head)
{
	return head->next == head;
}

static inline void rmqi_list_insert_before(struct rmqi_list *at, struct rmqi_list *node)
{
	node->prev = at->prev;
	node->next = at;
	at->prev->next = node;
	at->prev = node;
}

static inline void rmqi_list_push(struct rmqi_list *head, struct rmqi_list *node)
{
	rmqi_list_insert_before(head, node);
}

static inline void rmqi_list_remove(struct rmqi_list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	rmqi_list_init(node);
}

/* The first node, unlinked; NULL when empty. */
static inline struct rmqi_list *rmqi_list_pop(struct rmqi_list *head)
{
	struct rmqi_list *first = head->next;

	if (first == head)
		return NULL;
	rmqi_list_remove(first);
	return first;
}

/* Moves every node of `from` to the end of `to`; `from` is empty afterwards. */
static inline void rmqi_list_move_all(struct rmqi_list *from, struct rmqi_list *to)
{
	if (rmqi_list_is_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	rmqi_list_init(from);
}

#define RMQI_LIST_ITEM(node, type, member) RMQI_CONTAINER(node, type, member)
/* The body may remove `node` (of type struct rmqi_list *), no other. */
#define RMQI_LIST_EACH(node, head)                                                             \
	for (struct rmqi_list *node = (head)->next, *node##_next = node->next; node != (head); \
	     node = node##_next, node##_next = node->next)

#endif
