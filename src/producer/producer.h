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
#include "send/result.h"
#include "send/sender.h"

struct rmq_producer {
	char *group; /* owned, immutable */
	struct rmqi_client *client;
	struct rmqi_sender sender;
	struct rmqi_life life;
};

enum rmq_error rmqi_producer_new(const struct rmq_config *config, const char *group,
				 struct rmq_producer **out,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_producer_start(struct rmq_producer *p,
				   struct rmq_error_detail *detail) RMQI_MUST_USE;
/* `result` may be NULL. */
enum rmq_error rmqi_producer_send(struct rmq_producer *p, const struct rmq_message *m,
				  int64_t timeout_ms, struct rmq_send_result **result,
				  struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_producer_close(struct rmq_producer *p, int64_t timeout_ms,
				   struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_producer_free(struct rmq_producer *p);

#endif
