/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - the log callback. The library writes no file, and nothing to stderr
 * unless it is given rmq_log_stderr: without a callback it is silent.
 */
#ifndef ROCKETMQ_LOG_H
#define ROCKETMQ_LOG_H

#include <rocketmq/common.h>

RMQ_BEGIN_DECLS

enum rmq_log_level {
	RMQ_LOG_ERROR = 1, /* something was lost or given up */
	RMQ_LOG_WARN = 2,  /* something failed and will be tried again */
	RMQ_LOG_INFO = 3,  /* life cycle: connected, rebalanced, closed */
	RMQ_LOG_DEBUG = 4  /* each request */
};

/*
 * `text` is one line without a newline, borrowed during the call. Called from
 * any library thread, from several at once, never under a lock. It must not
 * call back into the same client.
 */
typedef void (*rmq_log_fn)(enum rmq_log_level level, const char *text, void *arg);

/* A ready-made rmq_log_fn: "2026-01-31T12:00:00.123Z WARN  text" (UTC) and a newline on stderr, in one
 * write, so that lines of several threads do not mix. arg is not used. The one function of the library
 * that writes to stderr, and only if it was given:
 *     rmq_config_set_log(config, rmq_log_stderr, RMQ_LOG_INFO, NULL); */
RMQ_API void rmq_log_stderr(enum rmq_log_level level, const char *text, void *arg);

RMQ_END_DECLS

#endif
