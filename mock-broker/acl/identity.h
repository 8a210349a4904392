/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity.h - who a broker is towards other brokers and name servers: the account that its own requests are signed
 * with (BrokerOuterAPI.newAclRPCHook).
 *
 * Without one nothing is signed; a master with access control has to admit its slaves by their address then, as the
 * white addresses of a plain_acl.yml do.
 *
 * Thread: made and freed by one owner; the hook: any.
 */
#ifndef MB_ACL_IDENTITY_H
#define MB_ACL_IDENTITY_H

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/str.h"
#include "codec/signature.h"
#include "net/hooks.h"

struct mb_identity {
	char *access_key; /* owned; NULL: nobody, nothing is signed */
	struct rmqi_signer *signer;
};

/* `out` is zeroed, or holds nothing. */
enum rmq_error mb_identity_make(struct mb_identity *out, struct rmqi_str access_key,
				struct rmqi_str secret_key) RMQI_MUST_USE;
/* innerClientAuthenticationCredentials: {"accessKey":"u","secretKey":"p"}. Nobody when it is no such text. */
enum rmq_error mb_identity_read(struct mb_identity *out, struct rmqi_str text) RMQI_MUST_USE;
/* Harmless on a zeroed struct. */
void mb_identity_deinit(struct mb_identity *i);
/* It must outlive what the hook is given to. A zeroed hook for nobody. */
struct rmqi_hook mb_identity_hook(struct mb_identity *i);

#endif
