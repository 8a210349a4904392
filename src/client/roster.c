/* SPDX-License-Identifier: Apache-2.0 */
#include "client/roster.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "base/detail.h"
#include "base/process.h"

/* The mark of the process that holds the lock. A thread of a parent that held it at the fork is not
 * here to let go of it, so a child takes it over. A mutex could not be. */
static _Atomic uint64_t lock;
static struct rmqi_list clients; /* lock */
static uint64_t owner;           /* lock; the process whose list it is */

static void enter(uint64_t mark)
{
	uint64_t holder = 0;

	while (!atomic_compare_exchange_strong(&lock, &holder, mark)) {
		if (holder == mark) {
			holder = 0;
			sched_yield();
		}
	}
	if (owner != mark)
		rmqi_list_init(&clients);
	owner = mark;
}

static void leave(void)
{
	atomic_store(&lock, 0);
}

static bool is_one_cluster(const struct rmqi_roster_entry *a, const struct rmqi_roster_entry *b)
{
	for (size_t i = 0; i < a->namesrv_count; i++)
		for (size_t j = 0; j < b->namesrv_count; j++)
			if (strcmp(a->namesrvs[i], b->namesrvs[j]) == 0)
				return true;
	return false;
}

static bool is_same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static bool are_twins(const struct rmqi_roster_entry *a, const struct rmqi_roster_entry *b)
{
	return a->env == b->env && strcmp(a->id, b->id) == 0 &&
	       (is_same(a->consumer_group, b->consumer_group) ||
		is_same(a->producer_group, b->producer_group)) &&
	       is_one_cluster(a, b);
}

static bool has_twin(const struct rmqi_roster_entry *e)
{
	RMQI_LIST_EACH(node, &clients) {
		const struct rmqi_roster_entry *other =
			RMQI_LIST_ITEM(node, struct rmqi_roster_entry, link);

		if (other != e && are_twins(e, other))
			return true;
	}
	return false;
}

void rmqi_roster_entry_init(struct rmqi_roster_entry *e)
{
	*e = (struct rmqi_roster_entry){0};
	rmqi_list_init(&e->link);
}

enum rmq_error rmqi_roster_join(struct rmqi_roster_entry *e, struct rmq_error_detail *detail)
{
	const char *kind = e->consumer_group ? "consumer" : "producer";
	const char *group = e->consumer_group ? e->consumer_group : e->producer_group;
	bool is_taken;

	if (!group)
		return RMQ_OK;
	e->process = rmqi_process_mark();
	enter(e->process);
	is_taken = has_twin(e);
	if (!is_taken && rmqi_list_is_empty(&e->link))
		rmqi_list_push(&clients, &e->link);
	leave();
	if (!is_taken)
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
			       "group %s has a %s with the client id %s in this process already: "
			       "give each its own instanceName, or (but for BROADCASTING) leave "
			       "it at DEFAULT",
			       group, kind, e->id);
}

static bool is_namesake(const struct rmqi_roster_entry *e, const struct rmqi_roster_entry *other)
{
	return other != e && other->producer_group && other->env == e->env &&
	       strcmp(other->id, e->id) == 0 && is_one_cluster(e, other);
}

bool rmqi_roster_has_namesake(const struct rmqi_roster_entry *e)
{
	bool is_found = false;

	enter(e->process);
	RMQI_LIST_EACH(node, &clients)
		is_found |= is_namesake(e, RMQI_LIST_ITEM(node, struct rmqi_roster_entry, link));
	leave();
	return is_found;
}

void rmqi_roster_leave(struct rmqi_roster_entry *e)
{
	uint64_t mark = rmqi_process_mark();

	if (e->process != mark)
		return;
	enter(mark);
	rmqi_list_remove(&e->link);
	leave();
}
