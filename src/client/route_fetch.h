/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route_fetch.h - one question for the route of a topic, and what its answer changes.
 *
 * routes.c keeps the routes of watched topics fresh; each of its looks is a fetch, as is
 * that of a caller who waits (rmqi_client_route). The answer "no such topic" does not
 * remove a route that is cached: a name server that has just started knows nothing
 * until the brokers register again, up to 30 s (BrokerConfig.registerNameServerPeriod).
 *
 * Thread: loop, unless said otherwise.
 */
#ifndef RMQI_CLIENT_ROUTE_FETCH_H
#define RMQI_CLIENT_ROUTE_FETCH_H

#include "client/client_impl.h"

enum rmqi_route_purpose {
	RMQI_ROUTE_TO_KEEP,    /* caches it and keeps it fresh from then on */
	RMQI_ROUTE_TO_REFRESH, /* caches it, if the topic is still watched */
	RMQI_ROUTE_TO_LOOK     /* keeps nothing */
};

/* Thread: any. NULL: not known. */
struct rmqi_topic *rmqi_topic_find(struct rmqi_client *c, const char *name);
/* NULL when memory is out. */
struct rmqi_topic *rmqi_topic_obtain(struct rmqi_client *c, const char *name);
/* Of one that is in no table any more; its type is that of a map's destructor. */
void rmqi_topic_free(void *topic);

/* Thread: any. `fn` is called once, on the loop, or here when memory is out. use_default: a topic that is
 * not known yet is answered for by TBW102. */
void rmqi_route_fetch(struct rmqi_client *c, const char *topic, enum rmqi_route_purpose purpose,
		      bool use_default, int64_t deadline_us, rmqi_client_route_fn fn, void *arg);

/* Of the peer that was asked last; NULL when nobody was. */
const char *rmqi_route_last_address(const struct rmq_error_detail *detail);

#endif
