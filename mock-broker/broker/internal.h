/* SPDX-License-Identifier: Apache-2.0 */
/*
 * internal.h - the broker's state, seen by the files of this folder.
 *
 * Each noun has its own header with its struct; here they are put together.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_INTERNAL_H
#define MB_BROKER_INTERNAL_H

#include "base/clock.h"
#include "base/rand.h"
#include "codec/ids.h"
#include "mock-broker/acl/auth.h"
#include "mock-broker/acl/identity.h"
#include "mock-broker/broker/broker.h"
#include "mock-broker/broker/clients.h"
#include "mock-broker/broker/figures.h"
#include "mock-broker/broker/groups.h"
#include "mock-broker/broker/ha.h"
#include "mock-broker/broker/hold.h"
#include "mock-broker/broker/lites.h"
#include "mock-broker/broker/locks.h"
#include "mock-broker/broker/offsets.h"
#include "mock-broker/broker/pop.h"
#include "mock-broker/broker/registration.h"
#include "mock-broker/broker/request_mode.h"
#include "mock-broker/broker/schedule.h"
#include "mock-broker/broker/send.h"
#include "mock-broker/broker/static_topics.h"
#include "mock-broker/broker/timers.h"
#include "mock-broker/broker/topics.h"
#include "mock-broker/broker/transactions.h"
#include "mock-broker/store/store.h"
#include "mock-broker/tls_files.h"
#include "net/address.h"
#include "net/rpc.h"

struct mb_broker {
	const struct mb_broker_config *config;
	struct mb_broker_config *options_config; /* the same, for config_admin.c alone */
	int64_t config_counter;                  /* how often it was changed */
	struct rmqi_loop *loop;
	struct rmqi_executor *flusher;
	const struct rmqi_log *log;
	struct mb_counters *counters;
	struct mb_store *store;
	struct mb_node *node;
	struct rmqi_rpc *rpc;
	struct mb_identity identity; /* who signs what `rpc` sends */
	struct mb_tls_files *tls; /* of its own settings; NULL: none */
	const struct mb_fs *fs;
	struct mb_ways *ways; /* NULL: none is ever cut */
	const int64_t *skew_ms; /* of its wall clock; NULL: none */
	const struct mb_lag *lag; /* of a slave; NULL: none */
	struct mb_gate *gate;   /* who is admitted; NULL: everybody */
	struct mb_auth auth;    /* another one: users and their policies; auths.h */
	struct rmqi_buf auth_text; /* auth.json as it was written last */
	bool has_auth;          /* there are users, whether anybody is asked for one or not */
	struct mb_plain *plain; /* one of them: accounts of a file; NULL: none */
	char ip[256];                   /* brokerIP1, for addresses and remarks */
	char address[RMQI_ADDRESS_MAX]; /* ip:port */
	struct rmqi_host store_host;
	bool is_stopping;
	int64_t boot_ms; /* wall clock */

	struct mb_topics topics;
	struct mb_static_topics static_topics;
	struct mb_groups groups;
	struct mb_offsets offsets;
	struct mb_clients clients;
	struct mb_locks locks;
	struct mb_holds holds;
	struct mb_pops pops;
	struct mb_lites lites;
	struct mb_request_modes request_modes;
	struct mb_schedule schedule;
	struct mb_timers timers;
	struct mb_sends sends;
	struct mb_transactions transactions;
	struct mb_registrar registrar;
	struct mb_ha ha;

	struct rmqi_rand rand;
	struct rmqi_uniq uniq;
	struct rmqi_buf properties;    /* of the message under way */
	struct rmqi_buf body;          /* of the answer under way */
	struct mb_get_result got;      /* of the pull under way */
	uint64_t put_count, get_count; /* messages, for runtime info */
	struct mb_figures figures;
	uint64_t put_bytes;

	/* Hand-over between mb_broker_new and the loop. */
	const struct mb_broker_options *options;
	struct rmq_error_detail *start_detail;
	enum rmq_error start_error;
};

static inline int64_t mb_broker_wall_ms(const struct mb_broker *b)
{
	return rmqi_clock_wall_ms(rmqi_loop_inner_clock(b->loop)) + (b->skew_ms ? *b->skew_ms : 0);
}

/* What is compared with times that clients told: their clock does not run faster when that of the cluster does. */
static inline int64_t mb_broker_client_ms(const struct mb_broker *b)
{
	return rmqi_clock_wall_ms(rmqi_loop_clock(b->loop)) + (b->skew_ms ? *b->skew_ms : 0);
}

/* Monotonic milliseconds of connections and clients: they, too, live in real time. */
static inline int64_t mb_broker_now_ms(const struct mb_broker *b)
{
	return rmqi_clock_us(rmqi_loop_clock(b->loop)) / 1000;
}

/* Store time of the first record; -1: there is none (DefaultMessageStore.getEarliestMessageTime). */
int64_t mb_broker_earliest_ms(struct mb_broker *b);

static inline bool mb_broker_can(const struct mb_broker *b, int64_t perm)
{
	return (b->config->broker_permission & perm) != 0;
}

#endif
