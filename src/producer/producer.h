/* SPDX-License-Identifier: Apache-2.0 */
/*
 * producer.h - the inside of rmq_producer (DefaultMQProducerImpl.java).
 *
 *     CREATED --start--> RUNNING --close--> CLOSED      (client/life.h)
 *
 * A send runs on the caller's thread from beginning to end: it picks a queue from
 * the shared route, encodes, writes to the socket and reads the answer itself
 * when it can (net/conn.h).
 *
 * Thread: any.
 */
#ifndef RMQI_PRODUCER_PRODUCER_H
#define RMQI_PRODUCER_PRODUCER_H

#include <stdatomic.h>

#include <rocketmq/producer.h>

#include "base/executor.h"
#include "base/macros.h"
#include "client/client.h"
#include "client/life.h"
#include "codec/ids.h"

struct rmq_producer {
	char *group; /* owned, immutable */
	struct rmqi_client *client;
	atomic_size_t sends; /* sends under way, plus one while not closing */
	struct rmqi_life life;
	struct rmqi_event stop;    /* closing: no attempt begins, no pause goes on */
	struct rmqi_event drained; /* no send is under way any more */
};

/* One allocation; the texts stand behind the struct. */
struct rmq_send_result {
	enum rmq_send_status status;
	struct rmq_queue queue;
	int64_t queue_offset;
	char message_id[RMQI_ID_SIZE];
	const char *offset_message_id;
	const char *transaction_id;
	const char *region_id;
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
