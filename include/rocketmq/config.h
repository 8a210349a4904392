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

/* Where a client runs: real threads and time (NULL, the default), or the simulation of a mock
 * cluster (rocketmq/mock.h). Borrowed: must outlive every client made with it. */
typedef struct rmq_environment rmq_environment;
RMQ_API void rmq_config_set_environment(rmq_config *c, const rmq_environment *environment);

RMQ_END_DECLS

#endif
