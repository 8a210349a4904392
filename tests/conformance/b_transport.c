/* SPDX-License-Identifier: Apache-2.0 */
/* b_transport.c - the same over every kind of wire. */
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

/* Properties, a retry and a few hundred messages: every request of the main job. */
static void full_round_trip(const char *producer_settings, const char *consumer_settings)
{
	enum { MESSAGES = 300 };
	const char *topic = new_topic(QUEUES);
	struct audit *audit = audit_new(MESSAGES);
	rmq_producer *p = new_producer(producer_settings);
	struct sink *s = sink_open(NULL, topic, NULL, consumer_settings, audit);
	struct sink *tagged = sink_open(NULL, topic, "Special", consumer_settings, NULL);
	rmq_message *m;

	audit_send(audit, p, topic, MESSAGES, 500);
	m = rmq_message_new(topic, "special", 7);
	expect_int(rmq_message_set_tag(m, "Special", NULL), RMQ_OK);
	expect_int(rmq_message_set_property(m, "text", "a=b \xe4\xb8\xad", NULL), RMQ_OK);
	send_message(p, m);

	sink_expect(s, MESSAGES + 1);
	sink_expect(tagged, 1);
	expect_text(rmq_message_property(sink_at(tagged, 0), "text"), "a=b \xe4\xb8\xad");
	sink_close(s);
	expect_int(committed_count(topic, s->group), MESSAGES + 1);
}

static void transport__json_headers(void)
{
	full_round_trip("serializeType=JSON", "serializeType=JSON");
}

static void transport__binary_headers(void)
{
	full_round_trip("serializeType=ROCKETMQ", "serializeType=ROCKETMQ");
}

static void transport__mixed_headers(void)
{
	full_round_trip("serializeType=ROCKETMQ", "serializeType=JSON");
}

static void transport__tls_with_verification(void)
{
	full_round_trip(NULL, NULL);
}

static void transport__tls_and_binary_headers(void)
{
	full_round_trip("serializeType=ROCKETMQ", "serializeType=ROCKETMQ");
}

/* Every request is signed, whatever the form of its header. */
static void transport__signed_json_headers(void)
{
	full_round_trip("serializeType=JSON", "serializeType=JSON");
}

static void transport__signed_binary_headers(void)
{
	full_round_trip("serializeType=ROCKETMQ securityToken=t.o/k+en==",
			"serializeType=ROCKETMQ securityToken=t.o/k+en==");
}

/* The CA as text instead of a file. */
static void transport__tls_with_a_ca_in_memory(void)
{
	static char pem[8192];
	FILE *f = fopen(scene.target->tls_ca(), "r");
	size_t len;
	rmq_config *c = new_config(NULL);
	rmq_producer *p = NULL;
	rmq_error_detail *detail = NULL;
	const char *topic = new_topic(1);
	rmq_message *m = rmq_message_new(topic, "x", 1);

	if (!f)
		fail("cannot read %s", scene.target->tls_ca());
	len = fread(pem, 1, sizeof(pem) - 1, f);
	fclose(f);
	pem[len] = '\0';
	expect_ok(rmq_config_set(c, "tlsCaFile", "", &detail), detail);
	expect_ok(rmq_config_set(c, "tlsCaPem", pem, &detail), detail);
	expect_ok(rmq_producer_new(c, new_name("P"), &p, &detail), detail);
	expect_ok(rmq_producer_start(p, &detail), detail);
	expect_ok(rmq_producer_send(p, m, NULL, NULL, &detail), detail);
	rmq_message_free(m);
	rmq_producer_free(p);
	expect_stored(topic, 1);
}

static void transport__ipv6(void)
{
	expect(strchr(scene.target->namesrv(), '[') != NULL);
	full_round_trip(NULL, NULL);
}

static void transport__ipv6_ids_are_56_digits(void)
{
	const char *topic = new_topic(1);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	const rmq_send_result *r = send_text(new_producer(NULL), topic, NULL, "body");

	expect_int(strlen(rmq_send_result_offset_message_id(r)), 56);
	sink_expect(s, 1);
	expect_text(rmq_message_offset_id(sink_at(s, 0)), rmq_send_result_offset_message_id(r));
	expect(strstr(rmq_message_store_host(sink_at(s, 0)), "::1") != NULL);
}

/* --- Name server addresses ---------------------------------------------------------- */

static void send_at(const char *namesrv)
{
	const char *topic = new_topic(1);
	rmq_config *c = new_config(NULL);
	rmq_producer *p = NULL;
	rmq_error_detail *detail = NULL;
	rmq_message *m = rmq_message_new(topic, "x", 1);

	expect_ok(rmq_config_set(c, "namesrvAddr", namesrv, &detail), detail);
	expect_ok(rmq_producer_new(c, new_name("P"), &p, &detail), detail);
	expect_ok(rmq_producer_start(p, &detail), detail);
	expect_ok(send_within(p, m, PATIENT_MS, NULL, &detail), detail);
	rmq_message_free(m);
	rmq_producer_free(p);
	expect_stored(topic, 1);
}

static void transport__name_server_list_may_hold_blanks(void)
{
	char list[512];

	snprintf(list, sizeof(list), " %s ; ;", scene.target->namesrv());
	send_at(list);
}

/* A connection to port 1 is refused: the next server is asked within the same call. */
static void transport__dead_name_server_comes_first(void)
{
	char list[512];

	snprintf(list, sizeof(list), "127.0.0.1:1;%s", scene.target->namesrv());
	for (int i = 0; i < 4; i++)
		send_at(list);
}

static const struct behaviour transport_list[] = {
	BEHAVIOUR(transport__json_headers, 0),
	BEHAVIOUR(transport__binary_headers, 0),
	BEHAVIOUR(transport__mixed_headers, 0),
	BEHAVIOUR(transport__tls_with_verification, NEED_TLS),
	BEHAVIOUR(transport__tls_and_binary_headers, NEED_TLS),
	BEHAVIOUR(transport__tls_with_a_ca_in_memory, NEED_TLS),
	BEHAVIOUR(transport__signed_json_headers, NEED_ACL),
	BEHAVIOUR(transport__signed_binary_headers, NEED_ACL),
	BEHAVIOUR(transport__ipv6, NEED_IPV6),
	BEHAVIOUR(transport__ipv6_ids_are_56_digits, NEED_IPV6),
	BEHAVIOUR(transport__name_server_list_may_hold_blanks, 0),
	BEHAVIOUR(transport__dead_name_server_comes_first, 0),
};
BEHAVIOURS(transport);
