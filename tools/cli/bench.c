/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/bench.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "tools/cli/complain.h"
#include "tools/cli/output.h"
#include "tools/cli/stop.h"
#include "tools/cli/text.h"

enum {
	US = 1000 * 1000,
	MS_US = 1000,
	WAIT_US = 100 * 1000,
	RATE_MAX = 10 * 1000 * 1000,
	USUAL_FOR_MS = 10 * 1000
};

static const struct {
	const char *name;
	double percent;
} percentiles[] = {
	{"p50", 50}, {"p90", 90}, {"p99", 99}, {"p99.9", 99.9}, {"p99.99", 99.99},
};

enum { PERCENTILES = sizeof(percentiles) / sizeof(percentiles[0]) };

int64_t bench_now_us(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * US + now.tv_nsec / 1000;
}

/* --- Open ------------------------------------------------------------------------------------------- */

int bench_open(struct bench *b, const struct args *a, const char *name, const char *verb,
	       const char *from)
{
	*b = (struct bench){.args = a,
			    .name = name,
			    .verb = verb,
			    .from = from,
			    .topic = args_text(a, OPTION_topic),
			    .rate = args_number(a, OPTION_rate, 0),
			    .count = args_number(a, OPTION_count, INT64_MAX)};
	if (!b->topic)
		return wrong_usage("bench %s needs a topic (-t)", name);
	if (!args_within(a, OPTION_rate, 1, RATE_MAX) || !args_within(a, OPTION_count, 1, INT64_MAX))
		return CLI_USAGE;
	b->latency = spread_new();
	b->interval = spread_new();
	if (!b->latency || !b->interval) {
		spread_free(b->latency);
		spread_free(b->interval);
		complain("out of memory");
		return CLI_FAILED;
	}
	pthread_mutex_init(&b->mutex, NULL);
	return CLI_OK;
}

void bench_start(struct bench *b)
{
	int64_t usual_ms = args_has(b->args, OPTION_count) ? -1 : USUAL_FOR_MS;
	int64_t for_ms = args_duration(b->args, OPTION_for, usual_ms);

	b->started_us = b->told_us = bench_now_us();
	if (for_ms >= 0)
		stop_after(for_ms);
}

/* --- What happens ------------------------------------------------------------------------------------- */

void bench_note(struct bench *b, int64_t latency_us, size_t bytes)
{
	b->tally.messages++;
	b->tally.bytes += bytes;
	pthread_mutex_lock(&b->mutex);
	spread_add(b->latency, latency_us);
	spread_add(b->interval, latency_us);
	b->ended_us = bench_now_us();
	pthread_mutex_unlock(&b->mutex);
}

void bench_fail(struct bench *b, enum rmq_error error, const rmq_error_detail *detail)
{
	bool is_first;

	b->tally.failed++;
	pthread_mutex_lock(&b->mutex);
	is_first = b->first_error == RMQ_OK;
	if (is_first)
		b->first_error = error;
	b->errors[(unsigned)error < BENCH_ERRORS ? (unsigned)error : 0]++;
	pthread_mutex_unlock(&b->mutex);
	if (is_first)
		warn("%s", cause_of(error, detail));
}

/* --- Lines ---------------------------------------------------------------------------------------------- */

static void add_latency(struct text *t, const struct spread *s)
{
	text_addf(t, "\"latencyUs\":{\"count\":%" PRIu64 ",\"mean\":%.1f", spread_count(s), spread_mean(s));
	for (size_t i = 0; i < PERCENTILES; i++)
		text_addf(t, ",\"%s\":%" PRId64, percentiles[i].name, spread_at(s, percentiles[i].percent));
	text_addf(t, ",\"max\":%" PRId64 "}", spread_max(s));
}

static void add_rates(struct text *t, uint64_t messages, uint64_t bytes, int64_t span_us)
{
	double seconds = span_us > 0 ? (double)span_us / US : 0;

	text_addf(t, "\"messages\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"seconds\":%.3f,", messages, bytes,
		  seconds);
	text_addf(t, "\"perSecond\":%.1f,\"mbPerSecond\":%.3f,", seconds > 0 ? (double)messages / seconds : 0,
		  seconds > 0 ? (double)bytes / 1e6 / seconds : 0);
}

void bench_tick(struct bench *b)
{
	int64_t now = bench_now_us();
	uint64_t messages = b->tally.messages, bytes = b->tally.bytes;
	struct text t = {0};

	if (!args_has(b->args, OPTION_json) || now - b->told_us < US)
		return;
	text_addf(&t, "{\"bench\":\"%s\",\"interval\":%" PRId64 ",", b->name, ++b->lines);
	add_rates(&t, messages - b->told_messages, bytes - b->told_bytes, now - b->told_us);
	text_addf(&t, "\"failed\":%" PRIu64 ",", (uint64_t)b->tally.failed);
	pthread_mutex_lock(&b->mutex);
	add_latency(&t, b->interval);
	spread_clear(b->interval);
	pthread_mutex_unlock(&b->mutex);
	text_adds(&t, "}\n");
	b->told_messages = messages;
	b->told_bytes = bytes;
	b->told_us = now;
	(void)output_take(&t);
	(void)output_flush();
	text_free(&t);
}

bool bench_wait_us(struct bench *b, int64_t until_us)
{
	for (;;) {
		int64_t left = until_us - bench_now_us();
		struct timespec span;

		bench_tick(b);
		if (stop_wanted())
			return true;
		if (left <= 0)
			return false;
		left = left < WAIT_US ? left : WAIT_US;
		span = (struct timespec){.tv_nsec = (long)left * 1000};
		(void)nanosleep(&span, NULL);
	}
}

/* --- End -------------------------------------------------------------------------------------------------- */

static int64_t span_us(const struct bench *b)
{
	return b->ended_us > b->started_us ? b->ended_us - b->started_us : 0;
}

static void add_errors(struct text *t, const struct bench *b, bool is_json)
{
	const char *between = "";

	for (int i = 0; i < BENCH_ERRORS; i++) {
		if (b->errors[i] == 0)
			continue;
		text_addf(t, is_json ? "%s\"%s\":%" PRIu64 : "%s%s: %" PRIu64, between,
			  rmq_error_text((enum rmq_error)i), b->errors[i]);
		between = is_json ? "," : ", ";
	}
}

static void add_json(struct text *t, const struct bench *b)
{
	text_addf(t, "{\"bench\":\"%s\",\"interval\":null,\"topic\":\"%s\",", b->name, b->topic);
	add_rates(t, b->tally.messages, b->tally.bytes, span_us(b));
	text_addf(t, "\"failed\":%" PRIu64 ",\"rate\":", (uint64_t)b->tally.failed);
	text_addf(t, b->rate ? "%" PRId64 : "null", b->rate);
	text_addf(t, ",\"latencyFrom\":\"%s\",", b->from);
	add_latency(t, b->latency);
	text_adds(t, ",\"errors\":{");
	add_errors(t, b, true);
	text_adds(t, "}}\n");
}

static void add_text(struct text *t, const struct bench *b)
{
	double seconds = (double)span_us(b) / US;
	uint64_t messages = b->tally.messages, bytes = b->tally.bytes;

	text_addf(t, "%" PRIu64 " messages %s in %.2f s: %.0f/s, %.2f MB/s; %" PRIu64 " failed\n", messages,
		  b->verb, seconds, seconds > 0 ? (double)messages / seconds : 0,
		  seconds > 0 ? (double)bytes / 1e6 / seconds : 0, (uint64_t)b->tally.failed);
	if (b->tally.failed) {
		text_adds(t, "failed: ");
		add_errors(t, b, false);
		text_addc(t, '\n');
	}
	if (messages == 0)
		return;
	text_addf(t, "latency in ms, from %s:\n", b->from);
	for (size_t i = 0; i < PERCENTILES; i++)
		text_addf(t, "%8s %% %12.3f\n", percentiles[i].name + 1,
			  (double)spread_at(b->latency, percentiles[i].percent) / MS_US);
	text_addf(t, "%10s %12.3f\n%10s %12.3f\n", "mean", spread_mean(b->latency) / MS_US, "max",
		  (double)spread_max(b->latency) / MS_US);
}

static int write_hdr(const struct bench *b)
{
	const char *path = args_text(b->args, OPTION_hdr);
	FILE *out = path ? fopen(path, "w") : NULL;
	bool is_bad;

	if (!path)
		return CLI_OK;
	if (out)
		spread_print(b->latency, MS_US, out);
	is_bad = !out || ferror(out);
	if ((out && fclose(out) != 0) || is_bad) {
		complain("%s: %s", path, strerror(errno));
		return CLI_FAILED;
	}
	return CLI_OK;
}

static int tell(const struct bench *b)
{
	struct text t = {0};
	int status;

	if (args_has(b->args, OPTION_json))
		add_json(&t, b);
	else
		add_text(&t, b);
	(void)output_take(&t);
	text_free(&t);
	status = write_hdr(b);
	if (status == CLI_OK && b->tally.failed)
		status = b->tally.messages ? CLI_PARTIAL : status_of(b->first_error);
	return status;
}

int bench_end(struct bench *b, bool has_run)
{
	int status = CLI_OK;

	if (has_run) {
		tally_end();
		status = tell(b);
	}
	spread_free(b->latency);
	spread_free(b->interval);
	pthread_mutex_destroy(&b->mutex);
	return status;
}
