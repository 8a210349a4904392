/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - formats a line and hands it to the client's callback.
 *
 * Never call it under a lock. A line is at most 1 KiB; longer text is cut.
 */
#ifndef RMQI_BASE_LOG_H
#define RMQI_BASE_LOG_H

#include <rocketmq/log.h>

#include "base/macros.h"

struct rmqi_log {
	rmq_log_fn fn; /* NULL: silent */
	void *arg;
	enum rmq_log_level level; /* lines above it are not formatted */
};

void rmqi_log_write(const struct rmqi_log *log, enum rmq_log_level level, const char *format, ...)
	RMQI_PRINTF(3, 4);

/* `log` may be NULL. The arguments are not evaluated when nobody listens. */
#define RMQI_LOG(log, lvl, ...)                                              \
	do {                                                                 \
		const struct rmqi_log *rmqi_log_ = (log);                    \
		if (rmqi_log_ && rmqi_log_->fn && (lvl) <= rmqi_log_->level) \
			rmqi_log_write(rmqi_log_, (lvl), __VA_ARGS__);       \
	} while (0)

#endif
