/* SPDX-License-Identifier: Apache-2.0 */
/* t_bad_message.c - messages and choices that cannot be meant, sent in each way. */
#include <stdlib.h>
#include <string.h>

#include "tests/producer/each_kind.h"

static char longest[200];

/* --- Messages ------------------------------------------------------------------------------------- */

static rmq_message *with_body(const char *topic, size_t len)
{
	char *body = calloc(1, len + 1);
	rmq_message *m = rmq_message_new(topic, body, len);

	free(body);
	return m;
}

static rmq_message *empty(void)
{
	return with_body("T", 0);
}

static rmq_message *large(void)
{
	return with_body("T", 1001);
}

static rmq_message *without_topic(void)
{
	return with_body("", 5);
}

static rmq_message *with_blank_in_topic(void)
{
	return with_body("a topic", 5);
}

static rmq_message *with_long_topic(void)
{
	memset(longest, 't', 128);
	return with_body(longest, 5);
}

static rmq_message *to_the_system(void)
{
	return with_body("SCHEDULE_TOPIC_XXXX", 5);
}

static rmq_message *to_nowhere(void)
{
	return with_body("NobodyKnowsIt", 5);
}

static rmq_message *with_long_properties(void)
{
	rmq_message *m = good();
	char *value = calloc(1, 32768);

	memset(value, 'v', 32767);
	ck_assert_int_eq(rmq_message_set_property(m, "p", value, NULL), RMQ_OK);
	free(value);
	return m;
}

static const struct bad_message {
	rmq_message *(*make)(void);
	enum rmq_error error;
	const char *says;
} bad[] = {
	{empty, RMQ_ERR_INVALID_ARGUMENT, "body length is zero"},
	{large, RMQ_ERR_TOO_LARGE, "maxMessageSize is 1000"},
	{without_topic, RMQ_ERR_INVALID_ARGUMENT, "topic"},
	{with_blank_in_topic, RMQ_ERR_INVALID_ARGUMENT, "a topic"},
	{with_long_topic, RMQ_ERR_INVALID_ARGUMENT, "127"},
	{to_the_system, RMQ_ERR_INVALID_ARGUMENT, "is forbidden"},
	{to_nowhere, RMQ_ERR_NO_ROUTE, "NobodyKnowsIt"},
	{with_long_properties, RMQ_ERR_TOO_LARGE, "32767"},
};

static void expect_none_was_sent(enum kind k)
{
	ck_assert_msg(sent_to(a) + sent_to(b) == 0, "%s: sent", kind_name(k));
}

/* What comes after it goes on. */
static void expect_next_is_stored(enum kind k)
{
	struct end next;

	send_kind(k, good(), NULL, &next);
	expect_stored(k, &next);
	ck_assert_uint_eq(sent_to(a) + sent_to(b), 1);
}

START_TEST(message__that_is_wrong_is_told_sent_nowhere_and_hinders_no_other)
{
	enum kind k = (enum kind)_i;
	struct end end;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		kind_prepare(k);
		set("maxMessageSize", "1000");
		kind_start(k);

		send_kind(k, bad[i].make(), NULL, &end);

		expect_end(k, &end, bad[i].error, bad[i].says);
		ck_assert_uint_eq(end.flags & RMQ_ERROR_MAYBE_STORED, 0);
		expect_none_was_sent(k);
		expect_next_is_stored(k);
		kind_close();
	}
}
END_TEST

/* --- Properties ----------------------------------------------------------------------------------- */

/* What separates properties on the wire. */
START_TEST(property__with_separators_is_refused_wherever_it_is_set)
{
	static const char *const texts[] = {"a\x01"
					    "b",
					    "a\x02"
					    "b",
					    "\x01", "\x02"};
	rmq_message *m = good();
	rmq_error_detail *d = NULL;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ck_assert_int_eq(rmq_message_set_property(m, texts[i], "v", &d),
				 RMQ_ERR_INVALID_ARGUMENT);
		ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "name"));
		rmq_error_detail_free(d);
		d = NULL;
		ck_assert_int_eq(rmq_message_set_property(m, "n", texts[i], NULL),
				 RMQ_ERR_INVALID_ARGUMENT);
		ck_assert_int_eq(rmq_message_set_keys(m, texts[i], NULL), RMQ_ERR_INVALID_ARGUMENT);
		ck_assert_int_eq(rmq_message_set_tag(m, texts[i], NULL), RMQ_ERR_INVALID_ARGUMENT);
	}
	ck_assert_uint_eq(rmq_message_property_count(m), 0);
	rmq_message_free(m);
}
END_TEST

static enum rmq_error put_separators(rmq_send_context *c, void *arg)
{
	int *refused = arg;

	*refused += rmq_send_context_set_property(c,
						  "a\x01"
						  "b",
						  "v", NULL) == RMQ_ERR_INVALID_ARGUMENT;
	*refused += rmq_send_context_set_property(c, "n",
						  "a\x02"
						  "b",
						  NULL) == RMQ_ERR_INVALID_ARGUMENT;
	return RMQ_OK;
}

START_TEST(property__with_separators_is_refused_in_a_hook)
{
	int refused = 0;
	struct end end;

	kind_prepare(SYNC);
	ck_assert_int_eq(rmq_config_add_send_hook(config, put_separators, NULL, &refused, NULL),
			 RMQ_OK);
	kind_start(SYNC);

	send_kind(SYNC, good(), NULL, &end);

	ck_assert_int_eq(refused, 2);
	expect_stored(SYNC, &end);
	kind_close();
}
END_TEST

/* --- Choices --------------------------------------------------------------------------------------- */

static int asked;

static size_t choose_too_much(const rmq_queues *queues, const rmq_message *m, void *arg)
{
	(void)m;
	(void)arg;
	asked++;
	return rmq_queues_count(queues) + 3;
}

static size_t choose_none(const rmq_queues *queues, const rmq_message *m, void *arg)
{
	(void)m;
	(void)arg;
	asked++;
	return rmq_queues_count(queues);
}

static size_t send_inside(const rmq_queues *queues, const rmq_message *m, void *arg)
{
	struct end inner;

	(void)queues;
	(void)m;
	asked++;
	send_kind(*(enum kind *)arg, good(), NULL, &inner);
	expect_stored(*(enum kind *)arg, &inner);
	return 1;
}

static size_t close_inside(const rmq_queues *queues, const rmq_message *m, void *arg)
{
	(void)queues;
	(void)m;
	(void)arg;
	asked++;
	(void)!rmq_producer_close(producer, 0, NULL);
	return 0;
}

static void choose(enum kind k, rmq_queue_selector_fn fn, struct end *end)
{
	rmq_send_options *o = rmq_send_options_new();
	static enum kind arg;

	arg = k;
	asked = 0;
	ck_assert_int_eq(rmq_send_options_set_selector(o, fn, &arg, NULL), RMQ_OK);
	kind_open(k);
	send_kind(k, good(), o, end);
	rmq_send_options_free(o);
	ck_assert_int_eq(asked, 1);
}

START_TEST(selector__that_is_out_of_range_is_told_and_nothing_is_sent)
{
	enum kind k = (enum kind)_i;
	struct end end;

	choose(k, choose_too_much, &end);
	expect_end(k, &end, RMQ_ERR_INVALID_ARGUMENT,
		   "the queue selector returned 7, but topic T has 4 queues");
	ck_assert_uint_eq(end.flags & RMQ_ERROR_MAYBE_STORED, 0);
	expect_none_was_sent(k);
	expect_next_is_stored(k);
	kind_close();

	choose(k, choose_none, &end);
	expect_end(k, &end, RMQ_ERR_INVALID_ARGUMENT, "the queue selector chose none");
	expect_none_was_sent(k);
	kind_close();
}
END_TEST

START_TEST(selector__may_send_itself)
{
	enum kind k = (enum kind)_i;
	struct end end;

	choose(k, send_inside, &end);

	expect_stored(k, &end);
	ck_assert_uint_eq(sent_to(a) + sent_to(b), 2);
	kind_close();
}
END_TEST

/* What it was asked for may be sent or not, and its end says so. */
START_TEST(selector__may_close_its_producer)
{
	enum kind k = (enum kind)_i;
	struct end end;

	choose(k, close_inside, &end);

	if (end.error != RMQ_OK)
		ck_assert_msg(end.error == RMQ_ERR_CANCELLED || end.error == RMQ_ERR_STATE ||
				      end.error == RMQ_ERR_NO_REPLY,
			      "%s: %s", kind_name(k), rmq_error_text(end.error));
	if (end.error == RMQ_ERR_CANCELLED && !(end.flags & RMQ_ERROR_MAYBE_STORED))
		expect_none_was_sent(k);
	kind_close();
}
END_TEST

int main(void)
{
	const TTest *const each[] = {
		message__that_is_wrong_is_told_sent_nowhere_and_hinders_no_other,
		selector__that_is_out_of_range_is_told_and_nothing_is_sent,
		selector__may_send_itself,
		selector__may_close_its_producer,
	};
	const TTest *const once[] = {
		property__with_separators_is_refused_wherever_it_is_set,
		property__with_separators_is_refused_in_a_hook,
	};
	struct suite s;

	suite_open(&s, "bad_message");
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		suite_add_loop(&s, each[i], KINDS);
	suite_add(&s, once, sizeof(once) / sizeof(once[0]));
	return suite_run(&s);
}
