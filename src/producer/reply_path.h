/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reply_path.h - who has to know a producer before a reply can reach it.
 *
 * A reply is sent to a topic that every master of the cluster has, <cluster>_REPLY_TOPIC, so any of them may
 * get it; it hands it on to the connection on which the producer's heartbeat came, or refuses it when
 * there was none. So, before a request is sent, the routes of its topic and of the reply topic of each
 * cluster in it are known, and every master in them has been greeted. Java greets the brokers in the
 * routes that it has fetched, and those of the reply topic are none of them
 * (DefaultMQProducerImpl.prepareSendRequest).
 *
 * Thread: any.
 */
#ifndef RMQI_PRODUCER_REPLY_PATH_H
#define RMQI_PRODUCER_REPLY_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/map.h"
#include "base/thread.h"
#include "client/client.h"

struct rmqi_reply_path {
	struct rmqi_client *client;
	struct rmqi_mutex mu;
	struct rmqi_map topics; /* mu; those whose clusters are looked up; the value is not used */
};

void rmqi_reply_path_init(struct rmqi_reply_path *p, struct rmqi_client *client);
void rmqi_reply_path_deinit(struct rmqi_reply_path *p);
/*
 * Returns at once when all is known, as is usual. Else it waits until the deadline at most; what is missing
 * then is not waited for again by those who come later: the send tells what is wrong with its topic, and a
 * broker that does not answer is not worth more. Not on the loop.
 */
void rmqi_reply_path_open(struct rmqi_reply_path *p, const char *topic, int64_t deadline_us);
/* The topic has another route; there may be a new cluster in it. Thread: loop. */
void rmqi_reply_path_rerouted(struct rmqi_reply_path *p, const char *topic);

#endif
