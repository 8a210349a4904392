/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/replica.h"

#include "consumer/mq.h"

const char *rmqi_replica_master(const struct rmqi_mq *mq)
{
	if (!mq->sub->route)
		return NULL;
	return rmqi_topic_route_address(mq->sub->route, mq->key.broker_name, 0, true, NULL);
}

bool rmqi_replica_has_master(const struct rmqi_mq *mq)
{
	const char *master = rmqi_replica_master(mq);

	return master && !rmqi_client_is_away(mq->consumer->client, master);
}

int64_t rmqi_replica_choose(const struct rmqi_mq *mq, int64_t wanted)
{
	struct rmqi_client *client = mq->consumer->client;
	const char *slave;
	int64_t id;

	if (wanted != 0 || !rmqi_replica_master(mq) || rmqi_replica_has_master(mq))
		return wanted;
	slave = rmqi_topic_route_slave(mq->sub->route, mq->key.broker_name, &id);
	return slave && !rmqi_client_is_away(client, slave) ? id : 0;
}

bool rmqi_replica_is_master(const struct rmqi_mq *mq, int64_t id, const char *address)
{
	return id == 0 ||
	       (id == RMQI_BROKER_ACTS && rmqi_client_is_master(mq->consumer->client, address));
}

bool rmqi_replica_was_master(const struct rmqi_mq *mq)
{
	return rmqi_replica_is_master(mq, mq->asked_id, mq->address);
}
