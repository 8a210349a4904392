/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result.h - the inside of rmq_send_result (SendResult.java).
 */
#ifndef RMQI_SEND_RESULT_H
#define RMQI_SEND_RESULT_H

#include <rocketmq/producer.h>

#include "client/route.h"
#include "codec/ids.h"
#include "codec/schema.h"
#include "send/request.h"

/* One allocation; the texts stand behind the struct. */
struct rmq_send_result {
	enum rmq_send_status status;
	struct rmq_queue queue;
	int64_t queue_offset;
	char message_id[RMQI_ID_SIZE];
	const char *offset_message_id;
	const char *transaction_id;
	const char *region_id;
};

/* NULL when memory is out. Freed with rmqi_free. */
struct rmq_send_result *rmqi_send_result_new(enum rmq_send_status status,
					     const struct rmqi_send_request *request,
					     const struct rmqi_publish_queue *queue,
					     const struct rmqi_h_send_message_response *answer);

#endif
