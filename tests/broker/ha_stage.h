/* SPDX-License-Identifier: Apache-2.0 */
/* ha_stage.h - a master, its slaves and two peers that ask them; one a process. */
#ifndef TESTS_BROKER_HA_STAGE_H
#define TESTS_BROKER_HA_STAGE_H

#include <stdbool.h>

#include "tests/broker/rig.h"

#define HA_SLAVE "broker-a/1"
#define HA_SMALL \
	"mappedFileSizeCommitLog=16384\nmappedFileSizeConsumeQueue=400\nslaveReadEnable=true\n"
#define HA_SYNC "brokerRole=SYNC_MASTER\ninSyncReplicas=2\nslaveTimeout=700\n"

extern struct rig *rig;
extern struct peer *peer; /* of the master */
extern struct peer *reader;
extern char *ha_root;
extern char ha_address[64]; /* where slaves come to; ha_ask_address */

/* One master and so many slaves, whose stores are kept in `ha_root`. */
void ha_begin(int slaves, const char *conf);
/* The same, and what else `o` says. */
void ha_begin_with(struct mb_cluster_options *o, int slaves, const char *conf);
void ha_end(void);
/* 4.9 cannot be asked. */
void ha_ask_address(void);
/* From here on the rig's peers speak to the slave, or to the master again. */
void ha_speak_to(const char *broker);
void ha_stop(const char *broker, bool is_crash);
void ha_start(const char *broker);
void ha_send_many(const char *topic, int from, int count);
/* Every file of the master's log is the slave's, byte for byte. Returns how many. */
int ha_expect_same_log(const char *folder);
void ha_expect_same_queues(const char *topic);

#endif
