/* SPDX-License-Identifier: Apache-2.0 */
#include "client/config.h"

#include <rocketmq/config.h>

#include "base/entry.h"
#include "client/credentials.h"

rmq_config *rmq_config_new(void)
{
	return rmqi_config_new();
}

void rmq_config_free(rmq_config *c)
{
	rmqi_config_free(c);
}

enum rmq_error rmq_config_set(rmq_config *c, const char *key, const char *value,
			      rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "c", c) && rmqi_entry_has(&entry, "key", key) &&
	    rmqi_entry_has(&entry, "value", value))
		entry.error = rmqi_config_set(c, key, value, entry.detail);
	return rmqi_entry_end(&entry);
}

const char *rmq_config_get(const rmq_config *c, const char *key)
{
	return c && key ? rmqi_config_get(c, key) : NULL;
}

size_t rmq_config_key_count(void)
{
	return RMQI_CFG_COUNT;
}

const rmq_config_key *rmq_config_key_at(size_t index)
{
	return rmqi_config_key_at(index);
}

const char *rmq_config_key_name(const rmq_config_key *k)
{
	return k ? k->name : "";
}

const char *rmq_config_key_type(const rmq_config_key *k)
{
	return k ? k->type : "";
}

const char *rmq_config_key_range(const rmq_config_key *k)
{
	return k ? k->range : "";
}

const char *rmq_config_key_default_value(const rmq_config_key *k)
{
	return k ? k->default_value : "";
}

const char *rmq_config_key_unit(const rmq_config_key *k)
{
	return k ? k->unit : "";
}

const char *rmq_config_key_scope(const rmq_config_key *k)
{
	return k ? k->scope : "";
}

const char *rmq_config_key_help(const rmq_config_key *k)
{
	return k ? k->help : "";
}

void rmq_config_set_log(rmq_config *c, rmq_log_fn fn, enum rmq_log_level level, void *arg)
{
	if (c)
		c->log = (struct rmqi_log){.fn = fn, .arg = arg, .level = level};
}

void rmq_config_set_event_fn(rmq_config *c, rmq_event_fn fn, void *arg)
{
	if (!c)
		return;
	c->event_fn = fn;
	c->event_arg = arg;
}

void rmq_config_set_credentials_fn(rmq_config *c, rmq_credentials_fn fn, void *arg)
{
	if (!c)
		return;
	c->credentials_fn = fn;
	c->credentials_arg = arg;
}

enum rmq_error rmq_credentials_set(rmq_credentials *credentials, const char *access_key,
				   const char *secret_key, const char *security_token,
				   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "credentials", credentials) &&
	    rmqi_entry_has(&entry, "access_key", access_key) &&
	    rmqi_entry_has(&entry, "secret_key", secret_key))
		entry.error = rmqi_credentials_give(credentials, access_key, secret_key,
						    security_token, entry.detail);
	return rmqi_entry_end(&entry);
}

void rmq_config_set_environment(rmq_config *c, const rmq_environment *environment)
{
	if (c)
		rmqi_config_set_env(c, environment ? &environment->env : rmqi_env_real());
}
