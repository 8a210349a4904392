/* SPDX-License-Identifier: Apache-2.0 */
/* interop_pull.c - a lite pull consumer as a member of a group in which other clients are, too. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/conformance/interop.h"

static int is_there(const char *path)
{
	return path && access(path, F_OK) == 0;
}

/* Tells once that it has so many queues. */
static void tell_ready(rmq_lite_pull_consumer *c, int *told)
{
	FILE *f;

	if (*told || !interop_options.ready_file ||
	    rmq_lite_pull_consumer_queue_count(c) != (size_t)interop_options.queues)
		return;
	f = fopen(interop_options.ready_file, "w");
	*told = f != NULL;
	if (f)
		fclose(f);
}

static void poll_until(rmq_lite_pull_consumer *c)
{
	time_t end = time(NULL) + interop_options.timeout_s;
	rmq_error_detail *detail = NULL;
	int told = 0;

	while (!is_there(interop_options.until_file) && time(NULL) < end) {
		rmq_messages *l = NULL;

		tell_ready(c, &told);
		if (rmq_lite_pull_consumer_poll(c, 100, &l, &detail) != RMQ_OK)
			interop_die("poll", detail);
		for (size_t i = 0; i < rmq_messages_count(l); i++)
			interop_say_message(rmq_messages_at(l, i));
		fflush(stdout);
		rmq_messages_free(l);
	}
}

int interop_lite_pull(void)
{
	rmq_lite_pull_consumer *c = NULL;
	rmq_error_detail *detail = NULL;

	if (strcmp(interop_options.verb, "lite-pull") != 0)
		return 2;
	if (rmq_lite_pull_consumer_new(interop_config, interop_options.group, &c, &detail) !=
		    RMQ_OK ||
	    rmq_lite_pull_consumer_subscribe(c, interop_options.topic, interop_options.tag,
					     &detail) != RMQ_OK ||
	    rmq_lite_pull_consumer_start(c, &detail) != RMQ_OK)
		interop_die("consumer", detail);
	poll_until(c);
	if (rmq_lite_pull_consumer_close(c, -1, &detail) != RMQ_OK)
		interop_die("close", detail);
	rmq_lite_pull_consumer_free(c);
	return 0;
}
