/* SPDX-License-Identifier: Apache-2.0 */
/*
 * namesrv.h - a name server: who serves which topic
 * (NamesrvController.java; doc/reference/namesrv.md).
 *
 * Thread: loop, unless said otherwise.
 */
#ifndef MB_NAMESRV_NAMESRV_H
#define MB_NAMESRV_NAMESRV_H

#include <rocketmq/error.h>

#include "base/macros.h"
#include "mock-broker/namesrv/config.h"
#include "mock-broker/node.h"
#include "mock-broker/ways.h"

struct mb_namesrv;

struct mb_namesrv_options {
	struct rmqi_loop *loop;
	const struct rmqi_log *log;   /* may be NULL */
	struct mb_counters *counters; /* must outlive it */
	struct mb_observer *observer; /* of its node; may be NULL; must outlive it */
	const char *host;
	uint16_t port;           /* 0: any */
	struct rmqi_tls *tls;    /* NULL: plain only */
	struct rmqi_tls *rpc_tls; /* towards brokers; NULL: plain */
	bool require_tls;
	bool is_host; /* a broker will share its port (node.h) */
	struct mb_ways *ways; /* NULL: none is ever cut */
	struct mb_faults *faults; /* of its node; may be NULL */
	struct mb_namesrv_config *config; /* borrowed; requests may change it; must outlive it */
};

/* Thread: any but the loop. */
enum rmq_error mb_namesrv_new(const struct mb_namesrv_options *options, struct mb_namesrv **out,
			      struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Thread: any but the loop. */
void mb_namesrv_free(struct mb_namesrv *n);
/* For faults. Thread: loop. */
struct mb_node *mb_namesrv_node(struct mb_namesrv *n);
/* From now on it says of routes what it knows now, or again what it knows. Thread: loop. */
enum rmq_error mb_namesrv_freeze(struct mb_namesrv *n, bool is_frozen) RMQI_MUST_USE;
/* It answers this body about the topic; NULL: the truth again. Thread: loop. */
enum rmq_error mb_namesrv_lie(struct mb_namesrv *n, struct rmqi_str topic,
			      const char *body) RMQI_MUST_USE;
/* Its ways have changed. Thread: loop. */
void mb_namesrv_look_again(struct mb_namesrv *n);
/* "host:port", borrowed. Thread: any. */
const char *mb_namesrv_address(const struct mb_namesrv *n);

#endif
