/* SPDX-License-Identifier: Apache-2.0 */
/*
 * receipts.h - gives popped messages their receipts (MQClientAPIImpl.processPopResponse).
 *
 * Thread: loop.
 */
#ifndef RMQI_CLIENT_RECEIPTS_H
#define RMQI_CLIENT_RECEIPTS_H

#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/str.h"
#include "client/message.h"
#include "codec/lite.h"

/* What an answer says of all its messages. Texts are borrowed. */
struct rmqi_receipts_with {
	int64_t pop_ms;
	int64_t invisible_ms;
	int32_t revive_queue;
	struct rmqi_str starts; /* startOffsetInfo */
	struct rmqi_str times;  /* orderCountInfo; empty unless it was popped in order */
	struct rmqi_lite_counts lite_times; /* the same of lite topics */
	const char *broker_name;
	const char *group;  /* as brokers know it */
	int64_t expires_us; /* rmqi_clock_boot_us */
};

/* Gives each message of the block its receipt, and one of a retry topic the name that was subscribed. Before
 * anybody else has the block. RMQ_ERR_NO_MEMORY. */
enum rmq_error rmqi_receipts_give(struct rmqi_message_block *block,
				  const struct rmqi_receipts_with *with) RMQI_MUST_USE;

/* A message of %RETRY%<group>_<topic> is seen as one of <topic>, as that was subscribed. */
void rmqi_receipts_show_topic(const char *group, struct rmq_message *m);

#endif
