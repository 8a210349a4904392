/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node.h - what name server and broker have in common: a listening server and the
 * dispatch of requests.
 *
 *     frame --> counted --> admitted --> handler by code --> header decoded --> handler --> answer (ticket.h)
 *
 * A request code is looked up in the lists of {code, handler} that the node was
 * made with; which header it has stands in codec/schema.h. A code with no handler is
 * answered with 3 and counted, a header that cannot be read with 1 and the text of
 * RemotingCommand.java. Between the steps stand the stages of faults.h.
 *
 * Thread: loop.
 */
#ifndef MB_NODE_H
#define MB_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/macros.h"
#include "base/map.h"
#include "codec/codes.h"
#include "codec/command.h"
#include "codec/schema.h"
#include "mock-broker/busy.h"
#include "mock-broker/ticket.h"
#include "mock-broker/waiting.h"
#include "net/conn.h"
#include "net/loop.h"
#include "net/server.h"
#include "net/tls.h"

#define MB_FAQ "\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details."

enum { MB_CODES_MAX = 1024 }; /* different request codes that are counted one by one */

/* Requests seen by all the nodes of a cluster, also by those that were stopped since. */
struct mb_counters {
	uint64_t received;
	uint64_t unsupported;
	struct rmqi_imap by_code; /* code -> uint64_t, owned */
};

void mb_counters_init(struct mb_counters *c);
void mb_counters_deinit(struct mb_counters *c);
/* -1: all codes. */
uint64_t mb_counters_get(const struct mb_counters *c, int32_t code);

/* With the code: the handler answers a header that cannot be read itself; request->header then holds
 * what could be. */
enum { MB_LENIENT = 1 << 30 };

struct mb_handler {
	int32_t code;
	void (*handle)(void *node, struct mb_request *r); /* NULL ends a list */
};

struct mb_gate;
struct mb_node;
struct mb_observer;

struct mb_node_config {
	struct rmqi_loop *loop;
	const struct rmqi_log *log;   /* may be NULL */
	struct mb_counters *counters; /* must outlive the node */
	const char *name;             /* for the log */
	const char *host;
	uint16_t port;        /* 0: any */
	int32_t version;      /* of its answers (MQVersion.java); 0: RMQI_VERSION */
	struct rmqi_tls *tls; /* NULL: plain only */
	bool require_tls;
	struct rmqi_server_limits limits;
	const struct mb_handler *const *lists;             /* ends with NULL */
	bool (*knows)(void *arg, int32_t code); /* false: as if it had no handler; may be NULL */
	void (*on_open)(void *arg, struct rmqi_conn *c);   /* may be NULL */
	void (*on_closed)(void *arg, struct rmqi_conn *c); /* may be NULL */
	bool (*is_cut)(void *arg, struct rmqi_conn *c); /* is the way to this peer cut? May be NULL */
	void *arg;                                         /* the first argument of every handler */
	/* One port for two: requests come by the server of that node, which has other codes and outlives this
	 * one. Of host, port, version and tls nothing is used then. NULL: a server of its own. */
	struct mb_node *host_node;
	/* Another one will join. While there is none, who asks something of a broker is closed on, as if
	 * nobody listened. */
	bool is_host;
	struct mb_faults *faults; /* from the first connection on; may be NULL */
	struct mb_observer *observer; /* may be NULL; must outlive the node */
	struct mb_gate *gate; /* who is admitted (acl/gate.h); NULL: everybody; must outlive the node */
};

struct mb_route; /* a handler and its header */

struct mb_node {
	struct mb_node_config config;
	struct rmqi_server *server; /* NULL: that of config.host_node */
	struct mb_node *guest;      /* loop; who has joined */
	struct mb_route *routes;    /* owned */
	struct rmqi_imap by_code;   /* -> struct mb_route */
	struct mb_route *last;      /* of the last request; NULL: none. loop */
	struct mb_door door;        /* loop */
	struct mb_busy busy;        /* loop */
	struct mb_waiting waiting;  /* loop; requests that faults hold back */
	enum rmqi_reach reach;      /* loop */
	bool is_joined;             /* loop */
	bool is_closed;
};

/* Starts to listen. `config` is copied, what it points to is not. Thread: any. */
enum rmq_error mb_node_new(const struct mb_node_config *config, struct mb_node **out,
			   struct rmq_error_detail *detail) RMQI_MUST_USE;
/* "host:port", borrowed until it is closed. Thread: any. */
const char *mb_node_address(const struct mb_node *n);
/* What its port looks like (net/server.h). RMQ_ERR_STATE: it has the port of another node. Thread: any but the loop. */
enum rmq_error mb_node_set_reach(struct mb_node *n, enum rmqi_reach reach,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* What is_cut says has changed, of all peers or of one. Thread: loop. */
void mb_node_look_again(struct mb_node *n);
void mb_node_look_at(struct mb_node *n, struct rmqi_conn *c);
/* Stops listening and closes every connection, those of a shared server, too; tickets may still be answered, to
 * nobody. NULL is fine. Thread: any but not from a handler. */
void mb_node_close(struct mb_node *n);
/* Closes it, and frees it. No ticket is left. NULL is fine. Thread: as above. */
void mb_node_free(struct mb_node *n);

#endif
