/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.h - settings of one broker, under the names of Apache's broker.conf
 * (BrokerConfig, MessageStoreConfig, NettyServerConfig).
 *
 * A key that Apache knows and that means nothing here is accepted; one that
 * nobody knows is refused with the nearest name (conf.h).
 *
 * Thread: one owner at a time.
 */
#ifndef MB_BROKER_CONFIG_H
#define MB_BROKER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/str.h"
#include "mock-broker/broker/release.h"
#include "mock-broker/conf.h"

#define MB_DELAY_LEVELS "1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h"

enum mb_flush_disk { MB_ASYNC_FLUSH, MB_SYNC_FLUSH };
enum mb_broker_role { MB_ASYNC_MASTER, MB_SYNC_MASTER, MB_SLAVE };
enum mb_request_mode { MB_REQUEST_PULL, MB_REQUEST_POP };
enum mb_tls_mode { MB_TLS_DISABLED, MB_TLS_PERMISSIVE, MB_TLS_ENFORCING };

struct mb_broker_config {
	/* Identity. */
	char *broker_cluster_name;
	char *broker_name;
	int64_t broker_id;
	int64_t broker_role; /* enum mb_broker_role */
	/* Master and slave (ha/master.h). SYNC_MASTER: so many must have a message, this one included. */
	int64_t in_sync_replicas;
	int64_t slave_timeout_ms;
	int64_t ha_listen_port;  /* 0: listenPort + 1 */
	char *ha_master_address; /* "": as the name server says */
	int64_t ha_max_gap;
	int64_t ha_fall_behind_max;
	int64_t ha_heartbeat_ms;
	int64_t ha_housekeeping_ms;
	int64_t ha_batch_size;
	bool slave_read;            /* slaveReadEnable */
	bool offset_check_in_slave; /* a slave corrects offsets that it does not have */
	int64_t memory_ratio;       /* accessMessageInMemoryMaxRatio: what is further behind is read from a slave */
	int64_t release; /* emulate: enum mb_release */
	bool acl_enable;         /* aclEnable: accounts of 4.x */
	char *acl_file;          /* rocketmq.acl.plain.file */
	bool authentication_enabled; /* users of 5.3 and later: acl/auth.h */
	bool authorization_enabled;
	char *authentication_metadata_provider; /* not "": users can be made while nobody is asked for one */
	char *authentication_whitelist;         /* request codes, as the next one */
	char *authorization_whitelist;
	char *init_authentication_user; /* secret, as the next one: never written */
	char *inner_client_credentials;
	char *config_allow_list; /* configAllowList, not Apache's: config_update.h */
	/* Bad peers: net/server.h. The first four names are ours. */
	int64_t connections_max;       /* serverConnectionMax */
	int64_t in_flight_max;         /* serverInFlightMax, of one connection */
	int64_t output_max;            /* serverOutputMax, of one connection */
	int64_t partial_frame_ms;      /* serverPartialFrameTimeout */
	int64_t write_high_water_mark; /* writeBufferHighWaterMark */
	int64_t channel_max_idle_s;    /* serverChannelMaxIdleTimeSeconds */
	/* Network. */
	char *namesrv_addr; /* "": none */
	char *bind_address;
	int64_t listen_port; /* 0: any */
	char *broker_ip1;    /* "": made of bind_address */
	char *broker_ip2;    /* of the HA port; "": that of broker_ip1 */
	int64_t advertised_port; /* advertisedPort, not Apache's: where clients find it; 0: where it listens */
	int64_t tls_mode;    /* enum mb_tls_mode */
	char *tls_cert_path;
	char *tls_key_path;
	char *tls_trust_cert_path;
	int64_t tls_need_client_auth; /* enum mb_client_auth */
	int64_t register_period_ms;
	int64_t register_timeout_ms;
	/* Store. */
	char *store_path;
	int64_t commit_log_file_size;
	int64_t consume_queue_file_size;
	int64_t flush_disk_type; /* enum mb_flush_disk */
	int64_t flush_interval_ms;
	int64_t sync_flush_timeout_ms;
	int64_t flush_delay_ms; /* flushDelay, not Apache's: a disk so slow that each flush begins later */
	int64_t max_message_size;
	bool check_crc_on_recover;
	int64_t file_reserved_hours; /* of commit log files, and of a half message */
	int64_t clean_interval_ms;
	char *delete_when; /* hours, separated by ';' */
	int64_t disk_max_used, disk_warning, disk_clean_forcibly; /* percent */
	bool clean_forcibly;
	int64_t delete_batch;
	int64_t delete_pause_ms;
	bool append_crc;
	bool message_index;
	int64_t index_slots;
	int64_t index_items;
	int64_t query_max;         /* messages that a query by key may find */
	int64_t query_max_default; /* by UNIQ_KEY */
	int64_t flush_consumer_offset_interval_ms;
	int64_t flush_delay_offset_interval_ms;
	int64_t consumer_offset_version_step;
	int64_t delay_offset_version_step;
	char *message_delay_level;
	/* Topics and groups. */
	int64_t broker_permission;
	bool auto_create_topic;
	bool auto_create_group;
	bool create_sys_group;
	bool cluster_topic;
	bool broker_topic;
	bool trace_topic;
	char *trace_topic_name;
	bool timer_wheel;
	int64_t timer_precision_ms;
	int64_t timer_max_delay_sec;
	bool recall_message;
	bool recall_when_not_writeable;
	int64_t revive_queue_num;
	int64_t default_topic_queue_nums;
	bool validate_system_topic;
	bool mixed_message_type;
	/* Sending, pulling, clients. */
	char *region_id;
	bool trace_on;
	int64_t start_accept_send_ms; /* wall clock */
	bool long_polling;
	int64_t short_polling_ms;
	bool lite_pull;
	bool property_filter; /* SQL92 */
	bool store_reply_message;
	bool reject_pull_consumer;
	int64_t max_transfer_bytes;
	int64_t max_transfer_count;
	bool notify_consumer_ids_changed;
	int64_t channel_expired_ms;
	bool server_side_reset;
	/* POP, and who pops what. */
	int64_t default_request_mode; /* enum mb_request_mode */
	int64_t default_pop_share_queues;
	bool server_load_balancer;
	bool retry_topic_v2;
	bool pop_retry_v1_too;     /* with V2: what was retried before is found, too */
	bool pop_init_by_memory;   /* CONSUME_FROM_MAX begins at 0 while message 0 is in memory */
	int64_t pop_retry_percent; /* of the pops read the retry topic first */
	bool priority_asc;         /* topics of priorities: the queue with the highest number first */
	int64_t pop_retry_percent_of_priorities;
	int64_t pop_polling_of_queue;
	int64_t pop_polling_max;
	/* Lite topics. */
	bool lmq;            /* enableLmq */
	bool multi_dispatch; /* enableMultiDispatch; light queues are kept when both are set */
	bool lmq_quota;
	int64_t lmq_max; /* maxLmqConsumeQueueNum: of light queues, when lmq_quota is set */
	int64_t lite_subscriptions;
	int64_t lite_client_events;
	/* Transactions. */
	bool reject_transaction;
	int64_t transaction_timeout_ms; /* age of a half message before it is asked about */
	int64_t transaction_check_interval_ms;
	int64_t transaction_check_max;
	int64_t transaction_op_interval_ms;
	int64_t transaction_op_max_size;
};

/* The table of its keys, and of those without a meaning here (config_inert.def). */
const struct mb_conf *mb_broker_conf(void);
/* All defaults. */
enum rmq_error mb_broker_config_init(struct mb_broker_config *c) RMQI_MUST_USE;
void mb_broker_config_deinit(struct mb_broker_config *c);
/* What routes say of the broker: brokerIP1, and advertisedPort when `place` is HOST:PORT. "": where it
 * listens. RMQ_ERR_CONFIG: no host can be read. */
enum rmq_error mb_broker_config_advertise(struct mb_broker_config *c, const char *place,
					  struct rmq_error_detail *detail) RMQI_MUST_USE;
/* As the functions of conf.h. `emulate` also changes the keys that are still at their defaults to those of that
 * release. */
enum rmq_error mb_broker_config_set(struct mb_broker_config *c, struct rmqi_str key,
				    struct rmqi_str value,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error mb_broker_config_parse(struct mb_broker_config *c, struct rmqi_str text,
				      const char *origin,
				      struct rmq_error_detail *detail) RMQI_MUST_USE;
void mb_broker_config_write(const struct mb_broker_config *c, struct rmqi_buf *out);

#endif
