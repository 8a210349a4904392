/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster_config.c - which settings each broker of a cluster has, and what it is called.
 *
 *     brokers[0 .. masters)                 broker-a, broker-b ...
 *     then the first slave of each, then the second ...   broker-a/1, broker-b/1 ...
 */
#include <stdio.h>

#include "base/detail.h"
#include "mock-broker/cluster_state.h"

enum { TEMP_COMMIT_LOG_SIZE = 64 * 1024 * 1024 /* stores of tests are small */ };

static enum rmq_error set_text(struct mb_broker_config *config, const char *key, const char *value,
			       struct rmq_error_detail *detail)
{
	return mb_broker_config_set(config, rmqi_str(key), rmqi_str(value), detail);
}

/* What the cluster decides about its brokers. */
static enum rmq_error give_identity(struct rmq_mock_cluster *c, struct mb_broker_config *config,
				    size_t at, struct rmq_error_detail *detail)
{
	char name[] = "broker-a";
	enum rmq_error err;

	name[sizeof(name) - 2] = (char)('a' + at);
	err = set_text(config, "brokerName", name, detail);
	if (err == RMQ_OK)
		err = set_text(config, "bindAddress", c->host, detail);
	if (err == RMQ_OK)
		err = set_text(config, "namesrvAddr", c->namesrv_text, detail);
	return err;
}

static enum rmq_error give_store(struct rmq_mock_cluster *c, struct mb_broker_config *config,
				 int number, struct rmq_error_detail *detail)
{
	char path[4096], of_slave[24] = "";

	if (c->has_own_identity && config->store_path[0])
		return RMQ_OK;
	if (number > 0)
		snprintf(of_slave, sizeof(of_slave), "-slave-%d", number);
	if (snprintf(path, sizeof(path), "%s/%s%s", c->root, config->broker_name, of_slave) >=
	    (int)sizeof(path))
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "the path of the store is too long");
	return set_text(config, "storePathRootDir", path, detail);
}

/* Who it is when its own settings decide. */
static enum rmq_error complete_identity(const struct mb_cluster_options *o,
					struct mb_broker_config *config,
					struct rmq_error_detail *detail)
{
	const char *namesrvs = o->namesrv_addr;
	enum rmq_error err = RMQ_OK;

	if (!namesrvs && !config->namesrv_addr[0])
		namesrvs = o->namesrv_fallback;
	if (namesrvs)
		err = set_text(config, "namesrvAddr", namesrvs, detail);
	if (err == RMQ_OK && o->host)
		err = set_text(config, "bindAddress", o->host, detail);
	return err;
}

/* Its id is its number among the slaves of its master. */
static enum rmq_error make_slave(struct mb_broker_config *config, int number,
				 struct rmq_error_detail *detail)
{
	char id[16];
	enum rmq_error err = set_text(config, "brokerRole", "SLAVE", detail);

	snprintf(id, sizeof(id), "%d", number);
	return err == RMQ_OK ? set_text(config, "brokerId", id, detail) : err;
}

static void give_label(struct mb_slot *s, int number)
{
	if (number > 0)
		snprintf(s->label, sizeof(s->label), "%s/%d", s->config.broker_name, number);
	else
		snprintf(s->label, sizeof(s->label), "%s", s->config.broker_name);
}

static uint16_t port_of(const struct rmq_mock_cluster *c, const struct mb_cluster_options *o,
			size_t at, const struct mb_broker_config *config)
{
	if (c->has_own_identity)
		return o->port || o->any_port ? o->port : (uint16_t)config->listen_port;
	return o->port ? (uint16_t)(o->port + c->namesrv_count + at) : 0;
}

enum rmq_error mb_cluster_configure(struct rmq_mock_cluster *c,
				       const struct mb_cluster_options *o, size_t at,
				       const char *file, struct rmq_error_detail *detail)
{
	struct mb_slot *s = &c->brokers[at];
	struct mb_broker_config *config = &s->config;
	size_t masters = (size_t)o->brokers;
	int number = at < masters ? 0 : (int)((at - masters) / masters) + 1;
	enum rmq_error err = mb_broker_config_init(config);

	if (err != RMQ_OK)
		return err;
	if (!c->has_own_identity)
		config->commit_log_file_size = TEMP_COMMIT_LOG_SIZE;
	err = o->emulate ? set_text(config, "emulate", o->emulate, detail) : RMQ_OK;
	if (err == RMQ_OK)
		err = mb_broker_config_parse(config, rmqi_str(file), o->broker_conf_file, detail);
	if (err == RMQ_OK && o->broker_conf)
		err = mb_broker_config_parse(config, rmqi_str(o->broker_conf), "brokerSettings",
					     detail);
	if (err == RMQ_OK)
		err = c->has_own_identity ? complete_identity(o, config, detail)
					  : give_identity(c, config, at % masters, detail);
	if (err == RMQ_OK && number > 0)
		err = make_slave(config, number, detail);
	if (err == RMQ_OK && o->advertised_host)
		err = mb_broker_config_advertise(config, o->advertised_host, detail);
	if (err == RMQ_OK)
		err = give_store(c, config, number, detail);
	if (err == RMQ_OK)
		give_label(s, number);
	mb_slot_set_slave(c, s, config->broker_role == MB_SLAVE);
	s->port = port_of(c, o, at, config);
	return err;
}
