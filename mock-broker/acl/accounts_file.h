/* SPDX-License-Identifier: Apache-2.0 */
/*
 * accounts_file.h - plain_acl.yml: the part of YAML that it needs, and no more.
 *
 *     globalWhiteRemoteAddresses:          lists of plain, 'single' or "double" quoted texts,
 *       - 10.10.103.*                      or []
 *     accounts:
 *       - accessKey: RocketMQ              accessKey, secretKey, whiteRemoteAddress, admin,
 *         secretKey: '12345678'            defaultTopicPerm, defaultGroupPerm
 *         topicPerms:                      topicPerms, groupPerms
 *           - topicA=PUB|SUB
 *     dataVersion:
 *       - counter: 1                       counter, timestamp
 *
 * Comments, blank lines and a first line "---" are skipped. Blocks are told by blanks; a tab before a text, an
 * anchor, a tag, a flow collection, a text over several lines, an unknown or repeated key are refused with the
 * number of the
 * line. What is refused is never quoted: it may be a secret.
 *
 * Thread: any.
 */
#ifndef MB_ACL_ACCOUNTS_FILE_H
#define MB_ACL_ACCOUNTS_FILE_H

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/macros.h"
#include "mock-broker/acl/accounts.h"

enum { MB_ACCOUNTS_FILE_MAX = 1024 * 1024 };

/* RMQ_ERR_CONFIG: `problem` says where and why; RMQ_ERR_NO_MEMORY. */
enum rmq_error mb_accounts_parse(struct rmqi_str text, struct mb_accounts **out, char *problem,
				 size_t size) RMQI_MUST_USE;
/* Appends what mb_accounts_parse reads, and Java's YAML. */
void mb_accounts_write(const struct mb_accounts *a, struct rmqi_buf *out);

#endif
