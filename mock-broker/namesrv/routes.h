/* SPDX-License-Identifier: Apache-2.0 */
/*
 * routes.h - the tables of a name server (RouteInfoManager.java;
 * doc/reference/namesrv.md).
 *
 *     topics    topic -> broker name -> queue data
 *     brokers   broker name -> cluster, addresses by broker id
 *     clusters  cluster -> broker names
 *     live      cluster and address -> last sign of life, data version, connection
 *     filters   cluster and address -> list of filter servers
 *     mappings  static topic -> broker name -> its mapping
 *
 * All of it comes from registrations of brokers; nothing is on disk.
 *
 * Thread: one owner at a time (the name server's loop).
 */
#ifndef MB_NAMESRV_ROUTES_H
#define MB_NAMESRV_ROUTES_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/map.h"
#include "codec/body.h"

enum {
	MB_LIVE_TIMEOUT_MS = 120 * 1000, /* RouteInfoManager.DEFAULT_BROKER_CHANNEL_EXPIRED_TIME */
	MB_NO_BROKER_ID = -1
};

struct mb_topic_route {
	struct rmqi_map queues; /* broker name -> struct rmqi_queue_data */
};

struct mb_topic_mappings {
	struct rmqi_map by_broker; /* broker name -> struct rmqi_topic_mapping, owned */
};

struct mb_cluster_names {
	struct rmqi_map names; /* broker name -> its struct rmqi_broker_data */
};

struct mb_live {
	int64_t last_ms; /* monotonic */
	int64_t timeout_ms;
	struct rmqi_data_version version;
	void *conn; /* identity only; NULL: it has closed */
	char *cluster;
	char *address;
	char *ha_address;
};

struct mb_routes {
	struct rmqi_map topics;   /* -> struct mb_topic_route */
	struct rmqi_map brokers;  /* -> struct rmqi_broker_data */
	struct rmqi_map clusters; /* -> struct mb_cluster_names */
	struct rmqi_map live;     /* cluster "," address -> struct mb_live */
	struct rmqi_map filters;  /* the same key -> char *, a list as JSON */
	struct rmqi_map mappings; /* -> struct mb_topic_mappings; never forgotten, as in Java */
	/* The owner's, NULL: none. Another broker has the lowest id of a group now: a new one, or what is
	 * left after `offline` went. `ha` is the HA address of the new one. */
	void (*on_min_id)(void *arg, const struct rmqi_broker_data *b, struct rmqi_str offline,
			  struct rmqi_str ha);
	void *arg;
};

void mb_routes_init(struct mb_routes *r);
void mb_routes_deinit(struct mb_routes *r);

struct mb_registration {
	struct rmqi_str cluster;
	struct rmqi_str broker_name;
	struct rmqi_str address;
	struct rmqi_str ha_address;
	struct rmqi_str zone_name; /* empty: none */
	int64_t broker_id;
	int64_t timeout_ms;  /* 0: MB_LIVE_TIMEOUT_MS */
	bool is_old_version; /* enableActingMaster was absent */
	bool enable_acting_master;
	bool drops_missing; /* deleteTopicWithBrokerRegistration */
	const struct rmqi_topic_table *topics;
	void *conn;
	int64_t now_ms;
};

/* What a slave is told; empty for a master. Borrowed until the tables change. */
struct mb_registered {
	struct rmqi_str master_address;
	struct rmqi_str ha_address;
};

/* RMQ_ERR_STATE: refused, "register broker failed". RMQ_OK with an empty answer also when another
 * address owns the id by a newer state version. RMQ_ERR_NO_MEMORY. */
enum rmq_error mb_routes_register(struct mb_routes *r, const struct mb_registration *g,
				  struct mb_registered *out) RMQI_MUST_USE;
void mb_routes_unregister(struct mb_routes *r, struct rmqi_str cluster, struct rmqi_str broker_name,
			  struct rmqi_str address, int64_t broker_id);
/* Un-registers the broker whose connection was lost. */
void mb_routes_conn_closed(struct mb_routes *r, const void *conn);
/* The first broker that has been silent for too long, NULL when there is none. */
struct mb_live *mb_routes_expired(const struct mb_routes *r, int64_t now_ms);
/* Un-registers a live entry (looks its name and id up by address) and frees it. */
void mb_routes_drop(struct mb_routes *r, const struct mb_live *live);
/* NULL: unknown. */
struct mb_live *mb_routes_live(const struct mb_routes *r, struct rmqi_str cluster,
			       struct rmqi_str address);

/* The list of filter servers as JSON; NULL: none. */
const char *mb_routes_filters(const struct mb_routes *r, struct rmqi_str cluster,
			      struct rmqi_str address);

/* `cluster` empty: the whole topic, else only the queue data of that cluster's brokers. */
void mb_routes_delete_topic(struct mb_routes *r, struct rmqi_str topic, struct rmqi_str cluster);
/* perm &= ~WRITE, or perm = 6, for every queue data of the broker. Returns how many topics. */
int32_t mb_routes_set_write_perm(struct mb_routes *r, struct rmqi_str broker_name, bool can_write);
/* RouteInfoManager.registerTopic */
enum rmq_error mb_routes_register_topic(struct mb_routes *r, struct rmqi_str topic,
					const struct rmqi_route *route) RMQI_MUST_USE;

#endif
