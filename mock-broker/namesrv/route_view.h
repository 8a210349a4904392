/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route_view.h - what the tables of a name server say about one topic
 * (RouteInfoManager.pickupTopicRouteData, ZoneRouteRPCHook.java).
 *
 * A view borrows every text of the tables and owns its arrays.
 *
 * Thread: one owner at a time (the name server's loop).
 */
#ifndef MB_NAMESRV_ROUTE_VIEW_H
#define MB_NAMESRV_ROUTE_VIEW_H

#include <stdbool.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "codec/body.h"
#include "mock-broker/namesrv/routes.h"

/* RMQ_ERR_NOT_FOUND: no queue data or no broker data. Borrowed until the tables change. */
enum rmq_error mb_routes_find(const struct mb_routes *r, struct rmqi_str topic,
			      struct rmqi_route *out) RMQI_MUST_USE;
void mb_routes_release(struct rmqi_route *route);
/* supportActingMaster: in a group without id 0 that allows it, and whose queues nobody may write, the lowest
 * id is shown as 0. Not for topics by which brokers find their group. */
void mb_route_show_acting(struct rmqi_route *route, struct rmqi_str topic);
/* Only brokers of the zone, upper and lower case alike, and groups without a master. */
void mb_route_keep_zone(struct rmqi_route *route, struct rmqi_str zone);

#endif
