/* SPDX-License-Identifier: Apache-2.0 */
/*
 * orders.h - what a broker does at once when a test says so, and otherwise by itself, by its clock, or when
 * an operator asks.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_ORDERS_H
#define MB_BROKER_ORDERS_H

#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/str.h"

struct mb_broker;

/* Creates or alters it, as UPDATE_AND_CREATE_TOPIC does. RMQ_ERR_INVALID_ARGUMENT. */
enum rmq_error mb_order_topic(struct mb_broker *b, struct rmqi_str topic, int32_t read_queues,
			      int32_t write_queues, int32_t perm) RMQI_MUST_USE;
/* A round of questions now, about all half messages that have not ended, however young they are. */
void mb_order_checks(struct mb_broker *b);
/* Tells the members that the group has changed. Nobody there: nothing. */
void mb_order_rebalance(struct mb_broker *b, struct rmqi_str group);
/* As INVOKE_BROKER_TO_RESET_OFFSET, with useServerSideResetOffset: the next pull of each queue goes to the first message
 * of that time; timestamp_ms < 0: to the end. RMQ_ERR_NOT_FOUND: no such topic. */
enum rmq_error mb_order_reset(struct mb_broker *b, struct rmqi_str topic, struct rmqi_str group,
			      int64_t timestamp_ms) RMQI_MUST_USE;

#endif
