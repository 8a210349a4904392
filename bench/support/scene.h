/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scene.h - the message of every bench, its topics, and the client's configuration.
 *
 * A body has 128 bytes; the first 12 hold the queue and its number in the queue.
 * Properties are those that a producer writes: UNIQ_KEY and WAIT.
 */
#ifndef BENCH_SCENE_H
#define BENCH_SCENE_H

#include <rocketmq/config.h>

#include "bench/support/raw.h"
#include "codec/schema.h"

enum { SCENE_BODY = 128, SCENE_QUEUES = 8, SCENE_ADDRESS = 64 };

#define SCENE_GROUP "bench_group"

/* Pairs of key and value for every configuration from now on, for a mock that wants them; NULL ends
 * them, NULL alone: none. Borrowed. */
void scene_settings(const char *const *pairs);
/* A configuration for the running mock. */
rmq_config *scene_config(enum rmqi_serialization serialization);
void scene_set(rmq_config *c, const char *key, const char *value);
/* Makes the topic, with SCENE_QUEUES queues. */
void scene_topic(const char *topic);
void scene_topic_of(const char *topic, size_t queues);
/* Asks the name server, raw, for the master of the topic. `address`: SCENE_ADDRESS bytes. */
void scene_broker(const char *topic, char *address);
/* The request by which scene_broker asks. */
void scene_encode_route(struct rmqi_buf *out, const char *topic);

/* A header as a producer fills it in. `topic` is borrowed, `properties` (a buffer) too. */
void scene_send_header(struct rmqi_h_send_message *h, const char *topic, int32_t queue,
		       const struct rmqi_buf *properties);
/* "UNIQ_KEY" of 32 digits made of `number`, "WAIT". */
void scene_properties(struct rmqi_buf *out, uint64_t number);
void scene_body(uint8_t body[SCENE_BODY], uint32_t queue, uint64_t number);
/* False: not a body of ours. */
bool scene_read_body(const void *body, size_t len, uint32_t *queue, uint64_t *number);

/* The sum of what the queues of the topic hold. */
uint64_t scene_stored(const char *topic);

#endif
