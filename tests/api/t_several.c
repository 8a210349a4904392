/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_several.c - several producers in one process, of one group, with a cluster, an account, TLS and a namespace each: what
 * one has is not the other's. Over TCP.
 */
#include "tests/api/api.h"
#include "tests/support/certs.h"

enum { QUEUES = 8 }; /* at most */

static int64_t stored(rmq_mock_cluster *c, const char *topic)
{
	int64_t sum = 0;

	for (int i = 0; i < QUEUES; i++) {
		int64_t end = rmq_mock_cluster_max_offset(c, "broker-a", topic, i);

		sum += end > 0 ? end : 0;
	}
	return sum;
}

static rmq_config *config_of(rmq_mock_cluster *c)
{
	return api_config(rmq_mock_cluster_namesrv(c));
}

static void fails(rmq_producer *p, enum rmq_error expected)
{
	enum rmq_error error;
	rmq_error_detail *detail = api_send(p, "Topic", SOON_MS, &error);

	rmq_error_detail_free(api_failed(error, expected, &detail));
}

START_TEST(several__each_sends_to_its_own_cluster)
{
	rmq_mock_cluster *one = api_cluster(NULL), *two = api_cluster(NULL);
	rmq_producer *p = api_producer(config_of(one)), *q = api_producer(config_of(two));

	for (int i = 0; i < 3; i++)
		api_send_ok(p, "Topic");
	api_send_ok(q, "Topic");
	ck_assert_int_eq(stored(one, "Topic"), 3);
	ck_assert_int_eq(stored(two, "Topic"), 1);
	ck_assert_str_ne(rmq_producer_client_id(p), rmq_producer_client_id(q));
	rmq_producer_free(p);
	api_send_ok(q, "Topic");
	ck_assert_int_eq(stored(two, "Topic"), 2);
	rmq_producer_free(q);
	rmq_mock_cluster_free(one);
	rmq_mock_cluster_free(two);
}
END_TEST

START_TEST(several__each_has_its_own_account)
{
	rmq_mock_cluster *open = api_cluster(NULL);
	rmq_mock_cluster *closed =
		api_cluster(api_options("accessKey", "alice", "secretKey", "secret-12", NULL));
	rmq_config *c = config_of(closed), *wrong = config_of(closed);
	rmq_producer *alice, *nobody, *bob, *free_one;

	api_set(c, "accessKey", "alice");
	api_set(c, "secretKey", "secret-12");
	api_set(wrong, "accessKey", "bob");
	api_set(wrong, "secretKey", "secret-34");
	alice = api_producer(c);
	bob = api_producer(wrong);
	nobody = api_producer(config_of(closed));
	free_one = api_producer(config_of(open));
	api_send_ok(alice, "Topic");
	fails(bob, RMQ_ERR_DENIED);
	fails(nobody, RMQ_ERR_DENIED);
	api_send_ok(free_one, "Topic");
	api_send_ok(alice, "Topic");
	ck_assert_int_eq(stored(closed, "Topic"), 2);
	ck_assert_int_eq(stored(open, "Topic"), 1);
	rmq_producer_free(alice);
	rmq_producer_free(bob);
	rmq_producer_free(nobody);
	rmq_producer_free(free_one);
	rmq_mock_cluster_free(open);
	rmq_mock_cluster_free(closed);
}
END_TEST

START_TEST(several__each_has_its_own_tls)
{
	char folder[512];
	struct certs certs;
	rmq_mock_cluster *plain = api_cluster(NULL), *tls;
	rmq_config *c;
	rmq_producer *p, *q;

	ck_assert(make_scratch(folder, sizeof(folder)));
	ck_assert(certs_make(&certs, folder, "DNS:localhost,IP:127.0.0.1"));
	tls = api_cluster(api_options("tlsCertFile", certs.cert, "tlsKeyFile", certs.key,
				      "tlsRequired", "true", NULL));
	c = config_of(tls);
	api_set(c, "useTLS", "true");
	api_set(c, "tlsCaFile", certs.ca);
	p = api_producer(c);
	q = api_producer(config_of(plain));
	api_send_ok(p, "Topic");
	api_send_ok(q, "Topic");
	ck_assert_int_eq(stored(tls, "Topic"), 1);
	ck_assert_int_eq(stored(plain, "Topic"), 1);
	rmq_producer_free(p);
	rmq_producer_free(q);
	rmq_mock_cluster_free(tls);
	rmq_mock_cluster_free(plain);
	remove_tree(folder);
}
END_TEST

/* The brokers make the topics. */
START_TEST(several__each_has_its_own_namespace)
{
	rmq_mock_cluster *cluster = api_cluster(NULL);
	rmq_config *one = config_of(cluster), *two = config_of(cluster);
	rmq_producer *p, *q, *r = api_producer(config_of(cluster));

	api_set(one, "namespace", "One");
	api_set(two, "namespace", "Two");
	p = api_producer(one);
	q = api_producer(two);
	api_send_ok(p, "Topic");
	api_send_ok(q, "Topic");
	api_send_ok(q, "Topic");
	api_send_ok(r, "Topic");
	ck_assert_int_eq(stored(cluster, "One%Topic"), 1);
	ck_assert_int_eq(stored(cluster, "Two%Topic"), 2);
	ck_assert_int_eq(stored(cluster, "Topic"), 1);
	rmq_producer_free(p);
	rmq_producer_free(q);
	rmq_producer_free(r);
	rmq_mock_cluster_free(cluster);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		several__each_sends_to_its_own_cluster,
		several__each_has_its_own_account,
		several__each_has_its_own_tls,
		several__each_has_its_own_namespace,
	};

	return run_suite("several", tests, sizeof(tests) / sizeof(tests[0]));
}
