/* SPDX-License-Identifier: Apache-2.0 */
/*
 * autobatch.h - puts single sends together, so that messages of one topic and queue travel in one
 * request (ProduceAccumulator.java, DefaultMQProducer.sendByAccumulator).
 *
 *     send --> the open bundle of its topic, wait flag and queue
 *                 | full: batchMaxBytes, or RMQI_BUNDLE_MOST messages
 *                 | batchMaxDelayMs after it was opened (one timer on the loop)
 *                 | flush, stop, or a message of that topic that is sent alone
 *                 v
 *              bundles that are ready, in order --> the core (send/bundle.h)
 *
 * For the broker and for retries a bundle is one message; for its senders every message is one: own
 * id, own place, own end. sendMsgTimeout counts from the opening of the bundle.
 *
 * What cannot be put together is sent alone, behind what was held for its topic: rmqi_autobatch_takes.
 * totalBatchMaxBytes bounds what is held and under way; beyond it messages are sent alone, too.
 *
 * It is counted: a callback that does not return may outlive the producer.
 *
 * Thread: any.
 */
#ifndef RMQI_SEND_AUTOBATCH_H
#define RMQI_SEND_AUTOBATCH_H

#include <stdbool.h>

#include <rocketmq/error.h>
#include <rocketmq/send.h>

#include "base/macros.h"
#include "send/batched.h"
#include "send/sender.h"

struct rmqi_autobatch;

/* *out is NULL when autoBatch is off. RMQ_ERR_INVALID_ARGUMENT: batchMaxDelayMs leaves no time to send;
 * RMQ_ERR_NO_MEMORY. The sender must outlive all calls but _unref. */
enum rmq_error rmqi_autobatch_new(struct rmqi_sender *s, struct rmqi_autobatch **out,
				  struct rmq_error_detail *detail) RMQI_MUST_USE;
/* May be NULL. After stop. */
void rmqi_autobatch_unref(struct rmqi_autobatch *ab);

/* Can this message travel with others? Then one of the two sends follows, with `out` (moved). False: it is to be
 * sent alone, and what was held for its topic is on its way. */
bool rmqi_autobatch_takes(struct rmqi_autobatch *ab, const struct rmq_message *m,
			  const struct rmqi_send_how *how, struct rmqi_batched *out);
/* As rmqi_send_async. */
enum rmq_error rmqi_autobatch_send_async(struct rmqi_autobatch *ab, struct rmqi_batched *message,
					 rmq_send_fn fn, void *arg,
					 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* As rmqi_send_sync: it waits until its bundle was sent. */
enum rmq_error rmqi_autobatch_send(struct rmqi_autobatch *ab, struct rmqi_batched *message,
				   struct rmq_send_result **result,
				   struct rmq_error_detail *detail) RMQI_MUST_USE;

/* What is held, of this topic or all, is on its way when it returns; it does not wait for answers. `ab` may
 * be NULL. Not on the loop. */
void rmqi_autobatch_flush_topic(struct rmqi_autobatch *ab, const char *topic);
void rmqi_autobatch_flush(struct rmqi_autobatch *ab);
/* The same, and nothing is taken any more. Idempotent. Not on the loop. */
void rmqi_autobatch_stop(struct rmqi_autobatch *ab);

#endif
