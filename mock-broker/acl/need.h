/* SPDX-License-Identifier: Apache-2.0 */
/*
 * need.h - what a request touches, and what its sender must be allowed to do with it.
 *
 *     mb_needs_plain   4.x: PlainAccessValidator.parse of 5.2, its last one; it also looks at batches
 *     mb_needs_auth    5.3: DefaultAuthorizationContextBuilder, and the annotations of header classes
 *
 * Names are borrowed from the request, or from a body that was decoded for them: valid until _deinit.
 *
 * Thread: one owner at a time.
 */
#ifndef MB_ACL_NEED_H
#define MB_ACL_NEED_H

#include <stdbool.h>
#include <stddef.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/str.h"
#include "codec/body.h"
#include "codec/command.h"
#include "mock-broker/acl/resource.h"

struct mb_need {
	enum mb_resource_type type;
	struct rmqi_str name; /* ptr NULL: the request does not say it */
	unsigned actions;     /* one of them is enough */
};

enum { MB_NEEDS_FIRST = 8 };

struct mb_needs {
	struct mb_need *at;
	size_t count;
	size_t cap;
	struct mb_need first[MB_NEEDS_FIRST];
	struct rmqi_heartbeat beat; /* of the body, as is needed */
	struct rmqi_lock_body lock;
};

void mb_needs_init(struct mb_needs *n);
void mb_needs_deinit(struct mb_needs *n);
/* A retry topic is its group. RMQ_ERR_PROTOCOL: the body cannot be read. */
enum rmq_error mb_needs_plain(struct mb_needs *n, const struct rmqi_command *c) RMQI_MUST_USE;
/* `cluster` is what requests about the whole broker touch. */
enum rmq_error mb_needs_auth(struct mb_needs *n, const struct rmqi_command *c,
			     struct rmqi_str cluster) RMQI_MUST_USE;

#endif
