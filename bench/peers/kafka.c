/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kafka.c - librdkafka on its own mock cluster (in this process), with a window.
 *
 *     kafka BODY COUNT WINDOW      prints: rate  CPU of this process, the mock's too, a message (us)
 */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static long acked;

static void die(const char *why)
{
	fprintf(stderr, "kafka: %s\n", why);
	exit(EXIT_FAILURE);
}

static void on_delivery(rd_kafka_t *k, const rd_kafka_message_t *m, void *arg)
{
	(void)k;
	(void)arg;
	if (m->err)
		die(rd_kafka_err2str(m->err));
	acked++;
}

static void set(rd_kafka_conf_t *c, const char *key, const char *value)
{
	char why[256];

	if (rd_kafka_conf_set(c, key, value, why, sizeof(why)) != RD_KAFKA_CONF_OK)
		die(why);
}

static void send_all(rd_kafka_t *k, rd_kafka_topic_t *t, void *body, size_t size, long count,
		     long window)
{
	long sent = 0;

	acked = 0;
	while (acked < count) {
		while (sent < count && sent - acked < window) {
			if (rd_kafka_produce(t, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, body,
					     size, NULL, 0, NULL) != 0)
				die("produce");
			sent++;
		}
		rd_kafka_poll(k, 1);
	}
}

static double now_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
	rd_kafka_conf_t *c = rd_kafka_conf_new();
	double start, cpu, us;
	rd_kafka_topic_t *t;
	rd_kafka_t *k;
	long size, count, window;
	char why[256];
	void *body;

	if (argc != 4)
		return EXIT_FAILURE;
	size = strtol(argv[1], NULL, 10);
	count = strtol(argv[2], NULL, 10);
	window = strtol(argv[3], NULL, 10);
	body = calloc(1, (size_t)size);
	set(c, "test.mock.num.brokers", "1");
	set(c, "linger.ms", "0");
	set(c, "acks", "1");
	rd_kafka_conf_set_dr_msg_cb(c, on_delivery);
	k = rd_kafka_new(RD_KAFKA_PRODUCER, c, why, sizeof(why));
	if (!k)
		die(why);
	t = rd_kafka_topic_new(k, "bench", NULL);
	send_all(k, t, body, (size_t)size, count / 10, window);
	start = now_us(CLOCK_MONOTONIC);
	cpu = now_us(CLOCK_PROCESS_CPUTIME_ID);
	send_all(k, t, body, (size_t)size, count, window);
	us = now_us(CLOCK_MONOTONIC) - start;
	printf("%.0f %.3f\n", (double)count / us * 1e6,
	       (now_us(CLOCK_PROCESS_CPUTIME_ID) - cpu) / (double)count);
	rd_kafka_topic_destroy(t);
	rd_kafka_destroy(k);
	free(body);
	return EXIT_SUCCESS;
}
