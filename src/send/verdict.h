/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict.h - what the answer to a send means, or that there is none: the one
 * place that says "it is stored".
 *
 * Pure; thread: any.
 */
#ifndef RMQI_SEND_VERDICT_H
#define RMQI_SEND_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>
#include <rocketmq/send.h>

#include "base/str.h"

/* Is a message with this response code stored, and how safely? False, *out untouched: it is not.
 * (MQClientAPIImpl.processSendResponse) */
bool rmqi_send_status(int32_t code, enum rmq_send_status *out);
/* A refusal that may pass, here or on another broker (DefaultMQProducer.retryResponseCodes). */
bool rmqi_send_is_retriable(int32_t code);
/* A refusal that says that our route is out of date. */
bool rmqi_send_is_route_code(int32_t code);
/* A refusal that says that this broker has no such queue: another one leads it (a static topic), or there
 * are fewer than there were. Before 5.3.2 that was a SYSTEM_ERROR that only its remark tells. */
bool rmqi_send_is_queue_gone(int32_t code, struct rmqi_str remark);
/* A refusal that is the broker's trouble, and not the message's or the topic's. */
bool rmqi_send_is_broker_code(int32_t code);
/* A call that failed: may the name server know better by now? */
bool rmqi_send_is_route_error(enum rmq_error error);
/* A call that failed: may the broker have the message all the same? */
bool rmqi_send_may_be_stored(enum rmq_error error, enum rmq_phase phase);

#endif
