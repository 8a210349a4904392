/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/broker/lite_scene.h"

#include <stdio.h>
#include <string.h>

struct rig *lite_rig;
struct peer *lite_peer;
char lite_taken[LITE_TAKEN];

static void on_request(struct peer *p, struct rmqi_conn *c, const struct rmqi_command *request)
{
	struct rmqi_h_notify_unsubscribe_lite h = {0};
	const char *bad;

	(void)p;
	(void)c;
	if (request->code != RMQI_REQ_NOTIFY_UNSUBSCRIBE_LITE)
		return;
	ck_assert_int_eq(
		rmqi_header_decode(&rmqi_desc_notify_unsubscribe_lite, request, &h, &bad), RMQ_OK);
	snprintf(lite_taken, sizeof(lite_taken), "%.*s %.*s", RMQI_STR_ARG(h.clientId),
		 RMQI_STR_ARG(h.liteTopic));
}

int32_t lite_make_topic(const char *name, const char *attributes)
{
	struct rmqi_h_create_topic t = {
		.topic = rmqi_str(name),
		.defaultTopic = RMQI_STR("TBW102"),
		.readQueueNums = 2,
		.writeQueueNums = 2,
		.perm = 6,
		.topicFilterType = RMQI_STR("SINGLE_TAG"),
	};

	RMQI_SET(&t, create_topic, attributes, rmqi_str(attributes));
	return peer_ask(lite_peer, lite_rig->broker, RMQI_REQ_UPDATE_AND_CREATE_TOPIC, &rmqi_desc_create_topic,
			&t, NULL);
}

int32_t lite_make_group(const char *name, const char *more)
{
	char body[512];

	snprintf(body, sizeof(body),
		 "{\"groupName\":\"%s\",\"attributes\":{\"+lite.bind.topic\":\"P\"%s}}", name, more);
	return peer_ask(lite_peer, lite_rig->broker, RMQI_REQ_UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, NULL, NULL,
			body);
}

void lite_begin_with(const char *settings)
{
	lite_taken[0] = '\0';
	lite_rig = rig_new(settings);
	lite_peer = peer_new(lite_rig);
	lite_peer->on_request = on_request;
	ck_assert_int_eq(lite_make_topic("P", "+message.type=LITE"), 0);
	ck_assert_int_eq(lite_make_group("G", ""), 0);
}

void lite_begin(void)
{
	lite_begin_with(LITE_SETTINGS);
}

void lite_end(void)
{
	peer_free(lite_peer);
	rig_free(lite_rig);
}

void lite_restart(bool is_clean)
{
	ck_assert_int_eq(mb_cluster_broker_stop(lite_rig->cluster, BROKER, !is_clean, NULL), RMQ_OK);
	ck_assert_int_eq(mb_cluster_broker_start(lite_rig->cluster, BROKER, NULL), RMQ_OK);
}

/* --- Requests ------------------------------------------------------------------------------------- */

struct rmqi_lite_subscription lite_order(enum rmqi_lite_action action, const char *client,
					   const char *group, const char *const *lites,
					   size_t count)
{
	static char id[64], of[64], parent[] = "P", texts[4][64];
	static char *names[4];

	snprintf(id, sizeof(id), "%s", client);
	snprintf(of, sizeof(of), "%s", group);
	for (size_t i = 0; i < count; i++) {
		snprintf(texts[i], sizeof(texts[i]), "%s", lites[i]);
		names[i] = texts[i];
	}
	return (struct rmqi_lite_subscription){.action = action,
					       .client_id = id,
					       .group = of,
					       .topic = parent,
					       .lite_topics = names,
					       .count = count};
}

int32_t lite_ctl(struct rmqi_lite_subscription s)
{
	const struct rmqi_lite_subscriptions all = {.items = &s, .count = 1};
	struct rmqi_buf body;
	int32_t code;

	rmqi_buf_init(&body, 1 << 20);
	ck_assert_int_eq(rmqi_lite_subscriptions_encode(&all, &body), RMQ_OK);
	code = peer_ask_bytes(lite_peer, lite_rig->broker, RMQI_REQ_LITE_SUBSCRIPTION_CTL, NULL, NULL,
			      rmqi_buf_cursor(&body));
	rmqi_buf_deinit(&body);
	return code;
}

int32_t lite_tell(enum rmqi_lite_action action, const char *client, const char *lite)
{
	return lite_ctl(lite_order(action, client, "G", &lite, 1));
}

void lite_send(const char *lite, const char *body)
{
	char properties[128];

	snprintf(properties, sizeof(properties), "__LITE_TOPIC=%s", lite);
	ck_assert_int_eq(peer_send(lite_peer, "P", 0, body, properties), 0);
}

struct rmqi_h_pop_lite_message lite_pop_header(const char *client)
{
	return (struct rmqi_h_pop_lite_message){
		.clientId = rmqi_str(client),
		.consumerGroup = RMQI_STR("G"),
		.topic = RMQI_STR("P"),
		.maxMsgNum = 32,
		.invisibleTime = 10000,
		.bornTime = rig_now(lite_rig),
	};
}

int32_t lite_pop(const char *client)
{
	const struct rmqi_h_pop_lite_message h = lite_pop_header(client);

	return peer_ask(lite_peer, lite_rig->broker, RMQI_REQ_POP_LITE_MESSAGE, &rmqi_desc_pop_lite_message, &h,
			NULL);
}

const char *lite_popped(void)
{
	static char text[512];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < peer_message_count(lite_peer); i++) {
		struct rmqi_stored_message m = peer_message(lite_peer, i);

		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%.*s", i ? " " : "",
					(int)m.body.len, (const char *)m.body.ptr);
	}
	return text;
}

void lite_expect_pop(const char *client, const char *bodies)
{
	ck_assert_int_eq(lite_pop(client), *bodies ? 0 : RMQI_RESP_POLLING_TIMEOUT);
	ck_assert_str_eq(lite_popped(), bodies);
}

struct rmqi_h_ack_message lite_ack_header(int64_t offset, int64_t pop_ms)
{
	static char receipt[128];

	snprintf(receipt, sizeof(receipt), "0 %lld 10000 999 0 broker-a 0 %lld", (long long)pop_ms,
		 (long long)offset);
	return (struct rmqi_h_ack_message){.consumerGroup = RMQI_STR("G"),
					   .topic = RMQI_STR("P"),
					   .queueId = 0,
					   .offset = offset,
					   .extraInfo = rmqi_str(receipt)};
}

int32_t lite_ack(const char *lite, int64_t offset, int64_t pop_ms)
{
	struct rmqi_h_ack_message h = lite_ack_header(offset, pop_ms);

	RMQI_SET(&h, ack_message, liteTopic, rmqi_str(lite));
	return peer_ask(lite_peer, lite_rig->broker, RMQI_REQ_ACK_MESSAGE, &rmqi_desc_ack_message, &h, NULL);
}
