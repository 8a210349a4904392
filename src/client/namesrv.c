/* SPDX-License-Identifier: Apache-2.0 */
/*
 * namesrv.c - a request to the name servers: the chosen one, then the others.
 *
 * Java tries one server a call and lets the call fail (NettyRemotingClient); here
 * a call goes on to the next server within the caller's time, and a server that
 * does not answer uses up its share of it only.
 */
#include <stdio.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/client_impl.h"
#include "codec/codes.h"

enum { LONGEST_MS = 24 * 3600 * 1000, REASON_SIZE = 320 };

struct rmqi_ns_query {
	struct rmqi_task task; /* the start */
	struct rmqi_call call;
	struct rmqi_client *client;
	struct rmqi_outgoing request; /* its texts are the asker's, until fn */
	int64_t deadline_us;
	int64_t started_us; /* of this attempt */
	size_t at;          /* server of this attempt */
	size_t tried;
	bool went_away;                  /* this server said GO_AWAY before */
	char reason[REASON_SIZE];        /* why this attempt failed */
	struct rmq_error_detail *detail; /* NULL until something failed */
	rmqi_ns_query_fn fn;
	void *arg;
};

static void finish(struct rmqi_ns_query *q, enum rmq_error error,
		   const struct rmqi_command *response)
{
	q->fn(q->arg, error, response, q->detail);
	rmq_error_detail_free(q->detail);
	rmqi_free(q);
}

static const char *address_of(const struct rmqi_ns_query *q)
{
	return q->client->namesrvs[q->at];
}

static void record(struct rmqi_ns_query *q, enum rmq_phase phase, enum rmq_error error,
		   int broker_code)
{
	int64_t elapsed_ms = (rmqi_clock_us(q->client->env->clock) - q->started_us) / 1000;

	if (!q->detail)
		q->detail = rmqi_detail_new();
	rmqi_detail_add_attempt(q->detail, address_of(q), phase, error, broker_code, elapsed_ms);
}

static void explain(struct rmqi_ns_query *q, enum rmq_error error)
{
	unsigned flags = error == RMQ_ERR_CANCELLED ? 0 : RMQ_ERROR_RETRIABLE;

	if (error == RMQ_ERR_CANCELLED)
		rmqi_detail_set(q->detail, error, flags, "the client was closed");
	else if (q->client->namesrv_count == 1)
		rmqi_detail_set(q->detail, error, flags, "name server: %s", q->reason);
	else
		rmqi_detail_set(q->detail, error, flags,
				"none of %zu name servers answered; the last one: %s", q->tried,
				q->reason);
}

static void attempt(struct rmqi_ns_query *q)
{
	struct rmqi_client *c = q->client;
	int64_t now = rmqi_clock_us(c->env->clock);
	int64_t left = q->deadline_us > now ? q->deadline_us - now : 0;
	int64_t share = left / (int64_t)(c->namesrv_count - q->tried);

	q->started_us = now;
	if (!rmqi_client_is_open(c)) {
		record(q, RMQ_PHASE_CONNECT, RMQ_ERR_CANCELLED, -1);
		explain(q, RMQ_ERR_CANCELLED);
		finish(q, RMQ_ERR_CANCELLED, NULL);
		return;
	}
	rmqi_rpc_call_async(c->rpc, address_of(q), &q->request, now + share, &q->call);
}

static void next_server(struct rmqi_ns_query *q)
{
	q->went_away = false;
	q->at = (q->at + 1) % q->client->namesrv_count;
	attempt(q);
}

/* One of several: that none answers is told by who asks for routes (routes.c). */
static void complain(struct rmqi_ns_query *q, enum rmq_error error, int code, struct rmqi_str why)
{
	struct rmqi_failure f = {.kind = RMQI_TROUBLE_NAMESRV,
				 .subject = address_of(q),
				 .address = address_of(q),
				 .error = error,
				 .code = code,
				 .why = why};

	if (q->client->namesrv_count > 1)
		rmqi_client_complain(q->client, &f, NULL);
}

static void on_failure(struct rmqi_ns_query *q, enum rmq_error error)
{
	record(q, q->call.phase, error, -1);
	complain(q, error, -1, rmqi_str(q->reason));
	q->tried++;
	if (error != RMQ_ERR_CANCELLED && q->tried < q->client->namesrv_count) {
		next_server(q);
		return;
	}
	q->client->is_namesrv_lost = error != RMQ_ERR_CANCELLED;
	explain(q, error);
	finish(q, error, NULL);
}

/* Another server may do better: this one has just been started, is overloaded or stops, or is no name
 * server but a broker. */
static bool is_unready(int32_t code)
{
	return code == RMQI_RESP_SYSTEM_ERROR || code == RMQI_RESP_SYSTEM_BUSY ||
	       code == RMQI_RESP_GO_AWAY || code == RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED;
}

static void on_response(struct rmqi_ns_query *q, const struct rmqi_command *response)
{
	struct rmqi_client *c = q->client;
	bool has_come_back;
	enum rmq_error refusal;

	/* Once more, on a new connection (NettyRemotingClient.invokeImpl). */
	if (response->code == RMQI_RESP_GO_AWAY && !q->went_away) {
		q->went_away = true;
		attempt(q);
		return;
	}
	refusal = rmqi_client_refusal(response);
	if (response->code != RMQI_RESP_SUCCESS)
		record(q, RMQ_PHASE_ANSWER, refusal, response->code);
	/* Another one would deny it, too. */
	if (refusal != RMQ_ERR_DENIED && is_unready(response->code) &&
	    q->tried + 1 < c->namesrv_count) {
		complain(q, refusal, response->code, response->remark);
		q->tried++;
		next_server(q);
		return;
	}
	rmqi_client_settle(c, RMQI_TROUBLE_NAMESRV, address_of(q), NULL);
	c->namesrv_chosen = q->at;
	has_come_back = c->is_namesrv_lost;
	c->is_namesrv_lost = false;
	finish(q, RMQ_OK, response);
	if (has_come_back)
		rmqi_client_namesrv_alive(c);
}

static void on_answer(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct rmqi_ns_query *q = RMQI_CONTAINER(call, struct rmqi_ns_query, call);

	if (error == RMQ_OK) {
		on_response(q, response);
		return;
	}
	rmqi_call_explain(call, error, q->reason, sizeof(q->reason));
	on_failure(q, error);
}

static void start(struct rmqi_task *task)
{
	struct rmqi_ns_query *q = RMQI_CONTAINER(task, struct rmqi_ns_query, task);

	q->at = q->client->namesrv_chosen;
	attempt(q);
}

void rmqi_client_ask_namesrv(struct rmqi_client *c, const struct rmqi_outgoing *request,
			     int64_t deadline_us, rmqi_ns_query_fn fn, void *arg)
{
	struct rmqi_ns_query *q = rmqi_calloc(1, sizeof(*q));
	int64_t longest = rmqi_clock_deadline(c->env->clock, LONGEST_MS);

	if (!q) {
		fn(arg, RMQ_ERR_NO_MEMORY, NULL, NULL);
		return;
	}
	q->client = c;
	q->request = *request;
	/* Who asks waits without a limit of its own. */
	q->deadline_us = deadline_us < longest ? deadline_us : longest;
	q->call.fn = on_answer;
	q->fn = fn;
	q->arg = arg;
	q->task.run = start;
	rmqi_loop_post(c->loop, &q->task);
}
