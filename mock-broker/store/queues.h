/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queues.h - every queue of every topic, found by topic and queue id in constant time.
 *
 *     <root>/consumequeue/<topic>/<queue id>/     ids are decimal
 *
 * Thread: loop.
 */
#ifndef MB_STORE_QUEUES_H
#define MB_STORE_QUEUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/map.h"
#include "base/str.h"
#include "mock-broker/store/consume_queue.h"
#include "mock-broker/store/light.h"

enum { MB_QUEUES_FIRST = 16 };

struct mb_topic {
	char *name; /* owned */
	size_t name_len;
	struct rmqi_imap queues; /* id -> struct mb_queue */
	struct mb_queue *first[MB_QUEUES_FIRST]; /* of `queues`, by id: most topics have no more */
};

struct mb_queues {
	const struct mb_fs *fs;
	const struct rmqi_log *log;
	struct rmqi_list *dirty;
	char *dir; /* owned: <root>/consumequeue */
	size_t file_size;
	struct rmqi_map topics;      /* name -> struct mb_topic */
	struct mb_topic *last_topic; /* of the last find: most come in runs; NULL: none */
	bool has_lights;             /* queue 0 of a name of theirs is one; set before anything is loaded */
	struct mb_lights lights;
};

/* `dir` is copied. */
enum rmq_error mb_queues_init(struct mb_queues *qs, const struct mb_fs *fs,
			      const struct rmqi_log *log, struct rmqi_list *dirty, const char *dir,
			      size_t file_size) RMQI_MUST_USE;
void mb_queues_deinit(struct mb_queues *qs);
/* Maps what is on disk. *is_damaged: a queue had lost a file in its middle; it was deleted. */
enum rmq_error mb_queues_load(struct mb_queues *qs, bool *is_damaged,
			      struct rmq_error_detail *detail) RMQI_MUST_USE;

/* NULL when there is none. */
struct mb_queue *mb_queues_find(struct mb_queues *qs, struct rmqi_str topic, int32_t id);
/* Makes it if need be (in memory: the folder comes with the first entry). */
enum rmq_error mb_queues_get(struct mb_queues *qs, struct rmqi_str topic, int32_t id,
			     struct mb_queue **out) RMQI_MUST_USE;
/* Deletes the files of the topic's queues. RMQ_ERR_NOT_FOUND: no such topic. */
enum rmq_error mb_queues_remove_topic(struct mb_queues *qs, struct rmqi_str topic) RMQI_MUST_USE;
/* Deletes all. */
enum rmq_error mb_queues_remove_all(struct mb_queues *qs) RMQI_MUST_USE;

/* Calls fn with each queue, but for the light ones, until one fails. No queue may be made or deleted meanwhile. */
enum rmq_error mb_queues_each(const struct mb_queues *qs,
			      enum rmq_error (*fn)(void *arg, struct mb_queue *q),
			      void *arg) RMQI_MUST_USE;

#endif
