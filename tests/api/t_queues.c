/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_queues.c - where a message goes: the queues of a topic, options that choose one, selectors of the
 * library and of the user, on a mock of two brokers with four queues each.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "tests/api/api.h"

enum { QUEUES = 8 };

#define INVALID_TOLD(call)                                                          \
	do {                                                                        \
		rmq_error_detail *d = NULL;                                         \
		enum rmq_error e = call;                                            \
		rmq_error_detail_free(api_failed(e, RMQ_ERR_INVALID_ARGUMENT, &d)); \
	} while (0)

/* --- The scene ------------------------------------------------------------------------------- */

static rmq_mock_cluster *cluster;
static rmq_producer *producer;
static rmq_send_options *options;
static rmq_error_detail *detail;

static void set_up(void)
{
	cluster = api_cluster(api_options("brokers", "2", NULL));
	api_ok(rmq_mock_cluster_create_topic(cluster, "T", QUEUES / 2, &detail), &detail);
	producer = api_producer(api_config(rmq_mock_cluster_namesrv(cluster)));
	options = rmq_send_options_new();
}

static void tear_down(void)
{
	rmq_send_options_free(options);
	rmq_producer_free(producer);
	rmq_mock_cluster_free(cluster);
	rmq_error_detail_free(detail);
	detail = NULL;
}

/* Where it went: "broker-a:3". */
static const char *place_of(const rmq_send_result *r)
{
	static char text[64];

	snprintf(text, sizeof(text), "%s:%d", rmq_send_result_queue(r)->broker_name,
		 rmq_send_result_queue(r)->queue_id);
	return text;
}

static const char *send_it(void)
{
	rmq_message *m = rmq_message_new("T", "body", 4);
	rmq_send_result *r = NULL;
	const char *place;

	api_ok(rmq_producer_send(producer, m, options, &r, &detail), &detail);
	place = place_of(r);
	rmq_send_result_free(r);
	rmq_message_free(m);
	return place;
}

static void send_fails(enum rmq_error error, const char *names)
{
	rmq_message *m = rmq_message_new("T", "body", 4);

	rmq_error_detail_free(detail);
	detail = NULL;
	api_names(
		api_failed(rmq_producer_send(producer, m, options, NULL, &detail), error, &detail),
		names);
	rmq_message_free(m);
}

static void select_with(rmq_queue_selector_fn fn, void *arg)
{
	rmq_error_detail_free(detail);
	detail = NULL;
	api_ok(rmq_send_options_set_selector(options, fn, arg, &detail), &detail);
}

/* --- The list --------------------------------------------------------------------------------- */

START_TEST(queues__are_all_that_can_be_written_in_order)
{
	static const char *const expected[] = {"broker-a:0", "broker-a:1", "broker-a:2",
					       "broker-a:3", "broker-b:0", "broker-b:1",
					       "broker-b:2", "broker-b:3"};
	rmq_queues *q = NULL;
	char text[64];

	set_up();
	api_ok(rmq_producer_queues(producer, "T", &q, &detail), &detail);
	ck_assert_uint_eq(rmq_queues_count(q), QUEUES);
	for (size_t i = 0; i < QUEUES; i++) {
		const struct rmq_queue *one = rmq_queues_at(q, i);

		snprintf(text, sizeof(text), "%s:%d", one->broker_name, one->queue_id);
		ck_assert_str_eq(text, expected[i]);
		ck_assert_str_eq(one->topic, "T");
	}
	ck_assert_ptr_null(rmq_queues_at(q, QUEUES));
	rmq_queues_free(q);
	tear_down();
}
END_TEST

START_TEST(queues__of_what_is_no_topic)
{
	rmq_queues *q = NULL;

	set_up();
	INVALID_TOLD(rmq_producer_queues(producer, "a b", &q, &d));
	rmq_error_detail_free(api_failed(rmq_producer_queues(producer, "Unknown", &q, &detail),
					 RMQ_ERR_NO_ROUTE, &detail));
	detail = NULL;
	ck_assert_ptr_null(q);
	INVALID_TOLD(rmq_producer_queues(NULL, "T", &q, &d));
	INVALID_TOLD(rmq_producer_queues(producer, NULL, &q, &d));
	INVALID_TOLD(rmq_producer_queues(producer, "T", NULL, &d));
	ck_assert_uint_eq(rmq_queues_count(NULL), 0);
	ck_assert_ptr_null(rmq_queues_at(NULL, 0));
	rmq_queues_free(NULL);
	tear_down();
}
END_TEST

/* --- A queue by name ------------------------------------------------------------------------------ */

START_TEST(queue__that_is_chosen_gets_every_message)
{
	char topic[] = "T", broker[] = "broker-b";
	struct rmq_queue q = {topic, broker, 2};

	set_up();
	api_ok(rmq_send_options_set_queue(options, &q, &detail), &detail);
	memset(topic, '-', 1); /* copied */
	memset(broker, '-', 8);
	for (int i = 0; i < 3; i++)
		ck_assert_str_eq(send_it(), "broker-b:2");
	/* Taken back, they go in turn again. */
	api_ok(rmq_send_options_set_queue(options, NULL, &detail), &detail);
	for (int i = 0; i < QUEUES; i++)
		send_it();
	ck_assert_int_ge(rmq_mock_cluster_max_offset(cluster, "broker-a", "T", 0), 1);
	tear_down();
}
END_TEST

START_TEST(queue__that_is_not_there_is_told)
{
	struct rmq_queue q = {"T", "broker-b", 4};

	set_up();
	api_ok(rmq_send_options_set_queue(options, &q, &detail), &detail);
	send_fails(RMQ_ERR_NO_BROKER, "no queue 4 on a master of broker broker-b");
	q.broker_name = "broker-z";
	ck_assert_int_eq(rmq_send_options_set_queue(options, &q, NULL), RMQ_OK);
	send_fails(RMQ_ERR_NO_BROKER, "broker-z");
	q.topic = "Other";
	ck_assert_int_eq(rmq_send_options_set_queue(options, &q, NULL), RMQ_OK);
	send_fails(RMQ_ERR_INVALID_ARGUMENT, "topic Other");
	tear_down();
}
END_TEST

START_TEST(options__refuse_what_names_no_queue)
{
	struct rmq_queue wrong[] = {
		{NULL, "b", 0}, {"", "b", 0}, {"T", NULL, 0}, {"T", "", 0}, {"T", "b", -1}};

	set_up();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		INVALID_TOLD(rmq_send_options_set_queue(options, &wrong[i], &d));
	INVALID_TOLD(rmq_send_options_set_queue(NULL, &wrong[0], &d));
	INVALID_TOLD(rmq_send_options_set_selector(NULL, rmq_select_queue_by_random, NULL, &d));
	INVALID_TOLD(rmq_send_options_set_sharding_key(NULL, "key", &d));
	INVALID_TOLD(rmq_send_options_set_sharding_key(options, "key\xff", &d));
	send_it(); /* nothing of that was taken */
	tear_down();
}
END_TEST

/* --- A selector ------------------------------------------------------------------------------------ */

struct asked {
	int times;
	size_t answer;
	bool sends;
	bool closes;
	enum rmq_error inner;
	char body[16];
};

static size_t answer(const rmq_queues *queues, const rmq_message *message, void *arg)
{
	struct asked *a = arg;
	size_t len;
	const void *body = rmq_message_body(message, &len);

	a->times++;
	ck_assert_uint_eq(rmq_queues_count(queues), QUEUES);
	snprintf(a->body, sizeof(a->body), "%.*s", (int)len, (const char *)body);
	if (a->sends)
		a->inner = rmq_producer_send(producer, message, NULL, NULL, NULL);
	if (a->closes)
		a->inner = rmq_producer_close(producer, 0, NULL);
	return a->answer;
}

START_TEST(selector__gets_the_queues_the_message_and_its_argument)
{
	struct asked asked = {.answer = 5};

	set_up();
	select_with(answer, &asked);
	ck_assert_str_eq(send_it(), "broker-b:1");
	ck_assert_int_eq(asked.times, 1);
	ck_assert_str_eq(asked.body, "body");
	tear_down();
}
END_TEST

START_TEST(selector__that_is_out_of_range_is_told_and_nothing_is_sent)
{
	struct asked asked = {.answer = QUEUES};

	set_up();
	select_with(answer, &asked);
	send_fails(RMQ_ERR_INVALID_ARGUMENT, "chose none of the 8 queues");
	asked.answer = (size_t)-1;
	send_fails(RMQ_ERR_INVALID_ARGUMENT, "allowed are 0 to 7");
	ck_assert_uint_eq(rmq_error_detail_flags(detail), RMQ_ERROR_FATAL);
	ck_assert_int_eq(asked.times, 2);
	for (int i = 0; i < QUEUES; i++)
		ck_assert_int_eq(rmq_mock_cluster_max_offset(
					 cluster, i < 4 ? "broker-a" : "broker-b", "T", i % 4),
				 0);
	tear_down();
}
END_TEST

START_TEST(selector__may_send_itself)
{
	struct asked asked = {.answer = 0, .sends = true, .inner = RMQ_ERR_STATE};

	set_up();
	select_with(answer, &asked);
	ck_assert_str_eq(send_it(), "broker-a:0");
	ck_assert_int_eq(asked.inner, RMQ_OK);
	tear_down();
}
END_TEST

/* Its own send is still under way, so that the close cannot have all of it. */
START_TEST(selector__may_close_its_producer)
{
	struct asked asked = {.answer = 0, .closes = true};

	set_up();
	select_with(answer, &asked);
	send_fails(RMQ_ERR_CANCELLED, "cancelled");
	ck_assert_int_eq(asked.inner, RMQ_ERR_TIMEOUT);
	tear_down();
}
END_TEST

struct end {
	atomic_int times;
	enum rmq_error error;
	char place[64];
};

static void on_sent(enum rmq_error error, const rmq_send_result *result, const rmq_error_detail *d,
		    void *arg)
{
	struct end *e = arg;

	(void)d;
	e->error = error;
	snprintf(e->place, sizeof(e->place), "%s", place_of(result));
	atomic_fetch_add(&e->times, 1);
}

static int has_ended(void *arg)
{
	struct end *e = arg;

	return atomic_load(&e->times) > 0;
}

/* Message and options are gone before the route is known, and the selector is asked after that. */
static void send_async_and_forget(struct end *end)
{
	rmq_message *m = rmq_message_new("T", "later", 5);

	api_ok(rmq_producer_send_async(producer, m, options, on_sent, end, &detail), &detail);
	rmq_message_free(m);
	rmq_send_options_free(options);
	options = NULL;
	ck_assert(wait_real(has_ended, end, SOON_MS));
}

START_TEST(selector__of_an_asynchronous_send_is_asked_when_the_route_is_there)
{
	struct asked asked = {.answer = 6};
	struct end end = {0};

	set_up();
	select_with(answer, &asked);
	send_async_and_forget(&end);
	ck_assert_int_eq(end.error, RMQ_OK);
	ck_assert_str_eq(end.place, "broker-b:2");
	ck_assert_str_eq(asked.body, "later");
	tear_down();
}
END_TEST

START_TEST(queue__of_an_asynchronous_send_outlives_its_options)
{
	struct rmq_queue q = {"T", "broker-a", 3};
	struct end end = {0};

	set_up();
	api_ok(rmq_send_options_set_queue(options, &q, &detail), &detail);
	send_async_and_forget(&end);
	ck_assert_int_eq(end.error, RMQ_OK);
	ck_assert_str_eq(end.place, "broker-a:3");
	tear_down();
}
END_TEST

START_TEST(oneway__goes_to_the_chosen_queue)
{
	rmq_message *m = rmq_message_new("T", "body", 4);
	struct asked asked = {.answer = 7};

	set_up();
	select_with(answer, &asked);
	api_ok(rmq_producer_send_oneway(producer, m, options, &detail), &detail);
	ck_assert_str_eq(send_it(), "broker-b:3");
	ck_assert_int_eq(rmq_mock_cluster_max_offset(cluster, "broker-b", "T", 3), 2);
	rmq_message_free(m);
	tear_down();
}
END_TEST

START_TEST(batch__goes_to_the_chosen_queue)
{
	rmq_message *m[2] = {rmq_message_new("T", "one", 3), rmq_message_new("T", "two", 3)};
	struct asked asked = {.answer = 6};

	set_up();
	select_with(answer, &asked);
	api_ok(rmq_producer_send_batch(producer, m, 2, options, NULL, &detail), &detail);
	ck_assert_int_eq(rmq_mock_cluster_max_offset(cluster, "broker-b", "T", 2), 2);
	ck_assert_str_eq(asked.body, "one"); /* the first stands for all */
	rmq_message_free(m[0]);
	rmq_message_free(m[1]);
	tear_down();
}
END_TEST

/* --- Those of the library ---------------------------------------------------------------------------- */

/* The index of Java for 8 queues: its String.hashCode counts UTF-16 units. */
static const struct {
	const char *key;
	const char *place;
} keys[] = {
	{"", "broker-a:0"},
	{"a", "broker-a:1"},
	{"order-1", "broker-b:2"},            /* a hash below 0 */
	{"polygenelubricants", "broker-a:0"}, /* Integer.MIN_VALUE */
	{"Gr\xc3\xbc\xc3\x9f"
	 "e",
	 "broker-b:3"},
	{"\xe4\xb8\xad\xe6\x96\x87", "broker-a:2"},
	{"\xf0\x9f\x9a\x80", "broker-a:3"}, /* a surrogate pair */
};

START_TEST(sharding_key__lands_where_java_puts_it)
{
	set_up();
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		api_ok(rmq_send_options_set_sharding_key(options, keys[i].key, &detail), &detail);
		ck_assert_str_eq(send_it(), keys[i].place);
		select_with(rmq_select_queue_by_hash, (void *)(uintptr_t)keys[i].key);
		ck_assert_str_eq(send_it(), keys[i].place);
	}
	api_ok(rmq_send_options_set_sharding_key(options, NULL, &detail), &detail);
	send_it();
	tear_down();
}
END_TEST

static int offsets_at_least(int64_t least)
{
	int queues = 0;

	for (int i = 0; i < QUEUES; i++)
		queues += rmq_mock_cluster_max_offset(cluster, i < 4 ? "broker-a" : "broker-b", "T",
						      i % 4) >= least;
	return queues;
}

START_TEST(round_robin__gives_each_queue_its_turn)
{
	set_up();
	select_with(rmq_select_queue_by_round_robin, NULL);
	for (int i = 0; i < 3 * QUEUES; i++)
		send_it();
	ck_assert_int_eq(offsets_at_least(3), QUEUES);
	ck_assert_int_eq(offsets_at_least(4), 0);
	tear_down();
}
END_TEST

START_TEST(random__reaches_every_queue)
{
	set_up();
	select_with(rmq_select_queue_by_random, NULL);
	for (int i = 0; i < 5000 && offsets_at_least(1) < QUEUES; i++)
		send_it();
	ck_assert_int_eq(offsets_at_least(1), QUEUES);
	tear_down();
}
END_TEST

START_TEST(by_broker__stays_on_that_broker)
{
	char broker[] = "broker-b", missing[] = "broker-z";

	set_up();
	select_with(rmq_select_queue_by_broker, broker);
	for (int i = 0; i < QUEUES; i++)
		send_it();
	for (int i = 0; i < QUEUES / 2; i++)
		ck_assert_int_eq(rmq_mock_cluster_max_offset(cluster, "broker-b", "T", i), 2);
	select_with(rmq_select_queue_by_broker, missing);
	send_fails(RMQ_ERR_INVALID_ARGUMENT, "chose none");
	select_with(rmq_select_queue_by_broker, NULL);
	send_fails(RMQ_ERR_INVALID_ARGUMENT, "chose none");
	select_with(rmq_select_queue_by_hash, NULL);
	send_fails(RMQ_ERR_INVALID_ARGUMENT, "chose none");
	tear_down();
}
END_TEST

START_TEST(selectors__choose_nothing_of_nothing)
{
	char text[] = "x";

	ck_assert_uint_eq(rmq_select_queue_by_hash(NULL, NULL, text), 0);
	ck_assert_uint_eq(rmq_select_queue_by_random(NULL, NULL, NULL), 0);
	ck_assert_uint_eq(rmq_select_queue_by_round_robin(NULL, NULL, NULL), 0);
	ck_assert_uint_eq(rmq_select_queue_by_broker(NULL, NULL, text), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		queues__are_all_that_can_be_written_in_order,
		queues__of_what_is_no_topic,
		queue__that_is_chosen_gets_every_message,
		queue__that_is_not_there_is_told,
		options__refuse_what_names_no_queue,
		selector__gets_the_queues_the_message_and_its_argument,
		selector__that_is_out_of_range_is_told_and_nothing_is_sent,
		selector__may_send_itself,
		selector__may_close_its_producer,
		selector__of_an_asynchronous_send_is_asked_when_the_route_is_there,
		queue__of_an_asynchronous_send_outlives_its_options,
		oneway__goes_to_the_chosen_queue,
		batch__goes_to_the_chosen_queue,
		sharding_key__lands_where_java_puts_it,
		round_robin__gives_each_queue_its_turn,
		random__reaches_every_queue,
		by_broker__stays_on_that_broker,
		selectors__choose_nothing_of_nothing,
	};

	return run_suite("queues", tests, sizeof(tests) / sizeof(tests[0]));
}
