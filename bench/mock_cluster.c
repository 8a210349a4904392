/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mock_cluster.c - what a cluster in a test's own process costs: three brokers from rmq_mock_cluster_new to the end of
 * rmq_mock_cluster_free, the memory of one that runs, and a hundred of them at once. See README.md.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <rocketmq/mock.h>

#include "bench/support/measure.h"

enum { CYCLES = 50, AT_ONCE = 100 };

static rmq_mock_options *options_of(const char *brokers, bool is_virtual)
{
	rmq_mock_options *o = rmq_mock_options_new();

	if (!o || rmq_mock_options_set(o, "brokers", brokers, NULL) != RMQ_OK ||
	    (is_virtual && rmq_mock_options_set(o, "virtualTime", "true", NULL) != RMQ_OK))
		bench_die("no options");
	return o;
}

static rmq_mock_cluster *cluster_of(const rmq_mock_options *o)
{
	rmq_error_detail *detail = NULL;
	rmq_mock_cluster *c = NULL;

	if (rmq_mock_cluster_new(o, &c, &detail) != RMQ_OK)
		bench_die("no cluster: %s", rmq_error_detail_message(detail));
	return c;
}

static double resident_kib(void)
{
	long all = 0, pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (!f || fscanf(f, "%ld %ld", &all, &pages) != 2)
		bench_die("/proc/self/statm");
	fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024;
}

/* The median of each: what a start waits for differs from time to time. */
static void start_and_stop(const char *form, bool is_virtual, size_t cycles)
{
	rmq_mock_options *o = options_of("3", is_virtual);
	double *starts = calloc(cycles, sizeof(*starts)), *stops = calloc(cycles, sizeof(*stops));

	if (!starts || !stops)
		bench_die("out of memory");
	for (size_t i = 0; i < cycles; i++) {
		double at = bench_now_us();
		rmq_mock_cluster *c = cluster_of(o);

		starts[i] = bench_now_us() - at;
		at = bench_now_us();
		rmq_mock_cluster_free(c);
		stops[i] = bench_now_us() - at;
	}
	bench_figure_of("start", form, "ms", bench_median(starts, cycles) / 1e3, NAN);
	bench_figure_of("stop", form, "ms", bench_median(stops, cycles) / 1e3, NAN);
	free(starts);
	free(stops);
	rmq_mock_options_free(o);
}

static void memory(void)
{
	rmq_mock_options *o = options_of("3", false);
	double before = resident_kib();
	rmq_mock_cluster *c = cluster_of(o);

	bench_figure("resident", "MiB", (resident_kib() - before) / 1024, NAN);
	rmq_mock_cluster_free(c);
	rmq_mock_options_free(o);
}

/* Each has some ten descriptors. */
static void allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		bench_die("the limit of descriptors is not known");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		bench_die("the limit of descriptors cannot be raised");
}

static void hundred(void)
{
	rmq_mock_options *o = options_of("3", false);
	double before = resident_kib(), at = bench_now_us();
	rmq_mock_cluster *all[AT_ONCE];

	for (size_t i = 0; i < AT_ONCE; i++)
		all[i] = cluster_of(o);
	bench_figure("start_of_100", "ms", (bench_now_us() - at) / 1e3, NAN);
	bench_figure("resident_of_100", "MiB", (resident_kib() - before) / 1024, NAN);
	for (size_t i = 0; i < AT_ONCE; i++)
		rmq_mock_cluster_free(all[i]);
	rmq_mock_options_free(o);
}

int main(int argc, char **argv)
{
	struct bench_options o;
	size_t cycles;

	bench_init("mock_cluster", argc, argv, 3, 9, &o);
	cycles = o.messages ? o.messages : CYCLES;
	allow_descriptors();
	for (size_t round = 0; round < o.rounds; round++) {
		if (round == 0)
			memory();
		start_and_stop("", false, cycles);
		start_and_stop("virtual", true, cycles);
		if (bench_wants(&o, "100"))
			hundred();
	}
	bench_print();
	return 0;
}
