/* SPDX-License-Identifier: Apache-2.0 */
/*
 * accounts.h - what stands in plain_acl.yml (PlainAccessConfig, PlainAccessResource, Permission): accounts, what
 * each may do, and addresses that need no signature.
 *
 * A set is built, and is not changed afterwards; what was read anew takes the place of the old one. Secrets are
 * wiped when it is freed.
 *
 * Thread: one owner at a time.
 */
#ifndef MB_ACL_ACCOUNTS_H
#define MB_ACL_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/map.h"
#include "base/str.h"
#include "codec/signature.h"
#include "mock-broker/acl/need.h"
#include "mock-broker/acl/white.h"

enum {
	MB_ACCOUNTS_MAX = 4096,
	MB_ACCOUNT_PERMS_MAX = 4096, /* topics, and groups, that one account names */
	MB_ACCOUNT_KEY_LEAST = 7,    /* characters of a key and of a secret */
	MB_ACCOUNT_TEXT_MAX = 1024   /* bytes of any text */
};

/* Permission.java */
enum { MB_PERM_DENY = 1, MB_PERM_PUB = 4, MB_PERM_SUB = 8 };

/* Texts as in the file: "topicA=PUB|SUB". */
struct mb_perm_list {
	char **at; /* owned */
	size_t count;
	struct rmqi_map by_name; /* -> uintptr_t, bits of a permission */
};

struct mb_account {
	char *access_key;
	char *secret_key;
	char *white_address; /* NULL: the file does not say it, as below */
	char *default_topic_perm;
	char *default_group_perm;
	bool is_admin;
	struct mb_perm_list topics;
	struct mb_perm_list groups;
	/* Made of these by mb_account_complete. */
	struct rmqi_signer *signer;
	struct mb_white white;
};

struct mb_accounts {
	struct mb_account **at; /* owned */
	size_t count;
	char **white_texts; /* owned: globalWhiteRemoteAddresses */
	struct mb_white *whites;
	size_t white_count;
	int64_t counter; /* dataVersion */
	int64_t timestamp;
};

struct mb_accounts *mb_accounts_new(void);
/* NULL is fine. */
void mb_accounts_free(struct mb_accounts *a);

struct mb_account *mb_account_new(void);
void mb_account_free(struct mb_account *a);
/* Replaces an owned text; RMQ_ERR_CONFIG: too long. */
enum rmq_error mb_account_set_text(char **member, struct rmqi_str value) RMQI_MUST_USE;
/* "name=PUB|SUB". RMQ_ERR_CONFIG: it is not; a permission that nobody knows is DENY, as in Java. */
enum rmq_error mb_perm_list_add(struct mb_perm_list *l, struct rmqi_str text) RMQI_MUST_USE;
void mb_perm_list_clear(struct mb_perm_list *l);
/* Is the permission one that Java knows (Permission.checkResourcePerms)? */
bool mb_perm_is_known(struct rmqi_str perm);
/* Checks it, and makes what is made of it. RMQ_ERR_CONFIG: keys too short, or no address. */
enum rmq_error mb_account_complete(struct mb_account *a) RMQI_MUST_USE;
/* `a` is moved when it succeeds. RMQ_ERR_CONFIG: its key is there already, or there are too many. */
enum rmq_error mb_accounts_add(struct mb_accounts *all, struct mb_account *a) RMQI_MUST_USE;
/* RMQ_ERR_CONFIG: no address. */
enum rmq_error mb_accounts_add_white(struct mb_accounts *all, struct rmqi_str text) RMQI_MUST_USE;
void mb_accounts_clear_whites(struct mb_accounts *all);
/* NULL: unknown. */
struct mb_account *mb_accounts_find(const struct mb_accounts *all, struct rmqi_str access_key);
/* Forgets and frees it. */
void mb_accounts_remove(struct mb_accounts *all, struct mb_account *a);
bool mb_accounts_are_white(const struct mb_accounts *all, const struct rmqi_host *peer);
/* May it do that? (PlainPermissionManager.checkPerm, for one resource) */
bool mb_account_may(const struct mb_account *a, const struct mb_need *need);

#endif
