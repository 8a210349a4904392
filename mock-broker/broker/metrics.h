/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics.h - a broker's figures as a Prometheus server reads them, under the names that
 * samples of Apache's broker have since 5.1.4 (BrokerMetricsManager.java,
 * DefaultStoreMetricsManager.java).
 *
 * A family is one name with one sample or one a topic, group or kind of client. A page
 * tells each family once, with the samples of all brokers: who makes it goes through the
 * families, and in each through the brokers.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_METRICS_H
#define MB_BROKER_METRICS_H

#include <stddef.h>

#include "base/buf.h"
#include "mock-broker/broker/metric_form.h"

struct mb_broker;

enum { MB_METRIC_ROWS_MAX = 2000 }; /* samples of one family of one broker; the rest is left out */

size_t mb_metric_count(void);
/* Lines HELP and TYPE. */
void mb_metric_head(size_t family, enum mb_metric_form form, struct rmqi_buf *out);
/* The samples of one broker. */
void mb_metric_rows(size_t family, struct mb_broker *b, struct rmqi_buf *out);

#endif
