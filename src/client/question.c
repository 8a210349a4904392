/* SPDX-License-Identifier: Apache-2.0 */
#include "client/question.h"

#include "base/detail.h"
#include "codec/codes.h"
#include "codec/schema.h"

enum rmq_error rmqi_client_refused(struct rmqi_client *c, const char *address, int32_t code,
				   int64_t started_us, const struct rmqi_command *answer,
				   struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_client_refusal(answer);
	char question[48], name[48], why[RMQI_DENIAL_SIZE];

	rmqi_detail_set_broker(detail, answer->code, answer->remark);
	rmqi_detail_add_attempt(detail, address, RMQ_PHASE_ANSWER, err, answer->code,
				(rmqi_clock_us(rmqi_client_clock(c)) - started_us) / 1000);
	if (err == RMQ_ERR_DENIED)
		return rmqi_detail_set(detail, err, RMQ_ERROR_FATAL, "%s: %s %s",
				       rmqi_request_name(code, question, sizeof(question)), address,
				       rmqi_client_explain_denial(c, answer->code, answer->remark,
								  why, sizeof(why)));
	return rmqi_detail_set(detail, RMQ_ERR_BROKER, 0, "%s answered %s to %s: %.*s", address,
			       rmqi_response_name(answer->code, name, sizeof(name)),
			       rmqi_request_name(code, question, sizeof(question)),
			       RMQI_STR_ARG(answer->remark));
}

enum rmq_error rmqi_client_ask(struct rmqi_client *c, const char *address,
			       const struct rmqi_outgoing *request, int64_t deadline_us,
			       int32_t also, struct rmqi_response *response,
			       struct rmq_error_detail *detail)
{
	int64_t started_us = rmqi_clock_us(rmqi_client_clock(c));
	enum rmq_error err = rmqi_rpc_call(rmqi_client_rpc(c), address, request, deadline_us,
					   response, NULL, detail);
	int32_t code = response->command.code;

	if (err != RMQ_OK || code == RMQI_RESP_SUCCESS || code == also)
		return err;
	return rmqi_client_refused(c, address, request->code, started_us, &response->command,
				   detail);
}

/* An answer that is one offset: those to all these questions have that field alone. */
static enum rmq_error ask_offset(const struct rmqi_question *q, const struct rmqi_outgoing *request,
				 int32_t also, int64_t *out, struct rmq_error_detail *detail)
{
	struct rmqi_h_get_max_offset_response answer = {.offset = -1};
	struct rmqi_response response;
	const char *bad = NULL;
	enum rmq_error err;

	rmqi_response_init(&response);
	err = rmqi_client_ask(q->client, q->address, request, q->deadline_us, also, &response,
			      detail);
	if (err == RMQ_OK && response.command.code == RMQI_RESP_SUCCESS) {
		err = rmqi_header_decode(&rmqi_desc_get_max_offset_response, &response.command,
					 &answer, &bad);
		if (err != RMQ_OK)
			rmqi_detail_set(detail, err, 0, "the answer of %s lacks %s", q->address,
					bad ? bad : "a field");
	}
	rmqi_response_deinit(&response);
	if (err == RMQ_OK)
		*out = answer.offset;
	return err;
}

enum rmq_error rmqi_question_min(const struct rmqi_question *q, int64_t *out,
				 struct rmq_error_detail *detail)
{
	struct rmqi_h_get_min_offset h = {.topic = rmqi_str(q->topic), .queueId = q->queue_id};
	struct rmqi_outgoing request = {
		.code = RMQI_REQ_GET_MIN_OFFSET, .desc = &rmqi_desc_get_min_offset, .header = &h};

	/* A proxy sends it on by that name. */
	RMQI_SET(&h, get_min_offset, bname, rmqi_str(q->broker_name));
	return ask_offset(q, &request, RMQI_RESP_SUCCESS, out, detail);
}

enum rmq_error rmqi_question_max(const struct rmqi_question *q, int64_t *out,
				 struct rmq_error_detail *detail)
{
	struct rmqi_h_get_max_offset h = {.topic = rmqi_str(q->topic), .queueId = q->queue_id};
	struct rmqi_outgoing request = {
		.code = RMQI_REQ_GET_MAX_OFFSET, .desc = &rmqi_desc_get_max_offset, .header = &h};

	RMQI_SET(&h, get_max_offset, bname, rmqi_str(q->broker_name));
	return ask_offset(q, &request, RMQI_RESP_SUCCESS, out, detail);
}

enum rmq_error rmqi_question_at(const struct rmqi_question *q, int64_t time_ms, int64_t *out,
				struct rmq_error_detail *detail)
{
	struct rmqi_h_search_offset h = {
		.topic = rmqi_str(q->topic), .queueId = q->queue_id, .timestamp = time_ms};
	struct rmqi_outgoing request = {.code = RMQI_REQ_SEARCH_OFFSET_BY_TIMESTAMP,
					.desc = &rmqi_desc_search_offset,
					.header = &h};

	RMQI_SET(&h, search_offset, boundaryType, RMQI_STR("LOWER"));
	RMQI_SET(&h, search_offset, bname, rmqi_str(q->broker_name));
	return ask_offset(q, &request, RMQI_RESP_SUCCESS, out, detail);
}

enum rmq_error rmqi_question_committed(const struct rmqi_question *q, const char *group,
				       int64_t *out, struct rmq_error_detail *detail)
{
	struct rmqi_h_query_consumer_offset h = {.consumerGroup = rmqi_str(group),
						 .topic = rmqi_str(q->topic),
						 .queueId = q->queue_id};
	struct rmqi_outgoing request = {.code = RMQI_REQ_QUERY_CONSUMER_OFFSET,
					.desc = &rmqi_desc_query_consumer_offset,
					.header = &h};

	RMQI_SET(&h, query_consumer_offset, setZeroIfNotFound, false);
	RMQI_SET(&h, query_consumer_offset, bname, rmqi_str(q->broker_name));
	return ask_offset(q, &request, RMQI_RESP_QUERY_NOT_FOUND, out, detail);
}

enum rmq_error rmqi_question_commit(const struct rmqi_question *q, const char *group,
				    int64_t offset, struct rmq_error_detail *detail)
{
	struct rmqi_h_update_consumer_offset h = {.consumerGroup = rmqi_str(group),
						  .topic = rmqi_str(q->topic),
						  .queueId = q->queue_id,
						  .commitOffset = offset};
	struct rmqi_outgoing request = {.code = RMQI_REQ_UPDATE_CONSUMER_OFFSET,
					.desc = &rmqi_desc_update_consumer_offset,
					.header = &h};
	struct rmqi_response response;
	enum rmq_error err;

	RMQI_SET(&h, update_consumer_offset, bname, rmqi_str(q->broker_name));
	rmqi_response_init(&response);
	err = rmqi_client_ask(q->client, q->address, &request, q->deadline_us, RMQI_RESP_SUCCESS,
			      &response, detail);
	rmqi_response_deinit(&response);
	return err;
}
