/* SPDX-License-Identifier: Apache-2.0 */
/* admin_group_config.c - of admin_group.h how groups are set, made and deleted. */
#include <string.h>

#include <rocketmq/admin_group.h>

#include "admin/groups.h"
#include "api/entry_checks.h"
#include "base/mem.h"
#include "codec/json.h"

enum { QUEUES_MAX = 1024 };

/* --- Reading -------------------------------------------------------------------------------------- */

enum rmq_error rmq_admin_group_config(rmq_admin *a, const char *cluster, const char *group,
				      const rmq_admin_options *options, rmq_group_configs **out,
				      rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "group", group) &&
	    rmqi_entry_has(&entry, "out", out))
		entry.error =
			rmqi_admin_group_config(a, cluster, group, options, out, entry.detail);
	return rmqi_entry_end(&entry);
}

void rmq_group_configs_free(rmq_group_configs *c)
{
	rmqi_group_configs_free(c);
}

size_t rmq_group_configs_count(const rmq_group_configs *c)
{
	return c ? c->count : 0;
}

const rmq_group_config *rmq_group_configs_at(const rmq_group_configs *c, size_t index)
{
	return index < rmq_group_configs_count(c) ? &c->rows[index] : NULL;
}

const char *rmq_group_config_broker_name(const rmq_group_config *c)
{
	return c ? c->broker.broker_name : "";
}

const char *rmq_group_config_address(const rmq_group_config *c)
{
	return c && c->broker.address ? c->broker.address : "";
}

enum rmq_error rmq_group_config_error(const rmq_group_config *c)
{
	return c ? c->broker.error : RMQ_ERR_INVALID_ARGUMENT;
}

const rmq_error_detail *rmq_group_config_detail(const rmq_group_config *c)
{
	return c ? c->broker.detail : NULL;
}

static bool has_answer(const rmq_group_config *c)
{
	return c && c->broker.error == RMQ_OK;
}

bool rmq_group_config_is_enabled(const rmq_group_config *c)
{
	return has_answer(c) && c->config.consume_enable;
}

bool rmq_group_config_is_broadcast_enabled(const rmq_group_config *c)
{
	return has_answer(c) && c->config.consume_broadcast_enable;
}

bool rmq_group_config_is_orderly(const rmq_group_config *c)
{
	return has_answer(c) && c->config.consume_message_orderly;
}

bool rmq_group_config_is_notified(const rmq_group_config *c)
{
	return has_answer(c) && c->config.notify_ids_changed;
}

int rmq_group_config_retry_max_times(const rmq_group_config *c)
{
	return has_answer(c) ? c->config.retry_max_times : -1;
}

int rmq_group_config_retry_queues(const rmq_group_config *c)
{
	return has_answer(c) ? c->config.retry_queue_nums : -1;
}

int64_t rmq_group_config_broker_id(const rmq_group_config *c)
{
	return has_answer(c) ? c->config.broker_id : -1;
}

int64_t rmq_group_config_slow_broker_id(const rmq_group_config *c)
{
	return has_answer(c) ? c->config.slow_broker_id : -1;
}

const char *rmq_group_config_retry_policy(const rmq_group_config *c)
{
	return has_answer(c) && c->config.retry_policy_json ? c->config.retry_policy_json : "{}";
}

const char *rmq_group_config_attributes(const rmq_group_config *c)
{
	return has_answer(c) && c->config.attributes_json ? c->config.attributes_json : "{}";
}

/* --- Settings -------------------------------------------------------------------------------------- */

rmq_group_settings *rmq_group_settings_new(void)
{
	struct rmq_group_settings *s = rmqi_calloc(1, sizeof(*s));

	if (s && rmqi_group_config_init(&s->config, "") != RMQ_OK) {
		rmqi_free(s);
		return NULL;
	}
	return s;
}

rmq_group_settings *rmq_group_settings_of(const rmq_group_config *c)
{
	struct rmq_group_settings *s = has_answer(c) ? rmq_group_settings_new() : NULL;
	struct rmqi_group_config made;

	if (!s)
		return NULL;
	made = c->config;
	made.group_name = s->config.group_name;
	made.attributes_json = NULL; /* what is not changed of them stays */
	made.retry_policy_json = NULL;
	if (c->config.retry_policy_json) {
		made.retry_policy_json = rmqi_strdup(c->config.retry_policy_json);
		if (!made.retry_policy_json) {
			rmq_group_settings_free(s);
			return NULL;
		}
	}
	s->config = made;
	return s;
}

void rmq_group_settings_free(rmq_group_settings *s)
{
	if (!s)
		return;
	rmqi_group_config_deinit(&s->config);
	rmqi_attributes_deinit(&s->attributes);
	rmqi_free(s);
}

enum rmq_error rmq_group_settings_set_enabled(rmq_group_settings *s, bool is_enabled,
					      rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "s", s))
		s->config.consume_enable = is_enabled;
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_group_settings_set_broadcast_enabled(rmq_group_settings *s, bool is_enabled,
							rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "s", s))
		s->config.consume_broadcast_enable = is_enabled;
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_group_settings_set_orderly(rmq_group_settings *s, bool is_orderly,
					      rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "s", s))
		s->config.consume_message_orderly = is_orderly;
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_group_settings_set_notified(rmq_group_settings *s, bool is_notified,
					       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "s", s))
		s->config.notify_ids_changed = is_notified;
	return rmqi_entry_end(&entry);
}

static bool has_number(struct rmqi_entry *entry, const char *name, int64_t value, int64_t most)
{
	return (value >= 0 && value <= most) ||
	       rmqi_entry_refuse(entry, "%s: %s is %lld, allowed are 0..%lld", entry->function,
				 name, (long long)value, (long long)most);
}

enum rmq_error rmq_group_settings_set_retry_max_times(rmq_group_settings *s, int times,
						      rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "s", s) && has_number(&entry, "times", times, INT32_MAX))
		s->config.retry_max_times = times;
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_group_settings_set_retry_queues(rmq_group_settings *s, int count,
						   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "s", s) && has_number(&entry, "count", count, QUEUES_MAX))
		s->config.retry_queue_nums = count;
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_group_settings_set_broker_id(rmq_group_settings *s, int64_t broker_id,
						rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "s", s) && has_number(&entry, "broker_id", broker_id, INT64_MAX))
		s->config.broker_id = broker_id;
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_group_settings_set_slow_broker_id(rmq_group_settings *s, int64_t broker_id,
						     rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "s", s) && has_number(&entry, "broker_id", broker_id, INT64_MAX))
		s->config.slow_broker_id = broker_id;
	return rmqi_entry_end(&entry);
}

/* False: the call is refused, or out of memory. `*copy` is NULL for no policy. */
static bool take_policy(struct rmqi_entry *entry, const char *json, char **copy)
{
	struct rmqi_json *root = NULL;
	bool is_object;

	*copy = NULL;
	if (!json)
		return true;
	entry->error = rmqi_json_parse(rmqi_cursor(json, strlen(json)), &root);
	is_object = rmqi_json_is(root, RMQI_JSON_OBJECT);
	if (is_object)
		entry->error = rmqi_json_dup_text(root, copy);
	rmqi_json_free(root);
	if (entry->error == RMQ_ERR_NO_MEMORY) {
		rmqi_detail_set(entry->detail, entry->error, 0, "out of memory");
		return false;
	}
	return is_object || rmqi_entry_refuse(entry, "%s: json is no object of JSON",
					      entry->function);
}

enum rmq_error rmq_group_settings_set_retry_policy(rmq_group_settings *s, const char *json,
						   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);
	char *copy = NULL;

	if (rmqi_entry_has(&entry, "s", s) && take_policy(&entry, json, &copy)) {
		rmqi_free(s->config.retry_policy_json);
		s->config.retry_policy_json = copy;
	}
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_group_settings_set_attribute(rmq_group_settings *s, const char *name,
						const char *value, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "s", s) && rmqi_entry_has_attribute(&entry, name, value))
		entry.error = rmqi_entry_set_attribute(&entry, &s->attributes, name, value);
	return rmqi_entry_end(&entry);
}

/* --- Making and deleting ----------------------------------------------------------------------------- */

enum rmq_error rmq_admin_create_group(rmq_admin *a, const char *cluster, const char *group,
				      const rmq_group_settings *settings,
				      const rmq_admin_options *options, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "group", group))
		entry.error =
			rmqi_admin_create_group(a, cluster, group, settings, options, entry.detail);
	return rmqi_entry_end(&entry);
}

static bool has_remains(struct rmqi_entry *entry, unsigned with)
{
	return !(with & ~(unsigned)(RMQ_GROUP_OFFSETS | RMQ_GROUP_TOPICS)) ||
	       rmqi_entry_refuse(entry, "%s: with is %u, allowed are the bits 1 and 2",
				 entry->function, with);
}

enum rmq_error rmq_admin_delete_group(rmq_admin *a, const char *cluster, const char *group,
				      unsigned with, const rmq_admin_options *options,
				      rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "group", group) &&
	    has_remains(&entry, with))
		entry.error =
			rmqi_admin_delete_group(a, cluster, group, with, options, entry.detail);
	return rmqi_entry_end(&entry);
}
