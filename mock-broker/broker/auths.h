/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auths.h - the broker's users: loaded, kept, and changed over the wire (auth_admin.c).
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_AUTHS_H
#define MB_BROKER_AUTHS_H

#include <rocketmq/error.h>

#include "base/macros.h"

struct mb_broker;

#define MB_AUTH_FILE "auth.json"

/* Fills b->auth, with the users that the settings name; that those cannot be written is logged only: the
 * next start makes them, too. */
enum rmq_error mb_auths_load(struct mb_broker *b) RMQI_MUST_USE;
/* Harmless on a zeroed broker. */
void mb_auths_deinit(struct mb_broker *b);

#endif
