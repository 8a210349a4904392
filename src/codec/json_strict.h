/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_strict.h - turns the lenient JSON of fastjson into strict JSON text.
 *
 * Part of json.c, in a file of its own: nothing else needs it.
 */
#ifndef RMQI_CODEC_JSON_STRICT_H
#define RMQI_CODEC_JSON_STRICT_H

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/macros.h"

/* Appends the strict form of exactly one value. RMQ_ERR_PROTOCOL: not JSON even leniently;
 * RMQ_ERR_TOO_LARGE: too deep, or more than `out` may hold. */
enum rmq_error rmqi_json_make_strict(struct rmqi_cursor text, struct rmqi_buf *out) RMQI_MUST_USE;

#endif
