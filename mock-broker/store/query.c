/* SPDX-License-Identifier: Apache-2.0 */
/*
 * query.c - reading by key (DefaultMessageStore.queryMessage).
 */
#include <stdlib.h>

#include "mock-broker/store/follow.h"
#include "mock-broker/store/store_state.h"

enum {
	FOLLOW_MAX = 100 * 1000,
	LOOKS_MAX = 1000 * 1000 /* of millions with one key that are newer than it is asked for */
};

static int compare_offsets(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Two keys of one record may have the same hash. */
static void take(struct mb_store *s, const struct mb_index_hits *hits, struct mb_get_result *out)
{
	for (size_t i = 0; i < hits->count && out->count < MB_GET_MAX; i++) {
		struct rmqi_cursor *record = &out->records[out->count];

		if ((i > 0 && hits->offsets[i] == hits->offsets[i - 1]) ||
		    !mb_store_record_at(s, hits->offsets[i], record))
			continue;
		out->bytes += record->len;
		out->count++;
	}
}

enum rmq_error mb_store_query(struct mb_store *s, const struct mb_query *q,
			      struct mb_get_result *out)
{
	struct mb_index_hits hits = {.max = q->max < MB_INDEX_HITS_MAX ? q->max : MB_INDEX_HITS_MAX,
				     .looks = q->looks > 0 ? q->looks : LOOKS_MAX};
	struct mb_index *x = &s->index;
	enum rmq_error err = RMQ_OK;

	out->count = 0;
	out->bytes = 0;
	if (!x->is_on)
		return RMQ_OK;
	if (x->is_behind)
		mb_index_follow(s, FOLLOW_MAX);
	err = mb_index_find(x, q->topic, q->key, q->kind, q->begin_ms, q->end_ms, &hits);
	if (hits.looks == 0)
		RMQI_LOG(s->log, RMQ_LOG_WARN,
			 "a query of %.*s ends before its time: too many newer messages have its key",
			 RMQI_STR_ARG(q->topic));
	if (hits.count > 1)
		qsort(hits.offsets, hits.count, sizeof(hits.offsets[0]), compare_offsets);
	take(s, &hits, out);
	return err;
}

int64_t mb_store_index_ms(const struct mb_store *s)
{
	return mb_index_last_ms(&s->index);
}

int64_t mb_store_index_offset(const struct mb_store *s)
{
	return mb_index_last_offset(&s->index);
}
