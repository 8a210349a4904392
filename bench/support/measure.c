/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/support/measure.h"

#include <dirent.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/mem.h"
#include "base/str.h"
#include "bench/support/io_calls.h"
#include "bench/support/mock.h"

enum { FIGURES_MAX = 64, SAMPLES_MAX = 256 };

struct figure {
	char metric[64];
	const char *unit;
	double values[SAMPLES_MAX];
	double raws[SAMPLES_MAX];
	size_t count;
	bool has_raw;
};

static const char *bench_name = "bench";
static struct figure figures[FIGURES_MAX];
static size_t figure_count;
static bool has_no_raw; /* --ours */

/* --- Options and words --------------------------------------------------------------- */

static size_t number(const char *text)
{
	int64_t n;

	if (!text || !rmqi_str_to_i64(rmqi_str(text), &n) || n < 1)
		bench_die("a number from 1 is missing");
	return (size_t)n;
}

void bench_init(const char *name, int argc, char **argv, size_t rounds, size_t long_rounds,
		struct bench_options *out)
{
	bench_name = name;
	*out = (struct bench_options){.rounds = rounds, .only = "", .program = argv[0]};
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--long") == 0) {
			out->is_long = true;
			out->rounds = long_rounds;
		} else if (strcmp(argv[i], "--rounds") == 0) {
			out->rounds = number(argv[++i]);
		} else if (strcmp(argv[i], "--messages") == 0) {
			out->messages = number(argv[++i]);
		} else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc) {
			out->only = argv[++i];
		} else if (strcmp(argv[i], "--ours") == 0) {
			out->only_ours = true;
		} else {
			bench_die("what is %s? there are --long, --rounds N, --messages N, "
				  "--only PREFIX, --ours",
				  argv[i]);
		}
	}
	has_no_raw = out->only_ours;
	if (out->rounds > SAMPLES_MAX)
		out->rounds = SAMPLES_MAX;
}

bool bench_wants(const struct bench_options *o, const char *part)
{
	return strncmp(part, o->only, strlen(o->only)) == 0;
}

static void say(const char *format, va_list args)
{
	fprintf(stderr, "%s: ", bench_name);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void bench_die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	exit(EXIT_FAILURE);
}

void bench_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
}

/* --- Figures -------------------------------------------------------------------------- */

static struct figure *find_figure(const char *metric, const char *unit)
{
	struct figure *f;

	for (size_t i = 0; i < figure_count; i++)
		if (strcmp(figures[i].metric, metric) == 0)
			return &figures[i];
	if (figure_count == FIGURES_MAX)
		bench_die("too many figures");
	f = &figures[figure_count++];
	snprintf(f->metric, sizeof(f->metric), "%s", metric);
	f->unit = unit;
	return f;
}

void bench_figure(const char *metric, const char *unit, double value, double raw)
{
	struct figure *f = find_figure(metric, unit);

	if (f->count == SAMPLES_MAX)
		return;
	f->values[f->count] = value;
	f->raws[f->count] = raw;
	f->has_raw = !has_no_raw && !isnan(raw);
	f->count++;
}

void bench_figure_of(const char *what, const char *form, const char *unit, double value, double raw)
{
	char metric[64];

	snprintf(metric, sizeof(metric), "%s%s%s", what, *form ? "_" : "", form);
	bench_figure(metric, unit, value, raw);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_percentile(double *samples, size_t count, double p)
{
	if (count == 0)
		return 0;
	qsort(samples, count, sizeof(*samples), by_value);
	return samples[(size_t)((double)(count - 1) * p)];
}

double bench_median(double *samples, size_t count)
{
	double low = bench_percentile(samples, count, 0.5);

	return count > 0 && count % 2 == 0 ? (low + samples[count / 2]) / 2 : low;
}

static void print_figure(struct figure *f)
{
	double value = bench_median(f->values, f->count), raw = bench_median(f->raws, f->count);

	printf("{\"bench\":\"%s\",\"metric\":\"%s\",\"value\":%.4f,\"unit\":\"%s\",", bench_name,
	       f->metric, value, f->unit);
	if (f->has_raw)
		printf("\"raw\":%.4f,", raw);
	else
		printf("\"raw\":null,");
	if (f->has_raw && raw > 0)
		printf("\"ratio\":%.4f}\n", value / raw);
	else
		printf("\"ratio\":null}\n");
	bench_say("%-32s %12.3f .. %12.3f over %zu", f->metric, f->values[0],
		  f->values[f->count - 1], f->count);
}

void bench_print(void)
{
	bench_say("least and greatest of the rounds:");
	for (size_t i = 0; i < figure_count; i++)
		print_figure(&figures[i]);
	fflush(stdout);
}

/* --- Counters --------------------------------------------------------------------------- */

double bench_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double cpu_us(const struct rusage *u)
{
	return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) * 1e6 +
	       (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec);
}

struct bench_usage bench_usage_now(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (struct bench_usage){.wall_us = bench_now_us(),
				    .cpu_us = cpu_us(&u),
				    .mock_cpu_us = mock_cpu_us(),
				    .switches = (double)u.ru_nvcsw,
				    .allocations = (double)rmqi_mem_allocations(),
				    .calls = (double)bench_io_calls()};
}

struct bench_usage bench_usage_since(const struct bench_usage *start)
{
	struct bench_usage u = bench_usage_now();

	u.wall_us -= start->wall_us;
	u.cpu_us -= start->cpu_us;
	u.mock_cpu_us -= start->mock_cpu_us;
	u.switches -= start->switches;
	u.allocations -= start->allocations;
	u.calls -= start->calls;
	return u;
}

static double rate_of(const struct bench_usage *u, double n)
{
	if (isnan(u->wall_us))
		return NAN;
	return u->wall_us > 0 ? n / u->wall_us * 1e6 : 0;
}

void bench_figures_of(const char *form, const char *rate, double n, const struct bench_usage *ours,
		      const struct bench_usage *raw)
{
	double thousands = n / 1000;

	bench_figure_of(rate, form, "messages/s", rate_of(ours, n), rate_of(raw, n));
	bench_figure_of("cpu", form, "us/message", ours->cpu_us / n, raw->cpu_us / n);
	bench_figure_of("mock_cpu", form, "us/message", ours->mock_cpu_us / n,
			raw->mock_cpu_us / n);
	bench_figure_of("switches", form, "per 1000 messages", ours->switches / thousands,
			raw->switches / thousands);
	bench_figure_of("io_calls", form, "per 1000 messages", ours->calls / thousands,
			raw->calls / thousands);
	bench_figure_of("allocations", form, "per 1000 messages", ours->allocations / thousands,
			NAN);
}

size_t bench_threads(void)
{
	DIR *d = opendir("/proc/self/task");
	struct dirent *e;
	size_t count = 0;

	if (!d)
		bench_die("/proc/self/task is needed to count threads");
	while ((e = readdir(d)) != NULL)
		count += e->d_name[0] != '.';
	closedir(d);
	return count;
}
