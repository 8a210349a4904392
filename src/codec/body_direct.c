/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/body_direct.h"

#include "base/mem.h"
#include "codec/body_read.h"

enum rmq_error rmqi_direct_result_decode(struct rmqi_cursor body, struct rmqi_direct_result *out)
{
	struct rmqi_direct_result made = {0};
	struct rmqi_json *root;
	enum rmq_error err = rmqi_body_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	made.result = rmqi_member_text_required(root, "consumeResult", &err);
	made.remark = rmqi_member_text(root, "remark", &err);
	made.is_orderly = rmqi_member_bool(root, "order", false);
	made.spent_ms = rmqi_member_i64(root, "spentTimeMills", 0, &err);
	rmqi_json_free(root);
	if (err != RMQ_OK)
		rmqi_direct_result_deinit(&made);
	else
		*out = made;
	return err;
}

void rmqi_direct_result_deinit(struct rmqi_direct_result *r)
{
	rmqi_free(r->result);
	rmqi_free(r->remark);
	*r = (struct rmqi_direct_result){0};
}
