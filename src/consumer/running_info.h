/* SPDX-License-Identifier: Apache-2.0 */
/*
 * running_info.h - what a member tells operators of itself (ConsumerRunningInfo.java,
 * DefaultMQPushConsumerImpl.consumerRunningInfo).
 *
 * Properties are our configuration, without its secrets, and Java's PROP_ ones.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_RUNNING_INFO_H
#define RMQI_CONSUMER_RUNNING_INFO_H

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/macros.h"
#include "consumer/consumer.h"

/* Keeps the numbers of which rates are made; from time to time. */
void rmqi_running_info_keep(struct rmqi_consumer *c);
/* Appends the JSON body. */
enum rmq_error rmqi_running_info_write(struct rmqi_consumer *c, struct rmqi_buf *out) RMQI_MUST_USE;

#endif
