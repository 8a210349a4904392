/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster_roles.c - a broker comes back as another one than it was: on another port, or a slave as the master; and how
 * far a slave stays behind.
 *
 * Settings of a broker that does not run are its slot's claimant's.
 */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "mock-broker/cluster_nodes.h"
#include "mock-broker/cluster_state.h"

static enum rmq_error set_text(struct mb_slot *s, const char *key, const char *value,
			       struct rmq_error_detail *detail)
{
	return mb_broker_config_set(&s->config, rmqi_str(key), rmqi_str(value), detail);
}

/* --- Another port --- */

static void take_port(struct rmq_mock_cluster *c, struct mb_slot *s, uint16_t port)
{
	rmqi_mutex_lock(&c->mu);
	s->port = port;
	s->address[0] = '\0'; /* the next start says it */
	rmqi_mutex_unlock(&c->mu);
}

enum rmq_error mb_cluster_broker_move(struct rmq_mock_cluster *c, const char *broker, uint16_t port,
				      struct rmq_error_detail *detail)
{
	struct mb_slot *s = mb_cluster_find_broker(c, broker, detail);
	enum rmq_error err;

	if (!s)
		return RMQ_ERR_NOT_FOUND;
	if (c->is_one_port)
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "onePort: %s has the port of the name server", broker);
	err = mb_slot_stop(c, s, false, MB_SLOT_STARTING, detail);
	if (err != RMQ_OK)
		return err;
	take_port(c, s, port);
	return mb_slot_run_broker(c, s, detail);
}

/* --- Another role --- */

/* NULL: there is none. */
static struct mb_slot *master_of(struct rmq_mock_cluster *c, const struct mb_slot *slave)
{
	for (size_t i = 0; i < c->broker_count; i++) {
		struct mb_slot *s = &c->brokers[i];

		if (mb_slot_is_there(s) && !mb_slot_is_slave(c, s) &&
		    strcmp(s->config.broker_name, slave->config.broker_name) == 0)
			return s;
	}
	return NULL;
}

static enum rmq_error make_slave(struct mb_slot *s, int64_t id, struct rmq_error_detail *detail)
{
	char text[24];
	enum rmq_error err = set_text(s, "brokerRole", "SLAVE", detail);

	snprintf(text, sizeof(text), "%lld", (long long)id);
	return err == RMQ_OK ? set_text(s, "brokerId", text, detail) : err;
}

static enum rmq_error make_master(struct mb_slot *s, const char *role,
				  struct rmq_error_detail *detail)
{
	enum rmq_error err = set_text(s, "brokerRole", role, detail);

	return err == RMQ_OK ? set_text(s, "brokerId", "0", detail) : err;
}

/* Both are the caller's. */
static enum rmq_error exchange(struct rmq_mock_cluster *c, struct mb_slot *master,
			       struct mb_slot *slave, struct rmq_error_detail *detail)
{
	bool is_sync = master->config.broker_role == MB_SYNC_MASTER;
	int64_t id = slave->config.broker_id;
	enum rmq_error err = make_master(slave, is_sync ? "SYNC_MASTER" : "ASYNC_MASTER", detail);

	if (err == RMQ_OK)
		err = make_slave(master, id, detail);
	mb_slot_set_slave(c, slave, slave->config.broker_role == MB_SLAVE);
	mb_slot_set_slave(c, master, master->config.broker_role == MB_SLAVE);
	return err;
}

/* The master is the caller's: nobody else changes a role in its group. */
static enum rmq_error promote(struct rmq_mock_cluster *c, struct mb_slot *master, struct mb_slot *s,
			      struct rmq_error_detail *detail)
{
	enum rmq_error err;

	if (mb_slot_is_slave(c, master) || !mb_slot_is_slave(c, s))
		return rmqi_detail_set(detail, RMQ_ERR_STATE, 0, "another call has promoted %s",
				       s->label);
	err = mb_slot_stop(c, s, false, MB_SLOT_STARTING, detail);
	if (err != RMQ_OK)
		return err;
	err = exchange(c, master, s, detail);
	if (err == RMQ_OK)
		return mb_slot_run_broker(c, s, detail);
	mb_slot_settle(c, s, MB_SLOT_STOPPED);
	return err;
}

enum rmq_error mb_cluster_slave_promote(struct rmq_mock_cluster *c, const char *slave,
					struct rmq_error_detail *detail)
{
	enum rmq_error err = mb_cluster_check_caller(c, detail);
	struct mb_slot *s, *master;

	if (err != RMQ_OK)
		return err;
	s = mb_cluster_find_broker(c, slave, detail);
	if (!s)
		return RMQ_ERR_NOT_FOUND;
	master = mb_slot_is_slave(c, s) ? master_of(c, s) : NULL;
	if (!master)
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL, "%s is no slave",
				       slave);
	if (!mb_slot_claim(c, master, MB_SLOT_STOPPED, MB_SLOT_STARTING))
		return rmqi_detail_set(detail, RMQ_ERR_STATE, 0, "its master %s still runs",
				       master->label);
	err = promote(c, master, s, detail);
	mb_slot_settle(c, master, MB_SLOT_STOPPED);
	return err;
}

/* --- A lag --- */

struct lag_change {
	struct rmq_mock_cluster *c;
	struct mb_slot *slot;
	struct mb_lag lag;
};

/* A stop that begins now has to come through the loop first. */
static void lag_on_loop(void *arg)
{
	struct lag_change *x = arg;

	x->slot->lag = x->lag;
	if (mb_slot_is_up(x->c, x->slot))
		mb_broker_lag_changed(x->slot->broker);
}

enum rmq_error mb_cluster_slave_lag(struct rmq_mock_cluster *c, const char *slave, int64_t ms,
				    int64_t bytes, struct rmq_error_detail *detail)
{
	enum rmq_error err = mb_cluster_check_caller(c, detail);
	struct lag_change x = {.c = c, .lag = {.ms = ms, .bytes = bytes}};

	if (err != RMQ_OK)
		return err;
	x.slot = mb_cluster_find_broker(c, slave, detail);
	if (!x.slot)
		return RMQ_ERR_NOT_FOUND;
	rmqi_loop_call(c->loop, lag_on_loop, &x);
	return RMQ_OK;
}
