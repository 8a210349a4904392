/* SPDX-License-Identifier: Apache-2.0 */
#include <rocketmq/error.h>

const char *rmq_error_text(enum rmq_error code)
{
	switch (code) {
	case RMQ_OK:
		return "success";
	case RMQ_AGAIN:
		return "nothing yet";
	case RMQ_ERR_INVALID_ARGUMENT:
		return "invalid argument";
	case RMQ_ERR_STATE:
		return "not possible in this state";
	case RMQ_ERR_CONFIG:
		return "bad configuration";
	case RMQ_ERR_NO_MEMORY:
		return "out of memory";
	case RMQ_ERR_TOO_LARGE:
		return "too large";
	case RMQ_ERR_BUSY:
		return "too busy";
	case RMQ_ERR_CANCELLED:
		return "cancelled";
	case RMQ_ERR_TIMEOUT:
		return "timeout";
	case RMQ_ERR_FORKED:
		return "made before a fork";
	case RMQ_ERR_NO_REPLY:
		return "no reply in time";
	case RMQ_ERR_ADDRESS:
		return "bad address";
	case RMQ_ERR_RESOLVE:
		return "host name not resolved";
	case RMQ_ERR_CONNECT:
		return "cannot connect";
	case RMQ_ERR_CONNECTION_LOST:
		return "connection lost";
	case RMQ_ERR_TLS:
		return "TLS failure";
	case RMQ_ERR_PROTOCOL:
		return "protocol violated";
	case RMQ_ERR_NO_NAMESRV:
		return "no name server";
	case RMQ_ERR_NO_ROUTE:
		return "no route for the topic";
	case RMQ_ERR_NO_BROKER:
		return "no usable broker";
	case RMQ_ERR_BROKER:
		return "refused by the broker";
	case RMQ_ERR_NOT_FOUND:
		return "not found";
	case RMQ_ERR_UNSUPPORTED:
		return "not supported";
	case RMQ_ERR_DENIED:
		return "access denied";
	case RMQ_ERR_WEAKLY_STORED:
		return "stored, but not as safely as asked";
	case RMQ_ERR_EXPIRED:
		return "the invisible time is over";
	case RMQ_ERR_IO:
		return "input/output error";
	case RMQ_ERR_LOCKED:
		return "locked by another process";
	case RMQ_ERR_CORRUPT:
		return "stored data is corrupt";
	case RMQ_ERR_SYSTEM:
		return "system call failed";
	}
	/* A caller may pass any number. */
	return "unknown error";
}

const char *rmq_phase_text(enum rmq_phase phase)
{
	switch (phase) {
	case RMQ_PHASE_COMPRESS:
		return "compress";
	case RMQ_PHASE_RESOLVE:
		return "resolve";
	case RMQ_PHASE_CONNECT:
		return "connect";
	case RMQ_PHASE_TLS:
		return "tls";
	case RMQ_PHASE_WRITE:
		return "write";
	case RMQ_PHASE_WAIT:
		return "wait";
	case RMQ_PHASE_ANSWER:
		return "answer";
	}
	return "unknown phase";
}
