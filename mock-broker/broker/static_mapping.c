/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/static_mapping.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define GLOBAL_SCOPE "__global__" /* MixAll.METADATA_SCOPE_GLOBAL */

static void queue_deinit(struct mb_mapped_queue *q)
{
	for (size_t i = 0; i < q->count; i++)
		rmqi_free(q->parts[i].broker_name);
	rmqi_free(q->parts);
}

void mb_mapping_free(void *mapping)
{
	struct mb_mapping *m = mapping;

	if (!m)
		return;
	for (size_t i = 0; i < m->queue_count; i++)
		queue_deinit(&m->queues[i]);
	rmqi_free(m->queues);
	rmqi_free(m->topic);
	rmqi_free(m->scope);
	rmqi_free(m->broker_name);
	rmqi_free(m);
}

/* --- Reading ------------------------------------------------------------------------------ */

static int32_t read_i32(const struct rmqi_json *object, const char *name, enum rmq_error *err)
{
	int64_t value = rmqi_json_i64(object, name, 0);

	if (value >= INT32_MIN && value <= INT32_MAX)
		return (int32_t)value;
	if (*err == RMQ_OK)
		*err = RMQ_ERR_PROTOCOL;
	return 0;
}

static char *read_text(const struct rmqi_json *object, const char *name, const char *otherwise,
		       enum rmq_error *err)
{
	char *copy = rmqi_strdup(rmqi_json_str(object, name, otherwise));

	if (!copy)
		*err = RMQ_ERR_NO_MEMORY;
	return copy;
}

static void read_part(const struct rmqi_json *object, struct mb_mapping_part *part,
		      enum rmq_error *err)
{
	part->broker_name = read_text(object, "bname", "", err);
	part->gen = read_i32(object, "gen", err);
	part->queue_id = read_i32(object, "queueId", err);
	part->logic_offset = rmqi_json_i64(object, "logicOffset", 0);
	part->start_offset = rmqi_json_i64(object, "startOffset", 0);
	part->end_offset = rmqi_json_i64(object, "endOffset", -1);
	part->time_of_start = rmqi_json_i64(object, "timeOfStart", -1);
	part->time_of_end = rmqi_json_i64(object, "timeOfEnd", -1);
}

static void read_queue(const struct rmqi_json *list, struct mb_mapped_queue *q, enum rmq_error *err)
{
	size_t count = rmqi_json_count(list);

	if (!rmqi_str_to_i32(rmqi_json_name(list), &q->id) || !rmqi_json_is(list, RMQI_JSON_ARRAY))
		*err = RMQ_ERR_PROTOCOL;
	if (*err != RMQ_OK || count == 0)
		return;
	q->parts = rmqi_calloc(count, sizeof(*q->parts));
	if (!q->parts) {
		*err = RMQ_ERR_NO_MEMORY;
		return;
	}
	RMQI_JSON_EACH(part, list)
		read_part(part, &q->parts[q->count++], err);
}

static int by_id(const void *a, const void *b)
{
	const struct mb_mapped_queue *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static void read_queues(const struct rmqi_json *hosted, struct mb_mapping *m, enum rmq_error *err)
{
	size_t count = rmqi_json_count(hosted);

	if (*err != RMQ_OK || count == 0)
		return;
	m->queues = rmqi_calloc(count, sizeof(*m->queues));
	if (!m->queues) {
		*err = RMQ_ERR_NO_MEMORY;
		return;
	}
	RMQI_JSON_EACH(list, hosted) {
		if (*err == RMQ_OK)
			read_queue(list, &m->queues[m->queue_count++], err);
	}
	qsort(m->queues, m->queue_count, sizeof(*m->queues), by_id);
}

enum rmq_error mb_mapping_read(const struct rmqi_json *object, struct mb_mapping **out)
{
	struct mb_mapping *m;
	enum rmq_error err = RMQ_OK;

	if (!rmqi_json_str(object, "topic", NULL))
		return RMQ_ERR_PROTOCOL;
	m = rmqi_calloc(1, sizeof(*m));
	if (!m)
		return RMQ_ERR_NO_MEMORY;
	m->topic = read_text(object, "topic", "", &err);
	m->scope = read_text(object, "scope", GLOBAL_SCOPE, &err);
	m->broker_name = read_text(object, "bname", "", &err);
	m->total_queues = read_i32(object, "totalQueues", &err);
	m->epoch = rmqi_json_i64(object, "epoch", 0);
	m->is_dirty = rmqi_json_bool(object, "dirty", false);
	read_queues(rmqi_json_get(object, "hostedQueues"), m, &err);
	if (err == RMQ_OK)
		*out = m;
	else
		mb_mapping_free(m);
	return err;
}

/* --- Writing ------------------------------------------------------------------------------ */

static void write_part(struct rmqi_jw *w, const struct mb_mapping_part *part)
{
	rmqi_jw_open(w, '{');
	rmqi_jw_member_str(w, "bname", part->broker_name);
	rmqi_jw_member_i64(w, "endOffset", part->end_offset);
	rmqi_jw_member_i64(w, "gen", part->gen);
	rmqi_jw_member_i64(w, "logicOffset", part->logic_offset);
	rmqi_jw_member_i64(w, "queueId", part->queue_id);
	rmqi_jw_member_i64(w, "startOffset", part->start_offset);
	rmqi_jw_member_i64(w, "timeOfEnd", part->time_of_end);
	rmqi_jw_member_i64(w, "timeOfStart", part->time_of_start);
	rmqi_jw_close(w, '}');
}

static void write_queue(struct rmqi_jw *w, const struct mb_mapped_queue *q)
{
	rmqi_jw_name_i64(w, q->id);
	rmqi_jw_open(w, '[');
	for (size_t i = 0; i < q->count; i++)
		write_part(w, &q->parts[i]);
	rmqi_jw_close(w, ']');
}

void mb_mapping_write(struct rmqi_jw *w, const struct mb_mapping *m)
{
	rmqi_jw_open(w, '{');
	rmqi_jw_member_str(w, "bname", m->broker_name);
	rmqi_jw_name(w, "currIdMap");
	rmqi_jw_open(w, '{');
	rmqi_jw_close(w, '}');
	rmqi_jw_member_bool(w, "dirty", m->is_dirty);
	rmqi_jw_member_i64(w, "epoch", m->epoch);
	rmqi_jw_name(w, "hostedQueues");
	rmqi_jw_open(w, '{');
	for (size_t i = 0; i < m->queue_count; i++)
		write_queue(w, &m->queues[i]);
	rmqi_jw_close(w, '}');
	rmqi_jw_member_str(w, "scope", m->scope);
	rmqi_jw_member_str(w, "topic", m->topic);
	rmqi_jw_member_i64(w, "totalQueues", m->total_queues);
	rmqi_jw_close(w, '}');
}

/* TopicQueueMappingDetail.cloneAsMappingInfo */
void mb_mapping_write_info(struct rmqi_jw *w, const struct mb_mapping *m)
{
	rmqi_jw_open(w, '{');
	rmqi_jw_member_str(w, "bname", m->broker_name);
	rmqi_jw_name(w, "currIdMap");
	rmqi_jw_open(w, '{');
	for (size_t i = 0; i < m->queue_count; i++) {
		const struct mb_mapped_queue *q = &m->queues[i];

		if (!mb_mapping_leads(m, q))
			continue;
		rmqi_jw_name_i64(w, q->id);
		rmqi_jw_i64(w, q->parts[q->count - 1].queue_id);
	}
	rmqi_jw_close(w, '}');
	rmqi_jw_member_bool(w, "dirty", false);
	rmqi_jw_member_i64(w, "epoch", m->epoch);
	rmqi_jw_member_str(w, "scope", GLOBAL_SCOPE);
	rmqi_jw_member_str(w, "topic", m->topic);
	rmqi_jw_member_i64(w, "totalQueues", m->total_queues);
	rmqi_jw_close(w, '}');
}

/* --- Questions ---------------------------------------------------------------------------- */

const struct mb_mapped_queue *mb_mapping_queue(const struct mb_mapping *m, int32_t id)
{
	const struct mb_mapped_queue key = {.id = id};

	return m->queue_count ? bsearch(&key, m->queues, m->queue_count, sizeof(key), by_id) : NULL;
}

static const struct mb_mapping_part *leader(const struct mb_mapped_queue *q)
{
	return q->count ? &q->parts[q->count - 1] : NULL;
}

bool mb_mapping_leads(const struct mb_mapping *m, const struct mb_mapped_queue *q)
{
	const struct mb_mapping_part *last = leader(q);

	return last && strcmp(last->broker_name, m->broker_name) == 0;
}

/* --- Rules -------------------------------------------------------------------------------- */

/* LogicQueueMappingItem.computeMaxStaticQueueOffset */
static int64_t max_of(const struct mb_mapping_part *p)
{
	return p->end_offset >= p->start_offset ? p->logic_offset + p->end_offset - p->start_offset
						: p->logic_offset;
}

/* One part, and the one after it (NULL: it is the last). */
static const char *part_problem(const struct mb_mapping_part *p, const struct mb_mapping_part *next)
{
	if (p->start_offset < 0 || p->gen < 0 || p->queue_id < 0)
		return "The field is illegal, should not be negative";
	if (next && p->logic_offset < 0)
		return "The non-latest item has negative logic offset";
	if (next && p->gen >= next->gen)
		return "The gen does not increase monotonically";
	if (p->end_offset != -1 && p->end_offset < p->start_offset)
		return "The endOffset is smaller than the start offset";
	if (!next || next->logic_offset == -1)
		return NULL;
	if (p->logic_offset >= next->logic_offset)
		return "The base logic offset does not increase monotonically";
	if (max_of(p) >= next->logic_offset)
		return "The max logic offset does not increase monotonically";
	return NULL;
}

static const char *queue_problem(const struct mb_mapped_queue *q)
{
	const char *problem = NULL;

	for (size_t i = q->count; i-- > 0 && !problem;)
		problem = part_problem(&q->parts[i], i + 1 < q->count ? &q->parts[i + 1] : NULL);
	return problem;
}

const char *mb_mapping_problem(const struct mb_mapping *m)
{
	const char *problem = NULL;

	for (size_t i = 0; i < m->queue_count && !problem; i++)
		problem = queue_problem(&m->queues[i]);
	return problem;
}

/* makeSureLogicQueueMappingItemImmutable; what Java only asserts is not checked there in service. */
static const char *change_problem(const struct mb_mapped_queue *old,
				  const struct mb_mapped_queue *next, bool is_same_epoch)
{
	const struct mb_mapping_part *a = leader(old);
	const struct mb_mapping_part *b;

	if (!next)
		return is_same_epoch ? "Cannot accept equal epoch with null data" : NULL;
	if (!a)
		return NULL;
	b = leader(next);
	if (!b)
		return "The new item list is null or empty";
	if (is_same_epoch && (a->gen != b->gen || strcmp(a->broker_name, b->broker_name) != 0 ||
			      a->queue_id != b->queue_id || a->start_offset != b->start_offset))
		return "The new leader is different but epoch equal";
	return NULL;
}

bool mb_mapping_may_follow(const struct mb_mapping *old, const struct mb_mapping *next,
			   char *problem, size_t size)
{
	const char *found = NULL;

	if (next->epoch < old->epoch) {
		snprintf(problem, size, "Can't accept data with small epoch %lld < %lld",
			 (long long)next->epoch, (long long)old->epoch);
		return false;
	}
	if (strcmp(next->scope, old->scope) != 0) {
		snprintf(problem, size, "Can't accept data with unmatched scope %s != %s",
			 next->scope, old->scope);
		return false;
	}
	for (size_t i = 0; i < old->queue_count && !found; i++)
		found = change_problem(&old->queues[i], mb_mapping_queue(next, old->queues[i].id),
				       next->epoch == old->epoch);
	if (found)
		snprintf(problem, size, "%s", found);
	return !found;
}

enum rmq_error mb_mapping_inherit(struct mb_mapping *next, struct mb_mapping *old)
{
	size_t room = next->queue_count + old->queue_count;
	size_t had = next->queue_count;
	struct mb_mapped_queue *grown;

	if (room == 0)
		return RMQ_OK;
	grown = rmqi_realloc(next->queues, room * sizeof(*grown));
	if (!grown)
		return RMQ_ERR_NO_MEMORY;
	next->queues = grown;
	for (size_t i = 0; i < old->queue_count; i++) {
		struct mb_mapped_queue *q = &old->queues[i];
		const struct mb_mapped_queue key = {.id = q->id};

		if (had && bsearch(&key, grown, had, sizeof(key), by_id))
			continue;
		grown[next->queue_count++] = *q;
		q->parts = NULL;
		q->count = 0;
	}
	qsort(grown, next->queue_count, sizeof(*grown), by_id);
	return RMQ_OK;
}
