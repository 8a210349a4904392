/* SPDX-License-Identifier: Apache-2.0 */
#include "net/inproc.h"

#include <assert.h>

#include "base/mem.h"
#include "base/sim.h"
#include "net/inproc_impl.h"

enum { FIRST_PORT = 10000 /* of listeners that ask for any */ };

bool rmqi_inproc_is_address(const char *address)
{
	return rmqi_str_has_prefix(rmqi_str(address), RMQI_INPROC_HOST ":");
}

enum rmq_error rmqi_inproc_new(struct rmqi_sim *sim, struct rmqi_inproc **out)
{
	struct rmqi_inproc *n = rmqi_calloc(1, sizeof(*n));

	if (!n)
		return RMQ_ERR_NO_MEMORY;
	n->sim = sim;
	rmqi_map_init(&n->listeners);
	rmqi_map_init(&n->cuts);
	rmqi_list_init(&n->links);
	n->next_port = FIRST_PORT;
	*out = n;
	return RMQ_OK;
}

void rmqi_inproc_free(struct rmqi_inproc *n)
{
	if (!n)
		return;
	/* Links and listeners point here. */
	assert(rmqi_list_is_empty(&n->links) && n->listeners.count == 0);
	rmqi_map_deinit(&n->listeners, NULL);
	rmqi_map_deinit(&n->cuts, NULL);
	rmqi_free(n);
}

void rmqi_inproc_set_latency_us(struct rmqi_inproc *n, int64_t us)
{
	n->latency_us = us;
}

uint64_t rmqi_inproc_in_flight(const struct rmqi_inproc *n)
{
	return n->in_flight;
}

int64_t rmqi_inproc_now_us(const struct rmqi_inproc *n)
{
	return rmqi_clock_us(rmqi_sim_clock(n->sim));
}

bool rmqi_inproc_is_cut(const struct rmqi_inproc *n, const char *address)
{
	return rmqi_map_get(&n->cuts, rmqi_str(address)) != NULL;
}

void rmqi_inproc_set_cut(struct rmqi_inproc *n, const char *address, bool cut)
{
	if (!cut)
		rmqi_map_remove(&n->cuts, rmqi_str(address));
	else if (rmqi_map_set(&n->cuts, rmqi_str(address), n, NULL) != RMQ_OK)
		return; /* no memory: a network that cannot be cut */
	rmqi_inproc_cut_links(n, address, cut);
}

/* --- Listening ------------------------------------------------------------------------------ */

static void choose_port(struct rmqi_inproc *n, struct rmqi_address *a, char *text, size_t size)
{
	do {
		a->port = (uint16_t)n->next_port++;
		rmqi_address_text(a, text, size);
	} while (rmqi_map_get(&n->listeners, rmqi_str(text)));
}

enum rmq_error rmqi_inproc_listen(struct rmqi_inproc *n, struct rmqi_loop *l, const char *address,
				  void (*accept)(void *arg, struct rmqi_stream *s), void *arg,
				  struct rmqi_inproc_listener **out)
{
	struct rmqi_inproc_listener *listener = rmqi_calloc(1, sizeof(*listener));
	enum rmq_error err = RMQ_ERR_NO_MEMORY;
	struct rmqi_address a;

	if (!listener)
		return err;
	err = rmqi_address_parse(rmqi_str(address), &a);
	if (err != RMQ_OK)
		goto out;
	rmqi_address_text(&a, listener->address, sizeof(listener->address));
	if (a.port == 0)
		choose_port(n, &a, listener->address, sizeof(listener->address));
	if (rmqi_map_get(&n->listeners, rmqi_str(listener->address))) {
		err = RMQ_ERR_CONNECT;
		goto out;
	}
	listener->net = n;
	listener->loop = l;
	listener->accept = accept;
	listener->arg = arg;
	err = rmqi_map_set(&n->listeners, rmqi_str(listener->address), listener, NULL);
out:
	if (err == RMQ_OK)
		*out = listener;
	else
		rmqi_free(listener);
	return err;
}

const char *rmqi_inproc_listener_address(const struct rmqi_inproc_listener *l)
{
	return l->address;
}

void rmqi_inproc_unlisten(struct rmqi_inproc_listener *l)
{
	if (!l)
		return;
	rmqi_map_remove(&l->net->listeners, rmqi_str(l->address));
	rmqi_free(l);
}
