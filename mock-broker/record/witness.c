/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/record/witness.h"

#include "codec/body.h"
#include "mock-broker/ticket.h"

static struct mb_witness *witness_of(struct mb_observer *o)
{
	return RMQI_CONTAINER(o, struct mb_witness, observer);
}

static size_t body_len(const struct rmqi_outgoing *out)
{
	size_t len = 0;

	for (size_t i = 0; i < out->body_count; i++)
		len += out->body[i].len;
	return len;
}

/* --- Requests -------------------------------------------------------------------------------------- */

/* Who a header says that it comes from. */
static struct rmqi_str named_client(const struct rmqi_command *command)
{
	struct rmqi_str id = {0};

	if (!rmqi_command_ext(command, "clientID", &id))
		(void)rmqi_command_ext(command, "clientId", &id);
	return id;
}

static uint64_t enter_beat(struct mb_witness *w, struct rmqi_conn *c, struct mb_seen *s)
{
	struct rmqi_heartbeat beat;
	uint64_t number;

	if (rmqi_heartbeat_decode(s->body, &beat) != RMQ_OK)
		return mb_record_enter(w->record, c, s, (struct rmqi_str){0});
	number = mb_record_enter(w->record, c, s, rmqi_str(beat.client_id));
	rmqi_heartbeat_deinit(&beat);
	return number;
}

/* The clientId of what an operator asks of another client is not his. */
static bool is_about_another(int32_t code)
{
	return code == RMQI_REQ_GET_CONSUMER_RUNNING_INFO ||
	       code == RMQI_REQ_CONSUME_MESSAGE_DIRECTLY;
}

static uint64_t on_request(struct mb_observer *o, struct rmqi_conn *c,
			   const struct rmqi_command *command)
{
	struct mb_witness *w = witness_of(o);
	const struct rmqi_request_desc *desc = rmqi_request_find(command->code);
	struct mb_seen s = {
		.kind = MB_SEEN_REQUEST,
		.node = rmqi_str(w->node),
		.namesrv = w->namesrv,
		.code = command->code,
		.opaque = command->opaque,
		.language = command->language,
		.version = command->version,
		.is_oneway = rmqi_command_is_oneway(command),
		.fields = w->record->fields.at,
		.body = command->body,
		.body_len = command->body.len,
	};

	mb_fields_of_command(&w->record->fields, command, desc ? desc->request : NULL);
	s.field_count = w->record->fields.count;
	if (command->code == RMQI_REQ_HEART_BEAT)
		return enter_beat(w, c, &s);
	return mb_record_enter(w->record, c, &s,
			       is_about_another(command->code) ? (struct rmqi_str){0}
							       : named_client(command));
}

static void on_end(struct mb_observer *o, const struct mb_ticket *t, enum mb_end end,
		   const struct rmqi_outgoing *response, int64_t delay_ms)
{
	struct mb_record *r = witness_of(o)->record;
	struct mb_outcome from = {.end = end,
				  .stage = t->stage,
				  .fault = t->fault,
				  .code = -1,
				  .sent_answers = t->sent_answers,
				  .sent_opaque = t->sent_opaque,
				  .wall_ms = delay_ms,
				  .us = delay_ms * 1000};

	if (response) {
		mb_fields_of_outgoing(&r->fields, response);
		from.code = response->code;
		from.remark = response->remark;
		from.fields = r->fields.at;
		from.field_count = r->fields.count;
		from.body_len = body_len(response);
		if (response->body_count == 1 && mb_seen_keeps_all(t->code))
			from.body = response->body[0];
	}
	mb_record_end(r, t->seen, &from);
}

/* --- What the node asks ------------------------------------------------------------------------------ */

static uint64_t on_push(struct mb_observer *o, struct rmqi_conn *c,
			const struct rmqi_outgoing *request, bool is_oneway)
{
	struct mb_witness *w = witness_of(o);
	struct mb_seen s = {
		.kind = MB_SEEN_PUSH,
		.node = rmqi_str(w->node),
		.namesrv = w->namesrv,
		.code = request->code,
		.language = RMQI_LANGUAGE_CPP,
		.version = rmqi_conn_version(c),
		.is_oneway = is_oneway,
		.fields = w->record->fields.at,
		.body_len = body_len(request),
	};

	if (request->body_count == 1)
		s.body = request->body[0];
	mb_fields_of_outgoing(&w->record->fields, request);
	s.field_count = w->record->fields.count;
	return mb_record_enter(w->record, c, &s, (struct rmqi_str){0});
}

static void on_push_end(struct mb_observer *o, uint64_t number, enum rmq_error error,
			const struct rmqi_command *response)
{
	struct mb_record *r = witness_of(o)->record;
	struct mb_outcome from = {.end = error == RMQ_OK ? MB_END_ANSWERED : MB_END_LOST,
				  .stage = MB_STAGE_RESPONSE,
				  .error = error,
				  .code = -1};

	if (error == RMQ_OK) {
		mb_fields_of_command(&r->fields, response, NULL);
		from.code = response->code;
		from.remark = response->remark;
		from.fields = r->fields.at;
		from.field_count = r->fields.count;
		from.body_len = response->body.len;
	}
	mb_record_end(r, number, &from);
}

/* --- Connections ------------------------------------------------------------------------------------ */

static void on_open(struct mb_observer *o, struct rmqi_conn *c)
{
	mb_record_opened(witness_of(o)->record, c);
}

static void on_closed(struct mb_observer *o, struct rmqi_conn *c)
{
	struct mb_witness *w = witness_of(o);
	struct mb_seen s = {.kind = MB_SEEN_UNREADABLE,
			    .node = rmqi_str(w->node),
			    .namesrv = w->namesrv,
			    .code = -1};
	enum rmq_error reason;

	s.problem = rmqi_str(rmqi_conn_why_closed(c, &reason));
	if (reason == RMQ_ERR_PROTOCOL && mb_record_is_open(w->record, c))
		(void)mb_record_enter(w->record, c, &s, (struct rmqi_str){0});
	mb_record_closed(w->record, c);
}

void mb_witness_init(struct mb_witness *w, struct mb_record *r, const char *node, int32_t namesrv)
{
	*w = (struct mb_witness){
		.observer = {.on_request = on_request,
			     .on_end = on_end,
			     .on_push = on_push,
			     .on_push_end = on_push_end,
			     .on_open = on_open,
			     .on_closed = on_closed},
		.record = r,
		.node = node,
		.namesrv = namesrv,
	};
}
