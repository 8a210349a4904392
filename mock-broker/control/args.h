/* SPDX-License-Identifier: Apache-2.0 */
/*
 * args.h - the arguments of one request of the control plane, by name, wherever they stood: in the
 * path, in the query or in the body.
 *
 * Thread: one owner at a time.
 */
#ifndef MB_CONTROL_ARGS_H
#define MB_CONTROL_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/map.h"
#include "mock-broker/control/operation.h"
#include "mock-broker/http_request.h"

struct mb_args {
	struct rmqi_map by_name; /* -> char *, owned */
	struct rmqi_buf filter;  /* "key=value key=value" of an operation with MB_EXTRA_FILTER */
};

void mb_args_init(struct mb_args *a);
void mb_args_deinit(struct mb_args *a);
/* Takes them out of the request, which is one of `o`. RMQ_ERR_INVALID_ARGUMENT: one is unknown (the
 * detail names the nearest), missing, given twice or not of its kind, or the body is no JSON object. */
enum rmq_error mb_args_read(struct mb_args *a, const struct mb_operation *o,
			    const struct mb_http_request *r,
			    struct rmq_error_detail *detail) RMQI_MUST_USE;
/* NULL: not given. Borrowed. */
const char *mb_args_text(const struct mb_args *a, const char *name);
/* Of an integer, a duration in milliseconds, a boolean as 0 or 1. */
int64_t mb_args_number(const struct mb_args *a, const char *name, int64_t otherwise);

/* The same into *number, which stays when it is not given. RMQ_ERR_INVALID_ARGUMENT: it is less
 * or more than allowed. */
enum rmq_error mb_args_within(const struct mb_args *a, const char *name, int64_t least,
			      int64_t most, int64_t *number,
			      struct rmq_error_detail *detail) RMQI_MUST_USE;

/* "1500", "1500ms", "10s", "30m", "2h", "3d" in milliseconds. False: none of these, or over 64 bits. */
bool mb_duration_parse(struct rmqi_str text, int64_t *ms) RMQI_MUST_USE;

#endif
