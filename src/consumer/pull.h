/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pull.h - the fetch table of long pulling (DefaultMQPushConsumerImpl.pullMessage).
 *
 * Find the start offset, then pull: the next pull is sent when the answer of the last one came, before
 * its messages were consumed, as long as flow control allows. The broker holds a pull that finds
 * nothing until something comes.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_PULL_H
#define RMQI_CONSUMER_PULL_H

#include "consumer/fetch.h"

extern const struct rmqi_fetch rmqi_pull;

#endif
