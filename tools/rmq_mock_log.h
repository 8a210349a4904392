/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rmq_mock_log.h - where the lines of rmq-mock's log go: to stderr, as "WARN text", or to a
 * file, as "2026-01-01T00:00:00.000Z WARN text".
 *
 * Thread: any (locks inside); one log a process.
 */
#ifndef TOOLS_RMQ_MOCK_LOG_H
#define TOOLS_RMQ_MOCK_LOG_H

#include <stdbool.h>

#include <rocketmq/log.h>

/* Appends to the file from now on. False: it cannot be opened (errno); the log stays where it is. */
bool log_to_file(const char *path);
/* Opens the file anew, after somebody has moved it away. False, as above; true on stderr. */
bool log_reopen(void);
/* An rmq_log_fn. */
void log_write(enum rmq_log_level level, const char *text, void *arg);
/* "error", "warn", "info", "debug". False: none of them. */
bool log_level_of(const char *name, enum rmq_log_level *out);

#endif
