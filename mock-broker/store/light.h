/* SPDX-License-Identifier: Apache-2.0 */
/*
 * light.h - light queues (LMQ; MultiDispatchUtils.java): second consume queues that point to messages of others, by
 * the hundred thousand.
 *
 *     <root>/consumequeue/%LMQ%<name>/0/00000000000000000000     as any other (consume_queue.h)
 *
 * A message says in INNER_MULTI_DISPATCH of which ones it is, names with commas between; the store adds in
 * INNER_MULTI_QUEUE_OFFSET which number it is there. What waits for its time or for the end of its transaction, and
 * retries, are in none.
 *
 *     asleep: two numbers --find, get--> awake: mapped --others are found, and all of it is on disk--> asleep
 *                                          |                                                          ^
 *                                          +--others are found--> lean: mapped, no page in memory ----+ on disk
 *
 * So many more can be than a process may map, and a page of memory is not spent for each: not even while they wait
 * for the disk. Finding one may put another one to sleep or give its pages back, but not one of the last
 * MB_LIGHTS_PER_MESSAGE that were found.
 *
 * Thread: loop.
 */
#ifndef MB_STORE_LIGHT_H
#define MB_STORE_LIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/map.h"
#include "base/str.h"
#include "mock-broker/store/consume_queue.h"

enum {
	MB_LIGHTS_PER_MESSAGE = 16, /* a message that names more is of none */
	MB_LIGHTS_AWAKE = 256
};

struct mb_lights {
	const struct mb_fs *fs;
	const struct rmqi_log *log;
	struct rmqi_list *dirty;
	const char *dir; /* borrowed: <root>/consumequeue */
	size_t file_size;
	int64_t log_min; /* where the commit log begins: who wakes up has nothing before it */
	struct rmqi_map by_name; /* -> struct mb_light */
	struct rmqi_list awake;  /* struct mb_light.link: the first was found longest ago */
	struct rmqi_list lean;   /* the same: the first became so longest ago */
	size_t awake_count;      /* of `awake`: at most MB_LIGHTS_AWAKE */
	struct rmqi_buf text; /* of the message under way */
};

/* The names of a message. */
struct mb_light_names {
	struct rmqi_str name[MB_LIGHTS_PER_MESSAGE];
	size_t count;
};

/* Is it the name of a light queue? */
bool mb_is_light(struct rmqi_str name);
/* In which is a message of that topic with these properties? */
void mb_light_names_read(struct rmqi_str topic, struct rmqi_str properties,
			 struct mb_light_names *out);
/* Their offsets, as a record has them. False: it says nothing of them, or not of each. */
bool mb_light_offsets_read(struct rmqi_str properties, size_t count, int64_t *out);

/* Of a struct that is zero. `dir` is borrowed. */
void mb_lights_init(struct mb_lights *l, const struct mb_fs *fs, const struct rmqi_log *log,
		    struct rmqi_list *dirty, const char *dir, size_t file_size);
void mb_lights_deinit(struct mb_lights *l);
/* There is a folder of that name: how far it goes is found by mb_lights_each, for recovery. */
enum rmq_error mb_lights_add(struct mb_lights *l, struct rmqi_str name) RMQI_MUST_USE;

/* Awake. NULL: there is none, or its files cannot be read. */
struct mb_queue *mb_lights_find(struct mb_lights *l, struct rmqi_str name);
/* Makes it if need be (in memory: the folder comes with the first entry). */
enum rmq_error mb_lights_get(struct mb_lights *l, struct rmqi_str name,
			     struct mb_queue **out) RMQI_MUST_USE;
/* The commit log begins there now: of who is awake, what lies before goes. */
void mb_lights_expire(struct mb_lights *l, int64_t log_min);
/* Of those that are on disk so many fall asleep that MB_LIGHTS_AWAKE are awake. The caller holds none. */
void mb_lights_rest(struct mb_lights *l);
/* The next offset, without waking it; 0 when there is none. */
int64_t mb_lights_max(const struct mb_lights *l, struct rmqi_str name);
/* Deletes its files. Unknown is fine. */
enum rmq_error mb_lights_remove(struct mb_lights *l, struct rmqi_str name) RMQI_MUST_USE;
/* Calls fn with each, awake, until one fails. None may be made or deleted meanwhile. */
enum rmq_error mb_lights_each(struct mb_lights *l,
			      enum rmq_error (*fn)(void *arg, struct mb_queue *q),
			      void *arg) RMQI_MUST_USE;
/* Names only; nobody is woken. */
void mb_lights_list(const struct mb_lights *l, void (*fn)(void *arg, struct rmqi_str name),
		    void *arg);
/* Of by_name; borrowed until it is removed. The last one takes the place of one that is removed. */
struct rmqi_str mb_lights_at(const struct mb_lights *l, size_t at);

/* The property with the next offset of each, into l->text behind `shared`. */
enum rmq_error mb_lights_write(struct mb_lights *l, const struct mb_light_names *names,
			       struct rmqi_str shared) RMQI_MUST_USE;

#endif
