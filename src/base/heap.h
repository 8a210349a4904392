/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heap.h - an intrusive binary min-heap on (key, order).
 *
 * Thread: one owner at a time.
 */
#ifndef RMQI_BASE_HEAP_H
#define RMQI_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"

struct rmqi_heap_node {
	int64_t key;
	uint64_t order; /* breaks ties: smaller first */
	size_t at;      /* position + 1 in the heap, 0 = in none */
};

struct rmqi_heap {
	struct rmqi_heap_node **nodes;
	size_t count;
	size_t cap;
};

void rmqi_heap_init(struct rmqi_heap *h);
void rmqi_heap_deinit(struct rmqi_heap *h);
/* Room for `cap` nodes: pushes up to that count cannot fail. */
enum rmq_error rmqi_heap_reserve(struct rmqi_heap *h, size_t cap) RMQI_MUST_USE;
/* The node must be in no heap. RMQ_ERR_NO_MEMORY is the only failure. */
enum rmq_error rmqi_heap_push(struct rmqi_heap *h, struct rmqi_heap_node *node) RMQI_MUST_USE;
/* Harmless when the node is in no heap. */
void rmqi_heap_remove(struct rmqi_heap *h, struct rmqi_heap_node *node);
/* Moves a contained node after its key or order changed. */
void rmqi_heap_update(struct rmqi_heap *h, struct rmqi_heap_node *node);
struct rmqi_heap_node *rmqi_heap_min(const struct rmqi_heap *h);

#endif
