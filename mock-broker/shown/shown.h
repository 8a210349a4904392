/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shown.h - lists of what brokers have (rocketmq/mock_group.h): entries of one size, and the blocks that they
 * point to.
 *
 * The first error stays in the list; what is added after it is lost, and the list with it.
 *
 * Owner: the caller. Thread: making one: as mock.h says; reading: any.
 */
#ifndef MB_SHOWN_SHOWN_H
#define MB_SHOWN_SHOWN_H

#include <stddef.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/str.h"

struct mb_broker;
struct rmq_mock_cluster;

enum { MB_SHOWN_MAX = 1000000 };

struct mb_shown {
	size_t size; /* of an entry */
	size_t count;
	size_t room;
	char *entries; /* owned */
	void **blocks; /* owned, each of them too */
	size_t block_count;
	size_t block_room;
	enum rmq_error error;
};

/* What is shown of a broker, which callers name `node`. */
struct mb_show {
	size_t size;
	void (*show)(struct mb_shown *l, struct mb_broker *b, const char *node);
};
extern const struct mb_show mb_show_groups;       /* struct rmq_mock_group */
extern const struct mb_show mb_show_locks;        /* struct rmq_mock_lock */
extern const struct mb_show mb_show_transactions; /* struct rmq_mock_transaction */
extern const struct mb_show mb_show_pops;         /* struct rmq_mock_pop */

/* Of all brokers that run and are no slaves. */
enum rmq_error mb_cluster_show(struct rmq_mock_cluster *c, const struct mb_show *what,
			       struct mb_shown **out, struct rmq_error_detail *detail) RMQI_MUST_USE;
/* NULL is fine. */
void mb_shown_free(struct mb_shown *l);
/* NULL past the end. */
const void *mb_shown_at(const struct mb_shown *l, size_t i);

/* For who shows. A copy of the entry. */
void mb_shown_add(struct mb_shown *l, const void *entry);
/* A zeroed block that lives as long as the list. NULL: memory is out. */
void *mb_shown_block(struct mb_shown *l, size_t size);
/* A copy; "" when memory is out. */
const char *mb_shown_text(struct mb_shown *l, struct rmqi_str text);

#endif
