/* SPDX-License-Identifier: Apache-2.0 */
/* sink_push.c - the push consumer with a concurrent listener, with an orderly one, and with what brokers let it pop. */
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

static enum rmq_consume_status on_messages(rmq_push_consumer *c, const rmq_message *const *messages,
					   size_t count, rmq_consume_context *context, void *arg)
{
	(void)c;
	return sink_take(arg, messages, count, context);
}

static void make(struct sink *s, rmq_config *config)
{
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_push_consumer_new(config, s->group, &s->consumer, &detail), detail);
	expect_ok(rmq_push_consumer_set_listener(s->consumer, on_messages, s, &detail), detail);
}

static enum rmq_orderly_status in_order(rmq_push_consumer *c, const rmq_message *const *messages,
					size_t count, rmq_orderly_context *context, void *arg)
{
	struct sink *s = arg;

	(void)c;
	rmq_orderly_context_set_suspend_time(context, s->suspend_ms);
	return sink_take(s, messages, count, NULL) == RMQ_CONSUME_SUCCESS
		       ? RMQ_ORDERLY_SUCCESS
		       : RMQ_SUSPEND_CURRENT_QUEUE_A_MOMENT;
}

static void make_orderly(struct sink *s, rmq_config *config)
{
	rmq_error_detail *detail = NULL;

	s->suspend_ms = -1;
	expect_ok(rmq_push_consumer_new(config, s->group, &s->consumer, &detail), detail);
	expect_ok(rmq_push_consumer_set_orderly_listener(s->consumer, in_order, s, &detail),
		  detail);
}

static void end(struct sink *s)
{
	rmq_push_consumer_free(s->consumer);
	s->consumer = NULL;
}

static enum rmq_error subscribe(struct sink *s, const char *topic, const char *expression,
				rmq_error_detail **detail)
{
	return rmq_push_consumer_subscribe(s->consumer, topic, expression, detail);
}

static enum rmq_error unsubscribe(struct sink *s, const char *topic, rmq_error_detail **detail)
{
	return rmq_push_consumer_unsubscribe(s->consumer, topic, detail);
}

static enum rmq_error start(struct sink *s, rmq_error_detail **detail)
{
	return rmq_push_consumer_start(s->consumer, detail);
}

static enum rmq_error wait_ready(struct sink *s, int64_t timeout_ms, rmq_error_detail **detail)
{
	return rmq_push_consumer_wait_ready(s->consumer, timeout_ms, detail);
}

static enum rmq_error stop(struct sink *s, int64_t timeout_ms, rmq_error_detail **detail)
{
	return rmq_push_consumer_close(s->consumer, timeout_ms, detail);
}

static size_t queue_count(struct sink *s)
{
	return rmq_push_consumer_queue_count(s->consumer);
}

static enum rmq_error set_suspended(struct sink *s, bool is_suspended, rmq_error_detail **detail)
{
	return is_suspended ? rmq_push_consumer_suspend(s->consumer, detail)
			    : rmq_push_consumer_resume(s->consumer, detail);
}

const struct sink_kind sink_push = {
	.name = "push",
	.gives = SINK_QUEUES | SINK_OFFSETS | SINK_RETRY | SINK_SUSPEND,
	.make = make,
	.free = end,
	.subscribe = subscribe,
	.unsubscribe = unsubscribe,
	.start = start,
	.wait_ready = wait_ready,
	.close = stop,
	.queue_count = queue_count,
	.set_suspended = set_suspended,
};

const struct sink_kind sink_orderly = {
	.name = "orderly",
	.gives = SINK_QUEUES | SINK_OFFSETS | SINK_SUSPEND,
	.make = make_orderly,
	.free = end,
	.subscribe = subscribe,
	.unsubscribe = unsubscribe,
	.start = start,
	.wait_ready = wait_ready,
	.close = stop,
	.queue_count = queue_count,
	.set_suspended = set_suspended,
};

static void make_popping(struct sink *s, rmq_config *config)
{
	rmq_error_detail *detail = NULL;

	/* A pop whose answer comes too late has taken messages out. */
	expect_ok(rmq_config_set(config, "mqClientApiTimeout", "60000", &detail), detail);
	expect_ok(rmq_config_set(config, "clientRebalance", "false", &detail), detail);
	make(s, config);
}

/* Before it is a member, so that it never pulls. */
static enum rmq_error subscribe_popped(struct sink *s, const char *topic, const char *expression,
				       rmq_error_detail **detail)
{
	enum rmq_error err = rmq_admin_set_message_request_mode(
		the_admin(), NULL, topic, s->group, RMQ_REQUEST_MODE_POP, 0, NULL, detail);

	return err == RMQ_OK ? subscribe(s, topic, expression, detail) : err;
}

const struct sink_kind sink_push_pop = {
	.name = "push_pop",
	.gives = SINK_RETRY | SINK_SUSPEND,
	.needs = NEED_POP,
	.make = make_popping,
	.free = end,
	.subscribe = subscribe_popped,
	.unsubscribe = unsubscribe,
	.start = start,
	.wait_ready = wait_ready,
	.close = stop,
	.set_suspended = set_suspended,
};
