/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group.h - is this a group that a client may be of? (Validators.checkGroup, and
 * what DefaultMQProducerImpl.checkConfig and its like of the consumers add.)
 *
 * Thread: any.
 */
#ifndef RMQI_CLIENT_GROUP_H
#define RMQI_CLIENT_GROUP_H

#include <rocketmq/error.h>

#include "base/macros.h"

/* what: "producerGroup", "consumerGroup". reserved: the one that Java keeps for itself. */
enum rmq_error rmqi_group_check(const char *what, const char *group, const char *reserved,
				struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
