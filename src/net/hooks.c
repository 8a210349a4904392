/* SPDX-License-Identifier: Apache-2.0 */
#include "net/hooks.h"

size_t rmqi_hooks_count(const struct rmqi_hook *hooks)
{
	size_t count = 0;

	while (count < RMQI_HOOKS_MAX && (hooks[count].before || hooks[count].after))
		count++;
	return count;
}

enum rmq_error rmqi_hooks_before(const struct rmqi_hook *hooks, size_t hook_count,
				 const char *address, const struct rmqi_outgoing *request,
				 struct rmqi_hooked *out)
{
	enum rmq_error err = RMQ_OK;
	size_t count = 0, i;

	if (request->extra_count + RMQI_HOOK_EXT_MAX > RMQI_EXT_MAX)
		return RMQ_ERR_TOO_LARGE;
	out->request = *request;
	for (i = 0; i < request->extra_count; i++)
		out->ext[i] = request->extra[i];
	out->request.extra = out->ext;
	for (i = 0; i < hook_count && err == RMQ_OK; i++) {
		if (!hooks[i].before)
			continue;
		/* A later hook sees what the earlier ones have added. */
		out->request.extra_count = request->extra_count + count;
		err = hooks[i].before(hooks[i].arg, address, &out->request,
				      out->ext + request->extra_count, &count, &out->kept[i]);
	}
	out->request.extra_count = request->extra_count + count;
	if (err != RMQ_OK)
		rmqi_hooks_sent(hooks, i - 1, out);
	return err;
}

void rmqi_hooks_sent(const struct rmqi_hook *hooks, size_t hook_count, struct rmqi_hooked *hooked)
{
	for (size_t i = 0; i < hook_count; i++)
		if (hooks[i].before && hooks[i].sent)
			hooks[i].sent(hooks[i].arg, &hooked->kept[i]);
}

void rmqi_hooks_after(const struct rmqi_hook *hooks, size_t hook_count, const char *address,
		      int32_t request_code, const struct rmqi_command *response)
{
	for (size_t i = 0; i < hook_count; i++)
		if (hooks[i].after)
			hooks[i].after(hooks[i].arg, address, request_code, response);
}
