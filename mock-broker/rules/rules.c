/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/rules/rules.h"

#include "base/mem.h"
#include "mock-broker/broker/clients.h"
#include "mock-broker/rules/deed.h"
#include "mock-broker/rules/incoming.h"
#include "mock-broker/ticket.h"

/* --- Which rule takes a request ------------------------------------------------------------------ */

/* Of a broker's connection: as the first of its groups said. */
static const char *client_of(const struct mb_rule_node *n, const struct rmqi_conn *c)
{
	const struct mb_peer *peer = n->namesrv < 0 ? rmqi_conn_user(c) : NULL;

	if (!peer || rmqi_list_is_empty(&peer->channels))
		return NULL;
	return RMQI_LIST_ITEM(peer->channels.next, struct mb_channel, of_peer)->client_id;
}

static struct rmq_mock_incoming incoming_of(const struct mb_rule_node *n,
					    const struct mb_passage *p)
{
	return (struct rmq_mock_incoming){
		.subject = {.node = n->label,
			    .namesrv = n->namesrv,
			    .code = p->command->code,
			    .client_id = client_of(n, p->ticket->conn),
			    .ext = p->command->ext,
			    .ext_count = p->command->ext_count,
			    .body = p->command->body},
		.is_oneway = p->ticket->is_oneway,
	};
}

/* One that acts on answers means no request that has none. */
static bool means(const struct mb_rule *rule, const struct rmq_mock_incoming *in)
{
	const struct rmq_mock_fault *f = rule->fault;

	if (in->is_oneway && rule->stage == MB_STAGE_RESPONSE)
		return false;
	return mb_select_matches(&f->select, &in->subject) &&
	       (!f->predicate || f->predicate(f->predicate_arg, in));
}

static bool is_drawn(struct mb_rule *rule)
{
	int64_t chance = rule->fault->number[MB_FAULT_probability];

	return chance == MB_CHANCE_SURE ||
	       (int64_t)rmqi_rand_below(&rule->rand, MB_CHANCE_SURE) < chance;
}

/* Its budget. */
static bool takes(struct mb_rule *rule)
{
	const int64_t *number = rule->fault->number;
	uint64_t skip = (uint64_t)number[MB_FAULT_skip];
	uint64_t count = (uint64_t)number[MB_FAULT_count];

	if (count && rule->taken >= count)
		return false;
	if (++rule->seen <= skip || (rule->seen - skip) % (uint64_t)number[MB_FAULT_every] != 0 ||
	    !is_drawn(rule))
		return false;
	rule->taken++;
	return true;
}

static void tell(struct mb_rule_waiter *w, enum rmq_error result)
{
	rmqi_list_remove(&w->link);
	w->result = result;
	rmqi_event_set(&w->event);
}

static void hit(struct mb_rules *r, struct mb_rule *rule)
{
	rule->hits++;
	RMQI_LIST_EACH(node, &r->waiters)
	{
		struct mb_rule_waiter *w = RMQI_LIST_ITEM(node, struct mb_rule_waiter, link);

		if (w->id == rule->id && w->hits <= rule->hits)
			tell(w, RMQ_OK);
	}
}

/* 0: none. Those that observe are asked until one acts. */
static uint64_t choose(struct mb_rule_node *n, const struct mb_passage *p)
{
	struct rmq_mock_incoming in = incoming_of(n, p);

	RMQI_LIST_EACH(node, &n->rules->rules)
	{
		struct mb_rule *rule = RMQI_LIST_ITEM(node, struct mb_rule, link);

		if (!means(rule, &in) || !takes(rule))
			continue;
		if (!rule->fault->number[MB_FAULT_observe])
			return rule->id;
		hit(n->rules, rule);
	}
	return 0;
}

/* --- What it does -------------------------------------------------------------------------------- */

/* False: the request goes no further. */
static bool act(struct mb_rule_node *n, struct mb_rule *rule, struct mb_passage *p)
{
	struct rmq_mock_incoming in;
	enum mb_deed deed;

	if (mb_fault_has(rule->fault, MB_FAULT_requestDelay)) {
		p->wait_ms = rule->fault->number[MB_FAULT_requestDelay];
		hit(n->rules, rule);
		return false;
	}
	if (rule->fault->handler) {
		in = incoming_of(n, p);
		deed = mb_deed_handle(rule->fault, p, &in);
	} else {
		deed = mb_deed_do(&n->rules->shots, rule->fault, p);
	}
	if (deed == MB_DEED_NONE) {
		p->ticket->fault = 0; /* the handler did not want it */
		rule->taken--;
		return true;
	}
	hit(n->rules, rule);
	return deed == MB_DEED_GO_ON;
}

static int64_t delay_of(struct mb_rule *rule)
{
	const int64_t *number = rule->fault->number;
	int64_t jitter = number[MB_FAULT_jitter];

	return number[MB_FAULT_delay] +
	       (jitter ? (int64_t)rmqi_rand_below(&rule->rand, (uint64_t)jitter + 1) : 0);
}

/* The answer. */
static bool shape(struct mb_rule_node *n, struct mb_rule *rule, struct mb_passage *p)
{
	const struct rmq_mock_fault *f = rule->fault;
	bool is_its_stage = rule->stage == MB_STAGE_RESPONSE;
	bool must_go_on = true;

	if (is_its_stage)
		must_go_on = mb_deed_do(&n->rules->shots, f, p) == MB_DEED_GO_ON;
	if (must_go_on && (mb_fault_shapes(f) || mb_fault_has(f, MB_FAULT_close)) &&
	    !mb_shots_fire(&n->rules->shots, p, f, delay_of(rule))) {
		rule->taken -= is_its_stage;
		return true;
	}
	if (must_go_on && (mb_fault_shapes(f) || mb_fault_has(f, MB_FAULT_close)))
		mb_shots_tell(p->ticket, f);
	if (is_its_stage)
		hit(n->rules, rule);
	return must_go_on && !mb_fault_shapes(f) && !mb_fault_has(f, MB_FAULT_close);
}

static bool receive(struct mb_rule_node *n, struct mb_passage *p)
{
	/* What was read before the fault came. */
	if (mb_wires_is_silent(&n->rules->shots.wires, p->ticket->conn)) {
		mb_answer_nothing(p->ticket);
		return false;
	}
	p->ticket->fault = choose(n, p);
	return true;
}

static bool on_stage(struct mb_faults *f, struct mb_passage *p)
{
	struct mb_rule_node *n = RMQI_CONTAINER(f, struct mb_rule_node, faults);
	struct mb_rule *rule;

	if (p->stage == MB_STAGE_RECEIVED && !receive(n, p))
		return false;
	rule = mb_rules_find(n->rules, p->ticket->fault);
	if (p->stage == MB_STAGE_RESPONSE) {
		mb_shots_passed(&n->rules->shots, p->ticket->conn);
		return !rule || shape(n, rule, p);
	}
	if (!rule || rule->stage != p->stage)
		return true;
	return act(n, rule, p);
}

static void look_idle(struct mb_rules *r)
{
	r->is_idle = r->by_id.count == 0 && mb_shots_are_idle(&r->shots);
}

static void on_closed(struct mb_faults *f, struct rmqi_conn *c)
{
	struct mb_rules *r = RMQI_CONTAINER(f, struct mb_rule_node, faults)->rules;

	mb_shots_forget(&r->shots, c);
	look_idle(r);
}

void mb_rule_node_init(struct mb_rule_node *n, struct mb_rules *r, const char *label,
		       int32_t namesrv)
{
	*n = (struct mb_rule_node){
		.faults = {.on_stage = on_stage, .on_closed = on_closed, .is_idle = &r->is_idle},
		.rules = r,
		.label = label ? label : "",
		.namesrv = namesrv,
	};
}

/* --- The list ------------------------------------------------------------------------------------ */

void mb_rules_init(struct mb_rules *r, struct rmqi_loop *loop, uint64_t seed)
{
	*r = (struct mb_rules){.seed = seed, .is_idle = true};
	rmqi_list_init(&r->rules);
	rmqi_imap_init(&r->by_id);
	rmqi_list_init(&r->waiters);
	mb_shots_init(&r->shots, loop);
}

static void rule_free(struct mb_rule *rule)
{
	rmqi_list_remove(&rule->link);
	mb_fault_free(rule->fault);
	rmqi_free(rule);
}

void mb_rules_deinit(struct mb_rules *r)
{
	mb_shots_deinit(&r->shots);
	RMQI_LIST_EACH(node, &r->rules)
		rule_free(RMQI_LIST_ITEM(node, struct mb_rule, link));
	rmqi_imap_deinit(&r->by_id);
}

enum rmq_error mb_rules_add(struct mb_rules *r, struct rmq_mock_fault *f, uint64_t *id)
{
	struct mb_rule *rule;

	if (r->by_id.count >= MB_RULES_MAX)
		return RMQ_ERR_TOO_LARGE;
	rule = rmqi_calloc(1, sizeof(*rule));
	if (!rule || rmqi_imap_set(&r->by_id, r->last_id + 1, rule) != RMQ_OK) {
		rmqi_free(rule);
		return RMQ_ERR_NO_MEMORY;
	}
	rule->id = ++r->last_id;
	rule->fault = f;
	rule->stage = mb_fault_stage(f);
	/* Each draws for itself: one more rule changes nothing for the others. */
	rmqi_rand_init(&rule->rand, r->seed + rule->id);
	rmqi_list_push(&r->rules, &rule->link);
	r->is_idle = false;
	*id = rule->id;
	return RMQ_OK;
}

struct mb_rule *mb_rules_find(const struct mb_rules *r, uint64_t id)
{
	return id ? rmqi_imap_get(&r->by_id, id) : NULL;
}

static void tell_all(struct mb_rules *r, uint64_t id, enum rmq_error result)
{
	RMQI_LIST_EACH(node, &r->waiters)
	{
		struct mb_rule_waiter *w = RMQI_LIST_ITEM(node, struct mb_rule_waiter, link);

		if (id == 0 || w->id == id)
			tell(w, result);
	}
}

bool mb_rules_remove(struct mb_rules *r, uint64_t id)
{
	struct mb_rule *rule = mb_rules_find(r, id);

	if (!rule)
		return false;
	(void)rmqi_imap_remove(&r->by_id, id);
	rule_free(rule);
	look_idle(r);
	tell_all(r, id, RMQ_ERR_NOT_FOUND);
	return true;
}

void mb_rules_wait(struct mb_rules *r, struct mb_rule_waiter *w)
{
	const struct mb_rule *rule = mb_rules_find(r, w->id);

	rmqi_list_init(&w->link);
	if (r->is_closed)
		tell(w, RMQ_ERR_CANCELLED);
	else if (!rule)
		tell(w, RMQ_ERR_NOT_FOUND);
	else if (rule->hits >= w->hits)
		tell(w, RMQ_OK);
	else
		rmqi_list_push(&r->waiters, &w->link);
}

void mb_rules_leave(struct mb_rule_waiter *w)
{
	rmqi_list_remove(&w->link);
}

void mb_rules_close(struct mb_rules *r)
{
	r->is_closed = true;
	tell_all(r, 0, RMQ_ERR_CANCELLED);
}
