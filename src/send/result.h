/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result.h - the inside of rmq_send_result (SendResult.java).
 */
#ifndef RMQI_SEND_RESULT_H
#define RMQI_SEND_RESULT_H

#include <stdbool.h>

#include <rocketmq/send.h>

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
	const char *recall_handle;
	bool is_untraced; /* the broker does not want it traced (TRACE_ON) */
	size_t room;      /* bytes of the allocation */
};

/* Takes the place of `old` (may be NULL) and uses its memory if it is enough. NULL when memory is out;
 * `old` is then as it was. Freed with rmqi_free. */
struct rmq_send_result *rmqi_send_result_renew(struct rmq_send_result *old,
					       enum rmq_send_status status,
					       const struct rmqi_send_request *request,
					       const struct rmqi_publish_queue *queue,
					       const struct rmqi_h_send_message_response *answer);
/* An owned copy with texts of its own. NULL when memory is out. Freed with rmqi_free. */
struct rmq_send_result *rmqi_send_result_dup(const struct rmq_send_result *from);

#endif
