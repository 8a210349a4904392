/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forward.h - a reset of offsets that the consumers make themselves
 * (Broker2Client.resetOffset): without useServerSideResetOffset, as brokers did before 5.2.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_FORWARD_H
#define MB_BROKER_FORWARD_H

#include "mock-broker/node.h"

struct mb_broker;

/* INVOKE_BROKER_TO_RESET_OFFSET: tells every member of the group, and answers. */
void mb_reset_push(struct mb_broker *b, struct mb_request *r);

#endif
