/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/detail.h"
#include "base/mem.h"
#include "base/sim.h"
#include "client/client_impl.h"
#include "codec/codes.h"
#include "net/address.h"
#include "net/local_ip.h"

enum {
	CLIENT_ID_MAX = 1024,
	FREE_TIMEOUT_MS = 3000 /* to say goodbye, when nobody closed before */
};

static enum rmq_error no_memory(struct rmq_error_detail *detail)
{
	return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
}

/* Setter first, then NAMESRV_ADDR (NameServerAddressUtils.java). */
static enum rmq_error read_namesrvs(struct rmqi_client *c, struct rmq_error_detail *detail)
{
	const char *text = rmqi_config_str(c->config, RMQI_CFG_namesrvAddr);
	struct rmqi_str bad = {0};
	enum rmq_error err;

	if (!text || rmqi_str_trim(rmqi_str(text)).len == 0)
		text = getenv("NAMESRV_ADDR");
	if (!text || rmqi_str_trim(rmqi_str(text)).len == 0)
		return rmqi_detail_set(detail, RMQ_ERR_NO_NAMESRV, RMQ_ERROR_FATAL,
				       "no name server: set namesrvAddr, or NAMESRV_ADDR in the "
				       "environment");
	err = rmqi_address_list(rmqi_str(text), &c->namesrvs, &c->namesrv_count, &bad);
	if (err == RMQ_ERR_ADDRESS)
		return rmqi_detail_set(detail, err, RMQ_ERROR_FATAL,
				       "name server address \"%.*s\" is not host:port",
				       RMQI_STR_ARG(bad));
	if (err != RMQ_OK)
		return no_memory(detail);
	if (c->namesrv_count == 0)
		return rmqi_detail_set(detail, RMQ_ERR_NO_NAMESRV, RMQ_ERROR_FATAL,
				       "no name server in \"%s\"", text);
	c->namesrv_chosen = rmqi_rand_below(&c->rand, c->namesrv_count);
	return RMQ_OK;
}

/* <ip>@<instance>[@<unit>] (ClientConfig.buildMQClientId). */
static enum rmq_error make_id(struct rmqi_client *c, struct rmq_error_detail *detail)
{
	const char *ip_text = rmqi_config_str(c->config, RMQI_CFG_clientIP);
	const char *instance = rmqi_config_str(c->config, RMQI_CFG_instanceName);
	const char *unit = rmqi_config_str(c->config, RMQI_CFG_unitName);
	uint32_t pid = c->env->sim ? 1 : (uint32_t)getpid();
	char unique[48], text[80];
	struct rmqi_host ip = {.ip = {127, 0, 0, 1}};
	struct rmqi_buf id;
	enum rmq_error err;

	/* A simulation repeats on every machine. */
	if (!c->env->sim)
		rmqi_local_ip(&ip);
	if (!ip_text) {
		rmqi_host_text(&ip, text, sizeof(text));
		*strrchr(text, ':') = '\0';
		ip_text = text;
	}
	rmqi_uniq_init(&c->uniq, c->env->clock, &ip, pid, (uint32_t)rmqi_rand_next(&c->rand));
	if (strcmp(instance, "DEFAULT") == 0) {
		snprintf(unique, sizeof(unique), "%u#%llu", pid,
			 (unsigned long long)(rmqi_rand_next(&c->rand) >> 16));
		instance = unique;
	}
	rmqi_buf_init(&id, CLIENT_ID_MAX);
	rmqi_buf_addf(&id, "%s@%s%s%s", ip_text, instance, unit ? "@" : "", unit ? unit : "");
	err = rmqi_buf_status(&id);
	if (err == RMQ_OK)
		c->id = rmqi_strdup(rmqi_buf_text(&id));
	rmqi_buf_deinit(&id);
	if (err == RMQ_ERR_TOO_LARGE)
		return rmqi_detail_set(
			detail, err, RMQ_ERROR_FATAL,
			"the client id (clientIP, instanceName, unitName) is over %d "
			"bytes",
			CLIENT_ID_MAX);
	return c->id ? RMQ_OK : no_memory(detail);
}

static enum rmq_error make_tls(struct rmqi_client *c, struct rmq_error_detail *detail)
{
	const struct rmq_config *g = c->config;
	struct rmqi_tls_config tls = {
		.ca_file = rmqi_config_str(g, RMQI_CFG_tlsCaFile),
		.ca_pem = rmqi_config_str(g, RMQI_CFG_tlsCaPem),
		.cert_file = rmqi_config_str(g, RMQI_CFG_tlsCertFile),
		.cert_pem = rmqi_config_str(g, RMQI_CFG_tlsCertPem),
		.key_file = rmqi_config_str(g, RMQI_CFG_tlsKeyFile),
		.key_pem = rmqi_config_str(g, RMQI_CFG_tlsKeyPem),
		.key_password = rmqi_config_str(g, RMQI_CFG_tlsKeyPassword),
		.server_name = rmqi_config_str(g, RMQI_CFG_tlsServerName),
		.skip_verify = !rmqi_config_bool(g, RMQI_CFG_tlsVerify),
		.skip_host_check = !rmqi_config_bool(g, RMQI_CFG_tlsVerifyHostname),
	};

	if (!rmqi_config_bool(g, RMQI_CFG_useTLS))
		return RMQ_OK;
	return rmqi_tls_new(&tls, false, &c->tls, detail);
}

/* So that the broker need not wait. */
static void refuse(struct rmqi_client *c, struct rmqi_conn *conn, const char *address,
		   const struct rmqi_command *request)
{
	struct rmqi_outgoing no = {.code = RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED};
	char remark[64];

	RMQI_LOG(c->log, RMQ_LOG_INFO, "%s asks for %d, which this client does not do", address,
		 request->code);
	if (rmqi_command_is_oneway(request))
		return;
	snprintf(remark, sizeof(remark), " request type %d not supported", request->code);
	no.remark = rmqi_str(remark);
	if (rmqi_conn_reply(conn, request->opaque, request->serialization, &no) != RMQ_OK)
		RMQI_LOG(c->log, RMQ_LOG_WARN, "%s got no answer to its request %d", address,
			 request->code);
}

static void on_request(void *arg, struct rmqi_conn *conn, const char *address,
		       const struct rmqi_command *request)
{
	struct rmqi_client *c = arg;

	for (const struct rmqi_client_handler *h = c->owner.handlers; h && h->code; h++) {
		if (h->code == request->code) {
			h->fn(c->owner.arg, conn, address, request);
			return;
		}
	}
	refuse(c, conn, address, request);
}

/* The connection itself logs it. */
static void on_state(void *arg, const char *address, bool is_open, enum rmq_error reason)
{
	(void)reason;
	rmqi_client_broker_state(arg, address, is_open);
}

static enum rmq_error make_rpc(struct rmqi_client *c, struct rmq_error_detail *detail)
{
	struct rmqi_rpc_config r = {
		.log = c->log,
		.tls = c->tls,
		.serialization = rmqi_config_i64(c->config, RMQI_CFG_serializeType) == 1
					 ? RMQI_BINARY
					 : RMQI_JSON,
		.connect_timeout_ms = rmqi_config_i64(c->config, RMQI_CFG_connectTimeout),
		.idle_timeout_ms =
			rmqi_config_i64(c->config, RMQI_CFG_channelMaxIdleTimeSeconds) * 1000,
		.on_request = on_request,
		.on_state = on_state,
		.arg = c,
	};
	enum rmq_error err = rmqi_loop_new(c->env, "rmq-loop", &c->loop);

	r.loop = c->loop;
	if (err == RMQ_OK)
		err = rmqi_rpc_new(&r, &c->rpc);
	if (err != RMQ_OK)
		rmqi_detail_set(detail, err, 0, "the client's thread cannot be started: %s",
				rmq_error_text(err));
	return err;
}

static void on_route_timer(struct rmqi_timer *t)
{
	struct rmqi_client *c = RMQI_CONTAINER(t, struct rmqi_client, route_timer);

	rmqi_client_refresh_all(c);
	rmqi_timer_start_ms(t, rmqi_config_i64(c->config, RMQI_CFG_pollNameServerInterval));
}

static void on_heartbeat_timer(struct rmqi_timer *t)
{
	struct rmqi_client *c = RMQI_CONTAINER(t, struct rmqi_client, heartbeat_timer);

	rmqi_client_heartbeat_all(c);
	rmqi_timer_start_ms(t, rmqi_config_i64(c->config, RMQI_CFG_heartbeatBrokerInterval));
}

struct timer_setup {
	struct rmqi_client *client;
	enum rmq_error error;
};

static void init_timers(void *arg)
{
	struct timer_setup *s = arg;
	struct rmqi_client *c = s->client;
	struct rmqi_timers *timers = rmqi_loop_timers(c->loop);

	s->error = rmqi_timer_init(&c->route_timer, timers, on_route_timer);
	if (s->error == RMQ_OK)
		s->error = rmqi_timer_init(&c->heartbeat_timer, timers, on_heartbeat_timer);
	if (s->error == RMQ_OK)
		s->error = rmqi_timer_init(&c->missing_timer, timers, rmqi_client_on_missing_timer);
}

static void init_rand(struct rmqi_client *c)
{
	if (c->env->sim)
		rmqi_rand_init(&c->rand, rmqi_rand_next(rmqi_sim_rand(c->env->sim)));
	else
		rmqi_rand_init_system(&c->rand);
}

enum rmq_error rmqi_client_new(const struct rmq_config *config,
			       const struct rmqi_client_owner *owner, struct rmqi_client **out,
			       struct rmq_error_detail *detail)
{
	struct rmqi_client *c = rmqi_calloc(1, sizeof(*c));
	struct timer_setup setup = {.client = c};
	enum rmq_error err;

	if (!c)
		return no_memory(detail);
	rmqi_mutex_init(&c->mu);
	rmqi_map_init(&c->topics);
	rmqi_map_init(&c->brokers);
	c->owner = *owner;
	c->env = config->env;
	rmqi_life_init(&c->life, c->env);
	rmqi_faults_init(&c->faults);
	c->refreshed_us = INT64_MIN / 2; /* never */
	init_rand(c);
	c->config = rmqi_config_dup(config);
	err = c->config ? RMQ_OK : no_memory(detail);
	if (err != RMQ_OK)
		goto out;
	c->log = &c->config->log;
	err = read_namesrvs(c, detail);
	if (err == RMQ_OK)
		err = make_id(c, detail);
	if (err == RMQ_OK)
		err = make_tls(c, detail);
	if (err == RMQ_OK)
		err = make_rpc(c, detail);
	if (err != RMQ_OK)
		goto out;
	rmqi_loop_call(c->loop, init_timers, &setup);
	err = setup.error;
	if (err == RMQ_OK && c->config->event_fn)
		err = rmqi_events_new(c, &c->events);
	if (err == RMQ_OK)
		*out = c;
out:
	if (err != RMQ_OK)
		rmqi_client_free(c);
	return err;
}

static void start_timers(void *arg)
{
	struct rmqi_client *c = arg;

	rmqi_timer_start_ms(&c->route_timer,
			    rmqi_config_i64(c->config, RMQI_CFG_pollNameServerInterval));
	rmqi_timer_start_ms(&c->heartbeat_timer,
			    rmqi_config_i64(c->config, RMQI_CFG_heartbeatBrokerInterval));
}

enum rmq_error rmqi_client_start(struct rmqi_client *c, struct rmq_error_detail *detail)
{
	if (!rmqi_life_move(&c->life, RMQI_LIFE_CREATED, RMQI_LIFE_RUNNING))
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL, "%s",
				       rmqi_life_is_open(&c->life) ? "started before"
								   : "closed before");
	rmqi_loop_call(c->loop, start_timers, c);
	return RMQ_OK;
}

bool rmqi_client_is_open(const struct rmqi_client *c)
{
	return rmqi_life_is_open(&c->life);
}

bool rmqi_client_is_running(const struct rmqi_client *c)
{
	return rmqi_life_is_running(&c->life);
}

static void deinit_timers(void *arg)
{
	struct rmqi_client *c = arg;

	rmqi_timer_deinit(&c->route_timer);
	rmqi_timer_deinit(&c->heartbeat_timer);
	rmqi_timer_deinit(&c->missing_timer);
}

/* From here on the loop asks nobody anything: whatever begins a call there looks at the state first
 * (rmqi_client_is_open). So nothing can follow the farewell, or find a freed rpc. */
static void stop_timers(void *arg)
{
	struct rmqi_client *c = arg;

	rmqi_timer_stop(&c->route_timer);
	rmqi_timer_stop(&c->heartbeat_timer);
	rmqi_timer_stop(&c->missing_timer);
}

/* A broker that does not answer must not use up the time that the calls under way need to end. */
static int64_t farewell_deadline(const struct rmqi_client *c, int64_t deadline_us)
{
	int64_t most_us = rmqi_config_i64(c->config, RMQI_CFG_mqClientApiTimeout) * 1000;
	int64_t now = rmqi_clock_us(c->env->clock);
	int64_t left = deadline_us > now ? (deadline_us - now) / 4 * 3 : 0;

	return now + (left < most_us ? left : most_us);
}

void rmqi_client_close(struct rmqi_client *c, int64_t deadline_us)
{
	enum rmqi_life_state before;

	if (!rmqi_life_take_close(&c->life, deadline_us, &before)) {
		rmqi_life_wait_closed(&c->life, deadline_us);
		return;
	}
	rmqi_loop_call(c->loop, stop_timers, c);
	if (before == RMQI_LIFE_RUNNING)
		rmqi_client_unregister(c, farewell_deadline(c, deadline_us));
	rmqi_rpc_close(c->rpc);
	rmqi_life_move(&c->life, RMQI_LIFE_CLOSING, RMQI_LIFE_CLOSED);
}

void rmqi_client_free(struct rmqi_client *c)
{
	if (!c)
		return;
	if (c->rpc) {
		rmqi_client_close(c, rmqi_clock_deadline(c->env->clock, FREE_TIMEOUT_MS));
		rmqi_rpc_free(c->rpc);
	}
	rmqi_callbacks_free(atomic_load(&c->callbacks));
	rmqi_events_unref(c->events);
	if (c->loop) {
		rmqi_loop_call(c->loop, deinit_timers, c);
		rmqi_loop_free(c->loop);
	}
	rmqi_client_free_topics(c);
	rmqi_client_free_brokers(c);
	rmqi_tls_free(c->tls);
	for (size_t i = 0; i < c->namesrv_count; i++)
		rmqi_free(c->namesrvs[i]);
	rmqi_free(c->namesrvs);
	rmqi_free(c->id);
	rmqi_config_free(c->config);
	rmqi_life_deinit(&c->life);
	rmqi_faults_deinit(&c->faults);
	rmqi_mutex_deinit(&c->mu);
	rmqi_free(c);
}

const struct rmq_config *rmqi_client_config(const struct rmqi_client *c)
{
	return c->config;
}

const struct rmqi_env *rmqi_client_env(const struct rmqi_client *c)
{
	return c->env;
}

struct rmqi_clock *rmqi_client_clock(const struct rmqi_client *c)
{
	return c->env->clock;
}

const struct rmqi_log *rmqi_client_log(const struct rmqi_client *c)
{
	return c->log;
}

struct rmqi_loop *rmqi_client_loop(const struct rmqi_client *c)
{
	return c->loop;
}

struct rmqi_rpc *rmqi_client_rpc(const struct rmqi_client *c)
{
	return c->rpc;
}

struct rmqi_uniq *rmqi_client_uniq(struct rmqi_client *c)
{
	return &c->uniq;
}

const char *rmqi_client_id(const struct rmqi_client *c)
{
	return c->id;
}

struct rmqi_faults *rmqi_client_faults(struct rmqi_client *c)
{
	return &c->faults;
}

/* A heartbeat asked for by another thread. */
struct beat_task {
	struct rmqi_task task;
	struct rmqi_client *client;
};

static void run_heartbeat(struct rmqi_task *task)
{
	struct beat_task *b = RMQI_CONTAINER(task, struct beat_task, task);

	rmqi_client_heartbeat_all(b->client);
	rmqi_free(b);
}

void rmqi_client_heartbeat(struct rmqi_client *c)
{
	struct beat_task *b = rmqi_calloc(1, sizeof(*b));

	if (!b)
		return;
	b->client = c;
	b->task.run = run_heartbeat;
	rmqi_loop_post(c->loop, &b->task);
}
