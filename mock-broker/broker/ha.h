/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ha.h - the role of a broker: a master that others copy, or a slave (BrokerRole.java,
 * BrokerController.handleRegisterBrokerResult).
 *
 *     master   hands its log out on haListenPort (ha/master.h); SYNC_MASTER waits for slaves
 *     slave    takes the log of its master (ha/slave.h), and its tables (slave_sync.h)
 *
 * A slave answers reads; it takes no message, delivers nothing that waits for a time, asks about no
 * transaction and revives nothing. Where its master is says haMasterAddress, else the name server with
 * each registration, else EXCHANGE_BROKER_HA_INFO.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_HA_H
#define MB_BROKER_HA_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/str.h"
#include "mock-broker/broker/slave_sync.h"
#include "mock-broker/ha/master.h"
#include "mock-broker/ha/slave.h"
#include "mock-broker/node.h"

struct mb_broker;

/* Where a broker listens for slaves. */
enum mb_ha_listen {
	MB_HA_OFF,        /* nowhere */
	MB_HA_CONFIGURED, /* haListenPort, else listenPort + 1 */
	MB_HA_ANY         /* a free port */
};

struct mb_ha {
	bool is_slave;
	struct mb_ha_master master;
	struct mb_ha_slave slave;
	struct mb_slave_sync sync; /* of a slave */
	char address[RMQI_ADDRESS_MAX]; /* of its own HA port; "": none */
};

extern const struct mb_handler mb_ha_handlers[]; /* 906, 907 */

static inline bool mb_ha_is_slave(const struct mb_ha *ha)
{
	return ha->is_slave;
}

/* The store stands, the node listens, its address is known. A port that nobody chose and that is taken is
 * no failure: it is told in the log, and no slave can come. */
enum rmq_error mb_ha_start(struct mb_broker *b, enum mb_ha_listen listen,
			   struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Before the store closes. */
void mb_ha_stop(struct mb_ha *ha);
/* A name server answered a registration: where the master is. Either may be empty. */
void mb_ha_registered(struct mb_broker *b, struct rmqi_str ha_address, struct rmqi_str master);

#endif
