/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/cluster_faults.h"

#include <inttypes.h>

#include "base/detail.h"
#include "base/mem.h"
#include "mock-broker/cluster_state.h"

_Static_assert((int)MB_SELECT_NAMESRVS_MAX == (int)MB_NAMESRVS_MAX,
	       "the range of namesrv in select.def");

/* Room for every text of a rule as JSON, where one sign may take six bytes. */
enum { TEXT_MAX = (MB_SELECT_COUNT + 1) * 6 * MB_SELECT_TEXT_MAX + 64 * 1024 };

/* What is asked of the rules on their loop. */
struct ask {
	struct rmq_mock_cluster *c;
	struct rmq_mock_fault *fault;
	struct mb_rule_waiter *waiter;
	struct rmq_mock_fault_list *list;
	uint64_t id;
	uint64_t hits;
	bool is_there;
	enum rmq_error error;
};

/* --- Their life --------------------------------------------------------------------------------- */

enum rmq_error mb_cluster_init_faults(struct rmq_mock_cluster *c)
{
	mb_rules_init(&c->rules, c->loop, c->seed);
	rmqi_cond_init(&c->fault_waits_ended);
	c->has_rules = true;
	return RMQ_OK;
}

static void close_on_loop(void *arg)
{
	mb_rules_close(arg);
}

void mb_cluster_close_faults(struct rmq_mock_cluster *c)
{
	if (!c->has_rules)
		return;
	rmqi_loop_call(c->loop, close_on_loop, &c->rules);
	/* In virtual time there is one thread, and it is not in a wait now. */
	rmqi_mutex_lock(&c->mu);
	while (c->fault_waits > 0 && !c->env->sim)
		rmqi_cond_wait(&c->fault_waits_ended, &c->mu);
	rmqi_mutex_unlock(&c->mu);
}

static void deinit_on_loop(void *arg)
{
	mb_rules_deinit(arg);
}

void mb_cluster_free_faults(struct rmq_mock_cluster *c)
{
	if (!c->has_rules)
		return;
	rmqi_loop_call(c->loop, deinit_on_loop, &c->rules);
	rmqi_cond_deinit(&c->fault_waits_ended);
}

/* --- Adding and removing ------------------------------------------------------------------------- */

static void add_on_loop(void *arg)
{
	struct ask *ask = arg;

	ask->error = mb_rules_add(&ask->c->rules, ask->fault, &ask->id);
}

enum rmq_error mb_cluster_add_fault(struct rmq_mock_cluster *c, const struct rmq_mock_fault *f,
				    uint64_t *id, struct rmq_error_detail *detail)
{
	struct ask ask = {.c = c};
	enum rmq_error err = mb_cluster_check_caller(c, detail);

	if (err == RMQ_OK)
		err = mb_fault_check(f, detail);
	if (err != RMQ_OK)
		return err;
	ask.fault = mb_fault_copy(f);
	if (!ask.fault)
		return RMQ_ERR_NO_MEMORY;
	rmqi_loop_call(c->loop, add_on_loop, &ask);
	if (ask.error == RMQ_OK) {
		*id = ask.id;
		return RMQ_OK;
	}
	mb_fault_free(ask.fault);
	if (ask.error != RMQ_ERR_TOO_LARGE)
		return ask.error;
	return rmqi_detail_set(detail, ask.error, RMQ_ERROR_FATAL, "there are %d faults already",
			       MB_RULES_MAX);
}

static void remove_on_loop(void *arg)
{
	struct ask *ask = arg;

	ask->is_there = mb_rules_remove(&ask->c->rules, ask->id);
}

enum rmq_error mb_cluster_remove_fault(struct rmq_mock_cluster *c, uint64_t id, bool *was_there,
				       struct rmq_error_detail *detail)
{
	struct ask ask = {.c = c, .id = id};
	enum rmq_error err = mb_cluster_check_caller(c, detail);

	if (err != RMQ_OK)
		return err;
	rmqi_loop_call(c->loop, remove_on_loop, &ask);
	if (was_there)
		*was_there = ask.is_there;
	return RMQ_OK;
}

/* --- Hits ------------------------------------------------------------------------------------------ */

static void look_on_loop(void *arg)
{
	struct ask *ask = arg;
	const struct mb_rule *rule = mb_rules_find(&ask->c->rules, ask->id);

	ask->is_there = rule != NULL;
	ask->hits = rule ? rule->hits : 0;
}

uint64_t mb_cluster_fault_hits(struct rmq_mock_cluster *c, uint64_t id)
{
	struct ask ask = {.c = c, .id = id};

	if (mb_cluster_check_caller(c, NULL) != RMQ_OK)
		return 0;
	rmqi_loop_call(c->loop, look_on_loop, &ask);
	return ask.hits;
}

static void wait_on_loop(void *arg)
{
	struct ask *ask = arg;

	mb_rules_wait(&ask->c->rules, ask->waiter);
}

static void leave_on_loop(void *arg)
{
	struct ask *ask = arg;

	mb_rules_leave(ask->waiter);
	look_on_loop(ask);
}

static void count_waits(struct rmq_mock_cluster *c, int change)
{
	rmqi_mutex_lock(&c->mu);
	c->fault_waits += (unsigned)change;
	/* Within the lock: then nobody is left who touches the cluster. */
	if (c->fault_waits == 0)
		rmqi_cond_broadcast(&c->fault_waits_ended);
	rmqi_mutex_unlock(&c->mu);
}

static enum rmq_error say_why(const struct ask *ask, enum rmq_error err, int64_t max_ms,
			      struct rmq_error_detail *detail)
{
	switch (err) {
	case RMQ_ERR_NOT_FOUND:
		return rmqi_detail_set(detail, err, RMQ_ERROR_FATAL,
				       "there is no fault %" PRIu64 ", or no longer", ask->id);
	case RMQ_ERR_CANCELLED:
		return rmqi_detail_set(detail, err, RMQ_ERROR_FATAL, "the cluster is freed");
	case RMQ_ERR_TIMEOUT:
		return rmqi_detail_set(detail, err, RMQ_ERROR_RETRIABLE,
				       "fault %" PRIu64 " has acted %" PRIu64 " of %" PRIu64
				       " times within %" PRId64 " ms",
				       ask->id, ask->hits, ask->waiter->hits, max_ms);
	default:
		return err;
	}
}

enum rmq_error mb_cluster_wait_fault(struct rmq_mock_cluster *c, uint64_t id, uint64_t hits,
				     int64_t max_ms, struct rmq_error_detail *detail)
{
	struct mb_rule_waiter waiter = {.id = id, .hits = hits};
	struct ask ask = {.c = c, .id = id, .waiter = &waiter};
	enum rmq_error err = mb_cluster_check_caller(c, detail);

	if (err != RMQ_OK)
		return err;
	count_waits(c, 1);
	rmqi_event_init(&waiter.event, c->env);
	rmqi_loop_call(c->loop, wait_on_loop, &ask);
	(void)rmqi_event_wait(&waiter.event, rmqi_clock_deadline(c->env->clock, max_ms));
	/* It may have come to pass since. */
	rmqi_loop_call(c->loop, leave_on_loop, &ask);
	err = rmqi_event_is_set(&waiter.event) ? waiter.result : RMQ_ERR_TIMEOUT;
	rmqi_event_deinit(&waiter.event);
	err = say_why(&ask, err, max_ms, detail);
	count_waits(c, -1);
	return err;
}

/* --- All of them ----------------------------------------------------------------------------------- */

static enum rmq_error make_room(struct rmq_mock_fault_list *l)
{
	size_t cap = l->cap ? 2 * l->cap : 16;
	struct mb_fault_entry *more;

	if (l->count < l->cap)
		return RMQ_OK;
	more = rmqi_realloc(l->entries, cap * sizeof(*more));
	if (!more)
		return RMQ_ERR_NO_MEMORY;
	l->entries = more;
	l->cap = cap;
	return RMQ_OK;
}

static enum rmq_error add_entry(struct rmq_mock_fault_list *l, const struct mb_rule *rule)
{
	struct rmqi_buf text;
	enum rmq_error err = make_room(l);
	char *copy;

	if (err != RMQ_OK)
		return err;
	rmqi_buf_init(&text, TEXT_MAX);
	mb_fault_write(rule->fault, &text);
	err = rmqi_buf_status(&text);
	copy = err == RMQ_OK ? rmqi_strdup(rmqi_buf_text(&text)) : NULL;
	rmqi_buf_deinit(&text);
	if (!copy)
		return err == RMQ_OK ? RMQ_ERR_NO_MEMORY : err;
	l->entries[l->count++] = (struct mb_fault_entry){rule->id, rule->hits, copy};
	return RMQ_OK;
}

static void list_on_loop(void *arg)
{
	struct ask *ask = arg;

	RMQI_LIST_EACH(node, &ask->c->rules.rules)
	{
		const struct mb_rule *rule = RMQI_LIST_ITEM(node, struct mb_rule, link);

		if (ask->error == RMQ_OK && !(ask->list->unspent_only && rule->hits))
			ask->error = add_entry(ask->list, rule);
	}
}

enum rmq_error mb_cluster_list_faults(struct rmq_mock_cluster *c, bool unspent_only,
				      struct rmq_mock_fault_list **out,
				      struct rmq_error_detail *detail)
{
	struct ask ask = {.c = c};
	enum rmq_error err = mb_cluster_check_caller(c, detail);

	if (err != RMQ_OK)
		return err;
	ask.list = rmqi_calloc(1, sizeof(*ask.list));
	if (!ask.list)
		return RMQ_ERR_NO_MEMORY;
	ask.list->unspent_only = unspent_only;
	rmqi_loop_call(c->loop, list_on_loop, &ask);
	if (ask.error != RMQ_OK) {
		mb_fault_list_free(ask.list);
		return ask.error;
	}
	*out = ask.list;
	return RMQ_OK;
}

void mb_fault_list_free(struct rmq_mock_fault_list *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->count; i++)
		rmqi_free(l->entries[i].text);
	rmqi_free(l->entries);
	rmqi_free(l);
}
