/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heartbeat.c - clients come, stay and go (ClientManageProcessor.heartBeat,
 * unregisterClient; ConsumerManageProcessor.getConsumerListByGroup).
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "codec/names.h"
#include "mock-broker/broker/handlers.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/message_filter.h"

/* Does the group subscribe to a topic whose messages are ordered? */
static bool has_order_topic(const struct mb_broker *b, const struct rmqi_consumer_data *data)
{
	for (size_t i = 0; i < data->subscription_count; i++) {
		const struct mb_topic *t =
			mb_topic_find(b, rmqi_str(data->subscriptions[i]->topic));

		if (t && t->config.order)
			return true;
	}
	return false;
}

static enum rmq_error beat_consumer(struct mb_broker *b, struct mb_request *r,
				    const struct rmqi_heartbeat *beat,
				    const struct rmqi_consumer_data *data)
{
	struct rmqi_str name = rmqi_str(data->group_name);
	const struct mb_group *group = mb_group_get(b, name);
	char retry[RMQI_RETRY_TOPIC_MAX + 8];
	bool is_changed = false;
	enum rmq_error err;

	if (!group)
		return RMQ_OK; /* skipped silently */
	snprintf(retry, sizeof(retry), "%s%s", RMQI_RETRY_PREFIX, data->group_name);
	if (!mb_topic_ensure(b, rmqi_str(retry), group->retry_queue_nums,
			     RMQI_PERM_READ | RMQI_PERM_WRITE, data->unit_mode ? 2 : 0,
			     has_order_topic(b, data)))
		return RMQ_ERR_NO_MEMORY;
	err = mb_consumer_register(b, rmqi_conn_user(r->ticket.conn), r->command, beat, data,
				   &is_changed);
	if (err == RMQ_OK && is_changed && group->notify_ids_changed) {
		const struct mb_client_group *g = mb_consumers_find(b, name);

		if (!g->is_broadcasting && b->config->notify_consumer_ids_changed)
			mb_consumers_notify(b, g);
	}
	return err;
}

/* V2 heart-beats carry a fingerprint of the subscriptions: is it another one than the last? */
static bool note_fingerprint(struct mb_broker *b, const struct rmqi_heartbeat *beat)
{
	bool is_changed = false;

	for (size_t i = 0; i < beat->consumer_count; i++) {
		struct mb_client_group *g =
			mb_consumers_find(b, rmqi_str(beat->consumers[i].group_name));

		if (!g || g->fingerprint == beat->fingerprint)
			continue;
		g->fingerprint = beat->fingerprint;
		is_changed = true;
	}
	return is_changed;
}

static enum rmq_error beat_all(struct mb_broker *b, struct mb_request *r,
			       const struct rmqi_heartbeat *beat)
{
	enum rmq_error err = RMQ_OK;

	for (size_t i = 0; i < beat->consumer_count && err == RMQ_OK; i++) {
		if (beat->consumers[i].group_name)
			err = beat_consumer(b, r, beat, &beat->consumers[i]);
	}
	for (size_t i = 0; i < beat->producer_count && err == RMQ_OK; i++)
		err = mb_producer_register(b, rmqi_conn_user(r->ticket.conn), r->command,
					   rmqi_str(beat->client_id),
					   rmqi_str(beat->producer_groups[i]));
	return err;
}

/* One to whom the way is cut is known by its heartbeat: that is lost, and nothing more is read. */
static bool is_from_afar(struct mb_broker *b, struct mb_request *r, const char *client_id)
{
	struct mb_peer *peer = rmqi_conn_user(r->ticket.conn);

	if (!peer || !client_id || !mb_ways_is_client_cut(b->ways, client_id))
		return false;
	rmqi_free(peer->cut_id);
	peer->cut_id = rmqi_strdup(client_id);
	mb_node_look_at(b->node, peer->conn);
	mb_answer_nothing(&r->ticket);
	return true;
}

/* True: it was refused. */
static bool refuse_id(struct mb_request *r, const char *client_id)
{
	char problem[RMQI_PROBLEM_SIZE];

	if (!client_id || !rmqi_label_problem(rmqi_str(client_id), "clientID", problem, sizeof(problem)))
		return false;
	mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR, "%s", problem);
	return true;
}

static void heart_beat(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	struct rmqi_heartbeat beat = {0};
	struct rmqi_h_heartbeat_response answer = {0};
	enum rmq_error err = rmqi_heartbeat_decode(r->command->body, &beat);

	if (err == RMQ_OK && !rmqi_conn_user(r->ticket.conn))
		err = RMQ_ERR_STATE;
	if (err == RMQ_OK &&
	    (refuse_id(r, beat.client_id) || is_from_afar(b, r, beat.client_id))) {
		rmqi_heartbeat_deinit(&beat);
		return;
	}
	if (err == RMQ_OK)
		err = beat_all(b, r, &beat);
	if (err == RMQ_OK && b->config->release < MB_RELEASE_5_3) {
		mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
	} else if (err == RMQ_OK) {
		RMQI_SET(&answer, heartbeat_response, IS_SUPPORT_HEART_BEAT_V2, true);
		RMQI_SET(&answer, heartbeat_response, IS_SUB_CHANGE,
			 beat.fingerprint == 0 || note_fingerprint(b, &beat));
		mb_answer_header(&r->ticket, &rmqi_desc_heartbeat_response, &answer);
	} else {
		mb_answer_failure(&r->ticket, err);
	}
	rmqi_heartbeat_deinit(&beat);
}

static void unregister_client(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_unregister_client *h = r->header;
	struct mb_peer *peer = rmqi_conn_user(r->ticket.conn);

	if (peer && RMQI_HAS(h, unregister_client, producerGroup))
		mb_producer_unregister(b, peer, h->producerGroup);
	if (peer && RMQI_HAS(h, unregister_client, consumerGroup))
		mb_consumer_unregister(b, peer, h->consumerGroup);
	mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
}

static void get_consumer_list(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_get_consumer_list_by_group *h = r->header;
	const struct mb_client_group *g;
	const char *separator = "";

	g = mb_consumers_find(b, h->consumerGroup);
	if (!g) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR,
				"no consumer for this group, %.*s", RMQI_STR_ARG(h->consumerGroup));
		return;
	}
	rmqi_buf_reset(&b->body);
	rmqi_buf_add_text(&b->body, "{\"consumerIdList\":[");
	RMQI_LIST_EACH(node, &g->channels) {
		const struct mb_channel *ch = RMQI_LIST_ITEM(node, struct mb_channel, of_group);

		rmqi_buf_add_text(&b->body, separator);
		rmqi_json_add_string(&b->body, rmqi_str(ch->client_id));
		separator = ",";
	}
	rmqi_buf_add_text(&b->body, "]}");
	mb_answer_body(&r->ticket, &b->body);
}

/* What a broker thinks of an expression, before anything is pulled with it. */
static void judge_expression(struct mb_broker *b, const struct mb_request *r, const char *type,
			     const char *text)
{
	struct mb_expression *expression = NULL;
	struct rmqi_buf why;
	enum rmq_error err;

	if (!b->config->property_filter) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR,
				"The broker does not support consumer to filter message by %s",
				type);
		return;
	}
	rmqi_buf_init(&why, MB_REMARK_MAX);
	err = mb_filter_compile(type, text, &expression, &why);
	if (err == RMQ_OK)
		mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
	else if (err == RMQ_ERR_INVALID_ARGUMENT)
		mb_answer_error(&r->ticket, RMQI_RESP_SUBSCRIPTION_PARSE_FAILED, "%s",
				rmqi_buf_text(&why));
	else
		mb_answer_failure(&r->ticket, err);
	mb_expression_unref(expression);
	rmqi_buf_deinit(&why);
}

static void check_client_config(void *arg, struct mb_request *r)
{
	enum rmq_error err;
	struct rmqi_json *root;
	const struct rmqi_json *s;
	const char *type;

	err = rmqi_json_parse(r->command->body, &root);
	if (err != RMQ_OK) {
		mb_answer_failure(&r->ticket, err);
		return;
	}
	s = rmqi_json_get(root, "subscriptionData");
	type = rmqi_json_str(s, "expressionType", "TAG");
	if (!s || strcmp(type, "TAG") == 0)
		mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
	else
		judge_expression(arg, r, type, rmqi_json_str(s, "subString", ""));
	rmqi_json_free(root);
}

const struct mb_handler mb_heartbeat_handlers[] = {
	{MB_LENIENT | RMQI_REQ_HEART_BEAT, heart_beat},
	{RMQI_REQ_UNREGISTER_CLIENT, unregister_client},
	{RMQI_REQ_GET_CONSUMER_LIST_BY_GROUP, get_consumer_list},
	{RMQI_REQ_CHECK_CLIENT_CONFIG, check_client_config},
	{0, NULL},
};
