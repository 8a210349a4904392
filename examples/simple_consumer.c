/* SPDX-License-Identifier: Apache-2.0 */
/*
 * simple_consumer.c - a worker of a pool: receives COUNT messages, one after another, and acknowledges each when its work
 * is done. Start as many as there is work for; the number of queues does not matter. What begins with '!' cannot be
 * done at the first try, and is given back for another one, here or in another worker.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 simple_consumer TOPIC GROUP COUNT
 */
#include <stdio.h>
#include <stdlib.h>

#include <rocketmq/rocketmq.h>

enum { LEASE_MS = 30 * 1000, RETRY_MS = 1000, WAIT_MS = 15 * 1000 };

static int complain(const char *what, rmq_error_detail *detail)
{
	fprintf(stderr, "simple_consumer: %s: %s\n", what, rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	return 0;
}

/* Returns 1 when the message is done. An ack that fails is no loss: the message comes again. */
static int work_on(rmq_simple_consumer *c, const rmq_message *m)
{
	size_t len;
	const char *body = rmq_message_body(m, &len);
	rmq_error_detail *detail = NULL;

	len -= len > 0 && body[len - 1] == '\n' ? 1 : 0;
	if (len > 0 && body[0] == '!' && rmq_message_reconsume_times(m) == 0) {
		printf("given back: %.*s\n", (int)len, body);
		if (rmq_simple_consumer_change_invisible(c, m, RETRY_MS, &detail) != RMQ_OK)
			return complain("give back", detail);
		return 0;
	}
	printf("done: %.*s\n", (int)len, body);
	fflush(stdout);
	if (rmq_simple_consumer_ack(c, m, &detail) != RMQ_OK)
		return complain("ack", detail);
	return 1;
}

static int work(rmq_simple_consumer *c, long count)
{
	rmq_error_detail *detail = NULL;
	rmq_messages *messages = NULL;

	while (count > 0) {
		if (rmq_simple_consumer_receive(c, 1, LEASE_MS, WAIT_MS, &messages, &detail) !=
		    RMQ_OK)
			return complain("receive", detail);
		for (size_t i = 0; i < rmq_messages_count(messages); i++)
			count -= work_on(c, rmq_messages_at(messages, i));
		rmq_messages_free(messages);
		messages = NULL;
	}
	return 1;
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new(); /* name servers come from NAMESRV_ADDR */
	rmq_simple_consumer *c = NULL;
	rmq_error_detail *detail = NULL;
	int ok;

	if (argc != 4) {
		fprintf(stderr, "usage: simple_consumer TOPIC GROUP COUNT\n");
		rmq_config_free(config);
		return 2;
	}
	ok = rmq_config_set(config, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET", &detail) ==
		     RMQ_OK &&
	     rmq_simple_consumer_new(config, argv[2], &c, &detail) == RMQ_OK &&
	     rmq_simple_consumer_subscribe(c, argv[1], "*", &detail) == RMQ_OK &&
	     rmq_simple_consumer_start(c, &detail) == RMQ_OK;
	if (!ok)
		complain("start", detail);
	else
		ok = work(c, strtol(argv[3], NULL, 10));
	/* Says what was received and not acknowledged. */
	if (ok && rmq_simple_consumer_close(c, -1, &detail) != RMQ_OK)
		ok = complain("close", detail);
	rmq_simple_consumer_free(c);
	rmq_config_free(config);
	return ok ? 0 : 1;
}
