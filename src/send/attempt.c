/* SPDX-License-Identifier: Apache-2.0 */
#include "send/attempt.h"

#include "base/detail.h"
#include "base/mem.h"
#include "codec/codes.h"
#include "send/verdict.h"

void rmqi_attempt_fill(struct rmqi_send_request *r, const struct rmqi_publish_queue *queue,
		       struct rmqi_outgoing *out)
{
	r->header.queueId = queue->queue_id;
	RMQI_SET(&r->header, send_message, bname, rmqi_str(queue->broker_name));
	*out = (struct rmqi_outgoing){.code = RMQI_REQ_SEND_MESSAGE_V2,
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
	enum rmq_error err = rmqi_header_decode(&rmqi_desc_send_message_response, answer, &h, &bad);

	if (err != RMQ_OK)
		return rmqi_detail_set(detail, err, RMQ_ERROR_MAYBE_STORED,
				       "%s accepted the message but its answer lacks %s",
				       s->queue->address, bad ? bad : "a field");
	made = rmqi_send_result_new(status, r, s->queue, &h);
	if (!made)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, RMQ_ERROR_MAYBE_STORED,
				       "the message is stored, but memory is out for the result");
	rmqi_free(*result);
	*result = made;
	return RMQ_OK;
}

static void tell_refused(const struct rmqi_send *s, const struct rmqi_command *answer,
			 int64_t now_us, struct rmq_error_detail *detail)
{
	char name[32];

	if (!detail)
		return;
	rmqi_detail_set_broker(detail, answer->code, answer->remark);
	rmqi_detail_add_attempt(detail, s->queue->address, RMQ_PHASE_ANSWER, RMQ_ERR_BROKER,
				answer->code, (now_us - s->began_us) / 1000);
	rmqi_detail_set(detail, RMQ_ERR_BROKER, 0, "broker %s (%s) answered %s: %.*s",
			s->queue->broker_name, s->queue->address,
			rmqi_response_name(answer->code, name, sizeof(name)),
			RMQI_STR_ARG(answer->remark));
}

void rmqi_attempt_answered(struct rmqi_send *s, const struct rmqi_send_request *r,
			   const struct rmqi_command *answer, int64_t now_us,
			   struct rmq_send_result **result, struct rmq_error_detail *detail)
{
	struct rmqi_send_outcome o = {.phase = RMQ_PHASE_ANSWER, .code = answer->code};
	enum rmq_send_status status;

	if (!rmqi_send_status(answer->code, &status))
		tell_refused(s, answer, now_us, detail);
	else if (result)
		o.unusable = read_result(s, r, answer, status, result, detail);
	rmqi_send_ended(s, &o, now_us);
}

void rmqi_attempt_failed(struct rmqi_send *s, enum rmq_error error, enum rmq_phase phase,
			 int64_t now_us)
{
	struct rmqi_send_outcome o = {.error = error, .phase = phase};

	rmqi_send_ended(s, &o, now_us);
}

static void tell_message(const struct rmqi_send *s, const struct rmqi_send_request *r,
			 struct rmq_error_detail *detail)
{
	const struct rmqi_publish_queue *q = s->maybe_queue;
	char *topic = q ? rmqi_str_dup(r->header.topic) : NULL;
	struct rmq_queue queue = {topic, q ? q->broker_name : "", q ? q->queue_id : -1};

	rmqi_detail_set_message(detail, r->uniq_key, topic ? &queue : NULL);
	rmqi_free(topic);
}

enum rmq_error rmqi_attempt_conclude(const struct rmqi_send *s, const struct rmqi_send_request *r,
				     const char *what, struct rmq_error_detail *detail)
{
	if (s->error == RMQ_OK || !detail)
		return s->error;
	tell_message(s, r, detail);
	if (s->error == RMQ_ERR_NO_BROKER)
		rmqi_detail_set(detail, s->error, s->flags,
				"topic %.*s has no queue that can be written on a master now",
				RMQI_STR_ARG(r->header.topic));
	else if (s->was_cancelled)
		rmqi_detail_set(detail, s->error, s->flags, "the %s was closed; before that: %s",
				what, rmq_error_detail_message(detail));
	if (s->made > 1)
		return rmqi_detail_set(detail, s->error, s->flags,
				       "not sent after %lld attempts; the last: %s",
				       (long long)s->made, rmq_error_detail_message(detail));
	return rmqi_detail_set(detail, s->error, s->flags, "%s", rmq_error_detail_message(detail));
}
