/* SPDX-License-Identifier: Apache-2.0 */
#include "send/attempt.h"

#include <stdio.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/namespace.h"
#include "client/tally.h"
#include "codec/codes.h"
#include "send/answer.h"
#include "send/verdict.h"
#include "send/weak.h"

enum { WHY_SIZE = 512 };

void rmqi_attempt_fill(struct rmqi_send_request *r, const struct rmqi_publish_queue *queue,
		       struct rmqi_outgoing *out)
{
	r->header.queueId = queue->queue_id;
	RMQI_SET(&r->header, send_message, bname, rmqi_str(queue->broker_name));
	*out = (struct rmqi_outgoing){.code = r->code,
				      .desc = &rmqi_desc_send_message_v2,
				      .header = &r->header,
				      .body = &r->body,
				      .body_count = 1};
}

static enum rmq_error read_result(const struct rmqi_send *s, const struct rmqi_send_request *r,
				  const struct rmqi_command *answer, enum rmq_send_status status,
				  struct rmq_send_result **result, struct rmq_error_detail *detail)
{
	struct rmqi_h_send_message_response h = {0};
	struct rmq_send_result *made;
	const char *bad = NULL;
	enum rmq_error err = rmqi_send_answer_read(answer, &h, &bad);

	if (err != RMQ_OK)
		return rmqi_detail_set(detail, err, RMQ_ERROR_MAYBE_STORED,
				       "%s accepted the message but its answer lacks %s",
				       s->queue->address, bad ? bad : "a field");
	made = rmqi_send_result_renew(*result, status, r, s->queue, &h);
	if (!made)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, RMQ_ERROR_MAYBE_STORED,
				       "the message is stored, but memory is out for the result");
	*result = made;
	return RMQ_OK;
}

static void tell_refused(const struct rmqi_send *s, const struct rmqi_send_request *r,
			 const struct rmqi_command *answer, enum rmq_error error, int64_t now_us,
			 struct rmq_error_detail *detail)
{
	char name[32], why[RMQI_DENIAL_SIZE];

	if (!detail)
		return;
	rmqi_detail_set_broker(detail, answer->code, answer->remark);
	rmqi_detail_add_attempt(detail, s->queue->address, RMQ_PHASE_ANSWER, error, answer->code,
				(now_us - s->began_us) / 1000);
	if (error == RMQ_ERR_DENIED)
		rmqi_detail_set(detail, error, 0, "broker %s (%s) %s", s->queue->broker_name,
				s->queue->address,
				rmqi_client_explain_denial(r->client, answer->code, answer->remark,
							   why, sizeof(why)));
	else
		rmqi_detail_set(detail, error, 0, "broker %s (%s) answered %s: %.*s",
				s->queue->broker_name, s->queue->address,
				rmqi_response_name(answer->code, name, sizeof(name)),
				RMQI_STR_ARG(answer->remark));
}

static void tell_weak(const struct rmqi_send *s, const struct rmqi_command *answer,
		      enum rmq_send_status status, int64_t now_us, struct rmq_error_detail *detail)
{
	char name[32];

	if (!detail)
		return;
	rmqi_detail_set_broker(detail, answer->code, answer->remark);
	rmqi_detail_add_attempt(detail, s->queue->address, RMQ_PHASE_ANSWER, RMQ_ERR_WEAKLY_STORED,
				answer->code, (now_us - s->began_us) / 1000);
	rmqi_detail_set(detail, RMQ_ERR_WEAKLY_STORED, RMQ_ERROR_MAYBE_STORED,
			"broker %s (%s) stored it, but not as safely as asked: %s (%s), which "
			"errorWhenNotStoreOK makes an error",
			s->queue->broker_name, s->queue->address, rmqi_weak_words(status),
			rmqi_response_name(answer->code, name, sizeof(name)));
}

/* Of the broker. One that sent it away has not been tried yet. */
static void count(const struct rmqi_send *s, const struct rmqi_send_request *r,
		  const struct rmqi_send_outcome *o, int64_t now_us)
{
	struct rmqi_tally *t = s->queue->tally;
	enum rmq_send_status status;

	if (o->error == RMQ_OK && o->code == RMQI_RESP_GO_AWAY && !s->went_away)
		return;
	if (o->error != RMQ_OK || !rmqi_send_status(o->code, &status)) {
		rmqi_tally_failed(t,
				  o->error != RMQ_OK ? o->error
				  : o->is_denied     ? RMQ_ERR_DENIED
						     : RMQ_ERR_BROKER,
				  o->code);
		return;
	}
	rmqi_tally_stored(t, s->is_on_loop, now_us - s->began_us, r->messages, r->body.len);
	if (status != RMQ_SEND_OK)
		rmqi_tally_weak(t, status);
}

void rmqi_attempt_answered(struct rmqi_send *s, const struct rmqi_send_request *r,
			   const struct rmqi_command *answer, int64_t now_us,
			   struct rmq_send_result **result, struct rmq_error_detail *detail)
{
	struct rmqi_send_outcome o = {.phase = RMQ_PHASE_ANSWER, .code = answer->code};
	enum rmq_send_status status;

	if (!rmqi_send_status(answer->code, &status)) {
		enum rmq_error error = rmqi_client_refusal(answer);

		o.is_denied = error == RMQ_ERR_DENIED;
		o.is_queue_gone = rmqi_send_is_queue_gone(answer->code, answer->remark);
		tell_refused(s, r, answer, error, now_us, detail);
	} else if (s->rules.only_ok && status != RMQ_SEND_OK) {
		tell_weak(s, answer, status, now_us, detail);
	} else if (result) {
		o.unusable = read_result(s, r, answer, status, result, detail);
	}
	count(s, r, &o, now_us);
	rmqi_send_ended(s, &o, now_us);
}

void rmqi_attempt_failed(struct rmqi_send *s, enum rmq_error error, enum rmq_phase phase,
			 int64_t now_us)
{
	struct rmqi_send_outcome o = {.error = error, .phase = phase};

	rmqi_tally_failed(s->queue->tally, error, -1);
	rmqi_send_ended(s, &o, now_us);
}

static void tell_message(const struct rmqi_send *s, const struct rmqi_send_request *r,
			 struct rmq_error_detail *detail)
{
	const struct rmqi_publish_queue *q = s->maybe_queue;
	const char *space = rmqi_client_namespace(r->client);
	char *topic = q ? rmqi_str_dup(rmqi_namespace_plain(space, r->header.topic)) : NULL;
	struct rmq_queue queue = {topic, q ? q->broker_name : "", q ? q->queue_id : -1};

	rmqi_detail_set_message(detail, r->ids ? r->ids : r->uniq_key, topic ? &queue : NULL);
	rmqi_free(topic);
}

static void tell_no_queue(const struct rmqi_send *s, const struct rmqi_send_request *r,
			  struct rmq_error_detail *detail)
{
	char why[WHY_SIZE];

	if (s->picker.explain && s->route->publish_count > 0)
		s->picker.explain(s->picker.arg, s->route, why, sizeof(why));
	else
		snprintf(why, sizeof(why),
			 "topic %.*s has no queue that can be written on a master now",
			 RMQI_STR_ARG(r->header.topic));
	rmqi_detail_set(detail, s->error, s->flags, "%s", why);
}

/* Its port is not that of the route, which is open. */
static const char *hint(const struct rmqi_send *s, const struct rmqi_send_request *r)
{
	bool is_vip = rmqi_config_bool(rmqi_client_config(r->client), RMQI_CFG_vipChannelEnabled);

	return s->error == RMQ_ERR_CONNECT && is_vip
		       ? "; vipChannelEnabled has sends go to the port of the broker less 2"
		       : "";
}

enum rmq_error rmqi_attempt_conclude(const struct rmqi_send *s, const struct rmqi_send_request *r,
				     const char *what, struct rmq_error_detail *detail)
{
	if (s->error == RMQ_OK || !detail)
		return s->error;
	tell_message(s, r, detail);
	/* What an attempt before this was answered is no cause of it. */
	if (s->has_no_queue || s->was_cancelled)
		rmqi_detail_set_broker(detail, -1, RMQI_STR(""));
	if (s->has_no_queue)
		tell_no_queue(s, r, detail);
	else if (s->was_cancelled)
		rmqi_detail_set(detail, s->error, s->flags, "the %s was closed; before that: %s",
				what, rmq_error_detail_message(detail));
	if (s->made > 1)
		return rmqi_detail_set(
			detail, s->error, s->flags, "not sent after %lld attempts; the last: %s%s",
			(long long)s->made, rmq_error_detail_message(detail), hint(s, r));
	return rmqi_detail_set(detail, s->error, s->flags, "%s%s", rmq_error_detail_message(detail),
			       hint(s, r));
}
