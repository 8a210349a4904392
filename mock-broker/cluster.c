/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/cluster.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "base/process.h"
#include "mock-broker/cluster_state.h"
#include "mock-broker/store/fs.h"
#include "mock-broker/temp_folder.h"
#include "net/tls.h"

enum {
	POOL_CLOSE_MS = 30000,
};

enum rmq_error mb_cluster_check_caller(const struct rmq_mock_cluster *c,
				       struct rmq_error_detail *detail)
{
	if (c->loop && rmqi_loop_is_current(c->loop))
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "a log callback may not call the cluster that logs");
	if (!rmqi_env_is_foreign(c->env))
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
			       "under virtual time every call belongs to the thread that made the "
			       "mock cluster; this is another one");
}

bool mb_slot_claim(struct rmq_mock_cluster *c, struct mb_slot *s, enum mb_slot_state from,
		   enum mb_slot_state to)
{
	bool is_mine;

	rmqi_mutex_lock(&c->mu);
	is_mine = s->state == from && s->users == 0;
	if (is_mine)
		s->state = to;
	rmqi_mutex_unlock(&c->mu);
	return is_mine;
}

void mb_slot_settle(struct rmq_mock_cluster *c, struct mb_slot *s, enum mb_slot_state to)
{
	rmqi_mutex_lock(&c->mu);
	s->state = to;
	rmqi_mutex_unlock(&c->mu);
}

bool mb_slot_use(struct rmq_mock_cluster *c, struct mb_slot *s)
{
	bool is_running;

	rmqi_mutex_lock(&c->mu);
	is_running = s->state == MB_SLOT_RUNNING;
	s->users += is_running;
	rmqi_mutex_unlock(&c->mu);
	return is_running;
}

void mb_slot_leave(struct rmq_mock_cluster *c, struct mb_slot *s)
{
	rmqi_mutex_lock(&c->mu);
	s->users--;
	rmqi_mutex_unlock(&c->mu);
}

bool mb_slot_is_up(struct rmq_mock_cluster *c, const struct mb_slot *s)
{
	bool answer;

	rmqi_mutex_lock(&c->mu);
	answer = s->state == MB_SLOT_RUNNING;
	rmqi_mutex_unlock(&c->mu);
	return answer;
}

bool mb_slot_is_slave(struct rmq_mock_cluster *c, const struct mb_slot *s)
{
	bool answer;

	rmqi_mutex_lock(&c->mu);
	answer = s->is_slave;
	rmqi_mutex_unlock(&c->mu);
	return answer;
}

void mb_slot_set_slave(struct rmq_mock_cluster *c, struct mb_slot *s, bool is_slave)
{
	rmqi_mutex_lock(&c->mu);
	s->is_slave = is_slave;
	rmqi_mutex_unlock(&c->mu);
}

enum rmq_error mb_slot_keep_address(struct rmq_mock_cluster *c, struct mb_slot *s,
				    const char *listening, const char *address)
{
	struct rmqi_address a;
	enum rmq_error err = rmqi_address_parse(rmqi_str(listening), &a);

	if (err != RMQ_OK || s->address[0])
		return err;
	rmqi_mutex_lock(&c->mu);
	s->port = a.port;
	snprintf(s->address, sizeof(s->address), "%s", address);
	rmqi_mutex_unlock(&c->mu);
	return RMQ_OK;
}

/* A port is fixed by the first start, too. */
static enum mb_ha_listen ha_of(const struct rmq_mock_cluster *c, const struct mb_slot *s)
{
	if (c->has_own_identity || s->config.ha_listen_port > 0)
		return MB_HA_CONFIGURED;
	return c->has_slaves ? MB_HA_ANY : MB_HA_OFF;
}

static void keep_ha_port(struct rmq_mock_cluster *c, struct mb_slot *s)
{
	struct rmqi_address a;

	if (!c->has_slaves ||
	    rmqi_address_parse(rmqi_str(mb_broker_ha_address(s->broker)), &a) != RMQ_OK)
		return;
	rmqi_mutex_lock(&c->mu);
	s->config.ha_listen_port = a.port;
	rmqi_mutex_unlock(&c->mu);
}

void mb_slot_init_broker(struct rmq_mock_cluster *c, struct mb_slot *s)
{
	mb_disk_init(&s->disk, c->is_temporary ? &c->temp_fs : mb_fs_posix());
	rmqi_rand_init(&s->power, c->seed + (uint64_t)(s - c->brokers));
}

void mb_slot_deinit_broker(struct mb_slot *s)
{
	mb_broker_config_deinit(&s->config);
	mb_disk_deinit(&s->disk);
}

static enum rmq_error start_broker(struct rmq_mock_cluster *c, struct mb_slot *s,
				   struct rmq_error_detail *detail)
{
	/* The only one that the options have. */
	const struct mb_account *account = c->account ? c->account->accounts->at[0] : NULL;
	struct mb_broker_options options = {
		.loop = c->loop,
		.flusher = rmqi_pool_executor(c->flusher),
		.log = &c->log,
		.counters = &c->counters,
		.observer = mb_cluster_observer(c, s, -1),
		.config = &s->config,
		.fs = &s->disk.table,
		.tls = mb_tls_files_tls(c->tls),
		.rpc_tls = c->rpc_tls,
		.require_tls = c->tls_required,
		.gate = c->account ? &c->account->gate : NULL,
		.access_key = account ? account->access_key : NULL,
		.secret_key = account ? account->secret_key : NULL,
		.host_node = c->is_one_port ? mb_namesrv_node(c->namesrvs[0].namesrv) : NULL,
		.silent = s->silent,
		.ways = &s->ways,
		.skew_ms = &s->skew_ms,
		.lag = &s->lag,
		.seed = c->seed + (uint64_t)(s - c->brokers) + 1,
		.ha = ha_of(c, s),
		.faults = &s->rules.faults,
	};
	struct mb_broker *b = NULL;
	enum rmq_error err;

	s->config.listen_port = s->port;
	mb_rule_node_init(&s->rules, &c->rules, s->label, -1);
	err = mb_broker_new(&options, &b, detail);
	if (err == RMQ_OK)
		err = mb_slot_keep_address(c, s, mb_broker_listen_address(b), mb_broker_address(b));
	s->broker = b;
	if (b)
		keep_ha_port(c, s);
	return err;
}

enum rmq_error mb_slot_run_broker(struct rmq_mock_cluster *c, struct mb_slot *s,
				  struct rmq_error_detail *detail)
{
	enum rmq_error err = start_broker(c, s, detail);

	mb_slot_settle(c, s, err == RMQ_OK ? MB_SLOT_RUNNING : MB_SLOT_STOPPED);
	return err;
}

static enum rmq_error start(struct rmq_mock_cluster *c, struct mb_slot *s, bool is_broker,
			    struct rmq_error_detail *detail)
{
	enum rmq_error err = mb_cluster_check_caller(c, detail);

	if (err != RMQ_OK)
		return err;
	if (!mb_slot_claim(c, s, MB_SLOT_STOPPED, MB_SLOT_STARTING))
		return rmqi_detail_set(detail, RMQ_ERR_STATE, 0, "the node is running already");
	if (is_broker)
		return mb_slot_run_broker(c, s, detail);
	err = mb_cluster_run_namesrv(c, s, detail);
	mb_slot_settle(c, s, err == RMQ_OK ? MB_SLOT_RUNNING : MB_SLOT_STOPPED);
	return err;
}

enum rmq_error mb_slot_stop(struct rmq_mock_cluster *c, struct mb_slot *s, bool is_crash,
			    enum mb_slot_state left, struct rmq_error_detail *detail)
{
	enum rmq_error err = mb_cluster_check_caller(c, detail);

	if (err != RMQ_OK)
		return err;
	if (!mb_slot_claim(c, s, MB_SLOT_RUNNING, MB_SLOT_STOPPING))
		return rmqi_detail_set(detail, RMQ_ERR_STATE, 0, "%s",
				       mb_slot_is_up(c, s) ? "another call needs the node running"
							   : "the node is not running");
	mb_cluster_ways_stopping(c, s);
	if (s->broker && is_crash)
		mb_broker_crash(s->broker);
	else
		mb_broker_free(s->broker);
	mb_namesrv_free(s->namesrv);
	s->broker = NULL;
	s->namesrv = NULL;
	mb_cluster_ways_stopped(c, s);
	mb_slot_settle(c, s, left);
	return RMQ_OK;
}

size_t mb_cluster_find_place(const struct rmq_mock_cluster *c, const char *label)
{
	for (size_t i = 0; i < c->broker_count; i++)
		if (strcmp(c->brokers[i].label, label) == 0)
			return mb_slot_is_there(&c->brokers[i]) ? i : SIZE_MAX;
	return SIZE_MAX;
}

struct mb_slot *mb_cluster_find_slot(struct rmq_mock_cluster *c, const char *label)
{
	size_t at = mb_cluster_find_place(c, label);

	return at == SIZE_MAX ? NULL : &c->brokers[at];
}

struct mb_slot *mb_cluster_find_broker(struct rmq_mock_cluster *c, const char *broker,
				       struct rmq_error_detail *detail)
{
	struct mb_slot *s = mb_cluster_find_slot(c, broker);

	if (s)
		return s;
	(void)rmqi_detail_set(detail, RMQ_ERR_NOT_FOUND, RMQ_ERROR_FATAL,
			      "there is no broker \"%s\"; the first of %zu is \"%s\"", broker,
			      (size_t)c->broker_count,
			      c->broker_count ? c->brokers[0].label : "");
	return NULL;
}

struct mb_slot *mb_cluster_find_namesrv(struct rmq_mock_cluster *c, int index,
					struct rmq_error_detail *detail)
{
	if (index >= 0 && (size_t)index < c->namesrv_count)
		return &c->namesrvs[index];
	(void)rmqi_detail_set(detail, RMQ_ERR_NOT_FOUND, RMQ_ERROR_FATAL,
			      "there is no name server %d: there are %zu, counted from 0", index,
			      c->namesrv_count);
	return NULL;
}

static bool is_stopped(struct rmq_mock_cluster *c, const struct mb_slot *s)
{
	bool answer;

	rmqi_mutex_lock(&c->mu);
	answer = s->state == MB_SLOT_STOPPED;
	rmqi_mutex_unlock(&c->mu);
	return answer;
}

enum rmq_error mb_cluster_broker_stop(struct rmq_mock_cluster *c, const char *broker, bool is_crash,
				      struct rmq_error_detail *detail)
{
	struct mb_slot *s = mb_cluster_find_broker(c, broker, detail);

	return s ? mb_slot_stop(c, s, is_crash, MB_SLOT_STOPPED, detail) : RMQ_ERR_NOT_FOUND;
}

enum rmq_error mb_cluster_broker_start(struct rmq_mock_cluster *c, const char *broker,
				       struct rmq_error_detail *detail)
{
	struct mb_slot *s = mb_cluster_find_broker(c, broker, detail);

	if (s && c->is_one_port && is_stopped(c, &c->namesrvs[0]))
		return rmqi_detail_set(detail, RMQ_ERR_STATE, 0,
				       "onePort: the broker has the port of the name server, which "
				       "does not run");
	return s ? start(c, s, true, detail) : RMQ_ERR_NOT_FOUND;
}

enum rmq_error mb_cluster_namesrv_stop(struct rmq_mock_cluster *c, int index,
				       struct rmq_error_detail *detail)
{
	struct mb_slot *s = mb_cluster_find_namesrv(c, index, detail);

	if (s && c->is_one_port && c->broker_count && !is_stopped(c, &c->brokers[0]))
		return rmqi_detail_set(detail, RMQ_ERR_STATE, 0,
				       "onePort: the broker has the port of the name server: stop it "
				       "first");
	return s ? mb_slot_stop(c, s, false, MB_SLOT_STOPPED, detail) : RMQ_ERR_NOT_FOUND;
}

enum rmq_error mb_cluster_namesrv_start(struct rmq_mock_cluster *c, int index,
					struct rmq_error_detail *detail)
{
	struct mb_slot *s = mb_cluster_find_namesrv(c, index, detail);

	return s ? start(c, s, false, detail) : RMQ_ERR_NOT_FOUND;
}

static enum rmq_error make_tls(struct rmq_mock_cluster *c, const struct mb_cluster_options *o,
			       struct rmq_error_detail *detail)
{
	const struct mb_tls_files_config server = {
		.loop = c->loop,
		.log = &c->log,
		.cert_file = o->tls_cert_file,
		.key_file = o->tls_key_file,
		.ca_file = o->tls_ca_file,
		.client_auth = o->tls_ca_file ? MB_CLIENT_AUTH_REQUIRE : MB_CLIENT_AUTH_NONE,
	};
	/* To our own name servers, with our own certificate. */
	const struct rmqi_tls_config client = {
		.cert_file = o->tls_cert_file,
		.key_file = o->tls_key_file,
		.skip_verify = true,
	};
	enum rmq_error err;

	if (!o->tls_cert_file)
		return RMQ_OK;
	err = mb_tls_files_new(&server, &c->tls, detail);
	if (err == RMQ_OK && o->tls_required)
		err = rmqi_tls_new(&client, false, &c->rpc_tls, detail);
	return err;
}

/* What is left of a cluster when nobody has its environment any more. */
static void free_rest(struct rmq_mock_cluster *c)
{
	mb_cluster_free_faults(c);
	if (c->loop)
		rmqi_loop_free(c->loop);
	if (c->own_env.env.inproc)
		rmqi_inproc_free(c->own_env.env.inproc);
	if (c->own_env.env.sim)
		rmqi_sim_free(c->own_env.env.sim);
	rmqi_clock_free(c->own_env.env.inner);
	mb_plain_free(c->account);
	mb_counters_deinit(&c->counters);
	mb_cluster_ways_deinit(c);
	mb_cluster_free_record(c);
	rmqi_mutex_deinit(&c->mu);
	rmqi_free(c->host);
	rmqi_free(c->root);
	rmqi_free(c->broker_conf_file);
	rmqi_free(c->broker_settings);
	rmqi_free(c->advertised_host);
	rmqi_free(c);
}

/* The last one may be a configuration that another thread frees: that cannot run the lanes of the loop to
 * their end, and leaves them. */
static void free_owned(struct rmqi_env_owner *o)
{
	struct rmq_mock_cluster *c = RMQI_CONTAINER(o, struct rmq_mock_cluster, owner);

	if (!rmqi_env_is_foreign(c->env))
		free_rest(c);
}

static enum rmq_error make_env(struct rmq_mock_cluster *c, const struct mb_cluster_options *o)
{
	struct rmqi_env *own = &c->own_env.env;
	enum rmq_error err;

	*own = *rmqi_env_real();
	c->env = own;
	if (!o->virtual_time) {
		own->inner = rmqi_clock_fast_new();
		return own->inner ? RMQ_OK : RMQ_ERR_NO_MEMORY;
	}
	err = rmqi_sim_new(o->seed, o->start_ms, &own->sim);
	if (err != RMQ_OK)
		return err;
	own->clock = rmqi_sim_clock(own->sim);
	own->owner = &c->owner;
	return rmqi_inproc_new(own->sim, &own->inproc);
}

static enum rmq_error make_root(struct rmq_mock_cluster *c, const struct mb_cluster_options *o,
				struct rmq_error_detail *detail)
{
	if (o->store) {
		c->root = rmqi_strdup(o->store);
		return c->root ? RMQ_OK : RMQ_ERR_NO_MEMORY;
	}
	if (o->brokers == 0)
		return RMQ_OK;
	c->root = mb_temp_folder_new();
	c->is_temporary = c->root != NULL;
	c->temp_fs = mb_temp_fs();
	if (c->root)
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_IO, 0, "no temporary folder: %s", strerror(errno));
}

/* Virtual time has addresses of its own, unless another one was asked for. */
static const char *host_of(const struct mb_cluster_options *o)
{
	static const char usual[] = "127.0.0.1";

	if (o->virtual_time && (!o->host || strcmp(o->host, usual) == 0))
		return RMQI_INPROC_HOST;
	return o->host ? o->host : usual;
}

static enum rmq_error make_parts(struct rmq_mock_cluster *c, const struct mb_cluster_options *o,
				 struct rmq_error_detail *detail)
{
	enum rmq_error err = make_env(c, o);

	c->host = rmqi_strdup(host_of(o));
	if (err == RMQ_OK && !c->host)
		err = RMQ_ERR_NO_MEMORY;
	if (o->broker_conf_file) {
		c->broker_conf_file = rmqi_strdup(o->broker_conf_file);
		if (!c->broker_conf_file)
			err = RMQ_ERR_NO_MEMORY;
	}
	if (err == RMQ_OK)
		err = make_root(c, o, detail);
	if (err == RMQ_OK && o->record)
		err = mb_cluster_make_record(c, o);
	if (err == RMQ_OK && o->access_key)
		err = mb_plain_new_account(o->access_key, o->secret_key, &c->account);
	if (err == RMQ_OK)
		err = rmqi_loop_new(c->env, "rmq-mock", &c->loop);
	if (err == RMQ_OK && o->time_scale > 1)
		mb_cluster_scale_now(c, o->time_scale);
	if (err == RMQ_OK)
		err = mb_cluster_init_faults(c);
	if (err == RMQ_OK)
		err = make_tls(c, o, detail);
	if (err == RMQ_OK)
		err = rmqi_pool_new(c->env, "rmq-mock-flush", 1, &c->flusher);
	if (err == RMQ_ERR_SYSTEM)
		(void)rmqi_detail_set(detail, err, 0, "no descriptor or no thread is left");
	return err;
}

static enum rmq_error start_namesrvs(struct rmq_mock_cluster *c, const struct mb_cluster_options *o,
				     struct rmq_error_detail *detail)
{
	enum rmq_error err = mb_cluster_configure_namesrvs(c, o, detail);
	size_t len = 0;

	for (size_t i = 0; i < c->namesrv_count && err == RMQ_OK; i++) {
		struct mb_slot *s = &c->namesrvs[i];

		err = start(c, s, false, detail);
		len += (size_t)snprintf(c->namesrv_text + len, sizeof(c->namesrv_text) - len,
					"%s%s", i ? ";" : "", s->address);
	}
	return err;
}

static enum rmq_error start_brokers(struct rmq_mock_cluster *c, const struct mb_cluster_options *o,
				    struct rmq_error_detail *detail)
{
	struct rmqi_buf file;
	enum rmq_error err;

	rmqi_buf_init(&file, MB_CONF_FILE_MAX);
	err = mb_cluster_read_conf(o->broker_conf_file, &file, detail);
	mb_conf_tell_inert(mb_broker_conf(), rmqi_str(rmqi_buf_text(&file)), &c->log);
	mb_conf_tell_inert(mb_broker_conf(), rmqi_str(o->broker_conf), &c->log);
	if (err == RMQ_OK)
		err = mb_cluster_keep_settings(c, o, rmqi_buf_text(&file));
	for (size_t i = 0; i < (size_t)(o->brokers * (1 + o->slaves)) && err == RMQ_OK; i++) {
		mb_slot_init_broker(c, &c->brokers[i]);
		c->broker_count++;
		err = mb_cluster_configure(c, o, i, rmqi_buf_text(&file), detail);
		if (err == RMQ_OK)
			err = start(c, &c->brokers[i], true, detail);
	}
	rmqi_buf_deinit(&file);
	return err;
}

enum rmq_error mb_cluster_new(const struct mb_cluster_options *options,
			      struct rmq_mock_cluster **out, struct rmq_error_detail *detail)
{
	struct rmq_mock_cluster *c = rmqi_calloc(1, sizeof(*c));
	enum rmq_error err;

	if (!c)
		return RMQ_ERR_NO_MEMORY;
	c->process = rmqi_process_mark();
	atomic_init(&c->owner.refs, 1);
	c->owner.free = free_owned;
	rmqi_mutex_init(&c->mu);
	mb_cluster_ways_init(c);
	mb_counters_init(&c->counters);
	c->log = (struct rmqi_log){options->log, options->log_arg, options->log_level};
	c->seed = options->seed;
	c->tls_required = options->tls_required;
	c->has_own_identity = options->own_identity;
	c->has_slaves = options->slaves > 0;
	c->is_one_port = options->one_port;
	err = make_parts(c, options, detail);
	if (err == RMQ_OK)
		err = start_namesrvs(c, options, detail);
	if (err == RMQ_OK)
		err = start_brokers(c, options, detail);
	if (err == RMQ_OK && options->metrics_listen)
		err = mb_cluster_open_pages(c, options->metrics_listen, detail);
	if (err != RMQ_OK) {
		mb_cluster_free(c);
		return err;
	}
	*out = c;
	return RMQ_OK;
}

bool mb_cluster_is_inherited(const struct rmq_mock_cluster *c)
{
	return rmqi_process_is_child(c->process);
}

/* Nothing listens and nothing is told any more; clients find their connections closed. */
static void stop_all(struct rmq_mock_cluster *c)
{
	mb_cluster_close_faults(c);
	while (c->attached) {
		struct mb_attached *a = c->attached;

		c->attached = a->next;
		a->end(a);
	}
	mb_http_free(c->http);
	c->http = NULL;
	for (size_t i = 0; i < c->broker_count; i++)
		(void)!mb_slot_stop(c, &c->brokers[i], false, MB_SLOT_STOPPED, NULL);
	for (size_t i = 0; i < c->namesrv_count; i++)
		(void)!mb_slot_stop(c, &c->namesrvs[i], false, MB_SLOT_STOPPED, NULL);
	for (size_t i = 0; i < c->broker_count; i++)
		mb_slot_deinit_broker(&c->brokers[i]);
	for (size_t i = 0; i < c->namesrv_count; i++)
		mb_namesrv_config_deinit(&c->namesrvs[i].namesrv_config);
	if (c->flusher)
		rmqi_pool_close(c->flusher, rmqi_clock_deadline(c->env->clock, POOL_CLOSE_MS),
				NULL);
	if (c->is_temporary)
		mb_temp_folder_remove(c->root);
	mb_tls_files_free(c->tls);
	c->log = (struct rmqi_log){0};
	rmqi_tls_free(c->rpc_tls);
}

void mb_cluster_free(struct rmq_mock_cluster *c)
{
	if (!c || mb_cluster_check_caller(c, NULL) != RMQ_OK)
		return;
	stop_all(c);
	/* With virtual time clients may still have its environment. */
	if (atomic_fetch_sub(&c->owner.refs, 1) == 1)
		free_rest(c);
}
