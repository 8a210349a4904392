/* SPDX-License-Identifier: Apache-2.0 */
/*
 * access.h - the inside of rocketmq/admin_access.h (CreateUserSubCommand, CreateAclSubCommand and their like).
 *
 * Arguments were checked by the public functions. Thread: any, but not the loop.
 */
#ifndef RMQI_ADMIN_ACCESS_H
#define RMQI_ADMIN_ACCESS_H

#include <rocketmq/admin_access.h>

#include "admin/admin.h"
#include "admin/groups.h"
#include "codec/body_auth.h"

enum {
	RMQI_USER_TEXT_MAX = 256,
	RMQI_ACCOUNT_KEY_LEAST = 7, /* PlainPermissionManager.java; with a shorter one the refusal tells the secret */
	RMQI_ACCOUNT_TEXT_MAX = 64 * 1024,
	RMQI_POLICY_TEXT_MAX = 4096
};

/* Of a row with an error the texts are NULL. */
struct rmq_user {
	struct rmqi_broker_row broker;
	struct rmqi_user_info info;
};

struct rmq_users {
	size_t count;
	struct rmq_user rows[];
};

struct rmq_policy {
	struct rmqi_broker_row broker;
	struct rmqi_policy_info info;
};

struct rmq_policies {
	size_t count;
	struct rmq_policy rows[];
};

struct rmq_account {
	struct rmqi_broker_row broker;
	struct rmqi_account_info info;
};

struct rmq_accounts {
	size_t count;
	struct rmq_account rows[];
};

/* The texts are owned; NULL: not set. */
struct rmq_account_settings {
	char *access_key;
	char *secret_key;
	char *white_remote_address;
	char *default_topic_permission;
	char *default_group_permission;
	char *topic_permissions;
	char *group_permissions;
	bool is_admin;
};

/* What a user shall be; password NULL: it stays. */
struct rmqi_user_wish {
	const char *name;
	const char *password;
	enum rmq_user_type type;
	enum rmq_user_status status;
};

struct rmqi_policy_wish {
	const char *subject;
	const char *resource;
	const char *actions;
	const char *source_ips; /* NULL: any */
	bool is_allowed;
};

/* access_users.c */
enum rmq_error rmqi_admin_put_user(struct rmq_admin *a, const char *cluster, bool is_new,
				   const struct rmqi_user_wish *wish,
				   const struct rmq_admin_options *options,
				   struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_admin_delete_user(struct rmq_admin *a, const char *cluster, const char *name,
				      const struct rmq_admin_options *options,
				      struct rmq_error_detail *detail) RMQI_MUST_USE;
/* filter may be NULL. */
enum rmq_error rmqi_admin_users(struct rmq_admin *a, const char *cluster, const char *filter,
				const struct rmq_admin_options *options, struct rmq_users **out,
				struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_admin_find_user(struct rmq_admin *a, const char *cluster, const char *name,
				    const struct rmq_admin_options *options,
				    struct rmq_users **out,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_users_free(struct rmq_users *l);
enum rmq_user_type rmqi_user_type(const char *name);
enum rmq_user_status rmqi_user_status(const char *name);

/* access_policies.c */
enum rmq_error rmqi_admin_set_policy(struct rmq_admin *a, const char *cluster,
				     const struct rmqi_policy_wish *wish,
				     const struct rmq_admin_options *options,
				     struct rmq_error_detail *detail) RMQI_MUST_USE;
/* resource may be NULL. */
enum rmq_error rmqi_admin_delete_policy(struct rmq_admin *a, const char *cluster,
					const char *subject, const char *resource,
					const struct rmq_admin_options *options,
					struct rmq_error_detail *detail) RMQI_MUST_USE;
/* The filters may be NULL. */
enum rmq_error rmqi_admin_policies(struct rmq_admin *a, const char *cluster,
				   const char *subject_filter, const char *resource_filter,
				   const struct rmq_admin_options *options,
				   struct rmq_policies **out,
				   struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_admin_subject_policies(struct rmq_admin *a, const char *cluster,
					   const char *subject,
					   const struct rmq_admin_options *options,
					   struct rmq_policies **out,
					   struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_policies_free(struct rmq_policies *l);

/* access_accounts.c */
enum rmq_error rmqi_admin_set_account(struct rmq_admin *a, const char *cluster,
				      const struct rmq_account_settings *settings,
				      const struct rmq_admin_options *options,
				      struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_admin_delete_account(struct rmq_admin *a, const char *cluster,
					 const char *access_key,
					 const struct rmq_admin_options *options,
					 struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_admin_set_global_white_addresses(struct rmq_admin *a, const char *cluster,
						     const char *addresses,
						     const struct rmq_admin_options *options,
						     struct rmq_error_detail *detail)
	RMQI_MUST_USE;
enum rmq_error rmqi_admin_accounts(struct rmq_admin *a, const char *cluster,
				   const struct rmq_admin_options *options,
				   struct rmq_accounts **out,
				   struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_accounts_free(struct rmq_accounts *l);

#endif
