/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/namesrv/namesrv.h"

#include "base/mem.h"
#include "codec/frame.h"
#include "mock-broker/namesrv/internal.h"

enum {
	SCAN_FIRST_MS = 5000, /* NamesrvController.initialize */
	SCAN_MAX = 10000      /* brokers dropped in one scan */
};

int64_t mb_namesrv_now_ms(const struct mb_namesrv *n)
{
	return rmqi_clock_us(rmqi_loop_inner_clock(n->loop)) / 1000;
}

/* Also closes the connection that it came by. */
static void drop_silent(struct mb_namesrv *n, struct mb_live *live)
{
	struct rmqi_conn *conn = live->conn;

	RMQI_LOG(n->log, RMQ_LOG_WARN, "namesrv: broker %s has not been heard of for %lld ms",
		 live->address, (long long)live->timeout_ms);
	live->conn = NULL;
	mb_routes_drop(&n->routes, live);
	if (conn)
		rmqi_conn_close(conn, RMQ_ERR_TIMEOUT);
}

static void scan(struct rmqi_timer *t)
{
	struct mb_namesrv *n = RMQI_CONTAINER(t, struct mb_namesrv, scan);
	struct mb_live *live;

	for (int i = 0; i < SCAN_MAX; i++) {
		live = mb_routes_expired(&n->routes, mb_namesrv_now_ms(n));
		if (!live)
			break;
		drop_silent(n, live);
	}
	rmqi_timer_start_ms(&n->scan, n->config->scan_interval_ms);
}

/* NOTIFY_MIN_BROKER_ID_CHANGE to the group: to all when one has left it, else to all but the new one. */
static void on_min_id(void *arg, const struct rmqi_broker_data *b, struct rmqi_str offline,
		      struct rmqi_str ha)
{
	struct mb_namesrv *n = arg;
	struct rmqi_h_notify_min_broker_id_change h = {0};
	const struct rmqi_outgoing request = {.code = RMQI_REQ_NOTIFY_MIN_BROKER_ID_CHANGE,
					      .desc = &rmqi_desc_notify_min_broker_id_change,
					      .header = &h};

	if (!n->config->notify_min_id)
		return;
	RMQI_SET(&h, notify_min_broker_id_change, minBrokerId, b->addresses[0].id);
	RMQI_SET(&h, notify_min_broker_id_change, minBrokerAddr, rmqi_str(b->addresses[0].address));
	if (offline.len)
		RMQI_SET(&h, notify_min_broker_id_change, offlineBrokerAddr, offline);
	if (ha.len)
		RMQI_SET(&h, notify_min_broker_id_change, haBrokerAddr, ha);
	for (size_t i = offline.len || b->address_count == 1 ? 0 : 1; i < b->address_count; i++)
		(void)!rmqi_rpc_oneway(n->rpc, b->addresses[i].address, &request);
}

static void on_closed(void *arg, struct rmqi_conn *c)
{
	struct mb_namesrv *n = arg;

	mb_routes_conn_closed(&n->routes, c);
}

static void start_on_loop(void *arg)
{
	struct mb_namesrv *n = arg;

	n->start_ms = mb_namesrv_now_ms(n);
	n->start_error = rmqi_timer_init(&n->scan, rmqi_loop_inner_timers(n->loop), scan);
	if (n->start_error == RMQ_OK)
		rmqi_timer_start_ms(&n->scan, SCAN_FIRST_MS);
}

static void stop_on_loop(void *arg)
{
	struct mb_namesrv *n = arg;

	rmqi_timer_deinit(&n->scan);
}

static const struct mb_handler *const lists[] = {
	mb_namesrv_query_handlers,
	mb_namesrv_broker_handlers,
	mb_namesrv_admin_handlers,
	mb_namesrv_list_handlers,
	mb_namesrv_config_handlers,
	NULL,
};

static const char *text_or_null(const char *text)
{
	return text[0] ? text : NULL;
}

static bool is_cut(void *arg, const char *address)
{
	const struct mb_namesrv *n = arg;

	return mb_ways_is_cut(n->ways, address);
}

static bool is_client_cut(void *arg, struct rmqi_conn *c)
{
	const struct mb_namesrv *n = arg;

	return mb_ways_is_client_cut(n->ways, rmqi_conn_peer_text(c));
}

enum rmq_error mb_namesrv_freeze(struct mb_namesrv *n, bool is_frozen)
{
	if (is_frozen)
		return mb_fixed_freeze(&n->fixed, &n->routes);
	mb_fixed_thaw(&n->fixed);
	return RMQ_OK;
}

enum rmq_error mb_namesrv_lie(struct mb_namesrv *n, struct rmqi_str topic, const char *body)
{
	return mb_fixed_lie(&n->fixed, topic, body);
}

void mb_namesrv_look_again(struct mb_namesrv *n)
{
	rmqi_rpc_look_again(n->rpc);
	mb_node_look_again(n->node);
}

static struct rmqi_server_limits limits_of(const struct mb_namesrv_config *c)
{
	return (struct rmqi_server_limits){.connections = (size_t)c->connections_max,
					   .pause_at = (size_t)c->write_high_water_mark,
					   .output_max = (size_t)c->output_max,
					   .in_flight = (unsigned)c->in_flight_max,
					   .idle_ms = c->channel_max_idle_s * 1000,
					   .partial_ms = c->partial_frame_ms};
}

static enum rmq_error start(struct mb_namesrv *n, const struct mb_namesrv_options *options,
			    struct rmq_error_detail *detail)
{
	struct mb_node_config node = {
		.loop = options->loop,
		.log = options->log,
		.counters = options->counters,
		.observer = options->observer,
		.name = "namesrv",
		.host = options->host,
		.port = options->port,
		.tls = options->tls,
		.require_tls = options->require_tls,
		.lists = lists,
		.is_host = options->is_host,
		.on_closed = on_closed,
		.is_cut = is_client_cut,
		.arg = n,
		.limits = limits_of(n->config),
		.faults = options->faults,
	};
	const struct rmqi_rpc_config rpc = {
		.loop = options->loop,
		.log = options->log,
		.tls = options->rpc_tls,
		.is_cut = is_cut,
		.arg = n,
	};
	enum rmq_error err = mb_kv_init(&n->kv, text_or_null(n->config->kv_config_path), detail);

	if (err == RMQ_OK)
		err = rmqi_rpc_new(&rpc, &n->rpc);
	if (err != RMQ_OK)
		return err;
	rmqi_loop_call(n->loop, start_on_loop, n);
	if (n->start_error != RMQ_OK)
		return n->start_error;
	return mb_node_new(&node, &n->node, detail);
}

enum rmq_error mb_namesrv_new(const struct mb_namesrv_options *options, struct mb_namesrv **out,
			      struct rmq_error_detail *detail)
{
	struct mb_namesrv *n = rmqi_calloc(1, sizeof(*n));
	enum rmq_error err;

	if (!n)
		return RMQ_ERR_NO_MEMORY;
	n->loop = options->loop;
	n->log = options->log;
	n->config = options->config;
	n->ways = options->ways;
	mb_routes_init(&n->routes);
	n->routes.on_min_id = on_min_id;
	n->routes.arg = n;
	rmqi_buf_init(&n->body, RMQI_FRAME_MAX);
	err = start(n, options, detail);
	if (err != RMQ_OK) {
		mb_namesrv_free(n);
		return err;
	}
	RMQI_LOG(n->log, RMQ_LOG_INFO,
		 "The Name Server boot success. serializeType=JSON, address %s",
		 mb_node_address(n->node));
	*out = n;
	return RMQ_OK;
}

void mb_namesrv_free(struct mb_namesrv *n)
{
	if (!n)
		return;
	mb_node_free(n->node);
	/* Its timer may still speak to brokers. */
	rmqi_loop_call(n->loop, stop_on_loop, n);
	if (n->rpc) {
		rmqi_rpc_close(n->rpc);
		rmqi_rpc_free(n->rpc);
	}
	mb_kv_deinit(&n->kv);
	mb_fixed_deinit(&n->fixed);
	mb_routes_deinit(&n->routes);
	rmqi_buf_deinit(&n->body);
	rmqi_free(n);
}

struct mb_node *mb_namesrv_node(struct mb_namesrv *n)
{
	return n->node;
}

const char *mb_namesrv_address(const struct mb_namesrv *n)
{
	return mb_node_address(n->node);
}
