/* SPDX-License-Identifier: Apache-2.0 */
/* cluster.c - the cluster as a whole, its time and its nodes. */
#include <string.h>

#include <rocketmq/version.h>

#include "base/detail.h"
#include "mock-broker/cluster_nodes.h"
#include "mock-broker/cluster_time.h"
#include "mock-broker/control/handlers.h"
#include "mock-broker/json_text.h"
#include "mock-broker/record/record.h"

static size_t count_brokers(struct rmq_mock_cluster *c)
{
	size_t n = 0;

	while (mb_cluster_broker_name(c, n))
		n++;
	return n;
}

enum rmq_error mb_control_cluster(struct mb_ask *a)
{
	struct rmq_mock_cluster *c = a->cluster;

	rmqi_buf_add_u8(a->out, '{');
	mb_json_text(a->out, "namesrvAddr", c->namesrv_text);
	mb_json_text(a->out, "control", mb_cluster_control(a->cluster));
	mb_json_text(a->out, "version", RMQ_VERSION_STRING);
	mb_json_i64(a->out, "seed", (int64_t)c->seed);
	mb_json_i64(a->out, "namesrvs", (int64_t)c->namesrv_count);
	mb_json_i64(a->out, "brokers", (int64_t)count_brokers(c));
	mb_json_i64(a->out, "record", c->record ? (int64_t)c->record->limits.requests : 0);
	mb_json_text(a->out, "store", c->root);
	rmqi_buf_add_u8(a->out, '}');
	return RMQ_OK;
}

/* --- Time --------------------------------------------------------------------------------------- */

enum rmq_error mb_control_clock(struct mb_ask *a)
{
	const struct rmqi_clock *clock = mb_cluster_clock(a->cluster);

	rmqi_buf_add_u8(a->out, '{');
	mb_json_i64(a->out, "nowMs", rmqi_clock_wall_ms(clock));
	mb_json_i64(a->out, "monotonicUs", rmqi_clock_us(clock));
	mb_json_bool(a->out, "isVirtual", rmqi_clock_is_virtual(clock));
	mb_json_i64(a->out, "scale", rmqi_clock_scale(clock));
	rmqi_buf_add_u8(a->out, '}');
	return RMQ_OK;
}

enum rmq_error mb_control_clock_advance(struct mb_ask *a)
{
	int64_t ms = mb_args_number(&a->args, "ms", 0);

	return mb_control_done(a, mb_cluster_advance(a->cluster, ms, a->detail));
}

enum rmq_error mb_control_clock_scale(struct mb_ask *a)
{
	int64_t scale = mb_args_number(&a->args, "scale", 0);

	if (scale < 1 || scale > MB_TIME_SCALE_MAX)
		return rmqi_detail_set(a->detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "scale is %lld, allowed are 1..%d", (long long)scale,
				       (int)MB_TIME_SCALE_MAX);
	return mb_control_done(a, mb_cluster_set_scale(a->cluster, scale, a->detail));
}

/* --- Nodes -------------------------------------------------------------------------------------- */

static const char *role_of(const char *node)
{
	if (strncmp(node, "namesrv-", 8) == 0)
		return "namesrv";
	return strchr(node, '/') ? "slave" : "master";
}

enum rmq_error mb_control_nodes(struct mb_ask *a)
{
	struct rmq_mock_cluster *c = a->cluster;
	const char *node;

	rmqi_buf_add_u8(a->out, '[');
	for (size_t i = 0; (node = mb_cluster_node_name(c, i)) != NULL; i++) {
		const char *state = mb_cluster_node_state(c, node);

		mb_json_comma(a->out);
		rmqi_buf_add_u8(a->out, '{');
		mb_json_text(a->out, "node", node);
		mb_json_text(a->out, "role", role_of(node));
		mb_json_text(a->out, "address", mb_cluster_node_address(c, node));
		mb_json_text(a->out, "state", state ? state : "");
		rmqi_buf_add_u8(a->out, '}');
	}
	rmqi_buf_add_u8(a->out, ']');
	return RMQ_OK;
}

static const char *node_of(const struct mb_ask *a)
{
	return mb_args_text(&a->args, "node");
}

enum rmq_error mb_control_node_stop(struct mb_ask *a)
{
	return mb_control_done(a, mb_cluster_node_stop(a->cluster, node_of(a), false, a->detail));
}

enum rmq_error mb_control_node_crash(struct mb_ask *a)
{
	return mb_control_done(a, mb_cluster_node_stop(a->cluster, node_of(a), true, a->detail));
}

enum rmq_error mb_control_node_start(struct mb_ask *a)
{
	return mb_control_done(a, mb_cluster_node_start(a->cluster, node_of(a), a->detail));
}

enum rmq_error mb_control_node_restart(struct mb_ask *a)
{
	enum rmq_error err = mb_cluster_node_stop(a->cluster, node_of(a), false, a->detail);

	return err == RMQ_OK ? mb_control_node_start(a) : err;
}

/* How a node looks that is down. */
static const struct {
	const char *name;
	enum rmqi_reach reach;
} downs[] = {
	{"refuse", RMQI_REACH_REFUSED},
	{"blackHole", RMQI_REACH_SILENT},
	{"hang", RMQI_REACH_HELD},
};

enum rmq_error mb_control_node_down(struct mb_ask *a)
{
	const char *how = mb_args_text(&a->args, "how");
	size_t i = 0;

	while (how && i < RMQI_COUNT(downs) && strcmp(downs[i].name, how) != 0)
		i++;
	if (i == RMQI_COUNT(downs))
		return rmqi_detail_set(a->detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "how: \"%s\" is none of refuse, blackHole, hang", how);
	return mb_control_done(
		a, mb_cluster_node_reach(a->cluster, node_of(a), downs[i].reach, a->detail));
}

enum rmq_error mb_control_node_up(struct mb_ask *a)
{
	return mb_control_done(a, mb_cluster_node_reach(a->cluster, node_of(a), RMQI_REACH_OPEN,
							a->detail));
}

static enum rmq_error set_cut(struct mb_ask *a, bool is_cut)
{
	return mb_control_done(a, mb_cluster_set_cut(a->cluster, node_of(a),
						     mb_args_text(&a->args, "other"), is_cut,
						     a->detail));
}

enum rmq_error mb_control_way_cut(struct mb_ask *a)
{
	return set_cut(a, true);
}

enum rmq_error mb_control_way_join(struct mb_ask *a)
{
	return set_cut(a, false);
}

enum rmq_error mb_control_way_heal(struct mb_ask *a)
{
	return mb_control_done(a, mb_cluster_heal(a->cluster, a->detail));
}
