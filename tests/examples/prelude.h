/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prelude.h - what the fragments of README.md and doc/ take for granted, so that docs.sh can compile them.
 */
#ifndef TESTS_EXAMPLES_PRELUDE_H
#define TESTS_EXAMPLES_PRELUDE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rocketmq/mock.h>
#include <rocketmq/mock_broker.h>
#include <rocketmq/mock_disk.h>
#include <rocketmq/mock_fault.h>
#include <rocketmq/mock_group.h>
#include <rocketmq/mock_message.h>
#include <rocketmq/mock_node.h>
#include <rocketmq/mock_record.h>
#include <rocketmq/mock_time.h>
#include <rocketmq/rocketmq.h>

extern rmq_config *config;
extern rmq_producer *producer;
extern rmq_push_consumer *consumer;
extern rmq_admin *admin;
extern rmq_message *message;
extern rmq_send_result *result;
extern rmq_error_detail *detail;
extern rmq_mock_cluster *cluster;
extern int ok;

void run(void);

#endif
