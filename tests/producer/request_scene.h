/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request_scene.h - a producer that makes requests, a mock cluster, and a peer that replies by hand, under
 * virtual time. Its names are variables, one scene a process.
 *
 * Thread: the test's.
 */
#ifndef TESTS_PRODUCER_REQUEST_SCENE_H
#define TESTS_PRODUCER_REQUEST_SCENE_H

#include <stddef.h>
#include <stdint.h>

#include "base/detail.h"
#include "client/message.h"
#include "producer/producer.h"
#include "producer/send_options.h"
#include "tests/broker/rig.h"

#define REPLIES "DefaultCluster_REPLY_TOPIC"
enum { TIMEOUT_MS = 3000, MANY = 10000 };

extern struct rig *rig;
extern struct peer *replier;
extern struct rmq_config *config;
extern struct rmq_producer *producer;
extern struct rmq_message *message;
extern struct rmq_error_detail *detail;

/* The ends of asynchronous requests. */
struct ends {
	size_t ended;
	size_t ok;
	enum rmq_error error; /* of the last one */
	unsigned flags;
	char text[512];
	char body[64];
	char queue_topic[64];
	char id[64];
};
extern struct ends ends;

void begin_with(struct rig *r);
void begin(void);
void end(void);
/* With the configuration of the scene. */
struct rmq_producer *open_producer(const char *group);
/* arg: a size_t that counts, or NULL. */
void on_reply(enum rmq_error error, const rmq_message *reply, const rmq_error_detail *d, void *arg);
/* An asynchronous request. */
void ask(void);
/* A property of the n-th request that is stored. */
const char *asked(size_t n, const char *name);
/* NULL: without. The answer of the broker. */
int32_t reply(const char *id, const char *client, const char *body);
const char *own_id(void);

#endif
