/* SPDX-License-Identifier: Apache-2.0 */
/* ends.c - what must hold when nothing fails any more: all comes, then all is quiet and nothing is left over. */
#include <rocketmq/mock_group.h>
#include <rocketmq/mock_message.h>
#include <rocketmq/mock_record.h>

#include "tests/simulation/world_impl.h"

enum {
	MINUTE_MS = 60 * 1000,
	HEAL_MS = 15 * MINUTE_MS, /* retries wait for their levels */
	LOOK_EVERY = 15,          /* seconds */
	SETTLE_MS = 3 * MINUTE_MS,
	QUIET_MS = 5 * MINUTE_MS
};

/* --- All comes --------------------------------------------------------------------------------------- */

static void note_dead(struct world *w, const rmq_mock_message *dead)
{
	size_t len, number;
	const void *body = rmq_mock_message_body(dead, &len);

	if (!audit_number(&w->audit, body, len, &number))
		return;
	if (w->audit.messages[number].refused <= POISON_TRIES)
		audit_fail(&w->audit, "message %zu is a dead letter after %u failures", number,
			   w->audit.messages[number].refused);
	w->audit.messages[number].is_dead = true;
}

static void look_at_dead_letters(struct world *w)
{
	rmq_error_detail *detail = NULL;
	rmq_mock_messages *all = NULL;

	world_check(w, rmq_mock_cluster_messages(w->cluster, "%DLQ%Push", &all, &detail), &detail,
		    "dead letters");
	for (size_t i = 0; i < rmq_mock_messages_count(all); i++)
		note_dead(w, rmq_mock_messages_at(all, i));
	rmq_mock_messages_free(all);
}

void ends_await_all(struct world *w)
{
	int group = 0;
	size_t missing = 0;

	for (int64_t s = 0; s < HEAL_MS / 1000 && !w->audit.problem[0]; s++) {
		if (s % LOOK_EVERY == 0)
			look_at_dead_letters(w);
		if (audit_is_complete(&w->audit, &group, &missing))
			break;
		world_advance(w, 1000);
	}
	if (!audit_is_complete(&w->audit, &group, &missing))
		audit_fail(&w->audit, "message %zu was acknowledged and never came to group %d",
			   missing, group);
}

/* Also what all groups had before it was lost. */
static void check_stored(struct world *w)
{
	rmq_error_detail *detail = NULL;
	rmq_mock_messages *all = NULL;
	size_t len, number, missing = 0;

	world_check(w, rmq_mock_cluster_messages(w->cluster, "Topic", &all, &detail), &detail,
		    "stored messages");
	for (size_t i = 0; i < rmq_mock_messages_count(all); i++) {
		const void *body = rmq_mock_message_body(rmq_mock_messages_at(all, i), &len);

		if (audit_number(&w->audit, body, len, &number))
			w->audit.messages[number].is_stored = true;
	}
	rmq_mock_messages_free(all);
	if (!audit_is_kept(&w->audit, &missing))
		audit_fail(&w->audit, "message %zu was acknowledged and is not stored", missing);
}

/* --- Nothing is left over -------------------------------------------------------------------------------- */

static void check_lag(struct world *w)
{
	rmq_error_detail *detail = NULL;
	rmq_mock_groups *all = NULL;

	world_check(w, rmq_mock_cluster_groups(w->cluster, &all, &detail), &detail, "groups");
	for (size_t i = 0; i < rmq_mock_groups_count(all); i++) {
		const struct rmq_mock_group *g = rmq_mock_groups_at(all, i);

		if (g->member_count > 0 && g->lag != 0)
			audit_fail(&w->audit, "group %s is %lld behind at %s", g->name,
				   (long long)g->lag, g->broker);
	}
	rmq_mock_groups_free(all);
}

/* Each broker knows each member. */
static void check_members(struct world *w)
{
	static const char *const names[MEMBER_GROUPS] = {"Push", "Orderly", "PushPop", "Tags"};

	for (int group = 0; group < MEMBER_GROUPS; group++) {
		int count = 0;

		for (int at = 0; at < MEMBERS; at++)
			count += w->seats[group][at].consumer != NULL;
		for (size_t i = 0; i < BROKERS; i++) {
			int known = rmq_mock_cluster_group_size(w->cluster, world_brokers[i],
								names[group]);

			if (known != count)
				audit_fail(&w->audit, "%s knows %d of %d members of group %s",
					   world_brokers[i], known, count, names[group]);
		}
	}
}

static void check_pops(struct world *w)
{
	rmq_error_detail *detail = NULL;
	rmq_mock_pops *all = NULL;

	world_check(w, rmq_mock_cluster_pops(w->cluster, &all, &detail), &detail, "pops");
	if (rmq_mock_pops_count(all) > 0)
		audit_fail(&w->audit, "%zu messages are popped still, offset %lld of %s first",
			   rmq_mock_pops_count(all),
			   (long long)rmq_mock_pops_at(all, 0)->queue_offset,
			   rmq_mock_pops_at(all, 0)->topic);
	rmq_mock_pops_free(all);
}

static void check_transactions(struct world *w)
{
	rmq_error_detail *detail = NULL;
	rmq_mock_transactions *all = NULL;

	world_check(w, rmq_mock_cluster_transactions(w->cluster, &all, &detail), &detail,
		    "transactions");
	if (rmq_mock_transactions_count(all) > 0)
		audit_fail(&w->audit, "%zu transactions are open still, %s first",
			   rmq_mock_transactions_count(all), rmq_mock_transactions_at(all, 0)->id);
	rmq_mock_transactions_free(all);
}

static void check_quiet(struct world *w)
{
	uint64_t deliveries = w->audit.deliveries;

	world_advance(w, QUIET_MS);
	if (w->audit.deliveries != deliveries)
		audit_fail(&w->audit, "%llu deliveries though all has come",
			   (unsigned long long)(w->audit.deliveries - deliveries));
}

/* Who leaves an orderly group gives its queues back. */
static void check_locks(struct world *w)
{
	rmq_error_detail *detail = NULL;
	rmq_mock_locks *all = NULL;

	for (int at = 0; at < MEMBERS; at++)
		if (w->seats[GROUP_ORDERLY][at].consumer)
			members_leave(w, GROUP_ORDERLY, at, true);
	world_check(w, rmq_mock_cluster_locks(w->cluster, &all, &detail), &detail, "locks");
	if (rmq_mock_locks_count(all) > 0)
		audit_fail(&w->audit, "%zu queues are locked still, %d of %s first",
			   rmq_mock_locks_count(all), rmq_mock_locks_at(all, 0)->queue_id,
			   rmq_mock_locks_at(all, 0)->broker);
	rmq_mock_locks_free(all);
}

/* Brokers that crash forget what they had not written (rocketmq/mock_record.h): only where none has. */
static void check_record(struct world *w)
{
	rmq_error_detail *detail = NULL;

	if (w->is_gentle)
		world_check(w, rmq_mock_cluster_verify(w->cluster, &detail), &detail, "verify");
}

void ends_check(struct world *w)
{
	world_advance(w, SETTLE_MS);
	check_stored(w);
	check_lag(w);
	check_members(w);
	check_pops(w);
	check_transactions(w);
	check_quiet(w);
	check_locks(w);
	check_record(w);
}
