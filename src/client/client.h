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
#include <rocketmq/event.h>

#include "base/executor.h"
#include "base/log.h"
#include "base/macros.h"
#include "client/config.h"
#include "client/route.h"
#include "codec/body.h"
#include "codec/ids.h"
#include "net/address.h"
#include "net/rpc.h"

struct rmqi_client;
struct rmqi_faults;
struct rmqi_tallies;

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
	 * rmqi_heartbeat_deinit, before it may change what it has lent. */
	enum rmq_error (*fill_heartbeat)(void *arg, struct rmqi_heartbeat *h);
	/* The requests of a broker that the owner handles; all others are answered with
	 * REQUEST_CODE_NOT_SUPPORTED. NULL: none. Borrowed for the client's life. */
	const struct rmqi_client_handler *handlers;
	/* A watched topic has a new route, or (route NULL) does not exist; thread: loop. */
	void (*on_route)(void *arg, const char *topic, struct rmqi_topic_route *route);
	/* A broker took a heartbeat that it had not seen before on this connection, or answers again after
	 * it was silent: what waits for it need not wait any longer. Thread: loop. */
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
/* Starts the timers (routes, heartbeats). RMQ_ERR_STATE when it is not CREATED, or when the group has
 * this client id in this process already (roster.h): it is not started then. */
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
/* Was it made before a fork, and is this the child? Then nothing else of it may be touched. */
bool rmqi_client_is_inherited(const struct rmqi_client *c);
/* For pools that run the user's code: the mask of the thread that made the client. */
const sigset_t *rmqi_client_signals(const struct rmqi_client *c);
struct rmqi_clock *rmqi_client_clock(const struct rmqi_client *c);
const struct rmqi_log *rmqi_client_log(const struct rmqi_client *c);
struct rmqi_loop *rmqi_client_loop(const struct rmqi_client *c);
struct rmqi_rpc *rmqi_client_rpc(const struct rmqi_client *c);
struct rmqi_uniq *rmqi_client_uniq(struct rmqi_client *c);
const char *rmqi_client_id(const struct rmqi_client *c);
struct rmqi_faults *rmqi_client_faults(struct rmqi_client *c);
struct rmqi_tallies *rmqi_client_tallies(struct rmqi_client *c);

/* The address of name server i; NULL past the last one. */
const char *rmqi_client_namesrv(const struct rmqi_client *c, size_t i);

/* The cached route, a new reference; NULL when none is cached. */
struct rmqi_topic_route *rmqi_client_cached_route(struct rmqi_client *c, const char *topic);
/* The address of the master of this name, by the route of whatever topic: a topic may have left a broker that lives
 * (MQClientInstance.findBrokerAddressInPublish: one table for all topics). False: no route names it. Thread: loop. */
bool rmqi_client_find_master(struct rmqi_client *c, const char *broker_name, char *address,
			     size_t size);
/* The cached route, or one fetched now. The topic is refreshed from then on. use_default: fall back to
 * TBW102 for an unknown topic (producers). RMQ_ERR_NO_ROUTE, RMQ_ERR_TIMEOUT, RMQ_ERR_CONNECT ...
 * Not on the loop. */
enum rmq_error rmqi_client_route(struct rmqi_client *c, const char *topic, bool use_default,
				 int64_t deadline_us, struct rmqi_topic_route **out,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* The same, whatever is cached: it is known to be out of date. */
enum rmq_error rmqi_client_route_anew(struct rmqi_client *c, const char *topic, bool use_default,
				      int64_t deadline_us, struct rmqi_topic_route **out,
				      struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Fetches the route without waiting, whatever is cached; who asks for one that nobody knows yet while another
 * does shares the question (route_share.h). fn runs once: on the loop, or on any thread that asks when memory is out. `route` is a new
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
/* RMQ_OK, or RMQ_ERR_STATE when the caller may not call: another thread than the one of a simulation, or
 * the client's own loop (a log callback). Each call of a handle begins with it. Thread: any. */
enum rmq_error rmqi_client_check_caller(const struct rmqi_client *c,
					struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Refreshes this topic periodically from now on, and once now; on_route tells. RMQ_ERR_NO_MEMORY. */
enum rmq_error rmqi_client_watch(struct rmqi_client *c, const char *topic) RMQI_MUST_USE;
void rmqi_client_unwatch(struct rmqi_client *c, const char *topic);
/* Fetches all watched routes again now (a broker refused us; a broker name was not found). At most
 * once a second: what comes sooner is done when the second is over. */
void rmqi_client_refresh_routes(struct rmqi_client *c);
/* Sends heartbeats to all brokers now. */
void rmqi_client_heartbeat(struct rmqi_client *c);
/* Since when it has taken our heartbeats, on the connection that is open now; RMQI_FOREVER: it does not
 * now. Thread: loop. */
int64_t rmqi_client_registered_us(struct rmqi_client *c, const char *address);
/* Has it lost the connection on which it had taken a heartbeat, or not taken one yet that was sent? One that takes none
 * on a connection that stays is not away until that is closed (net/conn.h: half open). Thread: loop. */
bool rmqi_client_is_away(struct rmqi_client *c, const char *address);
/* Has it been the master beyond doubt: of some topic that may be written? A slave that acts for one (client/route.h)
 * is of none; and no route may have named it as a slave since. Thread: loop. */
bool rmqi_client_is_master(struct rmqi_client *c, const char *address);
/* Is the first heartbeat of a connection, or the first ever, on its way to some broker? (joining.c) */
bool rmqi_client_is_joining(const struct rmqi_client *c);
/* Waits until none is; false: the deadline came first. Not on the loop. */
bool rmqi_client_wait_joined(struct rmqi_client *c, int64_t deadline_us);
/* A master that has not taken our heartbeat, on the connection that is open now; NULL: all have. Borrowed
 * until the next task. Thread: loop. */
const char *rmqi_client_unknown_to(struct rmqi_client *c);
/* Does another producer of this process, in whatever group, tell brokers the same client id? What they
 * hand on to a producer by its id may come to that one. */
bool rmqi_client_has_namesake(const struct rmqi_client *c);
/* Are its requests signed? */
bool rmqi_client_has_credentials(const struct rmqi_client *c);
/* May other credentials take the place of those of now (rmq_config_set_credentials_fn)? */
bool rmqi_client_can_change_credentials(const struct rmqi_client *c);
/* What an answer that refuses is: RMQ_ERR_DENIED (codec/denial.h) or RMQ_ERR_BROKER. */
enum rmq_error rmqi_client_refusal(const struct rmqi_command *answer);
/* The end of a sentence that begins with who said so: "denies access to accessKey "x" (SYSTEM_ERROR: remark):
 * check ...". The secret is not in it. Returns buf. */
enum { RMQI_DENIAL_SIZE = 512 };
const char *rmqi_client_explain_denial(const struct rmqi_client *c, int32_t code,
				       struct rmqi_str remark, char *buf, size_t size);
/* Tells the user's event function (events.c). The texts are copied; topic, address and remark may be
 * NULL. Thread: loop. */
void rmqi_client_tell(struct rmqi_client *c, enum rmq_event_kind kind, const char *topic,
		      const char *address, int code, const char *remark, const char *format, ...)
	RMQI_PRINTF(7, 8);
/* startDetectorEnable, detectInterval and detectTimeout from now on (detector.c). */
void rmqi_client_set_detector(struct rmqi_client *c, bool is_on);
void rmqi_client_set_detect_interval(struct rmqi_client *c, int64_t ms);
void rmqi_client_set_detect_timeout(struct rmqi_client *c, int64_t ms);
/* The version that a broker told with the answer to a heartbeat, or to what note_version is told of;
 * RMQI_VERSION_UNTOLD (codec/version.h): with none yet. */
int32_t rmqi_client_broker_version(struct rmqi_client *c, const char *address);
/* A broker in no route is not kept. */
void rmqi_client_note_version(struct rmqi_client *c, const char *address, int32_t version);

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
