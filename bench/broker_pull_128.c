/* SPDX-License-Identifier: Apache-2.0 */
/*
 * broker_pull_128.c - what the daemon gives: a backlog of 128-byte messages to the raw loop, one pull in flight for
 * each of 8 queues. See README.md.
 */
#include <math.h>

#include "bench/support/measure.h"
#include "bench/support/mock.h"
#include "bench/support/pulls.h"

enum { MESSAGES = 1000 * 1000 };

struct form {
	const char *name;
	enum rmqi_serialization serialization;
	int batch;
};

static const struct form forms[] = {
	{"", RMQI_BINARY, 32},
	{"json", RMQI_JSON, 32},
	{"pull_128", RMQI_BINARY, 128},
};

static void run(const struct form *f, const struct stock *stock)
{
	double count = (double)(stock->each * stock->queues);
	struct bench_usage u;
	struct pulls p;

	pulls_init(&p, stock, f->serialization, f->batch);
	u = bench_usage_now();
	pulls_run(&p, stock, false);
	u = bench_usage_since(&u);
	pulls_deinit(&p);
	bench_figure_of("pulled_per_second", f->name, "1/s", count / u.wall_us * 1e6, NAN);
	bench_figure_of("mock_cpu", f->name, "us", u.mock_cpu_us / count, NAN);
}

int main(int argc, char **argv)
{
	static const char *const flags[] = {"--broker-settings",
					    "maxTransferCountOnMessageInMemory=128", NULL};
	struct stock stock = {.topic = "broker_pull", .queues = SCENE_QUEUES};
	struct bench_options o;

	bench_init("broker_pull_128", argc, argv, 5, 9, &o);
	stock.each = (o.messages ? o.messages : MESSAGES) / stock.queues;
	mock_start_with(argv[0], flags);
	stock_fill(&stock);
	for (size_t round = 0; round < o.rounds; round++)
		for (size_t i = 0; i < RMQI_COUNT(forms); i++)
			if (bench_wants(&o, forms[i].name))
				run(&forms[i], &stock);
	mock_stop();
	bench_print();
	return 0;
}
