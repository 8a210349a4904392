/* SPDX-License-Identifier: Apache-2.0 */
/* t_kept.c - received messages that are kept beyond their listener (rmq_message_ref). */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "tests/api/api.h"

enum { SENT = 40, THREADS = 4 };

struct kept {
	rmq_message *messages[SENT];
	atomic_int count;
};

static enum rmq_consume_status keep(rmq_push_consumer *c, const rmq_message *const *messages,
				    size_t count, rmq_consume_context *context, void *arg)
{
	struct kept *k = arg;

	(void)c, (void)context;
	for (size_t i = 0; i < count; i++) {
		int at = atomic_load(&k->count);

		/* Without a reference nothing is freed: it is the consumer's. */
		rmq_message_free((rmq_message *)(uintptr_t)messages[i]);
		if (at == SENT)
			continue;
		k->messages[at] = rmq_message_ref(messages[i]);
		ck_assert_ptr_eq(k->messages[at], messages[i]);
		atomic_store(&k->count, at + 1);
	}
	return RMQ_CONSUME_SUCCESS;
}

static int are_all_kept(void *arg)
{
	return atomic_load(&((struct kept *)arg)->count) == SENT;
}

static void send_all(rmq_mock_cluster *cluster)
{
	rmq_producer *p = api_producer(api_config(rmq_mock_cluster_namesrv(cluster)));
	rmq_error_detail *d = NULL;

	for (int i = 0; i < SENT; i++) {
		char body[16];
		rmq_message *m;

		snprintf(body, sizeof(body), "body %04d", i);
		m = rmq_message_new("Topic", body, strlen(body));
		api_ok(rmq_message_set_keys(m, body + 5, &d), &d);
		api_ok(rmq_producer_send(p, m, NULL, NULL, &d), &d);
		rmq_message_free(m);
	}
	rmq_producer_free(p);
}

/* Consumes all of a topic, keeps it, and ends everything else. */
static void consume(struct kept *k)
{
	rmq_mock_cluster *cluster = api_cluster(NULL);
	rmq_config *config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_push_consumer *c = NULL;
	rmq_error_detail *d = NULL;

	send_all(cluster);
	api_ok(rmq_config_set(config, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET", &d), &d);
	api_ok(rmq_config_set(config, "consumeThreadMax", "1", &d), &d);
	api_ok(rmq_push_consumer_new(config, "kept-group", &c, &d), &d);
	api_ok(rmq_push_consumer_subscribe(c, "Topic", "*", &d), &d);
	api_ok(rmq_push_consumer_set_listener(c, keep, k, &d), &d);
	api_ok(rmq_push_consumer_start(c, &d), &d);
	ck_assert(wait_real(are_all_kept, k, SOON_MS));
	api_ok(rmq_push_consumer_close(c, SOON_MS, &d), &d);
	rmq_push_consumer_free(c);
	rmq_config_free(config);
	rmq_mock_cluster_free(cluster);
}

static int number_of(const rmq_message *m)
{
	size_t len;
	const char *body = rmq_message_body(m, &len);

	ck_assert_uint_eq(len, 9);
	ck_assert_mem_eq(body, "body ", 5);
	ck_assert_mem_eq(rmq_message_keys(m), body + 5, 4);
	return atoi(rmq_message_keys(m));
}

static void free_all(struct kept *k)
{
	for (int i = 0; i < SENT; i++)
		rmq_message_free(k->messages[i]);
}

START_TEST(kept__outlives_consumer_and_client)
{
	struct kept k = {0};
	bool seen[SENT] = {false};

	consume(&k);
	for (int i = 0; i < SENT; i++) {
		const rmq_message *m = k.messages[i];

		ck_assert(!seen[number_of(m)]);
		seen[number_of(m)] = true;
		ck_assert_str_eq(rmq_message_topic(m), "Topic");
		ck_assert_str_eq(rmq_message_queue(m)->topic, "Topic");
		ck_assert_str_eq(rmq_message_queue(m)->broker_name, "broker-a");
		ck_assert_uint_eq(strlen(rmq_message_offset_id(m)), 32);
		ck_assert_ptr_nonnull(strchr(rmq_message_store_host(m), ':'));
	}
	free_all(&k);
}
END_TEST

START_TEST(kept__each_reference_is_one_more)
{
	struct kept k = {0};
	rmq_message *second;

	consume(&k);
	second = rmq_message_ref(k.messages[SENT - 1]);
	ck_assert_ptr_eq(second, k.messages[SENT - 1]);
	free_all(&k);
	number_of(second);
	rmq_message_free(second);
}
END_TEST

static void *ref_and_free(void *arg)
{
	struct kept *k = arg;

	for (int i = 0; i < SENT; i++) {
		rmq_message *own = rmq_message_ref(k->messages[i]);

		number_of(own);
		ck_assert_uint_eq(strlen(rmq_message_offset_id(own)), 32);
		rmq_message_free(own);
		rmq_message_free(k->messages[i]);
	}
	return NULL;
}

START_TEST(kept__is_counted_by_any_thread)
{
	struct kept k = {0};
	pthread_t threads[THREADS];

	consume(&k);
	for (int t = 1; t < THREADS; t++)
		for (int i = 0; i < SENT; i++)
			rmq_message_ref(k.messages[i]);
	for (int t = 0; t < THREADS; t++)
		ck_assert_int_eq(pthread_create(&threads[t], NULL, ref_and_free, &k), 0);
	for (int t = 0; t < THREADS; t++)
		ck_assert_int_eq(pthread_join(threads[t], NULL), 0);
}
END_TEST

START_TEST(kept__cannot_be_changed)
{
	struct kept k = {0};
	rmq_error_detail *d = NULL;

	consume(&k);
	d = api_failed(rmq_message_set_tag(k.messages[0], "A", &d), RMQ_ERR_INVALID_ARGUMENT, &d);
	api_names(d, "rmq_message_dup");
	rmq_error_detail_free(d);
	free_all(&k);
}
END_TEST

START_TEST(kept__of_an_own_message_is_a_copy)
{
	rmq_message *m = rmq_message_new("Topic", "body", 4), *copy;
	rmq_error_detail *d = NULL;

	copy = rmq_message_ref(m);
	ck_assert_ptr_ne(copy, m);
	api_ok(rmq_message_set_body(m, "changed", 7, &d), &d);
	rmq_message_free(m);
	ck_assert_mem_eq(rmq_message_body(copy, NULL), "body", 4);
	rmq_message_free(copy);
	ck_assert_ptr_null(rmq_message_ref(NULL));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		kept__outlives_consumer_and_client, kept__each_reference_is_one_more,
		kept__is_counted_by_any_thread,     kept__cannot_be_changed,
		kept__of_an_own_message_is_a_copy,
	};

	return run_suite("kept", tests, sizeof(tests) / sizeof(tests[0]));
}
