/* SPDX-License-Identifier: Apache-2.0 */
/*
 * demo.c - rmq-demo: the main job, to be looked at.
 *
 * Starts a cluster of one name server and two brokers in this process and sends the
 * lines of a file as orders, tagged created, paid or shipped. Two members of a group
 * read every order, after a pause, so that there is a lag to look at; one of another
 * group reads those that are paid, and refuses an order, which comes again a second
 * later. Then it proves that each group got what it had to. Exits with 1 if not.
 *
 *     rmq-demo [FILE]
 *
 * Without FILE it takes the longest of a few files that a machine has on which this was built.
 */
#include "tools/demo/demo.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int fail(const char *what, rmq_error_detail *detail)
{
	fprintf(stderr, "rmq-demo: %s: %s\n", what, rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	return -1;
}

/* Sent, and not read by the group that reads all. */
static size_t lag(struct demo *d)
{
	size_t done = atomic_load(&d->orders.taken[AUDIT]), sent = atomic_load(&d->all_sent);

	return sent > done ? sent - done : 0;
}

static void show_progress(struct demo *d)
{
	fprintf(stderr, "\r  sent %zu of %zu   audit %zu   billing %zu   lag %zu     ",
		atomic_load(&d->all_sent), d->orders.count, atomic_load(&d->orders.taken[AUDIT]),
		atomic_load(&d->orders.taken[BILLING]), lag(d));
}

/* SHOWN of the looks at the lag, evenly spread, with the last one. */
static void print_lags(const size_t *lags, int count)
{
	int step = (count + SHOWN - 1) / SHOWN;

	if (count == 0)
		return;
	printf("lag         of demo-audit, which pauses until a third is sent; every %d ms\n"
	       "           ",
	       step * SAMPLE_MS);
	for (int i = (count - 1) % step; i < count; i += step)
		printf(" %zu", lags[i]);
	printf("\n");
}

/* Waits for every order, but not for ever. */
static void watch(struct demo *d)
{
	static const struct timespec sample = {.tv_nsec = SAMPLE_MS * 1000000L};
	static size_t lags[WAIT_S * 1000 / SAMPLE_MS];
	bool is_terminal = isatty(STDERR_FILENO), is_read = false, is_paused = true;
	int64_t give_up = now_us() + (int64_t)WAIT_S * 1000000;
	int looks = 0, count = 0;

	while (!orders_all_done(&d->orders) && !atomic_load(&d->failed) && now_us() < give_up) {
		nanosleep(&sample, NULL);
		if (is_paused && atomic_load(&d->all_sent) >= d->orders.count / 3) {
			is_paused = false;
			pause_audit(d, false);
		}
		if (is_terminal && looks++ % (PROGRESS_MS / SAMPLE_MS) == 0)
			show_progress(d);
		if (!is_read && count < (int)(sizeof(lags) / sizeof(lags[0])))
			lags[count++] = lag(d);
		is_read = orders_missing(&d->orders, AUDIT) == 0;
	}
	if (is_terminal)
		fputs("\r\033[K", stderr);
	print_lags(lags, count);
}

static int run(struct demo *d)
{
	pthread_t threads[SENDERS];
	int started = 0;
	int64_t start;

	if (start_cluster(d) != 0 || start_clients(d) != 0)
		return 1;
	printf("orders      the %zu lines of %s\n", d->orders.count, d->path);
	pause_audit(d, true);
	start = now_us();
	for (; started < SENDERS; started++)
		if (pthread_create(&threads[started], NULL, sender, d) != 0)
			break;
	watch(d);
	for (int i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	close_members(d);
	report(d);
	printf("time        %.2f s in all, with the second that the refused order waited\n",
	       (double)(atomic_load(&d->last_us) - start) / 1e6);
	return prove(d);
}

static void stop(struct demo *d)
{
	for (int i = 0; i < MEMBERS; i++)
		rmq_push_consumer_free(d->members[i].consumer);
	rmq_producer_free(d->producer);
	rmq_mock_cluster_free(d->cluster);
	orders_free(&d->orders);
}

/* Scripts that the build itself made, or word lists: text that is really there. */
static int read_default(struct demo *d)
{
	static const char *const paths[] = {"libtool",
					    "../configure",
					    "configure",
					    "/usr/share/dict/words",
					    "/etc/ssl/certs/ca-certificates.crt",
					    "/etc/services"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct orders o;

		if (d->orders.count >= WANTED || orders_read(&o, paths[i]) != 0)
			continue;
		if (o.count > d->orders.count) {
			orders_free(&d->orders);
			d->orders = o;
			d->path = paths[i];
		} else {
			orders_free(&o);
		}
	}
	return d->orders.count > 0 ? 0 : -1;
}

/* Of those that are paid: the first in the second half with something to read, else the last one. */
static size_t choose_refused(const struct orders *o)
{
	size_t chosen = SIZE_MAX;

	for (size_t i = 0; i < o->count; i++) {
		if (!order_is_for(i, BILLING))
			continue;
		chosen = i;
		if (i >= o->count / 2 && o->items[i].len >= TEXT_COLUMNS / 2)
			break;
	}
	return chosen;
}

int main(int argc, char **argv)
{
	static struct demo d = {
		.members = {
			{.name = "audit 1", .group = AUDIT, .expression = "*"},
			{.name = "audit 2", .group = AUDIT, .expression = "*"},
			{.name = "billing", .group = BILLING, .expression = "paid || refunded"}}};
	int result;

	if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
		fprintf(stderr, "usage: rmq-demo [FILE]\n");
		return 2;
	}
	d.path = argc == 2 ? argv[1] : NULL;
	if (d.path ? orders_read(&d.orders, d.path) != 0 : read_default(&d) != 0) {
		fprintf(stderr, "rmq-demo: %s: %s\n", d.path ? d.path : "no file",
			errno ? strerror(errno) : "cannot be read");
		return 1;
	}
	d.refused = choose_refused(&d.orders);
	for (int i = 0; i < MEMBERS; i++)
		d.members[i].demo = &d;
	setvbuf(stdout, NULL, _IOLBF, 0);
	result = run(&d);
	stop(&d);
	return result;
}
