/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node.h - what name server and broker have in common: a listening server, the
 * dispatch of requests by code, and the ways to answer.
 *
 * A request code is looked up in the lists of {code, handler} that the node was
 * made with. A code with no handler is answered with 3 and counted. Requests sent one-way are
 * never answered, whatever the handler says.
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
#include "net/conn.h"
#include "net/loop.h"
#include "net/server.h"
#include "net/tls.h"

#define MB_FAQ "\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details."

enum {
	MB_CODES_MAX = 1024, /* different request codes that are counted one by one */
	MB_REMARK_MAX = 1024 /* bytes of a remark; longer ones are cut */
};

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

/* Where an answer has to go. Copied freely; who keeps one beyond the handler holds a ref on conn. */
struct mb_ticket {
	struct rmqi_conn *conn;
	int32_t opaque;
	enum rmqi_serialization serialization;
	bool is_oneway;
};

struct mb_request {
	struct mb_ticket ticket;
	const struct rmqi_command *command; /* borrowed during the handler */
};

struct mb_handler {
	int32_t code;
	void (*handle)(void *node, struct mb_request *r); /* NULL ends a list */
};

struct mb_node_config {
	struct rmqi_loop *loop;
	const struct rmqi_log *log;   /* may be NULL */
	struct mb_counters *counters; /* must outlive the node */
	const char *name;             /* for the log */
	const char *host;
	uint16_t port;        /* 0: any */
	struct rmqi_tls *tls; /* NULL: plain only */
	bool require_tls;
	const struct mb_handler *const *lists;             /* ends with NULL */
	void (*on_open)(void *arg, struct rmqi_conn *c);   /* may be NULL */
	void (*on_closed)(void *arg, struct rmqi_conn *c); /* may be NULL */
	void *arg;                                         /* the first argument of every handler */
};

struct mb_node;

/* Starts to listen. `config` is copied, what it points to is not. Thread: any. */
enum rmq_error mb_node_new(const struct mb_node_config *config, struct mb_node **out,
			   struct rmq_error_detail *detail) RMQI_MUST_USE;
/* "host:port", borrowed. Thread: any. */
const char *mb_node_address(const struct mb_node *n);
/* Stops listening and closes every connection. Thread: any but not from a handler. */
void mb_node_free(struct mb_node *n);

/* Fills the zeroed header struct. False: a required field is missing or no number; the request was
 * answered with 1 then, with the text of RemotingCommand.java. */
bool mb_request_decode(struct mb_request *r, const struct rmqi_header_desc *desc, void *header);

void mb_answer(const struct mb_ticket *t, const struct rmqi_outgoing *response);
/* A code without remark, header and body. */
void mb_answer_code(const struct mb_ticket *t, int32_t code);
void mb_answer_error(const struct mb_ticket *t, int32_t code, const char *format, ...)
	RMQI_PRINTF(3, 4);
/* 0 with a header. */
void mb_answer_header(const struct mb_ticket *t, const struct rmqi_header_desc *desc,
		      const void *header);
/* 0 with a body; when the buffer has failed, 1 instead. */
void mb_answer_body(const struct mb_ticket *t, const struct rmqi_buf *body);
/* 1 with the text of the error: what an exception in a Java processor becomes. */
void mb_answer_failure(const struct mb_ticket *t, enum rmq_error error);

#endif
