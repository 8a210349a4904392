/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/clients.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/message_filter.h"
#include "mock-broker/push.h"

enum { SCAN_MS = 10000 }; /* ClientHousekeepingService */

static void subscription_free(void *subscription)
{
	rmqi_subscription_free(subscription);
}

static void filter_unref(void *expression)
{
	mb_expression_unref(expression);
}

static void group_free(struct mb_client_group *g)
{
	if (!g)
		return;
	rmqi_map_deinit(&g->subscriptions, subscription_free);
	rmqi_map_deinit(&g->filters, filter_unref);
	rmqi_free(g->consume_type);
	rmqi_free(g->message_model);
	rmqi_free(g->consume_from_where);
	rmqi_free(g->name);
	rmqi_free(g);
}

static struct mb_client_group *group_get(struct rmqi_map *groups, struct rmqi_str name,
					 bool is_consumer)
{
	struct mb_client_group *g = rmqi_map_get(groups, name);

	if (g)
		return g;
	g = rmqi_calloc(1, sizeof(*g));
	if (!g)
		return NULL;
	rmqi_list_init(&g->channels);
	rmqi_map_init(&g->subscriptions);
	rmqi_map_init(&g->filters);
	g->is_consumer = is_consumer;
	g->name = rmqi_str_dup(name);
	if (g->name && rmqi_map_set(groups, name, g, NULL) == RMQ_OK)
		return g;
	group_free(g);
	return NULL;
}

static struct rmqi_map *table_of(struct mb_clients *c, const struct mb_client_group *g)
{
	return g->is_consumer ? &c->consumers : &c->producers;
}

/* A group nobody is in is forgotten. */
static void group_drop_empty(struct mb_clients *c, struct mb_client_group *g)
{
	if (g->channel_count)
		return;
	rmqi_map_remove(table_of(c, g), rmqi_str(g->name));
	group_free(g);
}

struct mb_channel *mb_channel_find(const struct mb_client_group *g, const struct mb_peer *peer)
{
	/* A connection is in few groups, a group may have many connections. */
	RMQI_LIST_EACH(node, &peer->channels) {
		struct mb_channel *ch = RMQI_LIST_ITEM(node, struct mb_channel, of_peer);

		if (ch->group == g)
			return ch;
	}
	return NULL;
}

static void channel_free(struct mb_clients *c, struct mb_channel *ch)
{
	if (!ch->group->is_consumer)
		rmqi_map_remove(&c->by_id, rmqi_str(ch->client_id));
	rmqi_list_remove(&ch->of_peer);
	rmqi_list_remove(&ch->of_group);
	ch->group->channel_count--;
	rmqi_free(ch->client_id);
	rmqi_free(ch);
}

/* Adds or refreshes. *is_new: it was not there. NULL: memory is out. */
static struct mb_channel *channel_touch(struct mb_broker *b, struct mb_client_group *g,
					struct mb_peer *peer, const struct rmqi_command *command,
					struct rmqi_str client_id, bool *is_new)
{
	struct mb_channel *ch = mb_channel_find(g, peer);

	if (ch && !rmqi_str_is(client_id, ch->client_id)) {
		channel_free(&b->clients, ch);
		ch = NULL;
	}
	*is_new = !ch;
	if (!ch) {
		ch = rmqi_calloc(1, sizeof(*ch));
		if (!ch)
			return NULL;
		ch->client_id = rmqi_str_dup(client_id);
		if (!ch->client_id) {
			rmqi_free(ch);
			return NULL;
		}
		ch->peer = peer;
		ch->group = g;
		rmqi_list_init(&ch->of_peer);
		rmqi_list_init(&ch->of_group);
		rmqi_list_push(&peer->channels, &ch->of_peer);
		rmqi_list_push(&g->channels, &ch->of_group);
		g->channel_count++;
	}
	ch->language = command->language;
	ch->version = command->version;
	ch->last_ms = mb_broker_now_ms(b);
	return ch;
}

static bool is_in(const struct rmqi_consumer_data *data, struct rmqi_str topic)
{
	for (size_t i = 0; i < data->subscription_count; i++) {
		if (rmqi_str_is(topic, data->subscriptions[i]->topic))
			return true;
	}
	return false;
}

/* ConsumerFilterManager.register: one that cannot be compiled takes the place of the one before, too; its
 * pulls are told. */
static enum rmq_error take_filter(struct mb_client_group *g, const struct rmqi_subscription *s)
{
	struct mb_expression *compiled = NULL;
	void *before = NULL;
	enum rmq_error err = RMQ_ERR_INVALID_ARGUMENT;

	if (mb_subscription_is_by_properties(s))
		err = mb_filter_compile(s->expression_type, s->sub_string, &compiled, NULL);
	if (err == RMQ_OK)
		err = rmqi_map_set(&g->filters, rmqi_str(s->topic), compiled, &before);
	else
		before = rmqi_map_remove(&g->filters, rmqi_str(s->topic));
	if (err != RMQ_OK)
		mb_expression_unref(compiled);
	mb_expression_unref(before);
	return err == RMQ_ERR_INVALID_ARGUMENT ? RMQ_OK : err;
}

static enum rmq_error take_subscription(struct mb_client_group *g,
					const struct rmqi_subscription *s, bool *is_changed)
{
	const struct rmqi_subscription *old = rmqi_map_get(&g->subscriptions, rmqi_str(s->topic));
	struct rmqi_subscription *copy = NULL;
	void *before = NULL;
	enum rmq_error err;

	if (old && s->sub_version <= old->sub_version)
		return RMQ_OK;
	err = rmqi_subscription_dup(s, &copy);
	if (err != RMQ_OK)
		return err;
	err = rmqi_map_set(&g->subscriptions, rmqi_str(s->topic), copy, &before);
	rmqi_subscription_free(err == RMQ_OK ? before : copy);
	*is_changed = *is_changed || !old;
	return err == RMQ_OK ? take_filter(g, copy) : err;
}

/* ConsumerGroupInfo.updateSubscription */
static enum rmq_error take_subscriptions(struct mb_client_group *g,
					 const struct rmqi_consumer_data *data, bool *is_changed)
{
	enum rmq_error err = RMQ_OK;
	struct rmqi_str topic;

	for (size_t i = 0; i < data->subscription_count && err == RMQ_OK; i++)
		err = take_subscription(g, data->subscriptions[i], is_changed);
	for (size_t i = 0; i < g->subscriptions.count && err == RMQ_OK;) {
		rmqi_map_at(&g->subscriptions, i, &topic);
		if (is_in(data, topic)) {
			i++;
			continue;
		}
		mb_expression_unref(rmqi_map_remove(&g->filters, topic));
		rmqi_subscription_free(rmqi_map_remove(&g->subscriptions, topic));
		*is_changed = true;
	}
	return err;
}

static enum rmq_error replace_text(char **member, const char *text)
{
	char *copy;

	if (*member && text && strcmp(*member, text) == 0)
		return RMQ_OK;
	copy = rmqi_strdup(text ? text : "");
	if (!copy)
		return RMQ_ERR_NO_MEMORY;
	rmqi_free(*member);
	*member = copy;
	return RMQ_OK;
}

static enum rmq_error take_model(struct mb_client_group *g, const struct rmqi_consumer_data *data)
{
	enum rmq_error err = replace_text(&g->consume_type, data->consume_type);

	if (err == RMQ_OK)
		err = replace_text(&g->message_model, data->message_model);
	if (err == RMQ_OK)
		err = replace_text(&g->consume_from_where, data->consume_from_where);
	g->is_broadcasting =
		data->message_model && !strcasecmp(data->message_model, "BROADCASTING");
	return err;
}

enum rmq_error mb_consumer_register(struct mb_broker *b, struct mb_peer *peer,
				    const struct rmqi_command *command,
				    const struct rmqi_heartbeat *beat,
				    const struct rmqi_consumer_data *data, bool *is_changed)
{
	struct mb_client_group *g =
		group_get(&b->clients.consumers, rmqi_str(data->group_name), true);
	bool is_new = false;
	enum rmq_error err;

	*is_changed = false;
	if (!g)
		return RMQ_ERR_NO_MEMORY;
	if (!channel_touch(b, g, peer, command, rmqi_str(beat->client_id), &is_new)) {
		group_drop_empty(&b->clients, g);
		return RMQ_ERR_NO_MEMORY;
	}
	err = take_model(g, data);
	*is_changed = is_new;
	if (err == RMQ_OK && !beat->without_sub)
		err = take_subscriptions(g, data, is_changed);
	return err;
}

enum rmq_error mb_producer_register(struct mb_broker *b, struct mb_peer *peer,
				    const struct rmqi_command *command, struct rmqi_str client_id,
				    struct rmqi_str group)
{
	struct mb_client_group *g = group_get(&b->clients.producers, group, false);
	struct mb_channel *ch;
	bool is_new;

	if (!g)
		return RMQ_ERR_NO_MEMORY;
	ch = channel_touch(b, g, peer, command, client_id, &is_new);
	if (ch && (!is_new || rmqi_map_set(&b->clients.by_id, client_id, ch, NULL) == RMQ_OK))
		return RMQ_OK;
	if (ch)
		channel_free(&b->clients, ch);
	group_drop_empty(&b->clients, g);
	return RMQ_ERR_NO_MEMORY;
}

const struct mb_channel *mb_producer_by_id(const struct mb_broker *b, struct rmqi_str client_id)
{
	return rmqi_map_get(&b->clients.by_id, client_id);
}

struct mb_client_group *mb_consumers_find(const struct mb_broker *b, struct rmqi_str group)
{
	return rmqi_map_get(&b->clients.consumers, group);
}

struct mb_client_group *mb_producers_find(const struct mb_broker *b, struct rmqi_str group)
{
	return rmqi_map_get(&b->clients.producers, group);
}

void mb_consumers_notify(struct mb_broker *b, const struct mb_client_group *g)
{
	struct rmqi_h_notify_consumer_ids_changed h = {.consumerGroup = rmqi_str(g->name)};
	struct rmqi_outgoing request = {.code = RMQI_REQ_NOTIFY_CONSUMER_IDS_CHANGED,
					.desc = &rmqi_desc_notify_consumer_ids_changed,
					.header = &h};

	RMQI_LIST_EACH(node, &g->channels) {
		const struct mb_channel *ch = RMQI_LIST_ITEM(node, struct mb_channel, of_group);
		enum rmq_error err = mb_push_oneway(&b->node->door, ch->peer->conn, &request);

		if (err != RMQ_OK)
			RMQI_LOG(b->log, RMQ_LOG_INFO,
				 "broker: %s is not told of a change of %s: %s", ch->client_id,
				 g->name, rmq_error_text(err));
	}
}

/* May the group be told of a change (ConsumerManager.unregisterConsumer)? */
static bool wants_notice(const struct mb_broker *b, const struct mb_client_group *g)
{
	const struct mb_group *config = mb_group_find(b, rmqi_str(g->name));

	return !g->is_broadcasting && b->config->notify_consumer_ids_changed &&
	       (!config || config->notify_ids_changed);
}

void mb_consumer_unregister(struct mb_broker *b, struct mb_peer *peer, struct rmqi_str group)
{
	struct mb_client_group *g = mb_consumers_find(b, group);
	struct mb_channel *ch = g ? mb_channel_find(g, peer) : NULL;

	if (!ch)
		return;
	channel_free(&b->clients, ch);
	if (wants_notice(b, g))
		mb_consumers_notify(b, g);
	group_drop_empty(&b->clients, g);
}

void mb_producer_unregister(struct mb_broker *b, struct mb_peer *peer, struct rmqi_str group)
{
	struct mb_client_group *g = mb_producers_find(b, group);
	struct mb_channel *ch = g ? mb_channel_find(g, peer) : NULL;

	if (!ch)
		return;
	channel_free(&b->clients, ch);
	group_drop_empty(&b->clients, g);
}

void mb_peer_opened(void *broker, struct rmqi_conn *c)
{
	struct mb_peer *peer = rmqi_alloc(sizeof(*peer));

	(void)broker;
	if (!peer) {
		rmqi_conn_close(c, RMQ_ERR_NO_MEMORY);
		return;
	}
	peer->conn = c;
	peer->cut_id = NULL;
	rmqi_list_init(&peer->channels);
	rmqi_list_init(&peer->parked);
	rmqi_conn_set_user(c, peer);
}

void mb_peer_closed(void *broker, struct rmqi_conn *c)
{
	struct mb_broker *b = broker;
	struct mb_peer *peer = rmqi_conn_user(c);

	if (!peer)
		return;
	rmqi_conn_set_user(c, NULL);
	mb_holds_forget(&peer->parked);
	for (struct rmqi_list *node = peer->channels.next; node != &peer->channels;
	     node = peer->channels.next) {
		struct mb_channel *ch = RMQI_LIST_ITEM(node, struct mb_channel, of_peer);
		struct mb_client_group *g = ch->group;

		channel_free(&b->clients, ch);
		/* Whatever the notify flag of the group says (ConsumerManager.doChannelCloseEvent). */
		if (g->is_consumer && !g->is_broadcasting && !b->is_stopping)
			mb_consumers_notify(b, g);
		group_drop_empty(&b->clients, g);
	}
	rmqi_free(peer->cut_id);
	rmqi_free(peer);
}

/* Drops silent channels without telling the others, then closes the connection. True: one was
 * found; the table has changed. */
static bool expire_one(struct mb_broker *b, struct rmqi_map *groups)
{
	int64_t limit = mb_broker_now_ms(b) - b->config->channel_expired_ms;

	for (size_t i = 0; i < groups->count; i++) {
		struct mb_client_group *g = rmqi_map_at(groups, i, NULL);

		RMQI_LIST_EACH(node, &g->channels) {
			struct mb_channel *ch = RMQI_LIST_ITEM(node, struct mb_channel, of_group);
			struct rmqi_conn *conn = ch->peer->conn;

			if (ch->last_ms >= limit)
				continue;
			RMQI_LOG(b->log, RMQ_LOG_WARN,
				 "broker: client %s of group %s is silent, dropped", ch->client_id,
				 g->name);
			channel_free(&b->clients, ch);
			group_drop_empty(&b->clients, g);
			rmqi_conn_close(conn, RMQ_ERR_TIMEOUT);
			return true;
		}
	}
	return false;
}

static void scan(struct rmqi_timer *t)
{
	struct mb_broker *b = RMQI_CONTAINER(t, struct mb_broker, clients.scan);

	while (expire_one(b, &b->clients.consumers) || expire_one(b, &b->clients.producers))
		;
	rmqi_timer_start_ms(t, SCAN_MS);
}

enum rmq_error mb_clients_init(struct mb_broker *b)
{
	struct mb_clients *c = &b->clients;
	enum rmq_error err = rmqi_timer_init(&c->scan, rmqi_loop_timers(b->loop), scan);

	rmqi_map_init(&c->consumers);
	rmqi_map_init(&c->producers);
	rmqi_map_init(&c->by_id);
	if (err == RMQ_OK)
		rmqi_timer_start_ms(&c->scan, SCAN_MS);
	return err;
}

void mb_clients_deinit(struct mb_clients *c)
{
	rmqi_timer_deinit(&c->scan);
	rmqi_map_deinit(&c->consumers, NULL);
	rmqi_map_deinit(&c->producers, NULL);
	rmqi_map_deinit(&c->by_id, NULL);
}

const char *mb_language_name(int32_t language)
{
	static const char *const names[] = {"JAVA",   "CPP",  "DOTNET", "PYTHON", "DELPHI",
					    "ERLANG", "RUBY", "OTHER",  "HTTP",   "GO",
					    "PHP",    "OMS",  "RUST",   "NODE_JS"};

	if (language < 0 || (size_t)language >= RMQI_COUNT(names))
		return "OTHER";
	return names[language];
}
