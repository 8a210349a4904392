/* SPDX-License-Identifier: Apache-2.0 */
/*
 * body_direct.h - what a consumer made of a message that it was told to consume (ConsumeMessageDirectlyResult.java);
 * written by rmqi_direct_result_encode.
 */
#ifndef RMQI_CODEC_BODY_DIRECT_H
#define RMQI_CODEC_BODY_DIRECT_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/cursor.h"
#include "base/macros.h"

struct rmqi_direct_result {
	char *result; /* a name of CMResult.java */
	char *remark; /* NULL: none */
	bool is_orderly;
	int64_t spent_ms;
};

enum rmq_error rmqi_direct_result_decode(struct rmqi_cursor body,
					 struct rmqi_direct_result *out) RMQI_MUST_USE;
/* Harmless on a zeroed one. */
void rmqi_direct_result_deinit(struct rmqi_direct_result *r);

#endif
