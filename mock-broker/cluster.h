/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster.h - name servers and brokers of one process, on one loop.
 *
 * With real time the loop is a thread and another one flushes files; with
 * virtual time both are lanes of a simulation that the caller's thread runs.
 *
 *     node: stopped -> starting -> running -> stopping -> stopped
 *
 * A node that is starting or stopping is touched by the thread that does so
 * alone; others are told RMQ_ERR_STATE.
 *
 * Thread: real time: any (locks inside). Virtual time: the one that made it.
 */
#ifndef MB_CLUSTER_H
#define MB_CLUSTER_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>
#include <rocketmq/log.h>

#include "base/executor.h"
#include "base/macros.h"
#include "base/str.h"

enum { MB_BROKERS_MAX = 26, MB_NAMESRVS_MAX = 8, MB_SLAVES_MAX = 3 };

#define MB_START_MS INT64_C(1767225600000) /* 2026-01-01 00:00 UTC */

struct rmq_mock_cluster;

struct mb_cluster_options {
	int brokers;
	int slaves; /* of each broker */
	int namesrvs;
	const char *store; /* NULL: a temporary folder */
	const char *host;  /* NULL: 127.0.0.1 */
	uint16_t port;     /* of the first name server, then counting up; 0: free ones */
	bool one_port;     /* the one broker has the port of the one name server */
	const char *advertised_host; /* HOST or HOST:PORT, what routes say of brokers; NULL: where they listen */
	bool virtual_time;
	uint64_t seed;
	int64_t time_scale; /* its clock runs so many times as fast; 0 as 1. Real time only */
	size_t record;       /* requests that are recorded at most; 0: none */
	size_t record_bytes; /* that they take at most */
	size_t record_body;  /* bytes of a body that are kept */
	int64_t start_ms;
	const char *broker_conf_file; /* settings of every broker; may be NULL */
	const char *broker_conf;      /* "key=value" lines, read after that file; may be NULL */
	const char *emulate;          /* read before both; may be NULL */
	/* One broker, or name server, by its own settings: its name, address and store are those of its file. */
	bool own_identity;
	bool any_port;                /* own_identity: port 0 means a free one, not listenPort */
	const char *namesrv_addr;     /* own_identity: overrides namesrvAddr; may be NULL */
	const char *namesrv_fallback; /* own_identity: when nothing else says; may be NULL */
	const char *namesrv_conf_file; /* settings of every name server; may be NULL */
	const char *namesrv_conf;      /* "key=value" lines, read after that file; may be NULL */
	const char *fixture;        /* a file: control/fixture.h; NULL: none */
	const char *control;        /* host:port of the control plane; NULL: none */
	const char *metrics_listen; /* host:port of /metrics and /healthz; NULL: none */
	const char *tls_cert_file;
	const char *tls_key_file;
	const char *tls_ca_file;
	bool tls_required;
	const char *access_key; /* brokers admit this account only; NULL: everybody */
	const char *secret_key;
	rmq_log_fn log;
	void *log_arg;
	enum rmq_log_level log_level;
};

/* Starts it, but not its control plane (control/launch.h). The options are not needed afterwards. */
enum rmq_error mb_cluster_new(const struct mb_cluster_options *options,
			      struct rmq_mock_cluster **out,
			      struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Was it made before a fork, and is this the child? Then nothing of it may be touched but its texts. */
bool mb_cluster_is_inherited(const struct rmq_mock_cluster *c);
/* Stops it cleanly; NULL is fine. */
void mb_cluster_free(struct rmq_mock_cluster *c);

/* What routes say of the broker from now on, also after a new start: HOST or HOST:PORT; "": where it listens. */
enum rmq_error mb_cluster_broker_advertise(struct rmq_mock_cluster *c, const char *broker,
					   const char *place,
					   struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Whether the broker is registered at the name server of this place, also after a new start. */
enum rmq_error mb_cluster_broker_set_registered(struct rmq_mock_cluster *c, const char *broker,
						int namesrv, bool is_registered,
						struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Reads the broker's file again; of what it says brokerIP1 and advertisedPort are taken. */
enum rmq_error mb_cluster_reload(struct rmq_mock_cluster *c,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;

/* Where /metrics and /healthz are; NULL: nowhere. Borrowed. */
const char *mb_cluster_pages(const struct rmq_mock_cluster *c);
/* Where the control plane is; NULL: nowhere. Borrowed. */
const char *mb_cluster_control(const struct rmq_mock_cluster *c);
/* Addresses joined by ';'. Borrowed. */
const char *mb_cluster_namesrv(const struct rmq_mock_cluster *c);
/* NULL: unknown. That of the first start, until it is moved. */
const char *mb_cluster_broker_address(const struct rmq_mock_cluster *c, const char *broker);
/* What the broker at this place is called, NULL behind the last: "broker-a", a slave "broker-a/1". */
const char *mb_cluster_broker_name(const struct rmq_mock_cluster *c, size_t at);
const struct rmqi_env *mb_cluster_env(const struct rmq_mock_cluster *c);

enum rmq_error mb_cluster_create_topic(struct rmq_mock_cluster *c, const char *topic, int queues,
				       struct rmq_error_detail *detail) RMQI_MUST_USE;

/* RMQ_ERR_NOT_FOUND, RMQ_ERR_STATE, or why it cannot start. */
enum rmq_error mb_cluster_broker_stop(struct rmq_mock_cluster *c, const char *broker, bool is_crash,
				      struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error mb_cluster_broker_start(struct rmq_mock_cluster *c, const char *broker,
				       struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error mb_cluster_namesrv_stop(struct rmq_mock_cluster *c, int index,
				       struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error mb_cluster_namesrv_start(struct rmq_mock_cluster *c, int index,
					struct rmq_error_detail *detail) RMQI_MUST_USE;

/* Virtual time only, else RMQ_ERR_STATE. */
enum rmq_error mb_cluster_advance(struct rmq_mock_cluster *c, int64_t ms,
				  struct rmq_error_detail *detail) RMQI_MUST_USE;
bool mb_cluster_run_until(struct rmq_mock_cluster *c, bool (*done)(void *arg), void *arg,
			  int64_t max_ms);

/* The record; RMQ_ERR_STATE: there is none. `filter`: the text of selectors, NULL: all. As rocketmq/mock_record.h
 * says. */
struct rmq_mock_requests;
enum rmq_error mb_cluster_requests(struct rmq_mock_cluster *c, const char *filter,
				   struct rmq_mock_requests **out,
				   struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error mb_cluster_count_requests(struct rmq_mock_cluster *c, const char *filter,
					 size_t *out,
					 struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error mb_cluster_clear_requests(struct rmq_mock_cluster *c,
					 struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error mb_cluster_wait_requests(struct rmq_mock_cluster *c, const char *filter,
					size_t at_least, int64_t max_ms,
					struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error mb_cluster_wait_quiet(struct rmq_mock_cluster *c, const char *filter,
				     int64_t quiet_ms, int64_t max_ms,
				     struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error mb_cluster_expect_sequence(struct rmq_mock_cluster *c, const char *filter,
					  const char *text,
					  struct rmq_error_detail *detail) RMQI_MUST_USE;

/* -1: all codes. */
uint64_t mb_cluster_request_count(struct rmq_mock_cluster *c, int32_t code);
uint64_t mb_cluster_unsupported_count(struct rmq_mock_cluster *c);
/* -1: no such broker, or it is not running. */
int64_t mb_cluster_max_offset(struct rmq_mock_cluster *c, const char *broker, const char *topic,
			      int32_t queue_id);
int64_t mb_cluster_consumer_offset(struct rmq_mock_cluster *c, const char *broker,
				   const char *group, const char *topic, int32_t queue_id);
int mb_cluster_group_size(struct rmq_mock_cluster *c, const char *broker, const char *group);

#endif
