/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/consumer/told.h"

#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "tests/support/suite.h"

struct told told[TOLD_MAX];
size_t told_count;

static void on_event(const rmq_event *e, void *arg)
{
	struct told *t = &told[told_count];

	if (rmq_event_kind(e) != RMQ_EVENT_STALLED && rmq_event_kind(e) != RMQ_EVENT_OVER)
		return;
	if (told_count == RMQI_COUNT(told))
		return;
	told_count++;
	t->kind = rmq_event_kind(e);
	t->at_ms = rig_now(arg);
	snprintf(t->topic, sizeof(t->topic), "%s", rmq_event_topic(e));
	snprintf(t->text, sizeof(t->text), "%s", rmq_event_text(e));
}

struct rig *begin_told(int queues, const char *settings)
{
	struct rig *r;

	told_count = 0;
	rig_event_fn = on_event;
	r = rig_new(1, queues, settings);
	rig_event_fn = NULL;
	for (int i = 0; i < queues; i++)
		fake_broker_set_committed(r->broker, "T", i, 0);
	fake_broker_set_committed(r->broker, RETRY_G, 0, 0);
	return r;
}

void expect_told(struct rig *r, size_t at, const char *text)
{
	const struct told *t = &told[at];

	ck_assert_msg(told_count > at, "%zu were told; log: %s", told_count, r->log);
	ck_assert_int_eq(t->kind, text ? RMQ_EVENT_STALLED : RMQ_EVENT_OVER);
	ck_assert_msg(strstr(t->text, text ? text : "goes on now") != NULL, "\"%s\" lacks \"%s\"",
		      t->text, text ? text : "goes on now");
	if (text)
		ck_assert_ptr_nonnull(strstr(r->log, text));
}

/* What stands still, of its text. */
static size_t subject_len(const char *text)
{
	const char *end = strstr(text, ": no progress for ");

	return end ? (size_t)(end - text) : strlen(text);
}

void expect_over(const struct rig *r, size_t at, const char *words)
{
	size_t len = subject_len(told[at].text);

	for (size_t i = at + 1; i < told_count; i++)
		if (told[i].kind == RMQ_EVENT_OVER && strcmp(told[i].topic, told[at].topic) == 0 &&
		    strncmp(told[i].text, told[at].text, len) == 0 &&
		    strncmp(told[i].text + len, ": ", 2) == 0 && strstr(told[i].text, words))
			return;
	ck_abort_msg("\"%s\" has no end \"%s\"; log: %s", told[at].text, words, r->log);
}

void expect_all_over(const struct rig *r)
{
	ck_assert_uint_lt(told_count, RMQI_COUNT(told));
	for (size_t i = 0; i < told_count; i++)
		if (told[i].kind == RMQ_EVENT_STALLED)
			expect_over(r, i, "");
}

void expect_time(size_t at, int64_t since_ms, int64_t limit_ms)
{
	int64_t took = told[at].at_ms - since_ms;

	ck_assert_int_ge(took, limit_ms);
	ck_assert_int_le(took, limit_ms + limit_ms / 4 + S);
}
