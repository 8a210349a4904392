/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lite_receipts.h - gives messages of lite topics their receipts (MQClientAPIImpl.processPopLiteResponse). They are
 * about the offset in the lite topic, which is the message's from then on; where it lies in the parent is only its
 * queue. Rules: doc/reference/lite.md.
 *
 * Thread: loop.
 */
#ifndef RMQI_CLIENT_LITE_RECEIPTS_H
#define RMQI_CLIENT_LITE_RECEIPTS_H

#include <rocketmq/error.h>

#include "base/macros.h"
#include "client/message.h"
#include "client/receipts.h"

/* The answer's orderCountInfo is with->lite_times, which goes behind what this block took of it. Before anybody else has
 * the block. A message that does not say where it lies in which lite topic has none: it is not open, and noted in
 * `bad`. RMQ_ERR_NO_MEMORY; RMQ_ERR_PROTOCOL: there is no receipt with that name of the broker. */
enum rmq_error rmqi_lite_receipts_give(struct rmqi_message_block *block,
				       struct rmqi_receipts_with *with) RMQI_MUST_USE;

#endif
