/* SPDX-License-Identifier: Apache-2.0 */
#include "client/config.h"

#include <rocketmq/config.h>

#include "base/detail_out.h"

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
	struct rmq_error_detail *d;

	if (!c)
		return rmqi_detail_null(detail, __func__, "c");
	if (!key)
		return rmqi_detail_null(detail, __func__, "key");
	if (!value)
		return rmqi_detail_null(detail, __func__, "value");
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(detail, d, rmqi_config_set(c, key, value, d));
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

void rmq_config_set_environment(rmq_config *c, const rmq_environment *environment)
{
	if (c)
		c->env = environment ? &environment->env : rmqi_env_real();
}
