/* SPDX-License-Identifier: Apache-2.0 */
/* Requests: what can become of them, who has to know the producer, and its close. */
#include <stdio.h>
#include <string.h>

#include "base/sim.h"
#include "tests/producer/request_scene.h"

START_TEST(request__ends_with_its_reply)
{
	begin();

	ask();
	ck_assert_uint_eq(ends.ended, 0);
	ck_assert_str_eq(asked(0, "REPLY_TO_CLIENT"), own_id());
	ck_assert_str_eq(asked(0, "TTL"), "3000");
	ck_assert_int_eq(reply(asked(0, "CORRELATION_ID"), own_id(), "pong"), 0);
	rig_advance(rig, 5);
	ck_assert_uint_eq(ends.ended, 1);
	ck_assert_int_eq(ends.error, RMQ_OK);
	ck_assert_str_eq(ends.body, "pong");
	ck_assert_uint_eq(producer->requests.counts.replied, 1);
	ck_assert_uint_eq(rmqi_requests_pending(&producer->requests), 0);

	end();
}
END_TEST

START_TEST(request__without_a_reply_ends_with_its_time)
{
	begin();

	ask();
	rig_advance(rig, TIMEOUT_MS - 10);
	ck_assert_uint_eq(ends.ended, 0);
	rig_advance(rig, 10);
	ck_assert_uint_eq(ends.ended, 1);
	ck_assert_int_eq(ends.error, RMQ_ERR_NO_REPLY);
	ck_assert_uint_eq(ends.flags, RMQ_ERROR_RETRIABLE | RMQ_ERROR_MAYBE_STORED);
	ck_assert_str_eq(ends.queue_topic, "T");
	ck_assert_str_eq(ends.id, asked(0, "UNIQ_KEY"));
	ck_assert_ptr_nonnull(strstr(ends.text, "is stored ("));
	ck_assert_ptr_nonnull(strstr(ends.text, "but no reply came within 3000 ms"));

	end();
}
END_TEST

START_TEST(request__that_waits_has_the_time_of_its_options)
{
	struct rmq_send_options options = {.timeout_ms = 700};
	struct rmq_message *got = NULL;
	int64_t before;

	begin();

	before = rig_now(rig);
	ck_assert_int_eq(rmqi_producer_request(producer, message, &options, &got, detail),
			 RMQ_ERR_NO_REPLY);
	ck_assert_int_eq(rig_now(rig) - before, 700);
	ck_assert_ptr_null(got);
	ck_assert_str_eq(rmq_error_detail_message_id(detail), asked(0, "UNIQ_KEY"));
	ck_assert_str_eq(asked(0, "TTL"), "700");

	end();
}
END_TEST

START_TEST(request__that_is_not_sent_says_so)
{
	struct rmq_message *m = rmq_message_new("Unknown", "x", 1), *got = NULL;

	begin();

	ck_assert_int_eq(rmqi_producer_request(producer, m, NULL, &got, detail), RMQ_ERR_NO_ROUTE);
	ck_assert_uint_eq(rmq_error_detail_flags(detail) & RMQ_ERROR_MAYBE_STORED, 0);
	rmq_message_free(m);
	m = rmq_message_new("T", NULL, 0);
	ck_assert_int_eq(rmqi_producer_request(producer, m, NULL, &got, detail),
			 RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(rmqi_producer_request_async(producer, m, NULL, on_reply, NULL, detail),
			 RMQ_ERR_INVALID_ARGUMENT);
	rmq_message_free(m);
	ck_assert_uint_eq(ends.ended, 0);
	ck_assert_uint_eq(rmqi_requests_pending(&producer->requests), 0);

	end();
}
END_TEST

/* --- Many, and the close ------------------------------------------------------------------------ */

START_TEST(close__ends_ten_thousand_requests_once_each)
{
	static size_t each[MANY];

	begin();

	memset(each, 0, sizeof(each));
	for (size_t i = 0; i < MANY; i++)
		ck_assert_int_eq(rmqi_producer_request_async(producer, message, NULL, on_reply,
							     &each[i], detail),
				 RMQ_OK);
	rig_advance(rig, 100);
	ck_assert_uint_eq(rmqi_requests_pending(&producer->requests), MANY);
	ck_assert_int_eq(rmqi_producer_close(producer, 1000, detail), RMQ_OK);
	for (size_t i = 0; i < MANY; i++)
		ck_assert_uint_eq(each[i], 1);
	ck_assert_int_eq(ends.error, RMQ_ERR_CANCELLED);
	ck_assert_uint_eq(ends.flags & RMQ_ERROR_MAYBE_STORED, RMQ_ERROR_MAYBE_STORED);
	ck_assert_int_eq(
		rmqi_producer_request_async(producer, message, NULL, on_reply, NULL, detail),
		RMQ_ERR_STATE);
	ck_assert_uint_eq(ends.ended, MANY);

	end();
}
END_TEST

/* The close comes after `steps` steps of the simulation. False: there was nothing left to do before. */
static bool close_after(int steps)
{
	bool is_stored, has_steps = true;

	begin();
	ck_assert_int_eq(
		rmqi_producer_request_async(producer, message, NULL, on_reply, NULL, detail),
		RMQ_OK);
	while (steps-- > 0 && has_steps)
		has_steps = rmqi_sim_step(rig->env->sim);
	(void)!rmqi_producer_close(producer, 0, NULL);
	rig_advance(rig, 100);
	is_stored = peer_pull(replier, "G", "T", 0, 0, 0) == 0;
	ck_assert_uint_eq(ends.ended, 1);
	if (is_stored)
		ck_assert_uint_eq(ends.flags & RMQ_ERROR_MAYBE_STORED, RMQ_ERROR_MAYBE_STORED);
	end();
	return has_steps;
}

START_TEST(close__at_any_step_never_says_not_stored_of_what_is_stored)
{
	int steps = 0;

	while (steps < 200 && close_after(steps))
		steps++;
	ck_assert_int_gt(steps, 3);
}
END_TEST

static void close_inside(enum rmq_error error, const rmq_message *reply, const rmq_error_detail *d,
			 void *arg)
{
	on_reply(error, reply, d, NULL);
	*(enum rmq_error *)arg = rmqi_producer_close(producer, 1000, NULL);
}

START_TEST(callback__may_close_its_producer)
{
	enum rmq_error closed = RMQ_ERR_SYSTEM;

	begin();

	ck_assert_int_eq(
		rmqi_producer_request_async(producer, message, NULL, close_inside, &closed, detail),
		RMQ_OK);
	ask();
	ck_assert_int_eq(reply(asked(0, "CORRELATION_ID"), own_id(), "pong"), 0);
	rig_advance(rig, 5);
	ck_assert_int_eq(closed, RMQ_OK);
	ck_assert_uint_eq(ends.ended, 2);
	ck_assert_uint_eq(ends.ok, 1);

	end();
}
END_TEST

/* --- Who has to know the producer --------------------------------------------------------------- */

START_TEST(request__is_known_to_every_broker_of_the_cluster)
{
	struct mb_cluster_options o;
	char second[64];

	rig_options(&o);
	o.brokers = 2;
	begin_with(rig_new_with(&o));

	/* T is on the first broker only; the reply takes the other one. */
	snprintf(second, sizeof(second), "%s", mb_cluster_broker_address(rig->cluster, "broker-b"));
	ask();
	snprintf(rig->broker, sizeof(rig->broker), "%s",
		 mb_cluster_broker_address(rig->cluster, BROKER));
	{
		char id[64];

		snprintf(id, sizeof(id), "%s", asked(0, "CORRELATION_ID"));
		snprintf(rig->broker, sizeof(rig->broker), "%s", second);
		ck_assert_int_eq(reply(id, own_id(), "pong"), 0);
	}
	rig_advance(rig, 5);
	ck_assert_uint_eq(ends.ok, 1);

	end();
}
END_TEST

START_TEST(requests__of_two_producers_get_their_own_replies)
{
	struct rmq_producer *other;
	size_t of_other = 0;
	char first[64], second[64];

	begin();

	other = open_producer("PG2");
	ask();
	ck_assert_int_eq(
		rmqi_producer_request_async(other, message, NULL, on_reply, &of_other, detail),
		RMQ_OK);
	rig_advance(rig, 5);
	snprintf(first, sizeof(first), "%s", asked(0, "CORRELATION_ID"));
	snprintf(second, sizeof(second), "%s", asked(1, "CORRELATION_ID"));
	ck_assert_int_eq(reply(second, rmqi_client_id(other->client), "second"), 0);
	rig_advance(rig, 5);
	ck_assert_uint_eq(of_other, 1);
	ck_assert_str_eq(ends.body, "second");
	ck_assert_int_eq(reply(first, own_id(), "first"), 0);
	rig_advance(rig, 5);
	ck_assert_uint_eq(ends.ok, 2);
	ck_assert_str_eq(ends.body, "first");
	rmqi_producer_free(other);

	end();
}
END_TEST

START_TEST(request__is_refused_where_another_would_get_the_reply)
{
	struct rmq_producer *one, *two;
	struct rmq_message *got = NULL;

	begin();

	ck_assert_int_eq(rmqi_config_set(config, "instanceName", "app", NULL), RMQ_OK);
	one = open_producer("PG2");
	two = open_producer("PG3");
	ck_assert_int_eq(rmqi_producer_request(one, message, NULL, &got, detail), RMQ_ERR_STATE);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "would get the replies"));
	rmqi_producer_free(two);
	ck_assert_int_eq(rmqi_producer_request(one, message, NULL, &got, detail), RMQ_ERR_NO_REPLY);
	rmqi_producer_free(one);

	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		request__ends_with_its_reply,
		request__without_a_reply_ends_with_its_time,
		request__that_waits_has_the_time_of_its_options,
		request__that_is_not_sent_says_so,
		close__ends_ten_thousand_requests_once_each,
		close__at_any_step_never_says_not_stored_of_what_is_stored,
		callback__may_close_its_producer,
		request__is_known_to_every_broker_of_the_cluster,
		requests__of_two_producers_get_their_own_replies,
		request__is_refused_where_another_would_get_the_reply,
	};

	return run_suite("request", tests, RMQI_COUNT(tests));
}
