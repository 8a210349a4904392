/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/demo/demo.h"
#include "tools/demo/show.h"

static void print_refused(const struct demo *d)
{
	const struct order *order;
	char text[TEXT_COLUMNS];

	if (d->refused == SIZE_MAX)
		return;
	order = &d->orders.items[d->refused];
	printf("refused     by billing: order-%zu \"%s\"\n", d->refused,
	       show_cut(order->text, order->len, text, sizeof(text)));
	if (atomic_load(&d->again_us) > 0)
		printf("            came again %.2f s later (reconsume times %d), and was taken\n",
		       (double)(atomic_load(&d->again_us) - atomic_load(&d->refused_us)) / 1e6,
		       atomic_load(&d->again_times));
}

static void print_queues(const struct demo *d)
{
	printf("sent to     queue");
	for (int q = 0; q < QUEUES; q++)
		printf("%8d", q);
	printf("\n");
	for (int b = 0; b < BROKERS; b++) {
		printf("            %-5.8s", broker_names[b]);
		for (int q = 0; q < QUEUES; q++)
			printf("%*" PRIuFAST64, q == 0 ? 5 : 8, atomic_load(&d->sent[b][q]));
		printf("\n");
	}
}

/*
 * Messages of the topic behind what AUDIT has committed at the brokers. Not of BILLING: what a filter
 * leaves out at the end of a queue is passed with the next message that it lets through.
 */
static int64_t committed_lag(const struct demo *d)
{
	int64_t behind = 0;

	for (int b = 0; b < BROKERS; b++)
		for (int q = 0; q < QUEUES; q++) {
			int64_t committed = rmq_mock_cluster_consumer_offset(
				d->cluster, broker_names[b], group_names[AUDIT], topic, q);

			behind +=
				rmq_mock_cluster_max_offset(d->cluster, broker_names[b], topic, q) -
				(committed > 0 ? committed : 0);
		}
	return behind;
}

static void print_latencies(struct demo *d)
{
	size_t count = d->orders.count, n = 0;
	int64_t *us = calloc(count + 1, sizeof(*us));

	if (!us)
		return;
	for (size_t i = 0; i < count; i++)
		us[i] = d->orders.items[i].send_us;
	show_percentiles("send", us, count);
	for (size_t i = 0; i < count; i++)
		if (i != d->refused && atomic_load(&d->orders.items[i].done[BILLING]) > 0)
			us[n++] = d->orders.items[i].delivery_us;
	show_percentiles("delivery", us, n);
	free(us);
}

void report(struct demo *d)
{
	print_refused(d);
	print_queues(d);
	printf("done by\n");
	for (int i = 0; i < MEMBERS; i++)
		show_share(d->members[i].name, atomic_load(&d->members[i].done), d->orders.count);
	print_latencies(d);
}

int prove(struct demo *d)
{
	int wrong = atomic_load(&d->failed) || atomic_load(&d->orders.strangers) > 0;

	for (enum group g = AUDIT; g < GROUPS; g++) {
		size_t missing = orders_missing(&d->orders, g);
		size_t repeated = orders_repeated(&d->orders, g);

		wrong |= missing > 0 || repeated > 0;
		printf("%-12s%s: %zu orders, %zu missing, %zu twice\n", g == AUDIT ? "proof" : "",
		       group_names[g], d->orders.for_group[g], missing, repeated);
	}
	wrong |= committed_lag(d) != 0;
	printf("            %s has committed all but %" PRId64 " at the brokers\n",
	       group_names[AUDIT], committed_lag(d));
	if (wrong)
		printf("            FAILED: %zu orders sent, %zu messages are none of them\n",
		       atomic_load(&d->all_sent), atomic_load(&d->orders.strangers));
	else
		printf("            each text is that of its line in the file\n");
	return wrong;
}
