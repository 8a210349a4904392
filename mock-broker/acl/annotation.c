/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/acl/annotation.h"

#include "base/macros.h"
#include "codec/codes.h"
#include "codec/schema.h"

#define GROUP(key)                             \
	{                                      \
		MB_RESOURCE_GROUP, key, NULL \
	}
#define TOPIC(key)                             \
	{                                      \
		MB_RESOURCE_TOPIC, key, NULL \
	}
#define OF_CLUSTER(code, action)                           \
	{                                                  \
		RMQI_REQ_##code, MB_ACTION_##action, true, \
		{                                          \
			{                                  \
				0                          \
			}                                  \
		}                                          \
	}
#define OF_GROUP(code, action, group)                       \
	{                                                   \
		RMQI_REQ_##code, MB_ACTION_##action, false, \
		{                                           \
			GROUP(group)                        \
		}                                           \
	}
#define OF_TOPIC(code, action)                              \
	{                                                   \
		RMQI_REQ_##code, MB_ACTION_##action, false, \
		{                                           \
			TOPIC("topic")                      \
		}                                           \
	}
#define OF_BOTH(code, action, group)                        \
	{                                                   \
		RMQI_REQ_##code, MB_ACTION_##action, false, \
		{                                           \
			GROUP(group), TOPIC("topic")        \
		}                                           \
	}

static const struct mb_annotation annotations[] = {
	OF_TOPIC(UPDATE_AND_CREATE_TOPIC, CREATE),
	OF_CLUSTER(UPDATE_BROKER_CONFIG, UPDATE), /* ours: Apache lets everybody who has signed */
	OF_TOPIC(SEARCH_OFFSET_BY_TIMESTAMP, GET),
	OF_TOPIC(GET_MAX_OFFSET, GET),
	OF_TOPIC(GET_MIN_OFFSET, GET),
	OF_TOPIC(GET_EARLIEST_MSG_STORETIME, GET),
	OF_TOPIC(VIEW_MESSAGE_BY_ID, GET),
	OF_TOPIC(GET_TOPIC_STATS_INFO, GET),
	OF_GROUP(GET_CONSUMER_CONNECTION_LIST, GET, "consumerGroup"),
	OF_CLUSTER(GET_PRODUCER_CONNECTION_LIST, GET),
	OF_GROUP(DELETE_SUBSCRIPTIONGROUP, DELETE, "groupName"),
	{RMQI_REQ_GET_CONSUME_STATS,
	 MB_ACTION_GET,
	 false,
	 {GROUP("consumerGroup"), TOPIC("topic"), {MB_RESOURCE_TOPIC, "topicList", ";"}}},
	OF_TOPIC(DELETE_TOPIC_IN_BROKER, DELETE),
	OF_BOTH(INVOKE_BROKER_TO_RESET_OFFSET, UPDATE, "group"),
	OF_BOTH(INVOKE_BROKER_TO_GET_CONSUMER_STATUS, GET, "group"),
	OF_TOPIC(QUERY_TOPIC_CONSUME_BY_WHO, GET),
	OF_BOTH(QUERY_CONSUME_TIME_SPAN, GET, "group"),
	OF_GROUP(GET_CONSUMER_RUNNING_INFO, GET, "consumerGroup"),
	OF_BOTH(CONSUME_MESSAGE_DIRECTLY, SUB, "consumerGroup"),
	OF_BOTH(CLONE_GROUP_OFFSET, UPDATE, "destGroup"),
	OF_CLUSTER(VIEW_BROKER_STATS_DATA, GET),
	OF_BOTH(QUERY_CONSUME_QUEUE, GET, "consumerGroup"),
	OF_TOPIC(RESUME_CHECK_HALF_MESSAGE, UPDATE),
	OF_CLUSTER(GET_ALL_PRODUCER_INFO, GET),
	OF_GROUP(QUERY_TOPICS_BY_CONSUMER, GET, "group"),
	OF_BOTH(QUERY_SUBSCRIPTION_BY_CONSUMER, GET, "group"),
	OF_TOPIC(GET_TOPIC_CONFIG, GET),
	OF_GROUP(GET_SUBSCRIPTIONGROUP_CONFIG, GET, "group"),
	OF_BOTH(UPDATE_AND_GET_GROUP_FORBIDDEN, UPDATE, "group"),
	{RMQI_REQ_GET_BROKER_MEMBER_GROUP,
	 MB_ACTION_GET,
	 false,
	 {{MB_RESOURCE_CLUSTER, "clusterName", NULL}}},
	OF_CLUSTER(EXCHANGE_BROKER_HA_INFO, UPDATE),
	OF_BOTH(POP_MESSAGE, SUB, "consumerGroup"),
	OF_BOTH(ACK_MESSAGE, SUB, "consumerGroup"),
	OF_BOTH(PEEK_MESSAGE, SUB, "consumerGroup"),
	OF_BOTH(CHANGE_MESSAGE_INVISIBLETIME, SUB, "consumerGroup"),
	OF_BOTH(NOTIFICATION, SUB, "consumerGroup"),
	OF_BOTH(POLLING_INFO, GET, "consumerGroup"),
	OF_CLUSTER(AUTH_CREATE_USER, UPDATE),
	OF_CLUSTER(AUTH_UPDATE_USER, UPDATE),
	OF_CLUSTER(AUTH_DELETE_USER, UPDATE),
	OF_CLUSTER(AUTH_GET_USER, GET),
	OF_CLUSTER(AUTH_LIST_USER, GET),
	OF_CLUSTER(AUTH_CREATE_ACL, UPDATE),
	OF_CLUSTER(AUTH_UPDATE_ACL, UPDATE),
	OF_CLUSTER(AUTH_DELETE_ACL, UPDATE),
	OF_CLUSTER(AUTH_GET_ACL, GET),
	OF_CLUSTER(AUTH_LIST_ACL, GET),
};

const struct mb_annotation *mb_annotation_find(int32_t code)
{
	for (size_t i = 0; i < RMQI_COUNT(annotations); i++)
		if (annotations[i].code == code)
			return &annotations[i];
	return NULL;
}
