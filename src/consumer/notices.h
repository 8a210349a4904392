/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notices.h - what the client tells its consumer, and asks it for: routes,
 * registrations, changes of the group, the heartbeat's part.
 */
#ifndef RMQI_CONSUMER_NOTICES_H
#define RMQI_CONSUMER_NOTICES_H

#include <rocketmq/push_consumer.h>

#include "client/client.h"

/* For rmqi_client_new. c->group must outlive the client. */
struct rmqi_client_owner rmqi_notices(rmq_push_consumer *c);

#endif
