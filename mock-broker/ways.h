/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ways.h - which ways of a node are cut just now, told by whoever has the map (cluster_ways.c).
 *
 * What goes along a way that is cut waits at this end, and goes on afterwards; calls end by their own
 * deadlines. Who keeps connections looks again when it is told that the map has changed.
 *
 * Thread: loop.
 */
#ifndef MB_WAYS_H
#define MB_WAYS_H

#include <stdbool.h>
#include <stddef.h>

struct mb_ways {
	/* From the node to this "host:port". */
	bool (*is_cut)(struct mb_ways *w, const char *address);
	/* Between the node and a client: its id, or its address as the node sees it. */
	bool (*is_client_cut)(struct mb_ways *w, const char *client);
};

/* Both: `w` may be NULL. */
static inline bool mb_ways_is_cut(struct mb_ways *w, const char *address)
{
	return w && w->is_cut(w, address);
}

static inline bool mb_ways_is_client_cut(struct mb_ways *w, const char *client)
{
	return w && w->is_client_cut(w, client);
}

#endif
