/* SPDX-License-Identifier: Apache-2.0 */
#include "send/gate.h"

#include <stdatomic.h>

#include "base/mem.h"
#include "base/thread.h"

struct rmqi_gate {
	atomic_uint refs;
	struct rmqi_mutex mu;
	struct rmqi_cond empty; /* mu: `inside` has become 0 */
	unsigned inside;        /* mu */
	bool is_closed;         /* mu */
};

struct rmqi_gate *rmqi_gate_new(void)
{
	struct rmqi_gate *g = rmqi_calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	atomic_init(&g->refs, 1);
	rmqi_mutex_init(&g->mu);
	rmqi_cond_init(&g->empty);
	return g;
}

struct rmqi_gate *rmqi_gate_ref(struct rmqi_gate *g)
{
	atomic_fetch_add_explicit(&g->refs, 1, memory_order_relaxed);
	return g;
}

void rmqi_gate_unref(struct rmqi_gate *g)
{
	if (!g || atomic_fetch_sub(&g->refs, 1) != 1)
		return;
	rmqi_cond_deinit(&g->empty);
	rmqi_mutex_deinit(&g->mu);
	rmqi_free(g);
}

bool rmqi_gate_enter(struct rmqi_gate *g)
{
	bool is_open;

	rmqi_mutex_lock(&g->mu);
	is_open = !g->is_closed;
	g->inside += is_open;
	rmqi_mutex_unlock(&g->mu);
	return is_open;
}

void rmqi_gate_leave(struct rmqi_gate *g)
{
	rmqi_mutex_lock(&g->mu);
	if (--g->inside == 0)
		rmqi_cond_broadcast(&g->empty);
	rmqi_mutex_unlock(&g->mu);
}

void rmqi_gate_close(struct rmqi_gate *g)
{
	if (!g)
		return;
	rmqi_mutex_lock(&g->mu);
	g->is_closed = true;
	while (g->inside > 0)
		rmqi_cond_wait(&g->empty, &g->mu);
	rmqi_mutex_unlock(&g->mu);
}
