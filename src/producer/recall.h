/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recall.h - takes a timed message back (DefaultMQProducerImpl.recallMessage).
 *
 * The broker that holds it is named by the handle. When that one is in no route any more, any broker of
 * the topic is asked, as Java does: it may be a proxy, which passes it on.
 *
 * Thread: any.
 */
#ifndef RMQI_PRODUCER_RECALL_H
#define RMQI_PRODUCER_RECALL_H

#include "producer/producer.h"

enum rmq_error rmqi_producer_recall(struct rmq_producer *p, const char *topic, const char *handle,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
