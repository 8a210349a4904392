/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster_config.c - which settings each broker of a cluster has, and what it is called.
 *
 *     brokers[0 .. masters)                 broker-a, broker-b ...
 *     then the first slave of each, then the second ...   broker-a/1, broker-b/1 ...
 *     then those that were added later
 */
#include <stdio.h>

#include "base/detail.h"
#include "base/mem.h"
#include "mock-broker/cluster_state.h"

enum { TEMP_COMMIT_LOG_SIZE = 64 * 1024 * 1024 /* stores of tests are small */ };

static enum rmq_error set_text(struct mb_broker_config *config, const char *key, const char *value,
			       struct rmq_error_detail *detail)
{
	return mb_broker_config_set(config, rmqi_str(key), rmqi_str(value), detail);
}

/* What the cluster decides about its brokers. */
static enum rmq_error give_identity(struct rmq_mock_cluster *c, struct mb_broker_config *config,
				    const char *name, struct rmq_error_detail *detail)
{
	enum rmq_error err = set_text(config, "brokerName", name, detail);

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

/* The store's name has the broker's, so that stands first. */
static enum rmq_error take_place(struct rmq_mock_cluster *c, struct mb_slot *s, int number,
				 const char *advertised, struct rmq_error_detail *detail)
{
	struct mb_broker_config *config = &s->config;
	enum rmq_error err = number > 0 ? make_slave(config, number, detail) : RMQ_OK;

	if (err == RMQ_OK && advertised)
		err = mb_broker_config_advertise(config, advertised, detail);
	if (err == RMQ_OK)
		err = give_store(c, config, number, detail);
	if (err == RMQ_OK)
		give_label(s, number);
	mb_slot_set_slave(c, s, config->broker_role == MB_SLAVE);
	return err;
}

static enum rmq_error begin_config(struct rmq_mock_cluster *c, struct mb_broker_config *config)
{
	enum rmq_error err = mb_broker_config_init(config);

	if (err == RMQ_OK && !c->has_own_identity)
		config->commit_log_file_size = TEMP_COMMIT_LOG_SIZE;
	return err;
}

static enum rmq_error identify(struct rmq_mock_cluster *c, const struct mb_cluster_options *o,
			       struct mb_broker_config *config, size_t master,
			       struct rmq_error_detail *detail)
{
	char name[] = "broker-a";

	if (c->has_own_identity)
		return complete_identity(o, config, detail);
	name[sizeof(name) - 2] = (char)('a' + master);
	return give_identity(c, config, name, detail);
}

enum rmq_error mb_cluster_configure(struct rmq_mock_cluster *c,
				       const struct mb_cluster_options *o, size_t at,
				       const char *file, struct rmq_error_detail *detail)
{
	struct mb_slot *s = &c->brokers[at];
	struct mb_broker_config *config = &s->config;
	size_t masters = (size_t)o->brokers;
	int number = at < masters ? 0 : (int)((at - masters) / masters) + 1;
	enum rmq_error err = begin_config(c, config);

	if (err == RMQ_OK && o->emulate)
		err = set_text(config, "emulate", o->emulate, detail);
	if (err == RMQ_OK)
		err = mb_broker_config_parse(config, rmqi_str(file), o->broker_conf_file, detail);
	if (err == RMQ_OK && o->broker_conf)
		err = mb_broker_config_parse(config, rmqi_str(o->broker_conf), "brokerSettings",
					     detail);
	if (err == RMQ_OK)
		err = identify(c, o, config, at % masters, detail);
	if (err == RMQ_OK)
		err = take_place(c, s, number, o->advertised_host, detail);
	if (err == RMQ_OK)
		s->port = port_of(c, o, at, config);
	return err;
}

/* --- Those that join later --- */

enum rmq_error mb_cluster_keep_settings(struct rmq_mock_cluster *c,
					const struct mb_cluster_options *o, const char *file)
{
	struct rmqi_address a;
	struct rmqi_buf all;
	enum rmq_error err;

	rmqi_buf_init(&all, 2 * MB_CONF_FILE_MAX);
	if (o->emulate)
		rmqi_buf_addf(&all, "emulate=%s\n", o->emulate);
	rmqi_buf_addf(&all, "%s\n%s\n", file, o->broker_conf ? o->broker_conf : "");
	err = rmqi_buf_status(&all);
	if (err == RMQ_OK)
		c->broker_settings = rmqi_strdup(rmqi_buf_text(&all));
	rmqi_buf_deinit(&all);
	/* A port is of one broker only. */
	if (o->advertised_host && rmqi_address_parse(rmqi_str(o->advertised_host), &a) != RMQ_OK) {
		c->advertised_host = rmqi_strdup(o->advertised_host);
		if (!c->advertised_host)
			return RMQ_ERR_NO_MEMORY;
	}
	return err == RMQ_OK && !c->broker_settings ? RMQ_ERR_NO_MEMORY : err;
}

enum rmq_error mb_cluster_configure_more(struct rmq_mock_cluster *c, struct mb_slot *s,
					 const struct mb_broker_place *place,
					 struct rmq_error_detail *detail)
{
	enum rmq_error err = begin_config(c, &s->config);

	if (err == RMQ_OK)
		err = mb_broker_config_parse(&s->config, rmqi_str(c->broker_settings),
					     "brokerSettings", detail);
	if (err == RMQ_OK)
		err = give_identity(c, &s->config, place->name, detail);
	if (err == RMQ_OK)
		err = take_place(c, s, place->number, c->advertised_host, detail);
	s->port = 0;
	s->lag = (struct mb_lag){0};
	s->address[0] = '\0'; /* the next start says it */
	return err;
}
