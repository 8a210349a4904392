/* SPDX-License-Identifier: Apache-2.0 */
/* The chunks of a trace: those that fill, wait, are sent, and are kept. */
#include "base/mem.h"
#include "codec/properties.h"
#include "send/trace_impl.h"

enum { KEEP_CHUNKS = 2 };

void rmqi_trace_free_chunk(struct rmqi_trace_chunk *c)
{
	rmqi_buf_deinit(&c->body);
	rmqi_buf_deinit(&c->keys);
	rmqi_free(c);
}

static struct rmqi_trace_chunk *make_chunk(struct rmqi_trace *t)
{
	struct rmqi_trace_chunk *c = rmqi_calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	rmqi_list_init(&c->link);
	rmqi_buf_init(&c->body, RMQI_TRACE_CHUNK_BYTES + 2 * RMQI_PROPERTIES_MAX);
	rmqi_buf_init(&c->keys, RMQI_PROPERTIES_MAX);
	c->trace = t;
	t->chunks++;
	return c;
}

struct rmqi_trace_chunk *rmqi_trace_obtain_chunk(struct rmqi_trace *t)
{
	struct rmqi_list *node;

	if (t->filling)
		return t->filling;
	node = rmqi_list_pop(&t->spare);
	if (node) {
		t->spares--;
		t->filling = RMQI_LIST_ITEM(node, struct rmqi_trace_chunk, link);
	} else if (t->chunks < RMQI_TRACE_CHUNKS) {
		t->filling = make_chunk(t);
	}
	return t->filling;
}

void rmqi_trace_recycle(struct rmqi_trace *t, struct rmqi_trace_chunk *c)
{
	c->records = 0;
	if (t->spares >= KEEP_CHUNKS) {
		t->chunks--;
		rmqi_trace_free_chunk(c);
		return;
	}
	rmqi_buf_reset(&c->body);
	rmqi_buf_reset(&c->keys);
	rmqi_list_push(&t->spare, &c->link);
	t->spares++;
}

bool rmqi_trace_chunk_is_full(const struct rmqi_trace_chunk *c)
{
	return c->body.len >= RMQI_TRACE_CHUNK_BYTES || c->keys.len >= RMQI_TRACE_CHUNK_KEYS;
}

bool rmqi_trace_is_empty(const struct rmqi_trace *t)
{
	return !t->filling && rmqi_list_is_empty(&t->full) && t->sending == 0;
}

struct rmqi_trace_chunk *rmqi_trace_take_chunk(struct rmqi_trace *t, bool is_late)
{
	struct rmqi_list *node;
	struct rmqi_trace_chunk *c = t->filling;

	if (t->sending >= RMQI_TRACE_SENDS)
		return NULL;
	node = rmqi_list_pop(&t->full);
	if (node) {
		c = RMQI_LIST_ITEM(node, struct rmqi_trace_chunk, link);
	} else {
		if (!c || (c->records < t->batch && !is_late && !t->is_hurried))
			return NULL;
		t->filling = NULL;
	}
	t->sending++;
	return c;
}
