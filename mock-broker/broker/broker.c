/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/broker.h"

#include <unistd.h>

#include "base/detail.h"
#include "base/mem.h"
#include "codec/names.h"
#include "mock-broker/acl/plain.h"
#include "mock-broker/broker/auths.h"
#include "mock-broker/broker/config_file.h"
#include "mock-broker/broker/config_update.h"
#include "mock-broker/broker/door.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/pop_wait.h"

enum { FAREWELL_MS = 3000, RPC_CLOSE_MS = 5000 };

/* What happens after a message was stored, in this order. */
static void listen_to_store(struct mb_broker *b)
{
	b->schedule.arrivals.arrived = mb_schedule_arrived;
	b->timers.arrivals.arrived = mb_timers_arrived;
	/* What waits for a time is delivered by the master. */
	if (!mb_ha_is_slave(&b->ha)) {
		mb_store_listen(b->store, &b->schedule.arrivals);
		mb_store_listen(b->store, &b->timers.arrivals);
	}
	b->holds.arrivals.arrived = mb_holds_arrived;
	mb_store_listen(b->store, &b->holds.arrivals);
	b->pops.arrivals.arrived = mb_pop_arrived;
	mb_store_listen(b->store, &b->pops.arrivals);
	if (!mb_lites_are_on(b))
		return;
	b->lites.arrivals.arrived = mb_lites_arrived;
	mb_store_listen(b->store, &b->lites.arrivals);
}

/* Everything that a failed start has to undo is in a defined state after it. */
static enum rmq_error init_nouns(struct mb_broker *b)
{
	enum rmq_error errors[] = {
		mb_registrar_init(b, b->start_detail),
		mb_sends_init(b),
		mb_transactions_init(b),
		mb_holds_init(b),
		mb_pops_init(b),
		mb_lites_init(b),
		mb_clients_init(b),
	};

	b->topics.announce = mb_registrar_announce;
	mb_locks_init(&b->locks);
	for (size_t i = 0; i < RMQI_COUNT(errors); i++) {
		if (errors[i] != RMQ_OK)
			return errors[i];
	}
	return RMQ_OK;
}

static enum rmq_error open_store(struct mb_broker *b)
{
	const struct mb_broker_config *c = b->config;
	struct mb_store_config s;
	struct mb_store *store = NULL;
	enum rmq_error err;

	mb_store_config_init(&s);
	s.root = c->store_path;
	s.fs = b->fs;
	s.timers = rmqi_loop_timers(b->loop);
	s.inner_timers = rmqi_loop_inner_timers(b->loop);
	s.loop = rmqi_loop_executor(b->loop);
	s.flusher = b->flusher;
	s.has_threads = !rmqi_loop_env(b->loop)->sim;
	s.skew_ms = b->skew_ms;
	s.log = b->log;
	s.commit_log_file_size = (size_t)c->commit_log_file_size;
	s.consume_queue_file_size = (size_t)c->consume_queue_file_size;
	s.flush_interval_ms = c->flush_interval_ms;
	s.sync_flush_timeout_ms = c->sync_flush_timeout_ms;
	s.slave_timeout_ms = c->slave_timeout_ms;
	s.flush_delay_ms = c->flush_delay_ms;
	s.max_message_size = (size_t)c->max_message_size;
	s.check_crc_on_recover = c->check_crc_on_recover;
	s.expiry = (struct mb_expiry_rules){
		.interval_ms = c->clean_interval_ms,
		.reserved_hours = c->file_reserved_hours,
		.when = c->delete_when,
		.max_used = c->disk_max_used,
		.forcibly = c->disk_clean_forcibly,
		.warning = c->disk_warning,
		.clean_forcibly = c->clean_forcibly,
		.batch = c->delete_batch,
		.pause_ms = c->delete_pause_ms,
	};
	s.append_crc = c->append_crc;
	s.message_index = c->message_index;
	s.index_tags = c->release >= MB_RELEASE_5_4;
	s.index = (struct mb_index_shape){(uint32_t)c->index_slots, (uint32_t)c->index_items};
	s.light_queues = c->lmq && c->multi_dispatch;
	err = mb_store_open(&s, &store, b->start_detail);
	if (err != RMQ_OK)
		return err;
	b->store = store;
	listen_to_store(b);
	return RMQ_OK;
}

static enum rmq_error load_tables(struct mb_broker *b)
{
	enum rmq_error err = mb_config_file_make_folder(b->store);

	if (err == RMQ_OK)
		err = mb_topics_load(b);
	if (err == RMQ_OK)
		err = mb_static_topics_load(b);
	if (err == RMQ_OK)
		err = mb_groups_load(b);
	if (err == RMQ_OK)
		err = mb_offsets_load(b);
	if (err == RMQ_OK)
		err = mb_schedule_load(b);
	if (err == RMQ_OK)
		err = mb_timers_load(b);
	if (err == RMQ_OK)
		err = mb_pops_load(b);
	if (err == RMQ_OK)
		err = mb_request_modes_load(b);
	if (err == RMQ_OK)
		err = mb_auths_load(b);
	return err;
}

/* What a master alone does: a slave's messages are those of its master. */
static void start_deliveries(struct mb_broker *b)
{
	mb_schedule_start(b);
	mb_timers_start(b);
	mb_pops_start(b);
	mb_transactions_start(b);
}

/* For ids; a simulation repeats in every process. */
static uint32_t pid_of(const struct mb_broker *b)
{
	return rmqi_loop_env(b->loop)->sim ? 1 : (uint32_t)getpid();
}

static void start_on_loop(void *arg)
{
	struct mb_broker *b = arg;
	enum rmq_error err = init_nouns(b);

	b->boot_ms = mb_broker_wall_ms(b);
	mb_figures_init(b);
	if (err == RMQ_OK)
		err = open_store(b);
	if (err == RMQ_OK)
		err = load_tables(b);
	if (err == RMQ_OK)
		err = mb_door_open(b);
	if (err == RMQ_OK)
		err = mb_ha_start(b, b->options->ha, b->start_detail);
	if (err == RMQ_OK) {
		rmqi_uniq_init(&b->uniq, rmqi_loop_inner_clock(b->loop), &b->store_host,
			       pid_of(b), (uint32_t)b->options->seed);
		if (!mb_ha_is_slave(&b->ha))
			start_deliveries(b);
		mb_lites_start(b);
		b->registrar.silent = b->options->silent;
		mb_registrar_start(b);
		RMQI_LOG(b->log, RMQ_LOG_INFO,
			 "The broker[%s, %s] boot success. serializeType=JSON%s%s",
			 b->config->broker_name, b->address,
			 b->config->namesrv_addr[0] ? " and name server is " : "",
			 b->config->namesrv_addr);
	}
	b->start_error = err;
}

static void deinit_nouns(struct mb_broker *b)
{
	mb_holds_deinit(b);
	mb_pops_deinit(b);
	mb_lites_deinit(b);
	mb_request_modes_deinit(&b->request_modes);
	mb_sends_deinit(&b->sends);
	mb_transactions_deinit(&b->transactions);
	mb_schedule_deinit(&b->schedule);
	mb_timers_deinit(&b->timers);
	mb_clients_deinit(&b->clients);
	mb_locks_deinit(&b->locks);
	mb_offsets_deinit(&b->offsets);
	mb_groups_deinit(&b->groups);
	mb_static_topics_deinit(&b->static_topics);
	mb_topics_deinit(&b->topics);
}

static void close_on_loop(void *arg)
{
	struct mb_broker *b = arg;

	mb_ha_stop(&b->ha);
	if (b->store) {
		mb_transactions_save(b);
		mb_topics_save(b);
		mb_groups_save(b);
		mb_pops_save(b);
		mb_offsets_save(b);
		mb_schedule_save(b);
		mb_timers_save(b);
	}
	mb_store_close(b->store);
	deinit_nouns(b);
}

static void crash_on_loop(void *arg)
{
	struct mb_broker *b = arg;

	mb_ha_stop(&b->ha);
	if (b->store)
		mb_store_crash(b->store);
	deinit_nouns(b);
}

static void registrar_deinit_on_loop(void *arg)
{
	struct mb_broker *b = arg;

	mb_registrar_deinit(&b->registrar);
	mb_plain_free(b->plain);
	mb_auths_deinit(b);
	b->plain = NULL;
}

/* Waits until the flusher has done all that was posted before. */
struct barrier {
	struct rmqi_task task;
	struct rmqi_event done;
};

static void run_barrier(struct rmqi_task *task)
{
	rmqi_event_set(&RMQI_CONTAINER(task, struct barrier, task)->done);
}

static void wait_flusher(struct mb_broker *b)
{
	struct barrier barrier = {.task = {.run = run_barrier}};

	rmqi_event_init(&barrier.done, rmqi_loop_env(b->loop));
	rmqi_post(b->flusher, &barrier.task);
	rmqi_event_wait(&barrier.done, RMQI_FOREVER);
	rmqi_event_deinit(&barrier.done);
}

/* Common end of stop and crash: connections, calls, files, memory. */
static void dispose(struct mb_broker *b, void (*end)(void *arg))
{
	mb_node_close(b->node);
	if (b->rpc) {
		rmqi_rpc_close(b->rpc);
		mb_broker_wait_registered(
			b, rmqi_clock_deadline(rmqi_loop_clock(b->loop), RPC_CLOSE_MS));
		rmqi_rpc_free(b->rpc);
		mb_identity_deinit(&b->identity);
	}
	wait_flusher(b);
	rmqi_loop_call(b->loop, end, b);
	rmqi_loop_call(b->loop, registrar_deinit_on_loop, b);
	mb_ha_slave_deinit_rest(&b->ha.slave);
	mb_node_free(b->node); /* the last ticket is gone */
	mb_tls_files_free(b->tls);
	mb_figures_deinit(&b->figures);
	rmqi_buf_deinit(&b->properties);
	rmqi_buf_deinit(&b->body);
	rmqi_free(b);
}

static enum rmq_error check_names(const struct mb_broker_config *c, struct rmq_error_detail *detail)
{
	char problem[512];

	/* Both are names of topics, and topics those of folders. */
	if (rmqi_topic_problem(rmqi_str(c->broker_name), problem, sizeof(problem)))
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL, "brokerName: %s",
				       problem);
	if (rmqi_topic_problem(rmqi_str(c->broker_cluster_name), problem, sizeof(problem)))
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "brokerClusterName: %s", problem);
	if (rmqi_topic_problem(rmqi_str(c->trace_topic_name), problem, sizeof(problem)))
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "msgTraceTopicName: %s", problem);
	return RMQ_OK;
}

static struct mb_broker *broker_alloc(const struct mb_broker_options *o,
				      struct rmq_error_detail *detail)
{
	struct mb_broker *b = rmqi_calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->config = o->config;
	b->options_config = o->config;
	b->loop = o->loop;
	b->flusher = o->flusher;
	b->log = o->log;
	b->counters = o->counters;
	b->fs = o->fs;
	b->ways = o->ways;
	b->skew_ms = o->skew_ms;
	b->lag = o->lag;
	b->options = o;
	b->start_detail = detail;
	b->ha.is_slave = o->config->broker_role == MB_SLAVE;
	rmqi_rand_init(&b->rand, o->seed);
	rmqi_buf_init(&b->properties, 64 * 1024);
	rmqi_buf_init(&b->body, RMQI_FRAME_MAX);
	return b;
}

static bool is_cut(void *arg, const char *address)
{
	const struct mb_broker *b = arg;

	return mb_ways_is_cut(b->ways, address);
}

/* Its requests are signed with innerClientAuthenticationCredentials, else with the account of the options. */
static enum rmq_error make_rpc(struct mb_broker *b)
{
	const struct mb_broker_options *o = b->options;
	struct rmqi_rpc_config rpc = {
		.loop = b->loop, .log = b->log, .tls = o->rpc_tls, .is_cut = is_cut, .arg = b};
	enum rmq_error err =
		mb_identity_read(&b->identity, rmqi_str(b->config->inner_client_credentials));

	if (err == RMQ_OK && !b->identity.access_key && o->access_key)
		err = mb_identity_make(&b->identity, rmqi_str(o->access_key),
				       rmqi_str(o->secret_key));
	if (err != RMQ_OK)
		return err;
	rpc.hooks[0] = mb_identity_hook(&b->identity);
	return rmqi_rpc_new(&rpc, &b->rpc);
}

enum rmq_error mb_broker_new(const struct mb_broker_options *options, struct mb_broker **out,
			     struct rmq_error_detail *detail)
{
	enum rmq_error err = check_names(options->config, detail);
	struct mb_broker *b;

	if (err == RMQ_OK)
		err = mb_config_allow_list_check(rmqi_str(options->config->config_allow_list),
						 detail);
	if (err != RMQ_OK)
		return err;
	b = broker_alloc(options, detail);
	if (!b)
		return RMQ_ERR_NO_MEMORY;
	err = mb_door_make_tls(b, detail);
	if (err == RMQ_OK)
		err = make_rpc(b);
	if (err != RMQ_OK) {
		mb_identity_deinit(&b->identity);
		mb_tls_files_free(b->tls);
		rmqi_free(b);
		return err;
	}
	rmqi_loop_call(b->loop, start_on_loop, b);
	b->options = NULL;
	b->start_detail = NULL;
	if (b->start_error != RMQ_OK) {
		err = b->start_error;
		b->is_stopping = true;
		dispose(b, crash_on_loop);
		return err;
	}
	mb_broker_wait_registered(b, rmqi_clock_deadline(rmqi_loop_clock(b->loop),
							 options->config->register_timeout_ms));
	*out = b;
	return RMQ_OK;
}

static void stop_on_loop(void *arg)
{
	struct mb_broker *b = arg;

	rmqi_timer_stop(&b->offsets.flush);
	rmqi_timer_stop(&b->schedule.flush);
	mb_transactions_stop(b);
	mb_registrar_stop(b);
	b->is_stopping = true;
	mb_holds_release(b);
}

void mb_broker_free(struct mb_broker *b)
{
	if (!b)
		return;
	rmqi_loop_call(b->loop, stop_on_loop, b);
	mb_broker_wait_registered(b, rmqi_clock_deadline(rmqi_loop_clock(b->loop), FAREWELL_MS));
	dispose(b, close_on_loop);
}

static void silence_on_loop(void *arg)
{
	struct mb_broker *b = arg;

	rmqi_timer_stop(&b->offsets.flush);
	rmqi_timer_stop(&b->schedule.flush);
	mb_transactions_stop(b);
	mb_registrar_silence(b);
	b->is_stopping = true;
}

void mb_broker_crash(struct mb_broker *b)
{
	rmqi_loop_call(b->loop, silence_on_loop, b);
	dispose(b, crash_on_loop);
}

void mb_broker_set_registered(struct mb_broker *b, size_t namesrv, bool is_registered)
{
	mb_registrar_set(b, namesrv, is_registered);
}

enum rmq_error mb_broker_set_reach(struct mb_broker *b, enum rmqi_reach reach,
				   struct rmq_error_detail *detail)
{
	return mb_node_set_reach(b->node, reach, detail);
}

struct mb_node *mb_broker_node(struct mb_broker *b)
{
	return b->node;
}

void mb_broker_lag_changed(struct mb_broker *b)
{
	mb_ha_slave_lag_changed(&b->ha.slave);
}

void mb_broker_look_again(struct mb_broker *b)
{
	rmqi_rpc_look_again(b->rpc);
	mb_ha_slave_look_again(&b->ha.slave);
	mb_node_look_again(b->node);
}

void mb_broker_mute(struct mb_broker *b)
{
	b->registrar.silent = UINT32_MAX;
}

const char *mb_broker_listen_address(const struct mb_broker *b)
{
	return mb_node_address(b->node);
}

const char *mb_broker_address(const struct mb_broker *b)
{
	return b->address;
}

const char *mb_broker_ha_address(const struct mb_broker *b)
{
	return b->ha.address;
}

bool mb_broker_wait_registered(struct mb_broker *b, int64_t deadline_us)
{
	return rmqi_event_wait(&b->registrar.idle, deadline_us);
}

int64_t mb_broker_max_offset(struct mb_broker *b, struct rmqi_str topic, int32_t queue_id)
{
	return mb_store_max_offset(b->store, topic, queue_id);
}

int64_t mb_broker_consumer_offset(struct mb_broker *b, struct rmqi_str group, struct rmqi_str topic,
				  int32_t queue_id)
{
	const struct mb_queue_offsets *row = mb_offsets_find(&b->offsets, topic, group, queue_id);

	return row ? row->committed : MB_NO_OFFSET;
}

bool mb_broker_is_writable(const struct mb_broker *b)
{
	return mb_store_is_writable(b->store);
}

int mb_broker_group_size(struct mb_broker *b, struct rmqi_str group)
{
	const struct mb_client_group *g = mb_consumers_find(b, group);

	return g ? (int)g->channel_count : 0;
}
