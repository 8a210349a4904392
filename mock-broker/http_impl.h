/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_impl.h - the structs behind http.h, for its files.
 *
 * Thread: loop.
 */
#ifndef MB_HTTP_IMPL_H
#define MB_HTTP_IMPL_H

#include "base/clock.h"
#include "base/list.h"
#include "mock-broker/http.h"
#include "net/listener.h"
#include "net/stream.h"

struct mb_http {
	struct mb_http_config config;
	struct rmqi_listener *listener;
	struct rmqi_list visits; /* loop */
	size_t count;
};

/* A connection. */
struct mb_http_visit {
	struct rmqi_list link;
	struct mb_http *http;
	struct rmqi_stream *stream;
	struct rmqi_task close; /* a stream is not closed from within its callback */
	struct rmqi_timer timer;
	struct rmqi_buf in; /* from the first byte of the next request on */
	struct mb_http_call *call; /* under way; NULL: none */
	struct rmqi_buf out; /* the answer */
	size_t sent;
	bool is_looking;    /* for requests in `in` */
	bool has_continued; /* who waits for a "100 Continue" has it */
	bool is_last;       /* the answer under way, or sent, is the last one: what comes is dropped */
	bool is_heard;      /* the peer has ended its side */
	bool is_closing;
};

/* An rmqi_listener_config.on_stream; `arg` is the mb_http. */
void mb_http_welcome(void *arg, struct rmqi_stream *stream);
/* Closes it; its call goes on without it. Not from within a callback of its stream. */
void mb_http_visit_free(struct mb_http_visit *v);
/* Its call is answered. */
void mb_http_visit_answer(struct mb_http_visit *v, struct mb_http_call *call);

#endif
