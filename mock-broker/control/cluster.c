/* SPDX-License-Identifier: Apache-2.0 */
/* cluster.c - the cluster as a whole, its time and its nodes. */
#include <stdio.h>
#include <string.h>

#include <rocketmq/version.h>

#include "base/detail.h"
#include "mock-broker/control/handlers.h"
#include "mock-broker/json_text.h"

enum rmq_error mb_control_cluster(struct mb_ask *a)
{
	struct rmq_mock_cluster *c = a->cluster;

	rmqi_buf_add_u8(a->out, '{');
	mb_json_text(a->out, "namesrvAddr", c->namesrv_text);
	mb_json_text(a->out, "control", mb_cluster_control(a->cluster));
	mb_json_text(a->out, "version", RMQ_VERSION_STRING);
	mb_json_i64(a->out, "seed", (int64_t)c->seed);
	mb_json_i64(a->out, "namesrvs", (int64_t)c->namesrv_count);
	mb_json_i64(a->out, "brokers", (int64_t)c->broker_count);
	mb_json_text(a->out, "store", c->root);
	rmqi_buf_add_u8(a->out, '}');
	return RMQ_OK;
}

/* --- Time --------------------------------------------------------------------------------------- */

enum rmq_error mb_control_clock(struct mb_ask *a)
{
	const struct rmqi_clock *clock = a->cluster->env->clock;

	rmqi_buf_add_u8(a->out, '{');
	mb_json_i64(a->out, "nowMs", rmqi_clock_wall_ms(clock));
	mb_json_i64(a->out, "monotonicUs", rmqi_clock_us(clock));
	mb_json_bool(a->out, "isVirtual", rmqi_clock_is_virtual(clock));
	rmqi_buf_add_u8(a->out, '}');
	return RMQ_OK;
}

enum rmq_error mb_control_clock_advance(struct mb_ask *a)
{
	int64_t ms = mb_args_number(&a->args, "ms", 0);

	return mb_control_done(a, mb_cluster_advance(a->cluster, ms, a->detail));
}

/* --- Nodes -------------------------------------------------------------------------------------- */

static const char *state_of(struct rmq_mock_cluster *c, const struct mb_slot *s)
{
	static const char *const names[] = {
		[MB_SLOT_STOPPED] = "stopped", [MB_SLOT_STARTING] = "starting",
		[MB_SLOT_RUNNING] = "running", [MB_SLOT_IN_USE] = "running",
		[MB_SLOT_STOPPING] = "stopping",
	};
	enum mb_slot_state state;

	rmqi_mutex_lock(&c->mu);
	state = s->state;
	rmqi_mutex_unlock(&c->mu);
	return names[state];
}

static void write_node(struct mb_ask *a, const struct mb_slot *s, const char *name, const char *role)
{
	mb_json_comma(a->out);
	rmqi_buf_add_u8(a->out, '{');
	mb_json_text(a->out, "node", name);
	mb_json_text(a->out, "role", role);
	mb_json_text(a->out, "address", s->address);
	mb_json_text(a->out, "state", state_of(a->cluster, s));
	rmqi_buf_add_u8(a->out, '}');
}

enum rmq_error mb_control_nodes(struct mb_ask *a)
{
	struct rmq_mock_cluster *c = a->cluster;
	char name[32];

	rmqi_buf_add_u8(a->out, '[');
	for (size_t i = 0; i < c->namesrv_count; i++) {
		snprintf(name, sizeof(name), "namesrv-%zu", i);
		write_node(a, &c->namesrvs[i], name, "namesrv");
	}
	for (size_t i = 0; i < c->broker_count; i++)
		write_node(a, &c->brokers[i], c->brokers[i].label,
			   c->brokers[i].config.broker_role == MB_SLAVE ? "slave" : "master");
	rmqi_buf_add_u8(a->out, ']');
	return RMQ_OK;
}

/* "namesrv-1": 1. False: it is meant for a broker. */
static bool is_namesrv(const char *node, int *index)
{
	static const char prefix[] = "namesrv-";
	int32_t n;

	if (strncmp(node, prefix, sizeof(prefix) - 1) != 0 ||
	    !rmqi_str_to_i32(rmqi_str(node + sizeof(prefix) - 1), &n))
		return false;
	*index = (int)n;
	return true;
}

enum rmq_error mb_control_node_stop(struct mb_ask *a)
{
	const char *node = mb_args_text(&a->args, "node");
	int index;

	return mb_control_done(
		a, is_namesrv(node, &index)
			   ? mb_cluster_namesrv_stop(a->cluster, index, a->detail)
			   : mb_cluster_broker_stop(a->cluster, node, false, a->detail));
}

enum rmq_error mb_control_node_crash(struct mb_ask *a)
{
	const char *node = mb_args_text(&a->args, "node");

	return mb_control_done(a, mb_cluster_broker_stop(a->cluster, node, true, a->detail));
}

enum rmq_error mb_control_node_start(struct mb_ask *a)
{
	const char *node = mb_args_text(&a->args, "node");
	int index;

	return mb_control_done(a, is_namesrv(node, &index)
					  ? mb_cluster_namesrv_start(a->cluster, index, a->detail)
					  : mb_cluster_broker_start(a->cluster, node, a->detail));
}
