/* SPDX-License-Identifier: Apache-2.0 */
/*
 * question.h - a broker is asked, and somebody waits for the answer: any request, and what is asked about
 * one queue (MQAdminImpl.java, MQClientAPIImpl.java).
 *
 * The errors, of all: of the way there (RMQ_ERR_CONNECT, RMQ_ERR_TIMEOUT, ...), RMQ_ERR_DENIED and
 * RMQ_ERR_BROKER for an answer that refuses, RMQ_ERR_PROTOCOL for one that lacks a field; the sentence
 * names who was asked.
 *
 * Thread: any, but not the loop.
 */
#ifndef RMQI_CLIENT_QUESTION_H
#define RMQI_CLIENT_QUESTION_H

#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "client/client.h"

/* A call whose answer must be SUCCESS; another code is the error, unless it is `also`. */
enum rmq_error rmqi_client_ask(struct rmqi_client *c, const char *address,
			       const struct rmqi_outgoing *request, int64_t deadline_us,
			       int32_t also, struct rmqi_response *response,
			       struct rmq_error_detail *detail) RMQI_MUST_USE;

/* What an answer that refuses is as an error. `code` is the question's, `started_us` when it was asked. Thread:
 * the loop, too. */
enum rmq_error rmqi_client_refused(struct rmqi_client *c, const char *address, int32_t code,
				   int64_t started_us, const struct rmqi_command *answer,
				   struct rmq_error_detail *detail);

/* About which queue, and who is asked. Everything is borrowed. */
struct rmqi_question {
	struct rmqi_client *client;
	const char *address;
	const char *topic; /* its name at brokers */
	const char *broker_name;
	int32_t queue_id;
	int64_t deadline_us;
};

enum rmq_error rmqi_question_min(const struct rmqi_question *q, int64_t *out,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* The offset that the next message will have. */
enum rmq_error rmqi_question_max(const struct rmqi_question *q, int64_t *out,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* The first message stored at that time or later; the end, if there is none. */
enum rmq_error rmqi_question_at(const struct rmqi_question *q, int64_t time_ms, int64_t *out,
				struct rmq_error_detail *detail) RMQI_MUST_USE;
/* What the group has committed, and not what a young queue would start with
 * (ConsumerManageProcessor.queryConsumerOffset); -1: nothing. */
enum rmq_error rmqi_question_committed(const struct rmqi_question *q, const char *group,
				       int64_t *out, struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Commits that offset of the group. */
enum rmq_error rmqi_question_commit(const struct rmqi_question *q, const char *group,
				    int64_t offset, struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
