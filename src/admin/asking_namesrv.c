/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/asking.h"
#include "base/detail.h"
#include "codec/codes.h"

/* The caller waits for the name server's answer. */
struct waiting {
	struct rmqi_event done;
	const struct rmqi_client *client;
	const struct rmqi_namesrv_ask *ask;
	struct rmq_error_detail *detail;
	enum rmq_error error;
};

static enum rmq_error refuse(struct waiting *w, const char *question,
			     const struct rmqi_command *answer)
{
	enum rmq_error refusal = rmqi_client_refusal(answer);
	char why[RMQI_DENIAL_SIZE];

	rmqi_detail_set_broker(w->detail, answer->code, answer->remark);
	if (refusal == RMQ_ERR_DENIED)
		return rmqi_detail_set(w->detail, RMQ_ERR_DENIED, RMQ_ERROR_FATAL,
				       "%s: the name server %s", question,
				       rmqi_client_explain_denial(w->client, answer->code,
								  answer->remark, why,
								  sizeof(why)));
	return rmqi_detail_set(w->detail, RMQ_ERR_BROKER, RMQ_ERROR_RETRIABLE,
			       "the name server refused %s: %.*s", question,
			       RMQI_STR_ARG(answer->remark));
}

static void on_answer(void *arg, enum rmq_error error, const struct rmqi_command *answer,
		      const struct rmq_error_detail *detail)
{
	struct waiting *w = arg;
	char name[48];
	const char *question = rmqi_request_name(w->ask->request.code, name, sizeof(name));

	w->error = error;
	rmqi_detail_copy(w->detail, detail);
	if (error != RMQ_OK) {
		if (!detail)
			rmqi_detail_set(w->detail, error, 0, "%s", rmq_error_text(error));
	} else if (answer->code != RMQI_RESP_SUCCESS && answer->code != w->ask->also) {
		w->error = refuse(w, question, answer);
	} else if (w->ask->read) {
		w->error = w->ask->read(w->ask->arg, answer, w->detail);
		if (w->error != RMQ_OK)
			rmqi_detail_set(w->detail, w->error, 0,
					"the name server's answer to %s %s", question,
					rmqi_asking_why(w->error, w->detail));
	}
	rmqi_event_set(&w->done);
}

enum rmq_error rmqi_asking_namesrv(struct rmqi_client *c, const struct rmqi_namesrv_ask *ask,
				   int64_t deadline_us, struct rmq_error_detail *detail)
{
	struct waiting w = {.client = c, .ask = ask, .detail = detail};

	rmqi_event_init(&w.done, rmqi_client_env(c));
	rmqi_client_ask_namesrv(c, &ask->request, deadline_us, on_answer, &w);
	(void)rmqi_event_wait(&w.done, RMQI_FOREVER);
	rmqi_event_deinit(&w.done);
	return w.error;
}
