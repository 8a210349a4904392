/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shelf.h - the bundles that are open: found by what their messages have in common, by topic, and by
 * age, each without a look at those of other topics, however many there are.
 *
 *     slots[hash of the key]   --> keys:   the bundles
 *     slots[hash of the topic] --> topics: the oldest bundle of each topic == the others of that topic
 *
 * The slots grow with the bundles and stay as they are when memory is out. Bundles are the caller's.
 *
 * Thread: one owner at a time.
 */
#ifndef RMQI_SEND_SHELF_H
#define RMQI_SEND_SHELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/list.h"
#include "base/macros.h"
#include "send/batched.h"
#include "send/bundle.h"

struct rmqi_shelf_slot {
	struct rmqi_list keys;   /* rmqi_bundle.link */
	struct rmqi_list topics; /* rmqi_bundle.leads */
};

struct rmqi_shelf {
	struct rmqi_shelf_slot *slots; /* owned */
	size_t slot_count;             /* a power of two */
	size_t count;                  /* bundles */
	struct rmqi_list by_age;       /* rmqi_bundle.open, the oldest first */
	struct rmqi_bundle *last;      /* found or put last; may be NULL */
};

/* What the messages of one bundle have in common. */
struct rmqi_shelf_key {
	const char *topic;
	bool waits;
	const struct rmqi_publish_queue *queue; /* NULL: any */
	uint64_t topic_hash, hash;
};

/* RMQ_ERR_NO_MEMORY: it is zeroed. */
enum rmq_error rmqi_shelf_init(struct rmqi_shelf *s) RMQI_MUST_USE;
/* It is empty. Harmless on a zeroed one. */
void rmqi_shelf_deinit(struct rmqi_shelf *s);

/* As long as the message lives. */
struct rmqi_shelf_key rmqi_shelf_key(const struct rmqi_batched *message);
/* The open bundle of this key, or NULL. */
struct rmqi_bundle *rmqi_shelf_find(struct rmqi_shelf *s, const struct rmqi_shelf_key *key);
/* `b` was opened for this key, which has none, and after all that are there. */
void rmqi_shelf_put(struct rmqi_shelf *s, struct rmqi_bundle *b, const struct rmqi_shelf_key *key);
void rmqi_shelf_remove(struct rmqi_shelf *s, struct rmqi_bundle *b);
/* NULL: there is none. */
struct rmqi_bundle *rmqi_shelf_oldest(const struct rmqi_shelf *s);
struct rmqi_bundle *rmqi_shelf_oldest_of(const struct rmqi_shelf *s, const char *topic);

#endif
