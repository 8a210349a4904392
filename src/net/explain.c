/* SPDX-License-Identifier: Apache-2.0 */
#include "net/explain.h"

#include <inttypes.h>
#include <stdio.h>

#include "net/conn_impl.h"

static void explain_timeout(char *buf, size_t size, const char *address, enum rmq_phase phase,
			    int64_t ms)
{
	char within[48] = "in time";

	if (ms >= 0)
		snprintf(within, sizeof(within), "within %" PRId64 " ms", ms);
	if (phase == RMQ_PHASE_RESOLVE)
		snprintf(buf, size, "%s could not be resolved %s", address, within);
	else if (phase == RMQ_PHASE_CONNECT)
		snprintf(buf, size, "no connection to %s %s", address, within);
	else if (phase == RMQ_PHASE_TLS)
		snprintf(buf, size, "TLS handshake with %s not finished %s", address, within);
	else if (phase == RMQ_PHASE_WRITE)
		snprintf(buf, size, "request to %s not sent %s", address, within);
	else
		snprintf(buf, size, "no answer from %s %s", address, within);
}

void rmqi_explain(char *buf, size_t size, enum rmq_error error, const char *address,
		  enum rmq_phase phase, const char *reason, int64_t ms)
{
	const char *when = phase == RMQ_PHASE_WAIT    ? " while an answer was awaited"
			   : phase == RMQ_PHASE_WRITE ? " before the request was sent"
						      : "";

	if (error == RMQ_ERR_TIMEOUT)
		explain_timeout(buf, size, address, phase, ms);
	else if (error == RMQ_ERR_CONNECTION_LOST && reason[0])
		snprintf(buf, size, "%s%s", reason, when);
	else if (reason[0])
		snprintf(buf, size, "%s", reason);
	else if (error == RMQ_ERR_BUSY)
		snprintf(buf, size, "too much is queued for %s", address);
	else
		snprintf(buf, size, "request to %s: %s", address, rmq_error_text(error));
}

const char *rmqi_call_explain(const struct rmqi_call *call, enum rmq_error error, char *buf,
			      size_t size)
{
	const struct rmqi_conn *c = call->conn;
	const char *reason = c && rmqi_conn_is_closing(c) ? c->reason_text : "";

	if (!c)
		snprintf(buf, size, "%s", rmq_error_text(error));
	else
		rmqi_explain(buf, size, error, c->address, call->phase, reason, -1);
	return buf;
}
