/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape.h - what the verbs of shape.c have in common. Thread: any, but for shape_set.
 */
#ifndef TESTS_CONFORMANCE_SHAPE_H
#define TESTS_CONFORMANCE_SHAPE_H

#include <rocketmq/rocketmq.h>

struct shape_options {
	const char *verb, *topic, *group;
	long members, rate, known, fail_every, patience_s, linger_ms, queues, watch;
};

extern struct shape_options shape_options;
extern rmq_config *shape_config;

/* One line at a time, whoever says it. */
void shape_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Ends the program. The detail by its address: the call that sets it is an argument beside it. */
void shape_must(enum rmq_error error, rmq_error_detail **detail, const char *what);
void shape_set(const char *key, const char *value);

rmq_producer *shape_producer_new(void);
/* Its body is the number, which load recognizes. */
enum rmq_error shape_send(rmq_producer *p, long number, rmq_send_result **result,
			  rmq_error_detail **detail);
/* shape_load.c: a member of the group with the listener of load; number: 0 .. 7. */
rmq_push_consumer *shape_member_new(long number);
int shape_load(void);

#endif
