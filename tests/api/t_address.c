/* SPDX-License-Identifier: Apache-2.0 */
/* t_address.c - addresses of name servers: which are legal, and where they come from. */
#include <stdlib.h>

#include "tests/api/api.h"

static void refuse_address(const char *text, const char *cause)
{
	rmq_config *c = api_config(text);
	rmq_producer *p = NULL;
	rmq_push_consumer *k = NULL;
	rmq_admin *a = NULL;
	rmq_error_detail *d = NULL;

	api_names(api_failed(rmq_producer_new(c, "g", &p, &d), RMQ_ERR_ADDRESS, &d), cause);
	rmq_error_detail_free(d);
	d = NULL;
	api_names(api_failed(rmq_push_consumer_new(c, "g", &k, &d), RMQ_ERR_ADDRESS, &d), cause);
	rmq_error_detail_free(d);
	d = NULL;
	api_names(api_failed(rmq_admin_new(c, &a, &d), RMQ_ERR_ADDRESS, &d), cause);
	rmq_error_detail_free(d);
	ck_assert(!p && !k && !a);
	rmq_config_free(c);
}

START_TEST(address__that_is_not_host_and_port_is_refused)
{
	static const char *const bad[] = {
		"nohost", "host:",      ":9876",      "host:port",
		"host:0", "host:65536", "host:-1",    "host:98765432109876",
		"[::1]",  "[::1:9876",  "ho st:9876", "127.0.0.1:9876x"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuse_address(bad[i], bad[i]);
}
END_TEST

START_TEST(address__bad_one_in_a_list_is_named)
{
	refuse_address("127.0.0.1:9876;second;127.0.0.1:9877", "second");
}
END_TEST

START_TEST(address__is_refused_with_the_reason)
{
	refuse_address("tcp://127.0.0.1:9876", "it has a scheme, only host:port is meant");
	refuse_address("http://ns.example.com:9876/", "it has a scheme");
	refuse_address("127.0.0.1:99999", "its port is not a number in 1..65535");
	refuse_address("127.0.0.1:0", "its port is 0");
	refuse_address("ns.example.com", "it has no port");
}
END_TEST

START_TEST(address__none_at_all_is_told)
{
	rmq_config *c = api_config(NULL);
	rmq_producer *p = NULL;
	rmq_error_detail *d = NULL;

	unsetenv("NAMESRV_ADDR");
	api_names(api_failed(rmq_producer_new(c, "g", &p, &d), RMQ_ERR_NO_NAMESRV, &d),
		  "namesrvAddr");
	rmq_error_detail_free(d);
	api_set(c, "namesrvAddr", " ; ;");
	d = NULL;
	api_failed(rmq_producer_new(c, "g", &p, &d), RMQ_ERR_NO_NAMESRV, &d);
	rmq_error_detail_free(d);
	ck_assert_ptr_null(p);
	rmq_config_free(c);
}
END_TEST

START_TEST(address__comes_from_the_environment)
{
	rmq_mock_cluster *cluster = api_cluster(NULL);
	rmq_producer *p;

	setenv("NAMESRV_ADDR", rmq_mock_cluster_namesrv(cluster), 1);
	p = api_producer(api_config(NULL));
	api_send_ok(p, "Topic");
	rmq_producer_free(p);
	rmq_mock_cluster_free(cluster);
}
END_TEST

START_TEST(address__in_the_configuration_wins_over_the_environment)
{
	rmq_mock_cluster *cluster = api_cluster(NULL);
	rmq_producer *p;

	setenv("NAMESRV_ADDR", "127.0.0.1:1", 1);
	p = api_producer(api_config(rmq_mock_cluster_namesrv(cluster)));
	api_send_ok(p, "Topic");
	rmq_producer_free(p);
	rmq_mock_cluster_free(cluster);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		address__that_is_not_host_and_port_is_refused,
		address__bad_one_in_a_list_is_named,
		address__is_refused_with_the_reason,
		address__none_at_all_is_told,
		address__comes_from_the_environment,
		address__in_the_configuration_wins_over_the_environment,
	};

	return run_suite("address", tests, sizeof(tests) / sizeof(tests[0]));
}
