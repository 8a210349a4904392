/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_access.h - who may do what at brokers: users and policies (brokers of 5.3.0 and later, ACL 2.0), accounts of
 * plain_acl.yml (4.4.0 to 5.3.0; DefaultMQAdminExt.java).
 *
 * Each broker keeps its own. Orders go to every master of the cluster (NULL: of all clusters) at once; the call fails
 * with the first error, and the other masters have it. Questions ask all masters, as one may know what another does
 * not: a row is what one broker says, and one that gives no answer, or refuses, is told in its row. Only when none
 * answered does the call fail, with the first row's error.
 *
 * RMQ_ERR_UNSUPPORTED: a broker's release has no such access control. RMQ_ERR_DENIED: this account may not do it.
 * RMQ_ERR_BROKER: it refused, with why in the remark: a user that is there already, a subject that is not, an action
 * that it does not know (NO_PERMISSION), or access control that is switched off (SYSTEM_ERROR). RMQ_ERR_NOT_FOUND: the
 * name server knows no such cluster.
 *
 * Passwords and secret keys are written only: no answer, no text of an error and no line of the log has one. On the wire they are as
 * safe as the connection (useTLS). Threads as in admin.h.
 */
#ifndef ROCKETMQ_ADMIN_ACCESS_H
#define ROCKETMQ_ADMIN_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include <rocketmq/admin.h>
#include <rocketmq/common.h>
#include <rocketmq/error.h>

RMQ_BEGIN_DECLS

/* --- Users (User.java) ----------------------------------------------------------------------------------- */

enum rmq_user_type {
	RMQ_USER_TYPE_UNTOLD, /* to alter: as it is; of a new one: normal */
	RMQ_USER_TYPE_NORMAL,
	RMQ_USER_TYPE_SUPER /* may do all; made and altered by such a one only */
};

enum rmq_user_status {
	RMQ_USER_STATUS_UNTOLD, /* to alter: as it is */
	RMQ_USER_STATUS_ENABLED,
	RMQ_USER_STATUS_DISABLED
};

/* name and password: 1..256 bytes without control characters. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_create_user(rmq_admin *a, const char *cluster, const char *name, const char *password,
		      enum rmq_user_type type, const rmq_admin_options *options,
		      rmq_error_detail **detail);
/* password NULL: as it is. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_alter_user(rmq_admin *a, const char *cluster, const char *name, const char *password,
		     enum rmq_user_type type, enum rmq_user_status status,
		     const rmq_admin_options *options, rmq_error_detail **detail);
/* Fine when there is none. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_delete_user(rmq_admin *a, const char *cluster,
							  const char *name,
							  const rmq_admin_options *options,
							  rmq_error_detail **detail);

/* Owned: by broker, as each tells them. Immutable. */
typedef struct rmq_users rmq_users;
/* One of them at one broker. Borrowed, as long as the list. */
typedef struct rmq_user rmq_user;

/* filter: a part of the name; NULL: all. No rows: there are none. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_users(rmq_admin *a, const char *cluster,
						    const char *filter,
						    const rmq_admin_options *options,
						    rmq_users **out, rmq_error_detail **detail);
/* The one of that name, a row for each broker that has it. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_find_user(rmq_admin *a, const char *cluster,
							const char *name,
							const rmq_admin_options *options,
							rmq_users **out, rmq_error_detail **detail);
RMQ_API size_t rmq_users_count(const rmq_users *l); /* 0 of NULL */
/* NULL past the end. */
RMQ_API const rmq_user *rmq_users_at(const rmq_users *l, size_t index);
RMQ_API void rmq_users_free(rmq_users *l);
RMQ_API const char *rmq_user_broker(const rmq_user *u); /* its name; "" of NULL */
/* RMQ_OK, or why nothing is known of that broker. RMQ_ERR_INVALID_ARGUMENT of NULL. */
RMQ_API enum rmq_error rmq_user_error(const rmq_user *u);
/* The sentence to it. NULL: it answered, or memory was out. */
RMQ_API const rmq_error_detail *rmq_user_detail(const rmq_user *u);
RMQ_API const char *rmq_user_name(const rmq_user *u); /* "" of NULL, and of a row with an error */
/* UNTOLD: the broker said something else, or nothing. */
RMQ_API enum rmq_user_type rmq_user_type_of(const rmq_user *u);
RMQ_API enum rmq_user_status rmq_user_status_of(const rmq_user *u);

/* --- Policies (Acl.java, Policy.java): one entry of one subject -------------------------------------------- */

/*
 *   subject     "User:name"
 *   resource    "Topic:T", "Group:G", "Topic:orders*" (a prefix), "Topic:*", "Cluster:C", "*"
 *   actions     "Pub,Sub", "Create,Update,Delete,Get,List", "All"
 *   source_ips  "10.0.0.1,192.168.0.0/16"; NULL: any
 *   is_allowed  or denied
 *
 * Of the same resource the new entry takes the place of the old one. Texts are 1..4096 bytes; what they mean the
 * broker judges.
 */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_set_policy(rmq_admin *a, const char *cluster, const char *subject, const char *resource,
		     const char *actions, const char *source_ips, bool is_allowed,
		     const rmq_admin_options *options, rmq_error_detail **detail);
/* resource NULL: all of the subject. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_delete_policy(rmq_admin *a, const char *cluster, const char *subject,
			const char *resource, const rmq_admin_options *options,
			rmq_error_detail **detail);

/* Owned: by broker, as each tells them. Immutable. */
typedef struct rmq_policies rmq_policies;
/* One entry at one broker. Borrowed, as long as the list. */
typedef struct rmq_policy rmq_policy;

/* Filters: a part of subject and resource; NULL: all. No rows: there are none. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_policies(rmq_admin *a, const char *cluster, const char *subject_filter,
		   const char *resource_filter, const rmq_admin_options *options,
		   rmq_policies **out, rmq_error_detail **detail);
/* Those of one subject. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_subject_policies(rmq_admin *a, const char *cluster,
							       const char *subject,
							       const rmq_admin_options *options,
							       rmq_policies **out,
							       rmq_error_detail **detail);
RMQ_API size_t rmq_policies_count(const rmq_policies *l); /* 0 of NULL */
/* NULL past the end. */
RMQ_API const rmq_policy *rmq_policies_at(const rmq_policies *l, size_t index);
RMQ_API void rmq_policies_free(rmq_policies *l);
RMQ_API const char *rmq_policy_broker(const rmq_policy *p); /* its name; "" of NULL */
/* As those of a user. */
RMQ_API enum rmq_error rmq_policy_error(const rmq_policy *p);
RMQ_API const rmq_error_detail *rmq_policy_detail(const rmq_policy *p);
/* "" of NULL, and of a row with an error; lists with "," between. */
RMQ_API const char *rmq_policy_subject(const rmq_policy *p);
RMQ_API const char *rmq_policy_type(const rmq_policy *p); /* "Custom" or "Default" */
RMQ_API const char *rmq_policy_resource(const rmq_policy *p);
RMQ_API const char *rmq_policy_actions(const rmq_policy *p);
RMQ_API const char *rmq_policy_source_ips(const rmq_policy *p);
RMQ_API const char *rmq_policy_decision(const rmq_policy *p); /* "Allow" or "Deny" */

/* --- Accounts of plain_acl.yml (PlainAccessConfig.java) ---------------------------------------------------- */

/* Owned by its maker, one thread at a time. */
typedef struct rmq_account_settings rmq_account_settings;

/* access_key: 7..256 characters without control characters, as brokers want it. NULL: it is something else, or memory
 * is out. */
RMQ_API rmq_account_settings *rmq_account_settings_new(const char *access_key);
/* What is not set stays as it is at the broker; only that it is no administrator is told each time
 * (PlainPermissionManager.createAclAccessConfigMap). The secret key is as the access key; the other values are 0..65536
 * bytes without control characters. RMQ_ERR_INVALID_ARGUMENT, RMQ_ERR_NO_MEMORY: nothing has changed. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_account_settings_set_secret_key(rmq_account_settings *s, const char *value,
				    rmq_error_detail **detail);
/* From there it needs no secret: "192.168.0.*", "10.10.103.1-24", ... */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_account_settings_set_white_remote_address(rmq_account_settings *s, const char *value,
					      rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_account_settings_set_admin(rmq_account_settings *s,
								   bool is_admin,
								   rmq_error_detail **detail);
/* "DENY", "PUB", "SUB" or "PUB|SUB", for what is not in the lists. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_account_settings_set_default_topic_permission(rmq_account_settings *s, const char *value,
						  rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_account_settings_set_default_group_permission(rmq_account_settings *s, const char *value,
						  rmq_error_detail **detail);
/* "T=PUB,U=PUB|SUB": all of them, in the place of those before. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_account_settings_set_topic_permissions(rmq_account_settings *s, const char *value,
					   rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_account_settings_set_group_permissions(rmq_account_settings *s, const char *value,
					   rmq_error_detail **detail);
RMQ_API void rmq_account_settings_free(rmq_account_settings *s);

/* Makes the account, or alters it. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_set_account(rmq_admin *a, const char *cluster,
							  const rmq_account_settings *settings,
							  const rmq_admin_options *options,
							  rmq_error_detail **detail);
/* RMQ_ERR_BROKER: also when there is none. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_delete_account(rmq_admin *a, const char *cluster,
							     const char *access_key,
							     const rmq_admin_options *options,
							     rmq_error_detail **detail);
/* From these addresses nobody needs an account, and from no others: "10.10.103.*,192.168.0.*"; brokers of 4.9 and
 * later. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_set_global_white_addresses(rmq_admin *a, const char *cluster, const char *addresses,
				     const rmq_admin_options *options, rmq_error_detail **detail);

/* Owned: by broker, as each tells them. Immutable. */
typedef struct rmq_accounts rmq_accounts;
/* One of them at one broker. Borrowed, as long as the list. */
typedef struct rmq_account rmq_account;

/* RMQ_ERR_UNSUPPORTED: also the last releases of 4.9, which tell nobody what is in the file. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_accounts(rmq_admin *a, const char *cluster,
						       const rmq_admin_options *options,
						       rmq_accounts **out,
						       rmq_error_detail **detail);
RMQ_API size_t rmq_accounts_count(const rmq_accounts *l); /* 0 of NULL */
/* NULL past the end. */
RMQ_API const rmq_account *rmq_accounts_at(const rmq_accounts *l, size_t index);
RMQ_API void rmq_accounts_free(rmq_accounts *l);
RMQ_API const char *rmq_account_broker(const rmq_account *c); /* its name; "" of NULL */
/* As those of a user. */
RMQ_API enum rmq_error rmq_account_error(const rmq_account *c);
RMQ_API const rmq_error_detail *rmq_account_detail(const rmq_account *c);
/* "" of NULL, of a row with an error, and of what is not in the file; lists with "," between. */
RMQ_API const char *rmq_account_access_key(const rmq_account *c);
RMQ_API const char *rmq_account_white_remote_address(const rmq_account *c);
RMQ_API const char *rmq_account_default_topic_permission(const rmq_account *c);
RMQ_API const char *rmq_account_default_group_permission(const rmq_account *c);
RMQ_API const char *rmq_account_topic_permissions(const rmq_account *c);
RMQ_API const char *rmq_account_group_permissions(const rmq_account *c);
/* Those of all accounts of that broker. */
RMQ_API const char *rmq_account_global_white_addresses(const rmq_account *c);
RMQ_API bool rmq_account_is_admin(const rmq_account *c);

RMQ_END_DECLS

#endif
