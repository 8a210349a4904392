/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mock_api.c - <rocketmq/mock.h>: checks arguments, calls down.
 */
#include <rocketmq/mock.h>

#include "base/detail.h"
#include "mock-broker/cluster.h"

#include <string.h>

enum { MAX_QUEUES = 1024 }; /* as rmq_admin_create_topic */

void rmq_mock_options_init(struct rmq_mock_options *o)
{
	if (!o)
		return;
	memset(o, 0, sizeof(*o));
	o->size = sizeof(*o);
	o->brokers = 1;
	o->namesrvs = 1;
	o->host = "127.0.0.1";
	o->seed = 1;
	o->start_ms = MB_START_MS;
	o->log_level = RMQ_LOG_WARN;
}

static enum rmq_error check(const struct rmq_mock_options *o, struct rmq_error_detail *detail)
{
	const char *problem = NULL;

	if (o->size != sizeof(*o))
		problem = "options were not set by rmq_mock_options_init of this version";
	else if (o->brokers < 1 || o->brokers > MB_BROKERS_MAX)
		problem = "brokers is 1 to 26";
	else if (o->namesrvs < 1 || o->namesrvs > MB_NAMESRVS_MAX)
		problem = "namesrvs is 1 to 8";
	else if (o->start_ms < 0)
		problem = "start_ms is negative";
	else if (!o->tls_cert_file != !o->tls_key_file)
		problem = "tls_cert_file and tls_key_file go together";
	else if (!o->tls_cert_file && (o->tls_required || o->tls_ca_file))
		problem = "TLS needs tls_cert_file";
	else if (o->tls_cert_file && o->virtual_time)
		problem = "there is no TLS under virtual time";
	if (!problem)
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL, "%s", problem);
}

static enum rmq_error make(const struct rmq_mock_options *o, rmq_mock_cluster **out,
			   struct rmq_error_detail *detail)
{
	const struct mb_cluster_options options = {
		.brokers = o->brokers,
		.namesrvs = o->namesrvs,
		.store = o->store,
		.host = o->host,
		.virtual_time = o->virtual_time != 0,
		.seed = o->seed,
		.start_ms = o->start_ms,
		.broker_conf = o->broker_conf,
		.tls_cert_file = o->tls_cert_file,
		.tls_key_file = o->tls_key_file,
		.tls_ca_file = o->tls_ca_file,
		.tls_required = o->tls_required != 0,
		.log = o->log,
		.log_arg = o->log_arg,
		.log_level = o->log_level,
	};
	enum rmq_error err = check(o, detail);

	return err == RMQ_OK ? mb_cluster_new(&options, out, detail) : err;
}

enum rmq_error rmq_mock_cluster_new(const struct rmq_mock_options *options, rmq_mock_cluster **out,
				    rmq_error_detail **detail)
{
	struct rmq_mock_options defaults;
	struct rmq_error_detail *d;
	enum rmq_error err;

	if (detail)
		*detail = NULL;
	rmq_mock_options_init(&defaults);
	d = detail ? rmqi_detail_new() : NULL;
	if (out)
		err = make(options ? options : &defaults, out, d);
	else
		err = rmqi_detail_set(d, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL, "out is NULL");
	if (err != RMQ_OK && d && rmq_error_detail_code(d) == RMQ_OK)
		(void)rmqi_detail_set(d, err, 0, "%s", rmq_error_text(err));
	if (err != RMQ_OK && detail)
		*detail = d;
	else
		rmq_error_detail_free(d);
	return err;
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

enum rmq_error rmq_mock_cluster_create_topic(rmq_mock_cluster *c, const char *topic, int queues)
{
	if (!c || !topic || queues < 1 || queues > MAX_QUEUES)
		return RMQ_ERR_INVALID_ARGUMENT;
	return mb_cluster_create_topic(c, topic, queues);
}

enum rmq_error rmq_mock_broker_stop(rmq_mock_cluster *c, const char *broker)
{
	return c && broker ? mb_cluster_broker_stop(c, broker, false) : RMQ_ERR_INVALID_ARGUMENT;
}

enum rmq_error rmq_mock_broker_crash(rmq_mock_cluster *c, const char *broker)
{
	return c && broker ? mb_cluster_broker_stop(c, broker, true) : RMQ_ERR_INVALID_ARGUMENT;
}

enum rmq_error rmq_mock_broker_start(rmq_mock_cluster *c, const char *broker)
{
	return c && broker ? mb_cluster_broker_start(c, broker, NULL) : RMQ_ERR_INVALID_ARGUMENT;
}

enum rmq_error rmq_mock_namesrv_stop(rmq_mock_cluster *c, int index)
{
	return c ? mb_cluster_namesrv_stop(c, index) : RMQ_ERR_INVALID_ARGUMENT;
}

enum rmq_error rmq_mock_namesrv_start(rmq_mock_cluster *c, int index)
{
	return c ? mb_cluster_namesrv_start(c, index, NULL) : RMQ_ERR_INVALID_ARGUMENT;
}

enum rmq_error rmq_mock_cluster_advance(rmq_mock_cluster *c, int64_t ms)
{
	return c ? mb_cluster_advance(c, ms) : RMQ_ERR_INVALID_ARGUMENT;
}

int64_t rmq_mock_cluster_now_ms(const rmq_mock_cluster *c)
{
	return c ? rmqi_clock_wall_ms(mb_cluster_env(c)->clock) : -1;
}

int rmq_mock_cluster_run_until(rmq_mock_cluster *c, int (*done)(void *arg), void *arg,
			       int64_t max_ms)
{
	return c && done && mb_cluster_run_until(c, done, arg, max_ms) ? 1 : 0;
}

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
