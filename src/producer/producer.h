/* SPDX-License-Identifier: Apache-2.0 */
/*
 * producer.h - the inside of rmq_producer (DefaultMQProducerImpl.java).
 *
 *     CREATED --start--> RUNNING --close--> CLOSED      (client/life.h)
 *
 * It owns a group and a client; how it sends is the business of src/send.
 *
 * Thread: any.
 */
#ifndef RMQI_PRODUCER_PRODUCER_H
#define RMQI_PRODUCER_PRODUCER_H

#include <rocketmq/producer.h>

#include "base/macros.h"
#include "client/client.h"
#include "client/life.h"
#include "producer/ledger.h"
#include "producer/membership.h"
#include "producer/requests.h"
#include "send/autobatch.h"
#include "send/result.h"
#include "send/sender.h"
#include "send/trace.h"

struct rmq_producer {
	char *group; /* owned, immutable */
	struct rmqi_client *client;
	struct rmqi_sender sender;
	struct rmqi_trace *trace;         /* NULL: enableTrace is off */
	struct rmqi_autobatch *autobatch; /* a reference; NULL: off */
	struct rmqi_life life;
	struct rmqi_ledger *ledger;        /* its transactions; a reference */
	struct rmqi_membership membership; /* who asks it about them */
	struct rmqi_requests requests;
};

enum rmq_error rmqi_producer_new(const struct rmq_config *config, const char *group,
				 struct rmq_producer **out,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_producer_start(struct rmq_producer *p,
				   struct rmq_error_detail *detail) RMQI_MUST_USE;
/* What the options (NULL: none) say for this message. *choice, which it points to, must live as long as the send. */
struct rmqi_send_how rmqi_producer_how(const struct rmq_send_options *options,
				       const struct rmq_message *m, struct rmqi_choice *choice);
/* `options` and `result` may be NULL. */
enum rmq_error rmqi_producer_send(struct rmq_producer *p, const struct rmq_message *m,
				  const struct rmq_send_options *options,
				  struct rmq_send_result **result,
				  struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_producer_send_async(struct rmq_producer *p, const struct rmq_message *m,
					const struct rmq_send_options *options, rmq_send_fn fn,
					void *arg, struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_producer_send_oneway(struct rmq_producer *p, const struct rmq_message *m,
					 const struct rmq_send_options *options,
					 struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_producer_send_batch(struct rmq_producer *p, struct rmq_message *const *messages,
					size_t count, const struct rmq_send_options *options,
					struct rmq_send_results **results,
					struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_producer_send_batch_async(struct rmq_producer *p,
					      struct rmq_message *const *messages, size_t count,
					      const struct rmq_send_options *options,
					      rmq_send_batch_fn fn, void *arg,
					      struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_producer_queues(struct rmq_producer *p, const char *topic,
				    struct rmq_queues **out,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;
/* flow.c: the first step of a close, and its last. No send enters any more; those under way have their
 * time, but for that of the goodbye. */
void rmqi_producer_finish_sends(struct rmq_producer *p, int64_t deadline_us);
enum rmq_error rmqi_producer_tell_undelivered(struct rmq_producer *p,
					      struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_producer_set_room(struct rmq_producer *p, struct rmqi_room room,
				      struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_producer_flush(struct rmq_producer *p, int64_t timeout_ms,
				   struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_producer_request(struct rmq_producer *p, const struct rmq_message *m,
				     const struct rmq_send_options *options,
				     struct rmq_message **reply,
				     struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_producer_request_async(struct rmq_producer *p, const struct rmq_message *m,
					   const struct rmq_send_options *options, rmq_reply_fn fn,
					   void *arg,
					   struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_producer_close(struct rmq_producer *p, int64_t timeout_ms,
				   struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_producer_free(struct rmq_producer *p);

#endif
