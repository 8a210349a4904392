/* SPDX-License-Identifier: Apache-2.0 */
/* b_admin_broker.c - brokers and name servers: who they are, how they do, how they are set. */
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"

/* For all calls of a behaviour, each of which is a process. */
static const rmq_admin_options *patience(void)
{
	static rmq_admin_options *o;

	if (!o) {
		o = rmq_admin_options_new();
		expect_int(rmq_admin_options_set_timeout(o, PATIENT_MS, NULL), RMQ_OK);
	}
	return o;
}

/* A broker that has just started has no rate yet. */
static void expect_rate(const rmq_broker *b, const char *name, const char *old_name, double rate)
{
	const char *text = rmq_properties_find(rmq_broker_runtime(b), name);

	if (!text)
		text = rmq_properties_find(rmq_broker_runtime(b), old_name);
	expect(text != NULL);
	if ((text[0] >= '0' && text[0] <= '9') != (rate >= 0))
		fail("%s is \"%s\" and read as %f", name, text, rate);
}

static void expect_broker(const rmq_broker *b)
{
	expect_text(rmq_broker_cluster(b), "DefaultCluster");
	expect(strchr(rmq_broker_address(b), ':') != NULL);
	if (rmq_broker_error(b) != RMQ_OK)
		fail("%s: %s", rmq_broker_name(b), rmq_error_detail_message(rmq_broker_detail(b)));
	expect(rmq_broker_detail(b) == NULL);
	expect(rmq_broker_version(b)[0] == 'V');
	expect_rate(b, "putTps", "putTps", rmq_broker_in_tps(b));
	expect_rate(b, "getTransferredTps", "getTransferedTps", rmq_broker_out_tps(b));
	expect(rmq_properties_find(rmq_broker_runtime(b), "bootTimestamp") != NULL);
}

static void admin_broker__all_of_a_cluster_are_told_with_their_figures(void)
{
	rmq_brokers *brokers = NULL;
	rmq_error_detail *detail = NULL;
	const rmq_broker *b;
	size_t masters = 0;

	expect_ok(rmq_admin_brokers(the_admin(), "DefaultCluster", patience(), &brokers, &detail),
		  detail);
	for (size_t i = 0; (b = rmq_brokers_at(brokers, i)); i++) {
		expect_broker(b);
		masters += rmq_broker_id(b) == 0 ? 1 : 0;
	}
	expect_int(masters, BROKERS);
	expect_text(rmq_broker_name(rmq_brokers_at(brokers, 0)), "broker-a");
	expect_text(rmq_broker_name(rmq_brokers_at(brokers, rmq_brokers_count(brokers) - 1)),
		    "broker-b");
	expect(rmq_brokers_at(brokers, rmq_brokers_count(brokers)) == NULL);
	rmq_brokers_free(brokers);
}

static void admin_broker__of_an_unknown_cluster_there_is_none(void)
{
	rmq_brokers *brokers = NULL;
	rmq_error_detail *detail = NULL;

	expect_int(rmq_admin_brokers(the_admin(), "NoSuchCluster", patience(), &brokers, &detail),
		   RMQ_ERR_NOT_FOUND);
	expect(strstr(rmq_error_detail_message(detail), "NoSuchCluster") != NULL);
	expect(brokers == NULL);
	rmq_error_detail_free(detail);
}

static rmq_properties *config_of(const char *broker)
{
	rmq_properties *config = NULL;
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_admin_broker_config(the_admin(), broker, patience(), &config, &detail),
		  detail);
	return config;
}

static void admin_broker__tells_its_settings_by_name_and_by_address(void)
{
	rmq_brokers *brokers = NULL;
	rmq_error_detail *detail = NULL;
	rmq_properties *by_name = config_of("broker-a"), *by_address;

	expect_text(rmq_properties_find(by_name, "brokerName"), "broker-a");
	expect_text(rmq_properties_find(by_name, "brokerId"), "0");
	for (size_t i = 1; i < rmq_properties_count(by_name); i++)
		expect(strcmp(rmq_properties_name_at(by_name, i - 1),
			      rmq_properties_name_at(by_name, i)) <= 0);
	expect_ok(rmq_admin_brokers(the_admin(), NULL, patience(), &brokers, &detail), detail);
	by_address = config_of(rmq_broker_address(rmq_brokers_at(brokers, 0)));
	expect_text(rmq_properties_find(by_address, "brokerName"), "broker-a");
	rmq_brokers_free(brokers);
	rmq_properties_free(by_name);
	rmq_properties_free(by_address);
}

static void admin_broker__of_an_unknown_name_is_told(void)
{
	rmq_properties *config = NULL;
	rmq_error_detail *detail = NULL;

	expect_int(rmq_admin_broker_config(the_admin(), "broker-z", patience(), &config, &detail),
		   RMQ_ERR_NOT_FOUND);
	expect(strstr(rmq_error_detail_message(detail), "broker-z") != NULL);
	expect(config == NULL);
	rmq_error_detail_free(detail);
}

/* What the broker of the mock lets nobody change unless it is told so, Apache's takes. */
static void admin_broker__takes_a_setting_or_says_why_not(void)
{
	rmq_properties *config = config_of("broker-b");
	char before[32];
	rmq_error_detail *detail = NULL;
	enum rmq_error error;

	snprintf(before, sizeof(before), "%s",
		 rmq_properties_find(config, "shortPollingTimeMills"));
	rmq_properties_free(config);
	error = rmq_admin_set_broker_config(the_admin(), "broker-b", "shortPollingTimeMills",
					    "1234", patience(), &detail);
	if (error != RMQ_OK) {
		expect_int(error, RMQ_ERR_BROKER);
		expect_int(rmq_error_detail_broker_code(detail), 16);
		rmq_error_detail_free(detail);
		return;
	}
	config = config_of("broker-b");
	expect_text(rmq_properties_find(config, "shortPollingTimeMills"), "1234");
	rmq_properties_free(config);
	expect_ok(rmq_admin_set_broker_config(the_admin(), "broker-b", "shortPollingTimeMills",
					      before, patience(), &detail),
		  detail);
}

static void admin_broker__cleans_its_queues(void)
{
	rmq_brokers *brokers = NULL;
	rmq_error_detail *detail = NULL;
	const rmq_broker *b;

	expect_ok(rmq_admin_clean_expired_queues(the_admin(), NULL, patience(), &brokers, &detail),
		  detail);
	expect_int(rmq_brokers_count(brokers), BROKERS);
	for (size_t i = 0; (b = rmq_brokers_at(brokers, i)); i++) {
		expect_int(rmq_broker_error(b), RMQ_OK);
		expect_int(rmq_broker_id(b), 0);
		expect(rmq_broker_runtime(b) == NULL);
	}
	rmq_brokers_free(brokers);
}

/* --- Name servers -------------------------------------------------------------------------------------- */

static void admin_namesrv__each_tells_its_settings(void)
{
	rmq_namesrvs *servers = NULL;
	rmq_error_detail *detail = NULL;
	const rmq_namesrv *n;

	expect_ok(rmq_admin_namesrvs(the_admin(), patience(), &servers, &detail), detail);
	expect(rmq_namesrvs_count(servers) >= 1);
	for (size_t i = 0; (n = rmq_namesrvs_at(servers, i)); i++) {
		expect_int(rmq_namesrv_error(n), RMQ_OK);
		expect(strchr(rmq_namesrv_address(n), ':') != NULL);
		expect(rmq_properties_find(rmq_namesrv_config(n), "listenPort") != NULL);
		expect_int(rmq_namesrv_topics(n), -1);
	}
	rmq_namesrvs_free(servers);
}

static rmq_properties *kv_of(const char *space)
{
	rmq_properties *kv = NULL;
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_admin_kv_pairs(the_admin(), space, patience(), &kv, &detail), detail);
	return kv;
}

static void admin_namesrv__keeps_values_for_others(void)
{
	const char *space = new_name("kv");
	rmq_error_detail *detail = NULL;
	rmq_namesrvs *servers = NULL;
	rmq_properties *kv = kv_of(space);

	expect_int(rmq_properties_count(kv), 0);
	rmq_properties_free(kv);
	expect_ok(rmq_admin_put_kv(the_admin(), space, "b", "broker-a:4;broker-b:2", patience(),
				   NULL, &detail),
		  detail);
	expect_ok(rmq_admin_put_kv(the_admin(), space, "a", "=1 2", patience(), &servers, &detail),
		  detail);
	expect_int(rmq_namesrv_error(rmq_namesrvs_at(servers, 0)), RMQ_OK);
	rmq_namesrvs_free(servers);
	kv = kv_of(space);
	expect_int(rmq_properties_count(kv), 2);
	expect_text(rmq_properties_name_at(kv, 0), "a");
	expect_text(rmq_properties_value_at(kv, 0), "=1 2");
	expect_text(rmq_properties_find(kv, "b"), "broker-a:4;broker-b:2");
	rmq_properties_free(kv);
	for (int i = 0; i < 2; i++)
		expect_ok(rmq_admin_delete_kv(the_admin(), space, "b", patience(), NULL, &detail),
			  detail);
	kv = kv_of(space);
	expect_int(rmq_properties_count(kv), 1);
	rmq_properties_free(kv);
	expect_ok(rmq_admin_delete_kv(the_admin(), space, "a", patience(), NULL, &detail), detail);
}

static int topics_of(rmq_namesrvs *servers)
{
	int topics = rmq_namesrv_topics(rmq_namesrvs_at(servers, 0));

	expect_int(rmq_namesrv_error(rmq_namesrvs_at(servers, 0)), RMQ_OK);
	rmq_namesrvs_free(servers);
	return topics;
}

/* Are these the brokers on which the topic may be written? */
struct writable {
	const char *topic;
	size_t count;
};

static int is_writable_on(void *arg)
{
	struct writable *w = arg;
	rmq_producer *p = new_producer(NULL);
	rmq_queues *queues = NULL;
	bool so;

	expect_int(rmq_producer_queues(p, w->topic, &queues, NULL), RMQ_OK);
	so = rmq_queues_count(queues) == w->count;
	rmq_queues_free(queues);
	drop_producer(p);
	return so;
}

static void admin_namesrv__takes_the_permission_to_write_and_gives_it_again(void)
{
	struct writable w = {new_topic(2), 2};
	rmq_namesrvs *servers = NULL;
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_admin_wipe_write_permission(the_admin(), "broker-b", patience(), &servers,
						  &detail),
		  detail);
	expect(topics_of(servers) >= 1);
	if (!wait_until(is_writable_on, &w, SOON_MS))
		fail("broker-b may still be written");
	servers = NULL;
	expect_ok(rmq_admin_add_write_permission(the_admin(), "broker-b", patience(), &servers,
						 &detail),
		  detail);
	expect(topics_of(servers) >= 1);
	w.count = 4;
	if (!wait_until(is_writable_on, &w, SOON_MS))
		fail("broker-b may not be written again");
}

static void admin_namesrv__knows_no_topics_of_a_broker_that_is_not_there(void)
{
	rmq_namesrvs *servers = NULL;
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_admin_wipe_write_permission(the_admin(), "broker-z", patience(), &servers,
						  &detail),
		  detail);
	expect_int(topics_of(servers), 0);
}

static void admin_broker__tells_how_far_its_slaves_are(void)
{
	rmq_brokers *l = NULL;
	rmq_error_detail *detail = NULL;
	const rmq_broker *b;
	const char *is_master;

	expect_ok(rmq_admin_ha_status(the_admin(), NULL, patience(), &l, &detail), detail);
	for (size_t i = 0; (b = rmq_brokers_at(l, i)); i++) {
		expect_int(rmq_broker_error(b), RMQ_OK);
		is_master = rmq_properties_find(rmq_broker_runtime(b), "master");
		expect_text(is_master, rmq_broker_id(b) == 0 ? "true" : "false");
		expect(rmq_properties_find(rmq_broker_runtime(b), "masterCommitLogMaxOffset") != NULL);
	}
	rmq_brokers_free(l);
}

static const struct behaviour admin_broker_list[] = {
	BEHAVIOUR(admin_broker__tells_how_far_its_slaves_are, NEED_POP), /* brokers of 5.0 */
	BEHAVIOUR(admin_broker__all_of_a_cluster_are_told_with_their_figures, 0),
	BEHAVIOUR(admin_broker__of_an_unknown_cluster_there_is_none, 0),
	BEHAVIOUR(admin_broker__tells_its_settings_by_name_and_by_address, 0),
	BEHAVIOUR(admin_broker__of_an_unknown_name_is_told, 0),
	BEHAVIOUR(admin_broker__takes_a_setting_or_says_why_not, 0),
	BEHAVIOUR(admin_broker__cleans_its_queues, 0),
	BEHAVIOUR(admin_namesrv__each_tells_its_settings, 0),
	BEHAVIOUR(admin_namesrv__keeps_values_for_others, 0),
	/* Others would send at the same time. */
	BEHAVIOUR(admin_namesrv__takes_the_permission_to_write_and_gives_it_again, NEED_NODES),
	BEHAVIOUR(admin_namesrv__knows_no_topics_of_a_broker_that_is_not_there, 0),
};
BEHAVIOURS(admin_broker);
