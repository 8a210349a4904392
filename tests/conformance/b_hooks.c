/* SPDX-License-Identifier: Apache-2.0 */
/* b_hooks.c - what stands around a call of a listener: hooks, and the message trace of a consumer. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

/* --- Hooks --------------------------------------------------------------------------------------- */

struct seen {
	atomic_int before, after, failed, done, wrong;
	atomic_int refuse; /* calls that the listener is still to refuse */
};

static void note_before(rmq_consume_call *c, void *arg)
{
	struct seen *seen = arg;

	atomic_fetch_add(&seen->before, 1);
	rmq_consume_call_set_data(c, (void *)(uintptr_t)rmq_consume_call_message(c, 0));
}

static void note_after(const rmq_consume_call *c, void *arg)
{
	struct seen *seen = arg;

	atomic_fetch_add(&seen->after, 1);
	atomic_fetch_add(&seen->failed, rmq_consume_call_outcome(c) == RMQ_OUTCOME_FAILED);
	atomic_fetch_add(&seen->done, (int)rmq_consume_call_done(c));
	atomic_fetch_add(&seen->wrong, rmq_consume_call_data(c) != rmq_consume_call_message(c, 0) ||
					       !rmq_consume_call_queue(c)->topic[0] ||
					       rmq_consume_call_latency_us(c) < 0);
}

static enum rmq_consume_status refuse_first(rmq_push_consumer *c,
					    const rmq_message *const *messages, size_t count,
					    rmq_consume_context *context, void *arg)
{
	struct seen *seen = arg;

	(void)c, (void)messages, (void)count;
	rmq_consume_context_set_delay_level(context, 1);
	return atomic_fetch_sub(&seen->refuse, 1) > 0 ? RMQ_RECONSUME_LATER : RMQ_CONSUME_SUCCESS;
}

static int all_done(void *arg)
{
	return atomic_load(&((struct seen *)arg)->done) == 5;
}

static void hooks__of_a_listener_see_each_call_and_its_result(void)
{
	const char *topic = new_topic(1);
	rmq_config *config = new_config("consumeFromWhere=CONSUME_FROM_FIRST_OFFSET");
	rmq_producer *p = new_producer(NULL);
	rmq_push_consumer *c = NULL;
	rmq_error_detail *detail = NULL;
	struct seen seen = {.refuse = 2};

	for (int i = 0; i < 5; i++)
		send_text(p, topic, NULL, "hooked");
	expect_ok(rmq_config_add_consume_hook(config, note_before, note_after, &seen, &detail),
		  detail);
	expect_ok(rmq_push_consumer_new(config, new_name("G"), &c, &detail), detail);
	expect_ok(rmq_push_consumer_subscribe(c, topic, "*", &detail), detail);
	expect_ok(rmq_push_consumer_set_listener(c, refuse_first, &seen, &detail), detail);
	expect_ok(rmq_push_consumer_start(c, &detail), detail);
	/* Two come again, after a second. */
	if (!wait_until(all_done, &seen, SOON_MS))
		fail("%d of 5 messages are done", atomic_load(&seen.done));
	expect_ok(rmq_push_consumer_close(c, -1, &detail), detail);
	rmq_push_consumer_free(c);
	expect_int(seen.before, 7);
	expect_int(seen.after, 7);
	expect_int(seen.failed, 2);
	expect_int(seen.wrong, 0);
}

/* --- The trace of a consumer ------------------------------------------------------------------------ */

/* How often the text is in the bodies of the sink's messages. */
static size_t count_in_bodies(struct sink *s, const char *text)
{
	size_t found = 0;

	for (size_t i = 0; i < sink_count(s); i++) {
		size_t len;
		const char *at = rmq_message_body(sink_at(s, i), &len), *end = at + len;

		while ((at = memmem(at, (size_t)(end - at), text, strlen(text))) != NULL) {
			found++;
			at += strlen(text);
		}
	}
	return found;
}

struct awaited {
	struct sink *sink;
	const char *text;
};

static int is_there(void *arg)
{
	const struct awaited *a = arg;

	return count_in_bodies(a->sink, a->text) > 0;
}

/* Of any kind that is traced: one SubBefore and one SubAfter, which belong together. */
static void trace__of_a_message_consumed_is_in_the_trace_topic(void)
{
	const char *topic = new_topic(1), *trace_topic = new_topic(1);
	struct sink *reader = sink_new_of(&sink_push, NULL, trace_topic, NULL), *s;
	char settings[300], record[300];
	struct awaited after = {reader, "SubAfter\001"};
	const char *id;

	sink_start(reader);
	id = rmq_send_result_message_id(send_text(new_producer(NULL), topic, NULL, "traced"));
	snprintf(settings, sizeof(settings),
		 "enableTrace=true traceTopic=%s consumeFromWhere=CONSUME_FROM_FIRST_OFFSET",
		 trace_topic);
	s = sink_open(NULL, topic, NULL, settings, NULL);
	sink_expect(s, 1);
	sink_close(s);
	if (!wait_until(is_there, &after, SOON_MS))
		fail("no record of the end came");
	expect_int(count_in_bodies(reader, "SubBefore\001"), 1);
	expect_int(count_in_bodies(reader, "SubAfter\001"), 1);
	snprintf(record, sizeof(record), "\001%s\001", id);
	expect_int(count_in_bodies(reader, record), 2);
	snprintf(record, sizeof(record), "\001%s\0010\001null\002", id);
	expect_int(count_in_bodies(reader, record), 1);
	expect_int(count_in_bodies(reader, "\001true\001null\0010\001"), 1);
}

static const struct behaviour hooks_list[] = {
	BEHAVIOUR(hooks__of_a_listener_see_each_call_and_its_result, 0),
	BEHAVIOUR_EACH(trace__of_a_message_consumed_is_in_the_trace_topic, 0, SINK_QUEUES),
};

BEHAVIOURS(hooks);
