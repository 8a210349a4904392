/* SPDX-License-Identifier: Apache-2.0 */
#include "send/need.h"

#include "base/detail.h"
#include "client/message.h"
#include "codec/codes.h"
#include "codec/version.h"

static const struct {
	unsigned kind;
	struct rmqi_need need;
} needs[] = {
	{RMQI_MESSAGE_LITE,
	 {RMQI_VERSION_LITE, "lite topics", "5.5.0", "leave the message out of it"}},
	{RMQI_MESSAGE_PRIORITY,
	 {RMQI_VERSION_PRIORITY, "priorities", "5.4.0", "forget the priority"}},
	{RMQI_MESSAGE_TIMED,
	 {RMQI_VERSION_TIMER, "timed messages", "5.0.0", "deliver the message at once"}},
};

const struct rmqi_need *rmqi_need_of(unsigned kinds)
{
	for (size_t i = 0; kinds != 0 && i < RMQI_COUNT(needs); i++)
		if (kinds & needs[i].kind)
			return &needs[i].need;
	return NULL;
}

enum rmq_error rmqi_need_check(const struct rmqi_need *need, int32_t version)
{
	if (version == RMQI_VERSION_UNTOLD)
		return RMQ_AGAIN;
	return version == 0 || version >= need->version ? RMQ_OK : RMQ_ERR_UNSUPPORTED;
}

void rmqi_need_ask(struct rmqi_str topic, const struct rmqi_publish_queue *queue,
		   struct rmqi_h_get_max_offset *header, struct rmqi_outgoing *out)
{
	*header = (struct rmqi_h_get_max_offset){.topic = topic, .queueId = queue->queue_id};
	RMQI_SET(header, get_max_offset, bname, rmqi_str(queue->broker_name));
	*out = (struct rmqi_outgoing){.code = RMQI_REQ_GET_MAX_OFFSET,
				      .desc = &rmqi_desc_get_max_offset,
				      .header = header};
}

enum rmq_error rmqi_need_unmet(const struct rmqi_need *need, int32_t version,
			       const struct rmqi_publish_queue *queue,
			       struct rmq_error_detail *detail)
{
	char text[RMQI_VERSION_SIZE];

	rmqi_detail_add_attempt(detail, queue->address, RMQ_PHASE_WRITE, RMQ_ERR_UNSUPPORTED, -1,
				0);
	rmqi_detail_set_broker(detail, -1, RMQI_STR(""));
	return rmqi_detail_set(
		detail, RMQ_ERR_UNSUPPORTED, RMQ_ERROR_FATAL,
		"broker %s (%s) runs %s and does not know %s, which came with %s: it would %s",
		queue->broker_name, queue->address, rmqi_version_text(version, text), need->what,
		need->release, need->otherwise);
}
