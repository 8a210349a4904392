/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/cluster.h"

#include "base/detail.h"
#include "codec/body.h"
#include "codec/codes.h"
#include "codec/schema.h"

/* The caller waits for the name server's answer. */
struct question {
	struct rmqi_event done;
	enum rmq_error error;
	const char *cluster; /* NULL: all */
	struct rmqi_masters masters;
	struct rmq_error_detail *detail;
	const struct rmqi_client *client;
};

static void on_answer(void *arg, enum rmq_error error, const struct rmqi_command *response,
		      const struct rmq_error_detail *detail)
{
	struct question *q = arg;
	char why[RMQI_DENIAL_SIZE];

	q->error = error;
	rmqi_detail_copy(q->detail, detail);
	if (error != RMQ_OK) {
		if (!detail)
			rmqi_detail_set(q->detail, error, 0, "%s", rmq_error_text(error));
	} else if (rmqi_client_refusal(response) == RMQ_ERR_DENIED) {
		rmqi_detail_set_broker(q->detail, response->code, response->remark);
		q->error = rmqi_detail_set(q->detail, RMQ_ERR_DENIED, RMQ_ERROR_FATAL,
					   "GET_BROKER_CLUSTER_INFO: the name server %s",
					   rmqi_client_explain_denial(q->client, response->code,
								      response->remark, why,
								      sizeof(why)));
	} else if (response->code != RMQI_RESP_SUCCESS) {
		rmqi_detail_set_broker(q->detail, response->code, response->remark);
		q->error = rmqi_detail_set(q->detail, RMQ_ERR_BROKER, RMQ_ERROR_RETRIABLE,
					   "the name server refused GET_BROKER_CLUSTER_INFO: %.*s",
					   RMQI_STR_ARG(response->remark));
	} else {
		q->error = rmqi_cluster_masters_decode(response->body, q->cluster,
						       &q->masters.addresses, &q->masters.count);
		if (q->error != RMQ_OK)
			rmqi_detail_set(q->detail, q->error, 0,
					"the name server's cluster info cannot be read");
	}
	rmqi_event_set(&q->done);
}

enum rmq_error rmqi_masters_find(struct rmqi_client *client, const char *cluster,
				 int64_t deadline_us, struct rmqi_masters *out,
				 struct rmq_error_detail *detail)
{
	struct rmqi_outgoing request = {.code = RMQI_REQ_GET_BROKER_CLUSTER_INFO};
	struct question q = {.detail = detail, .cluster = cluster, .client = client};

	rmqi_event_init(&q.done, rmqi_client_env(client));
	rmqi_client_ask_namesrv(client, &request, deadline_us, on_answer, &q);
	(void)rmqi_event_wait(&q.done, RMQI_FOREVER);
	rmqi_event_deinit(&q.done);
	if (q.error != RMQ_OK)
		return q.error;
	*out = q.masters;
	if (out->count > 0)
		return RMQ_OK;
	rmqi_masters_deinit(out);
	return rmqi_detail_set(detail, RMQ_ERR_NOT_FOUND, RMQ_ERROR_RETRIABLE,
			       "the name server knows no master%s%s", cluster ? " of cluster " : "",
			       cluster ? cluster : "");
}

void rmqi_masters_deinit(struct rmqi_masters *m)
{
	rmqi_strings_free(m->addresses, m->count);
	*m = (struct rmqi_masters){0};
}

enum rmq_error rmqi_masters_tell(struct rmqi_client *client, const char *cluster, rmqi_master_fn fn,
				 const struct rmqi_buf *body, int64_t deadline_us,
				 struct rmq_error_detail *detail)
{
	struct rmqi_cursor bytes = rmqi_buf_cursor(body);
	struct rmqi_masters masters = {0};
	enum rmq_error err = rmqi_masters_find(client, cluster, deadline_us, &masters, detail);

	for (size_t i = 0; i < masters.count && err == RMQ_OK; i++)
		err = fn(client, masters.addresses[i], &bytes, deadline_us, detail);
	rmqi_masters_deinit(&masters);
	return err;
}
