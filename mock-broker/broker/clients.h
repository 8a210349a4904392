/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clients.h - who is connected: producers and consumers by group
 * (ConsumerManager.java, ProducerManager.java).
 *
 *     peer (a connection) ---< channel >--- group
 *
 * A channel is one membership: of one connection in one group. A group without
 * channels is gone, with its subscriptions.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_CLIENTS_H
#define MB_BROKER_CLIENTS_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/macros.h"
#include "base/map.h"
#include "codec/body.h"
#include "codec/subscription.h"
#include "net/conn.h"

struct mb_broker;

/* What the broker keeps for a connection; its user pointer. */
struct mb_peer {
	struct rmqi_conn *conn;    /* borrowed: the peer dies with it */
	struct rmqi_list channels; /* struct mb_channel.of_peer */
	struct rmqi_list parked;   /* struct mb_parked.of_peer (hold.h) */
	char *cut_id; /* of a client to whom the way is cut (ways.h): as what it came; owned, NULL: none */
};

struct mb_client_group {
	char *name;
	struct rmqi_list channels; /* struct mb_channel.of_group */
	size_t channel_count;
	/* Consumers only; those of the latest heart-beat. */
	struct rmqi_map subscriptions; /* topic -> struct rmqi_subscription */
	struct rmqi_map
		filters; /* topic -> struct mb_expression, of those that could be compiled */
	char *consume_type;
	char *message_model;
	char *consume_from_where;
	bool is_consumer;
	bool is_broadcasting;
	int64_t fingerprint; /* of the latest V2 heart-beat */
};

struct mb_channel {
	struct rmqi_list of_peer;
	struct rmqi_list of_group;
	struct mb_peer *peer;
	struct mb_client_group *group;
	char *client_id;
	int32_t language;
	int32_t version;
	int64_t last_ms; /* monotonic */
};

struct mb_clients {
	struct rmqi_map consumers; /* group -> struct mb_client_group */
	struct rmqi_map producers;
	/* client id -> struct mb_channel: the producer that came last under it; when one of that id goes,
	 * the id goes (ProducerManager.clientChannelTable) */
	struct rmqi_map by_id;
	struct rmqi_timer scan; /* for silent channels */
};

enum rmq_error mb_clients_init(struct mb_broker *b) RMQI_MUST_USE;
/* Every connection must be closed. */
void mb_clients_deinit(struct mb_clients *c);

/* For mb_node_config. */
void mb_peer_opened(void *broker, struct rmqi_conn *c);
void mb_peer_closed(void *broker, struct rmqi_conn *c);

/* NULL: nobody of the group is connected. */
struct mb_client_group *mb_consumers_find(const struct mb_broker *b, struct rmqi_str group);
struct mb_client_group *mb_producers_find(const struct mb_broker *b, struct rmqi_str group);
/* Where a reply for this client goes; NULL: it is not connected. */
const struct mb_channel *mb_producer_by_id(const struct mb_broker *b, struct rmqi_str client_id);
struct mb_channel *mb_channel_find(const struct mb_client_group *g, const struct mb_peer *peer);

/* One consumer group of a heart-beat. *is_changed: a member or a topic is new or gone. */
enum rmq_error mb_consumer_register(struct mb_broker *b, struct mb_peer *peer,
				    const struct rmqi_command *command,
				    const struct rmqi_heartbeat *beat,
				    const struct rmqi_consumer_data *data,
				    bool *is_changed) RMQI_MUST_USE;
enum rmq_error mb_producer_register(struct mb_broker *b, struct mb_peer *peer,
				    const struct rmqi_command *command, struct rmqi_str client_id,
				    struct rmqi_str group) RMQI_MUST_USE;
/* UNREGISTER_CLIENT. */
void mb_consumer_unregister(struct mb_broker *b, struct mb_peer *peer, struct rmqi_str group);
void mb_producer_unregister(struct mb_broker *b, struct mb_peer *peer, struct rmqi_str group);
/* NOTIFY_CONSUMER_IDS_CHANGED to every member. */
void mb_consumers_notify(struct mb_broker *b, const struct mb_client_group *g);
/* LanguageCode.java */
const char *mb_language_name(int32_t language);

#endif
