/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings.h - the keys of a producer that may change while it runs (setSendLatencyFaultEnable and its like
 * of ClientConfig.java). What a send took at its beginning stays with it.
 *
 * Thread: any.
 */
#ifndef RMQI_PRODUCER_SETTINGS_H
#define RMQI_PRODUCER_SETTINGS_H

#include <rocketmq/error.h>

#include "base/macros.h"

struct rmq_producer;

/* RMQ_ERR_CONFIG: another key, or a value that the key does not take. RMQ_ERR_STATE: closed. */
enum rmq_error rmqi_producer_set(struct rmq_producer *p, const char *key, const char *value,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
