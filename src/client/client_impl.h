/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_impl.h - the inside of a client, for the files of this room only.
 */
#ifndef RMQI_CLIENT_CLIENT_IMPL_H
#define RMQI_CLIENT_CLIENT_IMPL_H

#include "base/list.h"
#include "base/map.h"
#include "base/rand.h"
#include "client/client.h"
#include "client/fault.h"
#include "client/life.h"

struct rmqi_callbacks;

/* A topic that is known or watched. */
struct rmqi_topic {
	char *name;                     /* owned */
	struct rmqi_topic_route *route; /* mu; NULL: none yet */
	bool is_watched;                /* loop */
	bool is_fetching;               /* loop */
	bool is_told_missing;           /* loop; that no name server knows it */
};

/* A broker address that heartbeats go to. Thread: loop. */
struct rmqi_broker {
	char *address; /* owned */
	bool is_master;
	bool is_registered;       /* it took a heartbeat on the connection that is open now */
	bool is_calling;          /* a heartbeat is under way */
	bool has_joined;          /* once; told */
	enum rmq_event_kind told; /* last; 0: nothing */
	bool is_outdated;         /* another one was asked for meanwhile: what it says may be old */
	bool is_wanted;           /* mark of the sweep: still in a route */
	int32_t version;          /* mu */
};

struct rmqi_client {
	struct rmq_config *config; /* immutable, as all down to `rpc` */
	struct rmqi_client_owner owner;
	const struct rmqi_env *env;
	const struct rmqi_log *log;
	char **namesrvs;
	size_t namesrv_count;
	char *id;
	struct rmqi_uniq uniq;
	struct rmqi_tls *tls; /* NULL: plain */
	struct rmqi_loop *loop;
	struct rmqi_rpc *rpc;

	/* CREATED, RUNNING   the loop may begin calls
	 * CLOSING            it begins none but the farewell; those under way end
	 * CLOSED             the rpc is closed */
	struct rmqi_life life;
	struct rmqi_faults faults;
	struct rmqi_events *events;                 /* immutable; NULL: nobody is told */
	_Atomic(struct rmqi_callbacks *) callbacks; /* NULL: none needed yet */

	struct rmqi_rand rand; /* loop */
	size_t namesrv_chosen; /* loop */
	struct rmqi_timer route_timer;
	struct rmqi_timer heartbeat_timer;
	struct rmqi_timer missing_timer; /* looks again for routes of watched topics */
	bool is_told_unreached;          /* loop; that no name server answers */
	int64_t missing_delay_ms;        /* loop; of its next round */
	int64_t refreshed_us; /* loop; last refresh of all routes; the route timer counts from it */

	struct rmqi_mutex mu;
	struct rmqi_map topics; /* mu; name -> struct rmqi_topic; only the loop adds and removes */
	struct rmqi_client_trouble trouble; /* mu; RMQ_OK: none */
	struct rmqi_map brokers; /* mu; address -> struct rmqi_broker; only the loop changes it */
};

/* May the loop still begin calls? False from the beginning of the close on. */
bool rmqi_client_is_open(const struct rmqi_client *c);

/* callbacks.c. Calls what is left; waits no longer for what runs. The loop must run, but hand over
 * nothing any more. Not on the loop. */
void rmqi_callbacks_free(struct rmqi_callbacks *cb);

/*
 * events.c: tells the user of a client what became of it (rocketmq/event.h). The loop appends, one task of
 * the callback threads calls, so they come in order though there are several threads. The queue is
 * bounded. Nothing is told once the client closes. Counted: a callback that does not return
 * outlives the client.
 */
enum { RMQI_EVENTS_MAX = 64 };

struct rmqi_events;

/* Only when the configuration has a function. */
enum rmq_error rmqi_events_new(struct rmqi_client *c, struct rmqi_events **out) RMQI_MUST_USE;
void rmqi_events_unref(struct rmqi_events *e); /* NULL is harmless */
/* The texts are copied; topic, address and remark may be NULL. Thread: loop. */
void rmqi_client_tell(struct rmqi_client *c, enum rmq_event_kind kind, const char *topic,
		      const char *address, int code, const char *remark, const char *format, ...)
	RMQI_PRINTF(7, 8);

/* heartbeat.c; thread: loop. */
void rmqi_client_update_brokers(struct rmqi_client *c);
void rmqi_client_heartbeat_all(struct rmqi_client *c);
void rmqi_client_broker_state(struct rmqi_client *c, const char *address, bool is_open);
void rmqi_client_free_brokers(struct rmqi_client *c);
/* Asks every registered broker to forget our groups and waits for it. Thread: not the loop. */
void rmqi_client_unregister(struct rmqi_client *c, int64_t deadline_us);

/* routes.c; thread: loop. */
void rmqi_client_refresh_all(struct rmqi_client *c);
/* A topic without route may get one soon (a broker makes the retry topic of a group when it first
 * sees it): looks after 1 s, then after 2, 4, ... up to pollNameServerInterval. */
void rmqi_client_look_for_missing(struct rmqi_client *c);
void rmqi_client_on_missing_timer(struct rmqi_timer *t);
void rmqi_client_free_topics(struct rmqi_client *c);

#endif
