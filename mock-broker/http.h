/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.h - a small HTTP server for what operators and machines ask.
 *
 *     connection --request--> call --> `serve` of the user --> mb_http_answer --> connection
 *
 * HTTP/1.0 and 1.1, one request of a connection at a time; those that come before it is answered wait in
 * a buffer. What path and method mean is the user's. Everything has a limit: bytes of a request,
 * connections (the next one is closed at once), time until a request is there, and until its answer
 * is taken.
 *
 * Thread: loop, unless said otherwise.
 */
#ifndef MB_HTTP_H
#define MB_HTTP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/executor.h"
#include "base/log.h"
#include "base/macros.h"
#include "base/str.h"
#include "mock-broker/http_request.h"
#include "net/loop.h"

struct mb_http;
struct mb_http_visit;

enum {
	MB_HTTP_HEAD_MAX = 8 * 1024,        /* request line and headers; a longer one is 431 */
	MB_HTTP_TEXT_MAX = 1024 * 1024,     /* the body of a request; a longer one is 413 */
	MB_HTTP_BODY_MAX = 8 * 1024 * 1024, /* of an answer */
	MB_HTTP_CONNS_MAX = 32,
	MB_HTTP_TIMEOUT_MS = 10 * 1000
};

/* A request that waits for its answer. The user has it from `serve` to mb_http_answer. */
struct mb_http_call {
	struct mb_http_request request; /* borrowed from `bytes` */
	/* The answer. */
	int status;           /* 200 until it is changed */
	const char *type;     /* constant; text/plain until it is changed */
	char headers[256];    /* further ones, each with its \r\n */
	struct rmqi_buf body; /* empty with another status than 200: the reason in words is sent */
	/* The user's, to carry it to another thread. */
	struct rmqi_task task;
	const void *arg;
	/* Any thread reads it: the connection is gone, or the peer has ended its side. An answer is still taken from
	 * whoever has it, but nobody has to wait for one. */
	atomic_bool is_given_up;
	void *owner; /* the `arg` of the configuration */
	/* The server's. */
	struct mb_http *http;
	struct mb_http_visit *visit; /* loop; NULL: the connection is gone */
	struct rmqi_task done;
	struct rmqi_buf bytes;
};

struct mb_http_config {
	struct rmqi_loop *loop;
	const struct rmqi_log *log; /* may be NULL; must outlive it */
	const char *host;
	uint16_t port;      /* 0: any free one */
	int64_t timeout_ms; /* of each; 0: MB_HTTP_TIMEOUT_MS */
	bool is_kept; /* a connection of HTTP/1.1, for further requests; else it is closed behind an answer */
	/* Somebody asks. Answered by mb_http_answer, now or later. */
	void (*serve)(void *arg, struct mb_http_call *call);
	void *arg;
};

/* Listens. RMQ_ERR_CONNECT and so on, as rmqi_listener_new. Thread: any. */
enum rmq_error mb_http_new(const struct mb_http_config *config, struct mb_http **out,
			   struct rmq_error_detail *detail) RMQI_MUST_USE;
/* "host:port", borrowed. Thread: any. */
const char *mb_http_address(const struct mb_http *h);
/* Connections now. Thread: any. */
size_t mb_http_count(struct mb_http *h);
/* Hands the call back; who asked and is gone by now gets nothing. Thread: any. */
void mb_http_answer(struct mb_http_call *call);
/* Closes all connections. Every call has been handed back before. NULL is fine. Thread: any, but not from
 * `serve`. */
void mb_http_free(struct mb_http *h);

#endif
