/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "codec/names.h"
#include "codec/properties.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/send.h"

void mb_delay(struct rmqi_stored_message *m, struct rmqi_buf *properties, int32_t level)
{
	char text[16];

	if (level > MB_DELAY_LEVEL_COUNT)
		level = MB_DELAY_LEVEL_COUNT;
	snprintf(text, sizeof(text), "%d", (int)level);
	rmqi_properties_add(properties, RMQI_STR(RMQI_PROP_DELAY), rmqi_str(text));
	rmqi_properties_add(properties, RMQI_STR(RMQI_PROP_REAL_TOPIC), m->topic);
	snprintf(text, sizeof(text), "%d", (int)m->queue_id);
	rmqi_properties_add(properties, RMQI_STR(RMQI_PROP_REAL_QID), rmqi_str(text));
	m->properties = rmqi_cursor_str(rmqi_buf_cursor(properties));
	m->topic = RMQI_STR(RMQI_TOPIC_SCHEDULE);
	m->queue_id = level - 1;
}
