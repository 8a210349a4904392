/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixed.h - answers of a name server about routes that do not follow its tables: those of the
 * moment when it was frozen, and lies.
 *
 * Thread: loop.
 */
#ifndef MB_NAMESRV_FIXED_H
#define MB_NAMESRV_FIXED_H

#include <stdbool.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/map.h"
#include "mock-broker/namesrv/routes.h"

struct mb_fixed_routes {
	struct rmqi_map lies;   /* topic -> owned text */
	struct rmqi_map frozen; /* the same; what is not in it is no topic */
	bool is_frozen;
};

/* {0} is none. */
void mb_fixed_deinit(struct mb_fixed_routes *f);
/* Keeps what the tables say about every topic now, in standard JSON. Again: anew. A failure
 * leaves all as it was. */
enum rmq_error mb_fixed_freeze(struct mb_fixed_routes *f, const struct mb_routes *r) RMQI_MUST_USE;
void mb_fixed_thaw(struct mb_fixed_routes *f);
/* The body that is answered about this topic, whatever it is; NULL: the truth. */
enum rmq_error mb_fixed_lie(struct mb_fixed_routes *f, struct rmqi_str topic,
			    const char *body) RMQI_MUST_USE;
/* False: the tables answer. Else *body, borrowed; NULL: there is no such topic. */
bool mb_fixed_find(const struct mb_fixed_routes *f, struct rmqi_str topic, const char **body);

#endif
