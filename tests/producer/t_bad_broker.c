/* SPDX-License-Identifier: Apache-2.0 */
/* t_bad_broker.c - brokers that answer nonsense, late, twice or not at all, and nobody who answers; with each way
 * to send. */
#include <stdio.h>
#include <string.h>

#include "tests/producer/each_kind.h"
#include "tests/support/bad_peer.h"

static void always(int reaction)
{
	fake_peer_always(a, SEND, reaction);
	fake_peer_always(b, SEND, reaction);
	fake_peer_always(a, SEND_BATCH, reaction);
	fake_peer_always(b, SEND_BATCH, reaction);
}

/* The next one is told what is its own. */
static void expect_next_is_stored(enum kind k)
{
	size_t before_a = fake_peer_count(a, SEND), before_b = fake_peer_count(b, SEND);
	const struct fake_request *r;
	struct end next;

	always(FAKE_BEHAVE);
	send_kind(k, good(), NULL, &next);
	expect_stored(k, &next);
	if (!kind_is_told(k) || kind_is_batch(k))
		return;
	ck_assert_uint_eq(fake_peer_count(a, SEND) + fake_peer_count(b, SEND),
			  before_a + before_b + 1);
	r = fake_peer_last(fake_peer_count(a, SEND) > before_a ? a : b, SEND);
	ck_assert_str_eq(next.id, fake_request_property(r, "UNIQ_KEY"));
}

/* --- Answers -------------------------------------------------------------------------------------- */

static const struct bad_answer {
	int reaction;
	enum rmq_error error;
} answers[] = {
	{FAKE_EMPTY, RMQ_ERR_PROTOCOL},             /* "stored", and no word where */
	{FAKE_GARBAGE, RMQ_ERR_PROTOCOL},           /* the same with a body of nonsense */
	{FAKE_ASTRAY, RMQ_ERR_TIMEOUT},             /* answers to what nobody asked */
	{FAKE_LATE - 2 * SEND_MS, RMQ_ERR_TIMEOUT}, /* when nobody waits any more */
	{FAKE_SILENT, RMQ_ERR_TIMEOUT},
	{FAKE_HANG_UP, RMQ_ERR_CONNECTION_LOST},
};

START_TEST(answer__that_says_nothing_is_told_once_as_maybe_stored)
{
	enum kind k = (enum kind)_i;
	struct end end;

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		kind_open(k);
		always(answers[i].reaction);

		send_kind(k, good(), NULL, &end);

		if (kind_is_told(k)) {
			expect_end(k, &end, answers[i].error, NULL);
			ck_assert_msg(end.flags & RMQ_ERROR_MAYBE_STORED, "%s, answer %zu: %s",
				      kind_name(k), i, end.text);
			ck_assert_str_ne(end.id, "");
		} else {
			expect_stored(k, &end);
		}
		expect_next_is_stored(k);
		kind_close();
	}
}
END_TEST

START_TEST(answer__that_comes_twice_is_told_once)
{
	enum kind k = (enum kind)_i;
	struct end end;

	kind_open(k);
	always(FAKE_TWICE);

	send_kind(k, good(), NULL, &end);

	expect_stored(k, &end);
	expect_next_is_stored(k);
	ck_assert_uint_eq(sent_to(a) + sent_to(b), 2);
	kind_close();
}
END_TEST

/* --- Nobody answers ------------------------------------------------------------------------------- */

START_TEST(brokers__that_are_all_down_are_told_and_nothing_is_stored)
{
	enum kind k = (enum kind)_i;
	struct end end;

	kind_open(k);
	fake_peer_free(a);
	fake_peer_free(b);
	a = b = NULL;

	send_kind(k, good(), NULL, &end);

	if (kind_is_told(k)) {
		ck_assert_msg(end.error == RMQ_ERR_CONNECT || end.error == RMQ_ERR_TIMEOUT,
			      "%s: %s", kind_name(k), end.text);
		expect_end(k, &end, end.error, "127.0.0.1:");
		ck_assert_uint_eq(end.flags & RMQ_ERROR_MAYBE_STORED, 0);
		ck_assert_uint_ne(end.flags & RMQ_ERROR_RETRIABLE, 0);
	}
	kind_close();
}
END_TEST

/* Also when the routes are long due to be asked for again. */
START_TEST(name_servers__that_are_down_hinder_nobody_who_knows_the_way)
{
	enum kind k = (enum kind)_i;
	struct end end;

	kind_open(k);
	expect_next_is_stored(k);
	fake_peer_free(ns);
	ns = NULL;

	expect_next_is_stored(k);
	fake_world_advance(&world, 10 * 60 * 1000);
	expect_next_is_stored(k);

	/* And one of the brokers, too. */
	fake_peer_free(b);
	b = fake_peer_new(&world.env); /* elsewhere: nobody knows */
	for (int i = 0; i < 4; i++) {
		send_kind(k, good(), NULL, &end);
		if (kind_is_told(k))
			expect_stored(k, &end);
	}
	kind_close();
}
END_TEST

/* --- Bytes of no protocol, over TCP --------------------------------------------------------------- */

static void meet(enum kind k, enum bad_peer_kind how)
{
	struct bad_peer *peer = bad_peer_start(how);
	char route[96];
	struct end end;

	kind_prepare_real(k);
	snprintf(route, sizeof(route), "a=%s:4", bad_peer_address(peer));
	kind_route(route);
	set("sendMsgTimeout", "100");
	set("retryTimesWhenSendFailed", "1");
	kind_start(k);

	send_kind(k, good(), NULL, &end);

	if (kind_is_told(k)) {
		ck_assert_msg(end.error == RMQ_ERR_PROTOCOL || end.error == RMQ_ERR_TIMEOUT ||
				      end.error == RMQ_ERR_CONNECTION_LOST,
			      "%s, %s: %s", kind_name(k), bad_peer_kind_name(how),
			      rmq_error_text(end.error));
		expect_end(k, &end, end.error, bad_peer_address(peer));
	}
	kind_close();
	bad_peer_stop(peer);
}

START_TEST(bytes__of_no_protocol_end_a_send_once)
{
	for (int how = 0; how < PEER_KINDS; how++)
		meet((enum kind)_i, (enum bad_peer_kind)how);
}
END_TEST

int main(void)
{
	const TTest *const each[] = {
		answer__that_says_nothing_is_told_once_as_maybe_stored,
		answer__that_comes_twice_is_told_once,
		brokers__that_are_all_down_are_told_and_nothing_is_stored,
		name_servers__that_are_down_hinder_nobody_who_knows_the_way,
		bytes__of_no_protocol_end_a_send_once,
	};
	struct suite s;

	suite_open(&s, "bad_broker");
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		suite_add_loop(&s, each[i], KINDS);
	return suite_run(&s);
}
