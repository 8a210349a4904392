/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send_options.h - the inside of rmq_send_options (rocketmq/send.h).
 *
 * Thread: one owner at a time while it is set; sends only read it.
 */
#ifndef RMQI_PRODUCER_SEND_OPTIONS_H
#define RMQI_PRODUCER_SEND_OPTIONS_H

#include <stdint.h>

#include <rocketmq/send.h>

#include "send/choice.h"

struct rmq_send_options {
	int64_t timeout_ms;        /* -1: sendMsgTimeout */
	struct rmqi_choice choice; /* its queue is owned; no message */
};

#endif
