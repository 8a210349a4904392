/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rocketmq.h - everything of the client library. The mock cluster is in mock.h.
 */
#ifndef ROCKETMQ_ROCKETMQ_H
#define ROCKETMQ_ROCKETMQ_H

#include <rocketmq/admin.h>
#include <rocketmq/common.h>
#include <rocketmq/config.h>
#include <rocketmq/error.h>
#include <rocketmq/event.h>
#include <rocketmq/log.h>
#include <rocketmq/message.h>
#include <rocketmq/producer.h>
#include <rocketmq/push_consumer.h>
#include <rocketmq/queue.h>
#include <rocketmq/version.h>

#endif
