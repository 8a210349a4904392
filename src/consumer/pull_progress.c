/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/pull_progress.h"

#include <stdio.h>

#include "base/mem.h"
#include "codec/names.h"

enum { MOST = 4096, KEY_SIZE = RMQI_TOPIC_MAX + 256 + 32 };

struct place {
	int64_t offset;
	int64_t end;
};

static void name(const struct rmqi_queue *q, char key[KEY_SIZE])
{
	snprintf(key, KEY_SIZE, "%s@%s:%d", q->topic, q->broker_name, (int)q->queue_id);
}

void rmqi_pull_progress_init(struct rmqi_pull_progress *p)
{
	rmqi_mutex_init(&p->mu);
	rmqi_map_init(&p->queues);
}

void rmqi_pull_progress_deinit(struct rmqi_pull_progress *p)
{
	rmqi_map_deinit(&p->queues, rmqi_free);
	rmqi_mutex_deinit(&p->mu);
}

/* NULL: there are too many, or memory is out. @locks: mu held */
static struct place *need(struct rmqi_pull_progress *p, struct rmqi_str key)
{
	struct place *at = rmqi_map_get(&p->queues, key);

	if (at || p->queues.count >= MOST)
		return at;
	at = rmqi_alloc(sizeof(*at));
	if (!at)
		return NULL;
	*at = (struct place){.offset = -1, .end = -1};
	if (rmqi_map_set(&p->queues, key, at, NULL) == RMQ_OK)
		return at;
	rmqi_free(at);
	return NULL;
}

void rmqi_pull_progress_note(struct rmqi_pull_progress *p, const struct rmqi_queue *queue,
			     int64_t offset, int64_t end)
{
	char key[KEY_SIZE];
	struct place *at;

	name(queue, key);
	rmqi_mutex_lock(&p->mu);
	at = need(p, rmqi_str(key));
	if (at) {
		at->offset = offset;
		at->end = end >= 0 ? end : at->end;
	}
	rmqi_mutex_unlock(&p->mu);
}

bool rmqi_pull_progress_read(struct rmqi_pull_progress *p, const struct rmqi_queue *queue,
			     int64_t *offset, int64_t *end)
{
	const struct place *at;
	char key[KEY_SIZE];

	name(queue, key);
	rmqi_mutex_lock(&p->mu);
	at = rmqi_map_get(&p->queues, rmqi_str(key));
	if (at) {
		*offset = at->offset;
		*end = at->end;
	}
	rmqi_mutex_unlock(&p->mu);
	return at != NULL;
}
