/* SPDX-License-Identifier: Apache-2.0 */
#include "producer/ledger.h"

#include "base/mem.h"
#include "base/process.h"

struct rmqi_ledger *rmqi_ledger_new(struct rmq_producer *p)
{
	struct rmqi_ledger *l = rmqi_calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	atomic_init(&l->refs, 1);
	l->process = rmqi_process_mark();
	rmqi_mutex_init(&l->mu);
	rmqi_map_init(&l->open);
	l->producer = p;
	return l;
}

struct rmqi_ledger *rmqi_ledger_ref(struct rmqi_ledger *l)
{
	(void)atomic_fetch_add(&l->refs, 1);
	return l;
}

void rmqi_ledger_unref(struct rmqi_ledger *l)
{
	if (!l || atomic_fetch_sub(&l->refs, 1) != 1)
		return;
	rmqi_map_deinit(&l->open, NULL);
	rmqi_mutex_deinit(&l->mu);
	rmqi_free(l);
}

void rmqi_ledger_orphan(struct rmqi_ledger *l)
{
	if (!l)
		return;
	rmqi_mutex_lock(&l->mu);
	l->producer = NULL;
	rmqi_mutex_unlock(&l->mu);
}

struct rmq_producer *rmqi_ledger_producer(struct rmqi_ledger *l)
{
	struct rmq_producer *p;

	rmqi_mutex_lock(&l->mu);
	p = l->producer;
	rmqi_mutex_unlock(&l->mu);
	return p;
}

enum rmq_error rmqi_ledger_add(struct rmqi_ledger *l, const char *id, struct rmqi_half_place *place)
{
	enum rmq_error err;

	rmqi_mutex_lock(&l->mu);
	err = rmqi_map_set(&l->open, rmqi_str(id), place, NULL);
	rmqi_mutex_unlock(&l->mu);
	return err;
}

void rmqi_ledger_remove(struct rmqi_ledger *l, const char *id)
{
	rmqi_mutex_lock(&l->mu);
	(void)rmqi_map_remove(&l->open, rmqi_str(id));
	rmqi_mutex_unlock(&l->mu);
}

bool rmqi_ledger_asked(struct rmqi_ledger *l, const char *id, int64_t table_offset,
		       int64_t log_offset)
{
	struct rmqi_half_place *place;

	rmqi_mutex_lock(&l->mu);
	place = rmqi_map_get(&l->open, rmqi_str(id));
	if (place)
		*place = (struct rmqi_half_place){table_offset, log_offset, true};
	rmqi_mutex_unlock(&l->mu);
	return place != NULL;
}
