/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <rocketmq/admin_access.h>

#include "admin/access.h"
#include "api/entry_checks.h"

/* The text itself is never told: it may be a secret. */
static bool is_text(struct rmqi_entry *e, const char *name, const char *text, size_t most)
{
	if (!rmqi_entry_has_text(e, name, text))
		return false;
	if (strlen(text) > most)
		return rmqi_entry_refuse(e, "%s: %s has %zu bytes, the most are %zu", e->function,
					 name, strlen(text), most);
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return rmqi_entry_refuse(e, "%s: %s has control characters", e->function,
						 name);
	return true;
}

static bool is_user_text(struct rmqi_entry *e, const char *name, const char *text)
{
	return is_text(e, name, text, RMQI_USER_TEXT_MAX);
}

static bool is_policy_text(struct rmqi_entry *e, const char *name, const char *text)
{
	return is_text(e, name, text, RMQI_POLICY_TEXT_MAX);
}

static bool is_policy_text_or_none(struct rmqi_entry *e, const char *name, const char *text)
{
	return !text || is_policy_text(e, name, text);
}

static bool is_type(struct rmqi_entry *e, enum rmq_user_type type)
{
	return (unsigned)type <= RMQ_USER_TYPE_SUPER ||
	       rmqi_entry_refuse(e, "%s: type %d is none of enum rmq_user_type", e->function,
				 (int)type);
}

static bool is_status(struct rmqi_entry *e, enum rmq_user_status status)
{
	return (unsigned)status <= RMQ_USER_STATUS_DISABLED ||
	       rmqi_entry_refuse(e, "%s: status %d is none of enum rmq_user_status", e->function,
				 (int)status);
}

/* --- Users ------------------------------------------------------------------------------------------- */

enum rmq_error rmq_admin_create_user(rmq_admin *a, const char *cluster, const char *name,
				     const char *password, enum rmq_user_type type,
				     const rmq_admin_options *options, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);
	struct rmqi_user_wish wish = {.name = name, .password = password, .type = type};

	if (rmqi_entry_has_admin(&entry, a) && is_user_text(&entry, "name", name) &&
	    is_user_text(&entry, "password", password) && is_type(&entry, type))
		entry.error = rmqi_admin_put_user(a, cluster, true, &wish, options, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_admin_alter_user(rmq_admin *a, const char *cluster, const char *name,
				    const char *password, enum rmq_user_type type,
				    enum rmq_user_status status, const rmq_admin_options *options,
				    rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);
	struct rmqi_user_wish wish = {name, password, type, status};

	if (rmqi_entry_has_admin(&entry, a) && is_user_text(&entry, "name", name) &&
	    (!password || is_user_text(&entry, "password", password)) && is_type(&entry, type) &&
	    is_status(&entry, status))
		entry.error = rmqi_admin_put_user(a, cluster, false, &wish, options, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_admin_delete_user(rmq_admin *a, const char *cluster, const char *name,
				     const rmq_admin_options *options, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && is_user_text(&entry, "name", name))
		entry.error = rmqi_admin_delete_user(a, cluster, name, options, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_admin_users(rmq_admin *a, const char *cluster, const char *filter,
			       const rmq_admin_options *options, rmq_users **out,
			       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) &&
	    (!filter || is_user_text(&entry, "filter", filter)) &&
	    rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_users(a, cluster, filter, options, out, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_admin_find_user(rmq_admin *a, const char *cluster, const char *name,
				   const rmq_admin_options *options, rmq_users **out,
				   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && is_user_text(&entry, "name", name) &&
	    rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_find_user(a, cluster, name, options, out, entry.detail);
	return rmqi_entry_end(&entry);
}

size_t rmq_users_count(const rmq_users *l)
{
	return l ? l->count : 0;
}

const rmq_user *rmq_users_at(const rmq_users *l, size_t index)
{
	return index < rmq_users_count(l) ? &l->rows[index] : NULL;
}

void rmq_users_free(rmq_users *l)
{
	rmqi_users_free(l);
}

const char *rmq_user_broker(const rmq_user *u)
{
	return u ? u->broker.broker_name : "";
}

enum rmq_error rmq_user_error(const rmq_user *u)
{
	return u ? u->broker.error : RMQ_ERR_INVALID_ARGUMENT;
}

const rmq_error_detail *rmq_user_detail(const rmq_user *u)
{
	return u ? u->broker.detail : NULL;
}

const char *rmq_user_name(const rmq_user *u)
{
	return u && u->info.name ? u->info.name : "";
}

enum rmq_user_type rmq_user_type_of(const rmq_user *u)
{
	return rmqi_user_type(u ? u->info.type : NULL);
}

enum rmq_user_status rmq_user_status_of(const rmq_user *u)
{
	return rmqi_user_status(u ? u->info.status : NULL);
}

/* --- Policies ---------------------------------------------------------------------------------------- */

enum rmq_error rmq_admin_set_policy(rmq_admin *a, const char *cluster, const char *subject,
				    const char *resource, const char *actions,
				    const char *source_ips, bool is_allowed,
				    const rmq_admin_options *options, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);
	struct rmqi_policy_wish wish = {subject, resource, actions, source_ips, is_allowed};

	if (rmqi_entry_has_admin(&entry, a) && is_policy_text(&entry, "subject", subject) &&
	    is_policy_text(&entry, "resource", resource) &&
	    is_policy_text(&entry, "actions", actions) &&
	    is_policy_text_or_none(&entry, "source_ips", source_ips))
		entry.error = rmqi_admin_set_policy(a, cluster, &wish, options, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_admin_delete_policy(rmq_admin *a, const char *cluster, const char *subject,
				       const char *resource, const rmq_admin_options *options,
				       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && is_policy_text(&entry, "subject", subject) &&
	    is_policy_text_or_none(&entry, "resource", resource))
		entry.error = rmqi_admin_delete_policy(a, cluster, subject, resource, options,
						       entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_admin_policies(rmq_admin *a, const char *cluster, const char *subject_filter,
				  const char *resource_filter, const rmq_admin_options *options,
				  rmq_policies **out, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) &&
	    is_policy_text_or_none(&entry, "subject_filter", subject_filter) &&
	    is_policy_text_or_none(&entry, "resource_filter", resource_filter) &&
	    rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_policies(a, cluster, subject_filter, resource_filter,
						  options, out, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_admin_subject_policies(rmq_admin *a, const char *cluster, const char *subject,
					  const rmq_admin_options *options, rmq_policies **out,
					  rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && is_policy_text(&entry, "subject", subject) &&
	    rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_subject_policies(a, cluster, subject, options, out,
							  entry.detail);
	return rmqi_entry_end(&entry);
}

size_t rmq_policies_count(const rmq_policies *l)
{
	return l ? l->count : 0;
}

const rmq_policy *rmq_policies_at(const rmq_policies *l, size_t index)
{
	return index < rmq_policies_count(l) ? &l->rows[index] : NULL;
}

void rmq_policies_free(rmq_policies *l)
{
	rmqi_policies_free(l);
}

const char *rmq_policy_broker(const rmq_policy *p)
{
	return p ? p->broker.broker_name : "";
}

enum rmq_error rmq_policy_error(const rmq_policy *p)
{
	return p ? p->broker.error : RMQ_ERR_INVALID_ARGUMENT;
}

const rmq_error_detail *rmq_policy_detail(const rmq_policy *p)
{
	return p ? p->broker.detail : NULL;
}

const char *rmq_policy_subject(const rmq_policy *p)
{
	return p && p->info.subject ? p->info.subject : "";
}

const char *rmq_policy_type(const rmq_policy *p)
{
	return p && p->info.type ? p->info.type : "";
}

const char *rmq_policy_resource(const rmq_policy *p)
{
	return p && p->info.resource ? p->info.resource : "";
}

const char *rmq_policy_actions(const rmq_policy *p)
{
	return p && p->info.actions ? p->info.actions : "";
}

const char *rmq_policy_source_ips(const rmq_policy *p)
{
	return p && p->info.source_ips ? p->info.source_ips : "";
}

const char *rmq_policy_decision(const rmq_policy *p)
{
	return p && p->info.decision ? p->info.decision : "";
}
