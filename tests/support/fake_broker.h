/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_broker.h - a name server and a broker in one, on one in-process address,
 * that does what a test tells it to.
 *
 * Left alone it behaves: it knows its topics and messages, members by their heartbeats,
 * offsets, holds pulls. A rule makes the next requests of a code fail. Everything that a
 * test may want to look at is kept. Master of "broker-a".
 *
 * Thread: the simulation's.
 */
#ifndef TESTS_SUPPORT_FAKE_BROKER_H
#define TESTS_SUPPORT_FAKE_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/executor.h"
#include "codec/command.h"

enum { FAKE_NO_ANSWER = -1, FAKE_CLOSE = -2, FAKE_FOREVER = 1000000 };

struct fake_broker;

struct fake_broker *fake_broker_new(const struct rmqi_env *env);
void fake_broker_free(struct fake_broker *b);
const char *fake_broker_address(const struct fake_broker *b);

/* Makes the topic with so many queues, or changes their number. */
void fake_broker_topic(struct fake_broker *b, const char *topic, int queues);
/* Stores a message; held pulls of the queue get it. `tag` may be NULL. Returns its queue offset. */
int64_t fake_broker_put(struct fake_broker *b, const char *topic, int queue, const char *body,
			const char *tag);
/* Offsets below it are gone. */
void fake_broker_trim(struct fake_broker *b, const char *topic, int queue, int64_t min);
/* The newest messages from `max` on are gone (a broker that lost data). */
void fake_broker_cut(struct fake_broker *b, const char *topic, int queue, int64_t max);
/* Makes the body of a stored message wrong, so that its CRC does not fit. */
void fake_broker_corrupt(struct fake_broker *b, const char *topic, int queue, int64_t offset,
			 bool is_corrupt);

/* The next `times` requests of this code get the response code (or FAKE_...). */
void fake_broker_refuse(struct fake_broker *b, int code, int response, int times);
/* Instead of those who sent heartbeats; NULL ends it. Separated by ','. */
void fake_broker_members(struct fake_broker *b, const char *ids);
/* From now on a message that is sent back, or sent to a %RETRY% topic, is stored there at once. */
void fake_broker_retry(struct fake_broker *b);
/* Tells the clients that the group has changed. */
void fake_broker_notify(struct fake_broker *b, const char *group);
/* Closes every connection. */
void fake_broker_hang_up(struct fake_broker *b);

/* -1: none. */
void fake_broker_set_committed(struct fake_broker *b, const char *topic, int queue, int64_t offset);
int64_t fake_broker_committed(struct fake_broker *b, const char *topic, int queue);
/* Requests of this code so far. */
unsigned fake_broker_count(const struct fake_broker *b, int code);
/* Header of the last request of this code: the value of an ext field, "" when it had none. */
const char *fake_broker_last(const struct fake_broker *b, int code, const char *key);
/* Body of the last heartbeat. */
const char *fake_broker_heartbeat(const struct fake_broker *b);
size_t fake_broker_held(const struct fake_broker *b);

#endif
