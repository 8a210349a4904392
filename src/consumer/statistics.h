/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statistics.h - what a consumer has counted and where its queues stand, as JSON (rocketmq/statistics.h,
 * doc/reference/consumer_statistics.md, doc/consumer_statistics.schema.json).
 *
 *     {"schema":1, "kind":"push_consumer", "group":.., "clientId":.., "sinceMs":.., "timeMs":..,
 *      "topics":[{..}], "queues":[{..}], "total":{..}, "member":{..}, ..}
 *
 * What only one kind of consumer has is written by its rmqi_consumer_kind. Written on the loop in one go: the
 * numbers fit each other, but for what consume threads do meanwhile.
 *
 * Thread: any, but not the client's loop.
 */
#ifndef RMQI_CONSUMER_STATISTICS_H
#define RMQI_CONSUMER_STATISTICS_H

#include "base/macros.h"
#include "consumer/member.h"

/* *json is owned. */
enum rmq_error rmqi_consumer_statistics(struct rmqi_member *m, char **json,
					struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
