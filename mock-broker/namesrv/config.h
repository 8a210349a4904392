/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.h - settings of one name server, under the names of Apache's namesrv.conf
 * (NamesrvConfig, NettyServerConfig).
 *
 * A request may change them only where configAllowList names the key, which
 * Apache does not have; by default it names none.
 *
 * Thread: one owner at a time.
 */
#ifndef MB_NAMESRV_CONFIG_H
#define MB_NAMESRV_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/str.h"
#include "mock-broker/conf.h"

struct mb_namesrv_config {
	char *bind_address;
	int64_t listen_port;
	char *kv_config_path;    /* "": memory only */
	char *config_store_path; /* where settings go that were changed by request; "": nowhere */
	char *config_black_list; /* "a;b" */
	char *config_allow_list; /* "a;b", or "*"; ours */
	bool order_message;
	bool return_order_config;
	int64_t scan_interval_ms;
	bool acting_master;
	bool notify_min_id;
	bool all_topic_list;
	bool topic_list;
	bool drops_missing; /* deleteTopicWithBrokerRegistration */
	bool waits;         /* needWaitForService */
	int64_t wait_seconds;
	/* Bad peers: net/server.h. The first four names are ours, as those of a broker. */
	int64_t connections_max;       /* serverConnectionMax */
	int64_t in_flight_max;         /* serverInFlightMax, of one connection */
	int64_t output_max;            /* serverOutputMax, of one connection */
	int64_t partial_frame_ms;      /* serverPartialFrameTimeout */
	int64_t write_high_water_mark; /* writeBufferHighWaterMark */
	int64_t channel_max_idle_s;    /* serverChannelMaxIdleTimeSeconds */
};

const struct mb_conf *mb_namesrv_conf(void);
/* As the functions of conf.h. */
enum rmq_error mb_namesrv_config_init(struct mb_namesrv_config *c) RMQI_MUST_USE;
void mb_namesrv_config_deinit(struct mb_namesrv_config *c);

enum mb_config_update {
	MB_CONFIG_UPDATED,
	MB_CONFIG_BLACK, /* a key of the black list: all of it is refused */
	MB_CONFIG_NOT_ALLOWED
};

/* Lines "key=value" of UPDATE_NAMESRV_CONFIG. As in Java, keys that nobody knows and values that do not
 * fit their keys are passed over. Nothing is changed unless every key may be. */
enum mb_config_update mb_namesrv_config_update(struct mb_namesrv_config *c, struct rmqi_str text);
/* Appends all settings, those without effect too, as GET_NAMESRV_CONFIG shows them. */
void mb_namesrv_config_write(const struct mb_namesrv_config *c, struct rmqi_buf *out);

#endif
