/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weak.h - brokers that store what is sent, but not as safely as asked (codes 10, 11, 12): it is told in
 * the log and as an event, for who does not look at the status of a result.
 *
 * A send that was stored well costs one comparison while all brokers are well.
 *
 * Thread: any (lock inside), unless said otherwise.
 */
#ifndef RMQI_SEND_WEAK_H
#define RMQI_SEND_WEAK_H

#include <stdatomic.h>
#include <stdbool.h>

#include <rocketmq/send.h>

#include "base/executor.h"
#include "base/map.h"
#include "base/thread.h"
#include "client/client.h"

struct rmqi_weak {
	struct rmqi_client *client;
	atomic_uint count; /* of brokers that are not well */
	struct rmqi_mutex mu;
	struct rmqi_map brokers; /* mu; name -> struct weak_broker; entries stay */
	bool is_posted;          /* mu */
	struct rmqi_task task;
};

/* `client` must outlive its use; its loop must have ended before _deinit. */
void rmqi_weak_init(struct rmqi_weak *w, struct rmqi_client *client);
void rmqi_weak_deinit(struct rmqi_weak *w);
/* A broker answered a send with this code. What says "not stored" tells nothing. */
void rmqi_weak_note(struct rmqi_weak *w, const struct rmqi_publish_queue *queue, int32_t code);
/* "its flush to disk timed out" */
const char *rmqi_weak_words(enum rmq_send_status status);

#endif
