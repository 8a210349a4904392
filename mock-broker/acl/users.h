/* SPDX-License-Identifier: Apache-2.0 */
/*
 * users.h - users, and what each may do (User, UserType, UserStatus; Acl of 5.3), and their file.
 *
 * Apache keeps both in RocksDB, by name; here they are one JSON file below the store:
 *
 *     {"users":[{"username":"u","password":"p","userType":"Normal","userStatus":"enable","policies":[...]}]}
 *
 * Passwords are wiped when they are freed.
 *
 * Thread: one owner at a time.
 */
#ifndef MB_ACL_USERS_H
#define MB_ACL_USERS_H

#include <stdbool.h>
#include <stddef.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/macros.h"
#include "base/str.h"
#include "codec/json.h"
#include "codec/signature.h"
#include "mock-broker/acl/policy.h"

enum {
	MB_USERS_MAX = 10000,
	MB_USER_TEXT_MAX = 255 /* bytes of a name, and of a password */
};

enum mb_user_type { MB_USER_NO_TYPE, MB_USER_SUPER, MB_USER_NORMAL };
enum mb_user_status { MB_USER_NO_STATUS, MB_USER_ENABLE, MB_USER_DISABLE };

struct mb_user {
	char *name;
	char *password;
	enum mb_user_type type;
	enum mb_user_status status;
	struct rmqi_signer *signer; /* of the password */
	struct mb_policies policies;
};

struct mb_users {
	struct mb_user **at; /* by name, owned */
	size_t count;
};

/* What is told of a user; empty texts: nothing. */
struct mb_user_info {
	struct rmqi_str name;
	struct rmqi_str password;
	enum mb_user_type type;
	enum mb_user_status status;
};

/* UserInfo.java. Borrowed from the tree. */
void mb_user_info_read(const struct rmqi_json *object, struct mb_user_info *out);
/* Harmless on a zeroed struct. */
void mb_users_deinit(struct mb_users *u);
/* NULL: unknown. */
struct mb_user *mb_users_find(const struct mb_users *u, struct rmqi_str name);
/* RMQ_ERR_DENIED: *problem is Java's sentence. */
enum rmq_error mb_users_create(struct mb_users *u, const struct mb_user_info *info,
			       const char **problem) RMQI_MUST_USE;
enum rmq_error mb_users_update(struct mb_users *u, const struct mb_user_info *info,
			       const char **problem) RMQI_MUST_USE;
/* With what it may do. */
void mb_users_delete(struct mb_users *u, struct rmqi_str name);
/* UserInfo.java, without the password. */
void mb_user_write(const struct mb_user *u, struct rmqi_jw *w);
/* The file. What is read takes the place of `u`. */
enum rmq_error mb_users_read(struct mb_users *u, struct rmqi_cursor text) RMQI_MUST_USE;
void mb_users_write(const struct mb_users *u, struct rmqi_buf *out);

#endif
