/* SPDX-License-Identifier: Apache-2.0 */
/*
 * body_auth.h - users and policies of brokers of 5.3 and later (UserInfo.java, AclInfo.java), and accounts of older
 * ones (AclConfig.java of 4.9).
 *
 * Lists come as an array, one alone as an object, none as no body; all are read as lists. What is absent is "".
 * Passwords are written only: whoever reads passes over them.
 *
 * The caller owns a list; _deinit is harmless on a zeroed one. Thread: one owner at a time.
 */
#ifndef RMQI_CODEC_BODY_AUTH_H
#define RMQI_CODEC_BODY_AUTH_H

#include <stdbool.h>
#include <stddef.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/macros.h"

struct rmqi_user_info {
	char *name;
	char *type;   /* "Super", "Normal" */
	char *status; /* "enable", "disable" */
};

struct rmqi_user_list {
	struct rmqi_user_info *items;
	size_t count;
};

/* One entry of one policy of one subject. Lists have "," between. */
struct rmqi_policy_info {
	char *subject; /* "User:name" */
	char *type;    /* "Custom", "Default" */
	char *resource;
	char *actions;
	char *source_ips;
	char *decision; /* "Allow", "Deny" */
};

struct rmqi_policy_list {
	struct rmqi_policy_info *items;
	size_t count;
};

/* Of plain_acl.yml. Lists have "," between. */
struct rmqi_account_info {
	char *access_key;
	char *white_remote_address;
	char *default_topic_permission;
	char *default_group_permission;
	char *topic_permissions;
	char *group_permissions;
	char *global_white_addresses; /* of the file */
	bool is_admin;
};

struct rmqi_account_list {
	struct rmqi_account_info *items;
	size_t count;
};

enum rmq_error rmqi_account_list_decode(struct rmqi_cursor body,
					struct rmqi_account_list *out) RMQI_MUST_USE;
void rmqi_account_info_deinit(struct rmqi_account_info *a);
void rmqi_account_list_deinit(struct rmqi_account_list *l);
enum rmq_error rmqi_user_list_decode(struct rmqi_cursor body,
				     struct rmqi_user_list *out) RMQI_MUST_USE;
void rmqi_user_info_deinit(struct rmqi_user_info *u);
void rmqi_user_list_deinit(struct rmqi_user_list *l);
enum rmq_error rmqi_policy_list_decode(struct rmqi_cursor body,
				       struct rmqi_policy_list *out) RMQI_MUST_USE;
void rmqi_policy_info_deinit(struct rmqi_policy_info *p);
void rmqi_policy_list_deinit(struct rmqi_policy_list *l);

/* What is NULL is left out, and stays as it is at the broker. */
enum rmq_error rmqi_user_encode(const char *name, const char *password, const char *type,
				const char *status, struct rmqi_buf *out) RMQI_MUST_USE;
/* A policy of type Custom with this entry. Only source_ips may be NULL: any. */
enum rmq_error rmqi_policy_encode(const char *subject, const char *resource, const char *actions,
				  const char *source_ips, const char *decision,
				  struct rmqi_buf *out) RMQI_MUST_USE;

#endif
