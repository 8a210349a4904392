/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster_pages.c - what a cluster shows over HTTP: /metrics and /healthz.
 */
#include <stdio.h>

#include "base/detail.h"
#include "mock-broker/broker/metrics.h"
#include "mock-broker/cluster_state.h"

static size_t count_up(struct rmq_mock_cluster *c, const struct mb_slot *slots, size_t count)
{
	size_t up = 0;

	for (size_t i = 0; i < count; i++)
		up += mb_slot_is_up(c, &slots[i]);
	return up;
}

static void write_requests(const struct mb_counters *counters, enum mb_metric_form form,
			   struct rmqi_buf *out)
{
	uint64_t code;
	void *count;
	char name[64];

	mb_metric_write_head(out, form, "rmq_mock_requests_total", "counter",
			     "Requests that all nodes have received.");
	for (size_t at = 0; rmqi_imap_next(&counters->by_code, &at, &code, &count);) {
		rmqi_buf_addf(out, "rmq_mock_requests_total{request_code=\"%d\",", (int)code);
		mb_metric_write_label(
			out, "request",
			rmqi_str(rmqi_request_name((int32_t)code, name, sizeof(name))));
		rmqi_buf_addf(out, "} %llu\n", (unsigned long long)*(uint64_t *)count);
	}
	mb_metric_write_head(out, form, "rmq_mock_requests_unsupported_total", "counter",
			     "Requests that were answered with REQUEST_CODE_NOT_SUPPORTED.");
	rmqi_buf_addf(out, "rmq_mock_requests_unsupported_total %llu\n",
		      (unsigned long long)counters->unsupported);
}

static void write_nodes(struct rmq_mock_cluster *c, enum mb_metric_form form, struct rmqi_buf *out)
{
	mb_metric_write_head(out, form, "rmq_mock_nodes_running", "gauge", "Nodes that run.");
	rmqi_buf_addf(out, "rmq_mock_nodes_running{node_type=\"nameserver\"} %zu\n",
		      count_up(c, c->namesrvs, c->namesrv_count));
	rmqi_buf_addf(out, "rmq_mock_nodes_running{node_type=\"broker\"} %zu\n",
		      count_up(c, c->brokers, c->broker_count));
}

static void write_metrics(struct rmq_mock_cluster *c, enum mb_metric_form form, struct rmqi_buf *out)
{
	for (size_t family = 0; family < mb_metric_count(); family++) {
		mb_metric_head(family, form, out);
		for (size_t i = 0; i < c->broker_count; i++) {
			/* A stop that begins now has to come through this loop first. */
			if (mb_slot_is_up(c, &c->brokers[i]))
				mb_metric_rows(family, c->brokers[i].broker, out);
		}
	}
	write_nodes(c, form, out);
	write_requests(&c->counters, form, out);
	mb_metric_end(form, out);
}

/* 200 while every node runs, else 503; one line says who does not. */
static int write_health(struct rmq_mock_cluster *c, struct rmqi_buf *out)
{
	size_t down = 0;

	for (size_t i = 0; i < c->namesrv_count; i++) {
		if (!mb_slot_is_up(c, &c->namesrvs[i])) {
			rmqi_buf_addf(out, "name server %zu does not run\n", i);
			down++;
		}
	}
	for (size_t i = 0; i < c->broker_count; i++) {
		if (!mb_slot_is_there(&c->brokers[i]))
			continue;
		if (!mb_slot_is_up(c, &c->brokers[i])) {
			rmqi_buf_addf(out, "%s does not run\n", c->brokers[i].label);
			down++;
		} else if (!mb_broker_is_writable(c->brokers[i].broker)) {
			rmqi_buf_addf(out, "%s cannot write to its store\n",
				      c->brokers[i].label);
			down++;
		}
	}
	if (down == 0)
		rmqi_buf_add_text(out, "ok\n");
	return down == 0 ? 200 : 503;
}

static void show_metrics(struct rmq_mock_cluster *c, struct mb_http_call *call)
{
	enum mb_metric_form form = mb_metric_form_of(call->request.accept);

	call->type = mb_metric_content_type(form);
	write_metrics(c, form, &call->body);
}

void mb_cluster_show_page(struct rmq_mock_cluster *c, struct mb_http_call *call)
{
	if (!mb_http_request_is_get(&call->request)) {
		call->status = 405;
		snprintf(call->headers, sizeof(call->headers), "Allow: GET, HEAD\r\n");
	} else if (rmqi_str_is(call->request.path, "/metrics")) {
		show_metrics(c, call);
	} else if (rmqi_str_is(call->request.path, "/healthz")) {
		call->status = write_health(c, &call->body);
	} else {
		call->status = 404;
	}
}

static void serve(void *arg, struct mb_http_call *call)
{
	mb_cluster_show_page(arg, call);
	mb_http_answer(call);
}

enum rmq_error mb_cluster_open_pages(struct rmq_mock_cluster *c, const char *address,
				     struct rmq_error_detail *detail)
{
	struct rmqi_address a;
	struct mb_http_config config = {
		.loop = c->loop, .log = &c->log, .serve = serve, .arg = c};
	enum rmq_error err = rmqi_address_parse(rmqi_str(address), &a);

	if (err != RMQ_OK)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "metricsListen: \"%s\" is not host:port", address);
	config.host = a.host;
	config.port = a.port;
	err = mb_http_new(&config, &c->http, detail);
	if (err == RMQ_OK)
		RMQI_LOG(&c->log, RMQ_LOG_INFO, "/metrics and /healthz at %s",
			 mb_http_address(c->http));
	return err;
}

const char *mb_cluster_pages(const struct rmq_mock_cluster *c)
{
	return c->http ? mb_http_address(c->http) : NULL;
}
