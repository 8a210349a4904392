/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster_nodes.h - nodes by name, and what happens to them: down and up, restarts, ways that are cut.
 *
 * A broker is "broker-a", its first slave "broker-a/1", a name server "namesrv-0".
 *
 * Errors: RMQ_ERR_NOT_FOUND (the detail names what there is), RMQ_ERR_STATE (it does not run, or runs already, or
 * somebody starts or stops it).
 *
 * Thread: as cluster.h.
 */
#ifndef MB_CLUSTER_NODES_H
#define MB_CLUSTER_NODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "net/server.h"

struct rmq_mock_cluster;

/* Brokers first, then name servers; NULL behind the last. Borrowed, as long as the cluster. */
const char *mb_cluster_node_name(const struct rmq_mock_cluster *c, size_t at);
/* "running", "stopped", "starting", "stopping"; down: "refuses", "silent", "hangs". NULL: no such node. Constant. */
const char *mb_cluster_node_state(struct rmq_mock_cluster *c, const char *node);
/* NULL: no such node. Borrowed, as long as the cluster. */
const char *mb_cluster_node_address(struct rmq_mock_cluster *c, const char *node);

enum rmq_error mb_cluster_node_stop(struct rmq_mock_cluster *c, const char *node, bool is_crash,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error mb_cluster_node_start(struct rmq_mock_cluster *c, const char *node,
				     struct rmq_error_detail *detail) RMQI_MUST_USE;

/* RMQI_REACH_OPEN: up again. Any other: nothing that it sends arrives either, so name servers lose a broker after
 * their time. A stop ends it. */
enum rmq_error mb_cluster_node_reach(struct rmq_mock_cluster *c, const char *node,
				     enum rmqi_reach reach,
				     struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Cuts the way between two nodes, or a node and a client, in both directions; or joins it again. `other` is a node,
 * or a client's id ("10.0.0.7@5231"), or its address as the node sees it, "host" or "host:port". A client's id is
 * known to brokers from its heartbeat on. Holds also for nodes that do not run now. Joining what is not cut
 * is fine. RMQ_ERR_INVALID_ARGUMENT: both are the same node. */
enum rmq_error mb_cluster_set_cut(struct rmq_mock_cluster *c, const char *node, const char *other,
				  bool is_cut, struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Joins all. */
enum rmq_error mb_cluster_heal(struct rmq_mock_cluster *c,
			       struct rmq_error_detail *detail) RMQI_MUST_USE;

/* Stops it cleanly and starts it on another port; 0: a free one. */
enum rmq_error mb_cluster_broker_move(struct rmq_mock_cluster *c, const char *broker, uint16_t port,
				      struct rmq_error_detail *detail) RMQI_MUST_USE;
/* The slave comes back as master, its master, which must not run, later as its slave. They keep their names. */
/* The slave takes each byte of its master's log so much later, and stays so many bytes behind what came, also after a new
 * start; 0 and 0: not any more. */
enum rmq_error mb_cluster_slave_lag(struct rmq_mock_cluster *c, const char *slave, int64_t ms,
				    int64_t bytes, struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error mb_cluster_slave_promote(struct rmq_mock_cluster *c, const char *slave,
					struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
