/* SPDX-License-Identifier: Apache-2.0 */
#include <rocketmq/admin_topic.h>

#include "admin/topics.h"
#include "api/entry_checks.h"
#include "base/mem.h"

/* --- Which there are ---------------------------------------------------------------------------- */

enum rmq_error rmq_admin_topics(rmq_admin *a, const char *cluster, const rmq_admin_options *options,
				rmq_topics **out, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_topics(a, cluster, options, out, entry.detail);
	return rmqi_entry_end(&entry);
}

void rmq_topics_free(rmq_topics *t)
{
	rmqi_topics_free(t);
}

size_t rmq_topics_count(const rmq_topics *t)
{
	return t ? t->count : 0;
}

const rmq_topic *rmq_topics_at(const rmq_topics *t, size_t index)
{
	return index < rmq_topics_count(t) ? &t->list[index] : NULL;
}

const char *rmq_topic_name(const rmq_topic *t)
{
	return t ? t->name : "";
}

enum rmq_topic_kind rmq_topic_kind(const rmq_topic *t)
{
	return t ? t->kind : RMQ_TOPIC_NORMAL;
}

/* --- How one is set ------------------------------------------------------------------------------- */

enum rmq_error rmq_admin_topic_config(rmq_admin *a, const char *topic,
				      const rmq_admin_options *options, rmq_topic_configs **out,
				      rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "topic", topic) &&
	    rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_topic_config(a, topic, options, out, entry.detail);
	return rmqi_entry_end(&entry);
}

void rmq_topic_configs_free(rmq_topic_configs *c)
{
	rmqi_topic_configs_free(c);
}

size_t rmq_topic_configs_count(const rmq_topic_configs *c)
{
	return c ? c->count : 0;
}

const rmq_topic_config *rmq_topic_configs_at(const rmq_topic_configs *c, size_t index)
{
	return index < rmq_topic_configs_count(c) ? &c->rows[index] : NULL;
}

const char *rmq_topic_config_broker_name(const rmq_topic_config *c)
{
	return c ? c->broker_name : "";
}

const char *rmq_topic_config_address(const rmq_topic_config *c)
{
	return c && c->address ? c->address : "";
}

enum rmq_error rmq_topic_config_error(const rmq_topic_config *c)
{
	return c ? c->error : RMQ_ERR_INVALID_ARGUMENT;
}

const rmq_error_detail *rmq_topic_config_detail(const rmq_topic_config *c)
{
	return c ? c->detail : NULL;
}

static bool has_answer(const rmq_topic_config *c)
{
	return c && c->error == RMQ_OK;
}

int rmq_topic_config_read_queues(const rmq_topic_config *c)
{
	return has_answer(c) ? c->config.read_queue_nums : -1;
}

int rmq_topic_config_write_queues(const rmq_topic_config *c)
{
	return has_answer(c) ? c->config.write_queue_nums : -1;
}

unsigned rmq_topic_config_permission(const rmq_topic_config *c)
{
	return has_answer(c) ? (unsigned)c->config.perm : 0;
}

bool rmq_topic_config_is_ordered(const rmq_topic_config *c)
{
	return has_answer(c) && c->config.order;
}

const char *rmq_topic_config_message_type(const rmq_topic_config *c)
{
	return has_answer(c) ? c->message_type : "";
}

const char *rmq_topic_config_attributes(const rmq_topic_config *c)
{
	return has_answer(c) && c->config.attributes_json ? c->config.attributes_json : "{}";
}

/* --- Settings -------------------------------------------------------------------------------------- */

rmq_topic_settings *rmq_topic_settings_of(const rmq_topic_config *c)
{
	struct rmq_topic_settings *s = has_answer(c) ? rmqi_calloc(1, sizeof(*s)) : NULL;

	if (s)
		*s = (struct rmq_topic_settings){
			.write_queues = c->config.write_queue_nums,
			.read_queues = c->config.read_queue_nums,
			.permission = (unsigned)c->config.perm,
			.is_ordered = c->config.order,
		};
	return s;
}

enum rmq_error rmq_topic_settings_set_ordered(rmq_topic_settings *s, bool is_ordered,
					      rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "s", s))
		s->is_ordered = is_ordered;
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_topic_settings_set_attribute(rmq_topic_settings *s, const char *name,
						const char *value, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "s", s) && rmqi_entry_has_attribute(&entry, name, value))
		entry.error = rmqi_entry_set_attribute(&entry, &s->attributes, name, value);
	return rmqi_entry_end(&entry);
}

/* --- Deleting --------------------------------------------------------------------------------------- */

enum rmq_error rmq_admin_delete_topic(rmq_admin *a, const char *cluster, const char *topic,
				      const rmq_admin_options *options, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "topic", topic))
		entry.error = rmqi_admin_delete_topic(a, cluster, topic, options, entry.detail);
	return rmqi_entry_end(&entry);
}
