/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/rmq_mock_log.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/macros.h"

static const char *const names[] = {"?", "ERROR", "WARN", "INFO", "DEBUG"};

static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static FILE *file; /* NULL: stderr */
static char file_path[4096];

static bool open_file(void)
{
	FILE *opened = fopen(file_path, "ae");

	if (!opened)
		return false;
	setvbuf(opened, NULL, _IOLBF, BUFSIZ);
	if (file)
		fclose(file);
	file = opened;
	return true;
}

bool log_to_file(const char *path)
{
	bool is_open;

	pthread_mutex_lock(&mu);
	snprintf(file_path, sizeof(file_path), "%s", path);
	is_open = open_file();
	pthread_mutex_unlock(&mu);
	return is_open;
}

bool log_reopen(void)
{
	bool is_open;

	pthread_mutex_lock(&mu);
	is_open = !file || open_file();
	pthread_mutex_unlock(&mu);
	return is_open;
}

static void write_time(FILE *out)
{
	int64_t now_ms = rmqi_clock_wall_ms(rmqi_clock_real());
	time_t seconds = (time_t)(now_ms / 1000);
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	fprintf(out, "%s.%03dZ ", text, (int)(now_ms % 1000));
}

void log_write(enum rmq_log_level level, const char *text, void *arg)
{
	(void)arg;
	pthread_mutex_lock(&mu);
	if (file)
		write_time(file);
	fprintf(file ? file : stderr, "%s %s\n", names[level], text);
	pthread_mutex_unlock(&mu);
}

bool log_level_of(const char *name, enum rmq_log_level *out)
{
	static const char *const levels[] = {"error", "warn", "info", "debug"};

	for (size_t i = 0; i < RMQI_COUNT(levels); i++) {
		if (strcmp(name, levels[i]) != 0)
			continue;
		*out = (enum rmq_log_level)(RMQ_LOG_ERROR + (int)i);
		return true;
	}
	return false;
}
