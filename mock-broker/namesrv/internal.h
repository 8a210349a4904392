/* SPDX-License-Identifier: Apache-2.0 */
/*
 * internal.h - the name server's state and its lists of handlers.
 *
 * Thread: loop.
 */
#ifndef MB_NAMESRV_INTERNAL_H
#define MB_NAMESRV_INTERNAL_H

#include "base/clock.h"
#include "mock-broker/namesrv/fixed.h"
#include "mock-broker/namesrv/kv.h"
#include "mock-broker/namesrv/namesrv.h"
#include "mock-broker/namesrv/routes.h"
#include "mock-broker/node.h"
#include "net/rpc.h"

struct mb_namesrv {
	struct rmqi_loop *loop;
	const struct rmqi_log *log;
	struct mb_namesrv_config *config;
	struct mb_node *node;
	struct mb_ways *ways; /* NULL: none is ever cut */
	struct rmqi_rpc *rpc; /* towards brokers */
	struct mb_routes routes;
	struct mb_kv kv;
	struct mb_fixed_routes fixed;
	struct rmqi_timer scan;
	int64_t start_ms; /* monotonic */
	struct rmqi_buf body; /* of the answer under way */
	enum rmq_error start_error;
};

/* Milliseconds of the monotonic clock. */
int64_t mb_namesrv_now_ms(const struct mb_namesrv *n);

extern const struct mb_handler mb_namesrv_broker_handlers[]; /* of_brokers.c */
extern const struct mb_handler mb_namesrv_query_handlers[];  /* queries.c */
extern const struct mb_handler mb_namesrv_admin_handlers[];  /* admin.c */
extern const struct mb_handler mb_namesrv_list_handlers[];   /* topic_lists.c */
extern const struct mb_handler mb_namesrv_config_handlers[]; /* config_requests.c */

#endif
