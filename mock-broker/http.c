/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/http.h"

#include "base/mem.h"
#include "mock-broker/http_impl.h"

enum rmq_error mb_http_new(const struct mb_http_config *config, struct mb_http **out,
			   struct rmq_error_detail *detail)
{
	struct mb_http *h = rmqi_calloc(1, sizeof(*h));
	const struct rmqi_listener_config listener = {
		.loop = config->loop,
		.log = config->log,
		.host = config->host,
		.port = config->port,
		.on_stream = mb_http_welcome,
		.arg = h,
	};
	enum rmq_error err;

	if (!h)
		return RMQ_ERR_NO_MEMORY;
	h->config = *config;
	h->config.host = NULL; /* was borrowed */
	if (h->config.timeout_ms <= 0)
		h->config.timeout_ms = MB_HTTP_TIMEOUT_MS;
	rmqi_list_init(&h->visits);
	err = rmqi_listener_new(&listener, &h->listener, detail);
	if (err != RMQ_OK) {
		rmqi_free(h);
		return err;
	}
	*out = h;
	return RMQ_OK;
}

const char *mb_http_address(const struct mb_http *h)
{
	return rmqi_listener_address(h->listener);
}

static void run_done(struct rmqi_task *task)
{
	struct mb_http_call *call = RMQI_CONTAINER(task, struct mb_http_call, done);

	if (call->visit)
		mb_http_visit_answer(call->visit, call);
	rmqi_buf_deinit(&call->body);
	rmqi_buf_deinit(&call->bytes);
	rmqi_free(call);
}

void mb_http_answer(struct mb_http_call *call)
{
	struct rmqi_loop *loop = call->http->config.loop;

	call->done.run = run_done;
	if (rmqi_loop_is_current(loop))
		run_done(&call->done);
	else
		rmqi_loop_post(loop, &call->done);
}

static void stop_on_loop(void *arg)
{
	struct mb_http *h = arg;

	rmqi_listener_free(h->listener);
	RMQI_LIST_EACH(node, &h->visits)
	{
		struct mb_http_visit *v = RMQI_LIST_ITEM(node, struct mb_http_visit, link);

		rmqi_loop_undefer(h->config.loop, &v->close);
		mb_http_visit_free(v);
	}
}

void mb_http_free(struct mb_http *h)
{
	if (!h)
		return;
	rmqi_loop_call(h->config.loop, stop_on_loop, h);
	rmqi_free(h);
}

struct question {
	const struct mb_http *http;
	size_t answer;
};

static void count_on_loop(void *arg)
{
	struct question *q = arg;

	q->answer = q->http->count;
}

size_t mb_http_count(struct mb_http *h)
{
	struct question q = {.http = h};

	rmqi_loop_call(h->config.loop, count_on_loop, &q);
	return q.answer;
}
