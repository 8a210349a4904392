/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ours.c - rmq_producer_send_async with a window against any cluster; what run compiles
 * and compares with the other clients.
 *
 *     ours NAMESRV TOPIC BODY COUNT WINDOW      prints: rate  CPU of this process a message (us)
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <rocketmq/producer.h>

static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static long places, wanted = 1;

static void die(const char *what, const rmq_error_detail *detail)
{
	fprintf(stderr, "ours: %s: %s\n", what, rmq_error_detail_message(detail));
	exit(EXIT_FAILURE);
}

static void on_end(enum rmq_error error, const rmq_send_result *result,
		   const rmq_error_detail *detail, void *arg)
{
	(void)arg;
	if (error != RMQ_OK || rmq_send_result_status(result) != RMQ_SEND_OK)
		die("send", detail);
	pthread_mutex_lock(&mu);
	if (++places == wanted)
		pthread_cond_signal(&cond);
	pthread_mutex_unlock(&mu);
}

/* Waits for so many places and takes all that there are. */
static long take(long at_least)
{
	long taken;

	pthread_mutex_lock(&mu);
	wanted = at_least;
	while (places < at_least)
		pthread_cond_wait(&cond, &mu);
	taken = places;
	places = 0;
	pthread_mutex_unlock(&mu);
	return taken;
}

static void send_all(rmq_producer *p, const rmq_message *m, long count, long window)
{
	rmq_error_detail *detail = NULL;
	long free_places;

	places = window;
	for (long sent = 0; sent < count;) {
		for (free_places = take(window > 4 ? window / 4 : 1);
		     free_places > 0 && sent < count; free_places--, sent++)
			if (rmq_producer_send_async(p, m, NULL, on_end, NULL, &detail) != RMQ_OK)
				die("send", detail);
		pthread_mutex_lock(&mu);
		places += free_places;
		pthread_mutex_unlock(&mu);
	}
	take(window);
}

static double now_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new();
	rmq_error_detail *detail = NULL;
	double start, cpu, us;
	rmq_producer *p;
	rmq_message *m;
	char *body;
	long size, count, window;

	if (argc != 6)
		return EXIT_FAILURE;
	size = strtol(argv[3], NULL, 10);
	count = strtol(argv[4], NULL, 10);
	window = strtol(argv[5], NULL, 10);
	body = calloc(1, (size_t)size);
	if (rmq_config_set(config, "namesrvAddr", argv[1], &detail) != RMQ_OK ||
	    rmq_config_set(config, "serializeType", "ROCKETMQ", &detail) != RMQ_OK ||
	    rmq_producer_new(config, "bench_peers", &p, &detail) != RMQ_OK ||
	    rmq_producer_start(p, &detail) != RMQ_OK)
		die("producer", detail);
	m = rmq_message_new(argv[2], body, (size_t)size);
	send_all(p, m, count / 10, window);
	start = now_us(CLOCK_MONOTONIC);
	cpu = now_us(CLOCK_PROCESS_CPUTIME_ID);
	send_all(p, m, count, window);
	us = now_us(CLOCK_MONOTONIC) - start;
	printf("%.0f %.3f\n", (double)count / us * 1e6,
	       (now_us(CLOCK_PROCESS_CPUTIME_ID) - cpu) / (double)count);
	rmq_message_free(m);
	rmq_producer_free(p);
	rmq_config_free(config);
	free(body);
	return EXIT_SUCCESS;
}
