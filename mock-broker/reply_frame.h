/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reply_frame.h - the bytes of an answer, for who sends them himself: later, or not as they are.
 *
 * Thread: any.
 */
#ifndef MB_REPLY_FRAME_H
#define MB_REPLY_FRAME_H

#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/macros.h"
#include "net/conn.h"

/* Appends what rmqi_conn_reply would send. RMQ_ERR_TOO_LARGE, RMQ_ERR_NO_MEMORY. Who sends it says
 * rmqi_conn_unanswered, which counts. */
enum rmq_error mb_reply_frame(struct rmqi_buf *out, const struct rmqi_conn *c, int32_t opaque,
			      enum rmqi_serialization serialization,
			      const struct rmqi_outgoing *response) RMQI_MUST_USE;

#endif
