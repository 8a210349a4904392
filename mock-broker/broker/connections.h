/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connections.h - what operators are told of who is connected.
 */
#ifndef MB_BROKER_CONNECTIONS_H
#define MB_BROKER_CONNECTIONS_H

#include "base/buf.h"
#include "codec/subscription.h"

/* SubscriptionData.java, as JSON. */
void mb_subscription_write(const struct rmqi_subscription *s, struct rmqi_buf *out);

#endif
