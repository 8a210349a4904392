/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mock.h - a RocketMQ cluster inside the process of a test.
 *
 * Name servers and brokers that speak the real protocol and write the real
 * files. Over TCP on loopback with real time, or in-process under virtual time:
 * then cluster and clients run on the calling thread, in an order given by the
 * seed, and hours pass in milliseconds.
 *
 *     rmq_mock_options *options = rmq_mock_options_new();
 *
 *     ok = rmq_mock_options_set(options, "virtualTime", "true", &detail) == RMQ_OK &&
 *          rmq_mock_cluster_new(options, &cluster, &detail) == RMQ_OK &&
 *          rmq_config_set(config, "namesrvAddr", rmq_mock_cluster_namesrv(cluster), &detail) == RMQ_OK;
 *     rmq_config_set_environment(config, rmq_mock_cluster_environment(cluster));
 *     rmq_mock_options_free(options);
 *
 * Thread: options: one owner at a time. A cluster over TCP: any (locks inside);
 * in virtual time: the thread that made it. Calls of another one, and of a log callback of the cluster,
 * fail with RMQ_ERR_STATE, or count and free nothing.
 */
#ifndef ROCKETMQ_MOCK_H
#define ROCKETMQ_MOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/common.h>
#include <rocketmq/config.h>
#include <rocketmq/error.h>
#include <rocketmq/log.h>

RMQ_BEGIN_DECLS

/* --- Options ----------------------------------------------------------------------------------- */

typedef struct rmq_mock_options rmq_mock_options;

/* All defaults: one name server and one broker over TCP on 127.0.0.1, free ports, a temporary store.
 * NULL when memory is out. */
RMQ_API rmq_mock_options *rmq_mock_options_new(void);
RMQ_API void rmq_mock_options_free(rmq_mock_options *o);

/* Texts by key, as in config.h; "" is the default again. The keys are those of the table below, of
 * doc/CONFIGURATION.md, and, written --like-this, of `rmq-mock cluster --help`. RMQ_ERR_CONFIG: the key
 * is unknown (the detail names the nearest one) or the value is not of its type or range. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_options_set(rmq_mock_options *o, const char *key,
							 const char *value,
							 rmq_error_detail **detail);
/* The text of the current value, "" for none. Borrowed until the next set or free. NULL for an unknown
 * key. */
RMQ_API const char *rmq_mock_options_get(const rmq_mock_options *o, const char *key);
/* The log of the whole cluster. `fn` NULL: silent (the default). Lines above `level` are not made. */
RMQ_API void rmq_mock_options_set_log(rmq_mock_options *o, rmq_log_fn fn, enum rmq_log_level level,
				      void *arg);

/* One row of the table of keys. Constant: it and its texts live for ever. */
typedef struct rmq_mock_option rmq_mock_option;

RMQ_API size_t rmq_mock_option_count(void);
/* NULL past the end. */
RMQ_API const rmq_mock_option *rmq_mock_option_at(size_t index);
/* Never NULL; "" of NULL.
 *   type   "string", "integer" or "boolean"
 *   range  "1..26", "true|false", or "" for any text
 *   unit   "ms", "bytes" or "" */
RMQ_API const char *rmq_mock_option_name(const rmq_mock_option *o);
RMQ_API const char *rmq_mock_option_type(const rmq_mock_option *o);
RMQ_API const char *rmq_mock_option_range(const rmq_mock_option *o);
RMQ_API const char *rmq_mock_option_default_value(const rmq_mock_option *o); /* "" for none */
RMQ_API const char *rmq_mock_option_unit(const rmq_mock_option *o);
RMQ_API const char *rmq_mock_option_help(const rmq_mock_option *o);

/* --- A cluster ------------------------------------------------------------------------------- */

typedef struct rmq_mock_cluster rmq_mock_cluster;

/* Starts it; ready to serve when it returns. `options` NULL: all defaults; copied. RMQ_ERR_CONFIG:
 * options that do not go together, or a broker setting that is unknown or out of range; else why it
 * cannot start (RMQ_ERR_LOCKED: another process holds the store). */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_cluster_new(const rmq_mock_options *options,
							 rmq_mock_cluster **out,
							 rmq_error_detail **detail);
/* Stops everything cleanly. Clients with its environment find their connections closed, and what they share
 * with it goes with the last of them. */
RMQ_API void rmq_mock_cluster_free(rmq_mock_cluster *c);

/* "127.0.0.1:40113;127.0.0.1:40115"; borrowed, as long as the cluster. */
RMQ_API const char *rmq_mock_cluster_namesrv(const rmq_mock_cluster *c);
/* NULL for an unknown name. It stays the same over stop and start; borrowed, as long as the cluster. */
RMQ_API const char *rmq_mock_cluster_broker_address(const rmq_mock_cluster *c, const char *broker);
/* "127.0.0.1:40121", where its control plane is (option control); NULL: it has none. Borrowed, as
 * long as the cluster. */
RMQ_API const char *rmq_mock_cluster_control(const rmq_mock_cluster *c);
/* For rmq_config_set_environment, which counts it; borrowed, as long as the cluster. NULL when time is real.
 * A client without it is told so (RMQ_ERR_ADDRESS) when it is made: the addresses are those of no host. */
RMQ_API const rmq_environment *rmq_mock_cluster_environment(const rmq_mock_cluster *c);

/* Creates or alters a topic with that many queues (1..1024) on every running broker and registers it.
 * RMQ_ERR_STATE: no broker runs. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_cluster_create_topic(rmq_mock_cluster *c,
								  const char *topic, int queues,
								  rmq_error_detail **detail);

/* --- Its nodes --------------------------------------------------------------------------------- */

/* Brokers go by name ("broker-a", ...), name servers by place (0, ...). RMQ_ERR_NOT_FOUND: no such node. RMQ_ERR_STATE: it is already so. Start recovers from the store and
 * listens on the same address. Crash is stop without any farewell: connections break, nothing is
 * flushed, the store is found as after kill -9. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_broker_stop(rmq_mock_cluster *c, const char *broker,
							 rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_broker_crash(rmq_mock_cluster *c, const char *broker,
							  rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_broker_start(rmq_mock_cluster *c, const char *broker,
							  rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_namesrv_stop(rmq_mock_cluster *c, int index,
							  rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_namesrv_start(rmq_mock_cluster *c, int index,
							   rmq_error_detail **detail);

/* What routes say of the broker from now on, also after stop and start: "HOST" or "HOST:PORT", as behind a
 * container's port; "" is where it listens. Ids of messages carry it. rmq_mock_cluster_broker_address stays. Name servers
 * know of it when this returns. RMQ_ERR_CONFIG: it cannot be read. RMQ_ERR_STATE: the broker is starting or
 * stopping. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_broker_set_advertised(rmq_mock_cluster *c,
								   const char *broker,
								   const char *host,
								   rmq_error_detail **detail);
/* Whether the broker is registered at the name server of this place (0, ...), also after stop and start: name
 * servers with different views. Those that are left lose the broker from their routes; connections to it stay. Errors
 * as above. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_broker_set_registered(rmq_mock_cluster *c,
								   const char *broker, int namesrv,
								   bool registered,
								   rmq_error_detail **detail);

/* --- Its time ---------------------------------------------------------------------------------- */

/* Virtual time: moves it by ms (0..), running all that is due on the way. RMQ_ERR_STATE when time is
 * real. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_cluster_advance(rmq_mock_cluster *c, int64_t ms,
							     rmq_error_detail **detail);
/* Wall clock of the cluster, ms since the epoch. */
RMQ_API int64_t rmq_mock_cluster_now_ms(const rmq_mock_cluster *c);
/* Is it so? Called again and again on the thread that waits, after every step of virtual time; it may
 * look at cluster and clients, but not free them. */
typedef bool (*rmq_mock_done_fn)(void *arg);
/* Runs (virtual time) or waits (real time) until done(arg). False: max_ms passed before, or an
 * argument is NULL. */
RMQ_API RMQ_MUST_USE bool rmq_mock_cluster_run_until(rmq_mock_cluster *c, rmq_mock_done_fn done,
						     void *arg, int64_t max_ms);

/* --- What is in it, without a client --------------------------------------------------------------- */

/* Requests that all nodes have received since the start with this code; -1: all codes. */
RMQ_API uint64_t rmq_mock_cluster_request_count(rmq_mock_cluster *c, int request_code);
/* Requests that were answered with code 3, REQUEST_CODE_NOT_SUPPORTED. */
RMQ_API uint64_t rmq_mock_cluster_unsupported_count(rmq_mock_cluster *c);
/* The offset of the next message of that queue. -1: no such broker, or it does not run. */
RMQ_API int64_t rmq_mock_cluster_max_offset(rmq_mock_cluster *c, const char *broker,
					    const char *topic, int queue_id);
/* What the group has committed. -1: nothing, no such broker, or it does not run. */
RMQ_API int64_t rmq_mock_cluster_consumer_offset(rmq_mock_cluster *c, const char *broker,
						 const char *group, const char *topic,
						 int queue_id);
/* Members of the group that the broker knows now. -1: no such broker, or it does not run. */
RMQ_API int rmq_mock_cluster_group_size(rmq_mock_cluster *c, const char *broker, const char *group);

RMQ_END_DECLS

#endif
