/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statistics.h - what a producer has counted (rocketmq/statistics.h).
 *
 * Thread: any.
 */
#ifndef RMQI_PRODUCER_STATISTICS_H
#define RMQI_PRODUCER_STATISTICS_H

#include "base/macros.h"
#include "producer/producer.h"

/* *json is owned. */
enum rmq_error rmqi_producer_statistics(struct rmq_producer *p, char **json,
					struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
