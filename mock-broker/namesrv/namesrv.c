/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/namesrv/namesrv.h"

#include "base/mem.h"
#include "codec/frame.h"
#include "mock-broker/namesrv/internal.h"

enum {
	SCAN_FIRST_MS = 5000,    /* NamesrvController.initialize */
	SCAN_INTERVAL_MS = 5000, /* scanNotActiveBrokerInterval */
	SCAN_MAX = 10000         /* brokers dropped in one scan */
};

int64_t mb_namesrv_now_ms(const struct mb_namesrv *n)
{
	return rmqi_clock_us(rmqi_loop_clock(n->loop)) / 1000;
}

static void scan(struct rmqi_timer *t)
{
	struct mb_namesrv *n = RMQI_CONTAINER(t, struct mb_namesrv, scan);
	const struct mb_live *live;

	for (int i = 0; i < SCAN_MAX; i++) {
		live = mb_routes_expired(&n->routes, mb_namesrv_now_ms(n));
		if (!live)
			break;
		RMQI_LOG(n->log, RMQ_LOG_WARN,
			 "namesrv: broker %s has not been heard of for %lld ms", live->address,
			 (long long)live->timeout_ms);
		mb_routes_drop(&n->routes, live);
	}
	rmqi_timer_start_ms(&n->scan, SCAN_INTERVAL_MS);
}

static void on_closed(void *arg, struct rmqi_conn *c)
{
	struct mb_namesrv *n = arg;

	mb_routes_conn_closed(&n->routes, c);
}

static void start_on_loop(void *arg)
{
	struct mb_namesrv *n = arg;

	n->start_error = rmqi_timer_init(&n->scan, rmqi_loop_timers(n->loop), scan);
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
	NULL,
};

static enum rmq_error start(struct mb_namesrv *n, const struct mb_namesrv_config *config,
			    struct rmq_error_detail *detail)
{
	struct mb_node_config node = {
		.loop = config->loop,
		.log = config->log,
		.counters = config->counters,
		.name = "namesrv",
		.host = config->host,
		.port = config->port,
		.tls = config->tls,
		.require_tls = config->require_tls,
		.lists = lists,
		.on_closed = on_closed,
		.arg = n,
	};
	enum rmq_error err = mb_kv_init(&n->kv, config->kv_path);

	if (err != RMQ_OK)
		return err;
	rmqi_loop_call(n->loop, start_on_loop, n);
	if (n->start_error != RMQ_OK)
		return n->start_error;
	return mb_node_new(&node, &n->node, detail);
}

enum rmq_error mb_namesrv_new(const struct mb_namesrv_config *config, struct mb_namesrv **out,
			      struct rmq_error_detail *detail)
{
	struct mb_namesrv *n = rmqi_calloc(1, sizeof(*n));
	enum rmq_error err;

	if (!n)
		return RMQ_ERR_NO_MEMORY;
	n->loop = config->loop;
	n->log = config->log;
	mb_routes_init(&n->routes);
	rmqi_buf_init(&n->body, RMQI_FRAME_MAX);
	err = start(n, config, detail);
	if (err != RMQ_OK) {
		mb_namesrv_free(n);
		return err;
	}
	*out = n;
	return RMQ_OK;
}

void mb_namesrv_free(struct mb_namesrv *n)
{
	if (!n)
		return;
	mb_node_free(n->node);
	rmqi_loop_call(n->loop, stop_on_loop, n);
	mb_kv_deinit(&n->kv);
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
