/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_broker.h - brokers and name servers: who they are, how they do, how they are set (DefaultMQAdminExt.java).
 *
 * Rows stand for servers that were asked at once. One that gives no answer, or refuses, is told in its row; only
 * when none answered does the call fail, with the first row's error.
 *
 * A broker is named by its name, which is that of its master, or by its address ("host:port").
 *
 * Threads and errors as in admin.h.
 */
#ifndef ROCKETMQ_ADMIN_BROKER_H
#define ROCKETMQ_ADMIN_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/admin.h>
#include <rocketmq/common.h>
#include <rocketmq/error.h>
#include <rocketmq/properties.h>

RMQ_BEGIN_DECLS

/* --- Brokers --------------------------------------------------------------------------------------------- */

/* Owned: masters and slaves by cluster, name and id. Immutable. */
typedef struct rmq_brokers rmq_brokers;
/* One of them. Borrowed, as long as the list. */
typedef struct rmq_broker rmq_broker;

/* Those of the cluster (NULL: of all) that the name server knows, each asked how it does (GET_BROKER_RUNTIME_INFO).
 * RMQ_ERR_NOT_FOUND: it knows no such cluster, or no broker. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_brokers(rmq_admin *a, const char *cluster,
						      const rmq_admin_options *options,
						      rmq_brokers **out, rmq_error_detail **detail);
/* Masters let go of the files of queues whose messages are gone (CLEAN_EXPIRED_CONSUMEQUEUE); the rows say who did,
 * and have no figures. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_clean_expired_queues(rmq_admin *a, const char *cluster, const rmq_admin_options *options,
			       rmq_brokers **out, rmq_error_detail **detail);

/* How far slaves are behind (GET_BROKER_HA_STATUS, brokers of 5.0 and later; HARuntimeInfo.java): what each says is its
 * rmq_broker_runtime, with the names of what stands inside joined by dots: "master", "inSyncSlaveNums",
 * "masterCommitLogMaxOffset"; of a master, for each slave that is connected, "haConnectionInfo.0.addr", ".diff" (bytes), ".inSync",
 * ".slaveAckOffset"; of a slave "haClientRuntimeInfo.masterAddr", ".maxOffset". The other figures it has not. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_ha_status(rmq_admin *a, const char *cluster,
							const rmq_admin_options *options,
							rmq_brokers **out,
							rmq_error_detail **detail);

RMQ_API size_t rmq_brokers_count(const rmq_brokers *l); /* 0 of NULL */
/* NULL past the end. */
RMQ_API const rmq_broker *rmq_brokers_at(const rmq_brokers *l, size_t index);
RMQ_API void rmq_brokers_free(rmq_brokers *l);

RMQ_API const char *rmq_broker_cluster(const rmq_broker *b); /* "" of NULL, as the next two */
RMQ_API const char *rmq_broker_name(const rmq_broker *b);
RMQ_API const char *rmq_broker_address(const rmq_broker *b);
RMQ_API int64_t rmq_broker_id(const rmq_broker *b); /* 0: the master. -1 of NULL */
/* RMQ_OK, or why there is nothing below. RMQ_ERR_INVALID_ARGUMENT of NULL. */
RMQ_API enum rmq_error rmq_broker_error(const rmq_broker *b);
/* The sentence to it. NULL: it answered, or memory was out. */
RMQ_API const rmq_error_detail *rmq_broker_detail(const rmq_broker *b);
/* As it says it: "V5_3_3"; "": it did not. */
RMQ_API const char *rmq_broker_version(const rmq_broker *b);
/* Does it serve as a master (brokerActive)? */
RMQ_API bool rmq_broker_is_active(const rmq_broker *b);
/* Messages stored and handed out a second, over the last 10 s; -1: it does not say. */
RMQ_API double rmq_broker_in_tps(const rmq_broker *b);
RMQ_API double rmq_broker_out_tps(const rmq_broker *b);
/* All that it said of itself. Borrowed, as long as the list; NULL: nothing. */
RMQ_API const rmq_properties *rmq_broker_runtime(const rmq_broker *b);

/* The settings of one broker. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_broker_config(rmq_admin *a, const char *broker,
							    const rmq_admin_options *options,
							    rmq_properties **out,
							    rmq_error_detail **detail);
/* Sets one of them while it runs; the broker writes it to its file. Brokers pass over a name that they do not know
 * without a word. name: 1.. of [a-zA-Z0-9_.-]; value: printable ASCII. RMQ_ERR_BROKER: it refused. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_set_broker_config(rmq_admin *a, const char *broker, const char *name, const char *value,
			    const rmq_admin_options *options, rmq_error_detail **detail);

/* --- Name servers ---------------------------------------------------------------------------------------- */

/* Owned: in the order of the configuration. Immutable. */
typedef struct rmq_namesrvs rmq_namesrvs;
/* One of them. Borrowed, as long as the list. */
typedef struct rmq_namesrv rmq_namesrv;

/* Each that this client knows, asked for its settings. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_namesrvs(rmq_admin *a,
						       const rmq_admin_options *options,
						       rmq_namesrvs **out,
						       rmq_error_detail **detail);

/*
 * The calls that follow tell every name server, as none tells another. `out` may be NULL: then the call fails when any
 * of them failed, with the first one's error; the others have it.
 *
 * One setting, as rmq_admin_set_broker_config.
 */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_set_namesrv_config(rmq_admin *a, const char *name, const char *value,
			     const rmq_admin_options *options, rmq_namesrvs **out,
			     rmq_error_detail **detail);
/* All topics of the broker of that name can only be read there, until they are written again: by the other call, or
 * when the broker registers changed topics. rmq_namesrv_topics: so many it were. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_wipe_write_permission(rmq_admin *a, const char *broker_name,
				const rmq_admin_options *options, rmq_namesrvs **out,
				rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_add_write_permission(rmq_admin *a, const char *broker_name,
			       const rmq_admin_options *options, rmq_namesrvs **out,
			       rmq_error_detail **detail);
/* A value that name servers keep for whoever asks. `space` is its namespace ("ORDER_TOPIC_CONFIG", ...). */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_put_kv(rmq_admin *a, const char *space,
						     const char *name, const char *value,
						     const rmq_admin_options *options,
						     rmq_namesrvs **out, rmq_error_detail **detail);
/* Fine when there is none. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_delete_kv(rmq_admin *a, const char *space,
							const char *name,
							const rmq_admin_options *options,
							rmq_namesrvs **out,
							rmq_error_detail **detail);
/* All values of a namespace, of the name server that this client uses. An empty list: it has none. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_kv_pairs(rmq_admin *a, const char *space,
						       const rmq_admin_options *options,
						       rmq_properties **out,
						       rmq_error_detail **detail);

RMQ_API size_t rmq_namesrvs_count(const rmq_namesrvs *l); /* 0 of NULL */
/* NULL past the end. */
RMQ_API const rmq_namesrv *rmq_namesrvs_at(const rmq_namesrvs *l, size_t index);
RMQ_API void rmq_namesrvs_free(rmq_namesrvs *l);
RMQ_API const char *rmq_namesrv_address(const rmq_namesrv *n); /* "" of NULL */
/* RMQ_OK, or why it did not do it. RMQ_ERR_INVALID_ARGUMENT of NULL. */
RMQ_API enum rmq_error rmq_namesrv_error(const rmq_namesrv *n);
/* The sentence to it. NULL: it did, or memory was out. */
RMQ_API const rmq_error_detail *rmq_namesrv_detail(const rmq_namesrv *n);
/* Of rmq_admin_namesrvs: its settings. Borrowed, as long as the list; else NULL. */
RMQ_API const rmq_properties *rmq_namesrv_config(const rmq_namesrv *n);
/* Of the calls about permissions: how many topics it were; else -1. */
RMQ_API int rmq_namesrv_topics(const rmq_namesrv *n);

RMQ_END_DECLS

#endif
