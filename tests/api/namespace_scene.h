/* SPDX-License-Identifier: Apache-2.0 */
/*
 * namespace_scene.h - a producer and a consumer within the namespace "One" through the public headers, on a cluster in
 * virtual time: what users say and see is "Topic", what the broker has is "One%Topic". The broker has a topic
 * "Topic", too, which stays empty: close_world looks. Its names are variables, one scene a process.
 */
#ifndef TESTS_API_NAMESPACE_SCENE_H
#define TESTS_API_NAMESPACE_SCENE_H

#include "tests/api/api.h"

enum { MOST = 16, HOUR_MS = 3600 * 1000 };

extern rmq_mock_cluster *cluster;
extern rmq_config *config; /* of the namespace */
extern rmq_producer *producer;
extern rmq_push_consumer *consumer;
extern rmq_error_detail *detail;

/* What a listener saw. */
struct seen {
	char topic[64], queue_topic[64], space[16], body[2048];
	int times;
};
extern struct seen seen[MOST];
extern size_t seen_count;

/* `space` NULL: none. */
rmq_config *new_config(const char *space);
void open_cluster(void);
rmq_producer *new_producer(const rmq_config *c, const char *group);
/* With the producer. */
void open_world(void);
void close_world(void);
/* Messages in the queues of the topic, as it is called at the broker. */
int64_t stored(const char *topic);
/* For rmq_mock_cluster_run_until: has the first of two numbers reached the second? */
bool is_reached(void *arg);
/* Until so many have come to a listener that notes them. */
void wait_seen(size_t count);
void note(const rmq_message *m);
/* The listener that notes each, and is content. */
enum rmq_consume_status take(rmq_push_consumer *c, const rmq_message *const *messages, size_t count,
			     rmq_consume_context *context, void *arg);
/* The argument of the listener is the producer. */
void open_consumer(const rmq_config *c, const char *group, const char *topic,
		   rmq_consume_fn listener);
/* To "Topic". */
rmq_message *new_message(const char *body);

#endif
