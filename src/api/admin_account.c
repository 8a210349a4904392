/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <rocketmq/admin_access.h>

#include "admin/access.h"
#include "api/entry_checks.h"
#include "base/mem.h"

static bool has_control(const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return true;
	return false;
}

/* As Java counts them, or fewer. */
static size_t count_characters(const char *text)
{
	size_t count = 0;

	for (const char *c = text; *c; c++)
		count += ((unsigned char)*c & 0xc0) != 0x80 ? 1 : 0;
	return count;
}

static bool is_key(const char *text)
{
	return strlen(text) <= RMQI_USER_TEXT_MAX &&
	       count_characters(text) >= RMQI_ACCOUNT_KEY_LEAST && !has_control(text);
}

/* The text itself is never told: it may be a secret. */
static bool has_key(struct rmqi_entry *e, const char *name, const char *text)
{
	return rmqi_entry_has(e, name, text) &&
	       (is_key(text) ||
		rmqi_entry_refuse(e, "%s: %s is none of %d to %d characters", e->function, name,
				  RMQI_ACCOUNT_KEY_LEAST, RMQI_USER_TEXT_MAX));
}

static bool has_value(struct rmqi_entry *e, const char *name, const char *text)
{
	return rmqi_entry_has(e, name, text) &&
	       ((strlen(text) <= RMQI_ACCOUNT_TEXT_MAX && !has_control(text)) ||
		rmqi_entry_refuse(e, "%s: %s is over %d bytes, or has control characters",
				  e->function, name, RMQI_ACCOUNT_TEXT_MAX));
}

/* --- Settings ---------------------------------------------------------------------------------------- */

static void forget(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	rmqi_free(text);
}

static void set_text(struct rmqi_entry *e, char **to, const char *value)
{
	char *copy = rmqi_strdup(value);

	if (!copy) {
		e->error = rmqi_detail_set(e->detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
		return;
	}
	forget(*to);
	*to = copy;
}

rmq_account_settings *rmq_account_settings_new(const char *access_key)
{
	struct rmq_account_settings *s =
		access_key && is_key(access_key) ? rmqi_calloc(1, sizeof(*s)) : NULL;

	if (!s)
		return NULL;
	s->access_key = rmqi_strdup(access_key);
	if (s->access_key)
		return s;
	rmqi_free(s);
	return NULL;
}

void rmq_account_settings_free(rmq_account_settings *s)
{
	if (!s)
		return;
	rmqi_free(s->access_key);
	forget(s->secret_key);
	rmqi_free(s->white_remote_address);
	rmqi_free(s->default_topic_permission);
	rmqi_free(s->default_group_permission);
	rmqi_free(s->topic_permissions);
	rmqi_free(s->group_permissions);
	rmqi_free(s);
}

enum rmq_error rmq_account_settings_set_secret_key(rmq_account_settings *s, const char *value,
					       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "s", s) && has_key(&entry, "value", value))
		set_text(&entry, &s->secret_key, value);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_account_settings_set_white_remote_address(rmq_account_settings *s, const char *value,
					       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "s", s) && has_value(&entry, "value", value))
		set_text(&entry, &s->white_remote_address, value);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_account_settings_set_default_topic_permission(rmq_account_settings *s, const char *value,
					       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "s", s) && has_value(&entry, "value", value))
		set_text(&entry, &s->default_topic_permission, value);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_account_settings_set_default_group_permission(rmq_account_settings *s, const char *value,
					       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "s", s) && has_value(&entry, "value", value))
		set_text(&entry, &s->default_group_permission, value);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_account_settings_set_topic_permissions(rmq_account_settings *s, const char *value,
					       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "s", s) && has_value(&entry, "value", value))
		set_text(&entry, &s->topic_permissions, value);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_account_settings_set_group_permissions(rmq_account_settings *s, const char *value,
					       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "s", s) && has_value(&entry, "value", value))
		set_text(&entry, &s->group_permissions, value);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_account_settings_set_admin(rmq_account_settings *s, bool is_admin,
					      rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "s", s))
		s->is_admin = is_admin;
	return rmqi_entry_end(&entry);
}

/* --- Calls ------------------------------------------------------------------------------------------- */

enum rmq_error rmq_admin_set_account(rmq_admin *a, const char *cluster,
				     const rmq_account_settings *settings,
				     const rmq_admin_options *options, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "settings", settings))
		entry.error = rmqi_admin_set_account(a, cluster, settings, options, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_admin_delete_account(rmq_admin *a, const char *cluster, const char *access_key,
					const rmq_admin_options *options,
					rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && has_key(&entry, "access_key", access_key))
		entry.error = rmqi_admin_delete_account(a, cluster, access_key, options,
							entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_admin_set_global_white_addresses(rmq_admin *a, const char *cluster,
						    const char *addresses,
						    const rmq_admin_options *options,
						    rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && has_value(&entry, "addresses", addresses))
		entry.error = rmqi_admin_set_global_white_addresses(a, cluster, addresses, options,
								    entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_admin_accounts(rmq_admin *a, const char *cluster,
				  const rmq_admin_options *options, rmq_accounts **out,
				  rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_accounts(a, cluster, options, out, entry.detail);
	return rmqi_entry_end(&entry);
}

size_t rmq_accounts_count(const rmq_accounts *l)
{
	return l ? l->count : 0;
}

const rmq_account *rmq_accounts_at(const rmq_accounts *l, size_t index)
{
	return index < rmq_accounts_count(l) ? &l->rows[index] : NULL;
}

void rmq_accounts_free(rmq_accounts *l)
{
	rmqi_accounts_free(l);
}

const char *rmq_account_broker(const rmq_account *c)
{
	return c ? c->broker.broker_name : "";
}

enum rmq_error rmq_account_error(const rmq_account *c)
{
	return c ? c->broker.error : RMQ_ERR_INVALID_ARGUMENT;
}

const rmq_error_detail *rmq_account_detail(const rmq_account *c)
{
	return c ? c->broker.detail : NULL;
}

const char *rmq_account_access_key(const rmq_account *c)
{
	return c && c->info.access_key ? c->info.access_key : "";
}

const char *rmq_account_white_remote_address(const rmq_account *c)
{
	return c && c->info.white_remote_address ? c->info.white_remote_address : "";
}

const char *rmq_account_default_topic_permission(const rmq_account *c)
{
	return c && c->info.default_topic_permission ? c->info.default_topic_permission : "";
}

const char *rmq_account_default_group_permission(const rmq_account *c)
{
	return c && c->info.default_group_permission ? c->info.default_group_permission : "";
}

const char *rmq_account_topic_permissions(const rmq_account *c)
{
	return c && c->info.topic_permissions ? c->info.topic_permissions : "";
}

const char *rmq_account_group_permissions(const rmq_account *c)
{
	return c && c->info.group_permissions ? c->info.group_permissions : "";
}

const char *rmq_account_global_white_addresses(const rmq_account *c)
{
	return c && c->info.global_white_addresses ? c->info.global_white_addresses : "";
}

bool rmq_account_is_admin(const rmq_account *c)
{
	return c && c->info.is_admin;
}
