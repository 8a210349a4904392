/* SPDX-License-Identifier: Apache-2.0 */
#include "client/config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "base/setting.h"
#include "base/str.h"
#include "codec/utf8.h"

struct row {
	struct rmqi_setting_type type;
	struct rmq_config_key key;
};

#define KIND_STR RMQI_SETTING_STRING
#define KIND_INT RMQI_SETTING_INTEGER
#define KIND_BOOL RMQI_SETTING_BOOLEAN
#define KIND_SECRET RMQI_SETTING_SECRET
#define RANGE_STR(low, high) ""
#define RANGE_INT(low, high) #low ".." #high
#define RANGE_BOOL(low, high) "true|false"
#define RANGE_SECRET(low, high) ""
#define TYPE_STR "string"
#define TYPE_INT "integer"
#define TYPE_BOOL "boolean"
#define TYPE_SECRET "secret"

static const struct row rows[] = {
#define K(kind, name, low, high, otherwise, unit, scope, help) \
	{{KIND_##kind, low, high, NULL},                       \
	 {#name, TYPE_##kind, RANGE_##kind(low, high), otherwise, unit, scope, help}},
#define E(name, choices, otherwise, scope, help) \
	{{RMQI_SETTING_ENUM, 0, 0, choices}, {#name, "enum", choices, otherwise, "", scope, help}},
#include "client/config.def"
#undef K
#undef E
};

_Static_assert(sizeof(rows) / sizeof(rows[0]) == RMQI_CFG_COUNT, "one row a key");

static int find(const char *key)
{
	for (int i = 0; i < RMQI_CFG_COUNT; i++)
		if (strcmp(rows[i].key.name, key) == 0)
			return i;
	return -1;
}

struct rmq_config *rmqi_config_new(void)
{
	struct rmq_config *c = rmqi_calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	for (int i = 0; i < RMQI_CFG_COUNT; i++)
		if (rows[i].key.default_value[0])
			(void)rmqi_setting_parse(&rows[i].type, rmqi_str(rows[i].key.default_value),
						 &c->number[i]);
	c->env = rmqi_env_real();
	return c;
}

struct rmq_config *rmqi_config_dup(const struct rmq_config *from)
{
	struct rmq_config *c = rmqi_config_new();

	if (!c)
		return NULL;
	memcpy(c->number, from->number, sizeof(c->number));
	c->log = from->log;
	c->credentials_fn = from->credentials_fn;
	c->credentials_arg = from->credentials_arg;
	c->event_fn = from->event_fn;
	c->event_arg = from->event_arg;
	memcpy(c->send_hooks, from->send_hooks, sizeof(c->send_hooks));
	c->send_hook_count = from->send_hook_count;
	memcpy(c->consume_hooks, from->consume_hooks, sizeof(c->consume_hooks));
	c->consume_hook_count = from->consume_hook_count;
	rmqi_config_set_env(c, from->env);
	c->mock = rmqi_mock_home_ref(from->mock);
	for (int i = 0; i < RMQI_CFG_COUNT; i++) {
		if (!from->text[i])
			continue;
		c->text[i] = rmqi_strdup(from->text[i]);
		if (!c->text[i]) {
			rmqi_config_free(c);
			return NULL;
		}
	}
	return c;
}

void rmqi_config_free(struct rmq_config *c)
{
	if (!c)
		return;
	for (int i = 0; i < RMQI_CFG_COUNT; i++) {
		/* Secrets do not stay behind in freed memory. */
		if (c->text[i] && rows[i].type.kind == RMQI_SETTING_SECRET)
			explicit_bzero(c->text[i], strlen(c->text[i]));
		rmqi_free(c->text[i]);
	}
	rmqi_mock_home_unref(c->mock);
	rmqi_env_unref(c->env);
	rmqi_free(c);
}

void rmqi_config_set_env(struct rmq_config *c, const struct rmqi_env *env)
{
	rmqi_env_ref(env);
	rmqi_env_unref(c->env);
	c->env = env;
}

static enum rmq_error unknown_key(const char *key, struct rmq_error_detail *detail)
{
	const char *names[RMQI_CFG_COUNT];

	for (int i = 0; i < RMQI_CFG_COUNT; i++)
		names[i] = rows[i].key.name;
	return rmqi_setting_unknown("configuration key", key, names, RMQI_CFG_COUNT, detail);
}

/* Peers read it as text (paths of files may be any bytes). */
static bool is_sent(int at)
{
	return at == RMQI_CFG_clientIP || at == RMQI_CFG_instanceName || at == RMQI_CFG_unitName ||
	       at == RMQI_CFG_createTopicKey || at == RMQI_CFG_accessKey ||
	       at == RMQI_CFG_securityToken;
}

/* Another cluster from now on, whatever clients there are. */
static bool renew_mock(struct rmq_config *c)
{
	struct rmqi_mock_home *home = rmqi_mock_home_new();

	if (!home)
		return false;
	rmqi_mock_home_unref(c->mock);
	c->mock = home;
	return true;
}

enum rmq_error rmqi_config_set(struct rmq_config *c, const char *key, const char *value,
			       struct rmq_error_detail *detail)
{
	int at = find(key);
	struct rmqi_str text = rmqi_str(value);
	const struct rmqi_setting_type *type;
	int64_t number;
	char *copy = NULL;

	if (at < 0)
		return unknown_key(key, detail);
	type = &rows[at].type;
	if (type->kind != RMQI_SETTING_STRING && type->kind != RMQI_SETTING_SECRET)
		text = rmqi_str_trim(text);
	if (!rmqi_setting_parse(type, text, &number))
		return rmqi_setting_refuse(type, key, text, detail);
	if (is_sent(at) && rmqi_utf8_good(text) != text.len)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "%s: not UTF-8 from place %zu on", key,
				       rmqi_utf8_good(text));
	if (at == RMQI_CFG_mockBrokers && number > 0 && !renew_mock(c))
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	/* An empty string is none: the default again. */
	if (text.len > 0)
		copy = rmqi_str_dup(text);
	if (text.len > 0 && !copy)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	if (c->text[at] && type->kind == RMQI_SETTING_SECRET)
		explicit_bzero(c->text[at], strlen(c->text[at]));
	rmqi_free(c->text[at]);
	c->text[at] = copy;
	c->number[at] = number;
	return RMQ_OK;
}

const char *rmqi_config_get(const struct rmq_config *c, const char *key)
{
	int at = find(key);
	const char *text;

	if (at < 0)
		return NULL;
	text = rmqi_config_str(c, (enum rmqi_config_id)at);
	if (!text)
		return "";
	return rows[at].type.kind == RMQI_SETTING_SECRET ? "***" : text;
}

const struct rmq_config_key *rmqi_config_key_at(size_t index)
{
	return index < RMQI_CFG_COUNT ? &rows[index].key : NULL;
}

const char *rmqi_config_str(const struct rmq_config *c, enum rmqi_config_id id)
{
	const char *text = c->text[id] ? c->text[id] : rows[id].key.default_value;

	return text[0] ? text : NULL;
}

int64_t rmqi_config_i64(const struct rmq_config *c, enum rmqi_config_id id)
{
	return c->number[id];
}

bool rmqi_config_bool(const struct rmq_config *c, enum rmqi_config_id id)
{
	return c->number[id] != 0;
}
