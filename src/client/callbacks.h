/* SPDX-License-Identifier: Apache-2.0 */
/*
 * callbacks.h - where a client calls the user back: a few threads of its own,
 * made when first needed (NettyClientConfig.clientCallbackExecutorThreads).
 *
 * What one wake-up of the loop completes is handed over at its end, in order, and wakes one
 * thread. That thread goes on as long as there is something to call. Only where a callback
 * holds up those behind it does another thread join, after a look or two of
 * LOOK_MS: so quick callbacks cost no further wake-up, and a slow one delays nobody for
 * long while a thread is left. With several threads at work there is no order.
 *
 * Every task that was handed over runs once, whatever happens.
 */
#ifndef RMQI_CLIENT_CALLBACKS_H
#define RMQI_CLIENT_CALLBACKS_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/executor.h"
#include "base/macros.h"
#include "client/client.h"

/* Makes the threads, if they are not there. RMQ_ERR_NO_MEMORY, RMQ_ERR_SYSTEM. Before the first task
 * is accepted. Thread: any. */
enum rmq_error rmqi_client_need_callbacks(struct rmqi_client *c) RMQI_MUST_USE;
/* After rmqi_client_need_callbacks. Thread: loop. */
void rmqi_client_callback(struct rmqi_client *c, struct rmqi_task *task);
/* Is the caller a callback of this client? Thread: any. */
bool rmqi_client_in_callback(const struct rmqi_client *c);
/* Waits, but not past the deadline, until no callback waits or runs. A callback may call it, since it may
 * close its own client: then those that are in this function do not count, and it calls those
 * behind it meanwhile; one that is called so returns at once. False: some callback still
 * runs; what waits behind it is still called. Nothing may be handed over any more. Not on the loop. */
bool rmqi_client_end_callbacks(struct rmqi_client *c, int64_t deadline_us);

#endif
