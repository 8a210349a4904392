/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pull_progress.h - where the pulls of a user stand in each queue, for statistics: what comes before his last pull is
 * done, as far as anybody but he can know. No Java twin.
 *
 * Beyond MOST queues none is noted.
 *
 * Thread: any. Locks: its own, for a look into a map.
 */
#ifndef RMQI_CONSUMER_PULL_PROGRESS_H
#define RMQI_CONSUMER_PULL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/map.h"
#include "base/thread.h"
#include "codec/body.h"

struct rmqi_pull_progress {
	struct rmqi_mutex mu;
	struct rmqi_map queues; /* mu */
};

void rmqi_pull_progress_init(struct rmqi_pull_progress *p);
void rmqi_pull_progress_deinit(struct rmqi_pull_progress *p);

/* A pull begins at this offset, or (end 0 or more) was answered, and the next one will. Without memory it is not
 * noted. */
void rmqi_pull_progress_note(struct rmqi_pull_progress *p, const struct rmqi_queue *queue,
			     int64_t offset, int64_t end);
/* False: nothing was pulled there. *end is -1 before the first answer. */
bool rmqi_pull_progress_read(struct rmqi_pull_progress *p, const struct rmqi_queue *queue,
			     int64_t *offset, int64_t *end);

#endif
