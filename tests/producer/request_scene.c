/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/producer/request_scene.h"

#include <stdio.h>
#include <string.h>

#include <check.h>

#include "base/mem.h"
#include "client/reply.h"

struct rig *rig;
struct peer *replier;
struct rmq_config *config;
struct rmq_producer *producer;
struct rmq_message *message;
struct rmq_error_detail *detail;
struct ends ends;

void on_reply(enum rmq_error error, const rmq_message *reply, const rmq_error_detail *d, void *arg)
{
	size_t len = 0;
	const char *body = reply ? rmq_message_body(reply, &len) : "";

	ck_assert_int_eq(error == RMQ_OK, reply != NULL);
	ck_assert_int_eq(error == RMQ_OK, d == NULL);
	ends.ended++;
	ends.ok += error == RMQ_OK;
	ends.error = error;
	ends.flags = rmq_error_detail_flags(d);
	snprintf(ends.text, sizeof(ends.text), "%s", rmq_error_detail_message(d));
	snprintf(ends.body, sizeof(ends.body), "%.*s", (int)(len < 60 ? len : 60), body);
	snprintf(ends.queue_topic, sizeof(ends.queue_topic), "%s",
		 rmq_error_detail_queue(d)->topic);
	snprintf(ends.id, sizeof(ends.id), "%s", rmq_error_detail_message_id(d));
	if (arg)
		++*(size_t *)arg;
}

struct rmq_producer *open_producer(const char *group)
{
	struct rmq_producer *p = NULL;

	ck_assert_int_eq(rmqi_producer_new(config, group, &p, detail), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_start(p, detail), RMQ_OK);
	return p;
}

void begin_with(struct rig *r)
{
	rig = r;
	replier = peer_new(rig);
	replier->send_code = RMQI_REQ_SEND_REPLY_MESSAGE_V2;
	ck_assert_int_eq(peer_create_topic(replier, "T", 1), 0);
	rig_advance(rig, 10);
	config = rmqi_config_new();
	config->env = rig->env;
	rmqi_env_ref(config->env);
	ck_assert_int_eq(rmqi_config_set(config, "namesrvAddr", rig->namesrv, NULL), RMQ_OK);
	detail = rmqi_detail_new();
	message = rmq_message_new("T", "ping", 4);
	memset(&ends, 0, sizeof(ends));
	producer = open_producer("PG");
}

void begin(void)
{
	begin_with(rig_new("autoCreateTopicEnable=false"));
}

void end(void)
{
	rmqi_producer_free(producer);
	rmq_message_free(message);
	rmq_error_detail_free(detail);
	rmqi_config_free(config);
	peer_free(replier);
	rig_free(rig);
}

void ask(void)
{
	ck_assert_int_eq(
		rmqi_producer_request_async(producer, message, NULL, on_reply, NULL, detail),
		RMQ_OK);
	rig_advance(rig, 5);
}

/* The n-th request that is stored. */
const char *asked(size_t n, const char *name)
{
	replier->send_code = RMQI_REQ_SEND_REPLY_MESSAGE_V2;
	ck_assert_int_eq(peer_pull(replier, "G", "T", 0, (int64_t)n, 0), 0);
	return peer_property(replier, 0, name);
}

/* NULL: without. The answer of the broker. */
int32_t reply(const char *id, const char *client, const char *body)
{
	char properties[512];

	snprintf(properties, sizeof(properties), "MSG_TYPE=reply,TTL=3000%s%s%s%s",
		 id ? ",CORRELATION_ID=" : "", id ? id : "", client ? ",REPLY_TO_CLIENT=" : "",
		 client ? client : "");
	return peer_send(replier, REPLIES, 0, body, properties);
}

const char *own_id(void)
{
	return rmqi_client_id(producer->client);
}
