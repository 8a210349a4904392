/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/door.h"

#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "mock-broker/acl/plain.h"
#include "mock-broker/broker/handlers.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/pull.h"
#include "net/local_ip.h"

static const struct mb_handler *const lists[] = {
	mb_send_handlers,
	mb_auth_handlers,
	mb_config_handlers,
	mb_acl_handlers,
	mb_pull_handlers,
	mb_heartbeat_handlers,
	mb_offset_handlers,
	mb_lock_handlers,
	mb_send_back_handlers,
	mb_half_handlers,
	mb_topic_handlers,
	mb_group_handlers,
	mb_stats_handlers,
	mb_connection_handlers,
	mb_runtime_handlers,
	mb_forward_handlers,
	mb_reply_handlers,
	mb_recall_handlers,
	mb_resume_handlers,
	mb_query_handlers,
	mb_assignment_handlers,
	mb_pop_handlers,
	mb_ack_handlers,
	mb_notification_handlers,
	mb_peek_handlers,
	mb_store_admin_handlers,
	mb_runtime_info_handlers,
	mb_offset_admin_handlers,
	mb_queue_admin_handlers,
	mb_lite_handlers,
	mb_lite_ctl_handlers,
	mb_lite_admin_handlers,
	mb_lite_group_handlers,
	mb_ha_handlers,
	mb_sync_handlers,
	NULL,
};

static bool knows(void *arg, int32_t code)
{
	const struct mb_broker *b = arg;

	return mb_release_knows((enum mb_release)b->config->release, code);
}

enum rmq_error mb_door_make_tls(struct mb_broker *b, struct rmq_error_detail *detail)
{
	const struct mb_broker_config *c = b->config;
	const struct mb_tls_files_config config = {
		.loop = b->loop,
		.log = b->log,
		.cert_file = c->tls_cert_path,
		.key_file = c->tls_key_path,
		.ca_file = c->tls_trust_cert_path[0] ? c->tls_trust_cert_path : NULL,
		.client_auth = (enum mb_client_auth)c->tls_need_client_auth,
	};
	bool has_own = c->tls_cert_path[0] && c->tls_key_path[0];

	if (c->tls_mode == MB_TLS_ENFORCING && !has_own && !b->options->tls)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "tls.server.mode=enforcing needs tls.server.certPath and "
				       "tls.server.keyPath");
	if (!has_own || c->tls_mode == MB_TLS_DISABLED)
		return RMQ_OK;
	if (rmqi_loop_env(b->loop)->sim)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "there is no TLS in virtual time");
	return mb_tls_files_new(&config, &b->tls, detail);
}

/* The gate of the accounts of a file stands before that of the options. */
static enum rmq_error make_gates(struct mb_broker *b)
{
	const struct mb_broker_config *c = b->config;
	const struct mb_plain_config plain = {.path = c->acl_file,
					      .fs = mb_fs_posix(),
					      .log = b->log,
					      .timers = rmqi_loop_timers(b->loop)};
	enum rmq_error err = RMQ_OK;

	b->gate = b->options->gate;
	if (c->authentication_enabled || c->authorization_enabled) {
		b->auth.gate.next = b->gate;
		b->gate = &b->auth.gate;
	}
	if (c->acl_enable)
		err = mb_plain_new_file(&plain, &b->plain, b->start_detail);
	if (err != RMQ_OK || !b->plain)
		return err;
	b->plain->gate.next = b->gate;
	b->gate = &b->plain->gate;
	return RMQ_OK;
}

/* Its own, else that of the options; NULL: handshakes are refused. */
static struct rmqi_tls *tls_of(const struct mb_broker *b)
{
	if (b->config->tls_mode == MB_TLS_DISABLED)
		return NULL;
	return b->tls ? mb_tls_files_tls(b->tls) : b->options->tls;
}

/* By its address, or by one of the ids that it has said. */
static bool is_client_cut(void *arg, struct rmqi_conn *c)
{
	const struct mb_broker *b = arg;
	const struct mb_peer *peer = rmqi_conn_user(c);

	if (!b->ways || mb_ways_is_client_cut(b->ways, rmqi_conn_peer_text(c)))
		return b->ways != NULL;
	if (!peer)
		return false;
	if (peer->cut_id && mb_ways_is_client_cut(b->ways, peer->cut_id))
		return true;
	RMQI_LIST_EACH(node, &peer->channels) {
		if (mb_ways_is_client_cut(
			    b->ways, RMQI_LIST_ITEM(node, struct mb_channel, of_peer)->client_id))
			return true;
	}
	return false;
}

static enum rmq_error listen_on(struct mb_broker *b)
{
	const struct mb_broker_config *c = b->config;
	struct mb_node_config node = {
		.loop = b->loop,
		.log = b->log,
		.counters = b->counters,
		.observer = b->options->observer,
		.name = c->broker_name,
		.host = c->bind_address,
		.port = (uint16_t)c->listen_port,
		.version = mb_release_version((enum mb_release)c->release),
		.tls = tls_of(b),
		.require_tls = c->tls_mode == MB_TLS_ENFORCING || b->options->require_tls,
		.lists = lists,
		.knows = knows,
		.on_open = mb_peer_opened,
		.on_closed = mb_peer_closed,
		.arg = b,
		.gate = b->gate,
		.limits = {.connections = (size_t)c->connections_max,
			   .pause_at = (size_t)c->write_high_water_mark,
			   .output_max = (size_t)c->output_max,
			   .in_flight = (unsigned)c->in_flight_max,
			   .idle_ms = c->channel_max_idle_s * 1000,
			   .partial_ms = c->partial_frame_ms},
		.host_node = b->options->host_node,
		.is_cut = is_client_cut,
		.faults = b->options->faults,
	};

	return mb_node_new(&node, &b->node, b->start_detail);
}

/* brokerIP1 and advertisedPort, else where it listens. */
static enum rmq_error take_address(struct mb_broker *b)
{
	struct rmqi_address a;
	enum rmq_error err = rmqi_address_parse(rmqi_str(mb_node_address(b->node)), &a);

	if (err != RMQ_OK)
		return err;
	if (b->config->broker_ip1[0])
		snprintf(a.host, sizeof(a.host), "%s", b->config->broker_ip1);
	else if (strcmp(a.host, "0.0.0.0") == 0 || strcmp(a.host, "::") == 0)
		rmqi_local_ip_text(a.host, sizeof(a.host));
	if (b->config->advertised_port)
		a.port = (uint16_t)b->config->advertised_port;
	snprintf(b->ip, sizeof(b->ip), "%s", a.host);
	rmqi_address_text(&a, b->address, sizeof(b->address));
	if (!rmqi_host_parse(rmqi_str(b->address), &b->store_host))
		b->store_host = (struct rmqi_host){.ip = {127, 0, 0, 1}, .port = a.port};
	return RMQ_OK;
}

enum rmq_error mb_door_open(struct mb_broker *b)
{
	enum rmq_error err = make_gates(b);

	if (err == RMQ_OK)
		err = listen_on(b);
	if (err == RMQ_OK)
		err = take_address(b);
	return err;
}

void mb_broker_readdress(struct mb_broker *b)
{
	char old[RMQI_ADDRESS_MAX];

	snprintf(old, sizeof(old), "%s", b->address);
	if (take_address(b) != RMQ_OK || strcmp(old, b->address) == 0)
		return;
	RMQI_LOG(b->log, RMQ_LOG_INFO, "broker %s: known as %s from now on, no longer as %s",
		 b->config->broker_name, b->address, old);
	mb_registrar_move(b, old);
}
