/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure.h - options, counters and the JSON lines of the benches.
 *
 * A bench measures in rounds; in each the raw loop and ours take turns (A B A B).
 * Every round adds one sample to each figure; at the end the medians are printed,
 * one line a figure, on stdout:
 *
 *     {"bench":"sync_send","metric":"p50","value":..,"unit":"us","raw":..,"ratio":..}
 *
 * All else goes to stderr. Thread: main.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct bench_options {
	bool is_long;
	size_t rounds;       /* pairs */
	size_t messages;     /* of one round of one side; 0: the bench's own number */
	const char *only;    /* prefix of the forms or parts to run; "" all */
	bool only_ours;      /* for profilers: no raw loop */
	const char *program; /* argv[0] */
};

/* Reads --long, --rounds N, --messages N, --only PREFIX, --ours; exits on anything else. `rounds` is
 * what runs without and with --long. */
void bench_init(const char *name, int argc, char **argv, size_t rounds, size_t long_rounds,
		struct bench_options *out);
bool bench_wants(const struct bench_options *o, const char *part);

/* "sync_send: <text>" on stderr, then exit 1 (which stops the daemon). */
_Noreturn void bench_die(const char *format, ...) RMQI_PRINTF(1, 2);
void bench_say(const char *format, ...) RMQI_PRINTF(1, 2);

/* Adds a sample; a figure is known by its metric. NAN as raw: there is none. */
void bench_figure(const char *metric, const char *unit, double value, double raw);
/* The same for the metric "<what>_<form>", or "<what>" of the form "". */
void bench_figure_of(const char *what, const char *form, const char *unit, double value,
		     double raw);
/* The median of what a figure has so far. */
double bench_median(double *samples, size_t count);
/* The sample below which a share of p lies; sorts. */
double bench_percentile(double *samples, size_t count, double p);
/* Prints all figures, in the order of their first samples. */
void bench_print(void);

double bench_now_us(void);

/* What this process (and the daemon) used up to now. */
struct bench_usage {
	double wall_us;
	double cpu_us;      /* of this process */
	double mock_cpu_us; /* of the daemon */
	double switches;    /* voluntary context switches of this process */
	double allocations; /* of the library: rmqi_mem_allocations */
	double calls;       /* socket and poll system calls (io_calls.h) */
};

struct bench_usage bench_usage_now(void);
struct bench_usage bench_usage_since(const struct bench_usage *start);
/* What `n` messages of a form took: the rate, named `rate`, then each member of the usage. */
void bench_figures_of(const char *form, const char *rate, double n, const struct bench_usage *ours,
		      const struct bench_usage *raw);
/* The threads of this process. */
size_t bench_threads(void);

#endif
