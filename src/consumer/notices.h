/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notices.h - what the client tells its consumer, and asks it for: routes,
 * registrations, changes of the group, the heartbeat's part.
 */
#ifndef RMQI_CONSUMER_NOTICES_H
#define RMQI_CONSUMER_NOTICES_H

#include "client/client.h"
#include "consumer/rebalance.h"

/* For rmqi_client_new. The group of r->consumer must outlive the client. */
struct rmqi_client_owner rmqi_notices(struct rmqi_rebalance *r);

#endif
