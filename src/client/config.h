/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.h - the values behind rmq_config, from the one table config.def.
 *
 * A row is K(kind, name, low, high, default, unit, scope, help) or
 * E(name, choices, default, scope, help). The table gives the keys' enum below, parsing, defaults,
 * doc/CONFIGURATION.md and the error for an unknown key.
 *
 * Thread: one owner at a time; a client's own copy is immutable.
 */
#ifndef RMQI_CLIENT_CONFIG_H
#define RMQI_CLIENT_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/config.h>

#include "base/executor.h"
#include "base/log.h"
#include "base/macros.h"
#include "client/mock_home.h"

enum rmqi_config_id {
#define K(kind, name, low, high, otherwise, unit, scope, help) RMQI_CFG_##name,
#define E(name, choices, otherwise, scope, help) RMQI_CFG_##name,
#include "client/config.def"
#undef K
#undef E
	RMQI_CFG_COUNT
};

/* The part of a row that callers see. */
struct rmq_config_key {
	const char *name;
	const char *type;
	const char *range;
	const char *default_value;
	const char *unit;
	const char *scope;
	const char *help;
};

/* rocketmq/hooks.h; the types of its functions are known to src/send. */
struct rmq_send_context;
struct rmqi_send_hook {
	enum rmq_error (*before)(struct rmq_send_context *c,
				 void *arg); /* NULL: none, as the next one */
	void (*after)(const struct rmq_send_context *c, void *arg);
	void *arg;
};
enum { RMQI_SEND_HOOKS_MAX = 8 };

/* rocketmq/consume_hooks.h; the types of its functions are known to src/consumer. */
struct rmq_consume_call;
struct rmqi_consume_hook {
	void (*before)(struct rmq_consume_call *c, void *arg); /* NULL: none, as the next one */
	void (*after)(const struct rmq_consume_call *c, void *arg);
	void *arg;
};
enum { RMQI_CONSUME_HOOKS_MAX = 8 };

struct rmq_config {
	char *text[RMQI_CFG_COUNT];     /* owned; NULL: the default */
	int64_t number[RMQI_CFG_COUNT]; /* integers, booleans 0/1, enums their index */
	struct rmqi_log log;
	rmq_event_fn event_fn; /* NULL: nobody */
	void *event_arg;
	rmq_credentials_fn credentials_fn; /* NULL: the keys */
	void *credentials_arg;
	struct rmqi_send_hook send_hooks[RMQI_SEND_HOOKS_MAX];
	size_t send_hook_count;
	struct rmqi_consume_hook consume_hooks[RMQI_CONSUME_HOOKS_MAX];
	size_t consume_hook_count;
	const struct rmqi_env *env; /* counted; never NULL */
	struct rmqi_mock_home *mock; /* counted; NULL: mockBrokers was not set */
};

struct rmq_config *rmqi_config_new(void);
struct rmq_config *rmqi_config_dup(const struct rmq_config *c);
void rmqi_config_free(struct rmq_config *c);
void rmqi_config_set_env(struct rmq_config *c, const struct rmqi_env *env);
enum rmq_error rmqi_config_set(struct rmq_config *c, const char *key, const char *value,
			       struct rmq_error_detail *detail) RMQI_MUST_USE;
const char *rmqi_config_get(const struct rmq_config *c, const char *key);
const struct rmq_config_key *rmqi_config_key_at(size_t index);

/* NULL when a string has neither value nor default. */
const char *rmqi_config_str(const struct rmq_config *c, enum rmqi_config_id id);
int64_t rmqi_config_i64(const struct rmq_config *c, enum rmqi_config_id id);
bool rmqi_config_bool(const struct rmq_config *c, enum rmqi_config_id id);

#endif
