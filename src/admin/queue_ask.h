/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue_ask.h - questions about one queue, for asking.h. Each fills `ask` but for its address, and the header, which
 * must live as long. The answer is put into *out; nothing is when a group has no offset.
 *
 * Thread: any; *out is written on the loop.
 */
#ifndef RMQI_ADMIN_QUEUE_ASK_H
#define RMQI_ADMIN_QUEUE_ASK_H

#include <stdint.h>

#include "admin/asking.h"
#include "codec/body.h"
#include "codec/schema.h"

/* Of any of them. */
union rmqi_queue_header {
	struct rmqi_h_get_min_offset min;
	struct rmqi_h_get_max_offset max;
	struct rmqi_h_search_offset search;
	struct rmqi_h_query_consumer_offset committed;
	struct rmqi_h_update_consumer_offset commit;
	struct rmqi_h_reset_offset reset;
};

void rmqi_queue_ask_min(struct rmqi_ask *ask, const struct rmqi_queue *q,
			union rmqi_queue_header *h, int64_t *out);
void rmqi_queue_ask_max(struct rmqi_ask *ask, const struct rmqi_queue *q,
			union rmqi_queue_header *h, int64_t *out);
/* The first message stored at that time or later; the end, if there is none. */
void rmqi_queue_ask_at(struct rmqi_ask *ask, const struct rmqi_queue *q,
		       union rmqi_queue_header *h, int64_t time_ms, int64_t *out);
/* What the group has committed, and not what a young queue would start with
 * (ConsumerManageProcessor.queryConsumerOffset). */
void rmqi_queue_ask_committed(struct rmqi_ask *ask, const struct rmqi_queue *q,
			      union rmqi_queue_header *h, const char *group, int64_t *out);
/* Commits that offset for the group. */
void rmqi_queue_ask_commit(struct rmqi_ask *ask, const struct rmqi_queue *q,
			   union rmqi_queue_header *h, const char *group, int64_t offset);
/* The next pull of the group goes there (useServerSideResetOffset). */
void rmqi_queue_ask_reset(struct rmqi_ask *ask, const struct rmqi_queue *q,
			  union rmqi_queue_header *h, const char *group, int64_t offset);

#endif
