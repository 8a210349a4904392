/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mock_api.c - <rocketmq/mock.h>: checks arguments, calls down.
 */
#include <rocketmq/mock.h>

#include "base/detail_out.h"
#include "mock-broker/cluster.h"
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
	struct rmq_error_detail *d;

	if (!o || !key || !value)
		return rmqi_detail_argument(detail, "rmq_mock_options_set: an argument is NULL");
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(detail, d, mb_options_set(o, key, value, d));
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
	struct mb_cluster_options resolved;
	enum rmq_error err = mb_options_resolve(o, &resolved, detail);

	return err == RMQ_OK ? mb_cluster_new(&resolved, out, detail) : err;
}

enum rmq_error rmq_mock_cluster_new(const rmq_mock_options *options, rmq_mock_cluster **out,
				    rmq_error_detail **detail)
{
	struct rmq_mock_options *defaults = NULL;
	struct rmq_error_detail *d;
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (!out)
		return rmqi_detail_argument(detail, "rmq_mock_cluster_new: out is NULL");
	d = rmqi_detail_begin(detail);
	if (!options)
		options = defaults = mb_options_new();
	if (options)
		err = make(options, out, d);
	mb_options_free(defaults);
	return rmqi_detail_end(detail, d, err);
}

void rmq_mock_cluster_free(rmq_mock_cluster *c)
{
	mb_cluster_free(c);
}

const char *rmq_mock_cluster_namesrv(const rmq_mock_cluster *c)
{
	return c ? mb_cluster_namesrv(c) : NULL;
}

const char *rmq_mock_cluster_broker_address(const rmq_mock_cluster *c, const char *broker)
{
	return c && broker ? mb_cluster_broker_address(c, broker) : NULL;
}

const rmq_environment *rmq_mock_cluster_environment(const rmq_mock_cluster *c)
{
	const struct rmqi_env *env = c ? mb_cluster_env(c) : NULL;

	/* With virtual time it is the first member of the cluster's own (cluster_state.h). */
	return env && env->sim ? (const rmq_environment *)(const void *)env : NULL;
}

enum rmq_error rmq_mock_cluster_create_topic(rmq_mock_cluster *c, const char *topic, int queues,
					     rmq_error_detail **detail)
{
	struct rmq_error_detail *d;

	if (!c || !topic)
		return rmqi_detail_argument(detail,
					    "rmq_mock_cluster_create_topic: an argument is NULL");
	if (queues < 1 || queues > MAX_QUEUES)
		return rmqi_detail_argument(detail, "queues: %d is not in 1..%d", queues,
					    MAX_QUEUES);
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(detail, d, mb_cluster_create_topic(c, topic, queues, d));
}

/* --- Its nodes ------------------------------------------------------------------------------- */

enum rmq_error rmq_mock_broker_stop(rmq_mock_cluster *c, const char *broker,
				    rmq_error_detail **detail)
{
	struct rmq_error_detail *d;

	if (!c || !broker)
		return rmqi_detail_argument(detail, "rmq_mock_broker_stop: an argument is NULL");
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(detail, d, mb_cluster_broker_stop(c, broker, false, d));
}

enum rmq_error rmq_mock_broker_crash(rmq_mock_cluster *c, const char *broker,
				     rmq_error_detail **detail)
{
	struct rmq_error_detail *d;

	if (!c || !broker)
		return rmqi_detail_argument(detail, "rmq_mock_broker_crash: an argument is NULL");
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(detail, d, mb_cluster_broker_stop(c, broker, true, d));
}

enum rmq_error rmq_mock_broker_start(rmq_mock_cluster *c, const char *broker,
				     rmq_error_detail **detail)
{
	struct rmq_error_detail *d;

	if (!c || !broker)
		return rmqi_detail_argument(detail, "rmq_mock_broker_start: an argument is NULL");
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(detail, d, mb_cluster_broker_start(c, broker, d));
}

enum rmq_error rmq_mock_namesrv_stop(rmq_mock_cluster *c, int index, rmq_error_detail **detail)
{
	struct rmq_error_detail *d;

	if (!c)
		return rmqi_detail_argument(detail, "rmq_mock_namesrv_stop: the cluster is NULL");
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(detail, d, mb_cluster_namesrv_stop(c, index, d));
}

enum rmq_error rmq_mock_namesrv_start(rmq_mock_cluster *c, int index, rmq_error_detail **detail)
{
	struct rmq_error_detail *d;

	if (!c)
		return rmqi_detail_argument(detail, "rmq_mock_namesrv_start: the cluster is NULL");
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(detail, d, mb_cluster_namesrv_start(c, index, d));
}

/* --- Its time ---------------------------------------------------------------------------------- */

enum rmq_error rmq_mock_cluster_advance(rmq_mock_cluster *c, int64_t ms, rmq_error_detail **detail)
{
	struct rmq_error_detail *d;

	if (!c)
		return rmqi_detail_argument(detail,
					    "rmq_mock_cluster_advance: the cluster is NULL");
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(detail, d, mb_cluster_advance(c, ms, d));
}

int64_t rmq_mock_cluster_now_ms(const rmq_mock_cluster *c)
{
	return c ? rmqi_clock_wall_ms(mb_cluster_env(c)->clock) : -1;
}

bool rmq_mock_cluster_run_until(rmq_mock_cluster *c, rmq_mock_done_fn done, void *arg,
				int64_t max_ms)
{
	return c && done && mb_cluster_run_until(c, done, arg, max_ms);
}

/* --- What is in it ------------------------------------------------------------------------------ */

uint64_t rmq_mock_cluster_request_count(rmq_mock_cluster *c, int request_code)
{
	return c ? mb_cluster_request_count(c, request_code) : 0;
}

uint64_t rmq_mock_cluster_unsupported_count(rmq_mock_cluster *c)
{
	return c ? mb_cluster_unsupported_count(c) : 0;
}

int64_t rmq_mock_cluster_max_offset(rmq_mock_cluster *c, const char *broker, const char *topic,
				    int queue_id)
{
	return c && broker && topic ? mb_cluster_max_offset(c, broker, topic, queue_id) : -1;
}

int64_t rmq_mock_cluster_consumer_offset(rmq_mock_cluster *c, const char *broker, const char *group,
					 const char *topic, int queue_id)
{
	if (!c || !broker || !group || !topic)
		return -1;
	return mb_cluster_consumer_offset(c, broker, group, topic, queue_id);
}

int rmq_mock_cluster_group_size(rmq_mock_cluster *c, const char *broker, const char *group)
{
	return c && broker && group ? mb_cluster_group_size(c, broker, group) : -1;
}
