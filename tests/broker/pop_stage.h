/* SPDX-License-Identifier: Apache-2.0 */
/* pop_stage.h - a broker with topic T and a peer that pops of it (popper.h); one a process. */
#ifndef TESTS_BROKER_POP_STAGE_H
#define TESTS_BROKER_POP_STAGE_H

#include "tests/broker/popper.h"

extern struct rig *rig;
extern struct peer *peer;

/* `conf`: as rig_new. */
void pop_begin_with(const char *conf, int32_t queues);
/* One queue. */
void pop_begin(void);
void pop_end(void);
/* "0", "1" ... with tag A. */
void pop_send(int32_t queue_id, int n);
void pop_expect_nothing(void);
void pop_delete_topic(void);

#endif
