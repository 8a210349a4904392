/* SPDX-License-Identifier: Apache-2.0 */
/* How a client talks to servers: TLS, the rpc on its loop, and what comes from there unasked. */
#include <stdio.h>

#include "base/detail.h"
#include "client/client_impl.h"
#include "client/namespace.h"
#include "codec/codes.h"

enum {
	NO_BUDGET_MESSAGES = 1000 * 1000,
	NO_BUDGET_BYTES = INT32_MAX,
	HEAD_BYTES = 1024 /* of a request beside body and properties, but for long names */
};

/* Who names certificates does not mean to speak in plain text, unless he says so. */
static enum rmq_error refuse_unused_tls(const struct rmq_config *g, struct rmq_error_detail *detail)
{
	static const struct {
		enum rmqi_config_id id;
		const char *name;
	} keys[] = {
		{RMQI_CFG_tlsCaFile, "tlsCaFile"},         {RMQI_CFG_tlsCaPem, "tlsCaPem"},
		{RMQI_CFG_tlsCertFile, "tlsCertFile"},     {RMQI_CFG_tlsCertPem, "tlsCertPem"},
		{RMQI_CFG_tlsKeyFile, "tlsKeyFile"},       {RMQI_CFG_tlsKeyPem, "tlsKeyPem"},
		{RMQI_CFG_tlsServerName, "tlsServerName"},
	};

	for (size_t i = 0; i < RMQI_COUNT(keys) && !g->text[RMQI_CFG_useTLS]; i++)
		if (rmqi_config_str(g, keys[i].id))
			return rmqi_detail_set(
				detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				"%s is set, but useTLS is not: everything would be sent in plain "
				"text (useTLS=false says that this is meant)",
				keys[i].name);
	return RMQ_OK;
}

enum rmq_error rmqi_client_make_tls(struct rmqi_client *c, struct rmq_error_detail *detail)
{
	const struct rmq_config *g = c->config;
	struct rmqi_tls_config tls = {
		.ca_file = rmqi_config_str(g, RMQI_CFG_tlsCaFile),
		.ca_pem = rmqi_config_str(g, RMQI_CFG_tlsCaPem),
		.cert_file = rmqi_config_str(g, RMQI_CFG_tlsCertFile),
		.cert_pem = rmqi_config_str(g, RMQI_CFG_tlsCertPem),
		.key_file = rmqi_config_str(g, RMQI_CFG_tlsKeyFile),
		.key_pem = rmqi_config_str(g, RMQI_CFG_tlsKeyPem),
		.key_password = rmqi_config_str(g, RMQI_CFG_tlsKeyPassword),
		.server_name = rmqi_config_str(g, RMQI_CFG_tlsServerName),
		.skip_verify = !rmqi_config_bool(g, RMQI_CFG_tlsVerify),
		.skip_host_check = !rmqi_config_bool(g, RMQI_CFG_tlsVerifyHostname),
	};

	if (!rmqi_config_bool(g, RMQI_CFG_useTLS))
		return refuse_unused_tls(g, detail);
	return rmqi_tls_new(&tls, false, &c->tls, detail);
}

/* So that the broker need not wait. */
static void refuse(struct rmqi_client *c, struct rmqi_conn *conn, const char *address,
		   const struct rmqi_command *request)
{
	struct rmqi_outgoing no = {.code = RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED};
	char remark[64];

	RMQI_LOG(c->log, RMQ_LOG_INFO, "%s asks for %d, which this client does not do", address,
		 request->code);
	if (rmqi_command_is_oneway(request))
		return;
	snprintf(remark, sizeof(remark), " request type %d not supported", request->code);
	no.remark = rmqi_str(remark);
	if (rmqi_conn_reply(conn, request->opaque, request->serialization, &no) != RMQ_OK)
		RMQI_LOG(c->log, RMQ_LOG_WARN, "%s got no answer to its request %d", address,
			 request->code);
}

static void on_request(void *arg, struct rmqi_conn *conn, const char *address,
		       const struct rmqi_command *request)
{
	struct rmqi_client *c = arg;

	for (const struct rmqi_client_handler *h = c->owner.handlers; h && h->code; h++) {
		if (h->code == request->code) {
			h->fn(c->owner.arg, conn, address, request);
			return;
		}
	}
	refuse(c, conn, address, request);
}

/* The connection itself logs it. */
static void on_state(void *arg, const char *address, bool is_open, enum rmq_error reason)
{
	(void)reason;
	rmqi_client_broker_state(arg, address, is_open);
}

static void on_alive(void *arg, const char *address)
{
	rmqi_client_broker_alive(arg, address);
}

/* What the budget of a producer lets through, no connection refuses: all may go to one broker. Without a
 * budget nothing but memory bounds it, as in Java. */
static void fit_budget(const struct rmq_config *config, struct rmqi_rpc_config *r)
{
	size_t messages = (size_t)rmqi_config_i64(config, RMQI_CFG_backPressureForAsyncSendNum);
	size_t bytes = (size_t)rmqi_config_i64(config, RMQI_CFG_backPressureForAsyncSendSize);

	if (!rmqi_config_bool(config, RMQI_CFG_enableBackpressureForAsyncMode)) {
		messages = NO_BUDGET_MESSAGES;
		bytes = NO_BUDGET_BYTES;
	}
	/* And what does not count in it. */
	r->pending_max = messages + RMQI_CONN_PENDING_MAX;
	r->output_max = bytes + messages * HEAD_BYTES + RMQI_CONN_OUTPUT_MAX;
}

enum rmq_error rmqi_client_make_rpc(struct rmqi_client *c, struct rmq_error_detail *detail)
{
	struct rmqi_rpc_config r = {
		.log = c->log,
		.tls = c->tls,
		.serialization = rmqi_config_i64(c->config, RMQI_CFG_serializeType) == 1
					 ? RMQI_BINARY
					 : RMQI_JSON,
		.connect_timeout_ms = rmqi_config_i64(c->config, RMQI_CFG_connectTimeout),
		.idle_timeout_ms =
			rmqi_config_i64(c->config, RMQI_CFG_channelMaxIdleTimeSeconds) * 1000,
		.spin_us = rmqi_config_i64(c->config, RMQI_CFG_spinMicros),
		.on_request = on_request,
		.on_state = on_state,
		.on_alive = on_alive,
		.arg = c,
	};
	const char *space = rmqi_config_str(c->config, RMQI_CFG_namespaceV2);
	size_t hooks = 0;
	enum rmq_error err = rmqi_loop_new(c->env, "rmq-loop", &c->loop);

	r.loop = c->loop;
	fit_budget(c->config, &r);
	/* What it adds is signed, too. */
	if (space)
		r.hooks[hooks++] = rmqi_namespace_hook(space);
	if (c->credentials)
		r.hooks[hooks] = rmqi_credentials_hook(c->credentials);
	if (err == RMQ_OK)
		err = rmqi_rpc_new(&r, &c->rpc);
	if (err != RMQ_OK)
		rmqi_detail_set(detail, err, 0, "the client cannot be made: %s",
				err == RMQ_ERR_SYSTEM ? "no descriptor or no thread is left (it "
							"needs 3 and 1 to begin with)"
						      : rmq_error_text(err));
	return err;
}
