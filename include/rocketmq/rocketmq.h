/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rocketmq.h - everything of the client library. The mock cluster is in mock.h.
 */
#ifndef ROCKETMQ_ROCKETMQ_H
#define ROCKETMQ_ROCKETMQ_H

#include <rocketmq/admin.h>
#include <rocketmq/admin_access.h>
#include <rocketmq/admin_broker.h>
#include <rocketmq/admin_group.h>
#include <rocketmq/admin_message.h>
#include <rocketmq/admin_topic.h>
#include <rocketmq/common.h>
#include <rocketmq/config.h>
#include <rocketmq/consume_hooks.h>
#include <rocketmq/dedup.h>
#include <rocketmq/error.h>
#include <rocketmq/event.h>
#include <rocketmq/flow.h>
#include <rocketmq/hooks.h>
#include <rocketmq/lite_pull_consumer.h>
#include <rocketmq/log.h>
#include <rocketmq/message.h>
#include <rocketmq/messages.h>
#include <rocketmq/producer.h>
#include <rocketmq/properties.h>
#include <rocketmq/pull_consumer.h>
#include <rocketmq/push_consumer.h>
#include <rocketmq/queue.h>
#include <rocketmq/request.h>
#include <rocketmq/send.h>
#include <rocketmq/simple_consumer.h>
#include <rocketmq/statistics.h>
#include <rocketmq/transaction.h>
#include <rocketmq/version.h>

#endif
