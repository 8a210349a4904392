/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acl.h - a broker that knows one account and refuses all others (the plain ACL of 4.9:
 * PlainAccessValidator, PlainPermissionManager.validate).
 *
 * Every request is checked before anyone looks at its code, heartbeats and one-way
 * requests too. A refusal is what an exception becomes there: SYSTEM_ERROR with the
 * text of an AclException. The account may do everything. Name servers check nothing, as
 * Apache's.
 *
 * Immutable. Thread: any; the hook: loop.
 */
#ifndef MB_ACL_H
#define MB_ACL_H

#include <stdbool.h>

#include <rocketmq/error.h>

#include "base/macros.h"

struct mb_acl;
struct mb_ticket;
struct rmqi_command;

enum rmq_error mb_acl_new(const char *access_key, const char *secret_key,
			  struct mb_acl **out) RMQI_MUST_USE;
/* NULL is fine. */
void mb_acl_free(struct mb_acl *a);
/* False: it was refused, and answered. */
bool mb_acl_admits(const struct mb_acl *a, const struct mb_ticket *t, const struct rmqi_command *c);

#endif
