/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mock.h - a RocketMQ cluster inside the process of a test.
 *
 * Name servers and brokers that speak the real protocol and write the real
 * files. Over TCP on loopback with real time, or in-process under virtual time:
 * then cluster and clients run on the calling thread, in an order given by the
 * seed, and hours pass in milliseconds.
 *
 *     struct rmq_mock_options o;
 *     rmq_mock_options_init(&o);
 *     o.virtual_time = 1;
 *     rmq_mock_cluster_new(&o, &cluster, NULL);
 *     rmq_config_set(config, "namesrvAddr", rmq_mock_cluster_namesrv(cluster), NULL);
 *     rmq_config_set_environment(config, rmq_mock_cluster_environment(cluster));
 *
 * Thread: TCP: any (locks inside). Virtual time: the thread that made the cluster.
 */
#ifndef ROCKETMQ_MOCK_H
#define ROCKETMQ_MOCK_H

#include <stddef.h>
#include <stdint.h>

#include <rocketmq/common.h>
#include <rocketmq/config.h>
#include <rocketmq/error.h>
#include <rocketmq/log.h>

RMQ_BEGIN_DECLS

typedef struct rmq_mock_cluster rmq_mock_cluster;

struct rmq_mock_options {
	size_t size;  /* set by init */
	int brokers;  /* 1..26, named broker-a, broker-b, ...; default 1 */
	int namesrvs; /* 1..8; default 1 */
	/* Folder, one sub-folder a broker. NULL, the default: a temporary one, removed at free. */
	const char *store;
	const char *host; /* default "127.0.0.1"; "::1" for IPv6 */
	int virtual_time; /* default 0: TCP and real time */
	uint64_t seed;    /* virtual time: decides every order; default 1 */
	int64_t start_ms; /* virtual time: the wall clock at start; default 2026-01-01 00:00 UTC */
	/* Further settings of every broker, "key=value" lines as in Apache's broker.conf; unknown
	 * keys are refused. NULL: none. */
	const char *broker_conf;
	/* PEM files: brokers and name servers then accept TLS and plain on the same port. NULL:
	 * plain only. */
	const char *tls_cert_file;
	const char *tls_key_file;
	const char *tls_ca_file; /* for client certificates; NULL: not asked for */
	int tls_required;        /* refuse plain connections */
	rmq_log_fn log;
	void *log_arg;
	enum rmq_log_level log_level; /* default RMQ_LOG_WARN */
};

RMQ_API void rmq_mock_options_init(struct rmq_mock_options *o);
/* Starts it; ready to serve when it returns. `options` NULL: defaults. */
RMQ_API enum rmq_error rmq_mock_cluster_new(const struct rmq_mock_options *options,
					    rmq_mock_cluster **out, rmq_error_detail **detail);
/* Stops everything cleanly. Clients with its environment must be freed before. */
RMQ_API void rmq_mock_cluster_free(rmq_mock_cluster *c);

/* "127.0.0.1:40113;127.0.0.1:40115"; borrowed, as long as the cluster. */
RMQ_API const char *rmq_mock_cluster_namesrv(const rmq_mock_cluster *c);
/* NULL for an unknown name. It stays the same over stop and start. */
RMQ_API const char *rmq_mock_cluster_broker_address(const rmq_mock_cluster *c, const char *broker);
/* For rmq_config_set_environment; NULL when time is real. */
RMQ_API const rmq_environment *rmq_mock_cluster_environment(const rmq_mock_cluster *c);

/* Creates or alters a topic on every running broker and registers it. */
RMQ_API enum rmq_error rmq_mock_cluster_create_topic(rmq_mock_cluster *c, const char *topic,
						     int queues);

/* RMQ_ERR_NOT_FOUND: no such node. RMQ_ERR_STATE: it is already so. Start recovers from the store and
 * listens on the same address. Crash is stop without any farewell: connections break, nothing is
 * flushed, the store is found as after kill -9. */
RMQ_API enum rmq_error rmq_mock_broker_stop(rmq_mock_cluster *c, const char *broker);
RMQ_API enum rmq_error rmq_mock_broker_crash(rmq_mock_cluster *c, const char *broker);
RMQ_API enum rmq_error rmq_mock_broker_start(rmq_mock_cluster *c, const char *broker);
RMQ_API enum rmq_error rmq_mock_namesrv_stop(rmq_mock_cluster *c, int index);
RMQ_API enum rmq_error rmq_mock_namesrv_start(rmq_mock_cluster *c, int index);

/* Virtual time: moves it by ms, running all that is due on the way. RMQ_ERR_STATE when time is real. */
RMQ_API enum rmq_error rmq_mock_cluster_advance(rmq_mock_cluster *c, int64_t ms);
/* Wall clock of the cluster, ms since the epoch. */
RMQ_API int64_t rmq_mock_cluster_now_ms(const rmq_mock_cluster *c);
/* Runs (virtual time) or waits (real time) until done(arg) is not 0: 1; 0 when max_ms passed before. */
RMQ_API int rmq_mock_cluster_run_until(rmq_mock_cluster *c, int (*done)(void *arg), void *arg,
				       int64_t max_ms);

/* Requests that all nodes have received since the start with this code; -1: all codes. */
RMQ_API uint64_t rmq_mock_cluster_request_count(rmq_mock_cluster *c, int request_code);
/* Requests that were answered with code 3, REQUEST_CODE_NOT_SUPPORTED. */
RMQ_API uint64_t rmq_mock_cluster_unsupported_count(rmq_mock_cluster *c);
/* What is really stored. -1: no such broker. */
RMQ_API int64_t rmq_mock_cluster_max_offset(rmq_mock_cluster *c, const char *broker,
					    const char *topic, int queue_id);
RMQ_API int64_t rmq_mock_cluster_consumer_offset(rmq_mock_cluster *c, const char *broker,
						 const char *group, const char *topic,
						 int queue_id);
/* Members of the group that the broker knows now. -1: no such broker. */
RMQ_API int rmq_mock_cluster_group_size(rmq_mock_cluster *c, const char *broker, const char *group);

RMQ_END_DECLS

#endif
