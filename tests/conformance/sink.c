/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/conformance/sink.h"

#include <stdlib.h>
#include <string.h>

#include "tests/conformance/scene.h"

enum { SINKS_MAX = 64 };

static struct sink *sinks[SINKS_MAX];
static size_t sinks_count;

static void record(struct sink *s, const rmq_message *const *messages, size_t count)
{
	pthread_mutex_lock(&s->mu);
	if (count > s->largest_batch)
		s->largest_batch = count;
	for (size_t i = 0; i < count; i++) {
		if (s->count < SINK_KEPT) {
			s->kept[s->count] = rmq_message_dup(messages[i]);
			s->at_ms[s->count] = now_ms();
		}
		s->count++;
	}
	pthread_mutex_unlock(&s->mu);
}

enum rmq_consume_status sink_take(struct sink *s, const rmq_message *const *messages, size_t count,
				  rmq_consume_context *context)
{
	record(s, messages, count);
	if (s->audit)
		for (size_t i = 0; i < count; i++)
			audit_delivered(s->audit, messages[i]);
	return s->react ? s->react(s, messages, count, context) : RMQ_CONSUME_SUCCESS;
}

static struct sink *make_sink(const struct sink_kind *kind, const char *group, const char *settings)
{
	struct sink *s = calloc(1, sizeof(*s));

	if (!s || sinks_count == SINKS_MAX)
		fail("no room for a sink");
	sinks[sinks_count++] = s;
	pthread_mutex_init(&s->mu, NULL);
	s->group = group ? group : new_name("G");
	s->kind = kind;
	s->kind->make(s, new_config(settings));
	return s;
}

struct sink *sink_new(const char *group, const char *topic, const char *expression,
		      const char *settings)
{
	struct sink *s = make_sink(scene.kind, group, settings);

	if (topic)
		sink_subscribe(s, topic, expression);
	return s;
}

struct sink *sink_new_of(const struct sink_kind *kind, const char *group, const char *topic,
			 const char *settings)
{
	struct sink *s = make_sink(kind, group, settings);

	sink_subscribe(s, topic, NULL);
	return s;
}

void sink_subscribe(struct sink *s, const char *topic, const char *expression)
{
	rmq_error_detail *detail = NULL;

	expect_ok(s->kind->subscribe(s, topic, expression, &detail), detail);
}

void sink_unsubscribe(struct sink *s, const char *topic)
{
	rmq_error_detail *detail = NULL;

	expect_ok(s->kind->unsubscribe(s, topic, &detail), detail);
}

void sink_set_suspended(struct sink *s, bool is_suspended)
{
	rmq_error_detail *detail = NULL;

	expect_ok(s->kind->set_suspended(s, is_suspended, &detail), detail);
}

enum rmq_error sink_wait_ready(struct sink *s, int64_t timeout_ms, rmq_error_detail **detail)
{
	return s->kind->wait_ready(s, timeout_ms, detail);
}

struct unready {
	struct sink *sink;
	enum rmq_error expected, error;
	rmq_error_detail *detail;
};

static int is_the_cause(void *arg)
{
	struct unready *u = arg;

	rmq_error_detail_free(u->detail);
	u->detail = NULL;
	u->error = sink_wait_ready(u->sink, QUIET_MS, &u->detail);
	return u->error == u->expected;
}

rmq_error_detail *sink_expect_unready(struct sink *s, enum rmq_error error)
{
	struct unready u = {.sink = s, .expected = error};

	if (!wait_until(is_the_cause, &u, SOON_MS))
		fail("not ready: %s (%s), not %s", rmq_error_text(u.error),
		     u.detail ? rmq_error_detail_message(u.detail) : "no detail",
		     rmq_error_text(error));
	return u.detail;
}

size_t sink_queue_count(struct sink *s)
{
	return s->kind->queue_count(s);
}

void sink_start(struct sink *s)
{
	rmq_error_detail *detail = NULL;

	expect_ok(s->kind->start(s, &detail), detail);
}

struct sink *sink_open(const char *group, const char *topic, const char *expression,
		       const char *settings, struct audit *audit)
{
	struct sink *s = sink_new(group, topic, expression, settings);

	s->audit = audit;
	sink_start(s);
	return s;
}

void sink_close(struct sink *s)
{
	rmq_error_detail *detail = NULL;

	expect_ok(s->kind->close(s, SOON_MS, &detail), detail);
}

void sink_drop(struct sink *s)
{
	s->kind->free(s);
}

void sinks_pump(void)
{
	for (size_t i = 0; i < sinks_count; i++)
		if (sinks[i]->kind->pump)
			sinks[i]->kind->pump(sinks[i]);
}

void sinks_free(void)
{
	struct sink *s;

	while (sinks_count > 0) {
		s = sinks[--sinks_count];
		s->kind->free(s);
		for (size_t i = 0; i < s->count && i < SINK_KEPT; i++)
			rmq_message_free(s->kept[i]);
		pthread_mutex_destroy(&s->mu);
		free(s);
	}
}

size_t sink_count(struct sink *s)
{
	size_t n;

	pthread_mutex_lock(&s->mu);
	n = s->count;
	pthread_mutex_unlock(&s->mu);
	return n;
}

size_t sink_largest_batch(struct sink *s)
{
	size_t n;

	pthread_mutex_lock(&s->mu);
	n = s->largest_batch;
	pthread_mutex_unlock(&s->mu);
	return n;
}

const rmq_message *sink_at(struct sink *s, size_t i)
{
	const rmq_message *m;

	pthread_mutex_lock(&s->mu);
	m = i < s->count && i < SINK_KEPT ? s->kept[i] : NULL;
	pthread_mutex_unlock(&s->mu);
	if (!m)
		fail("there is no delivery %zu", i);
	return m;
}

int64_t sink_at_ms(struct sink *s, size_t i)
{
	int64_t at;

	(void)sink_at(s, i);
	pthread_mutex_lock(&s->mu);
	at = s->at_ms[i];
	pthread_mutex_unlock(&s->mu);
	return at;
}

size_t sink_count_body(struct sink *s, const char *body)
{
	size_t n = 0, len;
	const void *is;

	pthread_mutex_lock(&s->mu);
	for (size_t i = 0; i < s->count && i < SINK_KEPT; i++) {
		is = rmq_message_body(s->kept[i], &len);
		n += len == strlen(body) && memcmp(is, body, len) == 0;
	}
	pthread_mutex_unlock(&s->mu);
	return n;
}

struct goal {
	struct sink *sink;
	const char *topic;
	int64_t number;
};

static int has_count(void *arg)
{
	struct goal *g = arg;

	return (int64_t)sink_count(g->sink) >= g->number;
}

bool sink_wait(struct sink *s, size_t count, int64_t max_ms)
{
	struct goal g = {.sink = s, .number = (int64_t)count};

	return wait_until(has_count, &g, max_ms);
}

void sink_expect(struct sink *s, size_t count)
{
	if (!sink_wait(s, count, SOON_MS))
		fail("only %zu of %zu messages came in %d ms", sink_count(s), count, SOON_MS);
	if (sink_wait(s, count + 1, QUIET_MS / 4))
		fail("%zu messages came, not %zu", sink_count(s), count);
}

static int has_queues(void *arg)
{
	struct goal *g = arg;

	return (int64_t)sink_queue_count(g->sink) == g->number;
}

void sink_expect_queues(struct sink *s, size_t queues)
{
	struct goal g = {.sink = s, .number = (int64_t)queues};

	if (!wait_until(has_queues, &g, 2 * SOON_MS))
		fail("the member has %zu queues, not %zu", sink_queue_count(s), queues);
}

static int is_committed(void *arg)
{
	struct goal *g = arg;

	return committed_count(g->topic, g->sink->group) == g->number;
}

void sink_expect_committed(struct sink *s, const char *topic, int64_t sum)
{
	struct goal g = {s, topic, sum};

	if (!wait_until(is_committed, &g, SOON_MS))
		fail("%lld messages of %s are committed, not %lld",
		     (long long)committed_count(topic, s->group), topic, (long long)sum);
}
