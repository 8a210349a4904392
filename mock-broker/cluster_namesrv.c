/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster_namesrv.c - the name servers of a cluster: their settings, how one starts.
 */
#include <stdio.h>

#include "base/detail.h"
#include "base/mem.h"
#include "mock-broker/cluster_state.h"
#include "mock-broker/store/fs.h"

enum rmq_error mb_cluster_read_conf(const char *path, struct rmqi_buf *out,
				    struct rmq_error_detail *detail)
{
	const struct mb_fs *fs = mb_fs_posix();
	enum rmq_error err = path ? fs->read_file(fs, path, out) : RMQ_OK;

	if (err != RMQ_OK)
		(void)rmqi_detail_set(detail, err, RMQ_ERROR_FATAL, "%s cannot be read: %s", path,
				      rmq_error_text(err));
	return err;
}

static enum rmq_error set_text(struct mb_namesrv_config *config, const char *key, const char *value,
			       struct rmq_error_detail *detail)
{
	return mb_conf_set(mb_namesrv_conf(), config, rmqi_str(key), rmqi_str(value), detail);
}

/* Name servers of a cluster with a lasting store keep their KV configuration beside it. */
static enum rmq_error give_files(const struct mb_cluster_options *o, struct rmq_mock_cluster *c,
				 size_t at, struct rmq_error_detail *detail)
{
	struct mb_namesrv_config *config = &c->namesrvs[at].namesrv_config;
	char path[4096];

	if (config->kv_config_path[0] && o->namesrvs > 1)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "kvConfigPath is the file of one name server; there are %d",
				       o->namesrvs);
	if (config->kv_config_path[0] || c->has_own_identity || !o->store)
		return RMQ_OK;
	if (snprintf(path, sizeof(path), "%s/namesrv-%zu/kvConfig.json", o->store, at) >=
	    (int)sizeof(path))
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "the path of the store is too long");
	return set_text(config, "kvConfigPath", path, detail);
}

/* `file`: what stands in o->namesrv_conf_file. */
static enum rmq_error configure(struct rmq_mock_cluster *c, const struct mb_cluster_options *o,
				size_t at, const char *file, struct rmq_error_detail *detail)
{
	struct mb_slot *s = &c->namesrvs[at];
	struct mb_namesrv_config *config = &s->namesrv_config;
	enum rmq_error err = mb_namesrv_config_init(config);

	if (err == RMQ_OK)
		err = mb_conf_parse(mb_namesrv_conf(), config, rmqi_str(file), o->namesrv_conf_file,
				    detail);
	if (err == RMQ_OK)
		err = mb_conf_parse(mb_namesrv_conf(), config, rmqi_str(o->namesrv_conf),
				    "namesrvSettings", detail);
	if (err == RMQ_OK && (o->host || !c->has_own_identity))
		err = set_text(config, "bindAddress", c->host, detail);
	if (err == RMQ_OK)
		err = give_files(o, c, at, detail);
	if (c->has_own_identity)
		s->port = o->port || o->any_port ? o->port : (uint16_t)config->listen_port;
	else
		s->port = o->port ? (uint16_t)(o->port + at) : 0;
	if (s->port)
		config->listen_port = s->port; /* as it is shown */
	return err;
}

enum rmq_error mb_cluster_configure_namesrvs(struct rmq_mock_cluster *c,
					     const struct mb_cluster_options *o,
					     struct rmq_error_detail *detail)
{
	struct rmqi_buf file;
	enum rmq_error err;

	rmqi_buf_init(&file, MB_CONF_FILE_MAX);
	err = mb_cluster_read_conf(o->namesrv_conf_file, &file, detail);
	mb_conf_tell_inert(mb_namesrv_conf(), rmqi_str(rmqi_buf_text(&file)), &c->log);
	mb_conf_tell_inert(mb_namesrv_conf(), rmqi_str(o->namesrv_conf), &c->log);
	for (size_t i = 0; i < (size_t)o->namesrvs && err == RMQ_OK; i++) {
		c->namesrv_count++;
		mb_slot_name_namesrv(&c->namesrvs[i], i);
		err = configure(c, o, i, rmqi_buf_text(&file), detail);
	}
	rmqi_buf_deinit(&file);
	return err;
}

enum rmq_error mb_cluster_run_namesrv(struct rmq_mock_cluster *c, struct mb_slot *s,
				      struct rmq_error_detail *detail)
{
	const struct mb_namesrv_options options = {
		.loop = c->loop,
		.log = &c->log,
		.counters = &c->counters,
		.host = s->namesrv_config.bind_address,
		.port = s->port,
		.tls = mb_tls_files_tls(c->tls),
		.rpc_tls = c->rpc_tls,
		.require_tls = c->tls_required,
		.config = &s->namesrv_config,
		.observer = mb_cluster_observer(c, s, (int32_t)(s - c->namesrvs)),
		.is_host = c->is_one_port,
		.ways = &s->ways,
		.faults = &s->rules.faults,
	};
	enum rmq_error err;

	mb_rule_node_init(&s->rules, &c->rules, NULL, (int32_t)(s - c->namesrvs));
	err = mb_namesrv_new(&options, &s->namesrv, detail);

	if (err == RMQ_OK)
		err = mb_slot_keep_address(c, s, mb_namesrv_address(s->namesrv),
					   mb_namesrv_address(s->namesrv));
	return err;
}
