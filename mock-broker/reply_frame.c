/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/reply_frame.h"

#include "codec/command.h"

enum rmq_error mb_reply_frame(struct rmqi_buf *out, const struct rmqi_conn *c, int32_t opaque,
			      enum rmqi_serialization serialization,
			      const struct rmqi_outgoing *response)
{
	const struct rmqi_command_meta meta = {
		.serialization = serialization,
		.code = response->code,
		.language = RMQI_LANGUAGE_CPP,
		.version = rmqi_conn_version(c),
		.opaque = opaque,
		.flag = RMQI_FLAG_RESPONSE,
		.remark = response->remark,
	};
	size_t body_len = 0;
	enum rmq_error err;

	for (size_t i = 0; i < response->body_count; i++)
		body_len += response->body[i].len;
	err = rmqi_command_encode(out, &meta, response->desc, response->header, response->extra,
				  response->extra_count, body_len);
	if (err != RMQ_OK)
		return err;
	for (size_t i = 0; i < response->body_count; i++)
		rmqi_buf_add(out, response->body[i].ptr, response->body[i].len);
	return rmqi_buf_status(out);
}
