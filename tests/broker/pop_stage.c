/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/broker/pop_stage.h"

#include <stdio.h>

struct rig *rig;
struct peer *peer;

void pop_begin_with(const char *conf, int32_t queues)
{
	rig = rig_new(conf);
	peer = peer_new(rig);
	ck_assert_int_eq(peer_create_topic(peer, "T", queues), 0);
}

void pop_begin(void)
{
	pop_begin_with(NULL, 1);
}

void pop_end(void)
{
	peer_free(peer);
	rig_free(rig);
}

void pop_send(int32_t queue_id, int n)
{
	char body[16];

	for (int i = 0; i < n; i++) {
		snprintf(body, sizeof(body), "%d", i);
		ck_assert_int_eq(peer_send(peer, "T", queue_id, body, "TAGS=A"), 0);
	}
}

void pop_expect_nothing(void)
{
	ck_assert_int_eq(peer_pop(peer), RMQI_RESP_POLLING_TIMEOUT);
}

void pop_delete_topic(void)
{
	struct rmqi_h_delete_topic h = {.topic = RMQI_STR("T")};

	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_DELETE_TOPIC_IN_BROKER,
				  &rmqi_desc_delete_topic, &h, NULL),
			 0);
}
