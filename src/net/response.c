/* SPDX-License-Identifier: Apache-2.0 */
#include "net/rpc.h"

void rmqi_response_init(struct rmqi_response *r)
{
	rmqi_command_init(&r->command);
	rmqi_buf_init(&r->bytes, RMQI_FRAME_MAX);
}

void rmqi_response_deinit(struct rmqi_response *r)
{
	rmqi_command_deinit(&r->command);
	rmqi_buf_deinit(&r->bytes);
}
