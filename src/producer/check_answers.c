/* SPDX-License-Identifier: Apache-2.0 */
/* What a check function said, on its way to the broker that asked. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "codec/codes.h"
#include "producer/checks_impl.h"
#include "producer/end_transaction.h"

enum {
	ANSWER_MS = 3000, /* DefaultMQProducerImpl.processTransactionState */
	WHY_SIZE = 256
};

/* The texts stand behind it. */
struct answer {
	struct rmqi_call call;
	struct rmqi_checks *checks; /* a reference */
	enum rmq_transaction_state state;
	char id[RMQI_ID_SIZE];
	const char *address;
	struct rmqi_trace_record record;
};

static const char *name_of(enum rmq_transaction_state state)
{
	switch (state) {
	case RMQ_TRANSACTION_COMMIT:
		return "COMMIT_MESSAGE";
	case RMQ_TRANSACTION_ROLLBACK:
		return "ROLLBACK_MESSAGE";
	case RMQ_TRANSACTION_UNKNOWN:
		break;
	}
	return "UNKNOW";
}

/* DefaultMQProducerImpl.doExecuteEndTransactionHook. Without a trace the id alone. */
static struct rmqi_trace_record record_of(const struct rmqi_checks *cs, const struct rmqi_check *c,
					  const struct rmq_message *m, const char *id,
					  enum rmq_transaction_state state)
{
	if (!cs->trace)
		return (struct rmqi_trace_record){.message_id = rmqi_str(id)};
	return (struct rmqi_trace_record){
		.timestamp_ms = rmqi_clock_wall_ms(cs->clock),
		.group = rmqi_str(cs->group),
		.topic = rmqi_str(rmq_message_topic(m)),
		.message_id = rmqi_str(id),
		.tags = rmqi_str(rmq_message_tag(m)),
		.keys = rmqi_str(rmq_message_keys(m)),
		.store_host = rmqi_str(c->address),
		.transaction_id = rmqi_str(c->transaction_id[0] ? c->transaction_id : id),
		.state = rmqi_str(name_of(state)),
		.is_check = true};
}

static struct answer *answer_new(struct rmqi_checks *cs, const struct rmqi_check *c,
				 const struct rmqi_trace_record *record)
{
	struct rmqi_str where = rmqi_str(c->address);
	size_t texts = where.len + record->topic.len + record->tags.len + record->keys.len +
		       record->transaction_id.len + 5;
	struct answer *a = rmqi_calloc(1, sizeof(*a) + texts);
	char *at;

	if (!a)
		return NULL;
	at = (char *)(a + 1);
	a->address = rmqi_check_put_text(&at, where).ptr;
	a->record = *record;
	a->record.topic = rmqi_check_put_text(&at, record->topic);
	a->record.tags = rmqi_check_put_text(&at, record->tags);
	a->record.keys = rmqi_check_put_text(&at, record->keys);
	a->record.transaction_id = rmqi_check_put_text(&at, record->transaction_id);
	a->record.store_host = rmqi_str(a->address);
	snprintf(a->id, sizeof(a->id), "%.*s", RMQI_STR_ARG(record->message_id));
	a->record.message_id = rmqi_str(a->id);
	a->checks = cs;
	(void)atomic_fetch_add(&cs->refs, 1);
	return a;
}

/* @thread: loop; the client is there as long as its calls are. */
static void on_answer(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct answer *a = RMQI_CONTAINER(call, struct answer, call);
	const char *what = rmqi_transaction_state_text(a->state);
	char name[32], why[WHY_SIZE];

	if (error != RMQ_OK && error != RMQ_ERR_CANCELLED)
		rmqi_checks_tell(
			a->checks, RMQI_CHECKS_NOT_ANSWERED, error,
			"%s of transaction %s, that %s asked about: %s; it asks again if it was not "
			"done",
			what, a->id, a->address, rmqi_call_explain(call, error, why, sizeof(why)));
	else if (error == RMQ_OK && response->code != RMQI_RESP_SUCCESS)
		rmqi_checks_tell(a->checks, RMQI_CHECKS_REFUSED, response->code,
				 "%s of transaction %s, that %s asked about, is refused: %s: %.*s",
				 what, a->id, a->address,
				 rmqi_response_name(response->code, name, sizeof(name)),
				 RMQI_STR_ARG(response->remark));
	else if (error == RMQ_OK)
		rmqi_trace_ended(a->checks->trace, &a->record);
	rmqi_checks_unref(a->checks);
	rmqi_free(a);
}

static void call_broker(struct rmqi_checks *cs, const struct rmqi_check *c,
			const struct rmqi_trace_record *record, enum rmq_transaction_state state,
			const struct rmqi_outgoing *out)
{
	struct answer *a = answer_new(cs, c, record);

	if (!a) {
		rmqi_checks_tell(cs, RMQI_CHECKS_NOT_ANSWERED, RMQ_ERR_NO_MEMORY,
				 "memory is out for the answer about a transaction: %s asks again",
				 c->address);
		return;
	}
	a->call.fn = on_answer;
	a->state = state;
	rmqi_rpc_call_async(rmqi_client_rpc(cs->client), c->address, out,
			    rmqi_clock_deadline(cs->clock, ANSWER_MS), &a->call);
}

void rmqi_checks_answer(struct rmqi_checks *cs, const struct rmqi_check *c,
			const struct rmq_message *m, const char *id,
			enum rmq_transaction_state state)
{
	struct rmqi_trace_record record = record_of(cs, c, m, id, state);
	struct rmqi_half half = {.topic = rmqi_str(c->topic),
				 .group = rmqi_str(cs->group),
				 .message_id = rmqi_str(id),
				 .transaction_id = rmqi_str(c->transaction_id),
				 .broker_name = rmqi_str(c->broker_name),
				 .place = {c->table_offset, c->log_offset, true}};
	struct rmqi_h_end_transaction h;
	struct rmqi_outgoing out;
	enum rmq_error err;

	rmqi_end_transaction_fill(&half, state, &h, &out);
	if (state != RMQ_TRANSACTION_UNKNOWN) {
		call_broker(cs, c, &record, state, &out);
		return;
	}
	err = rmqi_rpc_oneway(rmqi_client_rpc(cs->client), c->address, &out);
	if (err == RMQ_OK)
		rmqi_trace_ended(cs->trace, &record);
	else
		rmqi_checks_tell(cs, RMQI_CHECKS_NOT_ANSWERED, err,
				 "the answer \"unknown\" is not sent to %s: %s", c->address,
				 rmq_error_text(err));
}
