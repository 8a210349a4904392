/* SPDX-License-Identifier: Apache-2.0 */
#include "base/heap.h"

#include <assert.h>

#include "base/mem.h"

enum { CAP_MIN = 16 };

void rmqi_heap_init(struct rmqi_heap *h)
{
	*h = (struct rmqi_heap){0};
}

void rmqi_heap_deinit(struct rmqi_heap *h)
{
	rmqi_free(h->nodes);
	rmqi_heap_init(h);
}

enum rmq_error rmqi_heap_reserve(struct rmqi_heap *h, size_t cap)
{
	struct rmqi_heap_node **nodes;
	size_t bigger = h->cap ? h->cap * 2 : CAP_MIN;

	if (cap <= h->cap)
		return RMQ_OK;
	if (bigger < cap)
		bigger = cap;
	if (bigger > SIZE_MAX / sizeof(*nodes))
		return RMQ_ERR_NO_MEMORY;
	nodes = rmqi_realloc(h->nodes, bigger * sizeof(*nodes));
	if (!nodes)
		return RMQ_ERR_NO_MEMORY;
	h->nodes = nodes;
	h->cap = bigger;
	return RMQ_OK;
}

static bool is_less(const struct rmqi_heap_node *a, const struct rmqi_heap_node *b)
{
	return a->key != b->key ? a->key < b->key : a->order < b->order;
}

static void place(struct rmqi_heap *h, size_t at, struct rmqi_heap_node *node)
{
	h->nodes[at] = node;
	node->at = at + 1;
}

static void sift_up(struct rmqi_heap *h, size_t at)
{
	struct rmqi_heap_node *node = h->nodes[at];

	while (at > 0 && is_less(node, h->nodes[(at - 1) / 2])) {
		place(h, at, h->nodes[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	place(h, at, node);
}

static void sift_down(struct rmqi_heap *h, size_t at)
{
	struct rmqi_heap_node *node = h->nodes[at];
	size_t child;

	while ((child = at * 2 + 1) < h->count) {
		if (child + 1 < h->count && is_less(h->nodes[child + 1], h->nodes[child]))
			child++;
		if (!is_less(h->nodes[child], node))
			break;
		place(h, at, h->nodes[child]);
		at = child;
	}
	place(h, at, node);
}

enum rmq_error rmqi_heap_push(struct rmqi_heap *h, struct rmqi_heap_node *node)
{
	enum rmq_error err = rmqi_heap_reserve(h, h->count + 1);

	/* A node can be in one heap only. */
	assert(node->at == 0);
	if (err != RMQ_OK)
		return err;
	place(h, h->count++, node);
	sift_up(h, h->count - 1);
	return RMQ_OK;
}

void rmqi_heap_remove(struct rmqi_heap *h, struct rmqi_heap_node *node)
{
	struct rmqi_heap_node *last;
	size_t at = node->at;

	if (at == 0)
		return;
	/* The node is in this heap, not in another one. */
	assert(at <= h->count && h->nodes[at - 1] == node);
	last = h->nodes[--h->count];
	node->at = 0;
	if (last == node)
		return;
	place(h, at - 1, last);
	rmqi_heap_update(h, last);
}

void rmqi_heap_update(struct rmqi_heap *h, struct rmqi_heap_node *node)
{
	/* The node is in this heap. */
	assert(node->at != 0 && node->at <= h->count && h->nodes[node->at - 1] == node);
	sift_up(h, node->at - 1);
	sift_down(h, node->at - 1);
}

struct rmqi_heap_node *rmqi_heap_min(const struct rmqi_heap *h)
{
	return h->count ? h->nodes[0] : NULL;
}
