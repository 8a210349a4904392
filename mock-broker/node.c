/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/node.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>

struct mb_node {
	struct mb_node_config config;
	struct rmqi_server *server;
	struct rmqi_imap handlers; /* code -> const struct mb_handler */
};

void mb_counters_init(struct mb_counters *c)
{
	*c = (struct mb_counters){0};
	rmqi_imap_init(&c->by_code);
}

void mb_counters_deinit(struct mb_counters *c)
{
	uint64_t code;
	void *count;

	for (size_t at = 0; rmqi_imap_next(&c->by_code, &at, &code, &count);)
		rmqi_free(count);
	rmqi_imap_deinit(&c->by_code);
}

uint64_t mb_counters_get(const struct mb_counters *c, int32_t code)
{
	const uint64_t *count;

	if (code == -1)
		return c->received;
	count = rmqi_imap_get(&c->by_code, (uint32_t)code);
	return count ? *count : 0;
}

static void count_request(struct mb_counters *c, int32_t code)
{
	uint64_t *count = rmqi_imap_get(&c->by_code, (uint32_t)code);

	c->received++;
	if (count) {
		(*count)++;
		return;
	}
	if (c->by_code.count >= MB_CODES_MAX)
		return;
	count = rmqi_calloc(1, sizeof(*count));
	if (!count)
		return;
	*count = 1;
	if (rmqi_imap_set(&c->by_code, (uint32_t)code, count) != RMQ_OK)
		rmqi_free(count);
}

static void refuse(struct mb_node *n, const struct mb_request *r)
{
	char name[32];

	n->config.counters->unsupported++;
	RMQI_LOG(n->config.log, RMQ_LOG_WARN, "%s: %s sent %s (%d), which is not supported",
		 n->config.name, rmqi_conn_peer_text(r->ticket.conn),
		 rmqi_request_name(r->command->code, name, sizeof(name)), (int)r->command->code);
	mb_answer_error(&r->ticket, RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED,
			" request type %d not supported", (int)r->command->code);
}

static void on_request(void *arg, struct rmqi_conn *c, const struct rmqi_command *command)
{
	struct mb_node *n = arg;
	const struct mb_handler *h = rmqi_imap_get(&n->handlers, (uint32_t)command->code);
	struct mb_request r = {
		.ticket = {.conn = c,
			   .opaque = command->opaque,
			   .serialization = command->serialization,
			   .is_oneway = rmqi_command_is_oneway(command)},
		.command = command,
	};

	count_request(n->config.counters, command->code);
	if (h)
		h->handle(n->config.arg, &r);
	else
		refuse(n, &r);
}

static void on_open(void *arg, struct rmqi_conn *c)
{
	struct mb_node *n = arg;

	if (n->config.on_open)
		n->config.on_open(n->config.arg, c);
}

static void on_closed(void *arg, struct rmqi_conn *c)
{
	struct mb_node *n = arg;

	if (n->config.on_closed)
		n->config.on_closed(n->config.arg, c);
}

static enum rmq_error add_handlers(struct mb_node *n)
{
	enum rmq_error err;

	for (const struct mb_handler *const *list = n->config.lists; *list; list++) {
		for (const struct mb_handler *h = *list; h->handle; h++) {
			err = rmqi_imap_set(&n->handlers, (uint32_t)h->code, (void *)(uintptr_t)h);
			if (err != RMQ_OK)
				return err;
		}
	}
	return RMQ_OK;
}

enum rmq_error mb_node_new(const struct mb_node_config *config, struct mb_node **out,
			   struct rmq_error_detail *detail)
{
	struct mb_node *n = rmqi_calloc(1, sizeof(*n));
	struct rmqi_server_config server = {
		.loop = config->loop,
		.log = config->log,
		.host = config->host,
		.port = config->port,
		.tls = config->tls,
		.require_tls = config->require_tls,
		.on_request = on_request,
		.on_open = on_open,
		.on_closed = on_closed,
		.arg = n,
	};
	enum rmq_error err;

	if (!n)
		return RMQ_ERR_NO_MEMORY;
	n->config = *config;
	rmqi_imap_init(&n->handlers);
	err = add_handlers(n);
	if (err == RMQ_OK)
		err = rmqi_server_new(&server, &n->server, detail);
	if (err != RMQ_OK) {
		rmqi_imap_deinit(&n->handlers);
		rmqi_free(n);
		return err;
	}
	*out = n;
	return RMQ_OK;
}

const char *mb_node_address(const struct mb_node *n)
{
	return rmqi_server_address(n->server);
}

void mb_node_free(struct mb_node *n)
{
	if (!n)
		return;
	rmqi_server_free(n->server);
	rmqi_imap_deinit(&n->handlers);
	rmqi_free(n);
}

bool mb_request_decode(struct mb_request *r, const struct rmqi_header_desc *desc, void *header)
{
	const char *bad = "?";

	if (rmqi_header_decode(desc, r->command, header, &bad) == RMQ_OK)
		return true;
	mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR, "the custom field <%s> is null", bad);
	return false;
}

void mb_answer(const struct mb_ticket *t, const struct rmqi_outgoing *response)
{
	enum rmq_error err;

	if (t->is_oneway)
		return;
	err = rmqi_conn_reply(t->conn, t->opaque, t->serialization, response);
	/* Any other failure: the connection is lost, and the request with it. */
	if (err == RMQ_ERR_TOO_LARGE && response->body_count)
		mb_answer_failure(t, err);
}

void mb_answer_code(const struct mb_ticket *t, int32_t code)
{
	struct rmqi_outgoing response = {.code = code};

	mb_answer(t, &response);
}

void mb_answer_error(const struct mb_ticket *t, int32_t code, const char *format, ...)
{
	struct rmqi_outgoing response = {.code = code};
	char remark[MB_REMARK_MAX];
	va_list args;
	int len;

	if (t->is_oneway)
		return;
	va_start(args, format);
	len = vsnprintf(remark, sizeof(remark), format, args);
	va_end(args);
	if (len > 0)
		response.remark = rmqi_str(remark);
	mb_answer(t, &response);
}

void mb_answer_header(const struct mb_ticket *t, const struct rmqi_header_desc *desc,
		      const void *header)
{
	struct rmqi_outgoing response = {.desc = desc, .header = header};

	mb_answer(t, &response);
}

void mb_answer_body(const struct mb_ticket *t, const struct rmqi_buf *body)
{
	struct rmqi_cursor piece = rmqi_buf_cursor(body);
	struct rmqi_outgoing response = {.body = &piece, .body_count = 1};
	enum rmq_error err = rmqi_buf_status(body);

	if (err == RMQ_OK)
		mb_answer(t, &response);
	else
		mb_answer_failure(t, err);
}

void mb_answer_failure(const struct mb_ticket *t, enum rmq_error error)
{
	mb_answer_error(t, RMQI_RESP_SYSTEM_ERROR, "%s", rmq_error_text(error));
}
