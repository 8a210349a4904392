/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mock_fault.h - failures on demand: rules that a mock cluster applies to the requests of its clients.
 *
 *     request -> receive -> apply -> handler -> applied -> response -> answer
 *
 * A fault says which requests it means (code, node, topic, ...), how many of them (skip, count, every,
 * probability), at which stage it acts, and what happens: another answer, a late one, none, a broken
 * one, a closed connection. All by keys, which doc/mock.md lists.
 *
 *     rmq_mock_fault *fault = rmq_mock_fault_new();
 *     uint64_t id;
 *
 *     ok = rmq_mock_fault_set(fault, "code", "SEND_MESSAGE_V2", &detail) == RMQ_OK &&
 *          rmq_mock_fault_set(fault, "reply", "SYSTEM_BUSY", &detail) == RMQ_OK &&
 *          rmq_mock_fault_set(fault, "count", "2", &detail) == RMQ_OK &&
 *          rmq_mock_cluster_add_fault(cluster, fault, &id, &detail) == RMQ_OK;
 *     rmq_mock_fault_free(fault);
 *
 * The first fault in order of addition that takes a request acts on it, alone; those that observe
 * count it besides. One that skips it, or is spent, leaves it to those behind. A request is taken when it is
 * received: what the fault does comes at its stage.
 *
 * Thread: a fault: one owner at a time. What takes a cluster: as <rocketmq/mock.h> says. Predicates and
 * handlers run on the cluster's own thread (with virtual time: the one that drives it) and may not call the
 * cluster.
 */
#ifndef ROCKETMQ_MOCK_FAULT_H
#define ROCKETMQ_MOCK_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/common.h>
#include <rocketmq/error.h>
#include <rocketmq/mock.h>

RMQ_BEGIN_DECLS

/* --- What a fault says ----------------------------------------------------------------------- */

typedef struct rmq_mock_fault rmq_mock_fault;

/* Means every request and says nothing that happens. NULL when memory is out. */
RMQ_API rmq_mock_fault *rmq_mock_fault_new(void);
RMQ_API void rmq_mock_fault_free(rmq_mock_fault *f);
/* "" is the default again. RMQ_ERR_CONFIG: the key is unknown (the detail names the nearest one) or the
 * value is not of its type or range. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_fault_set(rmq_mock_fault *f, const char *key,
						       const char *value,
						       rmq_error_detail **detail);
/* The text of the current value, "" for none. Borrowed until the next set or free. NULL for an unknown
 * key. */
RMQ_API const char *rmq_mock_fault_get(const rmq_mock_fault *f, const char *key);
/* From a JSON object of the same keys: {"code":"SEND_MESSAGE_V2","reply":"SYSTEM_BUSY","count":2}. Arrays are
 * taken for code and field. RMQ_ERR_CONFIG: it is none, or as above. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_fault_parse(const char *json, rmq_mock_fault **out,
							 rmq_error_detail **detail);

/* A request that has come in, and what is to be answered; both only within the function that is given
 * them. */
typedef struct rmq_mock_incoming rmq_mock_incoming;
typedef struct rmq_mock_reply rmq_mock_reply;

/* The request code; -1 of NULL. */
RMQ_API int rmq_mock_incoming_code(const rmq_mock_incoming *in);
/* "broker-a", "broker-a/1"; "" for a name server. */
RMQ_API const char *rmq_mock_incoming_node(const rmq_mock_incoming *in);
/* -1 for a broker. */
RMQ_API int rmq_mock_incoming_namesrv(const rmq_mock_incoming *in);
RMQ_API bool rmq_mock_incoming_is_oneway(const rmq_mock_incoming *in);
/* The value of a header field by its Java name, not NUL-terminated; NULL when it is not there. *len (may be
 * NULL) is its length. */
RMQ_API const char *rmq_mock_incoming_field(const rmq_mock_incoming *in, const char *name,
					    size_t *len);
/* NULL when there is none. */
RMQ_API const void *rmq_mock_incoming_body(const rmq_mock_incoming *in, size_t *len);

/* Does the fault mean this request? Asked when all its selectors hold. */
typedef bool (*rmq_mock_predicate_fn)(void *arg, const rmq_mock_incoming *in);
/* Makes the answer, which is code 0 without anything until the functions below are called. False: the
 * request goes on as if nothing were. */
typedef bool (*rmq_mock_handler_fn)(void *arg, const rmq_mock_incoming *in, rmq_mock_reply *reply);

/* `remark` NULL: none. All is copied. RMQ_ERR_TOO_LARGE: over 64 fields or 4 MiB. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_reply_set(rmq_mock_reply *reply, int code,
						       const char *remark);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_reply_add_field(rmq_mock_reply *reply,
							     const char *name, const char *value);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_reply_set_body(rmq_mock_reply *reply,
							    const void *body, size_t len);

/* NULL: none. They must stay until the cluster is freed, or the fault removed. */
RMQ_API void rmq_mock_fault_set_predicate(rmq_mock_fault *f, rmq_mock_predicate_fn fn, void *arg);
RMQ_API void rmq_mock_fault_set_handler(rmq_mock_fault *f, rmq_mock_handler_fn fn, void *arg);

/* --- Faults of a cluster ----------------------------------------------------------------------- */

/* From now on, behind those that are there; copied. *id, from 1, is its name. RMQ_ERR_CONFIG: what it says does
 * not go together. RMQ_ERR_TOO_LARGE: there are 10,000. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_cluster_add_fault(rmq_mock_cluster *c,
							       const rmq_mock_fault *f,
							       uint64_t *id,
							       rmq_error_detail **detail);
/* How often it has acted. 0 also when there is none. */
RMQ_API uint64_t rmq_mock_fault_hits(rmq_mock_cluster *c, uint64_t id);
/* Runs (virtual time) or waits (real time) until it has acted so often. RMQ_ERR_TIMEOUT: not within max_ms;
 * RMQ_ERR_NOT_FOUND: there is none, or it was removed meanwhile; RMQ_ERR_CANCELLED: the cluster is freed. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_fault_wait(rmq_mock_cluster *c, uint64_t id,
							uint64_t hits, int64_t max_ms,
							rmq_error_detail **detail);
/* It takes no further request, and what it has taken goes on without it; answers that it delays still leave.
 * One that is gone is no error. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_fault_remove(rmq_mock_cluster *c, uint64_t id,
							  rmq_error_detail **detail);

/* Faults as they were when it was asked for, in order of addition. The caller frees it. */
typedef struct rmq_mock_fault_list rmq_mock_fault_list;

/* All of them. RMQ_ERR_NO_MEMORY, RMQ_ERR_STATE. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_cluster_faults(rmq_mock_cluster *c,
							    rmq_mock_fault_list **out,
							    rmq_error_detail **detail);
/* Only those that have never acted: a test whose fault never came about has tested nothing. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_cluster_unspent_faults(rmq_mock_cluster *c,
								    rmq_mock_fault_list **out,
								    rmq_error_detail **detail);
RMQ_API void rmq_mock_fault_list_free(rmq_mock_fault_list *l);
/* 0 of NULL. */
RMQ_API size_t rmq_mock_fault_list_count(const rmq_mock_fault_list *l);
/* 0, "" behind the last one. The text is the JSON of rmq_mock_fault_parse. */
RMQ_API uint64_t rmq_mock_fault_list_id(const rmq_mock_fault_list *l, size_t at);
RMQ_API uint64_t rmq_mock_fault_list_hits(const rmq_mock_fault_list *l, size_t at);
RMQ_API const char *rmq_mock_fault_list_text(const rmq_mock_fault_list *l, size_t at);

RMQ_END_DECLS

#endif
