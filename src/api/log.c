/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <rocketmq/log.h>

#include "base/clock.h"

enum { LINE_SIZE = 1200 }; /* a text of 1 KiB (base/log.h) and what stands before it */

static const char *word(enum rmq_log_level level)
{
	switch (level) {
	case RMQ_LOG_ERROR:
		return "ERROR";
	case RMQ_LOG_WARN:
		return "WARN";
	case RMQ_LOG_INFO:
		return "INFO";
	case RMQ_LOG_DEBUG:
		return "DEBUG";
	}
	return "?";
}

void rmq_log_stderr(enum rmq_log_level level, const char *text, void *arg)
{
	int64_t now_ms = rmqi_clock_wall_ms(rmqi_clock_real());
	time_t seconds = (time_t)(now_ms / 1000);
	char line[LINE_SIZE], time[32];
	struct tm tm;
	int len;

	(void)arg;
	if (!gmtime_r(&seconds, &tm))
		return;
	strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%S", &tm);
	len = snprintf(line, sizeof(line), "%s.%03dZ %-5s %s", time, (int)(now_ms % 1000),
		       word(level), text ? text : "");
	if (len < 0)
		return;
	if ((size_t)len >= sizeof(line))
		len = (int)sizeof(line) - 1;
	line[len++] = '\n'; /* in place of the NUL */
	/* One write: lines of several threads do not mix. What cannot be written is lost. */
	if (write(STDERR_FILENO, line, (size_t)len) < 0)
		return;
}
