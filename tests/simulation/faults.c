/* SPDX-License-Identifier: Apache-2.0 */
/* faults.c - what a seed lets happen. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rocketmq/mock_broker.h>
#include <rocketmq/mock_disk.h>
#include <rocketmq/mock_fault.h>
#include <rocketmq/mock_node.h>

#include "tests/simulation/world_impl.h"

const char *const world_brokers[BROKERS] = {"broker-a", "broker-b"};
const char *const world_nodes[NODES] = {"broker-a", "broker-b", "broker-a/1",
					"broker-b/1", "namesrv-0", "namesrv-1"};

static bool is_in_state(struct world *w, const char *node, const char *state)
{
	return strcmp(rmq_mock_node_state(w->cluster, node), state) == 0;
}

/* --- Nodes ---------------------------------------------------------------------------------------- */

static enum rmq_error end_node(struct world *w, const char *node, rmq_error_detail **detail)
{
	unsigned how = strncmp(node, "broker", 6) == 0 ? world_below(w, w->is_sync ? 3 : 2) : 0;

	world_tell(w, "%s %s", node, how == 0 ? "stops" : how == 1 ? "crashes" : "loses its power");
	if (how == 0)
		return rmq_mock_node_stop(w->cluster, node, detail);
	if (how == 1)
		return rmq_mock_broker_crash(w->cluster, node, detail);
	return rmq_mock_broker_crash_power(w->cluster, node, detail);
}

/* --- Disks: one that fails is mended by another machine, which has what was on the platter ----------------- */

static void break_disk(struct world *w, unsigned at)
{
	rmq_error_detail *detail = NULL;

	world_check(w,
		    rmq_mock_disk_fail(w->cluster, world_brokers[at], RMQ_MOCK_DISK_SYNC, 1, 1000000,
				       EIO, &detail),
		    &detail, "break a disk");
	world_tell(w, "the disk of %s breaks", world_brokers[at]);
	w->is_sick[at] = true;
}

static void mend_disk(struct world *w, unsigned at)
{
	rmq_error_detail *detail = NULL;

	if (!w->is_sick[at])
		return;
	if (!is_in_state(w, world_brokers[at], "stopped"))
		world_check(w,
			    rmq_mock_broker_crash_power(w->cluster, world_brokers[at], &detail),
			    &detail, "lose power");
	world_check(w,
		    rmq_mock_disk_fail(w->cluster, world_brokers[at], RMQ_MOCK_DISK_SYNC, 1, 0, EIO,
				       &detail),
		    &detail, "mend a disk");
	world_check(w, rmq_mock_node_start(w->cluster, world_brokers[at], &detail), &detail,
		    "start a broker");
	world_tell(w, "the disk of %s was mended", world_brokers[at]);
	w->is_sick[at] = false;
}

/* A broker with a broken disk does not start. */
static bool mend_disk_of(struct world *w, const char *node)
{
	for (unsigned i = 0; i < BROKERS; i++) {
		if (strcmp(world_brokers[i], node) == 0 && w->is_sick[i]) {
			mend_disk(w, i);
			return true;
		}
	}
	return false;
}

/* Starts what is stopped, ends what is down, or does one of these. */
static void disturb(struct world *w, const char *node)
{
	static const enum rmq_mock_down downs[] = {
		RMQ_MOCK_DOWN_REFUSE, RMQ_MOCK_DOWN_BLACK_HOLE, RMQ_MOCK_DOWN_HANG};
	rmq_error_detail *detail = NULL;
	enum rmq_error err;

	world_tell(w, "%s, %s, changes", node, rmq_mock_node_state(w->cluster, node));
	if (mend_disk_of(w, node))
		return;
	if (is_in_state(w, node, "stopped"))
		err = rmq_mock_node_start(w->cluster, node, &detail);
	else if (!is_in_state(w, node, "running"))
		err = rmq_mock_node_up(w->cluster, node, &detail);
	else if (world_below(w, 3) == 0)
		err = end_node(w, node, &detail);
	else
		err = rmq_mock_node_down(w->cluster, node, downs[world_below(w, 3)], &detail);
	world_check(w, err, &detail, node);
}

static void set_slow(struct world *w, unsigned at, int64_t ms)
{
	rmq_error_detail *detail = NULL;

	world_check(w, rmq_mock_disk_set_slow(w->cluster, world_brokers[at], ms, &detail), &detail,
		    "slow disk");
}

/* Just when the disk is slow, and messages are on their way to it. */
static void lose_power_amid_sends(struct world *w, unsigned at)
{
	rmq_error_detail *detail = NULL;

	world_tell(w, "%s loses its power amid sends", world_brokers[at]);
	set_slow(w, at, 1000);
	for (int i = 0; i < 8; i++)
		senders_send(w);
	if (is_in_state(w, world_brokers[at], "running"))
		world_check(w,
			    rmq_mock_broker_crash_power(w->cluster, world_brokers[at], &detail),
			    &detail, "lose power");
	set_slow(w, at, 0);
}

static void trouble_disk(struct world *w)
{
	unsigned at = world_below(w, BROKERS), what = world_below(w, 4);

	if (w->is_sick[at])
		mend_disk(w, at);
	else if (!is_in_state(w, world_brokers[at], "running"))
		return;
	else if (what == 0)
		set_slow(w, at, (int64_t)world_below(w, 500));
	else if (w->is_sync && what == 1)
		break_disk(w, at);
	else if (w->is_sync)
		lose_power_amid_sends(w, at);
}

/* --- Ways, and what brokers say ---------------------------------------------------------------------- */

static const char *somebody(struct world *w)
{
	const struct seat *seat =
		&w->seats[world_below(w, MEMBER_GROUPS)][world_below(w, MEMBERS)];

	return seat->consumer ? rmq_push_consumer_client_id(seat->consumer)
			      : rmq_producer_client_id(w->producer);
}

static void cut_something(struct world *w)
{
	unsigned a = world_below(w, NODES), b = world_below(w, NODES);
	rmq_error_detail *detail = NULL;
	const char *other = world_below(w, 2) ? somebody(w) : world_nodes[b];

	if (strcmp(other, world_nodes[a]) == 0)
		return;
	world_tell(w, "%s is cut from %s", world_nodes[a], other);
	world_check(w, rmq_mock_cluster_cut(w->cluster, world_nodes[a], other, &detail), &detail,
		    "cut");
}

static void heal_ways(struct world *w)
{
	rmq_error_detail *detail = NULL;

	world_tell(w, "all ways are joined");
	world_check(w, rmq_mock_cluster_heal(w->cluster, &detail), &detail, "heal");
}

static void be_busy(struct world *w)
{
	rmq_error_detail *detail = NULL;
	const char *broker = world_brokers[world_below(w, BROKERS)];
	enum rmq_mock_busy kind = (enum rmq_mock_busy)(1 + world_below(w, 4));
	int requests = (int)world_below(w, 20);

	if (is_in_state(w, broker, "stopped"))
		return;
	world_tell(w, "%s is busy", broker);
	world_check(w, rmq_mock_node_busy(w->cluster, broker, kind, requests, 5000, &detail),
		    &detail, "busy");
}

/* Answers that are late, lost, broken or come twice, of some requests of any kind. */
static void spoil_answers(struct world *w)
{
	static const char *const deeds[] = {
		"\"stage\":\"applied\",\"drop\":true", "\"drop\":true",
		"\"stage\":\"applied\",\"close\":\"rst\"", "\"close\":\"fin\"",
		"\"delay\":1500", "\"delay\":8000", "\"duplicate\":true",
		"\"slice\":1", "\"corrupt\":\"header\"", "\"opaque\":1000", "\"reorder\":true",
		"\"truncate\":20,\"close\":\"rst\"", "\"reply\":\"SYSTEM_BUSY\"",
		"\"stage\":\"applied\",\"reply\":\"SYSTEM_ERROR\""};
	rmq_mock_fault *f = NULL;
	rmq_error_detail *detail = NULL;
	uint64_t id;
	char json[256];

	snprintf(json, sizeof(json), "{\"count\":%u,\"every\":%u,%s}", 1 + world_below(w, 10),
		 1 + world_below(w, 4), deeds[world_below(w, sizeof(deeds) / sizeof(deeds[0]))]);
	world_tell(w, "%s", json);
	world_check(w, rmq_mock_fault_parse(json, &f, &detail), &detail, json);
	world_check(w, rmq_mock_cluster_add_fault(w->cluster, f, &id, &detail), &detail, json);
	rmq_mock_fault_free(f);
}

static void end_faults(struct world *w)
{
	rmq_error_detail *detail = NULL;
	rmq_mock_fault_list *all = NULL;

	world_check(w, rmq_mock_cluster_faults(w->cluster, &all, &detail), &detail, "faults");
	for (size_t i = 0; i < rmq_mock_fault_list_count(all); i++)
		world_check(w,
			    rmq_mock_fault_remove(w->cluster, rmq_mock_fault_list_id(all, i),
						  &detail),
			    &detail, "remove a fault");
	rmq_mock_fault_list_free(all);
}

/* --- Who is there -------------------------------------------------------------------------------------- */

static void come_or_go(struct world *w)
{
	int group = (int)world_below(w, MEMBER_GROUPS), at = (int)world_below(w, MEMBERS);

	world_tell(w, "a member of group %d %s", group,
		   w->seats[group][at].consumer ? "leaves" : "joins");
	if (w->seats[group][at].consumer)
		members_leave(w, group, at, false);
	else
		members_join(w, group, at);
}

static void be_moody(struct world *w)
{
	w->moody_until_ms =
		rmq_mock_cluster_now_ms(w->cluster) + 5000 + (int64_t)world_below(w, 20000);
}

/* Nothing fails for good; who cannot renew what it has joined is found all the same. */
static void let_people_come_and_go(struct world *w)
{
	switch (world_below(w, 8)) {
	case 0:
		be_moody(w);
		break;
	case 1:
		senders_renew(w);
		break;
	default:
		come_or_go(w);
	}
}

void faults_let_happen(struct world *w)
{
	unsigned what = w->is_gentle ? 15 : world_below(w, 16);

	w->faults++;
	if (what < 5)
		disturb(w, world_nodes[world_below(w, NODES)]);
	else if (what < 7)
		cut_something(w);
	else if (what < 8)
		heal_ways(w);
	else if (what < 9)
		be_busy(w);
	else if (what < 11)
		spoil_answers(w);
	else if (what < 12)
		trouble_disk(w);
	else
		let_people_come_and_go(w);
}

static void bring_back(struct world *w, const char *node)
{
	rmq_error_detail *detail = NULL;

	world_check(w,
		    is_in_state(w, node, "stopped")
			    ? rmq_mock_node_start(w->cluster, node, &detail)
			    : rmq_mock_node_up(w->cluster, node, &detail),
		    &detail, node);
}

void faults_heal(struct world *w)
{
	rmq_error_detail *detail = NULL;

	world_tell(w, "all is healed");
	w->is_calm = true;
	w->moody_until_ms = 0;
	end_faults(w);
	heal_ways(w);
	for (unsigned i = 0; i < BROKERS; i++)
		mend_disk(w, i);
	for (size_t i = 0; i < NODES; i++)
		bring_back(w, world_nodes[i]);
	for (unsigned i = 0; i < BROKERS; i++) {
		world_check(w, rmq_mock_disk_set_slow(w->cluster, world_brokers[i], 0, &detail),
			    &detail, "fast disk");
		world_check(w,
			    rmq_mock_node_busy(w->cluster, world_brokers[i], RMQ_MOCK_BUSY_NOT, 0, -1,
					       &detail),
			    &detail, "not busy");
	}
	for (int group = 0; group < MEMBER_GROUPS; group++)
		if (!w->seats[group][0].consumer)
			members_join(w, group, 0);
}
