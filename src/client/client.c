/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client.h"

#include <stdio.h>

#include "base/detail.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/sim.h"
#include "client/client_impl.h"
#include "codec/denial.h"
#include "codec/schema.h"

enum { FREE_TIMEOUT_MS = 3000 /* to say goodbye, when nobody closed before */ };

static enum rmq_error no_memory(struct rmq_error_detail *detail)
{
	return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
}

static enum rmq_error check_thread(const struct rmqi_env *env, struct rmq_error_detail *detail)
{
	if (!rmqi_env_is_foreign(env))
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
			       "under virtual time every call belongs to the thread that made the "
			       "mock cluster; this is another one");
}

enum rmq_error rmqi_client_check_caller(const struct rmqi_client *c,
					struct rmq_error_detail *detail)
{
	if (c->loop && rmqi_loop_is_current(c->loop))
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "a log callback may not call the client that logs");
	return check_thread(c->env, detail);
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
	if (s->error == RMQ_OK)
		s->error = rmqi_timer_init(&c->retry_timer, timers, rmqi_client_on_retry_timer);
	if (s->error == RMQ_OK)
		s->error = rmqi_timer_init(&c->farewell_timer, timers, rmqi_client_on_farewell_timer);
	if (s->error == RMQ_OK)
		s->error = rmqi_detector_init_timer(c);
}

static void init_rand(struct rmqi_client *c)
{
	c->route_key = rmqi_siphash_key_new();
	if (c->env->sim)
		rmqi_rand_init(&c->rand, rmqi_rand_next(rmqi_sim_rand(c->env->sim)));
	else
		rmqi_rand_init_system(&c->rand);
}

enum rmq_error rmqi_client_new(const struct rmq_config *config,
			       const struct rmqi_client_owner *owner, struct rmqi_client **out,
			       struct rmq_error_detail *detail)
{
	enum rmq_error err = check_thread(config->env, detail);
	struct rmqi_client *c = err == RMQ_OK ? rmqi_calloc(1, sizeof(*c)) : NULL;
	struct timer_setup setup = {.client = c};

	if (err != RMQ_OK)
		return err;
	if (!c)
		return no_memory(detail);
	rmqi_mutex_init(&c->mu);
	rmqi_map_init(&c->topics);
	rmqi_map_init(&c->brokers);
	rmqi_map_init(&c->complaints);
	rmqi_list_init(&c->join_waits);
	rmqi_list_init(&c->route_questions);
	c->owner = *owner;
	c->env = config->env;
	c->process = rmqi_process_mark();
	rmqi_thread_signals(&c->signals);
	rmqi_life_init(&c->life, c->env);
	rmqi_faults_init(&c->faults);
	rmqi_detector_init(c, config);
	rmqi_tallies_init(&c->tallies);
	c->made_ms = rmqi_clock_wall_ms(c->env->clock);
	rmqi_roster_entry_init(&c->roster);
	c->refreshed_us = INT64_MIN / 2; /* never */
	init_rand(c);
	c->config = rmqi_config_dup(config);
	err = c->config ? RMQ_OK : no_memory(detail);
	if (err != RMQ_OK)
		goto out;
	c->log = &c->config->log;
	err = rmqi_client_read_namesrvs(c, detail);
	if (err == RMQ_OK)
		err = rmqi_client_make_id(c, detail);
	if (err == RMQ_OK)
		err = rmqi_client_make_tls(c, detail);
	if (err == RMQ_OK)
		err = rmqi_credentials_new(c->config, &c->credentials, detail);
	if (err == RMQ_OK)
		err = rmqi_client_make_rpc(c, detail);
	if (err != RMQ_OK)
		goto out;
	rmqi_loop_call(c->loop, init_timers, &setup);
	err = setup.error;
	if (err == RMQ_OK && c->config->event_fn)
		err = rmqi_events_new(c, &c->events);
	if (err == RMQ_OK && rmqi_credentials_can_change(c->credentials))
		err = rmqi_refresh_new(c, &c->refresh);
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

static enum rmq_error join_roster(struct rmqi_client *c, struct rmq_error_detail *detail)
{
	c->roster.env = c->env;
	c->roster.id = c->id;
	c->roster.consumer_group = c->owner.consumer_group;
	c->roster.producer_group = c->owner.producer_group;
	c->roster.namesrvs = c->namesrvs;
	c->roster.namesrv_count = c->namesrv_count;
	return rmqi_roster_join(&c->roster, detail);
}

enum rmq_error rmqi_client_start(struct rmqi_client *c, struct rmq_error_detail *detail)
{
	enum rmq_error err = join_roster(c, detail);

	if (err != RMQ_OK)
		return err;
	if (!rmqi_life_move(&c->life, RMQI_LIFE_CREATED, RMQI_LIFE_RUNNING)) {
		bool is_open = rmqi_life_is_open(&c->life);

		if (!is_open)
			rmqi_roster_leave(&c->roster);
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL, "%s",
				       is_open ? "started before" : "closed before");
	}
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
	rmqi_timer_deinit(&c->retry_timer);
	rmqi_timer_deinit(&c->farewell_timer);
	rmqi_detector_deinit(&c->detector);
	rmqi_refresh_free(c->refresh);
}

/* From here on the loop asks nobody anything: whatever begins a call there looks at the state first
 * (rmqi_client_is_open). So nothing can follow the farewell, or find a freed rpc. */
static void stop_timers(void *arg)
{
	struct rmqi_client *c = arg;

	rmqi_timer_stop(&c->route_timer);
	rmqi_timer_stop(&c->heartbeat_timer);
	rmqi_timer_stop(&c->missing_timer);
	rmqi_timer_stop(&c->retry_timer);
	rmqi_detector_stop(&c->detector);
	rmqi_refresh_stop(c->refresh);
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
	rmqi_roster_leave(&c->roster);
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
	rmqi_complaints_free(&c->complaints);
	rmqi_tls_free(c->tls);
	rmqi_credentials_unref(c->credentials);
	for (size_t i = 0; i < c->namesrv_count; i++)
		rmqi_free(c->namesrvs[i]);
	rmqi_free(c->namesrvs);
	rmqi_free(c->id);
	rmqi_life_deinit(&c->life);
	rmqi_faults_deinit(&c->faults);
	rmqi_tallies_deinit(&c->tallies);
	rmqi_mutex_deinit(&c->mu);
	rmqi_config_free(c->config); /* the environment may go with it */
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

bool rmqi_client_is_inherited(const struct rmqi_client *c)
{
	return rmqi_process_is_child(c->process);
}

const sigset_t *rmqi_client_signals(const struct rmqi_client *c)
{
	return &c->signals;
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

const char *rmqi_client_namesrv(const struct rmqi_client *c, size_t i)
{
	return i < c->namesrv_count ? c->namesrvs[i] : NULL;
}

struct rmqi_faults *rmqi_client_faults(struct rmqi_client *c)
{
	return &c->faults;
}

struct rmqi_tallies *rmqi_client_tallies(struct rmqi_client *c)
{
	return &c->tallies;
}

bool rmqi_client_has_namesake(const struct rmqi_client *c)
{
	return rmqi_roster_has_namesake(&c->roster);
}

bool rmqi_client_has_credentials(const struct rmqi_client *c)
{
	return c->credentials != NULL;
}

bool rmqi_client_can_change_credentials(const struct rmqi_client *c)
{
	return rmqi_credentials_can_change(c->credentials);
}

enum rmq_error rmqi_client_refusal(const struct rmqi_command *answer)
{
	return rmqi_is_denial(answer->code, answer->remark) ? RMQ_ERR_DENIED : RMQ_ERR_BROKER;
}

const char *rmqi_client_explain_denial(const struct rmqi_client *c, int32_t code,
				       struct rmqi_str remark, char *buf, size_t size)
{
	char access_key[128], name[32];
	bool is_known;

	rmqi_credentials_access_key(c->credentials, access_key, sizeof(access_key));
	is_known = access_key[0] != '\0';
	snprintf(buf, size, "denies access to %s%s%s (%s: %.*s): %s",
		 is_known ? "accessKey \"" : "a client without credentials", access_key,
		 is_known ? "\"" : "", rmqi_response_name(code, name, sizeof(name)),
		 RMQI_STR_ARG(remark),
		 is_known ? "check accessKey, secretKey and what this account may do"
			  : "set accessKey and secretKey");
	return buf;
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
