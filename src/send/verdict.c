/* SPDX-License-Identifier: Apache-2.0 */
#include "send/verdict.h"

#include "codec/codes.h"

bool rmqi_send_status(int32_t code, enum rmq_send_status *out)
{
	switch (code) {
	case RMQI_RESP_SUCCESS:
		*out = RMQ_SEND_OK;
		return true;
	case RMQI_RESP_FLUSH_DISK_TIMEOUT:
		*out = RMQ_SEND_FLUSH_DISK_TIMEOUT;
		return true;
	case RMQI_RESP_FLUSH_SLAVE_TIMEOUT:
		*out = RMQ_SEND_FLUSH_SLAVE_TIMEOUT;
		return true;
	case RMQI_RESP_SLAVE_NOT_AVAILABLE:
		*out = RMQ_SEND_SLAVE_NOT_AVAILABLE;
		return true;
	default:
		return false;
	}
}

bool rmqi_send_is_retriable(int32_t code)
{
	switch (code) {
	case RMQI_RESP_SYSTEM_ERROR:
	case RMQI_RESP_SYSTEM_BUSY:
	case RMQI_RESP_SERVICE_NOT_AVAILABLE:
	case RMQI_RESP_NO_PERMISSION:
	case RMQI_RESP_TOPIC_NOT_EXIST:
	case RMQI_RESP_NO_BUYER_ID:
	case RMQI_RESP_NOT_IN_CURRENT_UNIT:
	case RMQI_RESP_GO_AWAY:
		return true;
	default:
		return false;
	}
}

bool rmqi_send_is_route_code(int32_t code)
{
	return code == RMQI_RESP_TOPIC_NOT_EXIST || code == RMQI_RESP_NO_PERMISSION ||
	       code == RMQI_RESP_SERVICE_NOT_AVAILABLE;
}

bool rmqi_send_is_queue_gone(int32_t code, struct rmqi_str remark)
{
	if (code == RMQI_RESP_NOT_LEADER_FOR_QUEUE)
		return true;
	return (code == RMQI_RESP_INVALID_PARAMETER || code == RMQI_RESP_SYSTEM_ERROR) &&
	       rmqi_str_has_prefix(remark, "request queueId[");
}

bool rmqi_send_is_broker_code(int32_t code)
{
	return code == RMQI_RESP_SYSTEM_ERROR || code == RMQI_RESP_SYSTEM_BUSY ||
	       code == RMQI_RESP_SERVICE_NOT_AVAILABLE;
}

bool rmqi_send_is_route_error(enum rmq_error error)
{
	return error == RMQ_ERR_CONNECT || error == RMQ_ERR_RESOLVE ||
	       error == RMQ_ERR_CONNECTION_LOST || error == RMQ_ERR_TIMEOUT;
}

/*
 * What was not sent when the call ended never will be (net takes it back). A lost
 * connection has delivered what was written completely. An answer that cannot be kept
 * or read was one all the same; only a GO_AWAY, which net tells as a lost connection,
 * stored nothing.
 */
bool rmqi_send_may_be_stored(enum rmq_error error, enum rmq_phase phase)
{
	switch (phase) {
	case RMQ_PHASE_COMPRESS:
	case RMQ_PHASE_RESOLVE:
	case RMQ_PHASE_CONNECT:
	case RMQ_PHASE_TLS:
	case RMQ_PHASE_WRITE:
		return false;
	case RMQ_PHASE_WAIT:
		return error == RMQ_ERR_TIMEOUT || error == RMQ_ERR_CONNECTION_LOST ||
		       error == RMQ_ERR_CANCELLED || error == RMQ_ERR_PROTOCOL ||
		       error == RMQ_ERR_TLS;
	case RMQ_PHASE_ANSWER:
		return error != RMQ_ERR_CONNECTION_LOST;
	}
	return true;
}
