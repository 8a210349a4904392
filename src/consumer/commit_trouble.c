/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/commit_trouble.h"

#include <stdio.h>

#include "codec/command.h"
#include "consumer/mq.h"
#include "consumer/offset_store.h"

#define MQ_FORMAT "%s@%s:%d"
#define MQ_ARGS(mq) (mq)->key.topic, (mq)->key.broker_name, (int)(mq)->key.queue_id

void rmqi_commit_note(struct rmqi_commit_report *r, const struct rmqi_mq *mq, enum rmq_error error,
		      const char *why)
{
	r->unconfirmed--;
	if (r->failed++ > 0)
		return;
	r->error = error;
	snprintf(r->failure, sizeof(r->failure), "%.100s@%.80s:%d: %.50s", mq->key.topic,
		 mq->key.broker_name, (int)mq->key.queue_id, why);
}

void rmqi_commit_complain(struct rmqi_mq *mq, const char *address, int64_t offset,
			  enum rmq_error error, const struct rmqi_command *response)
{
	char subject[RMQI_MQ_SUBJECT];
	struct rmqi_failure f = {.kind = RMQI_TROUBLE_COMMIT,
				 .subject = rmqi_mq_subject(mq, RMQI_TROUBLE_COMMIT, subject),
				 .topic = mq->key.topic,
				 .address = address,
				 .error = error,
				 .code = response ? response->code : -1,
				 .why = response ? response->remark : RMQI_STR("")};

	if (mq->state == RMQI_MQ_DROPPED)
		RMQI_LOG(mq->consumer->log, RMQ_LOG_WARN,
			 "group %s: " MQ_FORMAT " was given up, and that it is done up to %lld was "
			 "not taken by %s: %s",
			 mq->consumer->group, MQ_ARGS(mq), (long long)offset, address,
			 rmq_error_text(error));
	else if (response)
		rmqi_client_complain(mq->consumer->client, &f, &mq->is_commit_stuck);
}

void rmqi_commit_works(struct rmqi_mq *mq)
{
	char subject[RMQI_MQ_SUBJECT];

	if (!mq->is_commit_stuck)
		return;
	rmqi_client_settle(mq->consumer->client, RMQI_TROUBLE_COMMIT,
			   rmqi_mq_subject(mq, RMQI_TROUBLE_COMMIT, subject), &mq->is_commit_stuck);
}
