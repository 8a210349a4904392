/* SPDX-License-Identifier: Apache-2.0 */
/*
 * last_requests.h - a test that fails shows what the nodes of its cluster were asked last.
 *
 *     cluster = api_cluster(api_options("record", "1000", NULL));
 *     last_requests_of(cluster);
 *     ...
 *     last_requests_of(NULL);  before it is freed
 *
 * The process of a test ends where a check fails: then the last LAST_REQUESTS of the record are written to stderr. A
 * cluster without a record shows none.
 *
 * Thread: that of the test.
 */
#ifndef TESTS_SUPPORT_LAST_REQUESTS_H
#define TESTS_SUPPORT_LAST_REQUESTS_H

#include <stdio.h>
#include <stdlib.h>

#include <rocketmq/mock_record.h>

enum { LAST_REQUESTS = 30 };

struct last_requests {
	rmq_mock_cluster *cluster; /* NULL: none is watched */
	size_t to_skip;
};

static struct last_requests last_requests;

static void last_requests_line(const char *line, size_t len, void *arg)
{
	struct last_requests *l = arg;

	if (l->to_skip == 0)
		rmq_mock_line_to_file(line, len, stderr);
	else
		l->to_skip--;
}

/* Now. */
static inline void last_requests_show(struct last_requests *l)
{
	size_t count = 0;

	if (!l->cluster ||
	    rmq_mock_cluster_count_requests(l->cluster, NULL, &count, NULL) != RMQ_OK)
		return;
	l->to_skip = count > LAST_REQUESTS ? count - LAST_REQUESTS : 0;
	fprintf(stderr, "# the last %zu of %zu requests that were recorded:\n", count - l->to_skip,
		count);
	if (rmq_mock_cluster_dump_requests(l->cluster, NULL, RMQ_MOCK_TEXT, last_requests_line, l,
					   NULL) != RMQ_OK)
		fprintf(stderr, "# they cannot be shown\n");
}

static inline void last_requests_tell(int status, void *arg)
{
	if (status != EXIT_SUCCESS)
		last_requests_show(arg);
}

static inline void last_requests_of(rmq_mock_cluster *c)
{
	static int is_set;

	last_requests.cluster = c;
	if (!is_set)
		is_set = on_exit(last_requests_tell, &last_requests) == 0;
}

#endif
