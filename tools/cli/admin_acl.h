/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_acl.h - what the files of "acl" share. Secrets come from files, or are typed; they stand in no output.
 *
 * Thread: one owner.
 */
#ifndef TOOLS_CLI_ADMIN_ACL_H
#define TOOLS_CLI_ADMIN_ACL_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/cli/args.h"
#include "tools/cli/client.h"
#include "tools/cli/table.h"
#include "tools/cli/text.h"

/* That of --password-file; not given: left alone, or a wrong usage where it is needed. To be forgotten in any case. */
int acl_secret(const struct args *a, bool is_needed, struct text *out);
void acl_forget(struct text *secret);

typedef enum rmq_error (*acl_fn)(const struct args *a, const struct admin *admin, void *arg,
				 rmq_error_detail **detail);
/* Calls it with an admin object. The exit status; what failed was said. */
int acl_call(const struct args *a, acl_fn fn, void *arg);

/* The row of a broker that gave no answer, or refused; the last column is the cause. */
void acl_row_failed(struct table *t, size_t columns, const char *broker, const char *cause);

#endif
