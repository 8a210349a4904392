/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handlers.h - one function an operation, and what they are given.
 *
 * A handler runs on a thread of the control plane's pool and may block. It writes its answer, JSON
 * unless it says otherwise, or returns an error, which is told as {"error":{...}}.
 *
 * Thread: pool of the control plane.
 */
#ifndef MB_CONTROL_HANDLERS_H
#define MB_CONTROL_HANDLERS_H

#include <rocketmq/error.h>

#include "base/buf.h"
#include "mock-broker/cluster_state.h"
#include "mock-broker/control/args.h"
#include "mock-broker/control/operation.h"

struct mb_control;

/* A request of an operation. */
struct mb_ask {
	const struct mb_operation *operation;
	struct mb_control *control;
	const struct mb_http_call *call;
	struct rmq_mock_cluster *cluster;
	struct mb_args args;
	struct rmqi_cursor text; /* the body as it came; borrowed */
	/* The answer. */
	struct rmqi_buf *out;
	const char *type; /* application/json until it is changed */
	int status;       /* of a success */
	struct rmq_error_detail *detail;
};

#define R(id, method, path, verb, extra, help) enum rmq_error mb_control_##id(struct mb_ask *a);
#define P(id, name, kind, is_required, help)
#include "mock-broker/control/operations.def"
#undef R
#undef P

/* Runs fn on the loop of the cluster with each broker that runs. */
void mb_control_each_broker(struct mb_ask *a,
			    void (*fn)(struct mb_ask *a, const struct mb_slot *broker));
/* {"done":true}, unless it failed. Returns `err`. */
enum rmq_error mb_control_done(struct mb_ask *a, enum rmq_error err);

#endif
