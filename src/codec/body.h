/* SPDX-License-Identifier: Apache-2.0 */
/*
 * body.h - JSON bodies that client and broker exchange, as plain C structs.
 *
 * Every struct is owned by the caller: _decode fills a fresh one, _deinit frees
 * what it holds (harmless on a zeroed struct). _encode appends JSON. Members that a peer leaves
 * out have the defaults of the Java class. Sources: the Java class named beside each struct.
 */
#ifndef RMQI_CODEC_BODY_H
#define RMQI_CODEC_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/macros.h"
#include "codec/subscription.h"

/* PermName.java */
enum { RMQI_PERM_INHERIT = 1, RMQI_PERM_WRITE = 2, RMQI_PERM_READ = 4 };

/* MessageQueue.java */
struct rmqi_queue {
	char *topic; /* owned */
	char *broker_name;
	int32_t queue_id;
};

enum rmq_error rmqi_queue_init(struct rmqi_queue *q, const char *topic, const char *broker_name,
			       int32_t queue_id) RMQI_MUST_USE;
void rmqi_queue_deinit(struct rmqi_queue *q);
/* Order of MessageQueue.compareTo: topic, broker name, queue id. */
int rmqi_queue_cmp(const struct rmqi_queue *a, const struct rmqi_queue *b);

/* QueueData.java */
struct rmqi_queue_data {
	char *broker_name;
	int32_t read_queue_nums;
	int32_t write_queue_nums;
	int32_t perm;
	int32_t topic_sys_flag;
};

/* One entry of BrokerData.brokerAddrs */
struct rmqi_broker_address {
	int64_t id; /* 0 is the master */
	char *address;
};

/* BrokerData.java */
struct rmqi_broker_data {
	char *cluster;
	char *broker_name;
	struct rmqi_broker_address *addresses; /* by id, ascending */
	size_t address_count;
	bool enable_acting_master;
	char *zone_name; /* NULL: none */
};

/* What a broker knows of a static topic, as JSON: an object of TopicQueueMappingInfo.java. */
struct rmqi_topic_mapping {
	char *topic;
	char *broker_name;
	char *json;
};

/* Filter servers of one broker address; a list as JSON. */
struct rmqi_filter_servers {
	const char *address;
	const char *json;
};

/* TopicRouteData.java; queue and broker data sorted by broker name */
struct rmqi_route {
	char *order_topic_conf; /* NULL: none */
	struct rmqi_queue_data *queues;
	size_t queue_count;
	struct rmqi_broker_data *brokers;
	size_t broker_count;
	/* There is a topicQueueMappingByBroker: the topic's queues are logical ones, mapped to those told
	 * here. Read only; the mapping itself is not kept. */
	bool is_static;
	/* What is written as topicQueueMappingByBroker; borrowed, `topic` is not used. */
	struct rmqi_topic_mapping *mappings;
	size_t mapping_count;
	struct rmqi_filter_servers *filters; /* what is written as filterServerTable; borrowed */
	size_t filter_count;
};

/* `standard_json`: quoted ids (request version >= RMQI_VERSION_STANDARD_JSON), else fastjson's. */
enum rmq_error rmqi_route_encode(const struct rmqi_route *r, bool standard_json,
				 struct rmqi_buf *out) RMQI_MUST_USE;
enum rmq_error rmqi_route_decode(struct rmqi_cursor body, struct rmqi_route *out) RMQI_MUST_USE;
bool rmqi_route_eq(const struct rmqi_route *a, const struct rmqi_route *b);
void rmqi_route_deinit(struct rmqi_route *r);

/* ConsumerData.java; enum texts as on the wire */
struct rmqi_consumer_data {
	char *group_name;
	char *consume_type;                       /* "CONSUME_PASSIVELY" ... */
	char *message_model;                      /* "CLUSTERING" ... */
	char *consume_from_where;                 /* "CONSUME_FROM_LAST_OFFSET" ... */
	struct rmqi_subscription **subscriptions; /* each owned, unless they are lent */
	size_t subscription_count;
	bool is_lent; /* only the array is ours */
	bool unit_mode;
};

/* HeartbeatData.java */
struct rmqi_heartbeat {
	char *client_id;
	char **producer_groups;
	size_t producer_count;
	struct rmqi_consumer_data *consumers;
	size_t consumer_count;
	int64_t fingerprint; /* 0: v1 heartbeat */
	bool without_sub;
};

enum rmq_error rmqi_heartbeat_encode(const struct rmqi_heartbeat *h,
				     struct rmqi_buf *out) RMQI_MUST_USE;
enum rmq_error rmqi_heartbeat_decode(struct rmqi_cursor body,
				     struct rmqi_heartbeat *out) RMQI_MUST_USE;
void rmqi_heartbeat_deinit(struct rmqi_heartbeat *h);

/* CheckClientRequestBody.java (CHECK_CLIENT_CONFIG); who reads it needs the subscription only. */
enum rmq_error rmqi_check_client_encode(const char *client_id, const char *group,
					const struct rmqi_subscription *s,
					struct rmqi_buf *out) RMQI_MUST_USE;
enum rmq_error rmqi_check_client_decode(struct rmqi_cursor body,
					struct rmqi_subscription **out) RMQI_MUST_USE;

/* ConsumerConnection.java (GET_CONSUMER_CONNECTION_LIST): the subscriptions a broker keeps of a group, each
 * owned. Who reads it needs no more. */
enum rmq_error rmqi_consumer_connection_decode(struct rmqi_cursor body,
					       struct rmqi_subscription ***subscriptions,
					       size_t *count) RMQI_MUST_USE;
void rmqi_subscriptions_list_free(struct rmqi_subscription **subscriptions, size_t count);

/* GetConsumerListByGroupResponseBody.java */
enum rmq_error rmqi_consumer_list_encode(char *const *ids, size_t count,
					 struct rmqi_buf *out) RMQI_MUST_USE;
enum rmq_error rmqi_consumer_list_decode(struct rmqi_cursor body, char ***ids,
					 size_t *count) RMQI_MUST_USE;
void rmqi_strings_free(char **strings, size_t count);

/* LockBatchRequestBody.java, UnlockBatchRequestBody.java; the answer is the queue list alone
 * (lockOKMQSet). */
struct rmqi_lock_body {
	char *consumer_group; /* NULL in an answer */
	char *client_id;      /* NULL in an answer */
	struct rmqi_queue *queues;
	size_t queue_count;
	bool only_this_broker;
};

enum rmq_error rmqi_lock_request_encode(const struct rmqi_lock_body *l,
					struct rmqi_buf *out) RMQI_MUST_USE;
enum rmq_error rmqi_lock_request_decode(struct rmqi_cursor body,
					struct rmqi_lock_body *out) RMQI_MUST_USE;
enum rmq_error rmqi_lock_response_encode(const struct rmqi_lock_body *l,
					 struct rmqi_buf *out) RMQI_MUST_USE;
enum rmq_error rmqi_lock_response_decode(struct rmqi_cursor body,
					 struct rmqi_lock_body *out) RMQI_MUST_USE;
void rmqi_lock_body_deinit(struct rmqi_lock_body *l);

/* What operators ask of a consumer (220 to 223, 307, 309). */

struct rmqi_queue_offset {
	struct rmqi_queue queue; /* owned */
	int64_t offset;
};

void rmqi_queue_offsets_free(struct rmqi_queue_offset *rows, size_t count);
/* ResetOffsetBody.java; decoding takes the list of ResetOffsetBodyForC.java, too. */
enum rmq_error rmqi_reset_offset_encode(const struct rmqi_queue_offset *rows, size_t count,
					struct rmqi_buf *out) RMQI_MUST_USE;
enum rmq_error rmqi_reset_offset_decode(struct rmqi_cursor body, struct rmqi_queue_offset **rows,
					size_t *count) RMQI_MUST_USE;
/* GetConsumerStatusBody.java, as a consumer answers: its messageQueueTable. */
enum rmq_error rmqi_consumer_status_encode(const struct rmqi_queue_offset *rows, size_t count,
					   struct rmqi_buf *out) RMQI_MUST_USE;
enum rmq_error rmqi_consumer_status_decode(struct rmqi_cursor body, struct rmqi_queue_offset **rows,
					   size_t *count) RMQI_MUST_USE;

/* ProcessQueueInfo.java: what a consumer without transactions has to say. */
struct rmqi_process_queue_info {
	const struct rmqi_queue *queue; /* borrowed */
	int64_t commit_offset;
	int64_t cached_min; /* of what is not done; 0 when nothing is */
	int64_t cached_max;
	int64_t cached_count;
	int64_t cached_mib;
	int64_t last_pull_ms; /* wall clock */
	int64_t last_consume_ms;
	bool is_locked; /* of an orderly listener */
	int64_t last_lock_ms;
};

/* PopProcessQueueInfo.java */
struct rmqi_pop_queue_info {
	const struct rmqi_queue *queue; /* borrowed */
	int64_t last_pop_ms;            /* wall clock */
	int64_t wait_ack_count;
};

/* ConsumeStatus.java: of the last minute; consume_failed_count of the last hour. */
struct rmqi_consume_status {
	const char *topic; /* borrowed */
	double pull_rt_ms;
	double pull_tps;
	double consume_rt_ms;
	double consume_ok_tps;
	double consume_failed_tps;
	int64_t consume_failed_count;
};

/* ConsumerRunningInfo.java; all borrowed. */
struct rmqi_running_info {
	const struct rmqi_running_property {
		const char *name;
		const char *value; /* NULL: left out */
	} * properties;
	size_t property_count;
	const struct rmqi_subscription *const *subscriptions;
	size_t subscription_count;
	const struct rmqi_process_queue_info *queues; /* that are pulled */
	size_t queue_count;
	const struct rmqi_pop_queue_info *pops; /* queues that are popped */
	size_t pop_count;
	const struct rmqi_consume_status *statuses;
	size_t status_count;
};

enum rmq_error rmqi_running_info_encode(const struct rmqi_running_info *info,
					struct rmqi_buf *out) RMQI_MUST_USE;
/* ConsumeMessageDirectlyResult.java. `result` is a name of CMResult.java. */
enum rmq_error rmqi_direct_result_encode(const char *result, bool is_orderly, const char *remark,
					 int64_t spent_ms, struct rmqi_buf *out) RMQI_MUST_USE;

/* ClusterInfo.java: the brokers of a cluster, by name. */
struct rmqi_cluster_info {
	struct rmqi_broker_data *brokers;
	size_t broker_count;
};

/* `cluster` NULL: those of all. */
enum rmq_error rmqi_cluster_info_decode(struct rmqi_cursor body, const char *cluster,
					struct rmqi_cluster_info *out) RMQI_MUST_USE;
void rmqi_cluster_info_deinit(struct rmqi_cluster_info *c);
/* The address with id 0; NULL: it has no master now. Borrowed. */
const char *rmqi_broker_data_master(const struct rmqi_broker_data *b);

/* DataVersion.java */
struct rmqi_data_version {
	int64_t timestamp;
	int64_t counter;
	int64_t state_version;
};

bool rmqi_data_version_eq(const struct rmqi_data_version *a, const struct rmqi_data_version *b);

/* TopicConfig.java */
struct rmqi_topic_config {
	char *topic_name;
	int32_t read_queue_nums;
	int32_t write_queue_nums;
	int32_t perm;
	char *topic_filter_type; /* "SINGLE_TAG" or "MULTI_TAG" */
	int32_t topic_sys_flag;
	bool order;
	char *attributes_json; /* the object's compact text; NULL: {} */
};

enum rmq_error rmqi_topic_config_init(struct rmqi_topic_config *t, const char *name,
				      int32_t read_queues, int32_t write_queues,
				      int32_t perm) RMQI_MUST_USE;
enum rmq_error rmqi_topic_config_copy(struct rmqi_topic_config *to,
				      const struct rmqi_topic_config *from) RMQI_MUST_USE;
void rmqi_topic_config_deinit(struct rmqi_topic_config *t);

/* TopicConfigSerializeWrapper inside RegisterBrokerBody.java; also topics.json and answer of 21 */
struct rmqi_topic_table {
	struct rmqi_topic_config *topics;
	size_t topic_count;
	struct rmqi_data_version version;
	struct rmqi_topic_mapping *mappings; /* of static topics; not in topics.json and 21 */
	size_t mapping_count;
	char *filter_servers; /* the list as JSON, of a registration that was decoded; NULL: none */
};

/* RegisterBrokerBody, uncompressed JSON. Decoding accepts both forms (doc/reference/json.md): pass the
 * header's `compressed` and the broker's version; a zlib body is also recognised when the flag is wrong. */
enum rmq_error rmqi_register_body_encode(const struct rmqi_topic_table *t,
					 struct rmqi_buf *out) RMQI_MUST_USE;
enum rmq_error rmqi_register_body_decode(struct rmqi_cursor body, bool is_compressed,
					 int32_t version,
					 struct rmqi_topic_table *out) RMQI_MUST_USE;
/* The pretty text of topics.json (TopicConfigManager.encode) and back. */
enum rmq_error rmqi_topic_table_encode_file(const struct rmqi_topic_table *t,
					    struct rmqi_buf *out) RMQI_MUST_USE;
enum rmq_error rmqi_topic_table_decode_file(struct rmqi_cursor text,
					    struct rmqi_topic_table *out) RMQI_MUST_USE;
/* Answer of GET_ALL_TOPIC_CONFIG (compact). */
enum rmq_error rmqi_topic_table_encode(const struct rmqi_topic_table *t,
				       struct rmqi_buf *out) RMQI_MUST_USE;
void rmqi_topic_table_deinit(struct rmqi_topic_table *t);

#endif
