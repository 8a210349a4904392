/* SPDX-License-Identifier: Apache-2.0 */
#include "producer/ending.h"

#include <assert.h>
#include <stdio.h>

#include "base/detail.h"
#include "codec/codes.h"
#include "producer/producer.h"
#include "send/verdict.h"

enum { MASTER_ID = 0, PAUSE_US = 10 * 1000 /* after a refusal or a lost connection; doubled */ };

static int64_t now_us(const struct rmqi_ending *e)
{
	return rmqi_clock_us(rmqi_client_clock(e->p->client));
}

/* --- Whose it is ----------------------------------------------------------------------------- */

static const char *trouble_of(enum rmqi_transaction_life life)
{
	switch (life) {
	case RMQI_TRANSACTION_OPEN:
		return NULL;
	case RMQI_TRANSACTION_ENDING:
		return "another thread ends it now";
	case RMQI_TRANSACTION_COMMITTED:
		return "it was committed before";
	case RMQI_TRANSACTION_ROLLED_BACK:
		return "it was rolled back before";
	case RMQI_TRANSACTION_MAYBE_COMMITTED:
		return "its commit got no answer: it may have been done, and if not, the broker "
		       "asks; done twice, the message would be delivered twice";
	case RMQI_TRANSACTION_MAYBE_ROLLED_BACK:
		return "its rollback got no answer: it may have been done, and if not, the broker "
		       "asks";
	}
	return NULL;
}

/* OPEN or MAYBE_ROLLED_BACK --> ENDING; *before is where it comes from. */
static enum rmq_error take(struct rmq_transaction *t, enum rmq_transaction_state state,
			   enum rmqi_transaction_life *before, struct rmq_error_detail *detail)
{
	const char *trouble;

	rmqi_mutex_lock(&t->ledger->mu);
	*before = t->life;
	trouble = t->life == RMQI_TRANSACTION_MAYBE_ROLLED_BACK && state == RMQ_TRANSACTION_ROLLBACK
			  ? NULL
			  : trouble_of(t->life);
	if (!trouble)
		t->life = RMQI_TRANSACTION_ENDING;
	rmqi_mutex_unlock(&t->ledger->mu);
	if (!trouble)
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
			       "%s of transaction %s refused: %s",
			       rmqi_transaction_state_text(state), t->id, trouble);
}

/* ENDING --> anything else. A decided one is no longer kept from the check function. */
static void put(struct rmq_transaction *t, enum rmqi_transaction_life life)
{
	rmqi_mutex_lock(&t->ledger->mu);
	assert(t->life == RMQI_TRANSACTION_ENDING);
	t->life = life;
	if (life != RMQI_TRANSACTION_OPEN)
		(void)rmqi_map_remove(&t->ledger->open, rmqi_str(t->id));
	rmqi_mutex_unlock(&t->ledger->mu);
}

/* From then on its close waits for the end. Whoever goes on alone may come while the producer is freed. */
static enum rmq_error enter(struct rmqi_ending *e, struct rmq_error_detail *detail)
{
	enum rmq_error err;

	if (!rmqi_gate_enter(e->t->gate))
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "the producer of transaction %s was freed: the broker asks "
				       "another one of its group",
				       e->t->id);
	e->p = rmqi_ledger_producer(e->t->ledger);
	err = rmqi_client_check_caller(e->p->client, detail);
	if (err == RMQ_OK)
		err = rmqi_sender_enter(&e->p->sender, detail);
	rmqi_gate_leave(e->t->gate);
	return err;
}

enum rmq_error rmqi_ending_begin(struct rmqi_ending *e, struct rmq_transaction *t,
				 enum rmq_transaction_state state, struct rmq_error_detail *detail)
{
	static const struct rmqi_send_how usual = {0};
	enum rmq_error err;

	*e = (struct rmqi_ending){.t = t, .state = state, .detail = detail};
	err = enter(e, detail);
	if (err != RMQ_OK)
		return err;
	err = take(t, state, &e->before, detail);
	if (err == RMQ_OK)
		e->deadline_us = now_us(e) + rmqi_sender_budget_us(&e->p->sender, &usual);
	else
		rmqi_sender_leave(&e->p->sender);
	return err;
}

static enum rmqi_transaction_life life_after(const struct rmqi_ending *e, enum rmq_error err)
{
	bool is_commit = e->state == RMQ_TRANSACTION_COMMIT;

	if (err == RMQ_OK)
		return is_commit ? RMQI_TRANSACTION_COMMITTED : RMQI_TRANSACTION_ROLLED_BACK;
	if (e->maybe_done)
		return is_commit ? RMQI_TRANSACTION_MAYBE_COMMITTED
				 : RMQI_TRANSACTION_MAYBE_ROLLED_BACK;
	return e->before;
}

void rmqi_ending_conclude(struct rmqi_ending *e, enum rmq_error error)
{
	put(e->t, life_after(e, error));
	if (error != RMQ_OK)
		rmqi_detail_set_message(e->detail, e->t->id, &e->t->result->queue);
}

/* --- An attempt ------------------------------------------------------------------------------ */

const char *rmqi_ending_address(struct rmqi_ending *e, const struct rmqi_topic_route *route)
{
	const char *broker_name = e->t->result->queue.broker_name;
	const char *address = rmqi_topic_route_address(route, broker_name, MASTER_ID, true, NULL);

	e->is_final = false;
	if (address)
		return address;
	rmqi_client_refresh_routes(e->p->client);
	rmqi_detail_set(e->detail, RMQ_ERR_NO_BROKER, RMQ_ERROR_RETRIABLE,
			"%s of transaction %s was not sent: the route of topic %s has no master of "
			"broker %s, which holds the half message, now; that broker asks about it",
			rmqi_transaction_state_text(e->state), e->t->id, e->t->topic, broker_name);
	return NULL;
}

/* The broker may have asked meanwhile: then it has a newer copy, which is the one to be ended. */
static void fill_half(struct rmqi_ending *e)
{
	struct rmq_transaction *t = e->t;

	e->half = (struct rmqi_half){.topic = rmqi_str(t->topic),
				     .group = rmqi_str(e->p->sender.group),
				     .message_id = rmqi_str(t->id),
				     .transaction_id = rmqi_str(t->result->transaction_id),
				     .broker_name = rmqi_str(t->result->queue.broker_name)};
	rmqi_mutex_lock(&t->ledger->mu);
	e->half.place = t->place;
	rmqi_mutex_unlock(&t->ledger->mu);
}

void rmqi_ending_fill(struct rmqi_ending *e, struct rmqi_h_end_transaction *h,
		      struct rmqi_outgoing *out)
{
	fill_half(e);
	rmqi_end_transaction_fill(&e->half, e->state, h, out);
}

static void trace(const struct rmqi_ending *e, const char *address)
{
	struct rmqi_trace_record r = {
		.timestamp_ms = rmqi_clock_wall_ms(rmqi_client_clock(e->p->client)),
		.group = rmqi_str(e->p->sender.group),
		.topic = rmqi_str(e->t->topic),
		.message_id = rmqi_str(e->t->id),
		.tags = rmqi_str(e->t->tags),
		.keys = rmqi_str(e->t->keys),
		.store_host = rmqi_str(address),
		.transaction_id = rmqi_str(e->t->result->transaction_id),
		.state = rmqi_str(e->state == RMQ_TRANSACTION_COMMIT ? "COMMIT_MESSAGE"
								     : "ROLLBACK_MESSAGE")};

	rmqi_trace_ended(e->p->trace, &r);
}

enum rmq_error rmqi_ending_answered(struct rmqi_ending *e, const char *address,
				    const struct rmqi_command *answer)
{
	const char *what = rmqi_transaction_state_text(e->state);
	enum rmq_error error;
	char name[32], why[RMQI_DENIAL_SIZE];

	e->is_final = answer->code != RMQI_RESP_SYSTEM_BUSY && answer->code != RMQI_RESP_GO_AWAY;
	if (answer->code == RMQI_RESP_SUCCESS) {
		trace(e, address);
		return RMQ_OK;
	}
	error = rmqi_client_refusal(answer);
	rmqi_detail_set_broker(e->detail, answer->code, answer->remark);
	if (error == RMQ_ERR_DENIED)
		return rmqi_detail_set(e->detail, error, RMQ_ERROR_FATAL,
				       "%s of transaction %s: broker %s (%s) %s", what, e->t->id,
				       e->t->result->queue.broker_name, address,
				       rmqi_client_explain_denial(e->p->client, answer->code,
								  answer->remark, why,
								  sizeof(why)));
	return rmqi_detail_set(
		e->detail, error, rmqi_send_is_broker_code(answer->code) ? RMQ_ERROR_RETRIABLE : 0,
		"%s of transaction %s: broker %s (%s) answered %s: %.*s; it was not done, and the "
		"broker asks about it (rmq_transaction_check_fn)",
		what, e->t->id, e->t->result->queue.broker_name, address,
		rmqi_response_name(answer->code, name, sizeof(name)), RMQI_STR_ARG(answer->remark));
}

enum rmq_error rmqi_ending_failed(struct rmqi_ending *e, const char *address, enum rmq_error error,
				  enum rmq_phase phase)
{
	const char *what = rmqi_transaction_state_text(e->state);
	char why[512];

	snprintf(why, sizeof(why), "%s",
		 e->detail ? rmq_error_detail_message(e->detail) : rmq_error_text(error));
	e->maybe_done = rmqi_send_may_be_stored(error, phase);
	rmqi_detail_set_broker(e->detail, -1, RMQI_STR(""));
	if (e->maybe_done)
		return rmqi_detail_set(e->detail, error,
				       e->state == RMQ_TRANSACTION_COMMIT ? RMQ_ERROR_MAYBE_STORED
									  : RMQ_ERROR_RETRIABLE,
				       "%s of transaction %s: no answer from %s (%s): it may have "
				       "been done; if not, the broker asks about it",
				       what, e->t->id, address, why);
	if (rmqi_send_is_route_error(error))
		rmqi_client_refresh_routes(e->p->client);
	e->is_final = error == RMQ_ERR_CANCELLED || error == RMQ_ERR_NO_MEMORY;
	return rmqi_detail_set(e->detail, error, e->is_final ? 0 : RMQ_ERROR_RETRIABLE,
			       "%s of transaction %s was not sent: %s; the broker asks about it",
			       what, e->t->id, why);
}

bool rmqi_ending_goes_on(struct rmqi_ending *e, enum rmq_error error, int64_t *until_us)
{
	int64_t made = ++e->made;

	*until_us = now_us(e) + ((int64_t)PAUSE_US << (made < 6 ? made : 6));
	return error != RMQ_OK && !e->maybe_done && !e->is_final &&
	       made < e->p->sender.rules.tries && *until_us < e->deadline_us;
}
