/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/ha.h"

#include <stdio.h>

#include "base/detail.h"
#include "codec/json.h"
#include "mock-broker/broker/handlers.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/json_text.h"
#include "mock-broker/store/replica.h"

/* --- The role ------------------------------------------------------------------------------ */

static uint16_t port_of(const struct mb_broker *b, enum mb_ha_listen listen)
{
	const struct mb_broker_config *c = b->config;
	int64_t port = c->ha_listen_port;

	if (listen == MB_HA_ANY)
		return 0;
	if (port == 0 && c->listen_port != 0)
		port = c->listen_port + 1;
	return port <= UINT16_MAX ? (uint16_t)port : 0;
}

/* brokerIP2, else the host of the broker, and the real port (BrokerController.getHAServerAddr). */
static void take_address(struct mb_broker *b)
{
	struct rmqi_address own, bound;

	if (rmqi_address_parse(rmqi_str(b->address), &own) != RMQ_OK ||
	    rmqi_address_parse(rmqi_str(mb_ha_master_address(&b->ha.master)), &bound) != RMQ_OK)
		return;
	own.port = bound.port;
	if (b->config->broker_ip2[0])
		snprintf(own.host, sizeof(own.host), "%s", b->config->broker_ip2);
	rmqi_address_text(&own, b->ha.address, sizeof(b->ha.address));
}

static enum rmq_error start_master(struct mb_broker *b, enum mb_ha_listen listen,
				   struct rmq_error_detail *detail)
{
	const struct mb_broker_config *c = b->config;
	bool is_old = c->release < MB_RELEASE_5_3;
	const struct mb_ha_master_config config = {
		.loop = b->loop,
		.log = b->log,
		.store = b->store,
		.host = c->bind_address,
		.port = port_of(b, listen),
		.batch = (size_t)c->ha_batch_size,
		.heartbeat_ms = c->ha_heartbeat_ms,
		.housekeeping_ms = c->ha_housekeeping_ms,
		.max_gap = is_old ? c->ha_fall_behind_max : c->ha_max_gap,
		.replicas = c->in_sync_replicas,
		.is_sync = c->broker_role == MB_SYNC_MASTER,
		.is_old = is_old,
	};
	enum rmq_error err = mb_ha_master_init(&b->ha.master, &config, detail);

	if (err == RMQ_OK)
		take_address(b);
	else if (c->ha_listen_port == 0 || listen == MB_HA_ANY)
		RMQI_LOG(b->log, RMQ_LOG_WARN,
			 "broker %s: no slave can come, haListenPort %u cannot be had: %s",
			 c->broker_name, (unsigned)config.port, rmq_error_text(err));
	return c->ha_listen_port == 0 || listen == MB_HA_ANY ? RMQ_OK : err;
}

static enum rmq_error start_slave(struct mb_broker *b)
{
	const struct mb_broker_config *c = b->config;
	const struct mb_ha_slave_config config = {
		.loop = b->loop,
		.log = b->log,
		.store = b->store,
		.heartbeat_ms = c->ha_heartbeat_ms,
		.housekeeping_ms = c->ha_housekeeping_ms,
		.is_sync = c->flush_disk_type == MB_SYNC_FLUSH,
		.ways = b->ways,
		.lag = b->lag,
	};
	enum rmq_error err = mb_ha_slave_init(&b->ha.slave, &config);

	if (err == RMQ_OK)
		err = mb_slave_sync_init(b);
	if (err == RMQ_OK && c->ha_master_address[0])
		mb_ha_slave_follow(&b->ha.slave, c->ha_master_address);
	return err;
}

/* BrokerStartup.buildBrokerController */
static enum rmq_error check_id(const struct mb_broker *b, struct rmq_error_detail *detail)
{
	if (mb_ha_is_slave(&b->ha) && b->config->broker_id <= 0)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "Slave's brokerId must be > 0");
	return RMQ_OK;
}

enum rmq_error mb_ha_start(struct mb_broker *b, enum mb_ha_listen listen,
			   struct rmq_error_detail *detail)
{
	enum rmq_error err = check_id(b, detail);

	rmqi_list_init(&b->ha.master.slaves);
	if (err == RMQ_OK && mb_ha_is_slave(&b->ha))
		return start_slave(b);
	if (err == RMQ_OK && listen != MB_HA_OFF)
		err = start_master(b, listen, detail);
	/* 4.9 looks whether there is one. 5.x waits, as if there were (CommitLog.handleHA). */
	else if (err == RMQ_OK && b->config->release < MB_RELEASE_5_3)
		mb_durable_set_slaves(mb_store_durable(b->store), MB_SLAVES_LOST);
	else if (err == RMQ_OK && b->config->in_sync_replicas > 1)
		mb_durable_set_slaves(mb_store_durable(b->store), MB_SLAVES_NEAR);
	return err;
}

void mb_ha_stop(struct mb_ha *ha)
{
	mb_ha_master_deinit(&ha->master);
	mb_ha_slave_deinit(&ha->slave);
	mb_slave_sync_deinit(&ha->sync);
}

/* False: empty, or no address; told in the log. */
static bool read_address(const struct mb_broker *b, struct rmqi_str from, char text[RMQI_ADDRESS_MAX])
{
	struct rmqi_address a;

	if (from.len == 0)
		return false;
	if (rmqi_address_parse(from, &a) != RMQ_OK) {
		RMQI_LOG(b->log, RMQ_LOG_WARN, "broker: the address of its master '%.*s' is not "
					       "host:port",
			 RMQI_STR_ARG(from));
		return false;
	}
	rmqi_address_text(&a, text, RMQI_ADDRESS_MAX);
	return true;
}

void mb_ha_registered(struct mb_broker *b, struct rmqi_str ha_address, struct rmqi_str master)
{
	char text[RMQI_ADDRESS_MAX];

	if (!mb_ha_is_slave(&b->ha) || b->is_stopping)
		return;
	if (!b->config->ha_master_address[0] && read_address(b, ha_address, text))
		mb_ha_slave_follow(&b->ha.slave, text);
	if (read_address(b, master, text))
		mb_slave_sync_follow(b, text);
}

/* --- Requests -------------------------------------------------------------------------------- */

/* AdminBrokerProcessor.updateBrokerHaInfo */
static void exchange_info(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_exchange_ha_info *h = r->header;
	struct rmqi_h_exchange_ha_info answer = {0};
	struct rmqi_outgoing response = {.desc = &rmqi_desc_exchange_ha_info, .header = &answer};

	if (h->masterHaAddress.len > 0) {
		mb_ha_registered(b, h->masterHaAddress, h->masterAddress);
	} else if (b->config->broker_id == 0) {
		RMQI_SET(&answer, exchange_ha_info, masterHaAddress, rmqi_str(b->ha.address));
		RMQI_SET(&answer, exchange_ha_info, masterFlushOffset,
			 mb_store_flushed_offset(b->store));
		RMQI_SET(&answer, exchange_ha_info, masterAddress, rmqi_str(b->address));
	}
	mb_answer(&r->ticket, &response);
}

/* HARuntimeInfo.HAConnectionRuntimeInfo */
static void write_link(struct rmqi_jw *w, const struct mb_ha_link *s)
{
	rmqi_jw_open(w, '{');
	rmqi_jw_member_str(w, "addr", s->peer);
	rmqi_jw_member_i64(w, "diff", mb_ha_link_gap(s));
	rmqi_jw_member_bool(w, "inSync", mb_ha_link_is_near(s));
	rmqi_jw_member_i64(w, "slaveAckOffset", s->acked);
	rmqi_jw_member_i64(w, "transferFromWhere", s->next);
	rmqi_jw_member_i64(w, "transferredByteInSecond", mb_ha_rate_get(&s->rate, s->master->config.loop));
	rmqi_jw_close(w, '}');
}

static void write_links(struct rmqi_jw *w, const struct mb_ha_master *m)
{
	rmqi_jw_name(w, "haConnectionInfo");
	rmqi_jw_open(w, '[');
	RMQI_LIST_EACH(node, &m->slaves)
		write_link(w, RMQI_LIST_ITEM(node, struct mb_ha_link, link));
	rmqi_jw_close(w, ']');
}

static int64_t wall_ms(const struct mb_broker *b, int64_t us)
{
	return us == 0 ? 0 : mb_broker_wall_ms(b) - (mb_broker_now_ms(b) - us / 1000);
}

/* HARuntimeInfo.HAClientRuntimeInfo */
static void write_client(struct rmqi_jw *w, const struct mb_broker *b)
{
	const struct mb_ha_slave *s = &b->ha.slave;
	bool is_slave = mb_ha_is_slave(&b->ha);

	rmqi_jw_name(w, "haClientRuntimeInfo");
	rmqi_jw_open(w, '{');
	rmqi_jw_member_bool(w, "activated", is_slave && mb_ha_slave_is_connected(s));
	rmqi_jw_member_i64(w, "lastReadTimestamp", wall_ms(b, s->read_us));
	rmqi_jw_member_i64(w, "lastWriteTimestamp", wall_ms(b, s->wrote_us));
	if (is_slave)
		rmqi_jw_member_str(w, "masterAddr", s->master);
	rmqi_jw_member_i64(w, "masterFlushOffset", s->master_end);
	rmqi_jw_member_i64(w, "maxOffset", is_slave ? mb_replica_end(b->store) : 0);
	rmqi_jw_member_i64(w, "transferredByteInSecond",
			   is_slave ? mb_ha_rate_get(&s->rate, b->loop) : 0);
	rmqi_jw_close(w, '}');
}

static int64_t near_count(const struct mb_ha_master *m)
{
	int64_t count = 0;

	RMQI_LIST_EACH(node, &m->slaves)
		count += mb_ha_link_is_near(RMQI_LIST_ITEM(node, struct mb_ha_link, link));
	return count;
}

/* HAService.getRuntimeInfo */
static void get_status(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	struct rmqi_jw w = {.out = &b->body};

	rmqi_buf_reset(&b->body);
	rmqi_jw_open(&w, '{');
	write_client(&w, b);
	write_links(&w, &b->ha.master);
	rmqi_jw_member_i64(&w, "inSyncSlaveNums", near_count(&b->ha.master));
	rmqi_jw_member_bool(&w, "master", !mb_ha_is_slave(&b->ha));
	rmqi_jw_member_i64(&w, "masterCommitLogMaxOffset",
			   mb_ha_is_slave(&b->ha) ? 0 : mb_store_max_physical_offset(b->store));
	rmqi_jw_close(&w, '}');
	mb_answer_body(&r->ticket, &b->body);
}

const struct mb_handler mb_ha_handlers[] = {
	{RMQI_REQ_EXCHANGE_BROKER_HA_INFO, exchange_info},
	{RMQI_REQ_GET_BROKER_HA_STATUS, get_status},
	{0, NULL},
};
