/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_request.h - what the head of an HTTP request says.
 *
 * Of the headers only those are read that change what the server does; the others must merely look
 * like headers. A body has a Content-Length: chunks are refused.
 *
 * Pure. Thread: any.
 */
#ifndef MB_HTTP_REQUEST_H
#define MB_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/macros.h"
#include "base/str.h"

struct mb_http_request {
	struct rmqi_str method;
	struct rmqi_str path;  /* as it came, %XX and all; begins with '/' */
	struct rmqi_str query; /* what stands behind '?' */
	struct rmqi_str host;  /* empty: not said, as the next ones */
	struct rmqi_str origin;
	struct rmqi_str accept;
	uint64_t body_len;
	struct rmqi_cursor body; /* the server's, once it is there */
	bool is_last;            /* nobody wants another answer on this connection */
	bool waits_to_continue;  /* Expect: 100-continue */
};

/* All but the body, borrowed from `head`, which ends before the empty line. 0, or the status that it is
 * refused with: 400, 411 (chunks), 505. */
int mb_http_request_parse(struct rmqi_str head, struct mb_http_request *out) RMQI_MUST_USE;
/* GET, or HEAD, which is answered like it but for the body. */
bool mb_http_request_is_get(const struct mb_http_request *r);
/* Appends the text behind %XX, and behind '+' with `is_query`. False: a '%' without two digits, or a NUL. */
bool mb_http_unescape(struct rmqi_str text, bool is_query, struct rmqi_buf *out) RMQI_MUST_USE;
/* "OK", "Not Found", ...: what stands behind a status. */
const char *mb_http_reason(int status);

#endif
