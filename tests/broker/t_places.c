/* SPDX-License-Identifier: Apache-2.0 */
/* t_places.c - where a broker is: on the name server's port, under an advertised address, at some name servers. */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "mock-broker/options.h"
#include "tests/broker/rig.h"

static struct rig *rig;
static struct peer *p;
static struct rmq_error_detail *detail;

static void begin(struct mb_cluster_options *o)
{
	detail = rmqi_detail_new();
	rig = rig_new_with(o);
	p = peer_new(rig);
}

static void begin_one_port(void)
{
	struct mb_cluster_options o;

	rig_options(&o);
	o.one_port = true;
	begin(&o);
}

static void end(void)
{
	peer_free(p);
	rig_free(rig);
	rmq_error_detail_free(detail);
}

static const char *sentence(void)
{
	return rmq_error_detail_message(detail);
}

/* The name server at this place, by the cluster's own list. */
static const char *namesrv_at(int at)
{
	static char address[64];
	const char *from = mb_cluster_namesrv(rig->cluster);

	for (; at > 0; at--)
		from = strchr(from, ';') + 1;
	snprintf(address, sizeof(address), "%.*s", (int)strcspn(from, ";"), from);
	return address;
}

static int32_t route_at(int at)
{
	struct rmqi_h_get_route_info h = {.topic = rmqi_str("TBW102")};

	return peer_ask(p, namesrv_at(at), RMQI_REQ_GET_ROUTEINFO_BY_TOPIC,
			&rmqi_desc_get_route_info, &h, NULL);
}

static bool route_says(const char *address)
{
	char wanted[128];

	ck_assert_int_eq(route_at(0), 0);
	snprintf(wanted, sizeof(wanted), "{\"0\":\"%s\"}", address);
	return strstr(peer_body(p), wanted) != NULL;
}

START_TEST(one_port__serves_both)
{
	begin_one_port();
	ck_assert_str_eq(rig->namesrv, rig->broker);
	ck_assert(route_says(rig->broker));
	ck_assert_int_eq(peer_create_topic(p, "T", 1), 0);
	ck_assert_int_eq(peer_send(p, "T", 0, "hello", NULL), 0);
	ck_assert_int_eq(peer_pull(p, "G", "T", 0, 0, 0), 0);
	ck_assert_uint_eq(peer_message_count(p), 1);
	ck_assert_int_eq(peer_ask(p, rig->broker, 4711, NULL, NULL, NULL),
			 RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED);
	end();
}
END_TEST

/* RMQ_OK: it was answered, by whatever code. */
static enum rmq_error try_max_offset(void)
{
	struct rmqi_h_get_max_offset h = {.topic = rmqi_str("T")};
	const struct rmqi_outgoing request = {.code = RMQI_REQ_GET_MAX_OFFSET,
					      .desc = &rmqi_desc_get_max_offset,
					      .header = &h};

	return rmqi_rpc_call(p->rpc, rig->broker, &request,
			     rmqi_clock_deadline(rig->env->clock, 5000), &p->answer, NULL, NULL);
}

START_TEST(one_port__broker_stops_and_comes_back)
{
	begin_one_port();
	ck_assert_int_eq(peer_create_topic(p, "T", 1), 0);
	for (int is_crash = 0; is_crash < 2; is_crash++) {
		ck_assert_int_eq(peer_send(p, "T", 0, "kept", NULL), 0);
		ck_assert_int_eq(peer_consumer_beat(p, "c1", "G", "T", "*", 1), 0);
		ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, is_crash, detail),
				 RMQ_OK);
		/* As nobody listens to a broker's requests now, nobody answers; the name server does. */
		ck_assert_int_ne(try_max_offset(), RMQ_OK);
		ck_assert_int_eq(route_at(0), RMQI_RESP_TOPIC_NOT_EXIST);
		ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, detail), RMQ_OK);
		ck_assert(route_says(rig->broker));
		ck_assert_int_eq(mb_cluster_group_size(rig->cluster, BROKER, "G"), 0);
		ck_assert_int_eq(peer_max_offset(p, "T", 0), is_crash + 1);
	}
	end();
}
END_TEST

START_TEST(one_port__name_server_goes_last)
{
	begin_one_port();
	ck_assert_int_eq(mb_cluster_namesrv_stop(rig->cluster, 0, detail), RMQ_ERR_STATE);
	ck_assert_ptr_nonnull(strstr(sentence(), "stop it first"));
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, false, detail), RMQ_OK);
	ck_assert_int_eq(mb_cluster_namesrv_stop(rig->cluster, 0, detail), RMQ_OK);
	ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, detail), RMQ_ERR_STATE);
	ck_assert_int_eq(mb_cluster_namesrv_start(rig->cluster, 0, detail), RMQ_OK);
	ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, detail), RMQ_OK);
	ck_assert(route_says(rig->broker));
	end();
}
END_TEST

/* What the options, "key=value", are refused for; "" when they are not. */
static const char *refusal(const char *const *options)
{
	static char text[512];
	struct rmq_mock_options *o = mb_options_new();
	struct mb_cluster_options c;

	detail = rmqi_detail_new();
	text[0] = '\0';
	for (; *options; options += 2)
		ck_assert_int_eq(mb_options_set(o, options[0], options[1], detail), RMQ_OK);
	if (mb_options_resolve(o, &c, detail) != RMQ_OK)
		snprintf(text, sizeof(text), "%s", sentence());
	rmq_error_detail_free(detail);
	mb_options_free(o);
	return text;
}

START_TEST(one_port__is_for_one_broker)
{
	const char *const two_brokers[] = {"onePort", "true", "brokers", "2", NULL};
	const char *const two_namesrvs[] = {"onePort", "true", "namesrvs", "2", NULL};
	const char *const shared[] = {"advertisedHost", "h:1", "brokers", "2", NULL};
	const char *const host_alone[] = {"advertisedHost", "h", "brokers", "2", NULL};

	ck_assert_ptr_nonnull(strstr(refusal(two_brokers), "do not say for which broker"));
	ck_assert_ptr_nonnull(strstr(refusal(two_namesrvs), "one name server and one broker"));
	ck_assert_ptr_nonnull(strstr(refusal(shared), "several do not share a port"));
	ck_assert_str_eq(refusal(host_alone), "");
}
END_TEST

START_TEST(advertised__is_what_routes_say_from_the_start)
{
	struct mb_cluster_options o;

	rig_options(&o);
	o.advertised_host = "broker.example:4000";
	begin(&o);
	ck_assert(route_says("broker.example:4000"));
	end();

	rig_options(&o);
	o.advertised_host = "a b";
	detail = rmqi_detail_new();
	ck_assert_int_eq(mb_cluster_new(&o, &rig->cluster, detail), RMQ_ERR_CONFIG);
	ck_assert_str_eq(sentence(), "advertisedHost: \"a b\" is neither HOST nor HOST:PORT");
	rmq_error_detail_free(detail);
}
END_TEST

START_TEST(advertised__can_be_changed_while_it_runs)
{
	struct mb_cluster_options o;

	rig_options(&o);
	begin(&o);
	ck_assert(route_says(rig->broker));
	ck_assert_int_eq(mb_cluster_broker_advertise(rig->cluster, BROKER, "10.1.2.3:77", detail),
			 RMQ_OK);
	ck_assert(route_says("10.1.2.3:77"));
	ck_assert_int_eq(peer_create_topic(p, "T", 1), 0);
	ck_assert_int_eq(peer_send(p, "T", 0, "x", NULL), 0);
	ck_assert_int_eq(strncmp(peer_ext(p, "msgId"), "0A0102030000004D", 16), 0);
	/* Nothing of the old address is left to expire, and the broker stays. */
	rig_advance(rig, 300 * 1000);
	ck_assert(route_says("10.1.2.3:77"));

	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, false, detail), RMQ_OK);
	ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, detail), RMQ_OK);
	ck_assert(route_says("10.1.2.3:77"));
	ck_assert_str_eq(mb_cluster_broker_address(rig->cluster, BROKER), rig->broker);

	ck_assert_int_eq(mb_cluster_broker_advertise(rig->cluster, BROKER, "h:x", detail),
			 RMQ_ERR_CONFIG);
	ck_assert(route_says("10.1.2.3:77"));
	ck_assert_int_eq(mb_cluster_broker_advertise(rig->cluster, BROKER, "", detail), RMQ_OK);
	ck_assert(route_says(rig->broker));
	ck_assert_int_eq(mb_cluster_broker_advertise(rig->cluster, "nobody", "h", detail),
			 RMQ_ERR_NOT_FOUND);
	end();
}
END_TEST

START_TEST(advertised__of_a_stopped_broker_is_for_its_start)
{
	struct mb_cluster_options o;

	rig_options(&o);
	begin(&o);
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, false, detail), RMQ_OK);
	ck_assert_int_eq(mb_cluster_broker_advertise(rig->cluster, BROKER, "10.1.2.3:77", detail),
			 RMQ_OK);
	ck_assert_int_eq(route_at(0), RMQI_RESP_TOPIC_NOT_EXIST);
	ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, detail), RMQ_OK);
	ck_assert(route_says("10.1.2.3:77"));
	end();
}
END_TEST

START_TEST(views__of_name_servers_differ_as_wanted)
{
	struct mb_cluster_options o;

	rig_options(&o);
	o.namesrvs = 2;
	begin(&o);
	ck_assert_int_eq(route_at(0), 0);
	ck_assert_int_eq(route_at(1), 0);
	ck_assert_int_eq(mb_cluster_broker_set_registered(rig->cluster, BROKER, 1, false, detail),
			 RMQ_OK);
	ck_assert_int_eq(route_at(0), 0);
	ck_assert_int_eq(route_at(1), RMQI_RESP_TOPIC_NOT_EXIST);
	/* Neither time nor a new topic nor a new start brings it back. */
	rig_advance(rig, 60 * 1000);
	ck_assert_int_eq(mb_cluster_create_topic(rig->cluster, "T", 1, NULL), RMQ_OK);
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, false, detail), RMQ_OK);
	ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, detail), RMQ_OK);
	ck_assert_int_eq(route_at(0), 0);
	ck_assert_int_eq(route_at(1), RMQI_RESP_TOPIC_NOT_EXIST);
	ck_assert_int_eq(mb_cluster_broker_set_registered(rig->cluster, BROKER, 1, true, detail),
			 RMQ_OK);
	ck_assert_int_eq(route_at(1), 0);
	ck_assert_int_eq(mb_cluster_broker_set_registered(rig->cluster, BROKER, 2, true, detail),
			 RMQ_ERR_NOT_FOUND);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		one_port__serves_both,
		one_port__broker_stops_and_comes_back,
		one_port__name_server_goes_last,
		one_port__is_for_one_broker,
		advertised__is_what_routes_say_from_the_start,
		advertised__can_be_changed_while_it_runs,
		advertised__of_a_stopped_broker_is_for_its_start,
		views__of_name_servers_differ_as_wanted,
	};

	return run_suite("places", tests, sizeof(tests) / sizeof(tests[0]));
}
