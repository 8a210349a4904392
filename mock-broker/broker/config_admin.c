/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_admin.c - settings over the wire (AdminBrokerProcessor.updateBrokerConfig).
 */
#include "mock-broker/broker/config_file.h"
#include "mock-broker/broker/config_update.h"
#include "mock-broker/broker/handlers.h"
#include "mock-broker/broker/internal.h"

static void update_config(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	struct rmqi_str text = rmqi_str_n(r->command->body.ptr, r->command->body.len);
	int64_t permission = b->config->broker_permission;
	char problem[256];
	enum rmq_error err = mb_config_update(b->options_config, text, problem, sizeof(problem));

	RMQI_LOG(b->log, RMQ_LOG_INFO, "%s: updateBrokerConfig by %s: %s", b->config->broker_name,
		 rmqi_conn_peer_text(r->ticket.conn), err == RMQ_OK ? "done" : problem);
	if (err != RMQ_OK) {
		mb_answer_error(&r->ticket,
				err == RMQ_ERR_DENIED ? RMQI_RESP_NO_PERMISSION
						      : RMQI_RESP_SYSTEM_ERROR,
				"%s", problem);
		return;
	}
	b->config_counter++;
	if (permission != b->config->broker_permission) {
		mb_version_next(&b->topics.version, mb_broker_wall_ms(b));
		mb_registrar_register_all(b);
	}
	mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
}

const struct mb_handler mb_config_handlers[] = {
	{RMQI_REQ_UPDATE_BROKER_CONFIG, update_config},
	{0, NULL},
};
