/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route_rows.h - the rows of the tables in routes.h: made, changed, freed.
 *
 * Thread: one owner at a time.
 */
#ifndef MB_NAMESRV_ROUTE_ROWS_H
#define MB_NAMESRV_ROUTE_ROWS_H

#include "mock-broker/namesrv/routes.h"

enum { MB_LIVE_KEY_MAX = 1024 };

/* For rmqi_map_deinit; NULL is fine. */
void mb_queue_data_free(void *data);
void mb_topic_route_free(void *route);
void mb_topic_mappings_free(void *mappings);
void mb_cluster_names_free(void *names);
void mb_broker_data_free(void *broker);
void mb_live_free(void *live);

/* The row of the cluster, made if missing. NULL: memory is out. */
struct mb_cluster_names *mb_cluster_names_get(struct rmqi_map *clusters, struct rmqi_str cluster);
/* A new row without addresses. NULL: memory is out. */
struct rmqi_broker_data *mb_broker_data_add(struct rmqi_map *brokers, struct rmqi_str cluster,
					    struct rmqi_str broker_name);
enum rmq_error mb_broker_data_set_zone(struct rmqi_broker_data *b,
				       struct rmqi_str zone) RMQI_MUST_USE;
/* NULL when the id has none. */
const char *mb_broker_data_address(const struct rmqi_broker_data *b, int64_t id);
bool mb_broker_data_id(const struct rmqi_broker_data *b, struct rmqi_str address, int64_t *id);
/* Adds or replaces; the array stays sorted by id. */
enum rmq_error mb_broker_data_join(struct rmqi_broker_data *b, int64_t id,
				   struct rmqi_str address) RMQI_MUST_USE;
void mb_broker_data_remove(struct rmqi_broker_data *b, int64_t id);
/* Removes the address under every id but `id`: a slave that became master keeps one entry. */
void mb_broker_data_leave(struct rmqi_broker_data *b, struct rmqi_str address, int64_t id);
/* Adds or replaces one queue data; its broker_name is not used. */
enum rmq_error mb_topic_route_put(struct rmqi_map *topics, struct rmqi_str topic,
				  struct rmqi_str broker_name,
				  const struct rmqi_queue_data *data) RMQI_MUST_USE;
/* Adds or replaces the mapping of one topic at one broker. */
enum rmq_error mb_topic_mappings_put(struct rmqi_map *mappings,
				     const struct rmqi_topic_mapping *m) RMQI_MUST_USE;
struct mb_live *mb_live_new(const struct mb_registration *g);

#endif
