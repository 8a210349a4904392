/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/control/control.h"

#include <arpa/inet.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "mock-broker/cluster_state.h"
#include "mock-broker/control/handlers.h"
#include "mock-broker/json_text.h"

enum { IDLE_MS = 1000, CLOSE_MS = 3600 * 1000 /* as good as for ever */ };

static enum rmq_error (*const handlers[])(struct mb_ask *a) = {
#define R(id, method, path, verb, extra, help) mb_control_##id,
#define P(id, name, kind, is_required, help)
#include "mock-broker/control/operations.def"
#undef R
#undef P
};

struct mb_control {
	struct mb_attached attached; /* to the cluster, which ends it */
	struct rmq_mock_cluster *cluster;
	struct mb_http *http;
	struct rmqi_pool *pool;
	bool is_loopback;
	atomic_bool is_closing;
	atomic_int waits; /* under way */
};

/* --- Answers ------------------------------------------------------------------------------------ */

static const struct {
	enum rmq_error error;
	int status;
	const char *name;
} errors[] = {
	{RMQ_ERR_INVALID_ARGUMENT, 400, "INVALID_ARGUMENT"},
	{RMQ_ERR_CONFIG, 400, "CONFIG"},
	{RMQ_ERR_TOO_LARGE, 413, "TOO_LARGE"},
	{RMQ_ERR_NOT_FOUND, 404, "NOT_FOUND"},
	{RMQ_ERR_STATE, 409, "STATE"},
	{RMQ_ERR_TIMEOUT, 504, "TIMEOUT"},
	{RMQ_ERR_CANCELLED, 503, "CANCELLED"},
	{RMQ_ERR_BUSY, 503, "BUSY"},
	{RMQ_ERR_UNSUPPORTED, 501, "UNSUPPORTED"},
	{RMQ_ERR_DENIED, 403, "DENIED"},
	{RMQ_ERR_NO_MEMORY, 500, "NO_MEMORY"},
	{RMQ_ERR_IO, 500, "IO"},
	{RMQ_ERR_LOCKED, 500, "LOCKED"},
	{RMQ_ERR_CORRUPT, 500, "CORRUPT"},
};

static void write_error(struct mb_http_call *call, int status, const char *name, const char *text)
{
	call->status = status;
	call->type = "application/json";
	rmqi_buf_reset(&call->body);
	rmqi_buf_add_text(&call->body, "{\"error\":{");
	mb_json_text(&call->body, "code", name);
	mb_json_text(&call->body, "text", text);
	rmqi_buf_add_text(&call->body, "}}\n");
}

static void tell_error(struct mb_http_call *call, enum rmq_error err,
		       const struct rmq_error_detail *detail)
{
	const char *text = detail ? rmq_error_detail_message(detail) : "";
	size_t at = 0;

	while (at + 1 < RMQI_COUNT(errors) && errors[at].error != err)
		at++;
	if (errors[at].error == err)
		write_error(call, errors[at].status, errors[at].name,
			    text[0] ? text : rmq_error_text(err));
	else
		write_error(call, 500, "SYSTEM", text[0] ? text : rmq_error_text(err));
}

enum rmq_error mb_control_done(struct mb_ask *a, enum rmq_error err)
{
	if (err == RMQ_OK)
		rmqi_buf_add_text(a->out, "{\"done\":true}");
	return err;
}

/* --- On a thread of the pool ---------------------------------------------------------------------- */

struct each {
	struct mb_ask *a;
	void (*fn)(struct mb_ask *a, const struct mb_slot *broker);
};

static void each_on_loop(void *arg)
{
	struct each *each = arg;
	struct rmq_mock_cluster *c = each->a->cluster;

	for (size_t i = 0; i < c->broker_count; i++) {
		/* A stop that begins now has to come through this loop first. */
		if (mb_slot_is_up(c, &c->brokers[i]))
			each->fn(each->a, &c->brokers[i]);
	}
}

void mb_control_each_broker(struct mb_ask *a,
			    void (*fn)(struct mb_ask *a, const struct mb_slot *broker))
{
	struct each each = {a, fn};

	rmqi_loop_call(a->cluster->loop, each_on_loop, &each);
}

static void handle(struct mb_ask *a, struct mb_http_call *call)
{
	enum rmq_error err = mb_args_read(&a->args, a->operation, &call->request, a->detail);

	if (err == RMQ_OK)
		err = handlers[mb_operation_id(a->operation)](a);
	if (err == RMQ_OK && rmqi_buf_status(a->out) != RMQ_OK)
		err = rmqi_detail_set(a->detail, rmqi_buf_status(a->out), 0,
				      "the answer is too large: ask for less");
	call->status = a->status;
	call->type = a->type;
	if (err != RMQ_OK)
		tell_error(call, err, a->detail);
	else if (call->body.len > 0)
		rmqi_buf_add_u8(&call->body, '\n');
}

static void run_call(struct rmqi_task *task)
{
	struct mb_http_call *call = RMQI_CONTAINER(task, struct mb_http_call, task);
	struct mb_control *k = call->owner;
	struct mb_ask a = {
		.operation = call->arg,
		.control = k,
		.call = call,
		.cluster = k->cluster,
		.text = call->request.body,
		.out = &call->body,
		.type = "application/json",
		.status = 200,
		.detail = rmqi_detail_new(),
	};

	mb_args_init(&a.args);
	handle(&a, call);
	mb_args_deinit(&a.args);
	rmq_error_detail_free(a.detail);
	mb_http_answer(call);
}

/* --- On the loop ---------------------------------------------------------------------------------- */

static bool is_ip(const char *host)
{
	unsigned char address[16];

	return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

/* Names us as somebody who knows where we are. */
static bool is_our_name(struct rmqi_str host)
{
	struct rmqi_address a;
	char text[300];

	if (host.len == 0)
		return true;
	/* The port may be left out. */
	snprintf(text, sizeof(text), "%.*s:1", RMQI_STR_ARG(host));
	if (rmqi_address_parse(host, &a) != RMQ_OK &&
	    rmqi_address_parse(rmqi_str(text), &a) != RMQ_OK)
		return false;
	return is_ip(a.host) || strcmp(a.host, "localhost") == 0;
}

static bool is_meant_well(const struct mb_control *k, const struct mb_http_request *r)
{
	struct rmqi_str origin = r->origin;
	bool has_scheme;

	if (k->is_loopback && !is_our_name(r->host))
		return false;
	if (origin.len == 0)
		return true;
	has_scheme = rmqi_str_has_prefix(origin, "http://");
	return has_scheme && rmqi_str_eq(rmqi_str_n(origin.ptr + 7, origin.len - 7), r->host);
}

/* NULL: the path has no operation of this method; then *allow tells which it has, "" none. */
static const struct mb_operation *find(const struct mb_http_request *r, char *allow, size_t size)
{
	const struct mb_operation *o;
	size_t len = 0;

	allow[0] = '\0';
	for (size_t i = 0; (o = mb_operation_at(i)) != NULL; i++) {
		if (!mb_operation_matches(o, r->path, NULL, NULL))
			continue;
		if (rmqi_str_is(r->method, o->method) ||
		    (strcmp(o->method, "GET") == 0 && mb_http_request_is_get(r)))
			return o;
		len += (size_t)snprintf(allow + len, len < size ? size - len : 0, "%s%s",
					len ? ", " : "", o->method);
	}
	return NULL;
}

static void refuse(struct mb_http_call *call, const char *allow)
{
	char text[256];

	if (allow[0]) {
		snprintf(text, sizeof(text), "this path is for %s only", allow);
		write_error(call, 405, "METHOD", text);
		snprintf(call->headers, sizeof(call->headers), "Allow: %s\r\n", allow);
	} else {
		write_error(call, 404, "NOT_FOUND", "no such path: GET /operations lists them");
	}
	mb_http_answer(call);
}

static bool is_page(struct rmqi_str path)
{
	return rmqi_str_is(path, "/metrics") || rmqi_str_is(path, "/healthz");
}

static void serve(void *arg, struct mb_http_call *call)
{
	struct mb_control *k = arg;
	char allow[64];

	if (!is_meant_well(k, &call->request)) {
		write_error(call, 403, "FORBIDDEN", "a foreign page, or a foreign name of this host");
		mb_http_answer(call);
	} else if (is_page(call->request.path)) {
		mb_cluster_show_page(k->cluster, call);
		mb_http_answer(call);
	} else if (atomic_load(&k->is_closing)) {
		write_error(call, 503, "CANCELLED", "the cluster is ending");
		mb_http_answer(call);
	} else {
		call->arg = find(&call->request, allow, sizeof(allow));
		call->task.run = run_call;
		if (call->arg)
			rmqi_post(rmqi_pool_executor(k->pool), &call->task);
		else
			refuse(call, allow);
	}
}

/* --- Its life ------------------------------------------------------------------------------------- */

static enum rmq_error start_pool(struct mb_control *k, struct rmq_error_detail *detail)
{
	const struct rmqi_pool_plan plan = {
		.least = 1, .most = MB_CONTROL_THREADS, .idle_ms = IDLE_MS};
	sigset_t signals;
	enum rmq_error err;

	sigfillset(&signals);
	err = rmqi_pool_new_planned(k->cluster->env, "rmq-control", &plan, &signals, &k->pool);
	if (err == RMQ_ERR_SYSTEM)
		return rmqi_detail_set(detail, err, 0, "no thread is left for the control plane");
	return err;
}

static void nothing(void *arg)
{
	(void)arg;
}

static void control_free(struct mb_control *k)
{
	atomic_store(&k->is_closing, true);
	/* What the loop posts after this it has seen the flag for. */
	rmqi_loop_call(k->cluster->loop, nothing, NULL);
	if (k->pool)
		rmqi_pool_close(k->pool,
				rmqi_clock_deadline(k->cluster->env->clock, CLOSE_MS), NULL);
	mb_http_free(k->http);
	rmqi_free(k);
}

static void end(struct mb_attached *a)
{
	struct mb_control *k = RMQI_CONTAINER(a, struct mb_control, attached);

	k->cluster->control_address = NULL;
	control_free(k);
}

enum rmq_error mb_control_open(struct rmq_mock_cluster *c, const char *address,
			       struct rmq_error_detail *detail)
{
	struct mb_control *k = rmqi_calloc(1, sizeof(*k));
	struct mb_http_config config = {
		.loop = c->loop, .log = &c->log, .is_kept = true, .serve = serve, .arg = k};
	struct rmqi_address a = {0};
	enum rmq_error err;

	if (!k)
		return RMQ_ERR_NO_MEMORY;
	k->cluster = c;
	atomic_init(&k->is_closing, false);
	atomic_init(&k->waits, 0);
	err = rmqi_address_parse(rmqi_str(address), &a);
	if (err != RMQ_OK)
		(void)rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				      "control: \"%s\" is not host:port", address);
	k->is_loopback = strncmp(a.host, "127.", 4) == 0 || strcmp(a.host, "::1") == 0 ||
			 strcmp(a.host, "localhost") == 0;
	config.host = a.host;
	config.port = a.port;
	if (err == RMQ_OK)
		err = start_pool(k, detail);
	if (err == RMQ_OK)
		err = mb_http_new(&config, &k->http, detail);
	if (err != RMQ_OK) {
		control_free(k);
		return err;
	}
	RMQI_LOG(&c->log, RMQ_LOG_INFO, "the control plane is at http://%s",
		 mb_http_address(k->http));
	k->attached.end = end;
	k->attached.next = c->attached;
	c->attached = &k->attached;
	c->control_address = mb_http_address(k->http);
	return RMQ_OK;
}

enum rmq_error mb_control_begin_wait(struct mb_ask *a)
{
	if (atomic_fetch_add(&a->control->waits, 1) < MB_CONTROL_WAITS_MAX)
		return RMQ_OK;
	mb_control_end_wait(a);
	return rmqi_detail_set(a->detail, RMQ_ERR_BUSY, RMQ_ERROR_RETRIABLE,
			       "%d requests wait already: ask again later", MB_CONTROL_WAITS_MAX);
}

void mb_control_end_wait(struct mb_ask *a)
{
	atomic_fetch_sub(&a->control->waits, 1);
}

bool mb_control_is_wanted(const struct mb_ask *a)
{
	return !atomic_load(&a->control->is_closing) && !atomic_load(&a->call->is_given_up);
}
