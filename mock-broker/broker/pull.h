/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pull.h - PULL_MESSAGE and LITE_PULL_MESSAGE (PullMessageProcessor.java; broker.md 6).
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_PULL_H
#define MB_BROKER_PULL_H

#include "mock-broker/broker/hold.h"
#include "mock-broker/node.h"

extern const struct mb_handler mb_pull_handlers[];

/* A parked pull is processed again: it is answered now, whatever there is. */
void mb_pull_again(struct mb_broker *b, const struct mb_pull *pull);

#endif
