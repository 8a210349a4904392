/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.h - what a user may do (Acl, Policy, PolicyEntry, Resource, Environment of 5.3): up to two policies, each
 * a list of entries.
 *
 *     {"policies":[{"policyType":"Custom","entries":[
 *       {"resource":"Topic:order*","actions":["Pub","Sub"],"sourceIps":["10.0.0.0/8"],"decision":"Allow"}]}]}
 *
 * Thread: one owner at a time.
 */
#ifndef MB_ACL_POLICY_H
#define MB_ACL_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/str.h"
#include "codec/json.h"
#include "codec/message.h"
#include "mock-broker/acl/need.h"

enum {
	MB_POLICY_ENTRIES_MAX = 1024, /* of one policy */
	MB_POLICY_IPS_MAX = 64,       /* of one entry */
	MB_POLICY_NAME_MAX = 512,     /* bytes of a name of a resource or of an address */
	MB_ACTIONS_MAX = 16           /* of one entry, as they are told */
};

enum mb_pattern { MB_PATTERN_ANY, MB_PATTERN_LITERAL, MB_PATTERN_PREFIXED };
enum mb_decision { MB_DECISION_NONE, MB_DECISION_ALLOW, MB_DECISION_DENY };
enum mb_policy_type { MB_POLICY_CUSTOM, MB_POLICY_DEFAULT };

struct mb_resource {
	enum mb_resource_type type;
	enum mb_pattern pattern;
	char *name; /* owned; NULL for MB_PATTERN_ANY */
};

struct mb_policy_entry {
	struct mb_resource resource;
	unsigned actions;                /* bits of MB_ACTION_... */
	uint8_t told[MB_ACTIONS_MAX];    /* the same in their order: numbers of bits */
	size_t told_count;
	char **ips; /* owned */
	size_t ip_count;
	enum mb_decision decision;
};

struct mb_policy {
	enum mb_policy_type type;
	struct mb_policy_entry *entries; /* owned */
	size_t count;
};

/* In the order in which they came. */
struct mb_policies {
	struct mb_policy at[2];
	size_t count;
};

/* Harmless on a zeroed struct. */
void mb_policies_deinit(struct mb_policies *p);
/* "Topic:order*", "*". RMQ_ERR_NOT_FOUND: it is none (Resource.of gives null). */
enum rmq_error mb_resource_parse(struct rmqi_str text, struct mb_resource *out) RMQI_MUST_USE;
void mb_resource_deinit(struct mb_resource *r);
/* "Topic:order*"; cut if it must be. */
const char *mb_resource_text(const struct mb_resource *r, char *buf, size_t size);
/* The policies of an AclInfo.java, checked as AuthorizationMetadataManagerImpl does. RMQ_ERR_DENIED: *problem is
 * Java's sentence. */
enum rmq_error mb_policies_read(const struct rmqi_json *acl, struct mb_policies *out,
				const char **problem) RMQI_MUST_USE;
/* Acl.updatePolicy; `news` is moved, also when it fails. */
enum rmq_error mb_policies_update(struct mb_policies *p, struct mb_policies *news) RMQI_MUST_USE;
/* Acl.deletePolicy */
void mb_policies_delete(struct mb_policies *p, enum mb_policy_type type,
			const struct mb_resource *resource);
/* The member "policies"; entries whose resource does not hold `filter` are left out. Empty: all. */
void mb_policies_write(const struct mb_policies *p, struct rmqi_str filter, struct rmqi_jw *w);
/* Does the filter leave something? */
bool mb_policies_hold(const struct mb_policies *p, struct rmqi_str filter);
/* AclAuthorizationHandler: NULL when it may, else what goes behind "no permission ..., ". */
const char *mb_policies_problem(const struct mb_policies *p, const struct mb_need *need,
				const struct rmqi_host *peer);

#endif
