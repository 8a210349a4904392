/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster_nodes.c - nodes by name.
 */
#include "mock-broker/cluster_nodes.h"

#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "mock-broker/cluster_state.h"

static const char prefix[] = "namesrv-";

static struct mb_slot *look_up(struct rmq_mock_cluster *c, const char *node)
{
	struct mb_slot *s = mb_cluster_find_slot(c, node);

	if (s)
		return s;
	for (size_t i = 0; i < c->namesrv_count; i++)
		if (strcmp(c->namesrvs[i].label, node) == 0)
			return &c->namesrvs[i];
	return NULL;
}

struct mb_slot *mb_cluster_find_node(struct rmq_mock_cluster *c, const char *node,
				     struct rmq_error_detail *detail)
{
	struct mb_slot *s = look_up(c, node);

	if (!s)
		(void)rmqi_detail_set(
			detail, RMQ_ERR_NOT_FOUND, RMQ_ERROR_FATAL,
			"there is no node \"%s\"; there are %zu brokers from \"%s\" and %zu name "
			"servers from \"%s0\"",
			node, (size_t)c->broker_count, c->broker_count ? c->brokers[0].label : "",
			c->namesrv_count, prefix);
	return s;
}

void mb_slot_name_namesrv(struct mb_slot *s, size_t at)
{
	snprintf(s->label, sizeof(s->label), "%s%zu", prefix, at);
}

/* Those that are there are counted down in *at; NULL: there are not so many. */
static const char *broker_at(const struct rmq_mock_cluster *c, size_t *at)
{
	for (size_t i = 0; i < c->broker_count; i++)
		if (mb_slot_is_there(&c->brokers[i]) && (*at)-- == 0)
			return c->brokers[i].label;
	return NULL;
}

const char *mb_cluster_broker_name(const struct rmq_mock_cluster *c, size_t at)
{
	return broker_at(c, &at);
}

const char *mb_cluster_node_name(const struct rmq_mock_cluster *c, size_t at)
{
	const char *broker = broker_at(c, &at);

	if (broker)
		return broker;
	return at < c->namesrv_count ? c->namesrvs[at].label : NULL;
}

const char *mb_cluster_node_address(struct rmq_mock_cluster *c, const char *node)
{
	const struct mb_slot *s = look_up(c, node);

	return s ? s->address : NULL;
}

struct look {
	struct rmq_mock_cluster *c;
	const struct mb_slot *slot;
	const char *text;
};

static void look_on_loop(void *arg)
{
	static const char *const states[] = {"stopped", "starting", "running", "stopping"};
	static const char *const reaches[] = {"running", "refuses", "silent", "hangs"};
	struct look *x = arg;
	enum mb_slot_state state;

	rmqi_mutex_lock(&x->c->mu);
	state = x->slot->state;
	rmqi_mutex_unlock(&x->c->mu);
	x->text = state == MB_SLOT_RUNNING ? reaches[x->slot->reach] : states[state];
}

const char *mb_cluster_node_state(struct rmq_mock_cluster *c, const char *node)
{
	struct look x = {.c = c, .slot = look_up(c, node)};

	if (x.slot && mb_cluster_check_caller(c, NULL) == RMQ_OK)
		rmqi_loop_call(c->loop, look_on_loop, &x);
	return x.text;
}

enum rmq_error mb_cluster_node_stop(struct rmq_mock_cluster *c, const char *node, bool is_crash,
				    struct rmq_error_detail *detail)
{
	const struct mb_slot *s = mb_cluster_find_node(c, node, detail);

	if (!s)
		return RMQ_ERR_NOT_FOUND;
	if (s >= c->namesrvs && s < c->namesrvs + MB_NAMESRVS_MAX)
		return mb_cluster_namesrv_stop(c, (int)(s - c->namesrvs), detail);
	return mb_cluster_broker_stop(c, node, is_crash, detail);
}

enum rmq_error mb_cluster_node_start(struct rmq_mock_cluster *c, const char *node,
				     struct rmq_error_detail *detail)
{
	const struct mb_slot *s = mb_cluster_find_node(c, node, detail);

	if (!s)
		return RMQ_ERR_NOT_FOUND;
	if (s >= c->namesrvs && s < c->namesrvs + MB_NAMESRVS_MAX)
		return mb_cluster_namesrv_start(c, (int)(s - c->namesrvs), detail);
	return mb_cluster_broker_start(c, node, detail);
}
