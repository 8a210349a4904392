/* SPDX-License-Identifier: Apache-2.0 */
/*
 * broker.h - a broker: one store, its topics, groups, offsets and clients.
 *
 *     stopped -> start (store recovered, listening) -> first registration -> serving
 *     serving -> stop (unregister, answer what is parked, close the store)
 *             -> crash (nothing of the kind)
 *
 * Thread: its functions any but the loop, unless said otherwise; its state is the loop's.
 */
#ifndef MB_BROKER_BROKER_H
#define MB_BROKER_BROKER_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/executor.h"
#include "base/macros.h"
#include "mock-broker/broker/config.h"
#include "mock-broker/broker/ha.h"
#include "mock-broker/node.h"
#include "mock-broker/ways.h"

struct mb_broker;
struct mb_fs;

struct mb_broker_options {
	struct rmqi_loop *loop;
	struct rmqi_executor *flusher; /* where files are flushed */
	const struct rmqi_log *log;    /* may be NULL */
	struct mb_counters *counters;
	struct mb_observer *observer; /* of its node; may be NULL; must outlive it */
	struct mb_broker_config *config; /* borrowed, must outlive the broker; config_update.h */
	const struct mb_fs *fs;                /* NULL: mb_fs_posix() */
	struct rmqi_tls *tls;                  /* of the server; NULL: plain only */
	bool require_tls;                      /* refuse plain clients, as tls.server.mode=enforcing */
	struct rmqi_tls *rpc_tls;              /* towards name servers; NULL: plain */
	struct mb_gate *gate; /* who is admitted, besides what its settings say; NULL: everybody */
	const char *access_key; /* signs its requests where its settings name nobody; NULL: nobody */
	const char *secret_key;
	struct mb_node *host_node;             /* one port for both (node.h); NULL: its own */
	uint32_t silent;                       /* bit i: it does not register at name server i */
	struct mb_ways *ways;            /* NULL: none is ever cut */
	const struct mb_lag *lag; /* how far it stays behind as a slave; the loop's; NULL: not at all */
	const int64_t *skew_ms; /* what its wall clock shows more than the loop's; the loop's; NULL: 0 */
	uint64_t seed;                         /* of its random choices */
	enum mb_ha_listen ha;                  /* of a master */
	struct mb_faults *faults;              /* of its node; may be NULL */
};

/* Recovers the store, listens, registers. Returns when every name server has answered or failed to:
 * a broker without a name server runs all the same. */
enum rmq_error mb_broker_new(const struct mb_broker_options *options, struct mb_broker **out,
			     struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Clean stop; frees it. NULL is fine. */
void mb_broker_free(struct mb_broker *b);
/* Dies as by kill -9, then frees the memory. */
void mb_broker_crash(struct mb_broker *b);

/* "host:port" that it listens on. Borrowed. Thread: any. */
const char *mb_broker_listen_address(const struct mb_broker *b);
/* What it tells the name servers. Borrowed. Thread: any. */
const char *mb_broker_address(const struct mb_broker *b);
/* Where slaves come to, "": nowhere. Borrowed. Thread: any. */
const char *mb_broker_ha_address(const struct mb_broker *b);

/* For tests and tools. Thread: loop. */
int64_t mb_broker_max_offset(struct mb_broker *b, struct rmqi_str topic, int32_t queue_id);
int64_t mb_broker_consumer_offset(struct mb_broker *b, struct rmqi_str group, struct rmqi_str topic,
				  int32_t queue_id);
int mb_broker_group_size(struct mb_broker *b, struct rmqi_str group);
bool mb_broker_is_writable(const struct mb_broker *b);
/* Creates or alters the topic, perm 6, as UPDATE_AND_CREATE_TOPIC does. */
enum rmq_error mb_broker_create_topic(struct mb_broker *b, struct rmqi_str topic,
				      int32_t queues) RMQI_MUST_USE;
/* Its config has another address to advertise: routes are told, and ids of messages carry it from now on.
 * Thread: loop. */
void mb_broker_readdress(struct mb_broker *b);
/* Registers at the name server of that place in namesrvAddr, or leaves it and is silent there. Thread: loop. */
void mb_broker_set_registered(struct mb_broker *b, size_t namesrv, bool is_registered);
/* What its port looks like from outside (net/server.h). One with the port of another node has none. Thread: any but
 * the loop. */
enum rmq_error mb_broker_set_reach(struct mb_broker *b, enum rmqi_reach reach,
				   struct rmq_error_detail *detail) RMQI_MUST_USE;
/* For faults. Thread: loop. */
struct mb_node *mb_broker_node(struct mb_broker *b);
/* Its lag has changed. Thread: loop. */
void mb_broker_lag_changed(struct mb_broker *b);
/* Its ways have changed. Thread: loop. */
void mb_broker_look_again(struct mb_broker *b);
/* It says no farewell when it stops. Thread: loop. */
void mb_broker_mute(struct mb_broker *b);
/* Thread: any but the loop. True when every registration sent so far was answered. */
bool mb_broker_wait_registered(struct mb_broker *b, int64_t deadline_us);

#endif
