/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mock_api.c - <rocketmq/mock.h>: checks arguments, calls down.
 */
#include <rocketmq/mock.h>

#include "mock-broker/api_entry.h"
#include "mock-broker/cluster_time.h"
#include "mock-broker/control/launch.h"
#include "mock-broker/options.h"

enum { MAX_QUEUES = 1024 }; /* as rmq_admin_create_topic */

/* --- Options --------------------------------------------------------------------------------- */

rmq_mock_options *rmq_mock_options_new(void)
{
	return mb_options_new();
}

void rmq_mock_options_free(rmq_mock_options *o)
{
	mb_options_free(o);
}

enum rmq_error rmq_mock_options_set(rmq_mock_options *o, const char *key, const char *value,
				    rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "o", o) && rmqi_entry_has(&entry, "key", key) &&
	    rmqi_entry_has(&entry, "value", value))
		entry.error = mb_options_set(o, key, value, entry.detail);
	return rmqi_entry_end(&entry);
}

const char *rmq_mock_options_get(const rmq_mock_options *o, const char *key)
{
	return o && key ? mb_options_get(o, key) : NULL;
}

void rmq_mock_options_set_log(rmq_mock_options *o, rmq_log_fn fn, enum rmq_log_level level,
			      void *arg)
{
	if (!o)
		return;
	o->log = fn;
	o->log_level = level;
	o->log_arg = arg;
}

size_t rmq_mock_option_count(void)
{
	return MB_OPTION_API_END;
}

const rmq_mock_option *rmq_mock_option_at(size_t index)
{
	return index < MB_OPTION_API_END ? mb_option_at(index) : NULL;
}

const char *rmq_mock_option_name(const rmq_mock_option *row)
{
	return row ? row->name : "";
}

const char *rmq_mock_option_type(const rmq_mock_option *row)
{
	return row ? rmqi_setting_type_name(&row->type) : "";
}

const char *rmq_mock_option_range(const rmq_mock_option *row)
{
	return row ? row->range : "";
}

const char *rmq_mock_option_default_value(const rmq_mock_option *row)
{
	return row ? row->otherwise : "";
}

const char *rmq_mock_option_unit(const rmq_mock_option *row)
{
	return row ? row->unit : "";
}

const char *rmq_mock_option_help(const rmq_mock_option *row)
{
	return row ? row->help : "";
}

/* --- A cluster ------------------------------------------------------------------------------- */

static enum rmq_error make(const struct rmq_mock_options *o, rmq_mock_cluster **out,
			   struct rmq_error_detail *detail)
{
	struct rmq_mock_options *defaults = o ? NULL : mb_options_new();
	struct mb_cluster_options resolved;
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (o || defaults)
		err = mb_options_resolve(o ? o : defaults, &resolved, detail);
	if (err == RMQ_OK)
		err = mb_launch(&resolved, out, detail);
	mb_options_free(defaults);
	return err;
}

enum rmq_error rmq_mock_cluster_new(const rmq_mock_options *options, rmq_mock_cluster **out,
				    rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "out", out))
		entry.error = make(options, out, entry.detail);
	return rmqi_entry_end(&entry);
}

void rmq_mock_cluster_free(rmq_mock_cluster *c)
{
	if (!c || mb_cluster_is_inherited(c))
		return;
	rmqi_guard_enter();
	mb_cluster_free(c);
	rmqi_guard_leave();
}

const char *rmq_mock_cluster_namesrv(const rmq_mock_cluster *c)
{
	return c ? mb_cluster_namesrv(c) : NULL;
}

const char *rmq_mock_cluster_broker_address(const rmq_mock_cluster *c, const char *broker)
{
	return c && broker ? mb_cluster_broker_address(c, broker) : NULL;
}

const char *rmq_mock_cluster_control(const rmq_mock_cluster *c)
{
	return c ? mb_cluster_control(c) : NULL;
}

const rmq_environment *rmq_mock_cluster_environment(const rmq_mock_cluster *c)
{
	const struct rmqi_env *env = c ? mb_cluster_env(c) : NULL;

	/* With virtual time it is the first member of the cluster's own (cluster_state.h). */
	return env && env->sim ? (const rmq_environment *)(const void *)env : NULL;
}

static bool has_count(struct rmqi_entry *entry, int queues)
{
	return (queues >= 1 && queues <= MAX_QUEUES) ||
	       rmqi_entry_refuse(entry, "%s: queues is %d, allowed are 1..%d", entry->function,
				 queues, MAX_QUEUES);
}

enum rmq_error rmq_mock_cluster_create_topic(rmq_mock_cluster *c, const char *topic, int queues,
					     rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c) && rmqi_entry_has(&entry, "topic", topic) &&
	    has_count(&entry, queues))
		entry.error = mb_cluster_create_topic(c, topic, queues, entry.detail);
	return rmqi_entry_end(&entry);
}

/* --- Its nodes ------------------------------------------------------------------------------- */

enum rmq_error rmq_mock_broker_stop(rmq_mock_cluster *c, const char *broker,
				    rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c) && rmqi_entry_has(&entry, "broker", broker))
		entry.error = mb_cluster_broker_stop(c, broker, false, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_broker_crash(rmq_mock_cluster *c, const char *broker,
				     rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c) && rmqi_entry_has(&entry, "broker", broker))
		entry.error = mb_cluster_broker_stop(c, broker, true, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_broker_start(rmq_mock_cluster *c, const char *broker,
				     rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c) && rmqi_entry_has(&entry, "broker", broker))
		entry.error = mb_cluster_broker_start(c, broker, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_namesrv_stop(rmq_mock_cluster *c, int index, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c))
		entry.error = mb_cluster_namesrv_stop(c, index, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_namesrv_start(rmq_mock_cluster *c, int index, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c))
		entry.error = mb_cluster_namesrv_start(c, index, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_broker_set_advertised(rmq_mock_cluster *c, const char *broker,
					      const char *host, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c) && rmqi_entry_has(&entry, "broker", broker) &&
	    rmqi_entry_has(&entry, "host", host))
		entry.error = mb_cluster_broker_advertise(c, broker, host, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_broker_set_registered(rmq_mock_cluster *c, const char *broker, int namesrv,
					      bool registered, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c) && rmqi_entry_has(&entry, "broker", broker))
		entry.error = mb_cluster_broker_set_registered(c, broker, namesrv, registered,
							       entry.detail);
	return rmqi_entry_end(&entry);
}

/* --- Its time ---------------------------------------------------------------------------------- */

enum rmq_error rmq_mock_cluster_advance(rmq_mock_cluster *c, int64_t ms, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c))
		entry.error = mb_cluster_advance(c, ms, entry.detail);
	return rmqi_entry_end(&entry);
}

int64_t rmq_mock_cluster_now_ms(const rmq_mock_cluster *c)
{
	return c ? mb_cluster_now_ms(c) : -1;
}

bool rmq_mock_cluster_run_until(rmq_mock_cluster *c, rmq_mock_done_fn done, void *arg,
				int64_t max_ms)
{
	bool is_done = false;

	if (c && done && !mb_cluster_is_inherited(c)) {
		rmqi_guard_enter();
		is_done = mb_cluster_run_until(c, done, arg, max_ms);
		rmqi_guard_leave();
	}
	return is_done;
}

/* --- What is in it ------------------------------------------------------------------------------ */

uint64_t rmq_mock_cluster_request_count(rmq_mock_cluster *c, int request_code)
{
	uint64_t n = 0;

	if (c && !mb_cluster_is_inherited(c)) {
		rmqi_guard_enter();
		n = mb_cluster_request_count(c, request_code);
		rmqi_guard_leave();
	}
	return n;
}

uint64_t rmq_mock_cluster_unsupported_count(rmq_mock_cluster *c)
{
	uint64_t n = 0;

	if (c && !mb_cluster_is_inherited(c)) {
		rmqi_guard_enter();
		n = mb_cluster_unsupported_count(c);
		rmqi_guard_leave();
	}
	return n;
}

int64_t rmq_mock_cluster_max_offset(rmq_mock_cluster *c, const char *broker, const char *topic,
				    int queue_id)
{
	int64_t n = -1;

	if (c && broker && topic && !mb_cluster_is_inherited(c)) {
		rmqi_guard_enter();
		n = mb_cluster_max_offset(c, broker, topic, queue_id);
		rmqi_guard_leave();
	}
	return n;
}

int64_t rmq_mock_cluster_consumer_offset(rmq_mock_cluster *c, const char *broker, const char *group,
					 const char *topic, int queue_id)
{
	int64_t n = -1;

	if (c && broker && group && topic && !mb_cluster_is_inherited(c)) {
		rmqi_guard_enter();
		n = mb_cluster_consumer_offset(c, broker, group, topic, queue_id);
		rmqi_guard_leave();
	}
	return n;
}

int rmq_mock_cluster_group_size(rmq_mock_cluster *c, const char *broker, const char *group)
{
	int n = -1;

	if (c && broker && group && !mb_cluster_is_inherited(c)) {
		rmqi_guard_enter();
		n = mb_cluster_group_size(c, broker, group);
		rmqi_guard_leave();
	}
	return n;
}
