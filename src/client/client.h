/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.h - what a producer, a consumer and the admin have in common
 * (MQClientInstance.java): loop, connections, name servers, routes, heartbeats.
 *
 *     CREATED --start--> RUNNING --close--> CLOSED      (client/life.h)
 *
 * Each producer and each consumer has a client of its own; nothing is shared in
 * the process. One loop thread owns all state; snapshots of routes are handed
 * out under a mutex. Threads: the loop, plus a resolver only when an address is a name.
 *
 * Thread: any, unless said otherwise.
 */
#ifndef RMQI_CLIENT_CLIENT_H
#define RMQI_CLIENT_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/executor.h"
#include "base/log.h"
#include "base/macros.h"
#include "client/config.h"
#include "client/route.h"
#include "codec/body.h"
#include "codec/ids.h"
#include "net/address.h"
#include "net/rpc.h"

enum { RMQI_TROUBLE_SIZE = 320 };

struct rmqi_client;
struct rmqi_faults;

/*
 * A request that a broker makes of a client (ClientRemotingProcessor.java). `fn` runs on the loop; all
 * it gets is borrowed. It answers what is not one-way with rmqi_conn_reply, at once or later (then it
 * keeps a reference of conn, the opaque and the serialization).
 */
struct rmqi_client_handler {
	int32_t code; /* 0 ends a list */
	void (*fn)(void *arg, struct rmqi_conn *conn, const char *address,
		   const struct rmqi_command *request);
};

/* What the owner (producer, consumer) adds. Every function may be NULL. */
struct rmqi_client_owner {
	void *arg;
	/* Adds itself to a heartbeat that is being built: thread: loop. What it adds is freed by
	 * rmqi_heartbeat_deinit. */
	enum rmq_error (*fill_heartbeat)(void *arg, struct rmqi_heartbeat *h);
	/* The requests of a broker that the owner handles; all others are answered with
	 * REQUEST_CODE_NOT_SUPPORTED. NULL: none. Borrowed for the client's life. */
	const struct rmqi_client_handler *handlers;
	/* A watched topic has a new route, or (route NULL) does not exist; thread: loop. */
	void (*on_route)(void *arg, const char *topic, struct rmqi_topic_route *route);
	/* A broker took a heartbeat that it had not seen before on this connection; thread: loop. */
	void (*on_registered)(void *arg, const char *address);
	/* Groups to be unregistered at close; NULL: none. */
	const char *producer_group;
	const char *consumer_group;
	bool heartbeat_slaves; /* consumers: to every address; else masters only */
};

/* `config` is copied. RMQ_ERR_NO_NAMESRV, RMQ_ERR_ADDRESS, RMQ_ERR_TLS, RMQ_ERR_IO,
 * RMQ_ERR_NO_MEMORY, with the cause in `detail`. */
enum rmq_error rmqi_client_new(const struct rmq_config *config,
			       const struct rmqi_client_owner *owner, struct rmqi_client **out,
			       struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Starts the timers (routes, heartbeats). RMQ_ERR_STATE when it is not CREATED. */
enum rmq_error rmqi_client_start(struct rmqi_client *c,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
bool rmqi_client_is_running(const struct rmqi_client *c);
/* Tells every broker that the groups leave (waits for the answers, but for no more than three
 * quarters of the time left, nor mqClientApiTimeout), then cancels every call under way. Idempotent;
 * a second caller waits for the first, until its own deadline. Not on the loop. */
void rmqi_client_close(struct rmqi_client *c, int64_t deadline_us);
/* Closes if need be. Not on the loop. */
void rmqi_client_free(struct rmqi_client *c);

/* Immutable after rmqi_client_new. */
const struct rmq_config *rmqi_client_config(const struct rmqi_client *c);
const struct rmqi_env *rmqi_client_env(const struct rmqi_client *c);
struct rmqi_clock *rmqi_client_clock(const struct rmqi_client *c);
const struct rmqi_log *rmqi_client_log(const struct rmqi_client *c);
struct rmqi_loop *rmqi_client_loop(const struct rmqi_client *c);
struct rmqi_rpc *rmqi_client_rpc(const struct rmqi_client *c);
struct rmqi_uniq *rmqi_client_uniq(struct rmqi_client *c);
const char *rmqi_client_id(const struct rmqi_client *c);
struct rmqi_faults *rmqi_client_faults(struct rmqi_client *c);

/* The cached route, a new reference; NULL when none is cached. */
struct rmqi_topic_route *rmqi_client_cached_route(struct rmqi_client *c, const char *topic);
/* The cached route, or one fetched now. The topic is refreshed from then on. use_default: fall back to
 * TBW102 for an unknown topic (producers). RMQ_ERR_NO_ROUTE, RMQ_ERR_TIMEOUT, RMQ_ERR_CONNECT ...
 * Not on the loop. */
enum rmq_error rmqi_client_route(struct rmqi_client *c, const char *topic, bool use_default,
				 int64_t deadline_us, struct rmqi_topic_route **out,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Fetches the route without waiting, whatever is cached. fn runs once: on the loop, or at once when memory is out. `route` is a new
 * reference, NULL on an error; `detail` may be NULL. Thread: any. */
typedef void (*rmqi_client_route_fn)(void *arg, enum rmq_error error,
				     struct rmqi_topic_route *route,
				     const struct rmq_error_detail *detail);
void rmqi_client_route_async(struct rmqi_client *c, const char *topic, bool use_default,
			     int64_t deadline_us, rmqi_client_route_fn fn, void *arg);
/* The route as it is now; nothing is kept. Not on the loop. */
enum rmq_error rmqi_client_fresh_route(struct rmqi_client *c, const char *topic,
				       int64_t deadline_us, struct rmqi_topic_route **out,
				       struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Refreshes this topic periodically from now on, and once now; on_route tells. */
void rmqi_client_watch(struct rmqi_client *c, const char *topic);
void rmqi_client_unwatch(struct rmqi_client *c, const char *topic);
/* Fetches all watched routes again now (a broker refused us; a broker name was not found). At most
 * once a second: what comes sooner is done when the second is over. */
void rmqi_client_refresh_routes(struct rmqi_client *c);
/* Sends heartbeats to all brokers now. */
void rmqi_client_heartbeat(struct rmqi_client *c);
/* Why the last heartbeat was not taken; false: the last one was, or there was none. */
struct rmqi_client_trouble {
	enum rmq_error error; /* RMQ_ERR_BROKER: refused with `code` */
	int32_t code;
	char address[RMQI_ADDRESS_MAX];
	char why[RMQI_TROUBLE_SIZE]; /* the remark, or why there was no answer */
};
bool rmqi_client_trouble(struct rmqi_client *c, struct rmqi_client_trouble *out);
/* The version a broker showed in its heartbeat answer; 0: not known. */
int32_t rmqi_client_broker_version(struct rmqi_client *c, const char *address);

/*
 * A request to the name servers: the chosen one first, then the others in turn, each with its share of
 * the time left (a day at most). One that answers that it is not ready, is busy or goes away is passed
 * over while there is another. `request` is copied, but the header and texts it points to must live
 * until fn. fn runs once: on the loop, or at once when memory is out. On RMQ_OK `response` (code, remark
 * and body; nothing else of it) is borrowed during it. `detail` (NULL when memory is out or nothing
 * went wrong) holds the attempts that failed or were refused.
 */
struct rmqi_ns_query;
typedef void (*rmqi_ns_query_fn)(void *arg, enum rmq_error error,
				 const struct rmqi_command *response,
				 const struct rmq_error_detail *detail);
void rmqi_client_ask_namesrv(struct rmqi_client *c, const struct rmqi_outgoing *request,
			     int64_t deadline_us, rmqi_ns_query_fn fn, void *arg);

#endif
