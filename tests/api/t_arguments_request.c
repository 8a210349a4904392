/* SPDX-License-Identifier: Apache-2.0 */
/* NULL and wrong states at the functions of a request (t_arguments.c). */
#include "tests/api/arguments.h"

static void on_reply(enum rmq_error error, const rmq_message *reply, const rmq_error_detail *detail,
		     void *arg)
{
	(void)error, (void)reply, (void)detail, (void)arg;
	ck_abort_msg("a request that was refused has no end");
}

START_TEST(null__request)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_message *m = rmq_message_new("T", "x", 1), *reply = NULL;
	rmq_producer *p = NULL;

	INVALID_TOLD(rmq_producer_request(NULL, m, NULL, &reply, &d));
	INVALID_TOLD(rmq_producer_request_async(NULL, m, NULL, on_reply, NULL, &d));
	ck_assert_int_eq(rmq_producer_new(c, "g", &p, NULL), RMQ_OK);
	INVALID_TOLD(rmq_producer_request(p, NULL, NULL, &reply, &d));
	INVALID_TOLD(rmq_producer_request(p, m, NULL, NULL, &d));
	INVALID(rmq_producer_request(p, NULL, NULL, NULL, NULL));
	INVALID_TOLD(rmq_producer_request_async(p, NULL, NULL, on_reply, NULL, &d));
	INVALID_TOLD(rmq_producer_request_async(p, m, NULL, NULL, NULL, &d));
	INVALID(rmq_producer_request_async(p, NULL, NULL, NULL, NULL, NULL));
	ck_assert_ptr_null(reply);
	rmq_producer_free(p);
	rmq_message_free(m);
	rmq_config_free(c);
}
END_TEST

START_TEST(null__new_reply)
{
	rmq_message *m = rmq_message_new("T", "x", 1), *reply = NULL;

	INVALID_TOLD(rmq_message_new_reply(NULL, "y", 1, &reply, &d));
	INVALID_TOLD(rmq_message_new_reply(m, NULL, 1, &reply, &d));
	INVALID_TOLD(rmq_message_new_reply(m, "y", 1, NULL, &d));
	INVALID(rmq_message_new_reply(NULL, NULL, 0, NULL, NULL));
	/* It is no request. */
	INVALID_TOLD(rmq_message_new_reply(m, "y", 1, &reply, &d));
	INVALID_TOLD(rmq_message_new_reply(m, NULL, 0, &reply, &d));
	ck_assert_ptr_null(reply);
	rmq_message_free(m);
}
END_TEST

START_TEST(states__of_a_request)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_message *m = rmq_message_new("T", "x", 1), *reply = NULL;
	rmq_producer *p = NULL;

	ck_assert_int_eq(rmq_producer_new(c, "g", &p, NULL), RMQ_OK);
	STATE_TOLD(rmq_producer_request(p, m, NULL, &reply, &d)); /* not started */
	STATE_TOLD(rmq_producer_request_async(p, m, NULL, on_reply, NULL, &d));
	ck_assert_int_eq(rmq_producer_start(p, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_producer_close(p, -1, NULL), RMQ_OK);
	STATE_TOLD(rmq_producer_request(p, m, NULL, &reply, &d));
	STATE_TOLD(rmq_producer_request_async(p, m, NULL, on_reply, NULL, &d));
	ck_assert_ptr_null(reply);
	rmq_producer_free(p);
	rmq_message_free(m);
	rmq_config_free(c);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		null__request,
		null__new_reply,
		states__of_a_request,
	};

	return run_suite("arguments_request", tests, sizeof(tests) / sizeof(tests[0]));
}
