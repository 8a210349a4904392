/* SPDX-License-Identifier: Apache-2.0 */
/*
 * door.h - where a broker's clients come in: the list of what may be asked, TLS, gates, the node
 * that listens, and the address under which it is known (mb_broker_readdress is here, too).
 */
#ifndef MB_BROKER_DOOR_H
#define MB_BROKER_DOOR_H

#include <rocketmq/error.h>

#include "base/macros.h"

struct mb_broker;

/* Fills b->tls if tls.server.* of the settings name files; the owner is the broker. Thread: any but
 * the loop. */
enum rmq_error mb_door_make_tls(struct mb_broker *b, struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Fills b->gate, b->node and b->address. Why it failed is in b->start_detail; what it has made until
 * then is the broker's. Thread: loop. */
enum rmq_error mb_door_open(struct mb_broker *b) RMQI_MUST_USE;

#endif
