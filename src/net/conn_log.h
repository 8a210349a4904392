/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_log.h - what the log says of a client's connections: opened, closed and why.
 *
 * A peer that is away is dialled by every call. So a failure is told as base/reminder.h says,
 * one reminder an address: WARN at once, then with growing gaps and the number of
 * those that were not told (they are DEBUG), and INFO when a connection stands again.
 *
 * Thread: loop.
 */
#ifndef RMQI_NET_CONN_LOG_H
#define RMQI_NET_CONN_LOG_H

#include <stdbool.h>

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"

struct rmqi_conn_log {
	const struct rmqi_log *log; /* may be NULL */
	struct rmqi_clock *clock;
	struct rmqi_map reminders; /* address -> struct rmqi_reminder */
};

void rmqi_conn_log_init(struct rmqi_conn_log *l, const struct rmqi_log *log,
			struct rmqi_clock *clock);
void rmqi_conn_log_deinit(struct rmqi_conn_log *l);
void rmqi_conn_log_opened(struct rmqi_conn_log *l, const char *address, bool is_tls);
/* reason RMQ_OK: we wanted it. */
void rmqi_conn_log_closed(struct rmqi_conn_log *l, const char *address, enum rmq_error reason,
			  const char *why);

#endif
