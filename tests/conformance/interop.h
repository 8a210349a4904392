/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interop.h - what the parts of interop.c have in common: its options, its configuration, and how it gives up.
 *
 * Read and written by the main thread before anything else runs; constant then.
 */
#ifndef TESTS_CONFORMANCE_INTEROP_H
#define TESTS_CONFORMANCE_INTEROP_H

#include <rocketmq/rocketmq.h>

struct interop_options {
	const char *verb, *topic, *group, *prefix, *tag, *keys, *hex_keys, *handle;
	const char *ready_file, *until_file; /* of lite-pull */
	long queues;
	long count, batch;
	long numbered; /* not 0: property "number" and, without --keys, keys "key-N" */
	long delay_ms;
	long timeout_s; /* without anything new */
};

extern struct interop_options interop_options;
extern rmq_config *interop_config;

/* Says why and ends the program with 1; takes the detail, which may be NULL. */
_Noreturn void interop_die(const char *what, rmq_error_detail *detail);

/* A started one of the group; to be freed. */
rmq_producer *interop_producer(void);

/* Consumes the topic until `count` things were told with interop_came; 0: all came, 1: not. */
int interop_consume(rmq_consume_fn listener, void *arg);
void interop_came(long count);
/* "MSG <body>" and its details. */
void interop_say_message(const rmq_message *m);

/* One verb each, and its exit status; 2: it is another one. */
int interop_send(void);
int interop_read_trace(void);
int interop_lite_pull(void);
int interop_hold(void);
int interop_share(void);

#endif
