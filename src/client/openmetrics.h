/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openmetrics.h - statistics of clients as one OpenMetrics text
 * (application/openmetrics-text; version=1.0.0; github.com/prometheus/OpenMetrics).
 *
 * What a family means: doc/reference/statistics.md.
 *
 * Pure; thread: any.
 */
#ifndef RMQI_CLIENT_OPENMETRICS_H
#define RMQI_CLIENT_OPENMETRICS_H

#include <stddef.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/macros.h"

/* Appends the text made of `count` statistics (client/statistics.h). RMQ_ERR_INVALID_ARGUMENT: one is none,
 * or two are of one client; RMQ_ERR_NO_MEMORY, RMQ_ERR_TOO_LARGE. */
enum rmq_error rmqi_openmetrics_write(const char *const *statistics, size_t count,
				      struct rmqi_buf *out,
				      struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
