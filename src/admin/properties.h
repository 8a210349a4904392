/* SPDX-License-Identifier: Apache-2.0 */
/*
 * properties.h - the inside of rmq_properties (rocketmq/properties.h).
 */
#ifndef RMQI_ADMIN_PROPERTIES_H
#define RMQI_ADMIN_PROPERTIES_H

#include <rocketmq/properties.h>

#include "base/cursor.h"
#include "base/macros.h"
#include "codec/body_pairs.h"

struct rmq_properties {
	struct rmqi_pairs pairs;
};

/* How a body is read: rmqi_pairs_decode_table, rmqi_pairs_decode_lines. */
typedef enum rmq_error (*rmqi_pairs_fn)(struct rmqi_cursor body, struct rmqi_pairs *out);
/* An owned list. */
enum rmq_error rmqi_properties_read(struct rmqi_cursor body, rmqi_pairs_fn decode,
				    struct rmq_properties **out) RMQI_MUST_USE;
/* NULL is harmless. */
void rmqi_properties_free(struct rmq_properties *p);

#endif
