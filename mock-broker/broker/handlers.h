/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handlers.h - the lists of request handlers of a broker, a file each.
 */
#ifndef MB_BROKER_HANDLERS_H
#define MB_BROKER_HANDLERS_H

#include "mock-broker/node.h"

extern const struct mb_handler mb_acl_handlers[];        /* acl_admin.c: 50 to 54 */
extern const struct mb_handler mb_config_handlers[];     /* config_admin.c: 25 */
extern const struct mb_handler mb_auth_handlers[];       /* auth_admin.c: 3001 to 3010 */
extern const struct mb_handler mb_assignment_handlers[]; /* assignment.c: 400, 401 */
extern const struct mb_handler mb_heartbeat_handlers[];  /* heartbeat.c: 34, 35, 38, 46 */
extern const struct mb_handler mb_lock_handlers[];       /* lock_batch.c: 41, 42 */
extern const struct mb_handler mb_offset_handlers[];     /* offset_requests.c */
extern const struct mb_handler mb_send_back_handlers[];  /* send_back.c: 36 */
extern const struct mb_handler mb_query_handlers[];      /* query.c: 12 */
extern const struct mb_handler mb_reply_handlers[];      /* reply.c: 324, 325 */
extern const struct mb_handler mb_topic_handlers[];      /* topic_admin.c */
extern const struct mb_handler mb_group_handlers[];      /* group_admin.c */
extern const struct mb_handler mb_stats_handlers[];      /* stats.c: 202, 208, 222, 300, 343 */
extern const struct mb_handler mb_connection_handlers[]; /* connections.c: 203, 204, 345 */
extern const struct mb_handler mb_offset_admin_handlers[]; /* offset_admin.c: 303, 308, 314, 317 */
extern const struct mb_handler mb_queue_admin_handlers[]; /* queue_admin.c: 316, 321 */
extern const struct mb_handler mb_forward_handlers[];    /* forward.c: 223, 307, 309 */
extern const struct mb_handler mb_half_handlers[];       /* end_transaction.c: 37 */
extern const struct mb_handler mb_resume_handlers[];     /* half_resume.c: 323 */
extern const struct mb_handler mb_store_admin_handlers[]; /* store_admin.c: 306, 329 */
extern const struct mb_handler mb_sync_handlers[];       /* sync_requests.c: 45, 60, 61, 402 */
extern const struct mb_handler mb_runtime_handlers[];    /* runtime.c: 26, 33, 43, 315 */
extern const struct mb_handler mb_runtime_info_handlers[]; /* runtime_info.c: 28 */

#endif
