/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_admin.c - old files and queues, when an administrator asks for it
 * (AdminBrokerProcessor.deleteExpiredCommitLog, cleanExpiredConsumeQueue).
 */
#include "mock-broker/broker/handlers.h"
#include "mock-broker/broker/internal.h"

static void delete_commit_log(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;

	mb_store_expire(b->store);
	mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
}

static void clean_queues(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;

	if (mb_store_clean_queues(b->store) == RMQ_OK)
		mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
	else
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR,
				"the files of a queue cannot be deleted");
}

const struct mb_handler mb_store_admin_handlers[] = {
	{RMQI_REQ_CLEAN_EXPIRED_CONSUMEQUEUE, clean_queues},
	{RMQI_REQ_DELETE_EXPIRED_COMMITLOG, delete_commit_log},
	{0, NULL},
};
