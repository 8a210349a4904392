/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idle.c - what a producer costs that does nothing, and what messages cost that wait in it:
 * the daemon is frozen while 60,000 are accepted. See README.md.
 */
#include <malloc.h>
#include <math.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>

#include <rocketmq/producer.h>

#include "bench/support/measure.h"
#include "bench/support/mock.h"
#include "bench/support/scene.h"

enum {
	SETTLE_MS = 1000,
	IDLE_S = 10,
	LONG_IDLE_S = 60,
	BUFFERED = 60 * 1000, /* one connection awaits 65,535 answers at most */
	PATIENCE_MS = 60 * 1000
};

static const char topic[] = "idle";
static atomic_uint stored;

static void on_end(enum rmq_error error, const rmq_send_result *result,
		   const rmq_error_detail *detail, void *arg)
{
	(void)arg;
	if (error != RMQ_OK || rmq_send_result_status(result) != RMQ_SEND_OK)
		bench_die("send: %s", rmq_error_detail_message(detail));
	atomic_fetch_add(&stored, 1);
}

static rmq_producer *open_producer(void)
{
	rmq_config *config = scene_config(RMQI_BINARY);
	rmq_error_detail *detail = NULL;
	rmq_producer *p;

	scene_set(config, "backPressureForAsyncSendNum", "1000000");
	scene_set(config, "sendMsgTimeout", "60000");
	if (rmq_producer_new(config, SCENE_GROUP, &p, &detail) != RMQ_OK ||
	    rmq_producer_start(p, &detail) != RMQ_OK)
		bench_die("producer: %s", rmq_error_detail_message(detail));
	rmq_config_free(config);
	return p;
}

static void send_first(rmq_producer *p, const rmq_message *m)
{
	rmq_error_detail *detail = NULL;

	if (rmq_producer_send(p, m, NULL, NULL, &detail) != RMQ_OK)
		bench_die("send: %s", rmq_error_detail_message(detail));
}

static void measure_idle(bool is_long)
{
	int seconds = is_long ? LONG_IDLE_S : IDLE_S;
	struct bench_usage u;

	poll(NULL, 0, SETTLE_MS);
	u = bench_usage_now();
	poll(NULL, 0, seconds * 1000);
	u = bench_usage_since(&u);
	/* One is this thread's own. */
	bench_figure("wake_ups", "per second", (u.switches - 1) / seconds, NAN);
	bench_figure("cpu", "us per second", u.cpu_us / seconds, NAN);
}

static double memory(void)
{
	struct mallinfo2 m = mallinfo2();

	return (double)m.uordblks + (double)m.hblkhd;
}

static void measure_memory(rmq_producer *p, const rmq_message *m)
{
	rmq_error_detail *detail = NULL;
	double before = memory();

	atomic_store(&stored, 0);
	mock_freeze();
	for (unsigned i = 0; i < BUFFERED; i++)
		if (rmq_producer_send_async(p, m, NULL, on_end, NULL, &detail) != RMQ_OK)
			bench_die("send %u: %s", i, rmq_error_detail_message(detail));
	bench_figure("memory_100k", "MiB",
		     (memory() - before) / BUFFERED * 100000 / (1024.0 * 1024.0), NAN);
	mock_thaw();
	for (int ms = 0; atomic_load(&stored) < BUFFERED; ms += 10) {
		if (ms > PATIENCE_MS)
			bench_die("%u of %d are acknowledged", atomic_load(&stored), (int)BUFFERED);
		poll(NULL, 0, 10);
	}
}

int main(int argc, char **argv)
{
	struct bench_options options;
	uint8_t body[SCENE_BODY];
	rmq_message *m;
	rmq_producer *p;

	bench_init("idle", argc, argv, 1, 1, &options);
	mock_start(argv[0]);
	scene_topic(topic);
	scene_body(body, 0, 0);
	m = rmq_message_new(topic, body, sizeof(body));
	p = open_producer();
	send_first(p, m);
	measure_idle(options.is_long);
	measure_memory(p, m);
	if (scene_stored(topic) != 1 + (uint64_t)BUFFERED)
		bench_die("%llu are stored", (unsigned long long)scene_stored(topic));
	rmq_message_free(m);
	rmq_producer_free(p);
	mock_stop();
	bench_print();
	return 0;
}
