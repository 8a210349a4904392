/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/recall.h"

#include "codec/base64.h"

void rmqi_recall_write(struct rmqi_buf *out, const struct rmqi_recall *r)
{
	struct rmqi_buf text;

	rmqi_buf_init(&text, RMQI_RECALL_TEXT_MAX);
	rmqi_buf_addf(&text, "v1 %.*s %.*s %.*s %.*s", RMQI_STR_ARG(r->topic),
		      RMQI_STR_ARG(r->broker_name), RMQI_STR_ARG(r->deliver_ms),
		      RMQI_STR_ARG(r->message_id));
	rmqi_base64_encode(out, rmqi_buf_cursor(&text), RMQI_BASE64_URL);
	rmqi_buf_deinit(&text);
}

bool rmqi_recall_read(struct rmqi_str handle, char text[RMQI_RECALL_TEXT_MAX],
		      struct rmqi_recall *out)
{
	size_t len = rmqi_base64_decode(handle, RMQI_BASE64_URL, text, RMQI_RECALL_TEXT_MAX);
	struct rmqi_str rest = rmqi_str_n(text, len), version;
	struct rmqi_recall r;
	bool has[5];

	rest = rmqi_str_cut(rest, " ", &version, &has[0]);
	rest = rmqi_str_cut(rest, " ", &r.topic, &has[1]);
	rest = rmqi_str_cut(rest, " ", &r.broker_name, &has[2]);
	rest = rmqi_str_cut(rest, " ", &r.deliver_ms, &has[3]);
	rmqi_str_cut(rest, " ", &r.message_id, &has[4]);
	if (!rmqi_str_is(version, "v1") || !has[0] || !has[1] || !has[2] || !has[3] ||
	    r.message_id.len == 0)
		return false;
	*out = r;
	return true;
}
