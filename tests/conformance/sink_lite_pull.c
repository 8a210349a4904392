/* SPDX-License-Identifier: Apache-2.0 */
/* sink_lite_pull.c - the lite pull consumer, which is polled while the test waits. */
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

static void make(struct sink *s, rmq_config *config)
{
	rmq_error_detail *detail = NULL;
	rmq_lite_pull_consumer *c = NULL;

	/* Behaviours that wait for commits shall not wait long. */
	expect_ok(rmq_config_set(config, "autoCommitIntervalMillis", "1000", &detail), detail);
	expect_ok(rmq_lite_pull_consumer_new(config, s->group, &c, &detail), detail);
	s->handle = c;
}

static void end(struct sink *s)
{
	rmq_lite_pull_consumer_free(s->handle);
	s->handle = NULL;
}

static enum rmq_error subscribe(struct sink *s, const char *topic, const char *expression,
				rmq_error_detail **detail)
{
	return rmq_lite_pull_consumer_subscribe(s->handle, topic, expression, detail);
}

static enum rmq_error unsubscribe(struct sink *s, const char *topic, rmq_error_detail **detail)
{
	return rmq_lite_pull_consumer_unsubscribe(s->handle, topic, detail);
}

static enum rmq_error start(struct sink *s, rmq_error_detail **detail)
{
	return rmq_lite_pull_consumer_start(s->handle, detail);
}

static enum rmq_error wait_ready(struct sink *s, int64_t timeout_ms, rmq_error_detail **detail)
{
	return rmq_lite_pull_consumer_wait_ready(s->handle, timeout_ms, detail);
}

static enum rmq_error stop(struct sink *s, int64_t timeout_ms, rmq_error_detail **detail)
{
	return rmq_lite_pull_consumer_close(s->handle, timeout_ms, detail);
}

static size_t queue_count(struct sink *s)
{
	return rmq_lite_pull_consumer_queue_count(s->handle);
}

static void take(struct sink *s, const rmq_messages *l)
{
	const rmq_message *m;

	for (size_t i = 0; (m = rmq_messages_at(l, i)); i++)
		(void)sink_take(s, &m, 1, NULL);
}

/* Before its start and after its close there is nothing. */
static void pump(struct sink *s)
{
	rmq_messages *l;

	do {
		l = NULL;
		if (s->handle && rmq_lite_pull_consumer_poll(s->handle, 0, &l, NULL) != RMQ_OK)
			return;
		take(s, l);
		rmq_messages_free(l);
	} while (l);
}

const struct sink_kind sink_lite_pull = {
	.name = "lite_pull",
	.gives = SINK_QUEUES | SINK_OFFSETS,
	.make = make,
	.free = end,
	.subscribe = subscribe,
	.unsubscribe = unsubscribe,
	.start = start,
	.wait_ready = wait_ready,
	.close = stop,
	.pump = pump,
	.queue_count = queue_count,
};
