/* SPDX-License-Identifier: Apache-2.0 */
/* sink_pop.c - the simple consumer, which receives while the test waits, and acknowledges what was taken well. */
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

static void make(struct sink *s, rmq_config *config)
{
	rmq_error_detail *detail = NULL;
	rmq_simple_consumer *c = NULL;

	/* A pop whose answer comes too late has taken messages out. */
	expect_ok(rmq_config_set(config, "mqClientApiTimeout", "60000", &detail), detail);
	expect_ok(rmq_simple_consumer_new(config, s->group, &c, &detail), detail);
	s->handle = c;
}

static void end(struct sink *s)
{
	rmq_simple_consumer_free(s->handle);
	s->handle = NULL;
}

static enum rmq_error subscribe(struct sink *s, const char *topic, const char *expression,
				rmq_error_detail **detail)
{
	return rmq_simple_consumer_subscribe(s->handle, topic, expression, detail);
}

static enum rmq_error unsubscribe(struct sink *s, const char *topic, rmq_error_detail **detail)
{
	return rmq_simple_consumer_unsubscribe(s->handle, topic, detail);
}

static enum rmq_error start(struct sink *s, rmq_error_detail **detail)
{
	return rmq_simple_consumer_start(s->handle, detail);
}

static enum rmq_error wait_ready(struct sink *s, int64_t timeout_ms, rmq_error_detail **detail)
{
	return rmq_simple_consumer_wait_ready(s->handle, timeout_ms, detail);
}

static enum rmq_error stop(struct sink *s, int64_t timeout_ms, rmq_error_detail **detail)
{
	return rmq_simple_consumer_close(s->handle, timeout_ms, detail);
}

static void take(struct sink *s, const rmq_message *m)
{
	rmq_error_detail *detail = NULL;

	if (sink_take(s, &m, 1, NULL) == RMQ_CONSUME_SUCCESS)
		expect_ok(rmq_simple_consumer_ack(s->handle, m, &detail), detail);
}

/* Before its start and after its close there is nothing. */
static void pump(struct sink *s)
{
	rmq_messages *l;
	size_t count;

	do {
		l = NULL;
		if (!s->handle ||
		    rmq_simple_consumer_receive(s->handle, 32, -1, 0, &l, NULL) != RMQ_OK)
			return;
		count = rmq_messages_count(l);
		for (size_t i = 0; i < count; i++)
			take(s, rmq_messages_at(l, i));
		rmq_messages_free(l);
	} while (count > 0);
}

const struct sink_kind sink_pop = {
	.name = "pop",
	.needs = NEED_POP,
	.make = make,
	.free = end,
	.subscribe = subscribe,
	.unsubscribe = unsubscribe,
	.start = start,
	.wait_ready = wait_ready,
	.close = stop,
	.pump = pump,
};
