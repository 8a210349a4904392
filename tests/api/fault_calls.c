/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/api/fault_calls.h"

static void must(enum rmq_error error)
{
	if (error != RMQ_OK)
		ck_abort_msg("%s", rmq_error_text(error));
}

static rmq_message *message_new(void)
{
	rmq_message *m = rmq_message_new("Topic", "body", 4);

	ck_assert_ptr_nonnull(m);
	return m;
}

static rmq_send_options *options_new(void)
{
	rmq_send_options *o = rmq_send_options_new();

	must(rmq_send_options_set_timeout(o, FAULT_DEADLINE_MS, NULL));
	return o;
}

static bool is_complete(void *arg)
{
	return ((const struct fault_stage *)arg)->completions > 0;
}

static enum rmq_error wait_completion(struct fault_stage *s)
{
	return rmq_mock_cluster_run_until(s->cluster, is_complete, s, FAULT_DEADLINE_MS + FAULT_GRACE_MS)
		       ? s->error
		       : RMQ_ERR_STATE;
}

/* --- Producers --------------------------------------------------------------------------------- */

static enum rmq_transaction_state check_unknown(const rmq_message *m, void *arg)
{
	(void)m;
	(void)arg;
	return RMQ_TRANSACTION_UNKNOWN;
}

static void open_producer(struct fault_stage *s)
{
	rmq_message *m = message_new();

	must(rmq_producer_new(s->config, "P", &s->producer, NULL));
	must(rmq_producer_set_check_fn(s->producer, check_unknown, NULL, NULL));
	must(rmq_producer_start(s->producer, NULL));
	/* The route is known, and the connection there. */
	must(rmq_producer_send(s->producer, m, NULL, NULL, NULL));
	rmq_message_free(m);
}

static void open_cold_producer(struct fault_stage *s)
{
	must(rmq_producer_new(s->config, "P", &s->producer, NULL));
	must(rmq_producer_start(s->producer, NULL));
}

static enum rmq_error send_sync(struct fault_stage *s)
{
	rmq_send_options *o = options_new();
	rmq_message *m = message_new();
	enum rmq_error err = rmq_producer_send(s->producer, m, o, NULL, NULL);

	rmq_message_free(m);
	rmq_send_options_free(o);
	return err;
}

static void on_sent(enum rmq_error error, const rmq_send_result *r, const rmq_error_detail *d,
		    void *arg)
{
	struct fault_stage *s = arg;

	(void)r;
	(void)d;
	s->completions++;
	s->error = error;
}

static enum rmq_error send_async(struct fault_stage *s)
{
	rmq_send_options *o = options_new();
	rmq_message *m = message_new();

	s->completions = 0;
	must(rmq_producer_send_async(s->producer, m, o, on_sent, s, NULL));
	rmq_message_free(m);
	rmq_send_options_free(o);
	return wait_completion(s);
}

static enum rmq_error send_oneway(struct fault_stage *s)
{
	rmq_message *m = message_new();
	enum rmq_error err = rmq_producer_send_oneway(s->producer, m, NULL, NULL);

	rmq_message_free(m);
	return err;
}

static enum rmq_error send_batch(struct fault_stage *s)
{
	rmq_message *messages[] = {message_new(), message_new()};
	rmq_send_options *o = options_new();
	enum rmq_error err = rmq_producer_send_batch(s->producer, messages, 2, o, NULL, NULL);

	rmq_send_options_free(o);
	rmq_message_free(messages[0]);
	rmq_message_free(messages[1]);
	return err;
}

static enum rmq_error send_transaction(struct fault_stage *s)
{
	rmq_send_options *o = options_new();
	rmq_message *m = message_new();
	rmq_transaction *t = NULL;
	enum rmq_error err = rmq_producer_begin(s->producer, m, o, &t, NULL);

	if (err == RMQ_OK)
		err = rmq_transaction_commit(t, NULL);
	rmq_transaction_free(t);
	rmq_message_free(m);
	rmq_send_options_free(o);
	return err;
}

static enum rmq_consume_status answer(rmq_push_consumer *c, const rmq_message *const *messages,
				      size_t n, rmq_consume_context *context, void *arg)
{
	struct fault_stage *s = arg;

	(void)c;
	(void)context;
	for (size_t i = 0; i < n; i++) {
		rmq_message *reply = NULL;

		if (rmq_message_new_reply(messages[i], "reply", 5, &reply, NULL) == RMQ_OK)
			(void)!rmq_producer_send_oneway(s->producer, reply, NULL, NULL);
		rmq_message_free(reply);
	}
	return RMQ_CONSUME_SUCCESS;
}

static void open_requester(struct fault_stage *s)
{
	open_producer(s);
	must(rmq_push_consumer_new(s->config, "G", &s->pusher, NULL));
	must(rmq_push_consumer_subscribe(s->pusher, "Topic", "*", NULL));
	must(rmq_push_consumer_set_listener(s->pusher, answer, s, NULL));
	must(rmq_push_consumer_start(s->pusher, NULL));
	must(rmq_push_consumer_wait_ready(s->pusher, -1, NULL));
}

static enum rmq_error send_request(struct fault_stage *s)
{
	rmq_send_options *o = options_new();
	rmq_message *m = message_new();
	rmq_message *reply = NULL;
	enum rmq_error err = rmq_producer_request(s->producer, m, o, &reply, NULL);

	rmq_message_free(reply);
	rmq_message_free(m);
	rmq_send_options_free(o);
	return err;
}

static enum rmq_error ask_route(struct fault_stage *s)
{
	rmq_queues *queues = NULL;
	enum rmq_error err = rmq_producer_queues(s->producer, "Topic", &queues, NULL);

	rmq_queues_free(queues);
	return err;
}

/* --- Consumers --------------------------------------------------------------------------------- */

static void open_puller(struct fault_stage *s)
{
	open_producer(s);
	must(rmq_pull_consumer_new(s->config, "G", &s->puller, NULL));
	must(rmq_pull_consumer_start(s->puller, NULL));
	must(rmq_pull_consumer_queues(s->puller, "Topic", &s->queues, NULL));
	for (int i = 0; i < 2; i++)
		must(send_sync(s));
}

static enum rmq_error pull(struct fault_stage *s)
{
	rmq_pull_options *o = rmq_pull_options_new();
	rmq_pull_result *result = NULL;
	enum rmq_error err;

	must(rmq_pull_options_set_timeout(o, FAULT_DEADLINE_MS, NULL));
	err = rmq_pull_consumer_pull(s->puller, rmq_queues_at(s->queues, 0), 0, o, &result, NULL);
	rmq_pull_result_free(result);
	rmq_pull_options_free(o);
	return err;
}

static enum rmq_error commit(struct fault_stage *s)
{
	return rmq_pull_consumer_commit(s->puller, rmq_queues_at(s->queues, 0), 1, NULL);
}

static void open_popper(struct fault_stage *s)
{
	open_producer(s);
	must(rmq_simple_consumer_new(s->config, "G", &s->popper, NULL));
	must(rmq_simple_consumer_subscribe(s->popper, "Topic", "*", NULL));
	must(rmq_simple_consumer_start(s->popper, NULL));
	must(rmq_simple_consumer_wait_ready(s->popper, -1, NULL));
}

static enum rmq_error pop(struct fault_stage *s)
{
	rmq_messages *messages = NULL;
	enum rmq_error err =
		rmq_simple_consumer_receive(s->popper, 1, 20000, FAULT_DEADLINE_MS, &messages, NULL);

	rmq_messages_free(messages);
	return err;
}

static enum rmq_consume_status count(rmq_push_consumer *c, const rmq_message *const *messages,
				     size_t n, rmq_consume_context *context, void *arg)
{
	(void)c;
	(void)messages;
	(void)context;
	((struct fault_stage *)arg)->completions += (int)n;
	return RMQ_CONSUME_SUCCESS;
}

static enum rmq_orderly_status count_orderly(rmq_push_consumer *c,
					     const rmq_message *const *messages, size_t n,
					     rmq_orderly_context *context, void *arg)
{
	(void)c;
	(void)messages;
	(void)context;
	((struct fault_stage *)arg)->completions += (int)n;
	return RMQ_ORDERLY_SUCCESS;
}

static void join(struct fault_stage *s)
{
	must(rmq_push_consumer_new(s->config, "G", &s->pusher, NULL));
	must(rmq_push_consumer_subscribe(s->pusher, "Topic", "*", NULL));
}

static enum rmq_error wait_message(struct fault_stage *s)
{
	if (!s->pusher) {
		join(s);
		must(rmq_push_consumer_set_listener(s->pusher, count, s, NULL));
		must(rmq_push_consumer_start(s->pusher, NULL));
	}
	return rmq_mock_cluster_run_until(s->cluster, is_complete, s, FAULT_DEADLINE_MS) ? RMQ_OK
										   : RMQ_ERR_TIMEOUT;
}

static enum rmq_error wait_orderly(struct fault_stage *s)
{
	if (!s->pusher) {
		join(s);
		must(rmq_push_consumer_set_orderly_listener(s->pusher, count_orderly, s, NULL));
		must(rmq_push_consumer_start(s->pusher, NULL));
	}
	return wait_message(s);
}

const struct fault_call fault_calls[] = {
	{"sync", "SEND_MESSAGE_V2", open_producer, send_sync, .deadline_ms = FAULT_DEADLINE_MS},
	{"async", "SEND_MESSAGE_V2", open_producer, send_async, .deadline_ms = FAULT_DEADLINE_MS,
	 .has_callback = true},
	{"oneway", "SEND_MESSAGE_V2", open_producer, send_oneway, .deadline_ms = 0,
	 .is_oneway = true},
	{"batch", "SEND_BATCH_MESSAGE", open_producer, send_batch, .deadline_ms = FAULT_DEADLINE_MS},
	{"transaction", "SEND_MESSAGE_V2,END_TRANSACTION", open_producer, send_transaction,
	 .deadline_ms = FAULT_DEADLINE_MS},
	{"request", "SEND_MESSAGE_V2", open_requester, send_request, .deadline_ms = FAULT_DEADLINE_MS,
	 .has_other_end = true},
	{"pull", "PULL_MESSAGE", open_puller, pull, .deadline_ms = FAULT_DEADLINE_MS},
	{"pop", "POP_MESSAGE", open_popper, pop, .deadline_ms = FAULT_DEADLINE_MS},
	{"heartbeat", "HEART_BEAT", open_producer, wait_message, .deadline_ms = FAULT_DEADLINE_MS,
	 .goes_on = true},
	{"commit", "UPDATE_CONSUMER_OFFSET", open_puller, commit, .deadline_ms = FAULT_COMMIT_MS},
	{"lock", "LOCK_BATCH_MQ", open_producer, wait_orderly, .deadline_ms = FAULT_DEADLINE_MS,
	 .goes_on = true},
	{"route", "GET_ROUTEINFO_BY_TOPIC", open_cold_producer, ask_route,
	 .deadline_ms = FAULT_DEADLINE_MS},
};

const size_t fault_call_count = sizeof(fault_calls) / sizeof(fault_calls[0]);

/* --- Stages -------------------------------------------------------------------------------------- */

void fault_stage_open(struct fault_stage *s, const struct fault_call *k)
{
	*s = (struct fault_stage){.cluster = api_cluster(api_options("virtualTime", "true", NULL))};
	s->config = api_config(rmq_mock_cluster_namesrv(s->cluster));
	rmq_config_set_environment(s->config, rmq_mock_cluster_environment(s->cluster));
	api_set(s->config, "sendMsgTimeout", "3000");
	k->prepare(s);
}

void fault_stage_close(struct fault_stage *s)
{
	rmq_queues_free(s->queues);
	rmq_push_consumer_free(s->pusher);
	rmq_simple_consumer_free(s->popper);
	rmq_pull_consumer_free(s->puller);
	rmq_producer_free(s->producer);
	rmq_config_free(s->config);
	rmq_mock_cluster_free(s->cluster);
}
