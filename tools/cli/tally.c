/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/tally.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rocketmq/statistics.h>

#include "tools/cli/complain.h"
#include "tools/cli/stop.h"
#include "tools/cli/values.h"

static struct {
	struct tally *tally;
	const char *verb;
	stats_fn stats;
	void *client;
	int64_t started;     /* ticks */
	int64_t progress_ms; /* 0: none */
	int64_t stats_ms;    /* 0: none */
	bool wants_summary;
	bool has_thread;
	uint64_t told;     /* messages at the last line of progress */
	int64_t told_at;   /* ticks */
	bool has_line;     /* one stands on the terminal */
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t ended;
	bool is_ended; /* mutex */
} us = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void write_out(const char *line, size_t len)
{
	ssize_t written = write(STDERR_FILENO, line, len);

	(void)written;
}

static void tell_progress(void)
{
	uint64_t messages = us.tally->messages, bytes = us.tally->bytes, failed = us.tally->failed;
	int64_t now = value_ticks(), span = now - us.told_at;
	char line[256];
	int len = snprintf(line, sizeof(line), "\r%s %" PRIu64 " messages, %.1f MB, %.0f/s",
			   us.verb, messages, (double)bytes / 1e6,
			   span > 0 ? (double)(messages - us.told) * 1000 / (double)span : 0.0);

	if (failed)
		len += snprintf(line + len, sizeof(line) - (size_t)len, ", %" PRIu64 " failed", failed);
	len += snprintf(line + len, sizeof(line) - (size_t)len, "\033[K");
	write_out(line, (size_t)len);
	us.has_line = true;
	us.told = messages;
	us.told_at = now;
}

static void tell_stats(void)
{
	char *json = us.stats(us.client);

	if (!json)
		return;
	if (us.has_line)
		write_out("\r\033[K", 4);
	dprintf(STDERR_FILENO, "%s\n", json);
	rmq_statistics_free(json);
}

/* @locks: mutex held. True: it has ended. */
static bool wait_until(int64_t ticks)
{
	struct timespec until = {ticks / 1000, ticks % 1000 * 1000000};

	while (!us.is_ended && pthread_cond_timedwait(&us.ended, &us.mutex, &until) == 0)
		;
	return us.is_ended;
}

static void *tell(void *unused)
{
	int64_t progress_at = us.progress_ms ? us.started + us.progress_ms : INT64_MAX;
	int64_t stats_at = us.stats_ms ? us.started + us.stats_ms : INT64_MAX;

	(void)unused;
	pthread_mutex_lock(&us.mutex);
	while (!wait_until(progress_at < stats_at ? progress_at : stats_at)) {
		pthread_mutex_unlock(&us.mutex);
		if (progress_at <= stats_at) {
			tell_progress();
			progress_at += us.progress_ms;
		} else {
			tell_stats();
			stats_at += us.stats_ms;
		}
		pthread_mutex_lock(&us.mutex);
	}
	pthread_mutex_unlock(&us.mutex);
	return NULL;
}

static int64_t period(const struct args *a, enum option_id id, int64_t usual)
{
	int64_t ms = args_has(a, id) ? args_duration(a, id, usual) : 0;

	return ms || !args_has(a, id) ? ms : usual;
}

void tally_start(const struct args *a, struct tally *t, const char *verb, stats_fn stats, void *client)
{
	pthread_condattr_t attributes;

	us.tally = t;
	us.verb = verb;
	us.stats = stats;
	us.client = client;
	us.started = us.told_at = value_ticks();
	us.wants_summary = args_has(a, OPTION_verbose);
	us.progress_ms = isatty(STDERR_FILENO) ? period(a, OPTION_progress, 1000) : 0;
	us.stats_ms = stats ? period(a, OPTION_stats, 10000) : 0;
	if (!us.progress_ms && !us.stats_ms)
		return;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&us.ended, &attributes);
	pthread_condattr_destroy(&attributes);
	us.has_thread = pthread_create(&us.thread, NULL, tell, NULL) == 0;
}

void tally_end(void)
{
	if (us.has_thread) {
		pthread_mutex_lock(&us.mutex);
		us.is_ended = true;
		pthread_cond_signal(&us.ended);
		pthread_mutex_unlock(&us.mutex);
		pthread_join(us.thread, NULL);
	}
	if (us.progress_ms) {
		tell_progress();
		write_out("\n", 1);
		us.has_line = false;
	}
	if (us.stats_ms)
		tell_stats();
	if (us.wants_summary)
		complain("%s %" PRIu64 " messages, %" PRIu64 " bytes in %.3f s", us.verb,
			 us.tally->messages, us.tally->bytes,
			 (double)(value_ticks() - us.started) / 1000);
}

int tally_judge(const struct args *a, uint64_t got)
{
	uint64_t least = (uint64_t)args_number(a, OPTION_require, 0);
	uint64_t limit = (uint64_t)args_number(a, OPTION_count, 0);

	if (got < least) {
		complain("%" PRIu64 " messages came, %" PRIu64 " are required", got, least);
		return CLI_TOO_FEW;
	}
	if (got < limit && stop_wanted() && !stop_by_signal() && args_has(a, OPTION_timeout)) {
		complain("%" PRIu64 " of %" PRIu64 " messages came in time", got, limit);
		return CLI_TOO_FEW;
	}
	return CLI_OK;
}
