/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.h - the faults of a cluster, and the hook of each of its nodes (faults.h) that applies them.
 *
 *     received: which rule takes it? -> ticket.fault, by number -> its stage: deed -> answer: shape
 *
 * A rule that is removed is forgotten at once: tickets know it by its number only. Without rules, and
 * with no connection that one has changed, the hooks are idle.
 *
 * Thread: loop, everything.
 */
#ifndef MB_RULES_RULES_H
#define MB_RULES_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/executor.h"
#include "base/list.h"
#include "base/macros.h"
#include "base/map.h"
#include "base/rand.h"
#include "mock-broker/faults.h"
#include "mock-broker/rules/fault.h"
#include "mock-broker/rules/shot.h"

enum { MB_RULES_MAX = 10000 };

struct mb_rule {
	struct rmqi_list link;
	uint64_t id;
	struct rmq_mock_fault *fault; /* owned */
	enum mb_stage stage;
	uint64_t seen;  /* requests that it means and that none before it took */
	uint64_t taken; /* of them */
	uint64_t hits;  /* how often it has acted */
	struct rmqi_rand rand;
};

/* Who waits for hits. Its memory is the one's who waits. */
struct mb_rule_waiter {
	struct rmqi_list link;
	uint64_t id;
	uint64_t hits;
	enum rmq_error result; /* once the event is set */
	struct rmqi_event event;
};

/* One a node. */
struct mb_rule_node {
	struct mb_faults faults;
	struct mb_rules *rules;
	const char *label; /* of a broker, "" of a name server; borrowed */
	int32_t namesrv;   /* -1: a broker */
};

struct mb_rules {
	uint64_t seed;
	uint64_t last_id;
	struct rmqi_list rules; /* in order of addition */
	struct rmqi_imap by_id; /* -> struct mb_rule */
	struct rmqi_list waiters;
	struct mb_shots shots;
	bool is_idle;   /* no hook has to be asked */
	bool is_closed; /* nobody may wait any more */
};

void mb_rules_init(struct mb_rules *r, struct rmqi_loop *loop, uint64_t seed);
/* All nodes are gone. */
void mb_rules_deinit(struct mb_rules *r);
/* `label` NULL: it is a name server. */
void mb_rule_node_init(struct mb_rule_node *n, struct mb_rules *r, const char *label,
		       int32_t namesrv);

/* Takes over `f`, unless it fails: RMQ_ERR_TOO_LARGE, RMQ_ERR_NO_MEMORY. */
enum rmq_error mb_rules_add(struct mb_rules *r, struct rmq_mock_fault *f,
			    uint64_t *id) RMQI_MUST_USE;
/* NULL: there is none. */
struct mb_rule *mb_rules_find(const struct mb_rules *r, uint64_t id);
/* Whoever waits for it is told. False: there is none. */
bool mb_rules_remove(struct mb_rules *r, uint64_t id);
/* w->id, w->hits and w->event are set. Sets the event at once if there is nothing to wait for. */
void mb_rules_wait(struct mb_rules *r, struct mb_rule_waiter *w);
/* It waits no longer. */
void mb_rules_leave(struct mb_rule_waiter *w);
/* Everybody who waits is told, and who comes is not kept. */
void mb_rules_close(struct mb_rules *r);

#endif
