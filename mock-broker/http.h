/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.h - a small HTTP server for pages that operators and machines read.
 *
 * GET and HEAD of HTTP/1.0 and 1.1; one request a connection, which is closed behind the
 * answer. What the path means is its user's. Everything has a limit: bytes of a request, connections
 * (the next one is closed at once), time until a request is there, and until its answer is taken.
 *
 * Thread: loop, unless said otherwise.
 */
#ifndef MB_HTTP_H
#define MB_HTTP_H

#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/macros.h"
#include "base/str.h"
#include "net/loop.h"

struct mb_http;

enum {
	MB_HTTP_HEAD_MAX = 8 * 1024,        /* request line and headers; a longer one is 431 */
	MB_HTTP_BODY_MAX = 8 * 1024 * 1024, /* of an answer */
	MB_HTTP_CONNS_MAX = 32,
	MB_HTTP_TIMEOUT_MS = 10 * 1000
};

struct mb_http_config {
	struct rmqi_loop *loop;
	const struct rmqi_log *log; /* may be NULL; must outlive it */
	const char *host;
	uint16_t port;      /* 0: any free one */
	int64_t timeout_ms; /* of each; 0: MB_HTTP_TIMEOUT_MS */
	/* Fills the body and returns the status (200, 404, 503). `path` is without its query. *type is the
	 * content type, text/plain until it is changed. */
	int (*page)(void *arg, struct rmqi_str path, struct rmqi_buf *body, const char **type);
	void *arg;
};

/* Listens. RMQ_ERR_CONNECT and so on, as rmqi_listener_new. Thread: any. */
enum rmq_error mb_http_new(const struct mb_http_config *config, struct mb_http **out,
			   struct rmq_error_detail *detail) RMQI_MUST_USE;
/* "host:port", borrowed. Thread: any. */
const char *mb_http_address(const struct mb_http *h);
/* Connections now. Thread: any. */
size_t mb_http_count(struct mb_http *h);
/* Closes all connections. NULL is fine. Thread: any, but not from `page`. */
void mb_http_free(struct mb_http *h);

#endif
