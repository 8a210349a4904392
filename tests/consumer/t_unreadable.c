/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <rocketmq/event.h>

#include "base/macros.h"
#include "client/message.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

enum { MESSAGES = 20, KINDS = 4, PLACES = 5 };

static char events[8192];
static unsigned told; /* UNREADABLE */

static void on_event(const rmq_event *e, void *arg)
{
	size_t len = strlen(events);

	(void)arg;
	if (rmq_event_kind(e) == RMQ_EVENT_UNREADABLE)
		told++;
	snprintf(events + len, sizeof(events) - len, "%d %s\n", (int)rmq_event_kind(e),
		 rmq_event_text(e));
}

static struct rig *begin(int messages, bool is_stopping, bool is_orderly)
{
	struct rig *r;

	events[0] = '\0';
	told = 0;
	rig_event_fn = on_event;
	r = rig_new(1, 1, is_stopping ? "corruptMessagePolicy=STOP" : NULL);
	if (is_orderly)
		rig_orderly(r);
	fake_broker_set_committed(r->broker, "T", 0, 0);
	rig_put(r, messages);
	return r;
}

/* Those of 0..count-1 but `but` were seen once, and no other. */
static void check_seen(const struct rig *r, int count, int but)
{
	char body[32];
	size_t all = 0;

	for (int i = 0; i < count; i++) {
		snprintf(body, sizeof(body), "m%04d", i);
		ck_assert_msg(rig_seen(r, body) == (i != but), "%s was seen %d times, log: %s",
			      body, rig_seen(r, body), r->log);
		all += i != but ? 1 : 0;
	}
	ck_assert_uint_eq(r->seen_count, all);
}

static unsigned count_of(const char *text, const char *what)
{
	unsigned n = 0;

	for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
		n++;
	return n;
}

static void check_has(const char *text, const char *what, unsigned times)
{
	ck_assert_msg(count_of(text, what) == times, "\"%s\" is %u times in: %s", what,
		      count_of(text, what), text);
}

/* --- Every kind, everywhere --------------------------------------------------------------------------- */

static const struct kind {
	enum fake_damage damage;
	const char *why;
} kinds[KINDS] = {
	{FAKE_BODY, "its body does not match its checksum"},
	{FAKE_PACKED, "its body cannot be decompressed"},
	{FAKE_PACKED_5, "its body is compressed in a way that is not known here"},
	{FAKE_FIELDS, "its fields do not fit within its length"},
};

/* First, in the middle, last of an answer but not of the queue, last, alone. */
static const struct place {
	int messages;
	int bad;
} places[PLACES] = {{MESSAGES, 0}, {MESSAGES, 5}, {40, 31}, {MESSAGES, MESSAGES - 1}, {1, 0}};

static const struct kind *kind_of(int i)
{
	return &kinds[i / 2 % KINDS];
}

static const struct place *place_of(int i)
{
	return &places[i / 2 / KINDS];
}

static void tell_where(char *buf, size_t size, int bad)
{
	snprintf(buf, size, "the message at offset %d of T@broker-a:0 cannot be read", bad);
}

START_TEST(skip__delivers_all_others_once_and_tells_which_one_it_was)
{
	const struct place *p = place_of(_i);
	struct rig *r = begin(p->messages, false, _i % 2 == 1);
	char where[256];

	fake_broker_damage(r->broker, "T", 0, p->bad, kind_of(_i)->damage);
	rig_start(r);
	rig_advance(r, 12000);
	check_seen(r, p->messages, p->bad);
	ck_assert_int_eq(rig_committed(r), p->messages);
	tell_where(where, sizeof(where), p->bad);
	check_has(r->log, where, 1);
	check_has(r->log, kind_of(_i)->why, 1);
	check_has(r->log, "is skipped (corruptMessagePolicy=SKIP)", 1);
	check_has(events, where, 1);
	ck_assert_uint_eq(told, 1);
	rig_free(r);
}
END_TEST

START_TEST(stop__delivers_what_stands_before_and_goes_on_when_it_can_be_read)
{
	const struct place *p = place_of(_i);
	struct rig *r = begin(p->messages, true, _i % 2 == 1);
	char where[256];

	fake_broker_damage(r->broker, "T", 0, p->bad, kind_of(_i)->damage);
	rig_start(r);
	rig_advance(r, 12000);
	check_seen(r, p->bad, -1);
	ck_assert_int_eq(rig_committed(r), p->bad);
	tell_where(where, sizeof(where), p->bad);
	check_has(events, where, 1);
	check_has(events, kind_of(_i)->why, 1);
	check_has(events, "corruptMessagePolicy=STOP", 1);
	ck_assert_uint_eq(told, 0);

	fake_broker_damage(r->broker, "T", 0, p->bad, FAKE_SOUND);
	rig_advance(r, 7000);
	check_seen(r, p->messages, -1);
	ck_assert_int_eq(rig_committed(r), p->messages);
	check_has(events, "5 topic T, pull at", 1);
	rig_free(r);
}
END_TEST

START_TEST(skip__tells_each_of_several)
{
	struct rig *r = begin(MESSAGES, false, false);

	for (int i = 0; i < KINDS; i++)
		fake_broker_damage(r->broker, "T", 0, 3 + i, kinds[i].damage);
	rig_start(r);
	rig_advance(r, 6000);
	ck_assert_uint_eq(r->seen_count, MESSAGES - KINDS);
	ck_assert_int_eq(rig_committed(r), MESSAGES);
	ck_assert_uint_eq(told, KINDS);
	rig_free(r);
}
END_TEST

/* --- A broken answer ---------------------------------------------------------------------------------- */

START_TEST(frame__that_is_broken_is_passed_by_neither_policy)
{
	struct rig *r = begin(MESSAGES, _i == 1, false);

	fake_broker_damage(r->broker, "T", 0, 5, FAKE_FRAME);
	rig_start(r);
	rig_advance(r, 12000);
	check_seen(r, 5, -1);
	ck_assert_int_eq(rig_committed(r), 5);
	check_has(events, "the answer cannot be read from offset 5 of T@broker-a:0 on", 1);
	ck_assert_uint_eq(told, 0);

	fake_broker_damage(r->broker, "T", 0, 5, FAKE_SOUND);
	rig_advance(r, 7000);
	check_seen(r, MESSAGES, -1);
	ck_assert_int_eq(rig_committed(r), MESSAGES);
	rig_free(r);
}
END_TEST

/* Its length may be what is wrong: who steps over it may land anywhere. */
START_TEST(frame__that_is_broken_later_puts_fields_that_do_not_fit_in_doubt)
{
	struct rig *r = begin(MESSAGES, false, false);

	fake_broker_damage(r->broker, "T", 0, 5, FAKE_FIELDS);
	fake_broker_damage(r->broker, "T", 0, 9, FAKE_FRAME);
	rig_start(r);
	rig_advance(r, 6000);
	check_seen(r, 5, -1);
	fake_broker_damage(r->broker, "T", 0, 9, FAKE_SOUND);
	rig_advance(r, 7000);
	check_seen(r, MESSAGES, 5);
	ck_assert_uint_eq(told, 1);
	rig_free(r);
}
END_TEST

/* --- What ends in the middle -------------------------------------------------------------------------- */

START_TEST(settle__goes_on_behind_what_was_taken)
{
	static const struct {
		enum rmq_error read, is;
		int64_t behind, next;
	} rows[] = {
		{RMQ_OK, RMQ_OK, 15, 20},
		{RMQ_ERR_NO_MEMORY, RMQ_ERR_NO_MEMORY, 15, 15},
		{RMQ_ERR_NO_MEMORY, RMQ_ERR_NO_MEMORY, -1, 10},
		{RMQ_ERR_TOO_LARGE, RMQ_OK, 15, 15},
		{RMQ_ERR_CORRUPT, RMQ_ERR_CORRUPT, 15, 15},
		{RMQ_ERR_CORRUPT, RMQ_ERR_CORRUPT, 1000, 20},
		{RMQ_ERR_CORRUPT, RMQ_ERR_CORRUPT, 3, 10},
	};
	struct rmqi_answer_of from = {"T", "broker-a", NULL, 0, 10, 20};
	struct rig *r = begin(0, false, false);

	for (size_t i = 0; i < RMQI_COUNT(rows); i++) {
		struct rmqi_message_block b = {.behind = rows[i].behind};
		char why[RMQI_UNREADABLE_WHY] = "";
		int64_t next = -1;

		ck_assert_int_eq(rmqi_unreadable_settle(&r->consumer->member.consumer.unreadable,
							&from, &b, rows[i].read, &next, why),
				 rows[i].is);
		ck_assert_int_eq(next, rows[i].next);
		ck_assert_int_eq(why[0] != '\0', rows[i].is == RMQ_ERR_CORRUPT);
	}
	rig_free(r);
}
END_TEST

/* --- How often ---------------------------------------------------------------------------------------- */

START_TEST(skip__of_thousands_is_told_in_few_lines_and_then_their_number)
{
	enum { MANY = 2000 };
	struct rig *r = begin(MANY, false, false);

	for (int i = 0; i < MANY; i++)
		fake_broker_damage(r->broker, "T", 0, i, FAKE_BODY);
	rig_start(r);
	rig_advance(r, 10000);
	ck_assert_uint_eq(r->seen_count, 0);
	ck_assert_int_eq(rig_committed(r), MANY);
	ck_assert_uint_eq(told, RMQI_UNREADABLE_LINES);
	rig_advance(r, 60000);
	ck_assert_uint_eq(told, RMQI_UNREADABLE_LINES + 1);
	check_has(events, "1984 more messages could not be read within a minute: ", 1);
	check_has(events, "offset 1999", 1);
	rig_free(r);
}
END_TEST

START_TEST(skip__that_was_not_told_is_told_at_the_end)
{
	struct rig *r = begin(MESSAGES, false, false);

	for (int i = 0; i < MESSAGES; i++)
		fake_broker_damage(r->broker, "T", 0, i, FAKE_BODY);
	rig_start(r);
	rig_advance(r, 1000);
	rig_free_consumer(r);
	check_has(r->log, "4 more messages could not be read", 1);
	rig_free(r);
}
END_TEST

START_TEST(stop__is_told_now_and_then)
{
	struct rig *r = begin(MESSAGES, true, false);

	fake_broker_damage(r->broker, "T", 0, 5, FAKE_BODY);
	rig_start(r);
	rig_advance(r, 600000);
	ck_assert_uint_lt(r->lines[RMQ_LOG_WARN] + r->lines[RMQ_LOG_ERROR], 12);
	/* As a pull that fails, and as what its queue stands still for (t_watchdog.c). */
	check_has(events, "cannot be read", 2);
	rig_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		skip__tells_each_of_several,
		frame__that_is_broken_later_puts_fields_that_do_not_fit_in_doubt,
		settle__goes_on_behind_what_was_taken,
		skip__of_thousands_is_told_in_few_lines_and_then_their_number,
		skip__that_was_not_told_is_told_at_the_end,
		stop__is_told_now_and_then,
	};
	struct suite s;

	suite_open(&s, "unreadable");
	suite_add_loop(&s, skip__delivers_all_others_once_and_tells_which_one_it_was,
		       2 * KINDS * PLACES);
	suite_add_loop(&s, stop__delivers_what_stands_before_and_goes_on_when_it_can_be_read,
		       2 * KINDS * PLACES);
	suite_add_loop(&s, frame__that_is_broken_is_passed_by_neither_policy, 2);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
