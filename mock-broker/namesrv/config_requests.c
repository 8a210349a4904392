/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_requests.c - GET_NAMESRV_CONFIG and UPDATE_NAMESRV_CONFIG
 * (DefaultRequestProcessor.getConfig, updateConfig).
 */
#include "mock-broker/namesrv/internal.h"
#include "mock-broker/store/fs.h"

static void get_config(void *arg, struct mb_request *r)
{
	struct mb_namesrv *n = arg;

	rmqi_buf_reset(&n->body);
	mb_namesrv_config_write(n->config, &n->body);
	mb_answer_body(&r->ticket, &n->body);
}

/* A failure is logged and no more, as in Configuration.persist. */
static void persist(struct mb_namesrv *n)
{
	const struct mb_fs *fs = mb_fs_posix();
	const char *path = n->config->config_store_path;
	enum rmq_error err;

	if (!path[0])
		return;
	rmqi_buf_reset(&n->body);
	mb_namesrv_config_write(n->config, &n->body);
	err = rmqi_buf_status(&n->body);
	if (err == RMQ_OK)
		err = fs->replace_file(fs, path, rmqi_buf_data(&n->body), n->body.len);
	if (err != RMQ_OK)
		RMQI_LOG(n->log, RMQ_LOG_ERROR, "namesrv: %s cannot be written: %s", path,
			 rmq_error_text(err));
}

static void update_config(void *arg, struct mb_request *r)
{
	struct mb_namesrv *n = arg;

	switch (mb_namesrv_config_update(n->config, rmqi_cursor_str(r->command->body))) {
	case MB_CONFIG_UPDATED:
		persist(n);
		mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
		break;
	case MB_CONFIG_BLACK:
		mb_answer_error(&r->ticket, RMQI_RESP_NO_PERMISSION,
				"Can not update config in black list.");
		break;
	case MB_CONFIG_NOT_ALLOWED:
		mb_answer_error(&r->ticket, RMQI_RESP_NO_PERMISSION,
				"Can not update config that is not in configAllowList.");
		break;
	}
}

const struct mb_handler mb_namesrv_config_handlers[] = {
	{RMQI_REQ_GET_NAMESRV_CONFIG, get_config},
	{RMQI_REQ_UPDATE_NAMESRV_CONFIG, update_config},
	{0, NULL},
};
