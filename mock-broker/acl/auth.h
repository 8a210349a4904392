/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth.h - the gate of 5.3 and later: who it is (DefaultAuthenticationProvider), and what he may do
 * (DefaultAuthorizationProvider).
 *
 * Both are off unless set. A refusal is NO_PERMISSION with Java's sentence. A super user may do everything. Codes of
 * a white list are not looked at; a request without ext fields is not looked at for what it may. What has neither rule
 * nor annotation is for everybody who has signed, as in Apache, but for UPDATE_BROKER_CONFIG (25): that needs
 * Update on the cluster here.
 *
 * Thread: loop, unless said otherwise.
 */
#ifndef MB_ACL_AUTH_H
#define MB_ACL_AUTH_H

#include <stdbool.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "mock-broker/acl/gate.h"
#include "mock-broker/acl/users.h"

struct mb_auth_config {
	bool authenticates;
	bool authorizes;
	const char *authentication_white; /* request codes, separated by ','; borrowed */
	const char *authorization_white;
	const char *cluster; /* borrowed */
	/* JSON of users that must be there, super users both; "": none. */
	const char *first_user; /* {"username":"u","password":"p"} */
	const char *inner_user; /* {"accessKey":"u","secretKey":"p"} */
};

struct mb_auth {
	struct mb_gate gate;
	struct mb_auth_config config;
	struct mb_users users;
};

void mb_auth_init(struct mb_auth *a, const struct mb_auth_config *config);
/* Makes the first users if they are not there; *is_changed then. RMQ_ERR_CONFIG: they are no users. */
enum rmq_error mb_auth_first_users(struct mb_auth *a, bool *is_changed,
				   struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Harmless on a zeroed struct. */
void mb_auth_deinit(struct mb_auth *a);

#endif
