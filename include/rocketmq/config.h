/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.h - the configuration of one client.
 *
 * Keys are texts with the names of the Java client ("namesrvAddr",
 * "sendMsgTimeout", "consumeThreadMax", ...). Each has a type, a range, a
 * default and a unit: see doc/CONFIGURATION.md, which is made from the same table.
 * A client copies the configuration it is given; later changes do not reach it.
 * Nothing is process-wide.
 *
 * Thread: one owner at a time.
 */
#ifndef ROCKETMQ_CONFIG_H
#define ROCKETMQ_CONFIG_H

#include <stddef.h>

#include <rocketmq/common.h>
#include <rocketmq/error.h>
#include <rocketmq/event.h>
#include <rocketmq/log.h>

RMQ_BEGIN_DECLS

typedef struct rmq_config rmq_config;

/* All defaults. NAMESRV_ADDR of the environment is looked at when a client is made, not here. NULL
 * when memory is out. */
RMQ_API rmq_config *rmq_config_new(void);
RMQ_API void rmq_config_free(rmq_config *c);

/* RMQ_ERR_CONFIG: the key is unknown (the message names the nearest one) or the value is not of its
 * type or range. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_config_set(rmq_config *c, const char *key,
						   const char *value, rmq_error_detail **detail);
/* The text of the current value; secrets read as "***". Borrowed until the next set or free.
 * NULL for an unknown key. */
RMQ_API const char *rmq_config_get(const rmq_config *c, const char *key);

/* One row of the table. Constant: it and its texts live for ever. */
typedef struct rmq_config_key rmq_config_key;

RMQ_API size_t rmq_config_key_count(void);
/* NULL past the end. */
RMQ_API const rmq_config_key *rmq_config_key_at(size_t index);
/* Never NULL; "" of NULL.
 *   type   "string", "integer", "boolean", "enum" or "secret"
 *   range  "1..1000", "a|b|c", or "" for any text
 *   unit   "ms", "bytes", "messages", ... or ""
 *   scope  "client" (all of them), "producer" or "consumer" */
RMQ_API const char *rmq_config_key_name(const rmq_config_key *k);
RMQ_API const char *rmq_config_key_type(const rmq_config_key *k);
RMQ_API const char *rmq_config_key_range(const rmq_config_key *k);
RMQ_API const char *rmq_config_key_default_value(const rmq_config_key *k); /* "" for none */
RMQ_API const char *rmq_config_key_unit(const rmq_config_key *k);
RMQ_API const char *rmq_config_key_scope(const rmq_config_key *k);
RMQ_API const char *rmq_config_key_help(const rmq_config_key *k);

/* `fn` NULL: silent (the default). Lines above `level` are not made. */
RMQ_API void rmq_config_set_log(rmq_config *c, rmq_log_fn fn, enum rmq_log_level level, void *arg);

/* What clients made with it tell (event.h). NULL: nobody (the default). arg must outlive them. */
RMQ_API void rmq_config_set_event_fn(rmq_config *c, rmq_event_fn fn, void *arg);

/*
 * Credentials that change (rotation, temporary keys), instead of accessKey, secretKey and securityToken.
 *
 * The function is asked
 *   - once by the _new of each client, on the thread that calls it; if it gives none, _new fails;
 *   - then every credentialsRefreshInterval, and when a peer denied access (RMQ_ERR_DENIED), but no sooner than a
 *     second after it was last asked: on a callback thread, one question of a client at a time.
 * Never for a single message, never on the client's loop and never under a lock: it may take its time. What it
 * gave is used by every request that is made from then on. If it gives none, the ones before stay, and the next
 * question comes as above. A call that was denied is not made again by itself; the next one has the new keys.
 */
typedef struct rmq_credentials rmq_credentials;

/* RMQ_OK after rmq_credentials_set; anything else: there are none now. */
typedef enum rmq_error (*rmq_credentials_fn)(rmq_credentials *credentials, void *arg);

/* Only during the function. The texts are copied, so they may be wiped; security_token may be NULL. RMQ_ERR_CONFIG,
 * with a sentence: a key is empty, or has a line end in it. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_credentials_set(rmq_credentials *credentials, const char *access_key, const char *secret_key,
		    const char *security_token, rmq_error_detail **detail);
/* NULL: nobody (the default). arg must outlive the clients, and a question that a close did not wait for. Keys and
 * a function exclude each other: RMQ_ERR_CONFIG of _new. */
RMQ_API void rmq_config_set_credentials_fn(rmq_config *c, rmq_credentials_fn fn, void *arg);

/* Where a client runs: real threads and time (NULL, the default), or the simulation of a mock
 * cluster (rocketmq/mock.h). Counted: it lives as long as the cluster, a configuration or a client that has
 * it. The calls of such a client belong to the thread that made the cluster; from another one, or from a log
 * callback, they fail with RMQ_ERR_STATE and free does nothing. */
typedef struct rmq_environment rmq_environment;
RMQ_API void rmq_config_set_environment(rmq_config *c, const rmq_environment *environment);

RMQ_END_DECLS

#endif
