/* SPDX-License-Identifier: Apache-2.0 */
/* t_bad_callback.c - callbacks that block, call back into their producer or close it, and a close with much under
 * way; with each way to send that has a callback. */
#include <stdlib.h>
#include <string.h>

#include "tests/producer/each_kind.h"

enum { MANY = 10000, SOME = 8 };

static const enum kind asynchronous[] = {ASYNC, BATCH_ASYNC, AUTOBATCH_ASYNC, REQUEST_ASYNC};
enum { ASYNCHRONOUS = sizeof(asynchronous) / sizeof(asynchronous[0]) };

static enum kind now;    /* the kind of this run */
static int inside, done; /* callbacks that were entered, and left */
static enum rmq_error closed_with;

/* Requests end with their time, the others with the answer. */
static void begin(enum kind k)
{
	now = k;
	inside = done = 0;
	kind_prepare(k);
	set("backPressureForAsyncSendNum", "30000");
	kind_start(k);
}

static void send_some(struct end *ends, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		begin_kind(now, good(), NULL, &ends[i]);
		ck_assert(!ends[i].was_refused);
	}
}

static void expect_each_stored(struct end *ends, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		wait_end(&ends[i]);
		expect_stored(now, &ends[i]);
	}
}

/* --- In a callback --------------------------------------------------------------------------------- */

/* Longer than any send has. */
static void block_first(void)
{
	if (inside++ == 0)
		fake_world_advance(&world, 4 * SEND_MS);
	done++;
}

START_TEST(callback__that_blocks_loses_nobody_behind_it)
{
	struct end ends[SOME];

	begin(asynchronous[_i]);
	in_callback = block_first;

	send_some(ends, SOME);

	expect_each_stored(ends, SOME);
	ck_assert_int_eq(done, SOME);
	kind_close();
}
END_TEST

/* In every way that there is; the innermost ones call nothing. */
static void send_each_kind(void)
{
	struct end end;

	inside++;
	if (inside > 1)
		return;
	for (enum kind k = 0; k < KINDS; k++) {
		if (k == TRANSACTION)
			continue; /* needs a check function */
		send_kind(k, good(), NULL, &end);
		expect_stored(k, &end);
	}
	done++;
}

START_TEST(callback__may_send_in_every_way_and_wait_for_it)
{
	struct end ends[SOME];

	begin(asynchronous[_i]);
	in_callback = send_each_kind;

	send_some(ends, SOME);

	expect_each_stored(ends, SOME);
	ck_assert_int_eq(done, 1);
	kind_close();
}
END_TEST

static void close_first(void)
{
	if (inside++ == 0)
		closed_with = rmq_producer_close(producer, -1, NULL);
	done++;
}

/* All that were accepted are told, and how each ended. */
START_TEST(callback__may_close_its_producer_and_all_are_told)
{
	struct end ends[SOME];

	begin(asynchronous[_i]);
	in_callback = close_first;
	closed_with = RMQ_ERR_STATE;

	send_some(ends, SOME);

	for (int i = 0; i < SOME; i++) {
		wait_end(&ends[i]);
		ck_assert_msg(ends[i].error == RMQ_OK || ends[i].error == RMQ_ERR_NO_REPLY ||
				      ends[i].error == RMQ_ERR_CANCELLED,
			      "%s: %s", kind_name(now), ends[i].text);
	}
	ck_assert(closed_with == RMQ_OK || closed_with == RMQ_ERR_CANCELLED);
	ck_assert_int_eq(done, SOME);
	kind_close();
}
END_TEST

/* --- A close with much under way ------------------------------------------------------------------- */

/* How many of so many ended this way, each once? */
static size_t count_ends(struct end *ends, size_t count, enum rmq_error error, unsigned flag)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		ck_assert_int_eq(atomic_load(&ends[i].told), 1);
		found += ends[i].error == error && (ends[i].flags & flag) == flag;
	}
	return found;
}

static void silence(void)
{
	fake_peer_always(a, SEND, FAKE_SILENT);
	fake_peer_always(b, SEND, FAKE_SILENT);
	fake_peer_always(a, SEND_BATCH, FAKE_SILENT);
	fake_peer_always(b, SEND_BATCH, FAKE_SILENT);
}

START_TEST(close__with_ten_thousand_under_way_tells_each_once_what_became_of_it)
{
	struct end *ends = calloc(MANY, sizeof(*ends));
	struct end late;

	begin(asynchronous[_i]);
	silence();
	send_some(ends, MANY);
	fake_world_advance(&world, 100); /* all of them have left */

	ck_assert_int_eq(rmq_producer_close(producer, 0, NULL), RMQ_ERR_CANCELLED);
	fake_world_advance(&world, 100);

	ck_assert_uint_eq(count_ends(ends, MANY, RMQ_ERR_CANCELLED, RMQ_ERROR_MAYBE_STORED), MANY);
	begin_kind(now, good(), NULL, &late);
	ck_assert(late.was_refused);
	expect_end(now, &late, RMQ_ERR_STATE, "closed");
	kind_close();
	ck_assert_uint_eq(count_ends(ends, MANY, RMQ_ERR_CANCELLED, 0), MANY);
	free(ends);
}
END_TEST

int main(void)
{
	const TTest *const each[] = {
		callback__that_blocks_loses_nobody_behind_it,
		callback__may_send_in_every_way_and_wait_for_it,
		callback__may_close_its_producer_and_all_are_told,
		close__with_ten_thousand_under_way_tells_each_once_what_became_of_it,
	};
	struct suite s;

	suite_open(&s, "bad_callback");
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		suite_add_loop(&s, each[i], ASYNCHRONOUS);
	return suite_run(&s);
}
