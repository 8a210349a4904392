/* SPDX-License-Identifier: Apache-2.0 */
/*
 * known_members.h - the members of the group as a broker listed them last. One list answers the question of every topic
 * (members.h), and from one rebalance to the next it is mostly the same: so the same bytes are not read again.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_KNOWN_MEMBERS_H
#define RMQI_CONSUMER_KNOWN_MEMBERS_H

#include <stddef.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/macros.h"

struct rmqi_known_members {
	struct rmqi_buf body; /* that `ids` were read of; of length 0: of none */
	char **ids;           /* sorted as Java sorts them */
	size_t count;
};

void rmqi_known_members_init(struct rmqi_known_members *k);
void rmqi_known_members_deinit(struct rmqi_known_members *k);
/* *ids is borrowed until the next one. The errors of rmqi_consumer_list_decode; nothing is known then. */
enum rmq_error rmqi_known_members_read(struct rmqi_known_members *k, struct rmqi_cursor body,
				       char *const **ids, size_t *count) RMQI_MUST_USE;
/* Of all ids, to be freed with rmqi_strings_free; NULL: memory is out. */
char **rmqi_known_members_copy(const struct rmqi_known_members *k);

#endif
