/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group_api.c - <rocketmq/mock_group.h>: checks arguments, calls down.
 */
#include <rocketmq/mock_group.h>

#include "mock-broker/api_entry.h"
#include "mock-broker/shown/shown.h"

struct rmq_mock_groups {
	struct mb_shown shown;
};

struct rmq_mock_locks {
	struct mb_shown shown;
};

struct rmq_mock_transactions {
	struct mb_shown shown;
};

struct rmq_mock_pops {
	struct mb_shown shown;
};

/* NULL: entry->error says why. `out` is the caller's, and only looked at. */
static struct mb_shown *show(struct rmqi_entry *entry, rmq_mock_cluster *c, const void *out,
			     const struct mb_show *what)
{
	struct mb_shown *list = NULL;

	if (mb_entry_has_cluster(entry, c) && rmqi_entry_has(entry, "out", out))
		entry->error = mb_cluster_show(c, what, &list, entry->detail);
	return list;
}

/* --- Groups ---------------------------------------------------------------------------------- */

enum rmq_error rmq_mock_cluster_groups(rmq_mock_cluster *c, rmq_mock_groups **out,
				       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);
	struct mb_shown *list = show(&entry, c, out, &mb_show_groups);

	if (list)
		*out = RMQI_CONTAINER(list, struct rmq_mock_groups, shown);
	return rmqi_entry_end(&entry);
}

size_t rmq_mock_groups_count(const rmq_mock_groups *l)
{
	return l ? l->shown.count : 0;
}

const struct rmq_mock_group *rmq_mock_groups_at(const rmq_mock_groups *l, size_t i)
{
	return l ? mb_shown_at(&l->shown, i) : NULL;
}

void rmq_mock_groups_free(rmq_mock_groups *l)
{
	mb_shown_free(l ? &l->shown : NULL);
}

/* --- Locks ----------------------------------------------------------------------------------- */

enum rmq_error rmq_mock_cluster_locks(rmq_mock_cluster *c, rmq_mock_locks **out,
				       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);
	struct mb_shown *list = show(&entry, c, out, &mb_show_locks);

	if (list)
		*out = RMQI_CONTAINER(list, struct rmq_mock_locks, shown);
	return rmqi_entry_end(&entry);
}

size_t rmq_mock_locks_count(const rmq_mock_locks *l)
{
	return l ? l->shown.count : 0;
}

const struct rmq_mock_lock *rmq_mock_locks_at(const rmq_mock_locks *l, size_t i)
{
	return l ? mb_shown_at(&l->shown, i) : NULL;
}

void rmq_mock_locks_free(rmq_mock_locks *l)
{
	mb_shown_free(l ? &l->shown : NULL);
}

/* --- Transactions ---------------------------------------------------------------------------- */

enum rmq_error rmq_mock_cluster_transactions(rmq_mock_cluster *c, rmq_mock_transactions **out,
				       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);
	struct mb_shown *list = show(&entry, c, out, &mb_show_transactions);

	if (list)
		*out = RMQI_CONTAINER(list, struct rmq_mock_transactions, shown);
	return rmqi_entry_end(&entry);
}

size_t rmq_mock_transactions_count(const rmq_mock_transactions *l)
{
	return l ? l->shown.count : 0;
}

const struct rmq_mock_transaction *rmq_mock_transactions_at(const rmq_mock_transactions *l, size_t i)
{
	return l ? mb_shown_at(&l->shown, i) : NULL;
}

void rmq_mock_transactions_free(rmq_mock_transactions *l)
{
	mb_shown_free(l ? &l->shown : NULL);
}

/* --- Pops ------------------------------------------------------------------------------------ */

enum rmq_error rmq_mock_cluster_pops(rmq_mock_cluster *c, rmq_mock_pops **out,
				       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);
	struct mb_shown *list = show(&entry, c, out, &mb_show_pops);

	if (list)
		*out = RMQI_CONTAINER(list, struct rmq_mock_pops, shown);
	return rmqi_entry_end(&entry);
}

size_t rmq_mock_pops_count(const rmq_mock_pops *l)
{
	return l ? l->shown.count : 0;
}

const struct rmq_mock_pop *rmq_mock_pops_at(const rmq_mock_pops *l, size_t i)
{
	return l ? mb_shown_at(&l->shown, i) : NULL;
}

void rmq_mock_pops_free(rmq_mock_pops *l)
{
	mb_shown_free(l ? &l->shown : NULL);
}
