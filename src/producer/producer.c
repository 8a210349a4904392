/* SPDX-License-Identifier: Apache-2.0 */
#include "producer/producer.h"

#include "base/detail.h"
#include "base/mem.h"
#include "client/callbacks.h"
#include "client/group.h"
#include "client/namespace.h"
#include "codec/schema.h"
#include "producer/send_options.h"
#include "send/async.h"
#include "send/batch.h"
#include "send/queues.h"
#include "send/send_hooks.h"

enum {
	CLOSE_TIMEOUT_MS = 5000,
	FREE_TIMEOUT_MS = 1000 /* of one that was closed before */
};

/* Every producer announces its group; the broker asks it about transactions by that. */
static enum rmq_error fill_heartbeat(void *arg, struct rmqi_heartbeat *h)
{
	struct rmq_producer *p = arg;

	h->producer_groups = rmqi_calloc(1, sizeof(*h->producer_groups));
	if (!h->producer_groups)
		return RMQ_ERR_NO_MEMORY;
	h->producer_groups[0] = rmqi_strdup(p->group);
	if (!h->producer_groups[0])
		return RMQ_ERR_NO_MEMORY;
	h->producer_count = 1;
	return RMQ_OK;
}

static void on_check(void *arg, struct rmqi_conn *conn, const char *address,
		     const struct rmqi_command *request)
{
	struct rmq_producer *p = arg;

	(void)conn;
	rmqi_membership_asked(&p->membership, address, request);
}

static void on_route(void *arg, const char *topic, struct rmqi_topic_route *route)
{
	struct rmq_producer *p = arg;

	(void)route;
	rmqi_reply_path_rerouted(&p->requests.path, topic);
}

static void on_reply(void *arg, struct rmqi_conn *conn, const char *address,
		     const struct rmqi_command *request)
{
	struct rmq_producer *p = arg;

	(void)address;
	rmqi_requests_take_reply(&p->requests, conn, request);
}

static const struct rmqi_client_handler handlers[] = {
	{RMQI_REQ_CHECK_TRANSACTION_STATE, on_check},
	{RMQI_REQ_PUSH_REPLY_MESSAGE_TO_CLIENT, on_reply},
	{0},
};

static enum rmq_error start_sender(struct rmq_producer *p, struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_sender_init(&p->sender, p->client, p->group, "producer");

	if (err != RMQ_OK)
		return rmqi_detail_set(detail, err, 0, "out of memory");
	rmqi_requests_init(&p->requests, &p->sender);
	err = rmqi_trace_new(p->client, p->group, RMQI_TRACE_PRODUCE, &p->trace, detail);
	p->sender.observer = rmqi_trace_observer(p->trace);
	return err;
}

enum rmq_error rmqi_producer_new(const struct rmq_config *config, const char *group,
				 struct rmq_producer **out, struct rmq_error_detail *detail)
{
	struct rmqi_client_owner owner = {
		.fill_heartbeat = fill_heartbeat, .handlers = handlers, .on_route = on_route};
	enum rmq_error err = rmqi_group_check("producerGroup", group, "DEFAULT_PRODUCER", detail);
	struct rmq_producer *p;
	char name[RMQI_NAMED_MAX];

	if (err != RMQ_OK)
		return err;
	p = rmqi_calloc(1, sizeof(*p));
	if (!p)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	rmqi_life_init(&p->life, config->env);
	err = rmqi_namespace_wrap(rmqi_config_str(config, RMQI_CFG_namespace), "producerGroup",
				  group, RMQI_GROUP_MAX, name, detail);
	if (err != RMQ_OK) {
		rmqi_producer_free(p);
		return err;
	}
	p->group = rmqi_strdup(name);
	p->ledger = rmqi_ledger_new(p);
	rmqi_membership_init(&p->membership, &p->life, p->ledger);
	if (!p->group || !p->ledger) {
		rmqi_producer_free(p);
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	}
	owner.arg = p;
	owner.producer_group = p->group;
	err = rmqi_client_new(config, &owner, &p->client, detail);
	p->membership.client = p->client;
	if (err == RMQ_OK)
		err = start_sender(p, detail);
	p->membership.trace = p->trace;
	if (err == RMQ_OK)
		err = rmqi_autobatch_new(&p->sender, &p->autobatch, detail);
	if (err != RMQ_OK) {
		rmqi_producer_free(p);
		return err;
	}
	*out = p;
	return RMQ_OK;
}

enum rmq_error rmqi_producer_start(struct rmq_producer *p, struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_client_check_caller(p->client, detail);

	if (err != RMQ_OK)
		return err;
	if (!rmqi_life_move(&p->life, RMQI_LIFE_CREATED, RMQI_LIFE_STARTING))
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL, "%s",
				       rmqi_life_is_open(&p->life) ? "started before"
								   : "closed before");
	rmqi_membership_fix(&p->membership);
	err = rmqi_client_start(p->client, detail);
	if (err == RMQ_OK)
		err = rmqi_trace_start(p->trace, detail);
	rmqi_life_move(&p->life, RMQI_LIFE_STARTING,
		       err == RMQ_OK ? RMQI_LIFE_RUNNING : RMQI_LIFE_CLOSING);
	if (err == RMQ_OK) {
		rmqi_membership_announce(&p->membership);
		return RMQ_OK;
	}
	/* It stays out of its group, for good. */
	rmqi_autobatch_stop(p->autobatch);
	rmqi_sender_stop(&p->sender);
	rmqi_client_close(p->client, rmqi_clock_us(rmqi_client_clock(p->client)));
	rmqi_life_move(&p->life, RMQI_LIFE_CLOSING, RMQI_LIFE_CLOSED);
	return err;
}

struct rmqi_send_how rmqi_producer_how(const struct rmq_send_options *o,
				       const struct rmq_message *m, struct rmqi_choice *choice)
{
	*choice = o ? o->choice : (struct rmqi_choice){.kind = RMQI_CHOICE_ANY};
	choice->message = m;
	if (m)
		rmqi_choice_place(choice, m);
	return (struct rmqi_send_how){.timeout_ms = o ? o->timeout_ms : -1,
				      .choice = choice,
				      .is_reply = m && m->is_reply};
}

/* Hooks are for messages that go one by one. */
static bool batches(const struct rmq_producer *p)
{
	return p->autobatch && !rmqi_sender_has_hooks(&p->sender);
}

enum rmq_error rmqi_producer_send(struct rmq_producer *p, const struct rmq_message *m,
				  const struct rmq_send_options *options,
				  struct rmq_send_result **result, struct rmq_error_detail *detail)
{
	struct rmqi_choice choice;
	struct rmqi_send_how how = rmqi_producer_how(options, m, &choice);
	struct rmqi_batched batched;
	enum rmq_error err = rmqi_client_check_caller(p->client, detail);

	if (err != RMQ_OK)
		return err;
	if (batches(p) && rmqi_autobatch_takes(p->autobatch, m, &how, &batched))
		return rmqi_autobatch_send(p->autobatch, &batched, result, detail);
	return rmqi_hooked_send(&p->sender, m, &how, result, detail);
}

enum rmq_error rmqi_producer_send_async(struct rmq_producer *p, const struct rmq_message *m,
					const struct rmq_send_options *options, rmq_send_fn fn,
					void *arg, struct rmq_error_detail *detail)
{
	struct rmqi_choice choice;
	struct rmqi_send_how how = rmqi_producer_how(options, m, &choice);
	struct rmqi_batched batched;
	enum rmq_error err = rmqi_client_check_caller(p->client, detail);

	if (err != RMQ_OK)
		return err;
	if (batches(p) && rmqi_autobatch_takes(p->autobatch, m, &how, &batched))
		return rmqi_autobatch_send_async(p->autobatch, &batched, fn, arg, detail);
	return rmqi_hooked_send_async(&p->sender, m, &how, fn, arg, detail);
}

enum rmq_error rmqi_producer_send_oneway(struct rmq_producer *p, const struct rmq_message *m,
					 const struct rmq_send_options *options,
					 struct rmq_error_detail *detail)
{
	struct rmqi_choice choice;
	struct rmqi_send_how how = rmqi_producer_how(options, m, &choice);
	enum rmq_error err = rmqi_client_check_caller(p->client, detail);

	if (err != RMQ_OK)
		return err;
	rmqi_autobatch_flush_topic(p->autobatch, m->topic);
	return rmqi_hooked_send_oneway(&p->sender, m, &how, detail);
}

enum rmq_error rmqi_producer_send_batch(struct rmq_producer *p, struct rmq_message *const *messages,
					size_t count, const struct rmq_send_options *options,
					struct rmq_send_results **results,
					struct rmq_error_detail *detail)
{
	struct rmqi_choice choice;
	struct rmqi_send_how how = rmqi_producer_how(options, messages[0], &choice);
	enum rmq_error err = rmqi_client_check_caller(p->client, detail);

	if (err != RMQ_OK)
		return err;
	rmqi_autobatch_flush_topic(p->autobatch, messages[0]->topic);
	return rmqi_send_batch(&p->sender, messages, count, &how, results, detail);
}

enum rmq_error rmqi_producer_send_batch_async(struct rmq_producer *p,
					      struct rmq_message *const *messages, size_t count,
					      const struct rmq_send_options *options,
					      rmq_send_batch_fn fn, void *arg,
					      struct rmq_error_detail *detail)
{
	struct rmqi_choice choice;
	struct rmqi_send_how how = rmqi_producer_how(options, messages[0], &choice);
	enum rmq_error err = rmqi_client_check_caller(p->client, detail);

	if (err != RMQ_OK)
		return err;
	rmqi_autobatch_flush_topic(p->autobatch, messages[0]->topic);
	return rmqi_send_batch_async(&p->sender, messages, count, &how, fn, arg, detail);
}

enum rmq_error rmqi_producer_queues(struct rmq_producer *p, const char *topic,
				    struct rmq_queues **out, struct rmq_error_detail *detail)
{
	struct rmqi_clock *clock = rmqi_client_clock(p->client);
	struct rmqi_topic_route *route;
	struct rmq_queues *q;
	enum rmq_error err = rmqi_client_check_caller(p->client, detail);

	if (err == RMQ_OK)
		err = rmqi_sender_enter(&p->sender, detail);
	if (err != RMQ_OK)
		return err;
	err = rmqi_client_route(p->client, topic, false,
				rmqi_clock_deadline(clock, p->sender.timeout_ms), &route, detail);
	rmqi_sender_leave(&p->sender);
	if (err != RMQ_OK)
		return err;
	q = rmqi_queues_new(route);
	if (!q)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	*out = q;
	return RMQ_OK;
}

enum rmq_error rmqi_producer_request(struct rmq_producer *p, const struct rmq_message *m,
				     const struct rmq_send_options *options,
				     struct rmq_message **reply, struct rmq_error_detail *detail)
{
	struct rmqi_choice choice;
	struct rmqi_send_how how = rmqi_producer_how(options, m, &choice);
	enum rmq_error err = rmqi_client_check_caller(p->client, detail);

	if (err != RMQ_OK)
		return err;
	return rmqi_request_sync(&p->requests, m, &how, reply, detail);
}

enum rmq_error rmqi_producer_request_async(struct rmq_producer *p, const struct rmq_message *m,
					   const struct rmq_send_options *options, rmq_reply_fn fn,
					   void *arg, struct rmq_error_detail *detail)
{
	struct rmqi_choice choice;
	struct rmqi_send_how how = rmqi_producer_how(options, m, &choice);
	enum rmq_error err = rmqi_client_check_caller(p->client, detail);

	if (err != RMQ_OK)
		return err;
	return rmqi_request_async(&p->requests, m, &how, fn, arg, detail);
}

enum rmq_error rmqi_producer_close(struct rmq_producer *p, int64_t timeout_ms,
				   struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_clock_deadline(rmqi_client_clock(p->client),
						  timeout_ms < 0 ? CLOSE_TIMEOUT_MS : timeout_ms);
	enum rmqi_life_state before;
	enum rmq_error err = rmqi_client_check_caller(p->client, detail);
	bool is_checked, is_first;

	if (err != RMQ_OK)
		return err;
	is_first = rmqi_life_take_close(&p->life, deadline_us, &before);
	if (!is_first && before == RMQI_LIFE_STARTING)
		return rmqi_detail_set(detail, RMQ_ERR_TIMEOUT, 0,
				       "another thread is still starting it");
	rmqi_membership_fix(&p->membership);
	rmqi_producer_finish_sends(p, deadline_us);
	/* While what they answer can still be sent. */
	is_checked = rmqi_checks_close(p->membership.checks, deadline_us);
	/* Says goodbye, then cancels what is under way, so that the sends end. */
	rmqi_client_close(p->client, deadline_us);
	rmqi_requests_close(&p->requests);
	if (!rmqi_sender_drain(&p->sender, deadline_us))
		return rmqi_detail_set(detail, RMQ_ERR_TIMEOUT, 0,
				       "%zu sends had not returned in time",
				       rmqi_sender_under_way(&p->sender));
	if (!rmqi_client_end_callbacks(p->client, deadline_us))
		return rmqi_detail_set(detail, RMQ_ERR_TIMEOUT, 0,
				       "a callback had not returned in time");
	if (!is_checked)
		return rmqi_detail_set(detail, RMQ_ERR_TIMEOUT, 0,
				       "a transaction check had not returned in time");
	if (!rmqi_trace_close(p->trace, deadline_us))
		return rmqi_detail_set(detail, RMQ_ERR_TIMEOUT, 0,
				       "no broker had taken all of the message trace in time");
	/* A close that had no time for the sends leaves this to a later one. */
	rmqi_life_move(&p->life, RMQI_LIFE_CLOSING, RMQI_LIFE_CLOSED);
	return is_first ? rmqi_producer_tell_undelivered(p, detail) : RMQ_OK;
}

void rmqi_producer_free(struct rmq_producer *p)
{
	if (!p || (p->client && rmqi_client_check_caller(p->client, NULL) != RMQ_OK))
		return;
	if (p->sender.client) {
		int64_t timeout_ms = rmqi_life_is_open(&p->life) ? -1 : FREE_TIMEOUT_MS;
		enum rmq_error err = rmqi_producer_close(p, timeout_ms, NULL);

		if (err != RMQ_OK)
			RMQI_LOG(rmqi_client_log(p->client), RMQ_LOG_ERROR,
				 err == RMQ_ERR_CANCELLED
					 ? "a producer is freed, and messages were not delivered"
					 : "a producer is freed while a send or a callback runs");
	}
	rmqi_sender_abandon(&p->sender);
	rmqi_membership_deinit(&p->membership);
	rmqi_ledger_orphan(p->ledger);
	rmqi_ledger_unref(p->ledger);
	rmqi_client_free(p->client);
	rmqi_trace_free(p->trace); /* what the client cancels is told it */
	rmqi_life_deinit(&p->life);
	rmqi_requests_deinit(&p->requests);
	rmqi_sender_deinit(&p->sender);
	rmqi_autobatch_unref(p->autobatch);
	rmqi_free(p->group);
	rmqi_free(p);
}
