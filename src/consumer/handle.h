/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handle.h - what the handles of all kinds of consumers do alike: they check who calls, put names into the
 * namespace, and let the member do the rest. A handle holds its member by value.
 *
 * Arguments are not NULL and names are legal; `detail` may be NULL.
 *
 * Thread: any, but not the client's loop.
 */
#ifndef RMQI_CONSUMER_HANDLE_H
#define RMQI_CONSUMER_HANDLE_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/queue.h>

#include "base/macros.h"
#include "client/namespace.h"
#include "consumer/member.h"

/* The name of the group at brokers. */
enum rmq_error rmqi_handle_group(const struct rmq_config *config, const char *group,
				 char name[RMQI_NAMED_MAX],
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* May the caller call (rmqi_client_check_caller)? */
enum rmq_error rmqi_handle_check(const struct rmqi_member *m,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* The same, and it is started and not closed; else RMQ_ERR_STATE. */
enum rmq_error rmqi_handle_check_running(const struct rmqi_member *m,
					 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* The name of the topic at brokers, after rmqi_handle_check. */
enum rmq_error rmqi_handle_topic(const struct rmqi_member *m, const char *topic,
				 char name[RMQI_NAMED_MAX],
				 struct rmq_error_detail *detail) RMQI_MUST_USE;

enum rmq_error rmqi_handle_subscribe(struct rmqi_member *m, const char *topic,
				     enum rmqi_expression kind, const char *expression,
				     struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_handle_unsubscribe(struct rmqi_member *m, const char *topic,
				       struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_handle_set_queues_fn(struct rmqi_member *m, rmq_queues_fn fn, void *arg,
					 struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_handle_set_allocate_fn(struct rmqi_member *m, rmq_allocate_fn fn, void *arg,
					   struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_handle_start(struct rmqi_member *m,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_handle_wait_ready(struct rmqi_member *m, int64_t timeout_ms,
				      struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_handle_set_suspended(struct rmqi_member *m, bool is_suspended,
					 struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_handle_close(struct rmqi_member *m, int64_t timeout_ms,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Closes if need be, and gives back the user's reference. */
void rmqi_handle_free(struct rmqi_member *m);

#endif
