/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/cluster_orders.h"

#include "base/detail.h"
#include "mock-broker/broker/orders.h"
#include "mock-broker/cluster_state.h"

enum { REGISTER_WAIT_MS = 10000 };

/* What is to be done on the loop, at a node that stays there meanwhile. */
struct order {
	struct rmq_mock_cluster *c;
	struct mb_slot *slot;
	const char *topic; /* also: of a lie */
	const char *group;
	const char *body;
	int numbers[3];
	int64_t time_ms;
	struct mb_busy busy;
	bool is_frozen;
	enum rmq_error error;
	void (*run)(struct order *x);
};

static void run_on_loop(void *arg)
{
	struct order *x = arg;

	x->run(x);
}

/* RMQ_ERR_STATE: it does not run. Others may order meanwhile: the loop takes one after the other. */
static enum rmq_error give(struct order *x, struct mb_slot *s)
{
	if (!mb_slot_use(x->c, s))
		return RMQ_ERR_STATE;
	x->slot = s;
	x->error = RMQ_OK;
	rmqi_loop_call(x->c->loop, run_on_loop, x);
	if (s->broker)
		mb_broker_wait_registered(
			s->broker, rmqi_clock_deadline(x->c->env->clock, REGISTER_WAIT_MS));
	mb_slot_leave(x->c, s);
	return x->error;
}

/* To every broker; the first one that fails ends it, but those that do not run, and those with RMQ_ERR_NOT_FOUND if
 * others have it. */
static enum rmq_error give_all(struct order *x, bool is_for_slaves,
			       struct rmq_error_detail *detail)
{
	enum rmq_error worst = RMQ_ERR_STATE;

	for (size_t i = 0; i < x->c->broker_count; i++) {
		struct mb_slot *s = &x->c->brokers[i];
		enum rmq_error err;

		if (!is_for_slaves && mb_slot_is_slave(x->c, s))
			continue;
		err = give(x, s);
		if (err != RMQ_OK && err != RMQ_ERR_STATE && err != RMQ_ERR_NOT_FOUND)
			return rmqi_detail_set(detail, err, 0, "%s: %s", s->label,
					       rmq_error_text(err));
		if (err == RMQ_OK || worst == RMQ_ERR_STATE)
			worst = err;
	}
	if (worst == RMQ_ERR_STATE)
		return rmqi_detail_set(detail, worst, 0, "no broker of the cluster runs");
	return worst;
}

static enum rmq_error give_one(struct order *x, struct mb_slot *s, const char *node,
			       struct rmq_error_detail *detail)
{
	enum rmq_error err = s ? give(x, s) : RMQ_ERR_NOT_FOUND;

	if (err == RMQ_ERR_STATE)
		return rmqi_detail_set(detail, err, 0, "%s does not run", node);
	return err;
}

/* --- Brokers --- */

static void run_topic(struct order *x)
{
	x->error = mb_order_topic(x->slot->broker, rmqi_str(x->topic), x->numbers[0],
				  x->numbers[1], x->numbers[2]);
}

enum rmq_error mb_cluster_set_topic(struct rmq_mock_cluster *c, const char *topic,
				    int read_queues, int write_queues, int perm,
				    struct rmq_error_detail *detail)
{
	struct order x = {.c = c,
			  .topic = topic,
			  .numbers = {read_queues, write_queues, perm},
			  .run = run_topic};
	enum rmq_error err = mb_cluster_check_caller(c, detail);

	return err == RMQ_OK ? give_all(&x, false, detail) : err;
}

static void run_checks(struct order *x)
{
	mb_order_checks(x->slot->broker);
}

enum rmq_error mb_cluster_check_transactions(struct rmq_mock_cluster *c, const char *broker,
					     struct rmq_error_detail *detail)
{
	struct order x = {.c = c, .run = run_checks};
	enum rmq_error err = mb_cluster_check_caller(c, detail);

	if (err != RMQ_OK)
		return err;
	if (!broker)
		return give_all(&x, false, detail);
	return give_one(&x, mb_cluster_find_broker(c, broker, detail), broker, detail);
}

static void run_rebalance(struct order *x)
{
	mb_order_rebalance(x->slot->broker, rmqi_str(x->group));
}

enum rmq_error mb_cluster_rebalance(struct rmq_mock_cluster *c, const char *group,
				    struct rmq_error_detail *detail)
{
	struct order x = {.c = c, .group = group, .run = run_rebalance};
	enum rmq_error err = mb_cluster_check_caller(c, detail);

	return err == RMQ_OK ? give_all(&x, true, detail) : err;
}

static void run_reset(struct order *x)
{
	x->error = mb_order_reset(x->slot->broker, rmqi_str(x->topic), rmqi_str(x->group),
				  x->time_ms);
}

enum rmq_error mb_cluster_reset_offset(struct rmq_mock_cluster *c, const char *topic,
				       const char *group, int64_t timestamp_ms,
				       struct rmq_error_detail *detail)
{
	struct order x = {.c = c,
			  .topic = topic,
			  .group = group,
			  .time_ms = timestamp_ms,
			  .run = run_reset};
	enum rmq_error err = mb_cluster_check_caller(c, detail);

	if (err == RMQ_OK)
		err = give_all(&x, false, detail);
	if (err == RMQ_ERR_NOT_FOUND)
		return rmqi_detail_set(detail, err, RMQ_ERROR_FATAL,
				       "no broker has the topic \"%s\"", topic);
	return err;
}

static void run_busy(struct order *x)
{
	struct mb_node *n = x->slot->broker ? mb_broker_node(x->slot->broker)
					    : mb_namesrv_node(x->slot->namesrv);

	n->busy = x->busy;
}

enum rmq_error mb_cluster_set_busy(struct rmq_mock_cluster *c, const char *node,
				   enum mb_busy_kind kind, uint64_t requests, int64_t ms,
				   struct rmq_error_detail *detail)
{
	struct order x = {.c = c,
			  .busy = {.kind = kind,
				   .left = requests ? requests : UINT64_MAX,
				   .until_us = rmqi_clock_deadline(c->env->clock, ms)},
			  .run = run_busy};
	enum rmq_error err = mb_cluster_check_caller(c, detail);

	if (err != RMQ_OK)
		return err;
	return give_one(&x, mb_cluster_find_node(c, node, detail), node, detail);
}

/* --- Name servers --- */

static struct mb_slot *find_namesrv(struct rmq_mock_cluster *c, const char *node,
				    struct rmq_error_detail *detail)
{
	struct mb_slot *s = mb_cluster_find_node(c, node, detail);

	if (!s || (s >= c->namesrvs && s < c->namesrvs + MB_NAMESRVS_MAX))
		return s;
	(void)rmqi_detail_set(detail, RMQ_ERR_NOT_FOUND, RMQ_ERROR_FATAL, "%s is no name server",
			      node);
	return NULL;
}

static void run_freeze(struct order *x)
{
	x->error = mb_namesrv_freeze(x->slot->namesrv, x->is_frozen);
}

enum rmq_error mb_cluster_freeze_routes(struct rmq_mock_cluster *c, const char *namesrv,
					bool is_frozen, struct rmq_error_detail *detail)
{
	struct order x = {.c = c, .is_frozen = is_frozen, .run = run_freeze};
	enum rmq_error err = mb_cluster_check_caller(c, detail);

	if (err != RMQ_OK)
		return err;
	return give_one(&x, find_namesrv(c, namesrv, detail), namesrv, detail);
}

static void run_lie(struct order *x)
{
	x->error = mb_namesrv_lie(x->slot->namesrv, rmqi_str(x->topic), x->body);
}

enum rmq_error mb_cluster_set_route(struct rmq_mock_cluster *c, const char *namesrv,
				    const char *topic, const char *body,
				    struct rmq_error_detail *detail)
{
	struct order x = {.c = c, .topic = topic, .body = body, .run = run_lie};
	enum rmq_error err = mb_cluster_check_caller(c, detail);

	if (err != RMQ_OK)
		return err;
	return give_one(&x, find_namesrv(c, namesrv, detail), namesrv, detail);
}
